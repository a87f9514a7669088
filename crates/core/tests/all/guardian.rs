//! The automatic reviewer of approvals against the scripted server: who is asked what, and what each answer does
//! (`safety.md §9`).

use codex_core::{ThreadHandle, ThreadOrigin};
use codex_protocol::{
    ApprovalPolicy, ApprovalReview, Assessment, Event, Op, ReviewVerdict, RiskLevel, UserAuthorization,
};
use codex_sim::{Gate, Reply};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, lines, rollouts, say, turn, until_end};

fn escalated(cmd: &str, call_id: &str) -> Reply {
    let arguments = json!({
        "cmd": cmd, "login": false, "sandbox_permissions": "require_escalated", "justification": "May I?",
    });
    Reply::call("exec_command", &arguments, call_id)
}

fn outside(name: &str) -> String {
    format!("echo x > .git/{name}")
}

async fn reviewed(script: impl Into<codex_sim::Script>) -> Bench {
    reviewed_with(script, &[]).await
}

async fn reviewed_with(script: impl Into<codex_sim::Script>, settings: &[&str]) -> Bench {
    let mut bench = Bench::with(script, settings).await;
    bench.set("approvals_reviewer=\"guardian_subagent\"");
    bench.approval = ApprovalPolicy::OnRequest;
    bench
}

fn verdicts(events: &[Event]) -> Vec<&ApprovalReview> {
    let mut found = Vec::new();
    for event in events {
        match event {
            Event::ApprovalReviewed { review, .. } => found.push(&**review),
            Event::ApprovalRequested { .. } => panic!("a person was asked: {events:?}"),
            _ => {}
        }
    }
    found
}

async fn one_turn(bench: &Bench) -> Vec<Event> {
    let mut thread = bench.open(ThreadOrigin::New);
    let events = turn(&mut thread, "do it").await;
    thread.close().await;
    events
}

fn names(request: &Value) -> Vec<&str> {
    request["tools"].as_array().unwrap().iter().filter_map(|tool| tool["name"].as_str()).collect()
}

