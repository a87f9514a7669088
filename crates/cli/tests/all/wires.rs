//! `wire_api = "chat"` and `"messages"` from the command line: whole turns, threads resumed, and threads that change
//! their wire between turns.

use codex_sim::{RecordedRequest, Reply};
use codex_test_support::SIM_KEY;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::world::world;

const CHAT: [&str; 2] = ["-c", "model_providers.sim.wire_api=chat"];
const MESSAGES: [&str; 2] = ["-c", "model_providers.sim.wire_api=messages"];

fn two_calls() -> Reply {
    Reply::sse()
        .created()
        .reasoning("I weigh it.", "sealed==")
        .message("I look.")
        .function_call("exec_command", &json!({"cmd": "echo one"}), "c1")
        .function_call("exec_command", &json!({"cmd": "echo two"}), "c2")
        .completed()
}

fn roles(request: &RecordedRequest) -> Vec<&str> {
    let messages = request.json()["messages"].as_array().unwrap();
    messages.iter().map(|message| message["role"].as_str().unwrap()).collect()
}

/// Everything but what says who talks to whom.
fn own_headers(request: &RecordedRequest) -> Vec<&str> {
    let plain = ["host", "content-length", "accept", "content-type", "user-agent", "accept-encoding"];
    let names = request.headers().iter().map(|(name, _)| name.as_str());
    names.filter(|name| !plain.contains(name)).collect()
}

#[tokio::test]
async fn a_run_over_another_wire_is_not_recorded() {
    for (wire, name) in [(CHAT, "chat"), (MESSAGES, "messages")] {
        let codex = world().build().await.unwrap();
        let cassette = codex.repo().join("run.cassette");
        let out = codex.exec(["--record"]).arg(&cassette).args(wire).arg("hi").run().await.unwrap();
        assert_eq!(out.code, Some(2), "{out:?}");
        for part in ["--record", "`sim`", &format!("`wire_api = \"{name}\"`")] {
            assert!(out.stderr.contains(part), "{part} is not in {out:?}");
        }
        assert!(!cassette.exists());
        codex.server.verify().unwrap();
    }
}

