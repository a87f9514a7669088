//! Summarising the history: when, how it is asked for, what stays, and that the thread goes on from there.

use codex_core::ThreadOrigin;
use codex_protocol::{Event, Op, TurnItem};
use codex_rollout::ThreadRef;
use codex_sim::{Item, RecordedRequest, Reply, Usage};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, kinds, turn, until_end};

const LOW_LIMIT: &str = "model_auto_compact_token_limit=1000";

fn texts(request: &RecordedRequest) -> Vec<(String, String)> {
    let of = |item: &Value| {
        let text = item["content"][0]["text"].as_str().unwrap_or_default();
        let role = item["role"].as_str().unwrap_or_else(|| item["type"].as_str().unwrap_or_default());
        (role.to_owned(), text.chars().take(24).collect())
    };
    request.input().iter().map(of).collect()
}

fn said(role: &str, text: &str) -> (String, String) {
    (role.to_owned(), text.to_owned())
}

fn small(text: &str) -> Reply {
    let usage = Usage { input: 10, cached: 0, output: 5, reasoning: 0 };
    Reply::sse().created().message(text).completed_with(usage)
}

fn tool() -> Reply {
    Reply::call("exec_command", &json!({"cmd": "echo hi"}), "c1")
}

// covers: responses-wire 45, responses-wire 46, rollouts 26
#[tokio::test]
async fn a_turn_that_grows_past_the_limit_goes_on_from_a_summary() {
    let bench = Bench::with([tool(), small("THE SUMMARY"), small("done"), small("more")], &[LOW_LIMIT]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let id = thread.info().thread_id;
    let events = turn(&mut thread, "do the task").await;
    thread.close().await;
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    let compactions = events
        .iter()
        .filter(|event| matches!(event, Event::ItemCompleted { item: TurnItem::ContextCompaction(_), .. }));
    assert_eq!(compactions.count(), 1);

    let (first, asked, next) = (
        bench.server.request(0).unwrap(),
        bench.server.request(1).unwrap(),
        bench.server.request(2).unwrap(),
    );
    let (step, summary) = (first.input(), asked.input());
    assert_eq!(summary[..step.len()], step[..]);
    assert_eq!(asked.json()["tools"], json!([]));
    assert_eq!(asked.json()["parallel_tool_calls"], json!(false));
    let last = summary.last().unwrap();
    assert_eq!((last["role"].as_str(), last.get("id")), (Some("user"), None));
    let metadata = asked.turn_metadata();
    assert_eq!(metadata["request_kind"], json!("compaction"));
    assert_eq!(metadata["compaction"]["phase"], json!("mid_turn"));
    assert_eq!(metadata["window_number"], json!(0));

    assert_eq!(
        texts(&next),
        [
            said("developer", "You are Codex, a coding "),
            said("developer", "<permissions instruction"),
            said("user", "<environment_context>\n  "),
            said("user", "do the task"),
            said("user", "The earlier part of this"),
        ]
    );
    assert_eq!(next.input()[0]["id"], first.input()[0]["id"], "the base instructions keep their id");
    assert_eq!(next.input()[3]["id"], first.input()[3]["id"], "the person's words keep their id");
    assert_eq!(next.turn_metadata()["window_number"], json!(1));
    assert_ne!(next.turn_metadata()["context_window_id"], first.turn_metadata()["context_window_id"]);

    let mut thread = bench.open(ThreadOrigin::Resume(ThreadRef::Id(id)));
    turn(&mut thread, "and now").await;
    thread.close().await;
    bench.server.verify().unwrap();
    let resumed = bench.server.request(3).unwrap();
    assert_eq!(resumed.input()[..next.input().len()], next.input()[..]);
    assert_eq!(resumed.turn_metadata()["window_number"], json!(1));
    let told = kinds(&bench.lines());
    let at = told.iter().position(|kind| kind == "compacted").unwrap();
    assert_eq!(
        told[at - 3..at + 5],
        [
            "message",
            "token_usage_record",
            "token_count",
            "compacted",
            "world_state",
            "turn_context",
            "thread_settings_applied",
            "ContextCompaction",
        ]
    );
}

// covers: responses-wire 49
#[tokio::test]
async fn a_turn_that_ends_past_the_limit_is_summarised_only_when_the_next_begins() {
    let bench = Bench::with([Reply::say("one"), small("THE SUMMARY"), small("two")], &[LOW_LIMIT]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "first").await;
    assert_eq!(bench.server.requests().len(), 1);
    turn(&mut thread, "second").await;
    thread.close().await;
    bench.server.verify().unwrap();
    let asked = bench.server.request(1).unwrap();
    assert_eq!(asked.turn_metadata()["compaction"]["phase"], json!("pre_turn"));
    let words = bench.server.request(2).unwrap();
    let words: Vec<String> = words.input_texts("user").iter().map(|text| (*text).to_owned()).collect();
    assert_eq!(words[1..3], ["first", "second"]);
}

// covers: responses-wire 47
#[tokio::test]
async fn a_summary_that_does_not_fit_leaves_out_the_oldest_items() {
    let too_long = || Reply::error(400, "context_length_exceeded", "too long");
    let bench =
        Bench::with([tool(), too_long(), too_long(), small("THE SUMMARY"), small("done")], &[LOW_LIMIT])
            .await;
    let mut thread = bench.open(ThreadOrigin::New);
    let events = turn(&mut thread, "do the task").await;
    thread.close().await;
    bench.server.verify().unwrap();
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    let lengths: Vec<usize> = (1..4).map(|n| bench.server.request(n).unwrap().input().len()).collect();
    assert_eq!(lengths, [lengths[0], lengths[0] - 1, lengths[0] - 2]);
    let base = bench.server.request(0).unwrap().input()[0].clone();
    assert_eq!(bench.server.request(3).unwrap().input()[0], base, "the base instructions stay");
}

fn remote() -> [&'static str; 2] {
    [LOW_LIMIT, "model_providers.sim.name=\"Azure\""]
}

fn opaque() -> Value {
    json!({"type": "compaction", "id": "cmp_1", "encrypted_content": "OPAQUE"})
}

// covers: responses-wire 48
#[tokio::test]
async fn a_server_that_summarises_answers_with_one_item_that_is_sent_back() {
    let bench = Bench::with([tool(), Reply::items([opaque()]), small("done")], &remote()).await;
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "do the task").await;
    thread.close().await;
    bench.server.verify().unwrap();
    let asked = bench.server.request(1).unwrap();
    assert_eq!(asked.input().last().unwrap(), &json!({"type": "compaction_trigger"}));
    assert!(!asked.tools().is_empty());
    assert_eq!(asked.turn_metadata()["compaction"]["implementation"], json!("responses_compaction_v2"));
    let next = bench.server.request(2).unwrap();
    assert_eq!(next.input().last().unwrap(), &opaque());
    assert_eq!(next.input_of_type("function_call").len(), 0);
}

