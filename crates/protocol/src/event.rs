//! The one type that leaves a thread. Every front end is a projection of these events.
//! Invariant: an event that states a finished fact is emitted only after the fact is on disk.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    Approval, ApprovalId, ApprovalPolicy, ApprovalReview, ApprovalsReviewer, BackgroundTerminal,
    CollaborationMode, ContextReport, Decision, ErrorInfo, ItemId, PlanStep, QuestionAnswer, QuestionForm,
    QuestionsId, RateLimitSnapshot, SandboxPolicy, ThreadId, TokenUsage, TurnId, TurnItem, UserInput,
};

/// Something happened in a thread.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The thread is ready for operations. First event of every thread.
    ThreadStarted(Box<ThreadInfo>),
    /// A turn began.
    TurnStarted {
        /// The turn.
        turn_id: TurnId,
    },
    /// An item began.
    ItemStarted {
        /// The turn.
        turn_id: TurnId,
        /// The item as it stands.
        item: TurnItem,
    },
    /// An item ended; it is on disk.
    ItemCompleted {
        /// The turn.
        turn_id: TurnId,
        /// The item in its final form.
        item: TurnItem,
    },
    /// Text of a message in progress.
    AgentMessageDelta {
        /// The item the text belongs to.
        item_id: ItemId,
        /// The next piece.
        delta: String,
    },
    /// Reasoning summary in progress.
    ReasoningDelta {
        /// The item the text belongs to.
        item_id: ItemId,
        /// The next piece.
        delta: String,
    },
    /// Text of a proposed plan in progress (`TurnItem::Plan`).
    PlanDelta {
        /// The item the text belongs to.
        item_id: ItemId,
        /// The next piece.
        delta: String,
    },
    /// Output of a running command. Lossy: the item's `aggregated_output` is the truth.
    CommandOutputDelta {
        /// The command's item.
        item_id: ItemId,
        /// The next piece.
        delta: String,
    },
    /// The model's plan, whole.
    PlanUpdated {
        /// The turn.
        turn_id: TurnId,
        /// Why it changed.
        explanation: Option<String>,
        /// All steps.
        plan: Vec<PlanStep>,
    },
    /// Token counts after a response.
    TokensUsed {
        /// The response's own.
        last: TokenUsage,
        /// The thread's total.
        total: TokenUsage,
        /// Tokens the model can hold.
        context_window: Option<u64>,
    },
    /// The turn waits for a person. Several questions can be open at once.
    ApprovalRequested {
        /// The turn.
        turn_id: TurnId,
        /// The question.
        approval: Box<Approval>,
    },
    /// A question is answered, or no longer matters.
    ApprovalResolved {
        /// The question.
        id: ApprovalId,
        /// The answer.
        decision: Decision,
    },
    /// What the reviewer refused passes once, when exactly it is asked for again.
    RefusalLifted {
        /// The question that was refused.
        id: ApprovalId,
    },
    /// A question is put to the reviewer instead of a person.
    ApprovalReviewStarted {
        /// The turn.
        turn_id: TurnId,
        /// The question.
        approval: Box<Approval>,
    },
    /// The reviewer answered, or could not.
    ApprovalReviewed {
        /// The turn.
        turn_id: TurnId,
        /// What came of it.
        review: Box<ApprovalReview>,
    },
    /// The model asks the person something and waits. Several forms can be open at once.
    QuestionsAsked {
        /// The turn.
        turn_id: TurnId,
        /// The form.
        form: Box<QuestionForm>,
    },
    /// A form is answered, or no longer matters.
    QuestionsResolved {
        /// The form.
        id: QuestionsId,
        /// The answers; `None`: the turn was stopped.
        answers: Option<Vec<QuestionAnswer>>,
    },
    /// Settings changed; they hold from the next turn on.
    SettingsChanged(Box<ThreadInfo>),
    /// The conversation was cut; what is on disk and in the next request ends before the message.
    Rewound {
        /// The item of the first message that is gone.
        before: ItemId,
        /// What the message said, to be edited and sent again.
        input: Vec<UserInput>,
    },
    /// The thread has a new name.
    Renamed {
        /// The name.
        name: String,
    },
    /// Limits the server reported, all buckets known so far, the default one first.
    RateLimits(Vec<RateLimitSnapshot>),
    /// Where the tokens go.
    ContextReported(Box<ContextReport>),
    /// Commands that outlived their call, oldest first.
    Terminals(Vec<BackgroundTerminal>),
    /// An operation could not be done; nothing changed.
    Refused {
        /// Why, and the way out, in one or two sentences.
        message: String,
    },
    /// Something the person should know that does not end the turn.
    Warning {
        /// One sentence.
        message: String,
    },
    /// The stream broke and is tried again.
    Reconnecting {
        /// Which attempt of how many, or waiting for the network without a limit.
        attempt: Reconnect,
        /// What broke.
        reason: String,
        /// How long until the attempt.
        delay: Duration,
    },
    /// The turn ended well.
    TurnCompleted {
        /// The turn.
        turn_id: TurnId,
        /// The last message of the model.
        last_agent_message: Option<String>,
        /// The thread's total, earlier turns included.
        usage: TokenUsage,
    },
    /// The turn ended with an error.
    TurnFailed {
        /// The turn.
        turn_id: TurnId,
        /// Why.
        error: TurnError,
    },
    /// The turn was interrupted.
    TurnAborted {
        /// The turn.
        turn_id: TurnId,
        /// By what.
        reason: AbortReason,
    },
    /// The thread is closed; no event follows.
    ThreadClosed,
}

