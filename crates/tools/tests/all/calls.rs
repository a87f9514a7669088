//! From a call to its tool: unknown names, wrong kinds, arguments that do not fit, and the plan.

use codex_protocol::{CallKind, PlanStep, PlanStepStatus, SandboxPolicy};
use codex_tools::{CallEnd, OfferCx, Parallel, PatchForm, Registry, ToolProgress};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::{Bench, offer, text, workspace_write};

fn read_only() -> Bench {
    Bench::new(SandboxPolicy::ReadOnly)
}

// covers: tools T4
#[tokio::test]
async fn a_tool_that_is_not_offered_is_not_callable() {
    let mut bench = read_only();
    let arguments = json!({"plan": []});
    assert_eq!(bench.function("update_plan", arguments).await, "unsupported call: update_plan");
    let outcome = bench.run(CallKind::Custom, "exec", "code").await;
    assert_eq!(text(outcome), "unsupported custom tool call: exec");
}

// covers: tools T5
#[tokio::test]
async fn an_unknown_namespace_is_glued_to_the_name() {
    let mut bench = read_only();
    let mut call = bench.next_call(CallKind::Function, "exec_command", r#"{"cmd":"true"}"#);
    call.namespace = Some("bogus".to_owned());
    assert_eq!(text(bench.run_call(call).await), "unsupported call: bogusexec_command");
}

#[tokio::test]
async fn the_lite_namespace_is_ours() {
    let mut bench = read_only();
    let mut call = bench.next_call(CallKind::Function, "view_image", r#"{"path":"gone.png"}"#);
    call.namespace = Some("functions".to_owned());
    let answer = text(bench.run_call(call).await);
    assert!(answer.starts_with("unable to locate image at `"), "{answer}");
}

// covers: tools T6
#[tokio::test]
async fn arguments_that_do_not_fit_are_answered_in_the_parsers_words() {
    let mut bench = read_only();
    for (name, payload, expected) in [
        ("exec_command", "not json", "expected ident at line 1 column 2"),
        ("exec_command", "", "EOF while parsing a value at line 1 column 0"),
        ("exec_command", "{}", "missing field `cmd` at line 1 column 2"),
        ("exec_command", r#"{"cmd":1}"#, "invalid type: integer `1`, expected a string at line 1 column 8"),
        ("write_stdin", r#"{"chars":"x"}"#, "missing field `session_id` at line 1 column 13"),
        ("view_image", "[]", "invalid length 0, expected struct Input with 1 element at line 1 column 2"),
    ] {
        let outcome = bench.run(CallKind::Function, name, payload).await;
        assert_eq!(outcome.end, CallEnd::Failed);
        assert_eq!(text(outcome), format!("failed to parse function arguments: {expected}"));
    }
    assert_eq!(bench.items(), []);
}

// covers: tools T31
#[tokio::test]
async fn a_call_of_the_wrong_kind_is_aborted() {
    let mut bench = Bench::new(workspace_write());
    let patch = "*** Begin Patch\n*** Add File: a\n+1\n*** End Patch\n";
    for (kind, name, payload) in [
        (CallKind::Function, "apply_patch", json!({"input": patch}).to_string()),
        (CallKind::Custom, "exec_command", "touch a".to_owned()),
    ] {
        let outcome = bench.run(kind, name, payload).await;
        assert_eq!((outcome.end, text(outcome)), (CallEnd::Fatal, "aborted".to_owned()));
    }
    assert_eq!(bench.items(), []);
    assert_eq!(std::fs::read_dir(bench.cwd()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_plan_is_shown_and_acknowledged() {
    let mut bench = read_only();
    bench.registry = Registry::new(OfferCx { update_plan: true, ..offer() });
    let plan = json!([{"step": "A", "status": "completed"}, {"step": "B", "status": "in_progress"}]);
    let answer = bench.function("update_plan", json!({"explanation": "why", "plan": plan})).await;
    assert_eq!(answer, "Plan updated");
    let step = |step: &str, status| PlanStep { step: step.to_owned(), status };
    assert_eq!(
        bench.items(),
        [ToolProgress::PlanUpdated {
            explanation: Some("why".to_owned()),
            plan: vec![step("A", PlanStepStatus::Completed), step("B", PlanStepStatus::InProgress)],
        }]
    );

    // What the plan says is the model's business: it is shown, not judged.
    let two = json!([{"step": "A", "status": "in_progress"}, {"step": "B", "status": "in_progress"}]);
    assert_eq!(bench.function("update_plan", json!({"plan": two})).await, "Plan updated");
    let answer = bench.function("update_plan", json!({"plan": [{"step": "A", "status": "begun"}]})).await;
    assert!(answer.starts_with("failed to parse function arguments: unknown variant `begun`"), "{answer}");
    assert_eq!(bench.items().len(), 1);
}

#[test]
fn calls_that_change_the_same_things_run_alone() {
    let mut bench = read_only();
    let registry = Registry::new(OfferCx { apply_patch: Some(PatchForm::Freeform), ..offer() });
    let mut parallel = |kind, name| registry.parallel(&bench.next_call(kind, name, ""));
    assert_eq!(parallel(CallKind::Function, "exec_command"), Parallel::Yes);
    assert_eq!(parallel(CallKind::Function, "view_image"), Parallel::Yes);
    assert_eq!(parallel(CallKind::Function, "write_stdin"), Parallel::No);
    assert_eq!(parallel(CallKind::Custom, "apply_patch"), Parallel::No);
    assert_eq!(parallel(CallKind::Function, "apply_patch"), Parallel::Yes);
    assert_eq!(parallel(CallKind::Function, "nothing"), Parallel::Yes);
}
