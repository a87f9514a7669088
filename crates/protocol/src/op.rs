//! What a front end can ask of a thread.

use serde_json::Value;

use crate::{ApprovalId, Decision, UserInput};

/// One operation. Operations of a thread are handled in order; `Interrupt` acts at once.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Begins a turn.
    UserTurn {
        /// What the person says.
        input: Vec<UserInput>,
        /// A JSON schema the final answer must follow.
        output_schema: Option<Value>,
    },
    /// Adds input to the running turn, before its next request; begins a turn when none runs.
    Steer {
        /// What the person adds.
        input: Vec<UserInput>,
    },
    /// Summarises the history in a turn of its own.
    Compact,
    /// Answers a question.
    Decide {
        /// The question.
        id: ApprovalId,
        /// The answer.
        decision: Decision,
    },
    /// Ends the running turn; its commands are killed.
    Interrupt,
    /// Ends the thread after the running turn is stopped.
    Shutdown,
}
