//! Commands that put saved threads away, take them back or delete them.

use clap::Args;

/// Put a saved thread away: it leaves the lists and cannot be resumed until it is taken back
#[derive(Debug, Args)]
pub(crate) struct ArchiveArgs {
    /// Id or exact name
    #[arg(value_name = "THREAD")]
    pub(crate) thread: String,
}

/// Take a thread back that was put away
#[derive(Debug, Args)]
pub(crate) struct UnarchiveArgs {
    /// Id or exact name
    #[arg(value_name = "THREAD")]
    pub(crate) thread: String,
}

/// Delete a saved thread for good
///
/// Asks first. Without a terminal nobody can be asked: then --force and the thread's id are needed. A thread that
/// others were forked from is kept until they are gone.
#[derive(Debug, Args)]
pub(crate) struct DeleteArgs {
    /// Id or exact name
    #[arg(value_name = "THREAD")]
    pub(crate) thread: String,
    /// Do not ask
    #[arg(long)]
    pub(crate) force: bool,
}