// covers: safety S30, safety S31
#[tokio::test]
async fn a_bare_yes_lets_the_command_run() {
    let bench = reviewed([
        escalated(&outside("a"), "c1"),
        Reply::say(r#"{"outcome":"allow"}"#),
        escalated(&outside("b"), "c2"),
        Reply::say(r#"{"outcome":"allow","risk_level":"medium","user_authorization":"high","rationale":"asked for"}"#),
        Reply::say("done"),
    ])
    .await;
    let mut thread = bench.open(ThreadOrigin::New);
    let parent = thread.info().thread_id;
    let events = turn(&mut thread, "do it").await;
    thread.close().await;
    bench.server.verify().unwrap();
    assert!(bench.repo().join(".git/a").exists() && bench.repo().join(".git/b").exists());
    let found = verdicts(&events);
    let assessment = |risk, authorization| ReviewVerdict::Approved(Assessment { risk, authorization });
    assert_eq!(found[0].verdict, assessment(RiskLevel::Low, UserAuthorization::Unknown));
    assert_eq!(found[1].verdict, assessment(RiskLevel::Medium, UserAuthorization::High));

    let first = bench.server.request(1).unwrap();
    let body = first.json();
    for (header, value) in [
        ("x-openai-subagent", "guardian"),
        ("x-codex-parent-thread-id", &parent.to_string()),
        ("session-id", &parent.to_string()),
    ] {
        assert_eq!(first.header(header), Some(value), "{header}");
    }
    assert_eq!(body["prompt_cache_key"], json!(format!("guardian:{parent}")));
    assert_eq!(body["reasoning"]["effort"], json!("low"));
    assert_eq!(body["text"]["format"]["strict"], json!(false));
    assert_eq!(body["text"]["format"]["schema"]["required"], json!(["outcome"]));
    assert_eq!(names(body), ["exec_command", "write_stdin", "view_image"]);
    let metadata: Value =
        serde_json::from_str(body["client_metadata"]["x-codex-turn-metadata"].as_str().unwrap()).unwrap();
    assert_eq!(
        [&metadata["subagent_kind"], &metadata["thread_source"], &metadata["turn_trigger"]],
        [&json!("guardian"), &json!("guardian_review"), &json!("guardian_review")]
    );
    assert_eq!(
        [&metadata["sandbox_mode"], &metadata["auto_review_enabled"]],
        [&json!("read-only"), &json!(false)]
    );
    let own: Value = serde_json::from_str(
        bench.server.request(0).unwrap().json()["client_metadata"]["x-codex-turn-metadata"].as_str().unwrap(),
    )
    .unwrap();
    assert_eq!(own["auto_review_enabled"], json!(true));
    assert_eq!(own["turn_id"], metadata["parent_turn_id"]);

    let shown = first.input_texts("user").join("");
    assert!(shown.contains(">>> TRANSCRIPT START\n[1] user: do it\n[2] tool exec_command call: "), "{shown}");
    assert!(shown.contains("\"sandbox_permissions\": \"require_escalated\""), "{shown}");
    let second = bench.server.request(3).unwrap();
    let texts = second.input_texts("user").join("");
    let delta = texts.split(">>> TRANSCRIPT DELTA START\n").nth(1).unwrap();
    assert!(
        delta.starts_with("[3] tool exec_command result: ") && delta.contains("[4] tool exec_command call")
    );
    assert!(!delta.contains("[1] user"), "{delta}");
    assert_eq!(second.header("thread-id"), first.header("thread-id"), "one reviewer for the session");
    let reminders = second.input_texts("developer");
    assert_eq!(reminders.iter().filter(|text| text.contains("no precedent")).count(), 1);
    let last = bench.server.request(4).unwrap();
    assert_eq!(last.header("x-openai-subagent"), None);
    let files = rollouts(&bench.home());
    assert_eq!(files.len(), 2);
    let meta = files
        .iter()
        .map(|file| lines(file)[0]["payload"].clone())
        .find(|meta| meta["parent_thread_id"].is_string());
    assert_eq!(meta.unwrap()["source"], json!({"subagent": {"other": "guardian"}}));
}

#[tokio::test]
async fn a_no_is_told_with_its_reason() {
    let deny =
        r#"{"outcome":"deny","risk_level":"high","user_authorization":"low","rationale":"because so"}"#;
    let bench = reviewed([escalated(&outside("a"), "c1"), Reply::say(deny), Reply::say("understood")]).await;
    let events = one_turn(&bench).await;
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    assert!(!bench.repo().join(".git/a").exists());
    let assessment = Assessment { risk: RiskLevel::High, authorization: UserAuthorization::Low };
    assert_eq!(verdicts(&events)[0].verdict, ReviewVerdict::Denied(assessment));
    let told = bench.server.request(2).unwrap().output_text("c1").unwrap();
    assert!(told.starts_with("exec_command failed: CreateProcess { message: \"Rejected("), "{told}");
    assert!(told.contains("Reason: because so"), "{told}");
}

// covers: safety S28
#[tokio::test]
async fn what_is_no_answer_is_asked_three_times_and_then_refused() {
    let bench = reviewed([
        escalated(&outside("a"), "c1"),
        Reply::say("sure, go ahead"),
        Reply::say("allow"),
        Reply::say("{\"outcome\": \"yes\"}"),
        Reply::say("understood"),
    ])
    .await;
    let events = one_turn(&bench).await;
    bench.server.verify().unwrap();
    assert!(!bench.repo().join(".git/a").exists());
    assert_eq!(verdicts(&events)[0].verdict, ReviewVerdict::Failed);
    let asked = [1, 2, 3].map(|number| bench.server.request(number).unwrap());
    assert!(asked.iter().all(|request| request.header("x-openai-subagent") == Some("guardian")));
    let told = bench.server.request(4).unwrap().output_text("c1").unwrap();
    assert!(told.contains("could not be finished"), "{told}");
}

// covers: safety S29
#[tokio::test]
async fn three_refusals_in_a_row_interrupt_the_turn() {
    let deny = || Reply::say(r#"{"outcome":"deny","rationale":"no"}"#);
    let bench = reviewed([
        escalated(&outside("a"), "c1"),
        deny(),
        escalated(&outside("b"), "c2"),
        deny(),
        escalated(&outside("c"), "c3"),
        deny(),
    ])
    .await;
    let events = one_turn(&bench).await;
    bench.server.verify().unwrap();
    assert!(matches!(events.last(), Some(Event::TurnAborted { .. })), "{events:?}");
    assert_eq!(verdicts(&events).len(), 3);
    assert!(
        events.iter().any(
            |event| matches!(event, Event::Warning { message } if message.contains("3 actions in a row"))
        ),
        "{events:?}"
    );
}

// covers: safety S31
#[tokio::test]
async fn the_reviewer_can_neither_write_nor_connect_nor_leave_its_sandbox() {
    let patch = "*** Begin Patch\n*** Add File: planted\n+x\n*** End Patch";
    let connect = "echo x > planted; python3 -c 'import socket; socket.socket()' && echo open || echo closed";
    let bench = reviewed([
        escalated(&outside("a"), "c1"),
        Reply::custom_call("apply_patch", patch, "r1"),
        Reply::call("exec_command", &json!({"cmd": connect, "login": false}), "r2"),
        escalated("echo x > planted", "r3"),
        Reply::call("exec_command", &json!({"cmd": "touch planted", "login": false}), "r4"),
        Reply::say(r#"{"outcome":"deny"}"#),
        Reply::say("understood"),
    ])
    .await;
    // A rule that lets the agent itself out of the sandbox is none for the reviewer.
    std::fs::create_dir_all(bench.home().join("rules")).unwrap();
    std::fs::write(
        bench.home().join("rules/default.rules"),
        "prefix_rule([\"touch\"], decision=\"allow\")\n",
    )
    .unwrap();
    let events = one_turn(&bench).await;
    bench.server.verify().unwrap();
    assert!(!bench.repo().join("planted").exists(), "{events:?}");
    let last = bench.server.request(5).unwrap();
    assert_eq!(last.output_text("r1").unwrap(), "unsupported custom tool call: apply_patch");
    assert!(last.output_text("r2").unwrap().contains("closed"), "{:?}", last.output_text("r2"));
}

#[tokio::test]
async fn no_answer_in_time_is_a_no() {
    let gate = Gate::new();
    let held = Reply::sse().created().pause(&gate).completed();
    let script = [escalated(&outside("a"), "c1"), held, Reply::say("understood")];
    let bench = reviewed_with(script, &["auto_review.timeout_ms=300"]).await;
    let events = one_turn(&bench).await;
    assert_eq!(verdicts(&events)[0].verdict, ReviewVerdict::TimedOut);
    assert!(!bench.repo().join(".git/a").exists());
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
}

async fn next_matching(thread: &mut ThreadHandle, wanted: fn(&Event) -> bool) {
    loop {
        match thread.next_event().await {
            Some(event) if wanted(&event) => return,
            Some(_) => {}
            None => panic!("the thread ended"),
        }
    }
}

#[tokio::test]
async fn stopping_the_turn_stops_its_review_and_the_next_one_works() {
    let gate = Gate::new();
    let bench = reviewed([
        escalated(&outside("a"), "c1"),
        Reply::sse().created().pause(&gate).message(r#"{"outcome":"allow"}"#).completed(),
        escalated(&outside("b"), "c2"),
        Reply::say(r#"{"outcome":"allow"}"#),
        Reply::say("done"),
    ])
    .await;
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(say("do it")).await.unwrap();
    next_matching(&mut thread, |event| matches!(event, Event::ApprovalReviewStarted { .. })).await;
    gate.reached().await;
    thread.submit(Op::Interrupt).await.unwrap();
    let events = until_end(&mut thread).await;
    assert_eq!(verdicts(&events)[0].verdict, ReviewVerdict::Aborted);
    assert!(matches!(events.last(), Some(Event::TurnAborted { .. })), "{events:?}");
    assert!(!bench.repo().join(".git/a").exists());
    let events = turn(&mut thread, "again").await;
    assert!(matches!(verdicts(&events)[0].verdict, ReviewVerdict::Approved(_)), "{events:?}");
    assert!(bench.repo().join(".git/b").exists());
    thread.close().await;
}

#[tokio::test]
async fn a_patch_outside_is_reviewed_with_its_text() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x.txt");
    let patch = format!("*** Begin Patch\n*** Add File: {}\n+hello\n*** End Patch", file.display());
    let mut bench = reviewed_with(
        [
            Reply::custom_call("apply_patch", &patch, "c1"),
            Reply::say(r#"{"outcome":"deny"}"#),
            Reply::say("understood"),
        ],
        &["sandbox_workspace_write.exclude_slash_tmp=true"],
    )
    .await;
    bench.set("sandbox_mode=\"read-only\"");
    let events = one_turn(&bench).await;
    assert_eq!(verdicts(&events).len(), 1, "{events:?}");
    assert!(!file.exists());
    let shown = bench.server.request(1).unwrap().input_texts("user").join("");
    assert!(shown.contains("\"tool\": \"apply_patch\"") && shown.contains("+hello"), "{shown}");
    let told = bench.server.request(2).unwrap().output_text("c1").unwrap();
    assert!(told.contains("refused this action"), "{told}");
}
