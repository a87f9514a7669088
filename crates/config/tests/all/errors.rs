//! Every refusal of the reference, as the command line prints it.

use std::ffi::OsStr;
use std::fs;

use codex_config::{ConfigError, Oss, ProfileName, resolve_codex_home};
use pretty_assertions::assert_eq;

use crate::world::World;

fn check(user: &str, expected: &str) {
    assert_eq!(World::user(user).report(), expected, "for {user:?}");
}

#[test]
fn broken_toml_shows_its_line() {
    check(
        "a = 1\nmodel = [",
        "Error loading config.toml:\nW/home/config.toml:2:10: unclosed array, expected `]`\n  |\n2 | model = [\n  |          ^",
    );
}

#[test]
fn text_that_is_not_utf8_names_the_file() {
    let world = World::new();
    world.write("home/config.toml", b"model = \"\xff\"");
    assert_eq!(
        world.report(),
        "Error loading config.toml: Failed to read config file W/home/config.toml: invalid utf-8 at byte 9\n\
         hint: save the file as UTF-8"
    );
}

// covers: config 9
#[test]
fn a_wrong_word_lists_the_accepted_ones() {
    check(
        "sandbox_mode = \"read-onyl\"",
        "Error loading config.toml:\n\
         W/home/config.toml:1:16: unknown value `read-onyl`, expected one of `read-only`, `workspace-write`, \
         `danger-full-access` in `sandbox_mode`\n  |\n1 | sandbox_mode = \"read-onyl\"\n  |                ^^^^^^^^^^^\n\
         hint: did you mean `read-only`?",
    );
}

// covers: config 9
#[test]
fn wrong_values_of_every_type_name_their_key() {
    let table = [
        (
            "model = ' '",
            "invalid value: string \" \", expected the name of a model, or no `model` at all in `model`",
        ),
        ("model = 3", "invalid type: integer `3`, expected a string in `model`"),
        ("history.max_bytes = -3", "invalid value: integer `-3`, expected usize in `history.max_bytes`"),
        ("history = 4", "invalid type: integer `4`, expected a table in `history`"),
        (
            "project_doc_max_bytes = 1.5",
            "invalid type: number `1.5`, expected usize in `project_doc_max_bytes`",
        ),
        (
            "hide_agent_reasoning = \"yes\"",
            "invalid type: string \"yes\", expected a boolean in `hide_agent_reasoning`",
        ),
        (
            "project_root_markers = [1]",
            "invalid type: integer `1`, expected a string in `project_root_markers`",
        ),
        ("notify = {}", "invalid type: a table, expected a sequence of strings in `notify`"),
        ("features.view_image = 1", "invalid type: integer `1`, expected a boolean in `features.view_image`"),
        ("features = true", "invalid type: boolean `true`, expected a table in `features`"),
        (
            "shell_environment_policy.set.A = 1",
            "invalid type: integer `1`, expected a string in `shell_environment_policy.set`",
        ),
        (
            "goals.max_goal_token_budget = 0",
            "invalid value: integer `0`, expected a nonzero u64 in `goals.max_goal_token_budget`",
        ),
        (
            "tui.sidebar_width_percent = 256",
            "invalid value: integer `256`, expected u8 in `tui.sidebar_width_percent`",
        ),
        (
            "tui.mouse_scroll_speed = \"a\"",
            "invalid type: string \"a\", expected f64 in `tui.mouse_scroll_speed`",
        ),
        (
            "web_search = true",
            "invalid type: boolean `true`, expected one of `disabled`, `cached`, `indexed`, `live` in `web_search`",
        ),
        (
            "approval_policy = \"granular\"",
            "invalid type: the word `granular` alone, expected a table `{ granular = { ... } }` in `approval_policy`",
        ),
        (
            "projects.\"/x y\".trust_level = \"zz\"",
            "unknown value `zz`, expected one of `trusted`, `untrusted` in `projects.\"/x y\".trust_level`",
        ),
        (
            "model_providers.a = {name=\"a\", wire_api=\"zz\"}",
            "unknown value `zz`, expected one of `responses`, `chat`, `messages` in `model_providers.a.wire_api`",
        ),
        (
            "model_providers.a.name = 1",
            "invalid type: integer `1`, expected a string in `model_providers.a.name`",
        ),
        ("model = 99999999999999999999", "this integer does not fit into 64 bits"),
    ];
    for (user, expected) in table {
        let text = World::user(user).error().to_string();
        let message = text.splitn(4, ':').nth(3).map(str::trim).unwrap_or(&text).to_owned();
        assert_eq!(message, expected, "for {user}");
    }
}

