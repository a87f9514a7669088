//! Histories to dialogues: pairing, order, and what becomes of items that other services made.

use codex_protocol::ResponseItem;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::*;
use crate::dialogue::{ChatField, Turn};

fn dialogue(items: &Value) -> Dialogue {
    let items: Vec<ResponseItem> =
        items.as_array().unwrap().iter().map(|item| ResponseItem::from_body(item).unwrap()).collect();
    Dialogue::of(items.iter(), &ToolTable::default())
}

fn message(role: &str, text: &str) -> Value {
    let kind = if role == "assistant" { "output_text" } else { "input_text" };
    json!({"type": "message", "role": role, "content": [{"type": kind, "text": text}]})
}

fn call(id: &str) -> Value {
    json!({"type": "function_call", "name": "f", "arguments": "{\"a\":1}", "call_id": id})
}

fn output(id: &str, text: &str) -> Value {
    json!({"type": "function_call_output", "call_id": id, "output": text})
}

fn text(text: &str) -> Part {
    Part::Text(text.to_owned())
}

fn called(id: &str) -> Block {
    let (id, name, arguments) = (id.to_owned(), "f".to_owned(), "{\"a\":1}".to_owned());
    Block::Call(Call { id, name, arguments })
}

fn answer(id: &str, words: &str) -> Answer {
    Answer { call_id: id.to_owned(), parts: vec![text(words)] }
}

#[test]
fn a_turn_with_tools_becomes_steps_with_their_answers() {
    let got = dialogue(&json!([
        message("developer", "base"),
        message("developer", "more"),
        message("user", "surroundings"),
        message("user", "do it"),
        {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}],
         "encrypted_content": "codex:chat:reasoning_content:"},
        message("assistant", "I look."),
        call("a"),
        call("b"),
        output("b", "two"),
        output("a", "one"),
        message("developer", "changed"),
        message("assistant", "Done."),
        message("user", "thanks"),
    ]));
    let thought =
        KeptReasoning::Chat { field: ChatField::ReasoningContent, text: "hm".to_owned(), details: None };
    let expected = Dialogue {
        instructions: vec!["base".to_owned(), "more".to_owned()],
        turns: vec![
            Turn::User(vec![text("surroundings"), text("do it")]),
            Turn::Step(Step {
                blocks: vec![
                    Block::Reasoning(thought),
                    Block::Text("I look.".to_owned()),
                    called("a"),
                    called("b"),
                ],
                answers: vec![answer("a", "one"), answer("b", "two")],
            }),
            Turn::User(vec![text("<developer>\nchanged\n</developer>")]),
            Turn::Step(Step { blocks: vec![Block::Text("Done.".to_owned())], answers: vec![] }),
            Turn::User(vec![text("thanks")]),
        ],
    };
    assert_eq!(got, expected);
}

#[test]
fn broken_pairs_are_mended_and_the_ends_are_a_persons() {
    let got = dialogue(&json!([
        output("nobody", "lost"),
        call("a"),
        call("a"),
        message("assistant", "  "),
        message("user", "and?"),
        output("a", "late"),
        {"type": "custom_tool_call", "name": "patch", "input": "*** x", "call_id": "c d"},
        {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"},
        {"type": "web_search_call", "id": "ws_1", "action": {}},
        {"type": "hologram"},
    ]));
    let patch =
        Call { id: wire_id("c d"), name: "patch".to_owned(), arguments: r#"{"input":"*** x"}"#.to_owned() };
    let aborted = answer(&patch.id, "aborted");
    let expected = Dialogue {
        instructions: vec![],
        turns: vec![
            Turn::User(vec![text("(The beginning of this conversation is not available.)")]),
            Turn::Step(Step { blocks: vec![called("a")], answers: vec![answer("a", "late")] }),
            Turn::User(vec![text("and?")]),
            Turn::Step(Step { blocks: vec![Block::Call(patch)], answers: vec![aborted] }),
        ],
    };
    assert_eq!(got, expected);
}

#[test]
fn an_answer_that_broke_off_is_asked_to_go_on() {
    let got = dialogue(&json!([message("user", "hi"), message("assistant", "Hel")]));
    assert_eq!(
        got.turns.last(),
        Some(&Turn::User(vec![text("(The answer broke off here. Go on from where it stopped.)")]))
    );
}

#[test]
fn arguments_are_an_object_whatever_the_model_wrote() {
    for (written, sent) in [
        ("", "{}"),
        (r#" {"a": 1.50}"#, r#" {"a": 1.50}"#),
        ("{\"a\":", "{\"unparsed_arguments\":\"{\\\"a\\\":\"}"),
        ("[1]", "{\"unparsed_arguments\":\"[1]\"}"),
    ] {
        assert_eq!(object_of(written.to_owned()), sent);
    }
}

#[test]
fn a_sealed_summary_is_said_in_words() {
    let got = dialogue(&json!([
        message("user", "hi"),
        {"type": "compaction", "encrypted_content": "x"},
        {"type": "agent_message", "content": [{"type": "input_text", "text": "from a colleague"}]},
        {"type": "local_shell_call", "call_id": "s", "action": {"command": ["ls"]}},
        {"type": "local_shell_call_output", "call_id": "s", "output": "x"},
    ]));
    let Turn::User(parts) = &got.turns[0] else { panic!("{got:?}") };
    assert_eq!(parts.len(), 3, "{parts:?}");
    let Turn::Step(step) = &got.turns[1] else { panic!("{got:?}") };
    assert_eq!(step.answers, vec![answer("s", "x")]);
}
