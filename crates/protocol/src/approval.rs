//! Questions to a person before something runs, and their answers (`safety.md §6`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::{AdditionalPermissions, ApprovalId, CallId, FileChange, Grant, ItemId};

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    /// Names the question in its answer.
    pub id: ApprovalId,
    /// The tool call that waits.
    pub call_id: CallId,
    /// What would happen.
    pub request: ApprovalRequest,
    /// Why it is asked: the model's own words, or ours.
    pub reason: Option<String>,
    /// What would be lost, when that is why it is asked. Such an answer counts once, whatever is answered.
    pub losses: Option<Box<Losses>>,
}

/// Files that would be deleted or written over and that the thread did not make.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses {
    /// The places, each with what is below it. Very long lists are cut; the figures are of all.
    pub list: Vec<Loss>,
    /// Files in all.
    pub files: u64,
    /// Bytes in all.
    pub bytes: u64,
    /// Whether everything was counted; otherwise there is more.
    pub counted: bool,
    /// Whether there may be more that only shows when it runs.
    pub unknown: bool,
}

/// One place that would be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// A file, or a folder with everything below it. Absolute.
    pub path: PathBuf,
    /// What would happen.
    pub fate: Fate,
    /// Files there.
    pub files: u64,
    /// Bytes there.
    pub bytes: u64,
}

/// How something is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is deleted.
    Removed,
    /// Something else takes its place.
    Overwritten,
}

impl Losses {
    /// How much: `12 files (3.4 MB)`, `more than 5 files (1.0 KB)`.
    pub fn amount(&self) -> String {
        let more = if self.counted { "" } else { "more than " };
        let files = if self.files == 1 { "file" } else { "files" };
        format!("{more}{} {files} ({})", self.files, byte_text(self.bytes))
    }
}

impl Loss {
    /// One line: what would happen to what, and how much it is.
    pub fn line(&self) -> String {
        let fate = match self.fate {
            Fate::Removed => "delete",
            Fate::Overwritten => "write over",
        };
        let files = if self.files == 1 { String::new() } else { format!("{} files, ", self.files) };
        format!("{fate} {} ({files}{})", self.path.display(), byte_text(self.bytes))
    }
}

/// `17 B`, `3.4 MB`
fn byte_text(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// What would happen.
#[derive(Debug, Clone, PartialEq)]
pub enum ApprovalRequest {
    /// A command runs.
    Command {
        /// The whole argument vector, shell included.
        command: Vec<String>,
        /// Where.
        cwd: PathBuf,
        /// Whether it runs outside the sandbox.
        sandbox: AskedSandbox,
        /// The beginning of a command that [`Decision::ApproveWithRule`] allows for good; `None` offers none.
        rule: Option<Vec<String>>,
    },
    /// Text is typed into a running command (kind `writeStdin`). [`Decision::ApproveForSession`] holds for the same text
    /// into the same command.
    Input {
        /// The command's item.
        item_id: ItemId,
        /// The command, as its argument vector.
        command: Vec<String>,
        /// Where it was started.
        cwd: PathBuf,
        /// Whether it runs outside the sandbox of the turn.
        sandbox: AskedSandbox,
        /// What is typed now.
        text: String,
        /// The beginning of the line, typed before.
        before: String,
    },
    /// Later commands get more permissions. [`Decision::Approve`] grants them for the turn,
    /// [`Decision::ApproveForSession`] for the session, [`Decision::Grant`] a part of them.
    Permissions {
        /// What is asked for; never empty.
        permissions: AdditionalPermissions,
        /// The folder relative paths were meant from.
        cwd: PathBuf,
    },
    /// Files change that the policy does not let change.
    Patch {
        /// Absolute path to change.
        changes: BTreeMap<PathBuf, FileChange>,
    },
    /// A running command reaches a host that nothing allows yet (`networkApprovalContext`). [`Decision::Approve`] holds
    /// for the command, [`Decision::ApproveWithRule`] writes a `network_rule`.
    Network {
        /// The host in its normal form.
        host: String,
        /// The port.
        port: u16,
        /// How.
        protocol: NetworkProtocol,
        /// The command that waits, as its argument vector.
        command: Vec<String>,
    },
}

/// How a host is reached through the network proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NetworkProtocol {
    /// Plain HTTP.
    Http,
    /// HTTPS, or anything else in an HTTP tunnel.
    Https,
    /// TCP by SOCKS5.
    Socks5Tcp,
    /// Datagrams by SOCKS5.
    Socks5Udp,
}

impl NetworkProtocol {
    /// Its name for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Https => "HTTPS",
            Self::Socks5Tcp => "TCP",
            Self::Socks5Udp => "UDP",
        }
    }
}

/// The sandbox a command would run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AskedSandbox {
    /// The turn's own.
    Kept,
    /// None.
    Left,
}

/// A person's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may happen.
    Approve,
    /// It may happen, and the same need not be asked again in this run of the program.
    ApproveForSession,
    /// It may happen, and the offered rule is written: what begins like this is never asked about again.
    ApproveWithRule,
    /// For [`ApprovalRequest::Permissions`]: these, as far as they were asked for. To anything else it is a `Decline`.
    Grant(Box<Grant>),
    /// It may not; the model is told and the turn goes on.
    Decline,
    /// It may not, and the turn ends.
    Cancel,
}
