//! Events of every kind, and bytes of every kind.

use std::collections::VecDeque;

use pretty_assertions::assert_eq;
use proptest::prelude::*;

use codex_protocol::{ItemId, ItemKind, ResponseId, Role, TokenUsage};

use super::Decoder;
use crate::{StreamError, StreamEvent};

fn decode(events: &[&str]) -> Result<Vec<StreamEvent>, StreamError> {
    let mut decoder = Decoder::default();
    let mut out = VecDeque::new();
    for event in events {
        decoder.decode(event.as_bytes(), &mut out)?;
    }
    Ok(out.into())
}

fn id(text: &str) -> Option<ItemId> {
    Some(ItemId::new(text))
}

fn text_delta(item: Option<ItemId>, delta: &str) -> StreamEvent {
    StreamEvent::TextDelta { item_id: item, delta: delta.to_owned() }
}

#[test]
fn a_message_begins_streams_and_ends() {
    let done = r#"{"type":"response.output_item.done","item":{"type":"message","id":"m","role":"assistant","content":[]}}"#;
    let events = decode(&[
        r#"{"type":"response.created","response":{"id":"r"}}"#,
        r#"{"type":"response.output_item.added","item":{"type":"message","id":"m","role":"assistant"}}"#,
        r#"{"type":"response.output_text.delta","item_id":"m","delta":"Hel"}"#,
        r#"{"type": "response.output_text.delta","delta":"lo \"you\" \u00fc"}"#,
        done,
    ])
    .unwrap();
    let [created, started, delta, finished] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(created, &StreamEvent::Created);
    let kind = ItemKind::Message(Role::Assistant);
    assert_eq!(started, &StreamEvent::ItemStarted { item_id: id("m"), kind });
    assert_eq!(delta, &text_delta(id("m"), "Hello \"you\" ü"));
    let StreamEvent::ItemDone(item) = finished else { panic!("{finished:?}") };
    assert!(done.contains(item.json()), "the item's text is kept as it came");
}

