//! What a front end can ask of a thread.

use serde_json::Value;

use crate::{
    ApprovalId, Decision, ItemId, QuestionAnswer, QuestionsId, ReviewTarget, SettingsChange, UserInput,
};

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
    /// Has changes reviewed by a second agent, in a turn of its own. Refused when the target names nothing.
    Review {
        /// What is reviewed.
        target: ReviewTarget,
    },
    /// Answers a question.
    Decide {
        /// The question.
        id: ApprovalId,
        /// The answer.
        decision: Decision,
    },
    /// Lets an action that the reviewer of approvals refused pass once, when exactly it is asked for again
    /// (`thread/approveGuardianDeniedAction`); answered by `Event::RefusalLifted`, or by `Event::Refused` when it is not known.
    LiftRefusal {
        /// The question that was refused.
        id: ApprovalId,
    },
    /// Answers a form of questions; questions without an answer go unanswered.
    Answer {
        /// The form.
        id: QuestionsId,
        /// The answers, in any order.
        answers: Vec<QuestionAnswer>,
    },
    /// Changes settings from the next turn on; answered by `Event::SettingsChanged`, or by `Event::Refused` when one of
    /// them cannot be used, and then none is changed.
    Configure(Box<SettingsChange>),
    /// Runs a person's own command at once, in a turn of its own or beside the running one, without a model request. The
    /// model is told with the next request (`tools.md §3`).
    RunShell {
        /// The command line.
        command: String,
    },
    /// Cuts the conversation before a message of the person; answered by `Event::Rewound` (`tui.md §8`). Files are not
    /// touched. Refused while a turn runs.
    Rewind {
        /// The item of the message, from this run or from a saved transcript.
        before: ItemId,
    },
    /// Names the thread; answered by `Event::Renamed`.
    Rename {
        /// One line.
        name: String,
    },
    /// Asks where the tokens go; answered by `Event::ContextReported`.
    ReportContext,
    /// Asks for the commands still running; answered by `Event::Terminals`.
    ListTerminals,
    /// Ends commands that outlived their call; answered by `Event::Terminals` with those left.
    StopTerminals {
        /// Which one; `None`: all.
        process_id: Option<String>,
    },
    /// Ends the running turn; its commands are killed.
    Interrupt,
    /// Ends the thread after the running turn is stopped.
    Shutdown,
}
