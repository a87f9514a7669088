//! Typing into running commands: what of it is asked about, what is refused, and what goes through.

use std::sync::Arc;

use codex_protocol::{ApprovalPolicy, ApprovalRequest, AskedSandbox, CallKind, Decision, SandboxPolicy};
use codex_tools::{Answer, TurnTools};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, CommandText, text, workspace_write};

fn turn(bench: &mut Bench, change: impl FnOnce(&mut TurnTools)) {
    let mut turn = (*bench.cx.turn).clone();
    change(&mut turn);
    bench.cx.turn = Arc::new(turn);
}

fn asking(mut bench: Bench) -> Bench {
    turn(&mut bench, |turn| turn.approval = ApprovalPolicy::OnRequest);
    bench
}

/// Runs a call, answering its question; the answer of the call, and what was asked.
async fn answered(
    bench: &mut Bench,
    name: &str,
    arguments: Value,
    decision: Decision,
) -> (String, ApprovalRequest) {
    let call = bench.next_call(CallKind::Function, name, arguments.to_string());
    let running = bench.registry.run(call, bench.cx.clone());
    let answer = async {
        let question = bench.questions.recv().await.unwrap();
        question.answer.send(Answer::Decided(decision)).unwrap();
        question.approval.request
    };
    let (outcome, request) = tokio::join!(running, answer);
    (text(outcome), request)
}

fn typed(session: i64, chars: &str) -> Value {
    json!({"session_id": session, "chars": chars, "yield_time_ms": 250})
}

/// A session outside of the sandbox, which a person consented to.
async fn escalated(bench: &mut Bench, cmd: &str) -> i64 {
    let call = json!({
        "cmd": cmd, "tty": true, "login": false, "sandbox_permissions": "require_escalated",
        "yield_time_ms": 250,
    });
    let (answer, _) = answered(bench, "exec_command", call, Decision::Approve).await;
    CommandText::parse(&answer).session()
}

/// A session in the sandbox, if there is one.
async fn plain(bench: &mut Bench, cmd: &str) -> i64 {
    let call = json!({"cmd": cmd, "tty": true, "login": false, "yield_time_ms": 250});
    bench.exec(call).await.session()
}

/// Waits until the shell has done what it was told.
async fn done(bench: &mut Bench, session: i64, file: &str) {
    for _ in 0..30 {
        if bench.cwd().join(file).exists() {
            return;
        }
        bench.write_stdin(typed(session, "")).await;
    }
    panic!("{file} was not made");
}

// threat 30
#[tokio::test]
async fn every_text_for_a_shell_outside_of_the_sandbox_is_asked_about() {
    let mut bench = asking(Bench::new(SandboxPolicy::ReadOnly));
    let session = escalated(&mut bench, "/bin/sh").await;
    let (answer, request) =
        answered(&mut bench, "write_stdin", typed(session, "touch no\n"), Decision::Decline).await;
    assert_eq!(answer, "write_stdin failed: nothing was typed: rejected by user");
    let ApprovalRequest::Input { command, cwd, sandbox, text, before, .. } = request else {
        panic!("{request:?}")
    };
    assert_eq!(command, ["/bin/bash", "-c", "/bin/sh"]);
    assert_eq!((cwd.as_path(), sandbox), (bench.cwd(), AskedSandbox::Left));
    assert_eq!((text.as_str(), before.as_str()), ("touch no\n", ""));

    answered(&mut bench, "write_stdin", typed(session, "touch yes\n"), Decision::Approve).await;
    done(&mut bench, session, "yes").await;
    assert!(!bench.cwd().join("no").exists(), "what was declined never arrived");
}

#[tokio::test]
async fn an_answer_for_the_session_holds_for_the_same_text_into_the_same_command() {
    let mut bench = asking(Bench::new(SandboxPolicy::ReadOnly));
    let session = escalated(&mut bench, "cat").await;
    let text = "once more\n";
    answered(&mut bench, "write_stdin", typed(session, text), Decision::ApproveForSession).await;
    bench.write_stdin(typed(session, text)).await;
    answered(&mut bench, "write_stdin", typed(session, "another\n"), Decision::Decline).await;
    let other = escalated(&mut bench, "cat").await;
    let (answer, _) = answered(&mut bench, "write_stdin", typed(other, text), Decision::Cancel).await;
    assert_eq!(answer, "aborted");
    // Stopping it is nobody's business but the model's.
    let ended = bench.write_stdin(typed(session, "\u{3}")).await;
    assert!(ended.state.starts_with("Process exited"), "{ended:?}");
}

