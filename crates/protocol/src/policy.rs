//! What a command may touch: the policies a person chooses and the forms they take in files.
//! Owns names and shapes only; enforcing them is the sandbox crate's work.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Names that stay read-only at the top of every writable root, present or not (`safety.md §1`).
pub const PROTECTED_NAMES: [&str; 4] = [".git", ".agents", ".codex", ".aws"];

/// The `sandbox_mode` key and the `-s` flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SandboxMode {
    /// Everything may be read, nothing written, no network.
    #[default]
    ReadOnly,
    /// Workspace roots, `/tmp` and `$TMPDIR` may be written.
    WorkspaceWrite,
    /// No sandbox.
    DangerFullAccess,
}

impl SandboxMode {
    /// The word used in config, flags, headers and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::WorkspaceWrite => "workspace-write",
            Self::DangerFullAccess => "danger-full-access",
        }
    }
}

/// `approval_policy`: when a person is asked before something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalPolicy {
    /// Ask before every command.
    Untrusted,
    /// Accepted for old configs; behaves like `on-request`.
    OnFailure,
    /// Ask when the model requests escalation.
    OnRequest,
    /// Never ask; an escalation is answered with a refusal.
    Never,
    /// As `on-request`, with a switch for each kind of question.
    Granular(GranularApproval),
}

/// Which questions may be asked (`safety.md §6`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GranularApproval {
    /// A command wants to leave the sandbox.
    pub sandbox_approval: bool,
    /// A rule says `prompt`.
    pub rules: bool,
    /// An MCP server asks something.
    pub mcp_elicitations: bool,
    /// The model asks for permissions.
    #[serde(default)]
    pub request_permissions: bool,
    /// A skill wants to run.
    #[serde(default)]
    pub skill_approval: bool,
}

impl ApprovalPolicy {
    /// The word used in config and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Untrusted => "untrusted",
            Self::OnFailure => "on-failure",
            Self::OnRequest => "on-request",
            Self::Never => "never",
            Self::Granular(_) => "granular",
        }
    }
}

/// The policy a command runs under, in the form of `turn_context.sandbox_policy` (`rollouts.md §4`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum SandboxPolicy {
    /// No limits.
    DangerFullAccess,
    /// Read everything, write nothing.
    ReadOnly,
    /// Read everything, write below the roots.
    WorkspaceWrite {
        /// Extra roots besides the workspace (`--add-dir`, `sandbox_workspace_write.writable_roots`).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        writable_roots: Vec<PathBuf>,
        /// Whether sockets other than local ones may be opened.
        #[serde(default)]
        network_access: bool,
        /// Leave `$TMPDIR` out of the writable roots.
        #[serde(default)]
        exclude_tmpdir_env_var: bool,
        /// Leave `/tmp` out of the writable roots.
        #[serde(default)]
        exclude_slash_tmp: bool,
    },
}

impl SandboxPolicy {
    /// The plain workspace-write policy without extras.
    pub fn workspace_write() -> Self {
        Self::WorkspaceWrite {
            writable_roots: Vec::new(),
            network_access: false,
            exclude_tmpdir_env_var: false,
            exclude_slash_tmp: false,
        }
    }

    /// The mode this policy belongs to.
    pub fn mode(&self) -> SandboxMode {
        match self {
            Self::DangerFullAccess => SandboxMode::DangerFullAccess,
            Self::ReadOnly => SandboxMode::ReadOnly,
            Self::WorkspaceWrite { .. } => SandboxMode::WorkspaceWrite,
        }
    }

    /// Whether commands may use the network.
    pub fn network_enabled(&self) -> bool {
        match self {
            Self::DangerFullAccess => true,
            Self::ReadOnly => false,
            Self::WorkspaceWrite { network_access, .. } => *network_access,
        }
    }

    /// The folders below which writing is allowed, or `None` when there is no limit.
    /// `workspace` is the thread's working folder, `tmpdir` the value of `$TMPDIR` if any.
    pub fn writable_roots(&self, workspace: &Path, tmpdir: Option<&Path>) -> Option<Vec<PathBuf>> {
        match self {
            Self::DangerFullAccess => None,
            Self::ReadOnly => Some(Vec::new()),
            Self::WorkspaceWrite { writable_roots, exclude_tmpdir_env_var, exclude_slash_tmp, .. } => {
                let mut roots = vec![workspace.to_path_buf()];
                roots.extend(writable_roots.iter().cloned());
                if !exclude_slash_tmp {
                    roots.push(PathBuf::from("/tmp"));
                }
                if let (false, Some(dir)) = (exclude_tmpdir_env_var, tmpdir) {
                    roots.push(dir.to_path_buf());
                }
                Some(roots)
            }
        }
    }
}
