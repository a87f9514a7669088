//! The items a person sees: one vocabulary that exec, the UI, the server and the rollout project from.
//! Shapes are those of `event_msg item_completed` lines (`rollouts.md §4`).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ItemId, ReviewOutput, ReviewTarget};

/// One visible item of a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum TurnItem {
    /// What the person said.
    UserMessage(UserMessageItem),
    /// What the model said.
    AgentMessage(AgentMessageItem),
    /// What the model shows of its thoughts.
    Reasoning(ReasoningItem),
    /// A command and its output.
    CommandExecution(CommandExecutionItem),
    /// Files changed by a patch.
    FileChange(FileChangeItem),
    /// A search on the web, done by the server.
    WebSearch(WebSearchItem),
    /// An image the model looked at.
    ImageView(ImageViewItem),
    /// The history was summarised.
    ContextCompaction(ContextCompactionItem),
    /// A plan proposed in Plan mode.
    Plan(PlanItem),
    /// A review began.
    EnteredReviewMode(EnteredReviewModeItem),
    /// A review ended.
    ExitedReviewMode(ExitedReviewModeItem),
}

impl TurnItem {
    /// The item's id: the same in its started, updated and completed events.
    pub fn id(&self) -> &ItemId {
        match self {
            Self::UserMessage(item) => &item.id,
            Self::AgentMessage(item) => &item.id,
            Self::Reasoning(item) => &item.id,
            Self::CommandExecution(item) => &item.id,
            Self::FileChange(item) => &item.id,
            Self::WebSearch(item) => &item.id,
            Self::ImageView(item) => &item.id,
            Self::ContextCompaction(item) => &item.id,
            Self::Plan(item) => &item.id,
            Self::EnteredReviewMode(item) => &item.id,
            Self::ExitedReviewMode(item) => &item.id,
        }
    }
}

/// `UserMessage`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserMessageItem {
    /// A UUIDv7.
    pub id: ItemId,
    /// What was entered, in order.
    pub content: Vec<UserInput>,
}

/// One piece of a person's input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum UserInput {
    /// Text.
    Text {
        /// The text, exactly as given.
        text: String,
        /// Marks inside the text; empty here.
        #[serde(default)]
        text_elements: Vec<Value>,
    },
    /// An image file.
    LocalImage {
        /// Its path.
        path: PathBuf,
    },
    /// An image already encoded.
    Image {
        /// A `data:` URL.
        image_url: String,
    },
    /// A kind this version does not know.
    #[serde(other)]
    Other,
}

impl UserInput {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), text_elements: Vec::new() }
    }
}

/// `AgentMessage`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentMessageItem {
    /// The server's message id.
    pub id: ItemId,
    /// The text parts.
    pub content: Vec<AgentMessagePart>,
    /// `commentary` or `final_answer`, when the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
}

impl AgentMessageItem {
    /// All text joined.
    pub fn text(&self) -> String {
        self.content.iter().map(|AgentMessagePart::Text { text }| text.as_str()).collect()
    }
}

/// One part of an agent message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum AgentMessagePart {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
}

/// `Reasoning`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReasoningItem {
    /// The server's item id.
    pub id: ItemId,
    /// Summary parts.
    pub summary_text: Vec<String>,
    /// Raw parts, when the server shows them.
    pub raw_content: Vec<String>,
}

/// How far an item has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemStatus {
    /// Still running.
    InProgress,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
    /// Not run: refused by a person, a rule or the policy.
    Declined,
}

/// `CommandExecution`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandExecutionItem {
    /// The call id.
    pub id: ItemId,
    /// The process id handed to the model while it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process_id: Option<String>,
    /// The whole argument vector, shell included.
    pub command: Vec<String>,
    /// A `file://` URL.
    pub cwd: String,
    /// What the command does, in a client's terms; may be empty.
    #[serde(default)]
    pub parsed_cmd: Vec<ParsedCommand>,
    /// `unified_exec_startup`, `user_shell`, ...
    pub source: CommandSource,
    /// How far it has come.
    pub status: ItemStatus,
    /// Output so far, both streams in order of arrival.
    pub aggregated_output: String,
    /// The shell's code, or -1 when it could not start or was pruned.
    pub exit_code: Option<i32>,
    /// Run time, once ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<Duration>,
}

/// What a simple command does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ParsedCommand {
    /// Shows a file.
    Read {
        /// The command's text.
        cmd: String,
        /// The file's name.
        name: String,
        /// The file's path as written.
        path: String,
    },
    /// Lists a folder.
    ListFiles {
        /// The command's text.
        cmd: String,
        /// The folder as written.
        path: Option<String>,
    },
    /// Searches for text.
    Search {
        /// The command's text.
        cmd: String,
        /// What is looked for.
        query: Option<String>,
        /// Where.
        path: Option<String>,
    },
    /// Anything else.
    Unknown {
        /// The command's text.
        cmd: String,
    },
}

/// Who started a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandSource {
    /// The model, through `exec_command`.
    UnifiedExecStartup,
    /// The model, through `write_stdin`.
    UnifiedExecInteraction,
    /// The person, through `!`.
    UserShell,
    /// The model, in older files.
    #[serde(other)]
    Agent,
}

/// `FileChange`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileChangeItem {
    /// The call id.
    pub id: ItemId,
    /// Absolute path to change, sorted by path.
    pub changes: BTreeMap<PathBuf, FileChange>,
    /// How far it has come.
    pub status: ItemStatus,
    /// What the patch tool reported.
    #[serde(default)]
    pub stdout: String,
    /// Why it failed.
    #[serde(default)]
    pub stderr: String,
}

/// What happens to one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FileChange {
    /// A new file.
    Add {
        /// Its content.
        content: String,
    },
    /// The file goes.
    Delete {
        /// What it held.
        content: String,
    },
    /// The file's content, and perhaps its place, changes.
    Update {
        /// Hunks without file headers.
        unified_diff: String,
        /// The new place.
        move_path: Option<PathBuf>,
    },
}

/// `WebSearch`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WebSearchItem {
    /// The server's item id.
    pub id: ItemId,
    /// The words, or the address opened.
    pub query: String,
    /// What the server did.
    pub action: Value,
}

/// `ImageView`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageViewItem {
    /// The call id.
    pub id: ItemId,
    /// The file; a `file://` URL in the line.
    #[serde(with = "crate::file_url")]
    pub path: PathBuf,
}

/// `ContextCompaction`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextCompactionItem {
    /// A UUIDv7.
    pub id: ItemId,
}

/// `Plan`: what the model proposes in Plan mode (`app-server.md §5.6`, `<proposed_plan>`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanItem {
    /// The turn's id and `-plan`.
    pub id: ItemId,
    /// Markdown.
    pub text: String,
}

/// `EnteredReviewMode`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnteredReviewModeItem {
    /// A UUIDv7.
    pub id: ItemId,
    /// What is reviewed.
    pub target: ReviewTarget,
    /// The same in a few words.
    #[serde(default)]
    pub user_facing_hint: String,
}

/// `ExitedReviewMode`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExitedReviewModeItem {
    /// A UUIDv7.
    pub id: ItemId,
    /// What the reviewer found; `None`: the review did not come to its end.
    #[serde(default)]
    pub review_output: Option<ReviewOutput>,
}

/// One step of the model's plan (`update_plan`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStep {
    /// What is to be done.
    pub step: String,
    /// How far it has come.
    pub status: PlanStepStatus,
}

/// How far a plan step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanStepStatus {
    /// Not begun.
    Pending,
    /// Being worked on; at most one step.
    InProgress,
    /// Done.
    Completed,
}
