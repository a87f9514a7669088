//! `codex archive`, `codex unarchive`, `codex delete` (`rollouts.md §9`).

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

use codex_config::resolve_codex_home;
use codex_core::SavedThreads;
use codex_protocol::ThreadId;
use codex_rollout::ThreadRef;

use crate::args::{ArchiveArgs, DeleteArgs, UnarchiveArgs};
use crate::commands::print::print;
use crate::error::CliError;
use crate::process::Process;

/// Puts a thread away.
pub(crate) fn archive(args: &ArchiveArgs, process: &Process) -> Result<ExitCode, CliError> {
    let (saved, id) = found(&args.thread, process)?;
    saved.archive(id)?;
    print(format!("Archived thread {id}. Take it back with: codex unarchive {id}\n").as_bytes())
}

/// Takes a thread back.
pub(crate) fn unarchive(args: &UnarchiveArgs, process: &Process) -> Result<ExitCode, CliError> {
    let (saved, id) = found(&args.thread, process)?;
    saved.unarchive(id)?;
    print(format!("Took thread {id} back. Go on with: codex resume {id}\n").as_bytes())
}

/// Deletes a thread, once somebody has said so.
pub(crate) fn delete(args: &DeleteArgs, process: &Process) -> Result<ExitCode, CliError> {
    let certain = args.force && args.thread.parse::<ThreadId>().is_ok();
    if !certain && !io::stdin().is_terminal() {
        let why = "without a terminal `codex delete` needs --force and the id of the thread, not its name";
        return Err(CliError::Usage(why.to_owned()));
    }
    let (saved, id) = found(&args.thread, process)?;
    if !args.force && !consented(id)? {
        return print(b"Nothing was deleted.\n");
    }
    saved.delete(id)?;
    print(format!("Deleted thread {id}.\n").as_bytes())
}

fn found(thread: &str, process: &Process) -> Result<(SavedThreads, ThreadId), CliError> {
    let codex_home = resolve_codex_home(process.var("CODEX_HOME"), process.home_dir.as_deref())?;
    let saved = SavedThreads::new(&codex_home);
    let id = saved.identify(&ThreadRef::parse(thread))?;
    Ok((saved, id))
}

fn consented(id: ThreadId) -> Result<bool, CliError> {
    let failed = |source| CliError::Io { what: "the question cannot be asked", source };
    let mut stderr = io::stderr().lock();
    write!(stderr, "Delete thread {id} for good? [y/N] ").and_then(|()| stderr.flush()).map_err(failed)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
