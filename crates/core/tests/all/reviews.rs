//! Code reviews: a thread of its own does the work, the outer thread keeps what came of it (`exec.md §9`).

use codex_core::ThreadOrigin;
use codex_protocol::{Event, Op, ReviewOutput, ReviewTarget, ThreadId, TurnItem};
use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, kinds, lines, rollouts, turn, until_end};

const UNCOMMITTED: ReviewTarget = ReviewTarget::UncommittedChanges;

fn review(target: ReviewTarget) -> Op {
    Op::Review { target }
}

fn verdict() -> String {
    json!({
        "findings": [{
            "title": "[P1] T",
            "body": "B",
            "confidence_score": 0.9,
            "priority": 1,
            "code_location": {"absolute_file_path": "/x/a", "line_range": {"start": 1, "end": 2}},
        }],
        "overall_correctness": "patch is incorrect",
        "overall_explanation": "ex",
        "overall_confidence_score": 0.8,
    })
    .to_string()
}

/// The outer thread's lines and the reviewer's.
fn both(bench: &Bench, outer: ThreadId) -> (Vec<Value>, Vec<Value>) {
    let files = rollouts(&bench.home());
    assert_eq!(files.len(), 2, "{files:?}");
    let (own, other): (Vec<_>, Vec<_>) = files
        .iter()
        .map(|file| lines(file))
        .partition(|lines| lines[0]["payload"]["id"] == outer.to_string());
    (own.concat(), other.concat())
}

fn shown(events: &[Event]) -> Vec<&TurnItem> {
    let mut items = Vec::new();
    for event in events {
        if let Event::ItemCompleted { item, .. } = event {
            items.push(item);
        }
    }
    items
}

// covers: responses-wire 57
#[tokio::test]
async fn a_review_is_asked_for_by_a_thread_of_its_own() {
    let bench = Bench::new([
        Reply::call("exec_command", &json!({"cmd": "echo looked", "login": false}), "c1"),
        Reply::say(&verdict()),
    ])
    .await;
    let mut thread = bench.open(ThreadOrigin::New);
    let outer = thread.info().thread_id;
    thread.submit(review(UNCOMMITTED)).await.unwrap();
    let events = until_end(&mut thread).await;
    thread.close().await;
    bench.server.verify().unwrap();

    let text = "ex\n\nReview comment:\n\n- [P1] T — /x/a:1-2\n  B";
    let items = shown(&events);
    assert!(
        matches!(
            items[..],
            [
                TurnItem::EnteredReviewMode(_),
                TurnItem::CommandExecution(_),
                TurnItem::ExitedReviewMode(_),
                TurnItem::AgentMessage(_)
            ]
        ),
        "{items:?}"
    );
    let Some(Event::TurnCompleted { last_agent_message, usage, .. }) = events.last() else { panic!() };
    assert_eq!(last_agent_message.as_deref(), Some(text));
    assert_eq!(usage.total_tokens, 0, "the thread itself used nothing");

    let (own, other) = both(&bench, outer);
    let meta = &other[0]["payload"];
    assert_eq!(meta["source"], json!({"subagent": "review"}));
    assert_eq!(meta["thread_source"], json!("subagent"));
    assert_eq!(meta["parent_thread_id"], json!(outer.to_string()));
    assert_eq!(meta["session_id"], json!(outer.to_string()));
    assert_eq!(
        kinds(&own),
        [
            "session_meta",
            "task_started",
            "EnteredReviewMode",
            "message",
            "ExitedReviewMode",
            "message",
            "AgentMessage",
            "task_complete"
        ]
    );
    let output: ReviewOutput =
        serde_json::from_value(own[4]["payload"]["item"]["review_output"].clone()).unwrap();
    assert_eq!(output.findings[0].title, "[P1] T");

    let request = bench.server.request(0).unwrap();
    let child = meta["id"].as_str().unwrap();
    for (header, value) in [
        ("x-openai-subagent", "review"),
        ("x-codex-parent-thread-id", &outer.to_string()),
        ("session-id", &outer.to_string()),
        ("thread-id", child),
        ("x-client-request-id", child),
    ] {
        assert_eq!(request.header(header), Some(value), "{header}");
    }
    let body = request.json();
    assert_eq!(body["prompt_cache_key"], json!(outer.to_string()));
    assert_eq!(body["client_metadata"]["x-openai-subagent"], json!("review"));
    let said: Value =
        serde_json::from_str(body["client_metadata"]["x-codex-turn-metadata"].as_str().unwrap()).unwrap();
    let outer_turn = &own[1]["payload"]["turn_id"];
    assert_eq!(&said["parent_turn_id"], outer_turn);
    assert_eq!(&said["root_turn_id"], outer_turn);
    assert_eq!(said["subagent_kind"], json!("review"));
    assert_eq!(said["thread_source"], json!("subagent"));
    assert_eq!(said["turn_trigger"], Value::Null);
    assert_eq!(&other[1]["payload"]["turn_attribution"]["parent_turn_id"], outer_turn);
    let tools: Vec<&str> =
        body["tools"].as_array().unwrap().iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(tools, ["exec_command", "write_stdin", "view_image"]);
}

