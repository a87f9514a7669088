//! The one vocabulary: ids, Responses items, turn items, operations, events, limits. Serde only.

mod approval;
mod approval_review;
mod error_info;
mod event;
mod file_rules;
mod file_url;
mod ids;
mod item_body;
pub mod limits;
mod model_choice;
mod op;
mod path_glob;
mod permission_request;
mod permissions;
mod policy;
mod question;
mod rate_limits;
mod report;
mod response_item;
mod review;
mod rollout_line;
mod settings;
mod turn_item;
mod usage;
mod wire_api;

pub use approval::{Approval, ApprovalRequest, AskedSandbox, Decision, Fate, Loss, Losses, NetworkProtocol};
pub use approval_review::{
    ApprovalReview, ApprovalsReviewer, Assessment, ReviewVerdict, RiskLevel, UserAuthorization,
};
pub use error_info::ErrorInfo;
pub use event::{AbortReason, Event, Reconnect, ThreadInfo, TurnError};
pub use file_rules::{FileRules, MINIMAL_PATHS, Permissions, Surroundings};
pub use ids::{
    ApprovalId, CallId, InvalidId, ItemId, ItemPrefix, QuestionsId, ResponseId, SessionId, ThreadId, TurnId,
    WindowId,
};
pub use item_body::{
    CallKind, ContentPart, CustomToolCallBody, FunctionCallBody, MessageBody, ReasoningBody, ReasoningText,
    ToolOutput, WebSearchCallBody,
};
pub use model_choice::{EffortChoice, Listed, ModelChoice, Standing};
pub use op::Op;
pub use path_glob::{pattern_covers, pattern_depth, pattern_fault, pattern_start};
pub use permission_request::{AdditionalPermissions, Grant, GrantScope, lexical_path};
pub use permissions::{
    EntryPath, FileAccess, FilePermissions, MissingPath, NamedProfile, NetworkAccess, PermissionEntry,
    PermissionProfile, SpecialPath, is_pattern,
};
pub use policy::{ApprovalPolicy, GranularApproval, PROTECTED_NAMES, SandboxMode, SandboxPolicy};
pub use question::{NONE_OF_THE_ABOVE, QuestionAnswer, QuestionForm, QuestionOption, UserQuestion};
pub use rate_limits::{RateLimitCredits, RateLimitSnapshot, RateLimitWindow};
pub use report::{BackgroundTerminal, ContextReport};
pub use response_item::{ItemKind, ItemPassthrough, Passthrough, ResponseItem, Role};
pub use review::{CodeLocation, LineRange, ReviewFinding, ReviewOutput, ReviewTarget};
pub use rollout_line::{
    BaseInstructions, Compacted, ContextWindow, EventMsg, GitInfo, HistoryBase, HistoryMode, LineMetadata,
    RolloutItem, SessionMeta, TokenCountInfo, TokenUsageRecord, TurnAttribution, TurnContext, WorldState,
};
pub use settings::{Choice, CollaborationMode, SettingsChange};
pub use turn_item::{
    AgentMessageItem, AgentMessagePart, CommandExecutionItem, CommandSource, ContextCompactionItem,
    EnteredReviewModeItem, ExitedReviewModeItem, FileChange, FileChangeItem, ImageViewItem, ItemStatus,
    ParsedCommand, PlanItem, PlanStep, PlanStepStatus, ReasoningItem, TurnItem, UserInput, UserMessageItem,
    WebSearchItem,
};
pub use usage::TokenUsage;
pub use wire_api::WireApi;
