//! Which layer wins.

use codex_config::{UserLayer, WebSearchMode};
use codex_protocol::{ApprovalPolicy, SandboxMode};
use pretty_assertions::assert_eq;

use crate::world::World;

/// Every layer, lowest first.
const LAYERS: [&str; 8] = ["system", "user", "profile", "root", "nested", "override", "flag", "managed"];

/// A world in which each of `layers` sets `model` to its own name.
fn layered(layers: &[&str]) -> World {
    let mut world = World::new();
    world.request.profile = Some("p".parse().unwrap());
    world.request.cwd = world.path("work/a/b");
    let mut user = String::new();
    for layer in layers {
        let line = format!("model = \"{layer}\"\n");
        match *layer {
            "system" => drop(world.write("system/config.toml", line)),
            "user" => user.push_str(&line),
            "profile" => drop(world.write("home/p.config.toml", line)),
            "root" => drop(world.write("work/.codex/config.toml", line)),
            "nested" => drop(world.write("work/a/b/.codex/config.toml", line)),
            "override" => world.request.overrides.push(line.trim().to_owned()),
            "flag" => world.request.flags.model = Some("flag".to_owned()),
            "managed" => drop(world.write("system/managed_config.toml", line)),
            other => panic!("no layer {other}"),
        }
    }
    world.write("home/config.toml", user + &world.trust_table());
    world
}

// covers: config 1, config 2
#[test]
fn every_layer_beats_every_lower_one() {
    for (low, lower) in LAYERS.iter().enumerate() {
        for higher in &LAYERS[low + 1..] {
            let model = layered(&[lower, higher]).config().model;
            assert_eq!(model.as_deref(), Some(*higher), "{higher} over {lower}");
        }
    }
    assert_eq!(layered(&[]).config().model, None);
}

// covers: config 1
#[test]
fn tables_merge_key_by_key_across_layers() {
    let world = World::user("[history]\npersistence = \"none\"\nmax_bytes = 10\n").profile("p").over(&[
        "shell_environment_policy.set.A=1x",
        "shell_environment_policy.set.B=2x",
        "history.max_bytes=30",
    ]);
    world.write(
        "home/p.config.toml",
        "[history]\nmax_bytes = 20\n[shell_environment_policy.set]\nC = \"3\"\n",
    );
    let config = world.config();
    assert_eq!(config.history.max_bytes, Some(30));
    assert_eq!(config.history.persistence.as_str(), "none");
    let set: Vec<_> = config.shell_environment_policy.set.into_iter().collect();
    let expected = [("A", "1x"), ("B", "2x"), ("C", "3")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(set, expected);
}

// covers: config 6
#[test]
fn a_missing_profile_file_is_not_an_error() {
    let world = World::user("model = \"u\"").profile("absent");
    assert_eq!(world.config().model.as_deref(), Some("u"));
}

#[test]
fn the_user_file_can_be_left_out() {
    let mut world = World::user("model = \"u\"\nsandbox_mode = \"nonsense\"");
    world.request.user_layer = UserLayer::Skip;
    assert_eq!(world.config().model, None);
}

// covers: config 2
#[test]
fn flags_beat_overrides_for_every_flag() {
    let mut world = World::new().over(&[
        "model=a",
        "sandbox_mode=read-only",
        "approval_policy.granular.rules=true",
        "web_search=disabled",
        "sandbox_workspace_write.writable_roots=[\"/one\"]",
    ]);
    let flags = &mut world.request.flags;
    flags.model = Some("b".to_owned());
    flags.sandbox_mode = Some(SandboxMode::WorkspaceWrite);
    flags.approval_policy = Some(ApprovalPolicy::Never);
    flags.web_search = Some(WebSearchMode::Live);
    flags.add_dirs = vec!["two".into(), "/three".into()];
    let config = world.config();
    assert_eq!(config.model.as_deref(), Some("b"));
    assert_eq!(config.sandbox_mode, Some(SandboxMode::WorkspaceWrite));
    assert_eq!(config.approval_policy, Some(ApprovalPolicy::Never));
    assert_eq!(config.web_search, Some(WebSearchMode::Live));
    let roots = vec!["/one".into(), world.path("work/two"), "/three".into()];
    assert_eq!(config.workspace_write.writable_roots, roots);
}

#[test]
fn override_values_are_toml_or_plain_text() {
    let table = [
        ("model=gpt-5.5", "gpt-5.5"),
        ("model=\"quoted\"", "quoted"),
        ("model='single'", "single"),
        ("model = spaced out ", "spaced out"),
        ("model=a=b", "a=b"),
        ("\"model\"=x", "x"),
        ("model=2026-01-01", "2026-01-01"),
        ("model=\"half", "half"),
        ("model=[a", "[a"),
    ];
    for (text, expected) in table {
        assert_eq!(World::new().over(&[text]).config().model.as_deref(), Some(expected), "{text}");
    }
    let nothing = World::new().over(&["developer_instructions="]).config();
    assert_eq!(nothing.developer_instructions.as_deref(), Some(""));
}

#[test]
fn override_keys_may_be_quoted_and_inline_tables_merge() {
    let world = World::new().over(&[
        "model_providers.\"my.one\"={name=\"one\", base_url=\"http://a\"}",
        "model_providers.\"my.one\".base_url=http://b",
        "responses_api_metadata.\"k=1\"=v",
        "model_provider=my.one",
    ]);
    let config = world.config();
    let provider = config.provider_table().unwrap();
    assert_eq!((provider.name.as_str(), provider.base_url.as_deref()), ("one", Some("http://b")));
    assert_eq!(config.responses_api_metadata.get("k=1").map(String::as_str), Some("v"));
}

#[test]
fn a_later_override_wins() {
    assert_eq!(World::new().over(&["model=a", "model=b"]).config().model.as_deref(), Some("b"));
}

#[test]
fn a_wrong_value_that_a_higher_layer_replaces_does_no_harm() {
    let world = World::user("sandbox_mode = \"zzz\"").over(&["sandbox_mode=read-only"]);
    assert_eq!(world.config().sandbox_mode, Some(SandboxMode::ReadOnly));
}

#[test]
fn oss_takes_the_flag_then_the_key() {
    use codex_config::Oss;
    let mut world = World::user("oss_provider = \"lmstudio\"");
    world.request.flags.oss = Oss::Yes { local_provider: None };
    assert_eq!(world.config().model_provider, "lmstudio");
    world.request.flags.oss = Oss::Yes { local_provider: Some("ollama".to_owned()) };
    assert_eq!(world.config().model_provider, "ollama");
}

#[test]
fn oss_keeps_a_model_that_was_meant_for_it() {
    use codex_config::Oss;
    let oss = |mut world: World| {
        world.request.flags.oss = Oss::Yes { local_provider: Some("ollama".to_owned()) };
        world.config().model
    };
    let named = |model: &str| Some(model.to_owned());
    assert_eq!(oss(World::user("model = \"of-openai\"")), None);
    assert_eq!(oss(World::user("model = \"local\"\nmodel_provider = \"ollama\"")), named("local"));
    assert_eq!(oss(World::user("model = \"other\"\nmodel_provider = \"lmstudio\"")), None);
    assert_eq!(oss(World::user("model = \"a\"").over(&["model=typed"])), named("typed"));
    let mut flagged = World::user("model = \"a\"");
    flagged.request.flags.model = Some("flagged".to_owned());
    assert_eq!(oss(flagged), named("flagged"));
}
