//! Forms of questions the model puts to the person (`tui.md` 10): one question at a time, answered together.
//! Invariant: no answer leaves before the person confirmed the last question; a key typed as a form appears chooses
//! nothing.

use std::time::Duration;

use codex_protocol::{NONE_OF_THE_ABOVE, Op, QuestionAnswer, QuestionForm, QuestionsId, UserQuestion};

use super::msg::Cmd;
use super::notify::{self, Happening};
use super::turn::Stop;
use super::ui_state::State;
use super::update::{interrupt, is};
use crate::cells::{Cell, QuestionsCell};
use crate::keymap::{Key, ListAction};
use crate::text::one_line;

/// How long a new form takes no confirming key: someone may be typing.
const SETTLE: Duration = Duration::from_millis(350);

/// An open form and the person's place in it.
#[derive(Debug)]
pub(crate) struct Answering {
    pub(crate) form: QuestionForm,
    /// The question at hand.
    pub(crate) at: usize,
    pub(crate) drafts: Vec<Draft>,
    shown_since: Duration,
}

/// The answer to one question so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The row that is selected; the last is none of the above.
    pub(crate) selected: usize,
    /// The row that was chosen.
    pub(crate) chosen: Option<usize>,
    pub(crate) note: String,
    /// The note is being typed.
    pub(crate) noting: bool,
}

impl Answering {
    fn new(form: QuestionForm, now: Duration) -> Self {
        let drafts = vec![Draft::default(); form.questions.len()];
        Self { form, at: 0, drafts, shown_since: now }
    }

    /// The question at hand and its draft.
    pub(crate) fn current(&self) -> Option<(&UserQuestion, &Draft)> {
        self.form.questions.get(self.at).zip(self.drafts.get(self.at))
    }

    /// Questions without an answer.
    pub(crate) fn unanswered(&self) -> usize {
        self.drafts.iter().filter(|draft| draft.chosen.is_none()).count()
    }

    fn answers(&self) -> Vec<QuestionAnswer> {
        let one = |(question, draft): (&UserQuestion, &Draft)| {
            let label = |row: usize| match question.options.get(row) {
                Some(option) => option.label.clone(),
                None => NONE_OF_THE_ABOVE.to_owned(),
            };
            let note = draft.note.trim();
            QuestionAnswer {
                question: question.id.clone(),
                choice: draft.chosen.map(label),
                note: (!note.is_empty() && draft.chosen.is_some()).then(|| note.to_owned()),
            }
        };
        self.form.questions.iter().zip(&self.drafts).map(one).collect()
    }
}

/// A form is to be answered.
pub(super) fn asked(state: &mut State, form: QuestionForm) -> Vec<Cmd> {
    let text = form.questions.first().map(|question| one_line(&question.question)).unwrap_or_default();
    let now = state.now;
    state.forms.push_back(Answering::new(form, now));
    notify::tell(state, Happening::ApprovalAsked, &text)
}

/// A form is answered, or no longer matters.
pub(super) fn resolved(state: &mut State, id: &QuestionsId, answers: Option<Vec<QuestionAnswer>>) {
    let Some(at) = state.forms.iter().position(|open| open.form.id == *id) else { return };
    let Some(open) = state.forms.remove(at) else { return };
    let now = state.now;
    if let Some(next) = state.forms.front_mut() {
        next.shown_since = now;
    }
    if let Some(answers) = answers {
        state.transcript.push(Cell::Questions(QuestionsCell::new(&open.form, &answers)));
    }
}

/// A key while a form is open.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    let action = state.keys.list.one(key);
    let settled =
        state.forms.front().is_some_and(|open| state.now.saturating_sub(open.shown_since) >= SETTLE);
    let Some(open) = state.forms.front_mut() else { return Vec::new() };
    let last = open.form.questions.len().saturating_sub(1);
    let at = open.at.min(last);
    let rows = open.form.questions.get(at).map_or(0, |question| question.options.len());
    let Some(draft) = open.drafts.get_mut(at) else { return interrupt(state, Stop::AndWait) };
    if draft.noting {
        if is(key, "esc") || is(key, "tab") {
            draft.noting = false;
            if is(key, "esc") {
                draft.note.clear();
            }
            return Vec::new();
        }
        if is(key, "backspace") {
            draft.note.pop();
            return Vec::new();
        }
        if is(key, "ctrl-u") {
            draft.note.clear();
            return Vec::new();
        }
        if let Some(c) = key.typed() {
            draft.note.push(c);
            return Vec::new();
        }
        if !is(key, "enter") {
            return if is(key, "ctrl-c") { interrupt(state, Stop::AndWait) } else { Vec::new() };
        }
    }
    let number = key.typed().and_then(|c| c.to_digit(10)).and_then(|digit| usize::try_from(digit).ok());
    match action {
        _ if is(key, "ctrl-c") => return interrupt(state, Stop::AndWait),
        _ if is(key, "tab") => draft.noting = true,
        _ if is(key, "ctrl-]") || is(key, "ctrl-5") => {
            draft.chosen = None;
            draft.note.clear();
            return step_on(state, settled);
        }
        Some(ListAction::Cancel) => return interrupt(state, Stop::AndWait),
        Some(ListAction::MoveUp) => draft.selected = draft.selected.checked_sub(1).unwrap_or(rows),
        Some(ListAction::MoveDown) => {
            draft.selected = if draft.selected >= rows { 0 } else { draft.selected + 1 }
        }
        Some(ListAction::MoveLeft) => open.at = at.saturating_sub(1),
        Some(ListAction::MoveRight) => open.at = (at + 1).min(last),
        Some(ListAction::Accept) if settled => {
            draft.chosen = Some(draft.selected);
            draft.noting = false;
            return step_on(state, settled);
        }
        _ => {
            if let Some(row) =
                number.and_then(|number| number.checked_sub(1)).filter(|row| *row <= rows && settled)
            {
                draft.selected = row;
                draft.chosen = Some(row);
                return step_on(state, settled);
            }
        }
    }
    Vec::new()
}

/// Chooses the row of the question at hand, with a note; `None` when there is no such row, or when it came too early.
pub(super) fn answer(state: &mut State, row: usize, note: &str) -> Option<Vec<Cmd>> {
    let open = state.forms.front_mut()?;
    let rows = open.form.questions.get(open.at)?.options.len();
    if row > rows || state.now.saturating_sub(open.shown_since) < SETTLE {
        return None;
    }
    let draft = open.drafts.get_mut(open.at)?;
    *draft = Draft { selected: row, chosen: Some(row), note: note.to_owned(), noting: false };
    Some(step_on(state, true))
}

/// To the next question; after the last, all answers go.
fn step_on(state: &mut State, settled: bool) -> Vec<Cmd> {
    let Some(open) = state.forms.front_mut() else { return Vec::new() };
    if open.at + 1 < open.form.questions.len() {
        open.at += 1;
        return Vec::new();
    }
    if !settled {
        return Vec::new();
    }
    vec![Cmd::Submit(Op::Answer { id: open.form.id.clone(), answers: open.answers() })]
}

/// Pasted text goes into the note.
pub(super) fn paste(open: &mut Answering, text: &str) {
    let at = open.at;
    if let Some(draft) = open.drafts.get_mut(at).filter(|draft| draft.noting) {
        draft.note.push_str(&one_line(text));
    }
}
