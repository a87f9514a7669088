//! Text for people, `-o`, `--output-schema`, `--ephemeral`, colours.

use codex_sim::{Item, Reply};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::world::{run_command, scripted, world};

// covers: exec 19
#[tokio::test]
async fn standard_output_is_the_last_message() {
    let looking = Reply::items([
        Item::message_in_phase("Looking.", "commentary"),
        Item::function_call("exec_command", &json!({"cmd": "echo found"}), "c1"),
    ]);
    let codex = scripted([looking, Reply::say("It is fine.")]).await;
    let out = codex.exec(["check it"]).run().await.unwrap();
    assert_eq!(out.stdout, "It is fine.\n");
    let mut normaliser = codex.normaliser();
    let stderr = normaliser.text(&out.stderr);
    let lines: Vec<&str> = stderr.lines().filter(|line| !line.starts_with(" succeeded in")).collect();
    let expected = [
        "Reading additional input from stdin...",
        "OpenAI Codex v0.169.0",
        "--------",
        "workdir: <repo>",
        "model: gpt-5.5",
        "provider: sim",
        "approval: never",
        "sandbox: read-only",
        "reasoning effort: medium",
        "reasoning summaries: none",
        "session id: <uuidv7-1>",
        "--------",
        "user",
        "check it",
        "codex",
        "Looking.",
        "exec",
        "/bin/sh -lc 'echo found' in <repo>",
        "found",
        "",
        "codex",
        "It is fine.",
        "tokens used",
        "2,120",
    ];
    assert_eq!(lines, expected);
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn colours_only_when_wanted() {
    let codex = scripted([Reply::say("a"), Reply::say("b")]).await;
    let always = codex.exec(["--color", "always", "hi"]).run().await.unwrap();
    assert!(always.stderr.contains("\u{1b}[1mworkdir:\u{1b}[0m"), "{always:?}");
    assert_eq!(always.stdout, "a\n");
    let auto = codex.exec(["hi"]).run().await.unwrap();
    assert!(!auto.stderr.contains('\u{1b}'), "{auto:?}");
}

#[tokio::test]
async fn the_last_message_goes_to_a_file() {
    let codex = scripted([Reply::say("answer")]).await;
    let out = codex.exec(["-o", "last.txt", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(codex.read("last.txt").unwrap(), "answer");
    let unwritable = codex.exec(["-o", "no/such/last.txt", "hi"]).run().await.unwrap();
    assert_eq!((unwritable.code, unwritable.stdout.as_str()), (Some(1), ""));
    assert!(unwritable.stderr.contains("no/such/last.txt"), "{unwritable:?}");
    codex.server.verify().unwrap();
}

// covers: exec 17
#[tokio::test]
async fn a_failed_turn_leaves_the_file_empty() {
    let codex = scripted(Reply::status(400).body("no")).await;
    codex.write("last.txt", "old").unwrap();
    let out = codex.exec(["-o", "last.txt", "hi"]).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{out:?}");
    assert_eq!(codex.read("last.txt").unwrap(), "");
    assert!(out.stderr.contains("ERROR: no\n"), "{out:?}");
}

// covers: exec 16
#[tokio::test]
async fn a_schema_for_the_answer() {
    let codex = scripted([Reply::say("{}")]).await;
    codex.write("schema.json", r#"{"type":"object","required":["z","a"],"properties":{}}"#).unwrap();
    let out = codex.exec(["--output-schema", "schema.json", "hi"]).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(0), "{}\n"), "{out:?}");
    let expected = json!({
        "type": "json_schema", "strict": true, "name": "codex_output_schema",
        "schema": {"type": "object", "required": ["z", "a"], "properties": {}},
    });
    assert_eq!(codex.server.request(0).unwrap().json()["text"]["format"], expected);
    codex.write("schema.json", "not json").unwrap();
    for file in ["schema.json", "none.json"] {
        let out = codex.exec(["--json", "--output-schema", file, "hi"]).run().await.unwrap();
        assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{out:?}");
        assert!(out.stderr.contains(file), "{out:?}");
    }
    assert_eq!(codex.server.requests().len(), 1);
}

// covers: exec 18
#[tokio::test]
async fn an_ephemeral_thread_leaves_nothing() {
    let codex =
        scripted([run_command("true", "c1"), Reply::say("a"), Reply::say("b"), Reply::say("c")]).await;
    let out = codex.exec(["--json", "--ephemeral", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(codex.rollouts().unwrap(), []);
    let saved = codex.exec(["--json", "hi"]).run().await.unwrap().thread_id().unwrap();
    let before = codex.rollouts().unwrap();
    let forked = codex.exec(["--json", "fork", &saved, "--ephemeral", "more"]).run().await.unwrap();
    assert_eq!(forked.code, Some(0), "{forked:?}");
    assert_ne!(forked.thread_id().unwrap(), saved);
    let nothing = codex.exec(["--json", "fork", "--ephemeral", &saved]).run().await.unwrap();
    assert_eq!(nothing.event_types().unwrap(), ["thread.started"]);
    assert_eq!(codex.rollouts().unwrap(), before);
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn reasoning_can_be_hidden_from_people() {
    let reply = || Reply::items([Item::reasoning("thought", "x"), Item::message("done")]);
    let codex =
        world().script([reply(), reply()]).config("hide_agent_reasoning = true").build().await.unwrap();
    let json = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert!(json.stdout.contains("thought"), "programs get every item: {json:?}");
    let human = codex.exec(["hi"]).run().await.unwrap();
    assert!(!human.stderr.contains("thought"), "{human:?}");
}
