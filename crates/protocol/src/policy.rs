//! What a command may touch: the policies a person chooses and the forms they take in files.
//! Owns names and shapes only; enforcing them is the sandbox crate's work.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    EntryPath, FileAccess, FilePermissions, MissingPath, NamedProfile, NetworkAccess, PermissionEntry,
    PermissionProfile, Permissions, SpecialPath, Surroundings,
};

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

/// The policy a command runs under. In files it has the form of `turn_context.sandbox_policy` (`rollouts.md §4`), which
/// knows no profiles: one is written as the mode that comes nearest to it, beside the profile itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RecordedPolicy", into = "RecordedPolicy")]
pub enum SandboxPolicy {
    /// No limits.
    DangerFullAccess,
    /// Read everything, write nothing.
    ReadOnly,
    /// Read everything, write below the roots.
    WorkspaceWrite {
        /// Extra roots besides the workspace (`--add-dir`, `sandbox_workspace_write.writable_roots`).
        writable_roots: Vec<PathBuf>,
        /// Whether sockets other than local ones may be opened.
        network_access: bool,
        /// Leave `$TMPDIR` out of the writable roots.
        exclude_tmpdir_env_var: bool,
        /// Leave `/tmp` out of the writable roots.
        exclude_slash_tmp: bool,
    },
    /// What a permission profile says.
    Profile(Box<NamedProfile>),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum RecordedPolicy {
    DangerFullAccess,
    ReadOnly,
    WorkspaceWrite {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        writable_roots: Vec<PathBuf>,
        #[serde(default)]
        network_access: bool,
        #[serde(default)]
        exclude_tmpdir_env_var: bool,
        #[serde(default)]
        exclude_slash_tmp: bool,
    },
}

impl From<RecordedPolicy> for SandboxPolicy {
    fn from(recorded: RecordedPolicy) -> Self {
        match recorded {
            RecordedPolicy::DangerFullAccess => Self::DangerFullAccess,
            RecordedPolicy::ReadOnly => Self::ReadOnly,
            RecordedPolicy::WorkspaceWrite {
                writable_roots,
                network_access,
                exclude_tmpdir_env_var,
                exclude_slash_tmp,
            } => Self::WorkspaceWrite {
                writable_roots,
                network_access,
                exclude_tmpdir_env_var,
                exclude_slash_tmp,
            },
        }
    }
}

impl From<SandboxPolicy> for RecordedPolicy {
    fn from(policy: SandboxPolicy) -> Self {
        match policy {
            SandboxPolicy::DangerFullAccess => Self::DangerFullAccess,
            SandboxPolicy::ReadOnly => Self::ReadOnly,
            SandboxPolicy::WorkspaceWrite {
                writable_roots,
                network_access,
                exclude_tmpdir_env_var,
                exclude_slash_tmp,
            } => Self::WorkspaceWrite {
                writable_roots,
                network_access,
                exclude_tmpdir_env_var,
                exclude_slash_tmp,
            },
            SandboxPolicy::Profile(named) => Self::nearest(&named),
        }
    }
}

impl RecordedPolicy {
    /// The mode that comes nearest to a profile, for readers that know no profiles.
    fn nearest(named: &NamedProfile) -> Self {
        let profile = &named.profile;
        if *profile == PermissionProfile::Disabled {
            return Self::DangerFullAccess;
        }
        let written: Vec<_> =
            profile.entries().iter().filter(|entry| entry.access == FileAccess::Write).collect();
        if written.is_empty() {
            return Self::ReadOnly;
        }
        let special = |value: &SpecialPath| {
            written
                .iter()
                .any(|entry| matches!(&entry.path, EntryPath::Special { value: own } if own == value))
        };
        let path = |entry: &&PermissionEntry| match &entry.path {
            EntryPath::Path { path } => Some(path.clone()),
            EntryPath::GlobPattern { .. } | EntryPath::Special { .. } => None,
        };
        Self::WorkspaceWrite {
            writable_roots: named
                .workspace_roots
                .iter()
                .cloned()
                .chain(written.iter().filter_map(path))
                .collect(),
            network_access: named.network_enabled(),
            exclude_tmpdir_env_var: !special(&SpecialPath::Tmpdir),
            exclude_slash_tmp: !special(&SpecialPath::SlashTmp),
        }
    }
}

impl NamedProfile {
    fn network_enabled(&self) -> bool {
        match &self.profile {
            PermissionProfile::Disabled => true,
            PermissionProfile::Managed { network, .. } => *network == NetworkAccess::Enabled,
        }
    }
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

