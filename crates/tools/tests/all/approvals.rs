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
