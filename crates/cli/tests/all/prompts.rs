//! The prompt, standard input and images, as the model gets them.

use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::world::scripted;

/// The parts of the last user message.
fn told(request: &codex_sim::RecordedRequest) -> Value {
    let input = request.input();
    let user = input.iter().rev().find(|item| item["role"] == "user").unwrap();
    user["content"].clone()
}

fn text(text: &str) -> Value {
    json!([{"type": "input_text", "text": text}])
}

// covers: exec 8
#[tokio::test]
async fn piped_text_is_joined_to_the_argument() {
    let codex = scripted([Reply::say("a"), Reply::say("b"), Reply::say("c")]).await;
    let out = codex.exec(["do it"]).stdin("line").run().await.unwrap();
    assert!(out.stderr.starts_with("Reading additional input from stdin...\n"), "{out:?}");
    codex.exec(["do it"]).stdin("line\n").run().await.unwrap();
    codex.exec(["do it"]).stdin("").run().await.unwrap();
    let joined = text("do it\n\n<stdin>\nline\n</stdin>");
    let sent: Vec<_> = codex.server.requests().iter().map(told).collect();
    assert_eq!(sent, [joined.clone(), joined, text("do it")]);
    codex.server.verify().unwrap();
}

// covers: exec 9
#[tokio::test]
async fn standard_input_is_the_prompt_to_the_byte() {
    let codex = scripted([Reply::say("a"), Reply::say("b")]).await;
    let dash = codex.exec(["-"]).stdin(" from stdin\n").run().await.unwrap();
    assert!(dash.stderr.starts_with("OpenAI Codex v0.169.0\n"), "{dash:?}");
    let without = codex.exec(["--json"]).stdin("from stdin\n\n").run().await.unwrap();
    assert_eq!(without.stderr, "Reading prompt from stdin...\n");
    let sent: Vec<_> = codex.server.requests().iter().map(told).collect();
    assert_eq!(sent, [text(" from stdin\n"), text("from stdin\n\n")]);
    codex.server.verify().unwrap();
}

// covers: exec 10
#[tokio::test]
async fn nothing_to_say_is_an_error() {
    let codex = scripted([]).await;
    for args in [&["--json"][..], &["--json", "-"], &["--json", "resume", "--last"]] {
        let out = codex.exec(args.iter().copied()).stdin(" \n").run().await.unwrap();
        assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{args:?} {out:?}");
        assert!(out.stderr.contains("No prompt provided via stdin."), "{args:?} {out:?}");
    }
    assert_eq!(codex.server.requests().len(), 0);
    assert_eq!(codex.rollouts().unwrap(), []);
}

#[tokio::test]
async fn an_empty_argument_is_a_message() {
    let codex = scripted(Reply::say("a")).await;
    let out = codex.exec([""]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(told(&codex.server.request(0).unwrap()), text(""));
}

#[tokio::test]
async fn standard_input_that_is_no_text() {
    let codex = scripted([]).await;
    let out = codex.exec(["--json"]).stdin(b"ab\xff".to_vec()).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""));
    let expected = "Reading prompt from stdin...\n\
        The prompt on standard input is not valid UTF-8: the byte at offset 2 does not fit.\n\
        hint: convert it first, for example with `iconv -f LATIN1 -t UTF-8`\n";
    assert_eq!(out.stderr, expected);
}

#[tokio::test]
async fn resume_and_fork_with_a_prompt_do_not_read_standard_input() {
    let codex = scripted([Reply::say("a"), Reply::say("b"), Reply::say("c")]).await;
    let id = codex.exec(["--json", "one"]).run().await.unwrap().thread_id().unwrap();
    let resumed = codex.exec(["--json", "resume", &id, "two"]).stdin("never read").run().await.unwrap();
    assert_eq!(resumed.stderr, "");
    let forked = codex.exec(["--json", "fork", &id, "three"]).stdin("never read").run().await.unwrap();
    assert_eq!(forked.stderr, "");
    let sent: Vec<_> = codex.server.requests().iter().map(told).collect();
    assert_eq!(sent, [text("one"), text("two"), text("three")]);
    codex.server.verify().unwrap();
}

const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0,
    0, 1, 8, 6, 0, 0, 0, 0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, b'I', b'D', b'A', b'T', 0x78, 0xda, 0x63,
    0x64, 0x60, 0xf8, 0x5f, 0x0f, 0, 0x02, 0x87, 0x01, 0x80, 0xeb, 0x47, 0xba, 0x92, 0, 0, 0, 0, b'I', b'E',
    b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

#[tokio::test]
async fn images_come_before_the_prompt() {
    let codex = scripted([Reply::say("a"), Reply::say("b")]).await;
    std::fs::write(codex.repo().join("one.png"), PNG).unwrap();
    let out = codex.exec(["--json", "-i", "one.png", "missing.png", "--", "look"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let sent = told(&codex.server.request(0).unwrap());
    assert_eq!(sent[0], json!({"type": "input_text", "text": "<image name=[Image #1] path=\"one.png\">"}));
    assert_eq!(sent[1]["type"], "input_image");
    assert_eq!(sent[1]["detail"], "original");
    assert!(sent[1]["image_url"].as_str().unwrap().starts_with("data:image/png;base64,"));
    assert_eq!(sent[2], json!({"type": "input_text", "text": "</image>"}));
    assert_eq!(sent[3], json!({"type": "input_text", "text": "look"}));
    assert_eq!(sent.as_array().unwrap().len(), 4);
    let id = out.thread_id().unwrap();
    codex.exec(["resume", &id, "-i", "one.png,one.png", "again"]).run().await.unwrap();
    let sent = told(&codex.server.request(1).unwrap());
    assert_eq!(sent[3], json!({"type": "input_text", "text": "<image name=[Image #2] path=\"one.png\">"}));
    assert_eq!(sent[6]["text"], "again");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn an_unknown_model_is_asked_to_look_closely() {
    let codex = crate::world::world().model("unheard-of").script(Reply::say("a")).build().await.unwrap();
    std::fs::write(codex.repo().join("one.png"), PNG).unwrap();
    let out = codex.exec(["--json", "-i", "one.png", "--", "look"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(told(&codex.server.request(0).unwrap())[1]["detail"], "high");
}

#[tokio::test]
async fn without_a_sandbox_and_instructions_requests_claim_neither() {
    let codex = scripted([Reply::say("a"), Reply::say("b")]).await;
    codex.exec(["--json", "one"]).run().await.unwrap();
    let bare = ["--json", "-s", "danger-full-access", "-c", "developer_instructions=\"\"", "two"];
    codex.exec(bare).run().await.unwrap();
    let requests = codex.server.requests();
    let sandboxes: Vec<_> =
        requests.iter().map(|request| request.turn_metadata()["sandbox"].clone()).collect();
    assert_eq!(sandboxes, ["seccomp", "none"]);
    assert!(
        !requests[1].input_texts("developer").contains(&""),
        "{:?}",
        requests[1].input_texts("developer")
    );
    codex.server.verify().unwrap();
}

// covers: tools T3, responses-wire 14
#[tokio::test]
async fn a_lite_model_gets_its_tools_as_the_first_item() {
    let codex = crate::world::world().model("gpt-6.1-sol").script(Reply::say("a")).build().await.unwrap();
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let request = codex.server.request(0).unwrap();
    assert_eq!(request.json().get("tools"), None);
    assert_eq!(request.json()["parallel_tool_calls"], false);
    let first = &request.input()[0];
    assert_eq!((&first["type"], &first["role"]), (&json!("additional_tools"), &json!("developer")));
    codex.server.verify().unwrap();
}
