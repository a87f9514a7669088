//! Settings end to end: what a layer says is what is sent.

use codex_sim::Reply;
use pretty_assertions::assert_eq;

use crate::world::{ONLY_THE_WORKSPACE, items, scripted, world};

// covers: config 1, config 2
#[tokio::test]
async fn flags_beat_overrides_beat_the_project_beat_the_user_file() {
    let codex = world()
        .script([Reply::say("a"), Reply::say("b"), Reply::say("c")])
        .config("[projects.\"$REPO\"]\ntrust_level = \"trusted\"")
        .file(".codex/config.toml", "model = \"from-project\"\n")
        .build()
        .await
        .unwrap();
    codex.exec(["hi"]).run().await.unwrap();
    codex.exec(["-c", "model=from-override", "hi"]).run().await.unwrap();
    codex.exec(["-m", "from-flag", "-c", "model=from-override", "hi"]).run().await.unwrap();
    let sent: Vec<_> = codex
        .server
        .requests()
        .iter()
        .map(|request| request.json()["model"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(sent, ["from-project", "from-override", "from-flag"]);
    codex.server.verify().unwrap();
}

// covers: config 3, config 5
#[tokio::test]
async fn trust_is_stored_and_used_at_once() {
    let codex = world()
        .script([Reply::say("a"), Reply::say("b"), Reply::say("c")])
        .file(".codex/config.toml", "model = \"from-project\"\n")
        .build()
        .await
        .unwrap();
    for args in [&["hi"][..], &["--trust", "hi"], &["hi"]] {
        codex.exec(args.iter().copied()).run().await.unwrap();
    }
    let sent: Vec<_> = codex
        .server
        .requests()
        .iter()
        .map(|request| request.json()["model"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(sent, ["gpt-5.5", "from-project", "from-project"]);
    let stored = std::fs::read_to_string(codex.home().join("config.toml")).unwrap();
    let entry = format!("[projects.\"{}\"]\ntrust_level = \"trusted\"\n", codex.repo().display());
    assert!(stored.contains(&entry), "{stored}");
}

// covers: config 8
#[tokio::test]
async fn an_unknown_key_is_a_warning_or_with_strict_config_an_error() {
    let codex = world().script(Reply::say("a")).config("modle = \"x\"").build().await.unwrap();
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let said = items(&out, "error");
    let warning = said[0]["message"].as_str().unwrap();
    assert!(warning.starts_with("Codex is ignoring 1 unrecognized configuration setting"), "{warning}");
    let strict = codex.exec(["--json", "--strict-config", "hi"]).run().await.unwrap();
    assert_eq!((strict.code, strict.stdout.as_str()), (Some(1), ""), "{strict:?}");
    assert!(strict.stderr.contains("config.toml:4:1"), "{strict:?}");
    codex.server.verify().unwrap();
}

// covers: config 10
#[tokio::test]
async fn an_effort_nobody_knows_is_sent() {
    let codex = scripted(Reply::say("a")).await;
    codex.exec(["-c", "model_reasoning_effort=zzz", "hi"]).run().await.unwrap();
    assert_eq!(codex.server.request(0).unwrap().json()["reasoning"]["effort"], "zzz");
}

// covers: config 11
#[tokio::test]
async fn an_instructions_file_replaces_the_base_text() {
    let codex = world()
        .script(Reply::say("a"))
        .config("model_instructions_file = \"$CODEX_HOME/base.md\"")
        .home_file("base.md", "You are terse.\n")
        .build()
        .await
        .unwrap();
    let out = codex.exec(["hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let request = codex.server.request(0).unwrap();
    let texts = request.input_texts("developer");
    assert_eq!(texts[0].trim_end(), "You are terse.");
    let meta = codex.rollout().unwrap().lines[0]["payload"]["base_instructions"]["text"].clone();
    assert_eq!(meta, texts[0]);
}

// covers: config 16
#[tokio::test]
async fn the_environment_block_can_be_left_out() {
    let codex = scripted([Reply::say("a"), Reply::say("b")]).await;
    codex.exec(["hi"]).run().await.unwrap();
    codex.exec(["-c", "include_environment_context=false", "hi"]).run().await.unwrap();
    let blocks: Vec<bool> = codex
        .server
        .requests()
        .iter()
        .map(|request| request.input_texts("user").iter().any(|text| text.contains("<environment_context>")))
        .collect();
    assert_eq!(blocks, [true, false]);
}

// covers: config 20
#[tokio::test]
async fn a_home_that_is_not_there() {
    let codex = scripted([]).await;
    let missing = codex.root().join("nowhere");
    let out = codex
        .exec(["--json", "hi"])
        .env_remove("CODEX_HOME")
        .env("CODEX_HOME", &missing)
        .run()
        .await
        .unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{out:?}");
    assert!(out.stderr.contains("nowhere"), "{out:?}");
}

#[tokio::test]
async fn the_user_file_can_be_left_out() {
    let codex = scripted(Reply::say("a")).await;
    let server = format!("model_providers.other.base_url=\"{}\"", codex.server.url());
    let out = codex
        .exec(["--json", "--ignore-user-config", "-c", "model_provider=other", "-m", "gpt-5.5"])
        .args(["-c", "model_providers.other.name=Other", "-c", &server, "hi"])
        .run()
        .await
        .unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(codex.server.request(0).unwrap().header("authorization"), None);
}

#[tokio::test]
async fn extra_folders_are_writable() {
    let root = env!("CARGO_TARGET_TMPDIR");
    let write = |path: &str, id: &str| crate::world::run_command(&format!("echo x > {path}/made"), id);
    let build = |script| async move { world().root_in(root).script(script).build().await.unwrap() };
    let extra = tempfile::tempdir_in(root).unwrap();
    let path = extra.path().to_str().unwrap().to_owned();
    let codex = build(vec![write(&path, "c1"), Reply::say("a"), write(&path, "c2"), Reply::say("b")]).await;
    let refused = codex.exec(["--json", "-s", "workspace-write"]).args(ONLY_THE_WORKSPACE).arg("hi");
    let refused = refused.run().await.unwrap();
    assert_eq!(items(&refused, "command_execution")[0]["status"], "failed", "{refused:?}");
    let args = ["--json", "-s", "workspace-write", "--add-dir", &path];
    let allowed = codex.exec(args).args(ONLY_THE_WORKSPACE).arg("hi").run().await.unwrap();
    assert_eq!(items(&allowed, "command_execution")[0]["status"], "completed", "{allowed:?}");
    assert!(extra.path().join("made").exists());
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn the_originator_can_be_overridden() {
    let codex = scripted([Reply::say("a"), Reply::say("b")]).await;
    codex.exec(["hi"]).run().await.unwrap();
    codex.exec(["hi"]).env("CODEX_INTERNAL_ORIGINATOR_OVERRIDE", "my_tool").run().await.unwrap();
    let requests = codex.server.requests();
    let originators: Vec<_> = requests.iter().map(|request| request.header("originator").unwrap()).collect();
    assert_eq!(originators, ["codex_exec", "my_tool"]);
    let agent = requests[1].header("user-agent").unwrap();
    assert!(agent.starts_with("my_tool/0.169.0 (") && agent.contains("codex_exec"), "{agent}");
}

// threat 24, threat 26
#[tokio::test]
async fn a_trusted_project_that_changed_does_not_act_until_it_is_trusted_again() {
    let codex = world()
        .script(["a", "b", "c", "d"].map(Reply::say))
        .config("[projects.\"$REPO\"]\ntrust_level = \"trusted\"")
        .file(".codex/config.toml", "model = \"first\"")
        .build()
        .await
        .unwrap();
    let first = codex.exec(["hi"]).run().await.unwrap();
    assert!(!first.stderr.contains("changed since"), "{}", first.stderr);
    codex.write(".codex/config.toml", "model = \"second\"").unwrap();
    let changed = codex.exec(["hi"]).run().await.unwrap();
    assert!(
        changed.success() && changed.stderr.contains("was trusted, but this changed since"),
        "{changed:?}"
    );
    let again = codex.exec(["--trust", "hi"]).run().await.unwrap();
    assert!(!again.stderr.contains("changed since"), "{}", again.stderr);
    codex.exec(["hi"]).run().await.unwrap();
    let requests = codex.server.requests();
    let sent: Vec<_> = requests.iter().map(|request| request.json()["model"].clone()).collect();
    assert_eq!(sent, ["first", "gpt-5.5", "second", "second"]);
}

#[tokio::test]
async fn a_resumed_thread_keeps_its_profile_unless_another_is_named() {
    let profiles = "default_permissions = \":workspace\"\n[permissions.dev.filesystem]\n\":root\" = \"read\"";
    let codex = world()
        .script(["a", "b", "c"].map(Reply::say))
        .home_file("extra.config.toml", profiles)
        .build()
        .await
        .unwrap();
    let out =
        codex.exec(["--json", "-p", "extra", "--permission-profile", "dev", "one"]).run().await.unwrap();
    let id = out.thread_id().unwrap();
    codex.exec(["-p", "extra", "resume", &id, "two"]).run().await.unwrap();
    codex
        .exec(["-p", "extra", "--permission-profile", ":read-only", "resume", &id, "three"])
        .run()
        .await
        .unwrap();
    let rollout = codex.rollout().unwrap();
    let ids: Vec<_> = rollout
        .payloads("turn_context")
        .iter()
        .map(|context| context["active_permission_profile"]["id"].clone())
        .collect();
    assert_eq!(ids, ["dev", "dev", ":read-only"]);
}
