//! Going back before a message: what is sent, what is on disk, what a later resume opens (`tui.md §8`).

use codex_core::{SavedFilter, SavedThreads, ThreadHandle, ThreadOrigin};
use codex_protocol::{Event, ItemId, Op, TurnItem, UserInput};
use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, lines, rollouts, turn};

/// The ids of the person's messages among events.
fn said(events: &[Event]) -> Vec<ItemId> {
    let ids = events.iter().filter_map(|event| match event {
        Event::ItemCompleted { item: TurnItem::UserMessage(message), .. } => Some(message.id.clone()),
        _ => None,
    });
    ids.collect()
}

async fn rewind(thread: &mut ThreadHandle, before: &ItemId) -> Event {
    thread.submit(Op::Rewind { before: before.clone() }).await.unwrap();
    thread.next_event().await.unwrap()
}

/// What the person and the model said in a request.
fn conversation(request: &Value) -> Vec<String> {
    let items = request["input"].as_array().unwrap().iter();
    let texts = items.filter(|item| item["role"] != "developer").filter_map(|item| {
        let text = item["content"][0]["text"].as_str()?;
        (!text.starts_with('<')).then(|| text.to_owned())
    });
    texts.collect()
}

#[tokio::test]
async fn the_next_request_and_a_later_resume_end_before_the_message() {
    let bench = Bench::new(["one", "two", "three", "four"].map(Reply::say)).await;
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "first").await;
    let second = said(&turn(&mut thread, "second").await);
    let id = thread.info().thread_id;
    let rewound = rewind(&mut thread, &second[0]).await;
    assert_eq!(rewound, Event::Rewound { before: second[0].clone(), input: vec![UserInput::text("second")] });
    turn(&mut thread, "other").await;
    thread.close().await;
    let request = bench.server.request(2).unwrap().json().clone();
    assert_eq!(conversation(&request), ["first", "one", "other"]);

    let files = rollouts(&bench.home());
    let names: Vec<&str> = files.iter().map(|file| file.file_stem().unwrap().to_str().unwrap()).collect();
    assert_eq!(names.len(), 2);
    let later = names.iter().position(|name| name.contains('_')).unwrap();
    assert!(names[later].contains(&format!("-{id}_")), "{names:?}");
    let before = lines(&files[1 - later]);
    let began = before.iter().rposition(|line| line["payload"]["type"] == "task_started").unwrap();
    let first = &lines(&files[later])[0];
    assert_eq!(
        (first["payload"]["id"].clone(), first["ordinal"].clone()),
        (json!(id), before[began]["ordinal"].clone())
    );
    let bytes: usize = std::fs::read_to_string(&files[1 - later])
        .unwrap()
        .lines()
        .take(began)
        .map(|line| line.len() + 1)
        .sum();
    assert_eq!(
        first["payload"]["history_base"],
        json!({
            "thread_id": id,
            "end_ordinal_exclusive": before[began]["ordinal"],
            "end_byte_offset": bytes,
        })
    );

    let saved = SavedThreads::new(&bench.home());
    let listed = saved.find(&SavedFilter::default()).unwrap();
    assert_eq!(listed.iter().map(|thread| thread.id).collect::<Vec<_>>(), [id]);
    assert_eq!(listed[0].first_prompt.as_deref(), Some("first"));
    let shown = saved.transcript(id).unwrap().earlier(10).unwrap();
    let texts = shown.iter().filter_map(|item| match item {
        TurnItem::UserMessage(message) => Some(message.content.clone()),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), [vec![UserInput::text("other")], vec![UserInput::text("first")]]);

    let mut again = bench.open(ThreadOrigin::resume(id));
    turn(&mut again, "last").await;
    again.close().await;
    let request = bench.server.request(3).unwrap().json().clone();
    assert_eq!(conversation(&request), ["first", "one", "other", "three", "last"]);
}

#[tokio::test]
async fn one_can_go_back_again_and_to_the_very_beginning() {
    let bench = Bench::new(["one", "two", "three", "four"].map(Reply::say)).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let first = said(&turn(&mut thread, "first").await);
    let second = said(&turn(&mut thread, "second").await);
    assert!(matches!(rewind(&mut thread, &second[0]).await, Event::Rewound { .. }));
    let third = said(&turn(&mut thread, "third").await);
    // In the second file, then in the first one.
    assert!(matches!(rewind(&mut thread, &third[0]).await, Event::Rewound { .. }));
    assert!(matches!(rewind(&mut thread, &third[0]).await, Event::Refused { .. }));
    assert!(matches!(rewind(&mut thread, &first[0]).await, Event::Rewound { .. }));
    turn(&mut thread, "afresh").await;
    thread.close().await;
    let request = bench.server.request(3).unwrap().json().clone();
    assert_eq!(conversation(&request), ["afresh"]);
    assert_eq!(rollouts(&bench.home()).len(), 4);
}

#[tokio::test]
async fn messages_of_a_resumed_and_forked_thread_can_be_gone_back_to() {
    let bench = Bench::new(["one", "two", "three"].map(Reply::say)).await;
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "first").await;
    turn(&mut thread, "second").await;
    let id = thread.info().thread_id;
    thread.close().await;
    let mut fork = bench.open(ThreadOrigin::fork(id));
    let fork_id = fork.info().thread_id;
    let shown = SavedThreads::new(&bench.home()).transcript(fork_id).unwrap().earlier(10).unwrap();
    let second = shown.iter().find_map(|item| match item {
        TurnItem::UserMessage(message) => Some(message.id.clone()),
        _ => None,
    });
    while !matches!(fork.next_event().await, Some(Event::ThreadStarted(_))) {}
    assert!(matches!(rewind(&mut fork, &second.unwrap()).await, Event::Rewound { .. }));
    turn(&mut fork, "instead").await;
    fork.close().await;
    let request = bench.server.request(2).unwrap().json().clone();
    assert_eq!(conversation(&request), ["first", "one", "instead"]);
    let saved = SavedThreads::new(&bench.home());
    saved.archive(fork_id).unwrap();
    assert_eq!(saved.find(&SavedFilter::default()).unwrap().len(), 1);
    saved.unarchive(fork_id).unwrap();
    saved.delete(fork_id).unwrap();
    assert_eq!(rollouts(&bench.home()).len(), 1);
}
