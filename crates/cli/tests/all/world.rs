//! What the tests of this binary share.

use codex_sim::Reply;
use codex_test_support::{CommandOutput, TestCodex, TestCodexBuilder};
use serde_json::{Value, json};

/// Leaves the temporary folders out of what may be written, for tests whose world may lie below one of them.
pub(crate) const ONLY_THE_WORKSPACE: [&str; 4] = [
    "-c",
    "sandbox_workspace_write.exclude_slash_tmp=true",
    "-c",
    "sandbox_workspace_write.exclude_tmpdir_env_var=true",
];

/// A world for the binary under test; add a script and build it.
pub(crate) fn world() -> TestCodexBuilder {
    TestCodex::builder(env!("CARGO_BIN_EXE_codex"))
}

/// A world with these answers.
pub(crate) async fn scripted(script: impl Into<codex_sim::Script>) -> TestCodex {
    world().script(script).build().await.unwrap()
}

/// The model runs a command.
pub(crate) fn run_command(cmd: &str, call_id: &str) -> Reply {
    Reply::call("exec_command", &json!({ "cmd": cmd }), call_id)
}

/// Standard output as JSON lines, with ids and paths made the same in every run.
pub(crate) fn normal_events(codex: &TestCodex, out: &CommandOutput) -> Vec<Value> {
    let mut normaliser = codex.normaliser();
    out.events().unwrap().iter().map(|event| normaliser.value(event)).collect()
}

/// The messages of all `error` lines.
pub(crate) fn errors(out: &CommandOutput) -> Vec<String> {
    let events = out.events_of_type("error").unwrap();
    events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

/// The message of the one `turn.failed` line, which is the last line.
pub(crate) fn failure(out: &CommandOutput) -> String {
    let events = out.events().unwrap();
    assert_eq!(out.event_types().unwrap().last().map(String::as_str), Some("turn.failed"), "{out:?}");
    let last = events.last().unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    last["error"]["message"].as_str().unwrap().to_owned()
}

/// The items of `item.completed` lines of one type.
pub(crate) fn items(out: &CommandOutput, item_type: &str) -> Vec<Value> {
    let events = out.events_of_type("item.completed").unwrap();
    let items = events.into_iter().map(|event| event["item"].clone());
    items.filter(|item| item["type"] == item_type).collect()
}
