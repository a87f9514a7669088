//! Why a cassette cannot be played. Each text ends with the way out.

use std::io;
use std::path::PathBuf;

use codex_config::ConfigError;
use codex_sim::{SimError, ThreadOp};
use codex_stdx::{AtomicWriteError, CaptureError};

/// A replay or demo that cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    /// The file, or the loopback port.
    #[error(transparent)]
    Cassette(#[from] SimError),
    /// Nothing to play.
    #[error(
        "{} holds no prompt: its recording stopped before the first turn\n\
         hint: record the run again with `codex exec --record FILE`",
        .0.display()
    )]
    NoPrompt(PathBuf),
    /// A turn that goes on with a thread from elsewhere.
    #[error(
        "turn {turn} {} the thread {thread}, whose beginning is not in this cassette\n\
         hint: record the task and what follows into one file: `codex exec --record FILE \"task\"`, then \
         `codex exec --record FILE resume ID \"question\"`",
        if *op == ThreadOp::Fork { "forks" } else { "resumes" }
    )]
    SourceNotRecorded { turn: usize, op: ThreadOp, thread: String },
    /// A turn that goes on with one that could not be played.
    #[error("turn {turn} goes on with a thread that could not be made again")]
    SourceNotPlayed { turn: usize },
    /// There are no more turns.
    #[error("the cassette has no turn {turn}")]
    NoSuchTurn { turn: usize },
    /// A word in the file that is no sandbox mode.
    #[error(
        "turn {turn} of the cassette asks for an unknown sandbox mode, `{mode}`\nhint: choose one with -s"
    )]
    SandboxMode { turn: usize, mode: String },
    /// A recording made without a sandbox.
    #[error(
        "turn {turn} of the cassette was recorded with full access to the machine, which a file cannot ask for\n\
         hint: choose a sandbox with `-s workspace-write`, or give full access with `-s danger-full-access` if you \
         trust every command in the file"
    )]
    FullAccess { turn: usize },
    /// Flags of another version.
    #[error(
        "turn {turn} of the cassette was recorded with flags this version does not know: {flags}\n{why}\n\
         hint: replay it with the version that recorded it, or record it again"
    )]
    Flags { turn: usize, flags: String, why: String },
    /// `-C`, or the current folder.
    #[error("cannot work in {}: {source}\nhint: name an existing folder with -C", path.display())]
    Folder { path: PathBuf, source: io::Error },
    /// Changes of the agent could not be seen and taken back.
    #[error(
        "{} is not inside a git repository\n\
         hint: run `git init` so that changes can be taken back, choose another folder with -C, or pass \
         --skip-git-repo-check",
        .0.display()
    )]
    NotARepository(PathBuf),
    /// A folder of ours.
    #[error("cannot make a folder in {}: {source}\nhint: {hint}", path.display())]
    MakeFolder { path: PathBuf, source: io::Error, hint: &'static str },
    /// A file of the demo.
    #[error(transparent)]
    Write(#[from] AtomicWriteError),
    /// The demo's own scripts.
    #[error("the demo needs a POSIX shell (`sh`): {0}")]
    Shell(#[from] CaptureError),
    /// The demo's repository.
    #[error("the demo's repository could not be made: {0}\nhint: the demo needs git")]
    Repository(String),
    /// Standard output.
    #[error("standard output cannot be written: {0}")]
    Output(#[from] io::Error),
    /// The folded configuration.
    #[error("{}", .0.report())]
    Config(#[from] ConfigError),
}
