//! Tests of the harness: a shell stands for the binary under test.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test they serve")]

use std::time::Duration;

use codex_sim::{Reply, SimServer};
use codex_test_support::{CodexCommand, Rollout, SIM_KEY, Signal, TestCodex, TestError, wait_until};
use pretty_assertions::assert_eq;
use serde_json::json;

async fn world() -> TestCodex {
    TestCodex::builder("/bin/sh").build().await.unwrap()
}

fn sh(codex: &TestCodex, script: &str) -> CodexCommand {
    codex.command(["-c", script])
}

#[tokio::test]
async fn a_world_has_a_home_a_repository_and_a_provider() {
    let codex = TestCodex::builder("/bin/sh")
        .script(Reply::say("hi"))
        .config("approval_policy = \"never\"\n[projects.\"$REPO\"]\ntrust_level = \"trusted\"")
        .provider("request_max_retries", "1")
        .file("src/lib.rs", "// code\n")
        .home_file("AGENTS.md", "Be brief.\n")
        .build()
        .await
        .unwrap();
    let config = std::fs::read_to_string(codex.home().join("config.toml")).unwrap();
    let expected = r#"model = "gpt-5.5"
model_provider = "sim"
check_for_update_on_startup = false
approval_policy = "never"
[projects."<repo>"]
trust_level = "trusted"
[model_providers.sim]
name = "Sim"
base_url = "<server>"
env_key = "SIM_KEY"
request_max_retries = 1
"#;
    assert_eq!(codex.normaliser().text(&config), expected);
    assert_eq!(std::fs::read_to_string(codex.home().join("AGENTS.md")).unwrap(), "Be brief.\n");
    assert_eq!(codex.git(["log", "--format=%s %an %at"]).await.unwrap(), "first Test 1767225600\n");
    assert_eq!(codex.git(["ls-files"]).await.unwrap(), "src/lib.rs\n");
    assert!(codex.server.verify().is_err(), "the reply was not asked for");

    let plain = TestCodex::builder("/bin/sh").no_git().raw_config("x = 1").build().await.unwrap();
    assert_eq!(std::fs::read_to_string(plain.home().join("config.toml")).unwrap(), "x = 1");
    let error = plain.git(["log"]).await.unwrap_err();
    assert!(matches!(error, TestError::SetUp { .. }), "{error}");
}

#[tokio::test]
async fn worlds_go_away_and_can_live_elsewhere() {
    let codex = TestCodex::builder("/bin/sh").root_in(env!("CARGO_TARGET_TMPDIR")).build().await.unwrap();
    let root = codex.root().to_owned();
    assert!(root.starts_with(std::fs::canonicalize(env!("CARGO_TARGET_TMPDIR")).unwrap()));
    drop(codex);
    assert!(!root.exists());
}

#[tokio::test]
async fn the_environment_is_fixed() {
    let codex = TestCodex::builder("/bin/sh").env("EXTRA", "1").build().await.unwrap();
    let out = codex.program("/usr/bin/env").env("TZ", "Asia/Tokyo").env_remove("EXTRA").run().await.unwrap();
    let mut names: Vec<&str> = out.stdout.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.sort_unstable();
    let expected = [
        "CODEX_HOME",
        "GIT_AUTHOR_DATE",
        "GIT_COMMITTER_DATE",
        "GIT_CONFIG_NOSYSTEM",
        "HOME",
        "LANG",
        "PATH",
        "SHELL",
        "SIM_KEY",
        "TERM",
        "TMPDIR",
        "TZ",
    ];
    assert_eq!(names, expected);
    assert!(out.stdout.contains(&format!("SIM_KEY={SIM_KEY}\n")) && out.stdout.contains("TZ=Asia/Tokyo\n"));
}

#[tokio::test]
async fn a_run_gives_output_status_and_events() {
    let codex = world().await;
    let script = r#"cat; echo '{"type":"thread.started","thread_id":"t1"}'; echo oops >&2; pwd >&2; exit 3"#;
    let out = sh(&codex, script).stdin("{\"type\":\"first\"}\n").run().await.unwrap();
    assert_eq!((out.code, out.signal, out.success(), out.pipe_held_open), (Some(3), None, false, false));
    assert_eq!(codex.normaliser().text(&out.stderr), "oops\n<repo>\n");
    assert_eq!(out.event_types().unwrap(), ["first", "thread.started"]);
    assert_eq!(out.events_of_type("first").unwrap(), [json!({ "type": "first" })]);
    assert_eq!(out.thread_id().as_deref(), Some("t1"));
    let out = sh(&codex, "echo '{}'; echo half{").run().await.unwrap();
    assert_eq!(out.events().unwrap_err().to_string(), "stdout line 2 is no JSON: half{");
}

