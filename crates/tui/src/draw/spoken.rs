//! What stands at the end of the lines for a screen reader: the question at hand as numbered lines, and the line that
//! is typed. Pure, as everything here.

use codex_protocol::NONE_OF_THE_ABOVE;
use ratatui::text::Line;

use super::asking::body;
use super::welcome::words;
use crate::cells::{Cell, said_line};
use crate::screen::InputLine;
use crate::state::{Answering, Check, Overlay, Picker, Row, Rows, Scope, State, Welcome, age, title};
use crate::text::{clean_text, one_line, plain_width};

/// Saved conversations that are said at once.
const SAVED_MAX: usize = 20;
/// Rows of the draft that are shown; more than anyone types.
const DRAFT_ROWS_MAX: u16 = 2_000;

/// What is asked now, said once whenever it changes; empty when nothing is.
pub(crate) fn announcement(state: &State) -> Vec<String> {
    if let Some(step) = &state.welcome {
        return first_run(step);
    }
    match state.overlays.last() {
        Some(Overlay::Card { card, .. }) => return Cell::Card(card.clone()).spoken(),
        Some(Overlay::Page(page)) => {
            let mut lines = vec![format!("{}:", page.title)];
            lines.extend(page.texts().filter(|text| !text.trim().is_empty()).map(str::to_owned));
            return lines;
        }
        Some(Overlay::List(layer)) => {
            let list = &layer.list;
            let rows = list.shown();
            let typing = list.is_typed_into();
            let mut lines = headed(&list.title, list.note.as_deref());
            lines.extend(rows.iter().enumerate().map(|(at, row)| list_row(at, row)));
            lines.push(how_to("type a number and Enter", typing, "Escape goes back"));
            return lines;
        }
        Some(Overlay::Items(layer)) => {
            let mut lines = headed(layer.list.title, None);
            lines.extend(layer.list.shown().into_iter().enumerate().map(check_row));
            lines.push(how_to(
                "type a number and Enter to switch one",
                true,
                "Enter alone saves, Escape goes back",
            ));
            return lines;
        }
        Some(Overlay::Picker(picker)) => return saved(picker, state),
        Some(Overlay::Pager(_)) | None => {}
    }
    let Some(asking) = state.asking.front() else {
        return state.forms.front().map(form).unwrap_or_default();
    };
    let mut lines = vec![format!("Question: {}", asking.title())];
    lines.extend(
        body(asking, state, usize::MAX).iter().filter_map(said_line).map(|line| line.trim().to_owned()),
    );
    lines.extend(
        asking.choices().iter().enumerate().map(|(at, choice)| format!("{}. {}", at + 1, choice.text)),
    );
    let more = state.asking.len() - 1;
    if more > 0 {
        lines.push(format!("{more} more questions wait"));
    }
    lines
}

/// The question at hand of a form.
fn form(open: &Answering) -> Vec<String> {
    let Some((question, _)) = open.current() else { return Vec::new() };
    let mut lines: Vec<String> = Vec::new();
    lines.push(format!(
        "Question {} of {}: {}",
        open.at + 1,
        open.form.questions.len(),
        one_line(&question.header)
    ));
    lines.extend(clean_text(&question.question).lines().map(str::to_owned));
    for (at, option) in question.options.iter().enumerate() {
        lines.push(format!("{}. {}: {}", at + 1, one_line(&option.label), one_line(&option.description)));
    }
    lines.push(format!("{}. {NONE_OF_THE_ABOVE}", question.options.len() + 1));
    lines.push("Type a number and Enter; words after it are a note. Escape stops the turn.".to_owned());
    lines
}

fn headed(title: &str, note: Option<&str>) -> Vec<String> {
    let mut lines = vec![format!("{}:", one_line(title))];
    lines.extend(note.map(one_line));
    lines
}

fn how_to(choose: &str, typing: bool, leave: &str) -> String {
    let narrow = if typing { ", or words that narrow the list" } else { "" };
    format!("To choose, {choose}{narrow}; {leave}.")
}

fn list_row(at: usize, row: &Row) -> String {
    let mark = row.mark.map(|mark| format!(" ({mark})")).unwrap_or_default();
    let purpose =
        if row.purpose.is_empty() { String::new() } else { format!(": {}", one_line(&row.purpose)) };
    let off = row.disabled.as_deref().map(|why| format!(" (not now: {})", one_line(why))).unwrap_or_default();
    format!("{}. {}{mark}{purpose}{off}", at + 1, one_line(&row.name))
}