    /// The mode this policy belongs to; for a profile the one that comes nearest.
    pub fn mode(&self) -> SandboxMode {
        match self {
            Self::DangerFullAccess => SandboxMode::DangerFullAccess,
            Self::ReadOnly => SandboxMode::ReadOnly,
            Self::WorkspaceWrite { .. } => SandboxMode::WorkspaceWrite,
            Self::Profile(named) => match RecordedPolicy::nearest(named) {
                RecordedPolicy::DangerFullAccess => SandboxMode::DangerFullAccess,
                RecordedPolicy::ReadOnly => SandboxMode::ReadOnly,
                RecordedPolicy::WorkspaceWrite { .. } => SandboxMode::WorkspaceWrite,
            },
        }
    }

    /// Whether commands run without any sandbox.
    pub fn is_unlimited(&self) -> bool {
        match self {
            Self::DangerFullAccess => true,
            Self::ReadOnly | Self::WorkspaceWrite { .. } => false,
            Self::Profile(named) => named.profile == PermissionProfile::Disabled,
        }
    }

    /// Whether commands may use the network.
    pub fn network_enabled(&self) -> bool {
        match self {
            Self::DangerFullAccess => true,
            Self::ReadOnly => false,
            Self::WorkspaceWrite { network_access, .. } => *network_access,
            Self::Profile(named) => named.network_enabled(),
        }
    }

    /// The workspace roots, the working folder first.
    pub fn workspace_roots(&self, workspace: &Path) -> Vec<PathBuf> {
        let extra: &[PathBuf] = match self {
            Self::DangerFullAccess | Self::ReadOnly => &[],
            Self::WorkspaceWrite { writable_roots, .. } => writable_roots,
            Self::Profile(named) => &named.workspace_roots,
        };
        let mut roots = vec![workspace.to_path_buf()];
        roots.extend(extra.iter().filter(|root| *root != workspace).cloned());
        roots
    }

    /// The profile the policy amounts to for work in `workspace`; its workspace roots are filled in.
    pub fn profile(&self, workspace: &Path) -> PermissionProfile {
        let roots = self.workspace_roots(workspace);
        let mut entries = vec![PermissionEntry::special(SpecialPath::Root, FileAccess::Read)];
        match self {
            Self::DangerFullAccess => return PermissionProfile::Disabled,
            Self::Profile(named) => return named.profile.with_roots(&roots),
            Self::ReadOnly => {}
            Self::WorkspaceWrite { exclude_tmpdir_env_var, exclude_slash_tmp, .. } => {
                entries.extend(roots.iter().map(|root| PermissionEntry::at(root, FileAccess::Write)));
                if !exclude_slash_tmp {
                    entries.push(PermissionEntry::special(SpecialPath::SlashTmp, FileAccess::Write));
                }
                if !exclude_tmpdir_env_var {
                    entries.push(PermissionEntry::special(SpecialPath::Tmpdir, FileAccess::Write));
                }
                for name in PROTECTED_NAMES {
                    entries.extend(roots.iter().map(|root| PermissionEntry {
                        missing_path_behavior: Some(MissingPath::Skip),
                        ..PermissionEntry::at(root.join(name), FileAccess::Read)
                    }));
                }
            }
        }
        let network = if self.network_enabled() { NetworkAccess::Enabled } else { NetworkAccess::Restricted };
        PermissionProfile::Managed {
            file_system: FilePermissions::Restricted { entries, glob_scan_depth_max: None },
            network,
        }
    }

    /// What the policy means for work in `workspace` on this machine.
    pub fn resolve(&self, workspace: &Path, surroundings: Surroundings<'_>) -> Permissions {
        self.profile(workspace).resolve(surroundings)
    }
}