/// What a front end shows when a thread opens.
#[derive(Debug, Clone, PartialEq)]
pub struct ThreadInfo {
    /// The thread.
    pub thread_id: ThreadId,
    /// Where it is saved; `None` for an ephemeral thread.
    pub rollout_path: Option<PathBuf>,
    /// Working folder.
    pub cwd: PathBuf,
    /// Model slug.
    pub model: String,
    /// Provider id.
    pub provider: String,
    /// Reasoning effort that will be sent.
    pub reasoning_effort: Option<String>,
    /// Reasoning summary that will be asked for.
    pub reasoning_summary: Option<String>,
    /// What commands may touch.
    pub sandbox: SandboxPolicy,
    /// Items restored from disk.
    pub history_items: usize,
    /// When a person is asked.
    pub approval: ApprovalPolicy,
    /// Who answers questions.
    pub approvals_reviewer: ApprovalsReviewer,
    /// How person and model work together.
    pub collaboration: CollaborationMode,
    /// The thread's name, if it was given one.
    pub name: Option<String>,
    /// The AGENTS.md files whose text the model is given, from the home folder down.
    pub agents_md: Vec<PathBuf>,
    /// Tokens the model can use.
    pub context_window: Option<u64>,
    /// The thread's total, earlier runs included.
    pub usage: TokenUsage,
    /// Tokens of the last response.
    pub last_usage: Option<TokenUsage>,
    /// The branch checked out.
    pub git_branch: Option<String>,
    /// The thread it was forked from.
    pub forked_from: Option<ThreadId>,
}

/// Which attempt follows a broken stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconnect {
    /// Attempt `n` of `max`.
    Attempt {
        /// From 1.
        n: u64,
        /// `stream_max_retries`.
        max: u64,
    },
    /// Nobody answered at the address; waits without counting attempts.
    Network,
}

/// Why a turn ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbortReason {
    /// The person or a signal stopped it.
    Interrupted,
    /// Another turn took its place.
    Replaced,
    /// The review it belonged to ended.
    ReviewEnded,
}

/// Why a turn failed, in words for a person and as a class for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnError {
    /// One or two sentences.
    pub message: String,
    /// The class, in the form of `task_complete.error.codex_error_info`. One of another version counts as
    /// [`ErrorInfo::Other`].
    #[serde(deserialize_with = "ErrorInfo::read")]
    pub codex_error_info: ErrorInfo,
    /// The way out, for people; not stored and not part of the message.
    #[serde(skip)]
    pub hint: Option<String>,
}
