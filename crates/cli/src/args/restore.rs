//! `codex restore`.

use std::path::PathBuf;

use clap::Args;

/// List files that commands of a thread removed, and bring them back
///
/// Before the first command of a turn that may write, files of the workspace that git cannot bring back are copied. Without
/// --all or --file nothing is changed: what is missing is listed.
///
///   codex restore
///   codex restore --all
///   codex restore THREAD --file notes/plan.md
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct RestoreArgs {
    /// Id or exact name; without one the newest thread of the current folder
    #[arg(value_name = "THREAD")]
    pub(crate) thread: Option<String>,
    /// Bring back every file that was removed
    #[arg(long, conflicts_with = "file")]
    pub(crate) all: bool,
    /// Bring back this file, removed or changed; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Vec<PathBuf>,
    /// Look at changed files too, not only at removed ones; what they hold now is copied before it is replaced
    #[arg(long)]
    pub(crate) changed: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