#[test]
fn deltas_of_one_item_are_joined_and_of_others_are_not() {
    let delta = |item: &str, text: &str| {
        format!(r#"{{"type":"response.output_text.delta","item_id":"{item}","delta":"{text}"}}"#)
    };
    let events = decode(&[&delta("a", "1"), &delta("a", "2"), &delta("b", "3"), &delta("b", "")]).unwrap();
    assert_eq!(events, vec![text_delta(id("a"), "12"), text_delta(id("b"), "3")]);
}

#[test]
fn reasoning_parts_are_set_off_by_a_blank_line() {
    let events = decode(&[
        r#"{"type":"response.reasoning_summary_part.added","item_id":"r","summary_index":0}"#,
        r#"{"type":"response.reasoning_summary_text.delta","item_id":"r","delta":"a","summary_index":0}"#,
        r#"{"type":"response.reasoning_summary_part.added","item_id":"r","summary_index":1}"#,
        r#"{"type":"response.reasoning_summary_text.delta","item_id":"r","delta":"b","summary_index":1}"#,
        r#"{"type":"response.reasoning_text.delta","item_id":"r","delta":"c","content_index":0}"#,
    ]);
    assert_eq!(
        events.unwrap(),
        vec![StreamEvent::ReasoningDelta { item_id: id("r"), delta: "a\n\nbc".to_owned() }]
    );
}

// covers: responses-wire 15, responses-wire 16
#[test]
fn what_is_not_understood_is_ignored() {
    let ignored = [
        "[DONE]",
        "",
        "not json",
        "{",
        "null",
        r#"{"no":"type"}"#,
        r#"{"type":5}"#,
        r#"{"type":"response.done","response":{"id":"r"}}"#,
        r#"{"type":"codex.rate_limits","rate_limits":{}}"#,
        r#"{"type":"response.output_text.delta"}"#,
        r#"{"type":"response.output_text.delta","delta":{}}"#,
        r#"{"type":"response.output_text.delta","delta":"x"#,
        r#"{"type":"response.output_item.done"}"#,
        r#"{"type":"response.output_item.done","item":[]}"#,
        r#"{"type":"response.output_item.done","item":{"type":"made_up_next_year","id":"x"}}"#,
        r#"{"type":"response.output_item.added","item":{"type":"made_up_next_year","id":"x"}}"#,
        r#"{"type":"response.completed","response":{"id":"r""#,
        r#"{"type":"response.failed","response"#,
        r#"{"type":"error","error":{"message":"m"}}"#,
    ];
    assert_eq!(decode(&ignored).unwrap(), vec![]);
}

#[test]
fn the_type_may_stand_anywhere_and_be_escaped() {
    let events = decode(&[
        r#"{"item":{"type":"reasoning","id":"r"},"type":"response.output_item.added"}"#,
        "{\"type\":\"response\\u002ecreated\"}",
        "  {\n\"type\" : \"response.created\" }",
    ]);
    assert_eq!(
        events.unwrap(),
        vec![
            StreamEvent::ItemStarted { item_id: id("r"), kind: ItemKind::Reasoning },
            StreamEvent::Created,
            StreamEvent::Created
        ]
    );
}

// covers: responses-wire 17
#[test]
fn completion_counts_what_the_server_counted() {
    let completed = |usage: &str| {
        let event = format!(
            r#"{{"type":"response.completed","response":{{"id":"r1","usage":{usage},"end_turn":false}}}}"#
        );
        decode(&[&event]).unwrap()
    };
    let expected = |usage| {
        let response_id = ResponseId::new("r1");
        vec![StreamEvent::Completed { response_id, usage, end_turn: Some(false) }]
    };
    let full = r#"{"input_tokens":100,"input_tokens_details":{"cached_tokens":40},"output_tokens":7,
        "output_tokens_details":{"reasoning_tokens":3},"total_tokens":107}"#;
    let usage = TokenUsage {
        input_tokens: 100,
        cached_input_tokens: 40,
        cache_write_input_tokens: 0,
        output_tokens: 7,
        reasoning_output_tokens: 3,
        total_tokens: 107,
    };
    assert_eq!(completed(full), expected(usage));
    for odd in ["null", "{}", "5", "[]", r#"{"input_tokens":-1,"output_tokens":"x","total_tokens":null}"#] {
        assert_eq!(completed(odd), expected(TokenUsage::default()), "{odd}");
    }
    let bare = decode(&[r#"{"type":"response.completed","response":{"id":"r1"}}"#]).unwrap();
    let response_id = ResponseId::new("r1");
    assert_eq!(
        bare,
        vec![StreamEvent::Completed { response_id, usage: TokenUsage::default(), end_turn: None }]
    );
}

#[test]
fn completion_without_an_id_is_a_broken_stream() {
    for response in [r#"{}"#, r#"{"id":null}"#, r#"{"id":5}"#, r#"{"id":""}"#, "null", "[]"] {
        let event = format!(r#"{{"type":"response.completed","response":{response}}}"#);
        let error = decode(&[&event]).unwrap_err();
        assert!(matches!(error, StreamError::Disconnected { .. }), "{response}: {error:?}");
    }
    assert!(decode(&[r#"{"type":"response.completed"}"#]).is_err());
}

#[test]
fn an_error_event_explains_the_cut_that_follows() {
    let mut decoder = Decoder::default();
    let mut out = VecDeque::new();
    let plain = "stream disconnected before completion: stream closed before response.completed";
    assert_eq!(decoder.closed_early().message(), plain);
    decoder.decode(br#"{"type":"error","error":{"message":"the GPU is on fire"}}"#, &mut out).unwrap();
    assert_eq!(decoder.closed_early().message(), format!("{plain} (the server said: the GPU is on fire)"));
}

#[test]
fn the_answering_model_is_reported() {
    let expected = vec![StreamEvent::ServerModel("m2".to_owned())];
    assert_eq!(
        decode(&[r#"{"type":"response.metadata","headers":{"openai-model":"m2"}}"#]).unwrap(),
        expected
    );
    assert_eq!(
        decode(&[r#"{"type":"response.metadata","headers":{"openai-model":["m2"]}}"#]).unwrap(),
        expected
    );
    assert_eq!(decode(&[r#"{"type":"response.metadata","headers":{}}"#]).unwrap(), vec![]);
}

#[test]
fn invalid_utf8_costs_only_the_characters_it_hits() {
    let mut out = VecDeque::new();
    let event = b"{\"type\":\"response.output_text.delta\",\"delta\":\"a\xFF\xC3b\"}";
    Decoder::default().decode(event, &mut out).unwrap();
    assert_eq!(Vec::from(out), vec![text_delta(None, "a\u{fffd}\u{fffd}b")]);
}

proptest! {
    #[test]
    fn nothing_a_server_sends_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0usize..200) {
        let mut out = VecDeque::new();
        let _ = Decoder::default().decode(&bytes, &mut out);
        // A real event with a damaged rest.
        let mut event = br#"{"type":"response.completed","response":{"id":"r","usage":{"input_tokens":1}}}"#.to_vec();
        event.truncate(cut);
        event.extend_from_slice(&bytes);
        let _ = Decoder::default().decode(&event, &mut out);
    }
}
