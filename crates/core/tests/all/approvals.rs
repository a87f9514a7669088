//! Questions to a person: passed on, answered, and what each answer does to the turn (`safety.md §6`).

use codex_core::ThreadOrigin;
use codex_protocol::{ApprovalPolicy, Decision, Event, Op};
use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::{Bench, say, until_end};

fn escalated() -> Reply {
    let arguments = json!({
        "cmd": "git config --file .git/config a.b c",
        "sandbox_permissions": "require_escalated",
        "justification": "May I change the repository's settings?",
    });
    Reply::call("exec_command", &arguments, "c1")
}

/// One turn whose question is answered with `decision`.
async fn turn_with(bench: &Bench, decision: Decision) -> Vec<Event> {
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(say("go")).await.unwrap();
    let mut events = Vec::new();
    loop {
        match thread.next_event().await {
            Some(Event::ApprovalRequested { approval, .. }) => {
                assert_eq!(approval.reason.as_deref(), Some("May I change the repository's settings?"));
                thread.submit(Op::Decide { id: approval.id, decision }).await.unwrap();
                break;
            }
            Some(event) => events.push(event),
            None => panic!("the thread ended: {events:?}"),
        }
    }
    events.extend(until_end(&mut thread).await);
    thread.close().await;
    bench.server.verify().unwrap();
    events
}

async fn asking(script: impl Into<codex_sim::Script>) -> Bench {
    let mut bench = Bench::new(script).await;
    bench.approval = ApprovalPolicy::OnRequest;
    bench
}

#[tokio::test]
async fn an_approved_command_runs_and_the_turn_goes_on() {
    let bench = asking([escalated(), Reply::say("done")]).await;
    let events = turn_with(&bench, Decision::Approve).await;
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    assert!(bench.repo().join(".git/config").exists());
}

// covers: safety S19
#[tokio::test]
async fn declining_lets_the_turn_go_on() {
    let bench = asking([escalated(), Reply::say("understood")]).await;
    let events = turn_with(&bench, Decision::Decline).await;
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    assert!(!bench.repo().join(".git/config").exists());
    let told = bench.server.request(1).unwrap();
    assert!(told.output_text("c1").unwrap().contains("rejected by user"));
}

// covers: safety S19
#[tokio::test]
async fn cancelling_interrupts_the_turn() {
    let bench = asking([escalated()]).await;
    let events = turn_with(&bench, Decision::Cancel).await;
    assert!(matches!(events.last(), Some(Event::TurnAborted { .. })), "{events:?}");
    assert!(!bench.repo().join(".git/config").exists());
    assert_eq!(bench.server.requests().len(), 1);
}

// covers: safety S20
#[tokio::test]
async fn an_accepted_rule_is_written_and_counts_at_once() {
    let arguments = json!({
        "cmd": "touch .git/made",
        "sandbox_permissions": "require_escalated",
        "justification": "May I change the repository's settings?",
        "prefix_rule": ["touch"],
    });
    let again = json!({"cmd": "touch .git/again && touch .git/more"});
    let bench = asking([
        Reply::call("exec_command", &arguments, "c1"),
        Reply::call("exec_command", &again, "c2"),
        Reply::say("done"),
    ])
    .await;
    let events = turn_with(&bench, Decision::ApproveWithRule).await;
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    for made in ["made", "again", "more"] {
        assert!(bench.repo().join(".git").join(made).exists(), "{made}");
    }
    let rules = std::fs::read_to_string(bench.home().join("rules/default.rules")).unwrap();
    assert_eq!(rules, "prefix_rule(pattern=[\"touch\"], decision=\"allow\")\n");
}

#[tokio::test]
async fn broken_rules_stop_the_start_with_their_place() {
    let bench = asking([Reply::say("never asked")]).await;
    std::fs::create_dir_all(bench.home().join("rules")).unwrap();
    std::fs::write(bench.home().join("rules/a.rules"), "\nprefix_rule(pattern=[])\n").unwrap();
    let error = codex_core::start_thread(bench.start(ThreadOrigin::New)).err().unwrap();
    assert!(error.to_string().contains("a.rules:2:1: `pattern` must not be empty"), "{error}");
    assert!(error.hint().is_some());
}
