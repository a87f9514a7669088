//! `/review`: what a second agent is to look at (`tui.md` 11): the work at hand, a branch, a commit or own words. Git is
//! asked beside the loop; a list that is open fills when it has answered.

use codex_core::CommitSummary;
use codex_protocol::{Op, ReviewTarget};

use super::choosing::{Choosing, open};
use super::list::{List, Row, Typing};
use super::msg::{Cmd, Job};
use super::overlay::Overlay;
use super::submit::remark;
use super::turn::Turn;
use super::ui_state::State;
use crate::cells::Notice;
use crate::text::one_line;

/// `/review`, and `/review WHAT TO LOOK AT`.
pub(super) fn ask(state: &mut State, instructions: &str) -> Vec<Cmd> {
    if !instructions.is_empty() {
        return begin(state, ReviewTarget::Custom { instructions: instructions.to_owned() });
    }
    let rows = vec![
        Row::new("uncommitted", "What is not committed", "staged, unstaged and new files"),
        Row::new("branch", "This branch", "what it adds to another one"),
        Row::new("commit", "A commit", "what one commit changed"),
        Row::new("own", "In my own words", "say what to look at"),
    ];
    open(state, Choosing::Review, List::new("Review", rows).note("a second agent reads; nothing is changed"))
}

/// A row of the first list.
pub(super) fn chosen(state: &mut State, key: &str) -> Vec<Cmd> {
    let cwd = state.cwd.clone();
    match key {
        "uncommitted" => begin(state, ReviewTarget::UncommittedChanges),
        "branch" => {
            open(state, Choosing::ReviewBranch, asking("Compare with which branch?"));
            vec![Cmd::Job(Job::Branches { cwd })]
        }
        "commit" => {
            open(state, Choosing::ReviewCommit(Vec::new()), asking("Which commit?"));
            vec![Cmd::Job(Job::Commits { cwd })]
        }
        "own" => {
            state.composer.set_text("/review ");
            state.remark = Some("say what to look at, then Enter".to_owned());
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// A commit of the list, or a name that was typed.
pub(super) fn commit_chosen(state: &mut State, commits: &[CommitSummary], key: String) -> Vec<Cmd> {
    let title = commits.iter().find(|commit| commit.sha == key).map(|commit| commit.title.clone());
    begin(state, ReviewTarget::Commit { sha: key, title })
}

/// Has it reviewed.
pub(super) fn begin(state: &mut State, target: ReviewTarget) -> Vec<Cmd> {
    if state.info().is_none() {
        state.remark = Some("the conversation is not open".to_owned());
        return Vec::new();
    }
    state.turn = Some(Turn::new(state.now));
    vec![Cmd::Submit(Op::Review { target })]
}

/// Git has answered with the branches.
pub(super) fn branches_known(state: &mut State, branches: Result<Vec<String>, String>) {
    let is_it = |choosing: &Choosing| *choosing == Choosing::ReviewBranch;
    let rows = branches.map(|names| {
        let row = |name: String| Row::new(name.clone(), one_line(&name), "");
        names.into_iter().map(row).collect()
    });
    fill(state, is_it, rows, |_| {});
}

/// Git has answered with the commits.
pub(super) fn commits_known(state: &mut State, commits: Result<Vec<CommitSummary>, String>) {
    const SHORT_HASH: usize = 7;
    let is_it = |choosing: &Choosing| matches!(choosing, Choosing::ReviewCommit(_));
    let known = commits.as_ref().cloned().unwrap_or_default();
    let rows = commits.map(|commits| {
        let row = |commit: CommitSummary| {
            let short: String = commit.sha.chars().take(SHORT_HASH).collect();
            Row::new(commit.sha, format!("{short} {}", one_line(&commit.title)), one_line(&commit.age))
        };
        commits.into_iter().map(row).collect()
    });
    fill(state, is_it, rows, |choosing| *choosing = Choosing::ReviewCommit(known));
}

fn asking(title: &str) -> List {
    let mut row = Row::new("", "asking git …", "");
    row.disabled = Some(String::new());
    List::new(title, vec![row]).typing(Typing::FiltersAndOffers).enter("review")
}

/// Fills the list that is open for it; an answer nobody waits for any more is dropped.
fn fill(
    state: &mut State,
    is_it: fn(&Choosing) -> bool,
    rows: Result<Vec<Row>, String>,
    remember: impl FnOnce(&mut Choosing),
) {
    let Some(Overlay::List(layer)) = state.overlays.last_mut() else { return };
    if !is_it(&layer.choosing) {
        return;
    }
    match rows {
        Ok(rows) => {
            let filter = std::mem::take(&mut layer.list.filter);
            let title = layer.list.title.clone();
            let list = match rows.is_empty() {
                true => List::new(title, rows).note("there is none; a name can be typed"),
                false => List::new(title, rows),
            };
            layer.list = list.typing(Typing::FiltersAndOffers).enter("review");
            if !filter.is_empty() {
                layer.list.paste(&filter);
            }
            remember(&mut layer.choosing);
        }
        Err(error) => {
            state.overlays.pop();
            remark(state, Notice::Warning, format!("nothing to choose from: {error}"));
        }
    }
}
