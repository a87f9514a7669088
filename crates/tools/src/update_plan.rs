//! `update_plan`: the model tells what it is going to do and how far it has come. Changes nothing but what is shown.

use codex_protocol::{CallKind, PlanStep};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::parse_arguments;
use crate::spec::{Param, function, object, plain};
use crate::{OfferCx, Parallel, ToolCall, ToolCx, ToolDef, ToolOutcome, ToolProgress};

pub(crate) const TOOL: ToolDef = ToolDef {
    name: "update_plan",
    kind: CallKind::Function,
    parallel: Parallel::No,
    offered: |offer| offer.update_plan,
    spec,
    run: |call, cx| Box::pin(async move { run(&call, &cx).await.unwrap_or_else(|refused| refused) }),
};

#[derive(Deserialize)]
struct Input {
    explanation: Option<String>,
    plan: Vec<PlanStep>,
}

fn spec(_: &OfferCx) -> Value {
    let status = json!({
        "type": "string",
        "description": "How far the step has come.",
        "enum": ["pending", "in_progress", "completed"],
    });
    let step = object(vec![
        Param::required("step", plain("string", "What is done in this step, in a few words.")),
        Param::required("status", status),
    ]);
    let steps = json!({"type": "array", "description": "All steps, in order.", "items": step});
    function(
        "update_plan",
        "Shows the user your plan for the task and how far it has come. Send the whole plan each time; at most one \
         step may be in_progress.",
        vec![
            Param::optional("explanation", plain("string", "Why the plan changed, if it did.")),
            Param::required("plan", steps),
        ],
    )
}

async fn run(call: &ToolCall, cx: &ToolCx) -> Result<ToolOutcome, ToolOutcome> {
    let Input { explanation, plan } = parse_arguments(call)?;
    cx.report(ToolProgress::PlanUpdated { explanation, plan }).await;
    Ok(ToolOutcome::done("Plan updated"))
}
