//! The published TypeScript SDK drives this binary, unchanged.

use std::path::PathBuf;
use std::process::Stdio;

use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::world::{run_command, scripted};

const SCRIPT: &str = include_str!("../sdk.mjs");

/// The SDK where `.ci/run` installs it, or why the test is skipped.
fn sdk() -> Result<PathBuf, &'static str> {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let target = target.parent().ok_or("the target folder is unknown")?;
    let sdk = target.join("sdk/node_modules/@openai/codex-sdk/dist/index.js");
    let node = std::process::Command::new("node").arg("--version").stdout(Stdio::null()).status();
    match node {
        Err(_) => Err("node is not installed"),
        Ok(_) if !sdk.exists() => Err("@openai/codex-sdk is not installed in target/sdk; .ci/run does that"),
        Ok(_) => Ok(sdk),
    }
}

#[tokio::test]
async fn the_typescript_sdk_runs_unchanged() {
    let sdk = match sdk() {
        Ok(sdk) => sdk,
        Err(reason) => return eprintln!("skipped: {reason}"),
    };
    let codex = scripted([
        run_command("echo from the sdk", "c1"),
        Reply::say("first answer"),
        Reply::say("second answer"),
        Reply::say("third answer"),
        Reply::say(r#"{"ok":true}"#),
        Reply::status(400).body("no such thing"),
        Reply::sse().created().hold(),
    ])
    .await;
    std::fs::write(codex.root().join("sdk.mjs"), SCRIPT).unwrap();
    let out = codex
        .program("node")
        .arg(codex.root().join("sdk.mjs"))
        .args([sdk.display().to_string(), env!("CARGO_BIN_EXE_codex").to_owned()])
        .arg(codex.repo())
        .run()
        .await
        .unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let told: Value = serde_json::from_str(&out.stdout).unwrap_or_else(|error| panic!("{error}: {out:?}"));
    let first_id = told["ids"][0].clone();
    let expected = json!({
        "ids": [first_id, first_id],
        "answers": ["first answer", "second answer", "third answer"],
        "item_types": ["command_execution", "agent_message"],
        "streamed": ["thread.started", "turn.started", "item.completed", "turn.completed"],
        "usage_is_object": true,
        "structured": "{\"ok\":true}",
        "failure": "no such thing",
        "aborted": "AbortError",
    });
    assert_eq!(told, expected);
    let requests = codex.server.requests();
    assert_eq!(requests[0].header("originator"), Some("codex_sdk_ts"));
    assert_eq!(requests[0].turn_metadata()["sandbox_mode"], "workspace-write");
    let cache_keys: Vec<_> =
        requests[..4].iter().map(|request| request.json()["prompt_cache_key"].clone()).collect();
    assert!(cache_keys.iter().all(|key| *key == first_id), "{cache_keys:?}");
    assert_eq!(requests[4].json()["text"]["format"]["schema"]["required"], json!(["ok"]));
}