fn check_row((at, check): (usize, &Check)) -> String {
    let state = if check.on { "on" } else { "off" };
    format!("{}. {state}: {}, {}", at + 1, check.key, check.purpose)
}

fn saved(picker: &Picker, state: &State) -> Vec<String> {
    let place = match picker.listing.scope {
        Scope::ThisFolder => "of this folder",
        Scope::AllFolders => "of all folders",
    };
    let mut lines = vec![format!("Saved conversations {place}:")];
    match &picker.rows {
        Rows::Loading => return Vec::new(),
        Rows::Failed(error) => lines.push(one_line(error)),
        Rows::Ready { more: true, .. } => return Vec::new(),
        Rows::Ready { .. } => {}
    }
    if picker.count() == 0 {
        lines.push("None".to_owned());
    }
    for (at, thread) in picker.shown(0, SAVED_MAX) {
        let branch = thread.branch.as_deref().map(|branch| format!(", branch {}", one_line(branch)));
        let age = age(thread.modified, state.today);
        lines.push(format!("{}. {}, {age}{}", at + 1, one_line(&title(thread)), branch.unwrap_or_default()));
    }
    let more = picker.count().saturating_sub(SAVED_MAX);
    lines.extend((more > 0).then(|| format!("and {more} older ones")));
    lines.extend(picker.remark.as_deref().map(one_line));
    lines.push(how_to("type a number and Enter", true, "Tab changes the folder, Escape goes back"));
    lines
}

fn first_run(step: &Welcome) -> Vec<String> {
    let (title, text, _) = words(step);
    let label = if step.choices().is_empty() { "" } else { "Question: " };
    let mut lines = vec![format!("{label}{title}")];
    if step.is_typing_key() {
        lines.push("Type or paste it; it is not shown. Enter saves, Escape goes back.".to_owned());
    } else {
        lines.extend(text.into_iter().filter_map(|span| said_line(&Line::from(span))));
    }
    for (at, choice) in step.choices().iter().enumerate() {
        let more = if choice.more.is_empty() { String::new() } else { format!(": {}", choice.more) };
        lines.push(format!("{}. {}{more}", at + 1, choice.text));
    }
    lines.extend(step.problem.as_deref().map(|problem| format!("Error: {}", one_line(problem))));
    lines
}

/// The line that takes what is typed; none while there is nothing to type into.
pub(crate) fn input_line(state: &State) -> Option<InputLine> {
    let answer = |prompt: &str| {
        Some(InputLine { prompt: prompt.to_owned(), text: one_line(&state.answer), behind: 0 })
    };
    if let Some(step) = &state.welcome {
        return match step.is_typing_key() {
            true => answer("API key: "),
            false if step.choices().is_empty() => None,
            false => answer("Number: "),
        };
    }
    match state.overlays.last() {
        Some(Overlay::List(_) | Overlay::Items(_) | Overlay::Picker(_)) => return answer("Number: "),
        Some(Overlay::Card { .. } | Overlay::Page(_) | Overlay::Pager(_)) => {}
        None if !state.asking.is_empty() => return answer("Answer, a number, or y or n: "),
        None if !state.forms.is_empty() => return answer("Answer: "),
        None => {}
    }
    if state.leaving || (state.composer.is_empty() && (state.turn.is_some() || state.is_opening())) {
        return None;
    }
    let window = state.composer.window(DRAFT_ROWS_MAX, 0);
    let rows = window.view.lines.iter();
    let rows: Vec<String> =
        rows.map(|row| row.spans.iter().map(|span| span.text.as_str()).collect()).collect();
    let prompt = match state.composer.search() {
        Some(search) => format!("Search for {}: ", one_line(search.query)),
        None => "You: ".to_owned(),
    };
    let (x, y) = window.view.cursor;
    let behind = match usize::from(y) + 1 == rows.len() {
        true => rows.last().map_or(0, |row| plain_width(row).saturating_sub(usize::from(x))),
        false => 0,
    };
    Some(InputLine { prompt, text: rows.join("\n"), behind })
}
