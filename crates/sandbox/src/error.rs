//! Why a command could not be started or written to.
//! Invariant: one variant per decision a caller can take; every text names the path and, where there is one, the way out.

use std::io;
use std::path::PathBuf;

/// A command that did not start. Nothing of it ran.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The kernel cannot enforce the policy; only danger-full-access can run here.
    #[error(
        "this system cannot enforce the sandbox: {reason}; hint: run with full access only inside a container or virtual machine you trust"
    )]
    SandboxUnavailable {
        /// What is missing.
        reason: String,
    },
    /// A protected name below a writable root is a link, so it cannot be kept read-only (`safety.md §1`).
    #[error(
        "cannot protect `{path}` because it is a symbolic link inside a writable root; hint: replace the link with what it points to"
    )]
    ProtectedLink {
        /// The link.
        path: PathBuf,
    },
    /// What a pattern denies could not be found whole, so it could not be hidden.
    #[error(
        "cannot keep what fits `{pattern}` from being read: {reason}; hint: set `glob_scan_max_depth` in the profile's \
         `filesystem` table, or name the files"
    )]
    DenyPattern {
        /// The pattern.
        pattern: String,
        /// Why.
        reason: String,
    },
    /// A protected path could not be covered.
    #[error("cannot keep `{path}` read-only: {source}")]
    Protect {
        /// The protected path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A writable root could not be prepared.
    #[error("cannot make `{path}` writable in the sandbox: {source}")]
    WritableRoot {
        /// The root.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system's bubblewrap works, but did not build this sandbox.
    #[error("bubblewrap `{program}` did not build the sandbox: {reason}", program = .program.display())]
    Bubblewrap {
        /// The program.
        program: PathBuf,
        /// Its words.
        reason: String,
    },
    /// The system's bubblewrap built something else than what it was told to.
    #[error("bubblewrap did not put `{path}` as it was asked to, so the command was not started: {source}", path = .path.display())]
    Misbuilt {
        /// What was not as it should be.
        path: PathBuf,
        /// What is wrong: another object, a mount that can be written, or a look that failed.
        source: io::Error,
    },
    /// The working folder is missing or cannot be entered.
    #[error("cannot use working directory `{path}`: {source}")]
    BadWorkdir {
        /// The folder asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The program does not exist, is not executable, or the kernel refused it.
    #[error("cannot execute `{program}`: {source}")]
    Execute {
        /// The program as given.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// An argument, variable or path holds a NUL byte, or a variable name is empty or holds `=`.
    #[error("{what} cannot be passed to a command: {reason}")]
    BadText {
        /// Which text.
        what: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Out of processes, memory or descriptors, or another failure that says nothing about the command.
    #[error("cannot start a process ({step}): {source}")]
    System {
        /// The step that failed.
        step: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

/// Input that did not reach a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StdinError {
    /// The command has no terminal: its stdin is `/dev/null`.
    #[error("stdin is closed for this session")]
    Closed,
    /// The command has ended.
    #[error("the process has ended")]
    Ended,
    /// The command does not read and the queue is full.
    #[error("the process is not reading its input; the queue is full")]
    Full,
}