// covers: responses-wire 48
#[tokio::test]
async fn a_server_that_summarises_into_nothing_ends_the_turn_and_changes_nothing() {
    let bench = Bench::with([tool(), small("no summary")], &remote()).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let events = turn(&mut thread, "do the task").await;
    thread.close().await;
    bench.server.verify().unwrap();
    assert!(matches!(events.last(), Some(Event::TurnFailed { .. })), "{events:?}");
    assert!(!kinds(&bench.lines()).contains(&"compacted".to_owned()));
}

#[tokio::test]
async fn a_person_can_ask_for_a_summary() {
    let bench = Bench::new([Reply::items([Item::message("one")]), small("THE SUMMARY"), small("two")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "first").await;
    thread.submit(Op::Compact).await.unwrap();
    let events = until_end(&mut thread).await;
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    turn(&mut thread, "second").await;
    thread.close().await;
    bench.server.verify().unwrap();
    let asked = bench.server.request(1).unwrap().turn_metadata();
    assert_eq!(asked["compaction"]["trigger"], json!("manual"));
    assert_eq!(asked["compaction"]["phase"], json!("standalone_turn"));
    let next = bench.server.request(2).unwrap();
    assert_eq!(next.input_of_type("message").len(), next.input().len());
    assert!(next.input_texts("assistant").is_empty());
}

#[tokio::test]
async fn another_kind_of_model_gets_a_summary_by_the_one_before_it() {
    let mut bench =
        Bench::new([small("hello"), small("THE SUMMARY"), small("going on"), small("and on")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let id = thread.info().thread_id;
    turn(&mut thread, "first").await;
    thread.close().await;
    bench.set("model=\"gpt-6-astra\"");
    let mut thread = bench.open(ThreadOrigin::Resume(ThreadRef::Id(id)));
    let events = turn(&mut thread, "second").await;
    turn(&mut thread, "third").await;
    thread.close().await;
    bench.server.verify().unwrap();
    let compactions =
        |event: &&Event| matches!(event, Event::ItemCompleted { item: TurnItem::ContextCompaction(_), .. });
    assert_eq!(events.iter().filter(compactions).count(), 1);
    let (asked, next) = (bench.server.request(1).unwrap(), bench.server.request(2).unwrap());
    assert_eq!((&asked.json()["model"], &next.json()["model"]), (&json!("gpt-5.5"), &json!("gpt-6-astra")));
    let facts = &asked.turn_metadata()["compaction"];
    assert_eq!(
        (&facts["trigger"], &facts["reason"], &facts["phase"]),
        (&json!("auto"), &json!("comp_hash_changed"), &json!("pre_turn"))
    );
    assert!(!asked.input_texts("user").contains(&"second"), "the words come after the summary");
    assert_eq!(asked.turn_metadata()["turn_id"], next.turn_metadata()["turn_id"]);
    let users = next.input_texts("user");
    assert_eq!((users.contains(&"first"), users.last()), (true, Some(&"second")));
    let compacted = bench.lines().into_iter().find(|line| line["type"] == "compacted").unwrap();
    let retained = &compacted["payload"]["retained_context"];
    assert_eq!(retained["user_messages"][0]["text"], "first");
    assert_eq!(retained["assistant_messages"][0]["text"], "hello");
}

#[tokio::test]
async fn a_former_model_that_is_gone_does_not_stop_the_thread() {
    let gone = Reply::error(400, "model_not_found", "gone");
    let mut bench = Bench::new([small("hello"), gone, small("going on")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let id = thread.info().thread_id;
    turn(&mut thread, "first").await;
    thread.close().await;
    bench.set("model=\"gpt-6-astra\"");
    let mut thread = bench.open(ThreadOrigin::Resume(ThreadRef::Id(id)));
    let events = turn(&mut thread, "second").await;
    thread.close().await;
    bench.server.verify().unwrap();
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    assert!(bench.server.request(2).unwrap().input_texts("assistant").contains(&"hello"));
}
