//! New threads: where they are, when they appear, what their lines look like.

use codex_protocol::{
    AgentMessageItem, AgentMessagePart, EventMsg, ItemId, ReasoningItem, ResponseItem, RolloutItem, ThreadId,
    TurnId, TurnItem, UserInput, UserMessageItem,
};
use codex_rollout::ThreadRef;
use jiff::Timestamp;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::{Home, Lines, meta, ordinals, stored, turn_context, user, world};

// covers: rollouts 1, rollouts 2, rollouts 3, rollouts 4
#[test]
fn a_new_thread_appears_with_its_first_append() {
    let home = Home::new();
    let id = ThreadId::new_v7();
    let mut writer = home.store.create(meta(id));
    assert_eq!(std::fs::read_dir(home.path()).expect("home").count(), 0);

    writer.append_all(&[]).expect("nothing");
    assert_eq!(std::fs::read_dir(home.path()).expect("home").count(), 0);

    writer.append(&user("hello")).expect("append");
    writer
        .append_all(&[
            world(true, json!({"model": "m"})),
            RolloutItem::TurnContext(Box::new(turn_context("m"))),
            user("line\nbreak"),
        ])
        .expect("append");
    writer.sync().expect("sync");

    let created: Timestamp = "2026-11-21T06:00:51.816Z".parse().expect("time");
    let local = created.to_zoned(jiff::tz::TimeZone::system());
    let expected = home
        .path()
        .join("sessions")
        .join(local.strftime("%Y/%m/%d").to_string())
        .join(format!("rollout-{}-{id}.jsonl", local.strftime("%Y-%m-%dT%H-%M-%S")));
    assert_eq!(writer.path(), expected);
    let lines = stored(&expected);
    assert_eq!(ordinals(&lines), [0, 1, 2, 3, 4]);
    assert_eq!(writer.next_ordinal(), 5);
    assert_eq!(lines[0]["type"], "session_meta");
    assert_eq!(lines[0]["payload"]["id"], json!(id));
    assert_eq!(lines[0]["payload"]["history_mode"], "paginated");
    assert_eq!(lines[1]["metadata"]["history_sequence"], 7);
    let types: Vec<&Value> = lines.iter().map(|line| &line["type"]).collect();
    assert_eq!(types, ["session_meta", "response_item", "world_state", "turn_context", "response_item"]);
}

#[cfg(unix)]
#[test]
fn others_cannot_read_a_thread() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let id = home.saved(&["secret"]);
    let mode = std::fs::metadata(home.file(id).path).expect("file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

// covers: rollouts 4
#[test]
fn json_with_line_breaks_between_tokens_stays_one_line() {
    let home = Home::new();
    let id = ThreadId::new_v7();
    let mut writer = home.store.create(meta(id));
    let item =
        ResponseItem::from_json("{\n  \"type\": \"message\",\r\n \"role\": \"user\", \"content\": []\n}")
            .expect("item");
    writer.append(&RolloutItem::ResponseItem { item, metadata: None }).expect("append");
    let lines = stored(writer.path());
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["payload"], json!({"type": "message", "role": "user", "content": []}));
}

#[test]
fn stored_items_come_back_byte_for_byte() {
    let home = Home::new();
    let id = ThreadId::new_v7();
    let text = r#"{"type":"reasoning","id":"rs_1","summary":[],"new_field":{"n":1.50},"encrypted_content":"x","internal_chat_message_metadata_passthrough":{"turn_id":"t","more":[1]}}"#;
    let item = ResponseItem::from_json(text).expect("item");
    let mut writer = home.store.create(meta(id));
    writer.append(&RolloutItem::ResponseItem { item: item.clone(), metadata: None }).expect("append");
    assert_eq!(home.load(id).history, [item]);
}

fn completed(item: TurnItem) -> RolloutItem {
    RolloutItem::EventMsg(Box::new(EventMsg::ItemCompleted {
        thread_id: ThreadId::new_v7(),
        turn_id: TurnId::new_v7(),
        item,
        started_at_ms: 1,
        completed_at_ms: 2,
    }))
}

// covers: rollouts 24
#[test]
fn a_legacy_thread_stays_legacy() {
    let home = Home::new();
    let mut lines = Lines::legacy();
    lines.message("user", "q1").event(json!({"type": "user_message", "message": "q1"}));
    let path = home.put(lines.id, &lines.text);
    let (_, mut writer) = home.resume(lines.id);
    writer
        .append_all(&[
            user("q2"),
            completed(TurnItem::UserMessage(UserMessageItem {
                id: ItemId::new("u"),
                content: vec![
                    UserInput::text("q2"),
                    UserInput::LocalImage { path: "/a.png".into() },
                    UserInput::Image { image_url: "data:x".to_owned() },
                ],
            })),
            completed(TurnItem::Reasoning(ReasoningItem {
                id: ItemId::new("r"),
                summary_text: vec!["one".to_owned(), "two".to_owned()],
                raw_content: Vec::new(),
            })),
            completed(TurnItem::ImageView(codex_protocol::ImageViewItem {
                id: ItemId::new("v"),
                path: "/a.png".into(),
            })),
            completed(TurnItem::AgentMessage(AgentMessageItem {
                id: ItemId::new("a"),
                content: vec![AgentMessagePart::Text { text: "done".to_owned() }],
                phase: None,
            })),
        ])
        .expect("append");
    let added = stored(&path).split_off(3);
    assert!(added.iter().all(|line| line.get("ordinal").is_none()));
    let payloads: Vec<Value> = added[1..].iter().map(|line| line["payload"].clone()).collect();
    assert_eq!(
        payloads,
        [
            json!({"type": "user_message", "message": "q2", "images": ["data:x"], "local_images": ["/a.png"],
                   "text_elements": []}),
            json!({"type": "agent_reasoning", "text": "one"}),
            json!({"type": "agent_reasoning", "text": "two"}),
            json!({"type": "agent_message", "message": "done", "phase": null}),
        ]
    );
    drop(writer);
    let thread = home.store.resume(&ThreadRef::Id(lines.id)).expect("resume").0;
    assert_eq!(thread.history.len(), 2);
}
