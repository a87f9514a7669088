//! Why a test could not go on: the harness's own failures, told with what was seen up to then.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use codex_sim::SimError;

use crate::output::CommandOutput;

/// A failure of the harness or of a wait. Its debug form is its display form, for `unwrap` in tests.
#[derive(thiserror::Error)]
pub enum TestError {
    /// A file, a folder or a program could not be used.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The scripted server did not start.
    #[error(transparent)]
    Server(#[from] SimError),
    /// A program of the set-up failed.
    #[error("{program} failed: {stderr}")]
    SetUp {
        /// The command line.
        program: String,
        /// What it said.
        stderr: String,
    },
    /// The binary did not end in time and was killed.
    #[error("the command did not end within {limit:?}; so far:\n{output:?}")]
    TimedOut {
        /// The limit that passed.
        limit: Duration,
        /// What it wrote up to then.
        output: Box<CommandOutput>,
    },
    /// A condition did not come true in time, or no longer can.
    #[error("waited in vain for {what}; so far: {seen}")]
    WaitedInVain {
        /// The condition.
        what: String,
        /// What was seen up to then.
        seen: String,
    },
    /// A line of output or of a file is no JSON.
    #[error("{place} line {line} is no JSON: {text}")]
    NotJson {
        /// The stream or the file.
        place: String,
        /// From 1.
        line: usize,
        /// The line.
        text: String,
    },
    /// Not exactly one rollout file.
    #[error("expected one rollout file, found {found:?}")]
    RolloutCount {
        /// Those that were found.
        found: Vec<PathBuf>,
    },
}

impl fmt::Debug for TestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TestError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> TestError {
        let what = what.into();
        move |source| TestError::Io { what, source }
    }
}