#[tokio::test]
async fn the_next_turn_knows_what_was_found_also_after_a_resume() {
    let bench = Bench::new([Reply::say(&verdict()), Reply::say("mended"), Reply::say("again")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let outer = thread.info().thread_id;
    thread.submit(review(ReviewTarget::BaseBranch { branch: "main".to_owned() })).await.unwrap();
    until_end(&mut thread).await;
    turn(&mut thread, "mend it").await;
    thread.close().await;
    let mut thread = bench.open(ThreadOrigin::resume(outer));
    turn(&mut thread, "and now").await;
    thread.close().await;
    bench.server.verify().unwrap();
    for number in [1, 2] {
        let request = bench.server.request(number).unwrap();
        let told = request.input_texts("user");
        assert!(told[0].starts_with("<user_action>") && told[0].contains("[P1] T"), "{told:?}");
        assert!(request.input_texts("assistant")[0].starts_with("ex\n\nReview comment:"));
        assert_eq!(request.header("x-openai-subagent"), None);
    }
    let (own, _) = both(&bench, outer);
    assert_eq!(own[2]["payload"]["item"]["target"], json!({"type": "baseBranch", "branch": "main"}));
    assert_eq!(own[2]["payload"]["item"]["user_facing_hint"], json!("changes against 'main'"));
}

#[tokio::test]
async fn a_review_that_is_stopped_ends_in_both_files() {
    let command = json!({"cmd": "echo begun; sleep 600", "login": false});
    let bench = Bench::new([Reply::call("exec_command", &command, "c1")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let outer = thread.info().thread_id;
    thread.submit(review(UNCOMMITTED)).await.unwrap();
    loop {
        match thread.next_event().await {
            Some(Event::ItemStarted { item: TurnItem::CommandExecution(_), .. }) => break,
            Some(_) => {}
            None => panic!("the thread ended"),
        }
    }
    thread.submit(Op::Interrupt).await.unwrap();
    let events = until_end(&mut thread).await;
    thread.close().await;
    assert!(matches!(events.last(), Some(Event::TurnAborted { .. })), "{events:?}");
    let (own, other) = both(&bench, outer);
    // A command that takes long to die on a busy machine is recorded when it is gone.
    let mut kinds_of_other = kinds(&other);
    kinds_of_other.retain(|kind| kind != "CommandExecution");
    assert!(kinds_of_other.ends_with(&["turn_aborted".to_owned()]), "{:?}", kinds(&other));
    assert_eq!(
        kinds(&own)[2..],
        ["EnteredReviewMode", "message", "ExitedReviewMode", "message", "turn_aborted"].map(str::to_owned)
    );
    assert_eq!(own[4]["payload"]["item"]["review_output"], Value::Null);
}

#[tokio::test]
async fn a_review_that_fails_fails_the_turn() {
    let bench = Bench::new([Reply::error(400, "bad", "No.")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(review(ReviewTarget::Custom { instructions: "look".to_owned() })).await.unwrap();
    let events = until_end(&mut thread).await;
    thread.close().await;
    let Some(Event::TurnFailed { error, .. }) = events.last() else { panic!("{events:?}") };
    assert!(error.message.contains("No."), "{error:?}");
    assert!(matches!(shown(&events)[..], [_, TurnItem::ExitedReviewMode(_), TurnItem::AgentMessage(_)]));
    assert_eq!(*bench.server.request(0).unwrap().input_texts("user").last().unwrap(), "look");
}

#[tokio::test]
async fn what_is_said_meanwhile_waits_and_an_empty_target_is_refused() {
    let bench = Bench::new([Reply::say("fine"), Reply::say("answer")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(review(ReviewTarget::Commit { sha: " ".to_owned(), title: None })).await.unwrap();
    thread.submit(review(UNCOMMITTED)).await.unwrap();
    thread.submit(crate::bench::say("hello")).await.unwrap();
    let events = until_end(&mut thread).await;
    assert!(events.iter().any(|event| matches!(event, Event::Refused { .. })), "{events:?}");
    assert!(
        matches!(shown(&events).last(), Some(TurnItem::AgentMessage(message)) if message.text() == "fine")
    );
    let events = until_end(&mut thread).await;
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    thread.close().await;
    bench.server.verify().unwrap();
}

// threat 33
#[tokio::test]
async fn a_reviewer_can_do_no_more_than_its_thread() {
    let patch = "*** Begin Patch\n*** Add File: planted\n+x\n*** End Patch";
    let escalated = json!({
        "cmd": "echo x > planted", "login": false,
        "sandbox_permissions": "require_escalated", "justification": "May I?",
    });
    let bench = Bench::with(
        [
            Reply::custom_call("apply_patch", patch, "c1"),
            Reply::call("exec_command", &json!({"cmd": "echo x > planted", "login": false}), "c2"),
            Reply::call("exec_command", &escalated, "c3"),
            Reply::say("done"),
        ],
        &["sandbox_mode=\"read-only\""],
    )
    .await;
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(review(UNCOMMITTED)).await.unwrap();
    until_end(&mut thread).await;
    thread.close().await;
    bench.server.verify().unwrap();
    assert!(!bench.repo().join("planted").exists());
    let last = bench.server.request(3).unwrap();
    assert_eq!(last.output_text("c1").unwrap(), "unsupported custom tool call: apply_patch");
    assert_eq!(last.json()["client_metadata"]["x-openai-subagent"], json!("review"));
}
