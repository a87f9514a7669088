//! `codex replay FILE`: a recorded run again, offline, in the present folder. Owns the order of things and the exit
//! code; playing and judging are its neighbours' work.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use codex_config::{find_project_root, resolve_codex_home};
use codex_exec::{Format, Streams};
use codex_sim::{Cassette, ReplayMode};
use tempfile::TempDir;

use super::replay_error::ReplayError;
use super::replay_playback::{Playback, PlaybackOptions};
use super::replay_report::{Differences, Turns, succeeded, summary};
use crate::args::{PlaceArgs, ReplayArgs, RootArgs};
use crate::error::{CliError, say};
use crate::process::Process;
use crate::runtime::block_on;
use crate::scratch::scratch_folder;

/// Plays the cassette.
pub(crate) fn run(args: &ReplayArgs, root: &RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    Ok(block_on(Box::pin(replay(args, &root.place, process)))??)
}

async fn replay(args: &ReplayArgs, root: &PlaceArgs, process: &Process) -> Result<ExitCode, ReplayError> {
    let cassette = Cassette::read(&args.file)?;
    if cassette.prompts().is_empty() {
        return Err(ReplayError::NoPrompt(args.file.clone()));
    }
    for note in &cassette.notes {
        say(&format!("warning: {note}\n"));
    }
    let cwd = working_folder(args.cd.as_deref().or(root.cd.as_deref()), &process.cwd)?;
    if !args.skip_git_repo_check && find_project_root(&cwd, &[".git".to_owned()]).is_none() {
        return Err(ReplayError::NotARepository(cwd));
    }
    let home = Home::open(args.keep, process)?;
    let mode = if args.strict { ReplayMode::Strict } else { ReplayMode::Lenient };
    let options = PlaybackOptions {
        mode,
        cwd,
        codex_home: home.path().to_path_buf(),
        home_dir: process.home_dir.clone(),
        sandbox: args.sandbox.or(root.sandbox).map(Into::into),
        format: if args.json { Format::Json } else { Format::Human },
        color: args.color.into(),
        env: process.env.clone(),
    };
    let mut playback = Playback::start(cassette, options).await?;
    let planned = playback.turns().to_vec();
    let mut turns = Turns::AsRecorded;
    for (position, turn) in planned.iter().enumerate() {
        let outcome = playback.play_next(Streams::process()).await?;
        if (outcome.code == 0) != turn.ended_well {
            turns = Turns::StoppedAt { turn: position + 1, of: planned.len() };
            break;
        }
        if let (true, Some(path)) = (args.keep, &outcome.rollout_path) {
            say(&format!("saved in {}\n", path.display()));
        }
    }
    let report = playback.finish().await;
    let shown = if args.diff || args.strict { Differences::Shown } else { Differences::Counted };
    say(&summary(&report, turns, shown));
    Ok(if succeeded(&report, turns, mode) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn working_folder(asked: Option<&Path>, present: &Path) -> Result<PathBuf, ReplayError> {
    let path = asked.map_or_else(|| present.to_path_buf(), |asked| present.join(asked));
    match path.canonicalize() {
        Ok(resolved) if resolved.is_dir() => Ok(resolved),
        Ok(_) => Err(ReplayError::Folder { path, source: io::ErrorKind::NotADirectory.into() }),
        Err(source) => Err(ReplayError::Folder { path, source }),
    }
}

/// Where the threads of the replay are saved.
enum Home {
    /// Gone at the end.
    Temporary(TempDir),
    /// The user's own.
    Kept(PathBuf),
}

impl Home {
    fn open(keep: bool, process: &Process) -> Result<Home, ReplayError> {
        let failed = |path: PathBuf, hint| move |source| ReplayError::MakeFolder { path, source, hint };
        if keep {
            let home = resolve_codex_home(process.var("CODEX_HOME"), process.home_dir.as_deref())?;
            let made = codex_stdx::make_private_folder(&home);
            made.map_err(failed(
                home.clone(),
                "leave out --keep, or set CODEX_HOME to a folder you can write to",
            ))?;
            return Ok(Home::Kept(home));
        }
        let made = scratch_folder("codex-replay-");
        let hint = "set TMPDIR to a folder you can write to";
        Ok(Home::Temporary(made.map_err(failed(std::env::temp_dir(), hint))?))
    }

    fn path(&self) -> &Path {
        match self {
            Home::Temporary(folder) => folder.path(),
            Home::Kept(path) => path,
        }
    }
}
