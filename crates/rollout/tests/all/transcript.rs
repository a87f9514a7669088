//! What a person saw, read backwards over a thread and the threads it was forked from.

use codex_protocol::{
    AgentMessageItem, AgentMessagePart, EventMsg, ItemId, RolloutItem, ThreadId, TurnId, TurnItem, UserInput,
    UserMessageItem,
};
use codex_rollout::ThreadRef;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::support::{Home, meta, user};

fn shown(thread_id: ThreadId, item: TurnItem) -> RolloutItem {
    let turn_id = TurnId::new_v7();
    RolloutItem::EventMsg(Box::new(EventMsg::ItemCompleted {
        thread_id,
        turn_id,
        item,
        started_at_ms: 1,
        completed_at_ms: 2,
    }))
}

fn said(thread_id: ThreadId, text: &str) -> RolloutItem {
    let content = vec![UserInput::text(text)];
    shown(thread_id, TurnItem::UserMessage(UserMessageItem { id: ItemId::new(text), content }))
}

fn answered(thread_id: ThreadId, text: &str) -> RolloutItem {
    let content = vec![AgentMessagePart::Text { text: text.to_owned() }];
    shown(thread_id, TurnItem::AgentMessage(AgentMessageItem { id: ItemId::new(text), content, phase: None }))
}

fn texts(home: &Home, id: ThreadId, page: usize) -> Vec<String> {
    let mut transcript = home.store.transcript(&home.file(id)).expect("open");
    let mut texts = Vec::new();
    loop {
        let items = transcript.earlier(page).expect("page");
        let end = items.len() < page;
        texts.extend(items.into_iter().map(|stored| match stored.item {
            TurnItem::UserMessage(message) => match &message.content[0] {
                UserInput::Text { text, .. } => text.clone(),
                other => format!("{other:?}"),
            },
            TurnItem::AgentMessage(message) => message.text(),
            TurnItem::Reasoning(reasoning) => reasoning.summary_text.concat(),
            other => format!("{other:?}"),
        }));
        if end {
            return texts;
        }
    }
}

#[test]
fn newest_first_in_pages_of_any_size() {
    let home = Home::new();
    let id = ThreadId::new_v7();
    let mut writer = home.store.create(meta(id));
    for n in 0..5 {
        writer.append(&user("noise")).expect("append");
        writer.append(&said(id, &format!("q{n}"))).expect("append");
        writer.append(&answered(id, &"long ".repeat(400_000 * (n % 2)))).expect("append");
    }
    let expected = texts(&home, id, 100);
    assert_eq!(expected.len(), 10);
    assert_eq!((expected[1].as_str(), expected[9].as_str()), ("q4", "q0"));
    for page in [1, 2, 3, 7] {
        assert_eq!(texts(&home, id, page), expected);
    }
}

#[test]
fn a_fork_shows_what_came_before_it_and_nothing_after() {
    let home = Home::new();
    let id = ThreadId::new_v7();
    let mut parent = home.store.create(meta(id));
    parent.append(&said(id, "before")).expect("append");
    let fork_id = ThreadId::new_v7();
    let (_, mut fork) = home.store.fork(&ThreadRef::Id(id), meta(fork_id)).expect("fork");
    parent.append(&said(id, "after")).expect("append");
    fork.append(&said(fork_id, "own")).expect("append");
    assert_eq!(texts(&home, fork_id, 8), ["own", "before"]);
    assert_eq!(texts(&home, id, 8), ["after", "before"]);
}

#[test]
fn legacy_words_and_garbage() {
    let home = Home::new();
    let id = ThreadId::new_v7();
    let line = |payload: serde_json::Value| {
        json!({"timestamp": "t", "type": "event_msg", "payload": payload}).to_string()
    };
    let meta = json!({"timestamp": "t", "type": "session_meta", "payload": {
        "id": id, "timestamp": "t", "cwd": "/", "originator": "o", "cli_version": "0"}});
    let text = [
        meta.to_string(),
        line(json!({"type": "user_message", "message": "hi"})),
        "garbage \u{1}".to_owned(),
        line(json!({"type": "agent_reasoning", "text": "hm"})),
        line(json!({"type": "item_completed", "turn_id": null, "item": {"type": "Hologram"}})),
        line(json!({"type": "agent_message", "message": "hello"})),
    ]
    .join("\n");
    home.put(id, text);
    assert_eq!(texts(&home, id, 2), ["hello", "hm", "hi"]);
}
