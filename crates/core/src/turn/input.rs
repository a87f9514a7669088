//! What can happen to a turn, and what a turn can ask for. Plain values: no tokio, no files, no clock.

use std::time::Duration;

use codex_protocol::{
    Approval, ApprovalId, ApprovalReview, CallId, Decision, Event, ItemId, PlanStep, QuestionAnswer,
    QuestionForm, QuestionsId, ResponseId, ResponseItem, TokenUsage, ToolOutput, TurnError, TurnItem,
};
use codex_responses::{CompactionPhase, CompactionTrigger};
use codex_tools::ToolCall;

/// Something happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Input {
    /// The turn may begin: its context and the person's words are in the history.
    Begin,
    /// The turn is a compaction and nothing else.
    BeginCompaction,
    /// Before the turn the history is summarised by the model that wrote it; then this machine ends.
    BeginModelChange,
    /// The person added something; applied before the next request.
    Steered(Steer),
    /// Something the model is told before its next request; asks for none.
    Told(ResponseItem),
    /// The model streamed something.
    Stream(Streamed),
    /// The stream broke or was refused.
    StreamFailed(StreamFailure),
    /// A tool reported before its end.
    Progress(Progress),
    /// A tool ended.
    ToolDone(CallId, ToolOutput),
    /// A tool waits for a person.
    Asked(Box<Approval>),
    /// A person answered a question.
    Decided(ApprovalId, Decision),
    /// The reviewer is done with a question.
    Reviewed(Box<ApprovalReview>),
    /// A tool waits for answers to a form.
    FormAsked(Box<QuestionForm>),
    /// A person answered a form.
    Answered(QuestionsId, Vec<QuestionAnswer>),
    /// The person stopped the turn.
    Interrupted,
    /// The timer of this number ran out.
    Elapsed(TimerId),
}

/// A person's addition to a running turn, already in both of its forms.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Steer {
    /// For the model.
    pub(crate) response_items: Vec<ResponseItem>,
    /// For people.
    pub(crate) item: TurnItem,
}

/// A piece of the model's answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Streamed {
    /// Text of the message `item_id`.
    TextDelta(ItemId, String),
    /// Reasoning summary of `item_id`.
    ReasoningDelta(ItemId, String),
    /// A finished item: the authoritative form.
    ItemDone(ResponseItem),
    /// The response is whole.
    Completed {
        /// The server's id of it.
        response_id: ResponseId,
        /// Its tokens.
        usage: TokenUsage,
        /// `Some(false)`: the model wants another request although it called no tool.
        end_turn: Option<bool>,
    },
    /// The model that really answers, when it differs from the one asked.
    Rerouted(String),
}

/// A broken stream, classified (`responses-wire.md §2.3`).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StreamFailure {
    /// What the person is told when the turn ends with it.
    pub(crate) error: TurnError,
    /// The short cause shown in reconnect notices.
    pub(crate) cause: String,
    /// Whether and when to try again.
    pub(crate) retry: RetryClass,
    /// How the person hears of it when it is tried again.
    pub(crate) notice: Notice,
    /// A filter of the server's stopped the answer: the model is told so before it is asked again.
    pub(crate) filtered: bool,
}

/// How a person hears of a stream that is tried again (`responses-wire.md §3.4, §3.6`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// As a reconnect notice.
    Shown,
    /// Not at all; the attempt counts.
    Silent,
    /// As a warning: from now on another transport is used, with a fresh budget.
    FallBack,
}

/// Whether a broken stream is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryClass {
    /// The turn ends.
    Final,
    /// Again, after the server's own delay or the backoff.
    Stream {
        /// The server's own delay.
        after: Option<Duration>,
    },
    /// Nobody answers at the address: wait for the network.
    Network,
}

/// A tool's report before its end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Progress {
    /// An item began.
    Started(TurnItem),
    /// An item ended.
    Completed(TurnItem),
    /// A command printed something.
    Output(ItemId, String),
    /// Something the person should know.
    Warning(String),
    /// The model changed its plan.
    Plan(Option<String>, Vec<PlanStep>),
}

/// Which timer: a late one is recognised by its number and ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimerId(pub(crate) u64);

/// What the loop does for the machine, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Send the history to the model.
    Sample(Ask),
    /// Drop the stream.
    DropStream,
    /// Start a tool.
    RunTool(ToolCall),
    /// Stop all tools; each still answers with `ToolDone`.
    CancelTools,
    /// Give a tool the answer it waits for.
    Answer(ApprovalId, Decision),
    /// Put a question to the reviewer.
    Review(Box<Approval>),
    /// Tell a tool that the reviewer refused, in the model's words.
    Refuse(ApprovalId, String),
    /// Give a tool the answers it waits for; `None`: there will be none.
    AnswerForm(QuestionsId, Option<Vec<QuestionAnswer>>),
    /// Put facts on disk, and model items into the history.
    Record(Fact),
    /// Show something. Comes after the `Record` of the same fact.
    Emit(Event),
    /// Call back after a while.
    Arm(TimerId, Duration),
    /// The turn is over.
    Finish(TurnEnd),
}

/// What the model is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// The next step of the turn.
    Step,
    /// A summary of the history.
    Summary(SummaryAsk),
}

/// One request for a summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SummaryAsk {
    /// When it happens.
    pub(crate) phase: CompactionPhase,
    /// Who asked for it.
    pub(crate) trigger: CompactionTrigger,
    /// Oldest items left out because the request did not fit.
    pub(crate) dropped: usize,
}

/// What a compaction gave.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Summary {
    /// The model's words.
    Text(String),
    /// The server's opaque item.
    Item(ResponseItem),
}

/// One fact of a turn.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fact {
    /// A visible item ended.
    Item(TurnItem),
    /// An item of the model's history.
    History(ResponseItem),
    /// The output of a call; gets its item id when recorded.
    Output(ToolAnswer),
    /// Tokens of one response.
    Usage(ResponseId, TokenUsage),
    /// Counts after a response and its tools.
    TokenCount,
    /// The model's summary as it came; replaced history, not history itself.
    SummaryItem(ResponseItem),
    /// The history is replaced.
    Compaction(Summary, ResponseId),
    /// What the model is told after a filter stopped its answer.
    FilterGuidance,
    /// The marker that tells the model its turn was cut short.
    AbortedMarker,
}

/// The output of a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToolAnswer {
    /// Which item type answers.
    pub(crate) kind: codex_protocol::CallKind,
    /// Which call.
    pub(crate) call_id: CallId,
    /// What the model reads.
    pub(crate) output: ToolOutput,
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TurnEnd {
    /// Well.
    Completed {
        /// The model's last message.
        last_agent_message: Option<String>,
    },
    /// With an error.
    Failed(TurnError),
    /// By interruption.
    Aborted,
}