#[tokio::test]
async fn what_is_typed_inside_of_the_sandbox_is_asked_about_like_a_command_there() {
    let mut bench = asking(Bench::new(workspace_write()));
    let session = plain(&mut bench, "/bin/sh").await;
    bench.write_stdin(typed(session, "echo hello > made\n")).await;
    done(&mut bench, session, "made").await;
    bench.write_stdin(typed(session, "rm -r")).await;
    let (_, request) =
        answered(&mut bench, "write_stdin", typed(session, "f made\n"), Decision::Decline).await;
    let ApprovalRequest::Input { sandbox, text, before, .. } = request else { panic!("{request:?}") };
    assert_eq!((sandbox, text.as_str(), before.as_str()), (AskedSandbox::Kept, "f made\n", "rm -r"));
    // A program that is no shell takes anything.
    let cat = plain(&mut bench, "cat").await;
    let echoed = bench.write_stdin(typed(cat, "rm -rf made\n")).await;
    assert!(echoed.output.contains("rm -rf made"), "{echoed:?}");
    assert!(bench.cwd().join("made").exists());
}

#[tokio::test]
async fn where_nobody_is_asked_it_is_refused_with_the_way_out() {
    let mut bench = Bench::allowing(SandboxPolicy::ReadOnly, &[&["/bin/sh"], &["cat"], &["touch", "ok"]]);
    let session = plain(&mut bench, "/bin/sh").await;
    let refused = bench.function("write_stdin", typed(session, "touch made\n")).await;
    assert_eq!(
        refused,
        "write_stdin failed: nothing was typed: this session may do more than the turn may, so what is typed into it \
         needs a person's consent, and the approval policy lets nobody be asked. Start a session with \
         sandbox_permissions use_default instead"
    );
    // Whole lines that a rule allows go through, pieces of them do not.
    for pieces in ["touch ok", "touch ok; touch made\n", "touch ok\u{1b}[A\n"] {
        let refused = bench.function("write_stdin", typed(session, pieces)).await;
        assert!(refused.starts_with("write_stdin failed: "), "{pieces}: {refused}");
    }
    bench.write_stdin(typed(session, "touch ok\n")).await;
    done(&mut bench, session, "ok").await;
    assert!(!bench.cwd().join("made").exists());
    // A rule for a program that takes no commands covers what it is told.
    let cat = plain(&mut bench, "cat").await;
    let echoed = bench.write_stdin(typed(cat, "y\n")).await;
    assert_eq!(echoed.output, "y\r\ny\r\n");
}

#[tokio::test]
async fn a_session_of_wider_times_is_one_outside_of_the_sandbox() {
    let mut bench = Bench::new(SandboxPolicy::DangerFullAccess);
    let session = plain(&mut bench, "/bin/sh").await;
    bench.write_stdin(typed(session, "touch free\n")).await;
    done(&mut bench, session, "free").await;
    let refused = bench.function("write_stdin", typed(session, "rm -rf free\n")).await;
    assert!(refused.contains("removal by force needs a person's consent"), "{refused}");

    turn(&mut bench, |turn| turn.policy = SandboxPolicy::ReadOnly);
    let refused = bench.function("write_stdin", typed(session, "touch narrow\n")).await;
    assert!(refused.contains("this session may do more than the turn may"), "{refused}");
    assert!(!bench.cwd().join("narrow").exists());
    // The other way round nothing is gained by asking.
    let narrow = plain(&mut bench, "/bin/sh").await;
    turn(&mut bench, |turn| turn.policy = workspace_write());
    let answer = bench.write_stdin(typed(narrow, "echo $((6*7))\n")).await;
    assert!(!answer.output.is_empty(), "{answer:?}");
}
