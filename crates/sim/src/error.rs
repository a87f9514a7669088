//! The errors of this crate: starting a server, writing and reading cassettes.

use std::io;
use std::path::PathBuf;

/// What can go wrong with a simulated model. Texts name the file and the way out.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// No loopback port could be opened.
    #[error("cannot listen on 127.0.0.1: {source}")]
    Bind {
        /// The operating system's reason.
        source: io::Error,
    },
    /// A file that should hold a cassette could not be opened or read.
    #[error("cannot read the cassette {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A cassette could not be created or written; what was recorded up to then is in the file.
    #[error("cannot write the cassette {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The first line is not a cassette header. Nothing was changed in the file.
    #[error(
        "{} is not a cassette: {why}\nhint: cassettes are written by `codex exec --record FILE`",
        path.display()
    )]
    NotCassette {
        /// The file.
        path: PathBuf,
        /// What the first line looks like instead.
        why: String,
    },
    /// The format version is above ours.
    #[error(
        "{} was made by a newer version (cassette format {version}, this program reads up to {readable}): \
         it needs codex >= {needs}\nhint: update codex, or record the run again with this version",
        path.display()
    )]
    NewerCassette {
        /// The file.
        path: PathBuf,
        /// The version in the header.
        version: u64,
        /// The highest version this program reads.
        readable: u64,
        /// The oldest client that reads it, as the header says.
        needs: String,
    },
    /// A line in the middle of the file is damaged.
    #[error(
        "{} line {line}: {why}\nhint: only the last line of a cassette may be torn; restore the file or record the run again",
        path.display()
    )]
    DamagedCassette {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// The parser's reason.
        why: String,
    },
}