#[tokio::test]
async fn a_signal_is_sent_once_a_condition_holds() {
    let codex = world().await;
    let script = "trap 'echo caught; exit 130' INT; echo ready; while :; do sleep 0.01; done";
    let mut run = sh(&codex, script).spawn().unwrap();
    run.wait_for_stdout(|text| text.contains("ready")).await.unwrap();
    run.signal(Signal::Interrupt).unwrap();
    let out = run.wait().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(130), "ready\ncaught\n"));

    let mut run = sh(&codex, "echo up >&2; read line").stdin_open().spawn().unwrap();
    run.wait_for_stderr(|text| text == "up\n").await.unwrap();
    run.signal(Signal::Kill).unwrap();
    let out = run.wait().await.unwrap();
    assert_eq!((out.code, out.signal), (None, Some(9)));
}

#[tokio::test]
async fn a_condition_that_can_no_longer_hold_fails_with_what_was_seen() {
    let codex = world().await;
    let run = sh(&codex, "echo all there is").spawn().unwrap();
    let error = run.wait_for_stdout(|text| text.contains("more")).await.unwrap_err().to_string();
    assert!(error.starts_with("waited in vain for a condition on standard output"), "{error}");
    assert!(error.contains("all there is"), "{error}");
}

#[tokio::test]
async fn standard_input_can_stay_open() {
    let codex = world().await;
    let mut run = sh(&codex, "read line; echo got $line; cat").stdin_open().spawn().unwrap();
    run.write_stdin("one\n").await.unwrap();
    run.wait_for_stdout(|text| text == "got one\n").await.unwrap();
    run.write_stdin("two\n").await.unwrap();
    run.close_stdin();
    assert_eq!(run.wait().await.unwrap().stdout, "got one\ntwo\n");
}

#[tokio::test]
async fn a_closed_reader_is_a_broken_pipe() {
    let codex = world().await;
    let script = "echo first; read go; while echo more; do :; done";
    let mut run = sh(&codex, script).stdin_open().spawn().unwrap();
    run.wait_for_stdout(|text| text == "first\n").await.unwrap();
    run.close_stdout();
    run.write_stdin("go\n").await.unwrap();
    let out = run.wait().await.unwrap();
    assert!(out.signal == Some(13) || out.code.is_some_and(|code| code > 0), "{out:?}");
    assert!(out.stdout.starts_with("first\n"));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_run_that_takes_too_long_is_killed_with_its_children() {
    let codex = world().await;
    let command = sh(&codex, "sleep 600 & echo $!; wait").timeout(Duration::from_millis(300));
    let error = command.run().await.unwrap_err();
    let TestError::TimedOut { output, .. } = &error else { panic!("{error}") };
    let child = output.stdout.trim().to_owned();
    wait_until("the child's end", Duration::from_secs(10), || {
        // A zombie that nobody reaps still has a folder; its command line is empty.
        let command_line = std::fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
        command_line.is_empty().then_some(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn output_held_open_by_a_survivor_is_noticed() {
    let codex = world().await;
    let out = sh(&codex, "sleep 600 & echo parent").run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str(), out.pipe_held_open), (Some(0), "parent\n", true));
}

#[tokio::test]
async fn rollouts_are_found_and_read() {
    let codex = world().await;
    assert_eq!(codex.rollouts().unwrap(), Vec::<Rollout>::new());
    let error = codex.rollout().unwrap_err();
    assert_eq!(error.to_string(), "expected one rollout file, found []");
    let folder = codex.home().join("sessions/2026/11/21");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("rollout-2026-11-21T00-00-00-x.jsonl");
    let lines = [json!({ "type": "session_meta", "payload": { "id": "x" } }), json!({ "type": "event_msg" })];
    std::fs::write(&path, format!("{}\n{}\n", lines[0], lines[1])).unwrap();
    let rollout = codex.rollout().unwrap();
    assert_eq!(rollout.payloads("session_meta"), [&json!({ "id": "x" })]);
    assert_eq!(rollout, Rollout { path, lines: lines.to_vec() });
}

#[tokio::test]
async fn waiting_for_the_world_has_a_limit() {
    let error = wait_until::<()>("nothing", Duration::from_millis(20), || None).await.unwrap_err();
    assert_eq!(error.to_string(), "waited in vain for nothing; so far: 20ms passed");
    let server = SimServer::start(Vec::new()).await.unwrap();
    assert!(wait_until("a port", Duration::from_secs(1), || (server.port() > 0).then_some(())).await.is_ok());
}
