//! What an answer holds for: the parsed command with its folder, sandbox and the files it names, never its text alone.
//! Reads the files that are named. Invariant: of what cannot be compared, no two are the same. The environment of commands
//! is no part of it: it is the same as long as a thread, and its answers, live.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use codex_protocol::{
    AdditionalPermissions, ApprovalRequest, AskedSandbox, ItemId, NetworkProtocol, SandboxPolicy,
};
use codex_shell_syntax::{Dialect, Word, inner_script, read_script};
use codex_stdx::read_regular;

/// Larger files are compared by their place and times.
const NAMED_BYTES_MAX: u64 = 256 * 1024;
/// Files of one command. An answer for more is bound to nothing that comes again.
const NAMED_MAX: usize = 64;
/// Scripts within scripts that are looked into.
const DEPTH_MAX: usize = 4;

/// What was asked about, as far as two questions can be the same one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Command(Vec<String>, PathBuf, Barrier, Named),
    /// As named, and where that leads.
    Files(Vec<(PathBuf, PathBuf)>),
    Input(ItemId, String, String),
    Host(String, NetworkProtocol),
    Permissions(AdditionalPermissions),
}

/// The sandbox a command was asked about for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Barrier {
    /// The turn's, which is this one.
    Kept(String),
    /// None but what a profile denies.
    Left(String),
}

/// The files a command names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Named {
    /// These, with what they hold: another content is another command.
    Files(Vec<(PathBuf, Content)>),
    /// Too many to look at.
    TooMany(Unequal),
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Content {
    Bytes(Vec<u8>),
    /// Too large: its length, and when it and its entry last changed.
    Stamp(u64, Option<SystemTime>, (i64, i64)),
    /// Not readable: nothing can be said of it.
    Unknown(Unequal),
}

/// What is the same as nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Unequal(u64);

impl Unequal {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Key {
    /// Whether nothing that can be compared has changed since.
    pub(crate) fn is_still(&self, now: &Self) -> bool {
        self.comparable() == now.comparable()
    }

    fn comparable(&self) -> Self {
        let mut key = self.clone();
        if let Self::Command(_, _, _, named) = &mut key {
            match named {
                Named::TooMany(unequal) => *unequal = Unequal(0),
                Named::Files(files) => {
                    for (_, content) in files {
                        if let Content::Unknown(unequal) = content {
                            *unequal = Unequal(0);
                        }
                    }
                }
            }
        }
        key
    }

    /// The key of a question in a turn with this policy.
    pub(crate) fn of(request: &ApprovalRequest, policy: &SandboxPolicy) -> Self {
        match request {
            ApprovalRequest::Command { command, cwd, sandbox, rule: _ } => {
                // Policies have no hash; every part of one shows in this text.
                let policy = format!("{policy:?}");
                let barrier = match sandbox {
                    AskedSandbox::Kept => Barrier::Kept(policy),
                    AskedSandbox::Left => Barrier::Left(policy),
                };
                Self::Command(command.clone(), cwd.clone(), barrier, named_files(command, cwd))
            }
            ApprovalRequest::Input { item_id, text, before, .. } => {
                Self::Input(item_id.clone(), before.clone(), text.clone())
            }
            ApprovalRequest::Permissions { permissions, cwd: _ } => Self::Permissions(permissions.clone()),
            ApprovalRequest::Patch { changes } => {
                Self::Files(changes.keys().map(|path| (path.clone(), real(path))).collect())
            }
            ApprovalRequest::Network { host, protocol, port: _, command: _ } => {
                Self::Host(host.clone(), *protocol)
            }
        }
    }
}

/// Where a path leads now: the deepest part that exists without links, and the rest as named.
fn real(path: &Path) -> PathBuf {
    for known in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (fs::canonicalize(known), path.strip_prefix(known)) {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    path.to_path_buf()
}

/// The files among the words of a script (`./deploy.sh`, `python3 tools/x.py`), which may be swapped after the answer.
fn named_files(command: &[String], cwd: &Path) -> Named {
    let mut paths = Vec::new();
    match command {
        [shell, flag, script] if flag == "-c" || flag == "-lc" => {
            // A shell that lies beside the work may be swapped too.
            paths.push(cwd.join(shell));
            collect((Dialect::of_shell(shell), script), cwd, 0, &mut paths);
        }
        words => paths.extend(words.iter().map(|word| cwd.join(word))),
    }
    paths.retain(|path| path.is_file());
    paths.sort();
    paths.dedup();
    if paths.len() > NAMED_MAX {
        return Named::TooMany(Unequal::new());
    }
    let read = |path: PathBuf| {
        let content = content(&path);
        (path, content)
    };
    Named::Files(paths.into_iter().map(read).collect())
}

fn collect((dialect, script): (Dialect, &str), cwd: &Path, depth: usize, paths: &mut Vec<PathBuf>) {
    for part in read_script(dialect, script).commands {
        let words: Vec<&str> = part.words.iter().filter_map(Word::literal).collect();
        for word in words.iter().filter(|word| !word.is_empty()) {
            // `--file=deploy.sh` and `dd if=deploy.sh` name a file too.
            let value = word.split_once('=').map(|(_, value)| value).filter(|value| !value.is_empty());
            paths.extend([Some(*word), value].into_iter().flatten().map(|name| cwd.join(name)));
        }
        if let Some(inner) = inner_script(&words)
            && depth < DEPTH_MAX
        {
            let dialect = words.first().map(|shell| Dialect::of_shell(shell)).unwrap_or_default();
            collect((dialect, inner), cwd, depth + 1, paths);
        }
    }
}

fn content(path: &Path) -> Content {
    match fs::metadata(path) {
        Ok(meta) if meta.len() > NAMED_BYTES_MAX => {
            Content::Stamp(meta.len(), meta.modified().ok(), changed(&meta))
        }
        _ => match read_regular(path, NAMED_BYTES_MAX) {
            Ok(bytes) => Content::Bytes(bytes),
            Err(_) => Content::Unknown(Unequal::new()),
        },
    }
}

/// When the file's entry changed, which no program can set.
#[cfg(unix)]
fn changed(meta: &fs::Metadata) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (meta.ctime(), meta.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &fs::Metadata) -> (i64, i64) {
    (0, 0)
}

#[cfg(test)]
#[path = "approval_key_tests.rs"]
mod tests;
