//! Asking before something runs: who is asked, what each answer does, and what is not asked again.

use std::sync::Arc;

use codex_protocol::{ApprovalPolicy, ApprovalRequest, AskedSandbox, CallKind, Decision, SandboxPolicy};
use codex_tools::{ToolOutcome, TurnTools};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::{Bench, CommandText, text, workspace_write};

fn asking(policy: SandboxPolicy, approval: ApprovalPolicy) -> Bench {
    let mut bench = Bench::new(policy);
    let turn = TurnTools { approval, ..(*bench.cx.turn).clone() };
    bench.cx.turn = Arc::new(turn);
    bench
}

/// Runs a call, answering its question.
async fn answered(
    bench: &mut Bench,
    kind: CallKind,
    name: &str,
    payload: String,
    decision: Decision,
) -> (ToolOutcome, ApprovalRequest, Option<String>) {
    let call = bench.next_call(kind, name, payload);
    let running = bench.registry.run(call, bench.cx.clone());
    let answer = async {
        let question = bench.questions.recv().await.unwrap();
        question.answer.send(codex_tools::Answer::Decided(decision)).unwrap();
        (question.approval.request, question.approval.reason)
    };
    let (outcome, (request, reason)) = tokio::join!(running, answer);
    (outcome, request, reason)
}

fn escalated(cmd: &str) -> String {
    json!({"cmd": cmd, "sandbox_permissions": "require_escalated", "justification": "May I?"}).to_string()
}

#[tokio::test]
async fn an_approved_escalation_runs_outside_the_sandbox() {
    let mut bench = asking(SandboxPolicy::ReadOnly, ApprovalPolicy::OnRequest);
    let cmd = "echo x > made";
    let (outcome, request, reason) =
        answered(&mut bench, CallKind::Function, "exec_command", escalated(cmd), Decision::Approve).await;
    assert_eq!(CommandText::parse(&text(outcome)).state, "Process exited with code 0");
    assert!(bench.cwd().join("made").exists());
    assert_eq!(reason.as_deref(), Some("May I?"));
    assert_eq!(
        request,
        ApprovalRequest::Command {
            command: vec!["/bin/bash".to_owned(), "-lc".to_owned(), cmd.to_owned()],
            cwd: bench.cwd().to_path_buf(),
            sandbox: AskedSandbox::Left,
            rule: Some(vec!["/bin/bash".to_owned(), "-lc".to_owned(), cmd.to_owned()]),
        }
    );
}

#[tokio::test]
async fn a_declined_command_does_not_run_and_the_model_is_told() {
    let mut bench = asking(SandboxPolicy::ReadOnly, ApprovalPolicy::OnRequest);
    let call = escalated("touch made");
    let (outcome, ..) =
        answered(&mut bench, CallKind::Function, "exec_command", call, Decision::Decline).await;
    assert!(text(outcome).contains("rejected by user"));
    assert!(!bench.cwd().join("made").exists());
    assert_eq!(bench.items().len(), 2, "shown as declined");
}

#[tokio::test]
async fn what_was_approved_for_the_session_is_not_asked_again() {
    let mut bench = asking(SandboxPolicy::ReadOnly, ApprovalPolicy::OnRequest);
    let call = || escalated("echo x >> made");
    answered(&mut bench, CallKind::Function, "exec_command", call(), Decision::ApproveForSession).await;
    bench.run(CallKind::Function, "exec_command", call()).await;
    assert_eq!(std::fs::read_to_string(bench.cwd().join("made")).unwrap(), "x\nx\n");
    let other = escalated("echo y >> made");
    answered(&mut bench, CallKind::Function, "exec_command", other, Decision::Decline).await;
}

// covers: safety S17
#[tokio::test]
async fn under_untrusted_every_command_is_asked_for_and_stays_in_the_sandbox() {
    let mut bench = asking(SandboxPolicy::ReadOnly, ApprovalPolicy::Untrusted);
    let call = json!({"cmd": "ls; touch made"}).to_string();
    let (_, request, _) =
        answered(&mut bench, CallKind::Function, "exec_command", call, Decision::Approve).await;
    assert!(matches!(request, ApprovalRequest::Command { sandbox: AskedSandbox::Kept, .. }), "{request:?}");
    assert!(!bench.cwd().join("made").exists());
}

const OUTSIDE: &str = "*** Begin Patch\n*** Add File: ../beside.txt\n+x\n*** End Patch\n";

#[tokio::test]
async fn a_patch_that_leaves_the_workspace_is_asked_for() {
    let mut bench = asking(workspace_write(), ApprovalPolicy::OnRequest);
    let patch = || OUTSIDE.to_owned();
    let (outcome, ..) =
        answered(&mut bench, CallKind::Custom, "apply_patch", patch(), Decision::Decline).await;
    assert_eq!(text(outcome), "patch rejected by user");
    assert!(!bench.outer.join("beside.txt").exists());
    let (outcome, request, _) =
        answered(&mut bench, CallKind::Custom, "apply_patch", patch(), Decision::Approve).await;
    assert!(text(outcome).contains("Success"));
    assert!(bench.outer.join("beside.txt").exists());
    let ApprovalRequest::Patch { changes } = request else { panic!("{request:?}") };
    assert_eq!(changes.len(), 1);
}

