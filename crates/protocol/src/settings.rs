//! Settings of a thread a person can change while it is open, and the way they work together with the model.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{ApprovalPolicy, ApprovalsReviewer, SandboxPolicy};

/// How person and model work together (`app-server.md` ModeKind).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CollaborationMode {
    /// The model does what it is asked.
    #[default]
    Default,
    /// The model explores and asks until a plan is agreed on; it changes nothing.
    Plan,
}

impl CollaborationMode {
    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Plan => "plan",
        }
    }
}

/// A setting that follows the model unless it is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// What the model's metadata say.
    ModelDefault,
    /// This.
    Named(String),
}

/// What changes; everything else stays. Holds from the next turn on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SettingsChange {
    /// Model slug. The effort stays unless it is changed too.
    pub model: Option<String>,
    /// Reasoning effort.
    pub effort: Option<Choice>,
    /// Reasoning summary.
    pub summary: Option<Choice>,
    /// When a person is asked.
    pub approval: Option<ApprovalPolicy>,
    /// Who answers questions.
    pub approvals_reviewer: Option<ApprovalsReviewer>,
    /// What commands may touch.
    pub sandbox: Option<SandboxPolicy>,
    /// Working folder; absolute.
    pub cwd: Option<PathBuf>,
    /// How person and model work together.
    pub collaboration: Option<CollaborationMode>,
}
