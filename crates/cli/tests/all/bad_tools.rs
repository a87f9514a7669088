//! Tool calls that make no sense, and commands that misbehave: the model is told, the turn goes on.

use std::time::{Duration, Instant};

use codex_sim::{Item, Reply};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::world::{ONLY_THE_WORKSPACE, items, run_command, scripted, world};

// covers: tools T6, responses-wire 7, responses-wire 8
#[tokio::test]
async fn calls_that_make_no_sense() {
    let calls = Reply::items([
        Item::function_call_text("exec_command", "not json", "c1"),
        Item::function_call("no_such_tool", &json!({}), "c2"),
        Item::function_call("exec_command", &json!({"cmd": 7}), "c3"),
        Item::custom_tool_call("apply_patch", "what is this", "c4"),
    ]);
    let codex = scripted([calls, Reply::say("sorry")]).await;
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(items(&out, "agent_message")[0]["text"], "sorry");
    let request = codex.server.request(1).unwrap();
    let output = |call_id: &str| request.output_text(call_id).unwrap();
    assert!(output("c1").starts_with("failed to parse function arguments:"), "{}", output("c1"));
    assert_eq!(output("c2"), "unsupported call: no_such_tool");
    assert!(output("c3").starts_with("failed to parse function arguments:"), "{}", output("c3"));
    assert!(!output("c4").is_empty());
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_command_that_prints_a_gigabyte() {
    let call =
        json!({"cmd": "head -c 1000000000 /dev/zero | tr '\\0' x; echo; echo end", "yield_time_ms": 30000});
    let codex = scripted([Reply::call("exec_command", &call, "c1"), Reply::say("long")]).await;
    let out = codex.exec(["--json", "hi"]).timeout(Duration::from_secs(120)).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let told = codex.server.request(1).unwrap().output_text("c1").unwrap();
    assert!(told.len() < 100_000, "{} bytes reach the model", told.len());
    assert!(out.stdout.len() < 5_000_000, "{} bytes are shown", out.stdout.len());
    let size = std::fs::metadata(codex.rollout().unwrap().path).unwrap().len();
    assert!(size < 5_000_000, "{size} bytes are saved");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_command_that_ignores_the_request_to_end() {
    let call = json!({"cmd": "trap '' TERM INT HUP; echo begun; while :; do sleep 0.05; done", "yield_time_ms": 300});
    let codex = scripted([Reply::call("exec_command", &call, "c1"), Reply::say("it runs on")]).await;
    let begin = Instant::now();
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert!(!out.pipe_held_open, "the command is still there");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn output_that_is_no_text() {
    let codex = scripted([run_command("printf 'a\\377\\000\\033[31mb'", "c1"), Reply::say("odd")]).await;
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let shown = items(&out, "command_execution")[0]["aggregated_output"].as_str().unwrap().to_owned();
    assert!(shown.starts_with('a') && shown.ends_with('b'), "{shown:?}");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_patch_outside_the_tree() {
    let codex = world().root_in(env!("CARGO_TARGET_TMPDIR")).script([]).build().await.unwrap();
    let targets = ["../outside.txt".to_owned(), codex.root().join("absolute.txt").display().to_string()];
    for (index, target) in targets.iter().enumerate() {
        let patch = format!("*** Begin Patch\n*** Add File: {target}\n+x\n*** End Patch\n");
        codex.server.push([Reply::custom_call("apply_patch", &patch, "p1"), Reply::say("no")]);
        let out = codex.exec(["--json", "-s", "workspace-write"]).args(ONLY_THE_WORKSPACE).arg("hi");
        let out = out.run().await.unwrap();
        assert_eq!(out.code, Some(0), "{out:?}");
        let told = codex.server.request(2 * index + 1).unwrap().output_text("p1").unwrap();
        assert!(!told.contains("Success"), "{told}");
    }
    assert!(!codex.root().join("outside.txt").exists() && !codex.root().join("absolute.txt").exists());
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_read_only_run_changes_nothing() {
    let patch = "*** Begin Patch\n*** Add File: new.txt\n+x\n*** End Patch\n";
    let calls = Reply::items([
        Item::function_call("exec_command", &json!({"cmd": "echo x > made"}), "c1"),
        Item::custom_tool_call("apply_patch", patch, "p1"),
    ]);
    let codex = scripted([calls, Reply::say("no")]).await;
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!(items(&out, "command_execution")[0]["status"], "failed", "{out:?}");
    assert_eq!(items(&out, "file_change"), Vec::<Value>::new());
    assert_eq!(codex.git(["status", "--short"]).await.unwrap(), "");
    codex.server.verify().unwrap();
}
