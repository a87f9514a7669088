//! `/restore`: files that commands of this conversation removed or changed, and bringing them back. Invariant: a file
//! that is there is replaced only when that very file was chosen.

use std::path::PathBuf;

use codex_core::{BroughtBack, Missing};

use super::choosing::{self, Choosing};
use super::list::{List, Row, Typing};
use super::msg::{Cmd, Job};
use super::submit::remark;
use super::ui_state::State;
use crate::cells::Notice;
use crate::text::one_line;

/// The row that stands for every removed file.
const ALL: &str = "all";

/// Asks what is missing.
pub(super) fn ask(state: &mut State) -> Vec<Cmd> {
    let Some(id) = state.thread_id() else {
        state.remark = Some("there is no conversation yet".to_owned());
        return Vec::new();
    };
    state.remark = Some("comparing the copies with the disk …".to_owned());
    vec![Cmd::Job(Job::Missing { id })]
}

/// Shows what is missing.
pub(super) fn listed(state: &mut State, missing: &Missing) -> Vec<Cmd> {
    state.remark = None;
    if missing.files.is_empty() {
        let mut text = if missing.has_copies {
            "nothing is missing that was copied before commands ran".to_owned()
        } else {
            "no command of this conversation could write yet: there is nothing to bring back".to_owned()
        };
        if !missing.in_git.is_empty() {
            text.push_str(&format!(
                "; {} files that git has are gone: git restore FILE",
                missing.in_git.len()
            ));
        }
        remark(state, Notice::Info, text);
        return Vec::new();
    }
    let removed: Vec<&PathBuf> =
        missing.files.iter().filter(|file| !file.is_changed).map(|file| &file.path).collect();
    let mut rows = Vec::new();
    if removed.len() > 1 {
        rows.push(Row::new(ALL, format!("all {} removed files", removed.len()), ""));
    }
    let mut paths = Vec::new();
    for file in &missing.files {
        let shown = file.path.strip_prefix(&state.cwd).unwrap_or(&file.path);
        let fate =
            if file.is_changed { "changed since; what it holds now is copied first" } else { "removed" };
        let purpose = format!("{fate}, {} bytes", file.bytes);
        rows.push(Row::new(paths.len().to_string(), one_line(&shown.display().to_string()), purpose));
        paths.push(file.path.clone());
    }
    let mut note = Vec::new();
    if !missing.in_git.is_empty() {
        note.push(format!("{} more are in git: git restore FILE.", missing.in_git.len()));
    }
    if missing.is_partial {
        note.push("Not everything was copied.".to_owned());
    }
    let removed = removed.into_iter().cloned().collect();
    let mut list = List::new("Bring back", rows).typing(Typing::Filters).enter("bring back");
    if !note.is_empty() {
        list = list.note(note.join(" "));
    }
    choosing::open(state, Choosing::Recover { paths, removed }, list)
}

/// Brings the chosen ones back.
pub(super) fn chosen(state: &State, paths: &[PathBuf], removed: Vec<PathBuf>, key: &str) -> Vec<Cmd> {
    let Some(id) = state.thread_id() else { return Vec::new() };
    let paths = match key {
        ALL => removed,
        at => at.parse::<usize>().ok().and_then(|at| paths.get(at)).cloned().into_iter().collect(),
    };
    vec![Cmd::Job(Job::BringBack { id, paths })]
}

/// Says what became of it.
pub(super) fn brought_back(state: &mut State, back: &BroughtBack) {
    let names: Vec<String> = back
        .files
        .iter()
        .map(|path| path.strip_prefix(&state.cwd).unwrap_or(path).display().to_string())
        .collect();
    match names.as_slice() {
        [] => {}
        [one] => remark(state, Notice::Info, format!("brought back {}", one_line(one))),
        many => remark(state, Notice::Info, format!("brought back {} files", many.len())),
    }
    if let Some(failure) = back.failures.first() {
        let text = format!("{} files stay away: {}", back.failures.len(), one_line(failure));
        remark(state, Notice::Warning, text);
    }
}