#[test]
fn a_wrong_override_says_where_it_was_given() {
    assert_eq!(
        World::new().over(&["sandbox_mode=5"]).report(),
        "Error loading config.toml: -c/--config override: invalid type: integer `5`, expected one of `read-only`, \
         `workspace-write`, `danger-full-access` in `sandbox_mode`"
    );
}

#[test]
fn an_override_without_equals_is_refused() {
    assert_eq!(
        World::new().over(&["foo"]).report(),
        "Error parsing -c overrides: Invalid override (missing '='): foo\n\
         hint: write it as -c key=value, for example -c model_verbosity=low"
    );
    for (text, problem) in [
        ("=1", "a part of the key is empty"),
        ("a..b=1", "a part of the key is empty"),
        ("\"a=1", "a quote is not closed"),
        ("\"a\"b=1", "text follows a quoted part"),
    ] {
        let shown = World::new().over(&[text]).error().to_string();
        assert_eq!(shown, format!("Invalid override ({problem}): {text}"));
    }
    let deep = format!("{}x=1", "a.".repeat(100_000));
    assert!(matches!(World::new().over(&[&deep]).error(), ConfigError::OverrideKey { .. }));
}

#[test]
fn an_unknown_feature_flag_is_refused() {
    let mut world = World::new();
    world.request.enable = vec!["zork".to_owned()];
    assert_eq!(world.report(), "Unknown feature flag: zork\nhint: `codex features list` prints every name");
    world.request.enable = vec![];
    world.request.disable = vec!["view_imgae".to_owned()];
    assert_eq!(world.report(), "Unknown feature flag: view_imgae\nhint: did you mean `view_image`?");
}

// covers: config 7
#[test]
fn only_plain_profile_names_are_accepted() {
    for name in ["../x", "", "a/b", "a.b", ".", "a b", "a\0"] {
        assert!(matches!(name.parse::<ProfileName>(), Err(ConfigError::ProfileName(_))), "{name:?}");
    }
    assert_eq!("Work-1_b".parse::<ProfileName>().unwrap().as_str(), "Work-1_b");
}

#[test]
fn legacy_profiles_are_refused() {
    check(
        "profile = \"x\"",
        "Error loading config.toml:\nW/home/config.toml:1:1: the key `profile` (here `x`) is no longer supported\n  |\n\
         1 | profile = \"x\"\n  | ^^^^^^^\nhint: remove it and run with `--profile x`, which reads `x.config.toml`",
    );
    let world = World::user("[profiles.x]\nmodel = \"a\"").profile("x");
    assert_eq!(
        world.report(),
        "Error loading config.toml:\nW/home/config.toml:1:11: the profile `x` was chosen, but it is still written as a \
         `[profiles.x]` table\n  |\n1 | [profiles.x]\n  |           ^\n\
         hint: move those settings to W/home/x.config.toml and delete the table"
    );
}

#[test]
fn settings_that_contradict_themselves_are_refused() {
    let table = [
        ("approval_policy = \"untrusted\"", "`approval_policy = \"untrusted\"` is no longer supported"),
        ("[permissions.a]\ndescription = \"d\"", "`[permissions]` is set but `default_permissions` is not"),
        (
            "[mcp_servers.a]\nargs = []",
            "invalid transport: neither `command` nor `url` is set in `mcp_servers.a`",
        ),
        (
            "[mcp_servers.a]\ncommand = \"x\"\nurl = \"y\"",
            "invalid transport: `url` cannot stand beside `command` in `mcp_servers.a`",
        ),
        (
            "[mcp_servers.a]\ncommand = \"x\"\nbearer_token = \"t\"",
            "an inline `bearer_token` is not supported in `mcp_servers.a`",
        ),
        (
            "[mcp_servers.a]\nurl = \"x\"\nbearer_token = \"t\"",
            "an inline `bearer_token` is not supported in `mcp_servers.a`",
        ),
    ];
    for (user, expected) in table {
        let err = World::user(user).error();
        let text = err.to_string();
        assert_eq!(text.splitn(4, ": ").skip(1).collect::<Vec<_>>().join(": "), expected, "for {user}");
        assert!(err.hint().is_some(), "for {user}");
    }
}

