//! `codex restore`: what commands of a thread removed, and bringing it back.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use codex_config::resolve_codex_home;
use codex_core::{BroughtBack, Checkpoints, Missing, SavedThreads};
use codex_exec::screen_text;
use codex_protocol::ThreadId;
use codex_rollout::ThreadRef;
use serde_json::json;

use crate::args::RestoreArgs;
use crate::commands::print::print;
use crate::error::CliError;
use crate::process::Process;

/// Lists, or brings back.
pub(crate) fn run(args: &RestoreArgs, process: &Process) -> Result<ExitCode, CliError> {
    let codex_home = resolve_codex_home(process.var("CODEX_HOME"), process.home_dir.as_deref())?;
    let thread = match &args.thread {
        Some(text) => ThreadRef::parse(text),
        None => ThreadRef::Last { cwd: Some(process.cwd.clone()) },
    };
    let id = SavedThreads::new(&codex_home).identify(&thread)?;
    let checkpoints = Checkpoints::new(&codex_home);
    let mut missing = checkpoints.missing(id);
    if !args.file.is_empty() {
        return bring_back(args, &checkpoints, id, &named(&args.file, &missing, &process.cwd)?);
    }
    missing.files.retain(|file| args.changed || !file.is_changed);
    if args.all {
        let paths: Vec<PathBuf> = missing.files.iter().map(|file| file.path.clone()).collect();
        return bring_back(args, &checkpoints, id, &paths);
    }
    match args.json {
        true => print(listed_json(id, &missing).as_bytes()),
        false => print(listed(id, &missing, args.changed).as_bytes()),
    }
}

/// The files a person named, as they are known.
fn named(files: &[PathBuf], missing: &Missing, cwd: &Path) -> Result<Vec<PathBuf>, CliError> {
    let mut paths = Vec::new();
    for file in files {
        let asked = cwd.join(file);
        // The folder may be reached through a link; the copy is known by its real place.
        let real = asked.parent().and_then(|parent| std::fs::canonicalize(parent).ok());
        let real = real.zip(asked.file_name()).map(|(parent, name)| parent.join(name));
        let found =
            missing.files.iter().find(|known| known.path == asked || Some(&known.path) == real.as_ref());
        let found = found.ok_or_else(|| {
            let file = file.display();
            CliError::Usage(format!("there is no copy of {file} that differs from what is there"))
        })?;
        paths.push(found.path.clone());
    }
    Ok(paths)
}

fn bring_back(
    args: &RestoreArgs,
    checkpoints: &Checkpoints,
    id: ThreadId,
    paths: &[PathBuf],
) -> Result<ExitCode, CliError> {
    let BroughtBack { files, failures } = checkpoints.bring_back(id, paths);
    let code = if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    let text = match args.json {
        true => {
            format!("{}\n", json!({ "threadId": id.to_string(), "restored": files, "failures": failures }))
        }
        false => {
            let mut text = String::new();
            for file in &files {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "restored {}", screen_text(&file.display().to_string()));
            }
            for failure in &failures {
                let _ = writeln!(text, "failed   {}", screen_text(failure));
            }
            if files.is_empty() && failures.is_empty() {
                text.push_str("Nothing is missing that was copied.\n");
            }
            text
        }
    };
    print(text.as_bytes())?;
    Ok(code)
}

fn listed_json(id: ThreadId, missing: &Missing) -> String {
    let files: Vec<_> = missing
        .files
        .iter()
        .map(|file| {
            let fate = if file.is_changed { "changed" } else { "removed" };
            json!({"path": file.path, "fate": fate, "bytes": file.bytes, "copiedAtMs": file.copied_at_ms})
        })
        .collect();
    let report = json!({
        "threadId": id.to_string(),
        "hasCopies": missing.has_copies,
        "partial": missing.is_partial,
        "files": files,
        "inGit": missing.in_git,
    });
    format!("{report}\n")
}

fn listed(id: ThreadId, missing: &Missing, changed: bool) -> String {
    let mut out = String::new();
    if !missing.has_copies {
        return format!(
            "Thread {id} has no copies: none of its commands could write, or they are too old.\n"
        );
    }
    for file in &missing.files {
        let fate = if file.is_changed { "changed" } else { "removed" };
        let path = file.path.display().to_string();
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{fate}  {:>9}  {}", file.bytes, screen_text(&path));
    }
    for path in &missing.in_git {
        let _ = writeln!(out, "in git   {:>9}  {}", "", screen_text(&path.display().to_string()));
    }
    if missing.files.is_empty() && missing.in_git.is_empty() {
        out.push_str("Nothing is missing that was copied.\n");
    }
    if !missing.files.is_empty() {
        let flag = if changed { " --changed" } else { "" };
        let _ = writeln!(out, "\nBring them back with: codex restore {id}{flag} --all");
    }
    if !missing.in_git.is_empty() {
        out.push_str("What is in git comes back with: git restore FILE\n");
    }
    if missing.is_partial {
        out.push_str("Not everything was copied (too many or too large files): there may be more.\n");
    }
    out
}