#[tokio::test]
async fn a_patch_inside_the_workspace_is_not_asked_for() {
    let mut bench = asking(workspace_write(), ApprovalPolicy::OnRequest);
    let patch = OUTSIDE.replace("../", "");
    let outcome = bench.run(CallKind::Custom, "apply_patch", patch).await;
    assert!(text(outcome).contains("Success"));
}

#[tokio::test]
async fn an_interrupt_answers_the_question() {
    let mut bench = asking(SandboxPolicy::ReadOnly, ApprovalPolicy::OnRequest);
    let call = bench.next_call(CallKind::Function, "exec_command", escalated("touch made"));
    let running = bench.registry.run(call, bench.cx.clone());
    let interrupt = async {
        let question = bench.questions.recv().await.unwrap();
        bench.cx.cancel.cancel();
        question
    };
    let (outcome, _question) = tokio::join!(running, interrupt);
    assert_eq!(text(outcome), "aborted");
    assert!(!bench.cwd().join("made").exists());
}

/// Runs a call whose question a reviewer refuses; the question's id.
async fn refused(bench: &mut Bench, payload: String) -> codex_protocol::ApprovalId {
    let call = bench.next_call(CallKind::Function, "exec_command", payload);
    let running = bench.registry.run(call, bench.cx.clone());
    let answer = async {
        let question = bench.questions.recv().await.unwrap();
        question.answer.send(codex_tools::Answer::Refused("no".to_owned())).unwrap();
        question.approval.id
    };
    let (outcome, id) = tokio::join!(running, answer);
    assert!(text(outcome).contains("no"));
    id
}

// threat 30
#[tokio::test]
async fn what_was_refused_passes_once_and_only_as_it_was() {
    let mut bench = asking(SandboxPolicy::ReadOnly, ApprovalPolicy::OnRequest);
    let script = bench.cwd().join("deploy.sh");
    std::fs::write(&script, "echo good >> made").unwrap();
    let call = || escalated("sh deploy.sh");
    let id = refused(&mut bench, call()).await;
    assert!(!bench.cx.thread.let_pass(&codex_protocol::ApprovalId::new("unknown")));
    assert!(bench.cx.thread.let_pass(&id));
    assert!(!bench.cx.thread.let_pass(&id), "a leave is given once");
    // Another text, and another content of the file it names, are asked about.
    refused(&mut bench, escalated("sh deploy.sh --force")).await;
    std::fs::write(&script, "echo bad >> made").unwrap();
    refused(&mut bench, call()).await;
    std::fs::write(&script, "echo good >> made").unwrap();
    bench.run(CallKind::Function, "exec_command", call()).await;
    assert_eq!(std::fs::read_to_string(bench.cwd().join("made")).unwrap(), "good\n");
    refused(&mut bench, call()).await;
}

// threat 27
#[tokio::test]
async fn a_yes_does_not_hold_for_what_was_swapped_while_it_was_asked_about() {
    let mut bench = asking(workspace_write(), ApprovalPolicy::OnRequest);
    std::fs::write(bench.cwd().join("deploy.sh"), "echo good > made").unwrap();
    let swap = |bench: &Bench, name: &str, text: &str| std::fs::write(bench.cwd().join(name), text).unwrap();
    let call = bench.next_call(CallKind::Function, "exec_command", escalated("sh deploy.sh"));
    let running = bench.registry.run(call, bench.cx.clone());
    let answer = async {
        let question = bench.questions.recv().await.unwrap();
        std::fs::write(bench.cx.turn.cwd.join("deploy.sh"), "echo bad > made").unwrap();
        question.answer.send(codex_tools::Answer::Decided(Decision::Approve)).unwrap();
    };
    let (outcome, ()) = tokio::join!(running, answer);
    assert!(text(outcome).contains("changed while it was asked about"));
    assert!(!bench.cwd().join("made").exists());

    let beside = bench.outer.join("beside.txt");
    std::fs::write(&beside, "one\n").unwrap();
    swap(&bench, "inside.txt", "one\n");
    let patch = "*** Begin Patch\n*** Update File: ../beside.txt\n@@\n-one\n+two\n*** Update File: inside.txt\n@@\n\
                 -one\n+two\n*** End Patch\n";
    let call = bench.next_call(CallKind::Custom, "apply_patch", patch);
    let running = bench.registry.run(call, bench.cx.clone());
    let answer = async {
        let question = bench.questions.recv().await.unwrap();
        let inside = bench.cx.turn.cwd.join("inside.txt");
        std::fs::remove_file(&inside).unwrap();
        std::os::unix::fs::symlink(bench.outer.join("other.txt"), &inside).unwrap();
        std::fs::write(bench.outer.join("other.txt"), "one\n").unwrap();
        question.answer.send(codex_tools::Answer::Decided(Decision::Approve)).unwrap();
    };
    let (outcome, ()) = tokio::join!(running, answer);
    assert!(text(outcome).contains("changed while it was asked about"));
    assert_eq!(std::fs::read_to_string(&beside).unwrap(), "one\n");
    assert_eq!(std::fs::read_to_string(bench.outer.join("other.txt")).unwrap(), "one\n");
}