#[test]
fn a_flag_does_not_hide_a_refused_policy_in_a_file() {
    let mut world = World::user("approval_policy = \"untrusted\"");
    world.request.flags.approval_policy = Some(codex_protocol::ApprovalPolicy::Never);
    assert!(matches!(world.error(), ConfigError::ApprovalPolicyUntrusted { .. }));
}

#[test]
fn named_files_must_be_readable_and_not_empty() {
    let world = World::user("experimental_compact_prompt_file = \"nope.md\"");
    assert_eq!(
        world.error().to_string().replace(world.path("").to_str().unwrap(), "W/"),
        "W/home/config.toml:1:36: failed to read W/home/nope.md named by `experimental_compact_prompt_file`: \
         No such file or directory (os error 2)"
    );
    let world = World::user("model_instructions_file = \"empty.md\"");
    world.write("home/empty.md", " \n");
    assert!(world.error().to_string().ends_with("the file is empty"));
    let world = World::user("model_instructions_file = \".\"");
    assert!(world.error().to_string().ends_with("not a regular file"));
}

#[test]
fn an_unknown_provider_names_the_known_ones() {
    assert_eq!(
        World::user("model_provider = \"nope\"\n[model_providers.mine]\nname = \"m\"").report(),
        "Error loading config.toml:\nModel provider `nope` not found\n  |\n1 | model_provider = \"nope\"\n  |                  ^^^^^^\n\
         hint: add a [model_providers.nope] table, or choose one of amazon-bedrock, amazon-bedrock-runtime, \
         gcp, lmstudio, mine, ollama, openai"
    );
}

#[test]
fn oss_without_a_local_provider_is_refused() {
    let mut world = World::new();
    world.request.flags.oss = Oss::Yes { local_provider: None };
    assert_eq!(world.error().to_string(), "`--oss` needs a local provider, and none was named");
    world.request.flags.oss = Oss::Yes { local_provider: Some("ollama-chat".to_owned()) };
    assert_eq!(world.error().to_string(), "`--oss` needs a local provider, and `ollama-chat` is none");
}

// covers: config 8
#[test]
fn strict_checking_refuses_unknown_keys_with_their_place() {
    let world = World::user("model = \"a\"\n[tui]\n  zork = 3\n").strict();
    assert_eq!(
        world.report(),
        "Error loading config.toml:\nW/home/config.toml:3:3: unknown configuration field `tui.zork`\n  |\n\
         3 |   zork = 3\n  |   ^^^^\nhint: remove the key, or run without --strict-config"
    );
    let world = World::user("[features]\nzork = true\n").strict();
    assert!(world.report().contains("config.toml:2:1: unknown configuration field `features.zork`"));
    assert_eq!(
        World::new().strict().over(&["yark=2"]).error().to_string(),
        "unknown configuration field `yark` in -c/--config override"
    );
}

#[test]
fn a_config_file_that_is_no_file_is_refused() {
    let world = World::new();
    fs::create_dir(world.path("home/config.toml")).unwrap();
    assert!(world.error().to_string().ends_with("home/config.toml: not a regular file"));
    let world = World::user(&"#".repeat(5 * 1024 * 1024));
    assert!(matches!(world.error(), ConfigError::TooLarge { bytes: 5_242_880, .. }));
}

// covers: config 20
#[test]
fn a_set_home_must_be_an_existing_folder() {
    let world = World::user("");
    let home = world.path("home");
    let resolve = |value: &str| resolve_codex_home(Some(OsStr::new(value)), Some(&world.path("")));
    assert_eq!(resolve(home.to_str().unwrap()).unwrap(), home);
    assert_eq!(resolve("").unwrap(), world.path(".codex"));
    assert_eq!(resolve_codex_home(None, Some(&world.path(""))).unwrap(), world.path(".codex"));
    let missing = resolve("/nonexistent/codex").unwrap_err();
    assert_eq!(
        missing.report(),
        "CODEX_HOME points to /nonexistent/codex, which does not exist\nhint: create the folder, or unset CODEX_HOME"
    );
    let file = resolve(world.path("home/config.toml").to_str().unwrap()).unwrap_err();
    assert!(file.to_string().ends_with("which is not a folder"));
    assert!(matches!(resolve_codex_home(None, None), Err(ConfigError::NoHome)));
}

#[test]
fn the_excerpt_shows_no_control_characters_and_no_endless_line() {
    let long = "x".repeat(5000);
    let report = World::user(&format!("model = 3 # \u{9b}\u{7f}{long}")).report();
    assert!(!report.contains('\u{9b}') && report.len() < 600, "{report}");
}
