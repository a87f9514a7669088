//! `write_stdin`: types into a running command, or waits for more of its output.

use std::time::Duration;

use codex_protocol::CallKind;
use codex_protocol::limits::{COMMAND_YIELD_MAX, COMMAND_YIELD_MIN};
use codex_sandbox::{SessionId, StdinError};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::arguments::parse_arguments;
use crate::command::Poll;
use crate::command_report::tokens_max;
use crate::spec::{Param, function, plain};
use crate::{OfferCx, Parallel, ToolCall, ToolCx, ToolDef, ToolOutcome, typing};

/// How long a call that only waits takes, at least and at most (`tools.md §2`).
const POLL_WAIT_MIN: Duration = Duration::from_millis(5_000);
/// See [`POLL_WAIT_MIN`].
const POLL_WAIT_MAX: Duration = Duration::from_millis(300_000);

pub(crate) const TOOL: ToolDef = ToolDef {
    name: "write_stdin",
    kind: CallKind::Function,
    // Two writes of one response must arrive in their order.
    parallel: Parallel::No,
    offered: |_| true,
    spec,
    run: |call, cx| Box::pin(async move { run(&call, &cx).await.unwrap_or_else(|refused| refused) }),
};

#[derive(Deserialize)]
struct Input {
    session_id: i32,
    chars: Option<String>,
    yield_time_ms: Option<u64>,
    max_output_tokens: Option<u64>,
}

fn spec(_: &OfferCx) -> Value {
    function(
        "write_stdin",
        "Types into a session that exec_command started with tty, or waits for any session, and returns the output \
         since the last call.",
        vec![
            Param::optional(
                "chars",
                plain(
                    "string",
                    "What to type, such as \"y\\n\" or \"\\u0003\" for Ctrl-C. Empty only waits.",
                ),
            ),
            Param::optional(
                "max_output_tokens",
                plain(
                    "number",
                    "Tokens of output to return; the middle of longer output is cut. Default 10000.",
                ),
            ),
            Param::required("session_id", plain("number", "The session's id.")),
            Param::optional(
                "yield_time_ms",
                plain(
                    "number",
                    "Milliseconds to wait for the end: after typing 250 (the default) to 30000, else 5000 (the \
                     default) to 300000.",
                ),
            ),
        ],
    )
}

async fn run(call: &ToolCall, cx: &ToolCx) -> Result<ToolOutcome, ToolOutcome> {
    let started = Instant::now();
    let input: Input = parse_arguments(call)?;
    let id = input.session_id;
    let failed = |reason: String| ToolOutcome::failed(format!("write_stdin failed: {reason}"));
    let command = cx
        .thread
        .commands()
        .get(SessionId::new(id))
        .ok_or_else(|| failed(format!("Unknown process id {id}")))?;
    let chars = input.chars.unwrap_or_default();
    if !chars.is_empty() {
        typing::allow(call, &command, &chars, cx).await?;
        match command.write(&chars) {
            // What an ended command still has to say is the answer.
            Ok(()) | Err(StdinError::Ended) => {}
            Err(error @ StdinError::Closed) => {
                return Err(failed(format!("{error}; start it with tty=true to be able to type into it")));
            }
            Err(error @ StdinError::Full) => return Err(failed(error.to_string())),
        }
    }
    let asked = Duration::from_millis(input.yield_time_ms.unwrap_or(0));
    let wait = match chars.is_empty() {
        true => asked.clamp(POLL_WAIT_MIN, POLL_WAIT_MAX),
        false => asked.clamp(COMMAND_YIELD_MIN, COMMAND_YIELD_MAX),
    };
    let tokens_max = tokens_max(input.max_output_tokens, cx.turn.output_tokens_max);
    Ok(command.poll(Poll { started, wait, tokens_max, tool: TOOL.name }, cx).await)
}
