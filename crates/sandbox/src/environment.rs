//! The environment a command sees: the person's policy over our own variables, then the fixed ones (`tools.md §5`).
//! Invariant: pure; the snapshot of the process environment is passed in.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use codex_protocol::SandboxPolicy;

use crate::glob;

/// Set to `1` exactly when the sandbox keeps the network off (`safety.md` S7).
pub const NETWORK_DISABLED_VARIABLE: &str = "CODEX_SANDBOX_NETWORK_DISABLED";

/// The name of the permission profile in force (`tools.md §5`).
const PROFILE_VARIABLE: &str = "CODEX_PERMISSION_PROFILE";

/// Variables of `inherit = "core"`.
const CORE: [&str; 9] = ["HOME", "LOGNAME", "PATH", "SHELL", "USER", "USERNAME", "TMPDIR", "TEMP", "TMP"];

/// Names dropped by the default excludes when these are on.
const DEFAULT_EXCLUDES: [&str; 3] = ["*KEY*", "*SECRET*", "*TOKEN*"];

/// Where a command's variables start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Inherit {
    /// Everything we were started with.
    #[default]
    All,
    /// Home, user, path, shell and temporary folders only.
    Core,
    /// Nothing.
    None,
}

/// `[shell_environment_policy]`. Order: inherit, default excludes, exclude, set, include_only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellEnvironmentPolicy {
    /// What to start from.
    pub inherit: Inherit,
    /// True keeps names with KEY, SECRET or TOKEN.
    pub ignore_default_excludes: bool,
    /// Case-blind patterns of names to drop.
    pub exclude: Vec<String>,
    /// Variables to add or replace.
    pub set: BTreeMap<String, String>,
    /// When not empty, only names fitting one of these patterns stay.
    pub include_only: Vec<String>,
}

impl Default for ShellEnvironmentPolicy {
    fn default() -> Self {
        Self {
            inherit: Inherit::All,
            ignore_default_excludes: true,
            exclude: Vec::new(),
            set: BTreeMap::new(),
            include_only: Vec::new(),
        }
    }
}

/// Facts about the thread that every command is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreadVariables {
    /// `CODEX_HOME`.
    pub codex_home: PathBuf,
    /// `CODEX_SESSION_ID`.
    pub session_id: String,
    /// `CODEX_THREAD_ID`.
    pub thread_id: String,
    /// `CODEX_VERSION`.
    pub version: String,
}

/// Who asked for the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandOrigin<'a> {
    /// A tool call on pipes; the call's id.
    ToolCall(&'a str),
    /// A tool call with a terminal; the call's id.
    TerminalToolCall(&'a str),
    /// A person typed it: no terminal or language settings are forced.
    User,
}

/// Builds the complete environment of a command. Names are unique; order is by name.
pub fn environment(
    snapshot: impl IntoIterator<Item = (OsString, OsString)>,
    policy: &ShellEnvironmentPolicy,
    thread: &ThreadVariables,
    origin: CommandOrigin<'_>,
    sandbox: &SandboxPolicy,
) -> Vec<(OsString, OsString)> {
    let mut variables = apply_policy(snapshot, policy);
    // An outer sandbox's word must not survive into a command that has the network, or into another profile.
    variables.remove(&OsString::from(NETWORK_DISABLED_VARIABLE));
    variables.remove(&OsString::from(PROFILE_VARIABLE));
    let mut set = |name: &str, value: OsString| {
        variables.insert(name.into(), value);
    };
    set("CODEX_HOME", thread.codex_home.clone().into());
    set("CODEX_SESSION_ID", thread.session_id.clone().into());
    set("CODEX_THREAD_ID", thread.thread_id.clone().into());
    set("CODEX_VERSION", thread.version.clone().into());
    set("CODEX_APPLY_PATCH_PRESERVE_LINE_ENDINGS", "1".into());
    let call = match origin {
        CommandOrigin::ToolCall(call) => Some((call, "dumb")),
        CommandOrigin::TerminalToolCall(call) => Some((call, "xterm")),
        CommandOrigin::User => None,
    };
    if let Some((call_id, term)) = call {
        set("CODEX_CI", "1".into());
        set("CODEX_TOOL_CALL_ID", call_id.into());
        set("TERM", term.into());
        set("NO_COLOR", "1".into());
        set("COLORTERM", "".into());
        for pager in ["PAGER", "GIT_PAGER", "GH_PAGER"] {
            set(pager, "cat".into());
        }
        for locale in ["LANG", "LC_ALL", "LC_CTYPE"] {
            set(locale, "C.UTF-8".into());
        }
    }
    if let SandboxPolicy::Profile(named) = sandbox {
        set(PROFILE_VARIABLE, named.id.clone().into());
    }
    if !sandbox.network_enabled() {
        set(NETWORK_DISABLED_VARIABLE, "1".into());
    }
    variables.into_iter().collect()
}

fn apply_policy(
    snapshot: impl IntoIterator<Item = (OsString, OsString)>,
    policy: &ShellEnvironmentPolicy,
) -> BTreeMap<OsString, OsString> {
    let mut variables: BTreeMap<OsString, OsString> = match policy.inherit {
        Inherit::All => snapshot.into_iter().collect(),
        Inherit::Core => {
            snapshot.into_iter().filter(|(name, _)| CORE.iter().any(|core| fits(core, name))).collect()
        }
        Inherit::None => BTreeMap::new(),
    };
    if !policy.ignore_default_excludes {
        variables.retain(|name, _| !DEFAULT_EXCLUDES.iter().any(|pattern| fits(pattern, name)));
    }
    variables.retain(|name, _| !policy.exclude.iter().any(|pattern| fits(pattern, name)));
    variables.extend(policy.set.iter().map(|(name, value)| (name.into(), value.into())));
    if !policy.include_only.is_empty() {
        variables.retain(|name, _| policy.include_only.iter().any(|pattern| fits(pattern, name)));
    }
    variables
}

fn fits(pattern: &str, name: &OsString) -> bool {
    glob::matches(pattern, &name.to_string_lossy())
}

#[cfg(test)]
#[path = "environment_tests.rs"]
mod tests;
