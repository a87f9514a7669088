//! What the popups of `@` and `$` offer while a message is written: files of the folder, and skills.
//! Invariant: nothing is looked for when no popup is open; answers to older questions are shown until newer come.

use codex_file_search::Found;
use codex_skills::Skill;

use super::msg::Cmd;
use super::ui_state::{Mode, State};
use super::update::is;
use crate::composer::Completion;
use crate::keymap::{Key, ListAction};

/// What is known for the popups.
#[derive(Debug, Default)]
pub(crate) struct Mention {
    /// The letters files are looked for by, while they are.
    asked: Option<String>,
    found: Found,
    /// Skills are asked for, once for a popup.
    skills_asked: bool,
    skills: Vec<Skill>,
}

/// What an open popup offers.
pub(crate) enum Suggestions<'a> {
    Files(&'a Found),
    Skills(Vec<&'a Skill>),
}

impl Suggestions<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Files(found) => found.matches.len(),
            Self::Skills(skills) => skills.len(),
        }
    }

    /// What a row puts into the message.
    fn text(&self, at: usize) -> Option<String> {
        match self {
            Self::Files(found) => found.matches.get(at).map(|found| quoted(&found.path)),
            Self::Skills(skills) => skills.get(at).map(|skill| format!("${}", skill.name)),
        }
    }
}

/// The word that is completed, unless its popup was closed.
fn word(state: &State) -> Option<Completion> {
    // A list that moves while one types cannot be heard.
    if state.mode == Mode::Linear
        || state.slash_closed
        || !state.overlays.is_empty()
        || !state.asking.is_empty()
    {
        return None;
    }
    state.composer.completion().filter(|word| matches!(word.sigil, '@' | '$'))
}

/// The open popup of files or skills.
pub(crate) fn suggestions(state: &State) -> Option<Suggestions<'_>> {
    let word = word(state)?;
    if word.sigil == '@' {
        return Some(Suggestions::Files(&state.mention.found));
    }
    let wanted = word.query.to_lowercase();
    let begins = |skill: &&Skill| skill.name.to_lowercase().starts_with(&wanted);
    let holds = |skill: &&Skill| !begins(skill) && skill.name.to_lowercase().contains(&wanted);
    let skills = &state.mention.skills;
    let listed: Vec<&Skill> = skills.iter().filter(begins).chain(skills.iter().filter(holds)).collect();
    // A `$` in front of anything else, as in `$5`, is a character.
    (!listed.is_empty()).then_some(Suggestions::Skills(listed))
}

/// Starts, narrows or ends the search after the draft has changed.
pub(super) fn follow(state: &mut State) -> Vec<Cmd> {
    let word = word(state);
    let files = word.as_ref().filter(|word| word.sigil == '@').map(|word| word.query.clone());
    let wants_skills = word.is_some_and(|word| word.sigil == '$');
    let mut cmds = Vec::new();
    if files != state.mention.asked {
        cmds.push(match &files {
            Some(query) => Cmd::FindFiles(query.clone()),
            None => Cmd::EndFileSearch,
        });
        if files.is_none() {
            state.mention.found = Found::default();
        }
        state.mention.asked = files;
    }
    if wants_skills && !state.mention.skills_asked {
        cmds.push(Cmd::ListSkills);
    }
    state.mention.skills_asked = wants_skills;
    cmds
}

/// Takes in what was found.
pub(super) fn found(state: &mut State, found: Found) {
    if state.mention.asked.is_some() {
        state.mention.found = found;
    }
}

/// Takes in the skills there are.
pub(super) fn listed(state: &mut State, skills: Vec<Skill>) {
    state.mention.skills = skills;
}

/// A key for the open popup; none when it is not one of its keys.
pub(super) fn key(state: &mut State, key: Key) -> Option<Vec<Cmd>> {
    let offered = suggestions(state)?;
    let rows = offered.len();
    let last = rows.saturating_sub(1);
    let selected = state.slash_selected.min(last);
    // Letters go on narrowing the list.
    let action = if key.typed().is_some() { None } else { state.keys.list.one(key) };
    let inserts = action == Some(ListAction::Accept) || is(key, "tab");
    match action {
        Some(ListAction::Cancel) => state.slash_closed = true,
        Some(ListAction::MoveUp) if rows > 0 => {
            state.slash_selected = selected.checked_sub(1).unwrap_or(last);
        }
        Some(ListAction::MoveDown) if rows > 0 => {
            state.slash_selected = if selected == last { 0 } else { selected + 1 };
        }
        _ if inserts && rows > 0 => {
            let text = offered.text(selected)?;
            let word = word(state)?;
            state.composer.complete(word.range, &format!("{text} "));
            state.slash_selected = 0;
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// A path as a person would write it: in quotes when it has blanks or quotes.
fn quoted(path: &str) -> String {
    if path.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\')) {
        format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        path.to_owned()
    }
}