/// The form of `docs/providers.md`: a version in the query, the key in a header of its own.
#[tokio::test]
async fn azure_is_asked_with_its_version_and_its_key() {
    let config = "model = \"gpt-5.5\"\nmodel_provider = \"azure\"\n[model_providers.azure]\nname = \"Azure\"\n\
        base_url = \"$SERVER\"\nquery_params = { api-version = \"2025-04-01-preview\" }\n\
        env_http_headers = { \"api-key\" = \"AZURE_OPENAI_API_KEY\" }\n";
    let codex = world().raw_config(config).script([Reply::say("hi")]).build().await.unwrap();
    let out = codex.exec(["--json", "hi"]).env("AZURE_OPENAI_API_KEY", "azure-key").run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let request = codex.server.request(0).unwrap();
    assert_eq!(request.path(), "/v1/responses?api-version=2025-04-01-preview");
    assert_eq!((request.header("api-key"), request.header("authorization")), (Some("azure-key"), None));
    assert_eq!(request.json()["store"], false);
    assert!(codex.server.other_requests().is_empty());
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_turn_over_chat_completions_and_its_thread_resumed() {
    let script = [two_calls(), Reply::say("done"), Reply::say("again")];
    let codex = world().script(script).provider("wire_api", "\"chat\"").build().await.unwrap();
    let out = codex.exec(["--json", "look"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let usage = &out.events_of_type("turn.completed").unwrap()[0]["usage"];
    assert_eq!(usage["input_tokens"], 2400);
    assert_eq!((&usage["cached_input_tokens"], &usage["reasoning_output_tokens"]), (&json!(400), &json!(20)));
    let first = codex.server.request(0).unwrap();
    assert_eq!(first.path(), "/v1/chat/completions");
    assert_eq!(own_headers(&first), ["authorization"]);
    assert_eq!(first.header("authorization"), Some(&*format!("Bearer {SIM_KEY}")));
    assert_eq!(roles(&first), ["system", "user"]);
    let second = codex.server.request(1).unwrap();
    assert_eq!(roles(&second), ["system", "user", "assistant", "tool", "tool"]);
    let messages = &second.json()["messages"];
    assert_eq!(messages[2]["reasoning_content"], "I weigh it.");
    assert_eq!(messages[2]["content"], "I look.");
    assert!(messages[3]["content"].as_str().unwrap().contains("one"), "{messages}");
    let id = out.thread_id().unwrap();
    let again = codex.exec(["--json", "resume", &id, "and now?"]).run().await.unwrap();
    assert_eq!(again.code, Some(0), "{again:?}");
    let third = codex.server.request(2).unwrap();
    assert_eq!(roles(&third), ["system", "user", "assistant", "tool", "tool", "assistant", "user"]);
    assert_eq!(third.json()["messages"][2].get("reasoning_content"), None, "of an answer that is over");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_turn_over_messages_and_its_thread_resumed() {
    let script = [two_calls(), Reply::say("done"), Reply::say("again")];
    let codex = world().script(script).provider("wire_api", "\"messages\"").build().await.unwrap();
    let effort = ["-c", "model_reasoning_effort=high"];
    let out = codex.exec([&effort[..], &["--json", "look"]].concat()).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let usage = &out.events_of_type("turn.completed").unwrap()[0]["usage"];
    assert_eq!((&usage["input_tokens"], &usage["cached_input_tokens"]), (&json!(2400), &json!(400)));
    let first = codex.server.request(0).unwrap();
    assert_eq!(first.path(), "/v1/messages");
    let mut own = own_headers(&first);
    own.sort_unstable();
    assert_eq!(own, ["anthropic-version", "x-api-key"]);
    assert_eq!(first.header("x-api-key"), Some(SIM_KEY));
    assert_eq!(first.json()["thinking"], json!({"type": "enabled", "budget_tokens": 20_480}));
    let second = codex.server.request(1).unwrap();
    let answer = &second.json()["messages"][1]["content"];
    let thought = json!({"type": "thinking", "thinking": "I weigh it.", "signature": "sealed=="});
    assert_eq!((&answer[0], &answer[2]["input"]), (&thought, &json!({"cmd": "echo one"})));
    let id = out.thread_id().unwrap();
    let again =
        codex.exec([&effort[..], &["--json", "resume", &id, "and now?"]].concat()).run().await.unwrap();
    assert_eq!(again.code, Some(0), "{again:?}");
    let third = codex.server.request(2).unwrap();
    assert_eq!(roles(&third), ["user", "assistant", "user", "assistant", "user"]);
    assert_eq!(third.json()["messages"][1]["content"][0], thought, "what was sealed survives the file");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_thread_changes_its_wire_between_turns() {
    let answers = (0..4).flat_map(|turn| {
        let call = Reply::sse()
            .created()
            .reasoning("I weigh it.", "sealed==")
            .function_call("exec_command", &json!({"cmd": "echo hi"}), &format!("c{turn}"))
            .completed();
        [call, Reply::say("done")]
    });
    let codex = world().script(answers.collect::<Vec<_>>()).build().await.unwrap();
    let id = codex.exec(["--json", "one"]).run().await.unwrap().thread_id().unwrap();
    for (wire, prompt) in [(&MESSAGES[..], "two"), (&CHAT, "three"), (&[], "four")] {
        let out = codex.exec([wire, &["--json", "resume", &id, prompt]].concat()).run().await.unwrap();
        assert_eq!(out.code, Some(0), "{prompt}: {out:?}");
    }
    codex.server.verify().unwrap();
    let paths: Vec<_> = codex.server.requests().iter().map(|request| request.path().to_owned()).collect();
    let [responses, messages, chat] = ["/v1/responses", "/v1/messages", "/v1/chat/completions"];
    assert_eq!(paths, [responses, responses, messages, messages, chat, chat, responses, responses]);
    let last = codex.server.request(7).unwrap();
    let sealed: Vec<&Value> =
        last.input_of_type("reasoning").iter().map(|item| &item["encrypted_content"]).collect();
    assert_eq!(sealed, ["sealed==", "sealed=="], "reasoning of other services stays at home");
    assert_eq!(last.input_of_type("function_call").len(), 4);
    assert_eq!(last.input_of_type("function_call_output").len(), 4);
}

#[tokio::test]
async fn errors_of_each_wire_are_told_with_the_way_out() {
    let key =
        json!({"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}});
    let codex = world()
        .script([Reply::status(401).json(&key), Reply::status(404).json(&json!({"detail": "Not Found"}))])
        .provider("wire_api", "\"messages\"")
        .build()
        .await
        .unwrap();
    let out = codex.exec(["hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("invalid x-api-key") && out.stderr.contains("env_key"), "{out:?}");
    let out = codex.exec(CHAT.iter().copied().chain(["hi"])).run().await.unwrap();
    assert!(out.stderr.contains("Not Found") && out.stderr.contains("wire_api"), "{out:?}");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_conversation_is_summarised_by_the_model_itself_on_these_wires() {
    for wire in ["\"chat\"", "\"messages\""] {
        let grown = Reply::sse()
            .created()
            .function_call("exec_command", &json!({"cmd": "echo hi"}), "c1")
            .completed_with(codex_sim::Usage { input: 5000, cached: 0, output: 10, reasoning: 0 });
        let codex = world()
            .script([grown, Reply::say("SUMMARY"), Reply::say("done")])
            .config("model_auto_compact_token_limit = 4000")
            .provider("wire_api", wire)
            .build()
            .await
            .unwrap();
        let out = codex.exec(["--json", "look"]).run().await.unwrap();
        assert_eq!(out.code, Some(0), "{wire}: {out:?}");
        let last = codex.server.request(2).unwrap().json()["messages"].to_string();
        assert!(last.contains("SUMMARY") && !last.contains("echo hi"), "{last}");
        codex.server.verify().unwrap();
    }
}
