//! The last rows: what is running where, and what keys do now.

use codex_protocol::CollaborationMode;
use ratatui::text::{Line, Span};

use crate::composer::{SearchState, VimMode};
use crate::keymap::{Action, ComposerAction, ListAction};
use crate::look::Look;
use crate::state::{Find, Found, Pointing, State, popup, status_items, suggestions};
use crate::text::{cut, one_line, plain_width};

/// The items of `tui.status_line`, joined by dots, cut where the screen ends.
pub(super) fn status_line(state: &State) -> Line<'static> {
    let parts = status_items(state).into_iter().map(|(look, text)| look.span(text)).collect();
    joined(parts, usize::from(state.width))
}

fn joined(parts: Vec<Span<'static>>, columns: usize) -> Line<'static> {
    let mut spans = vec![Span::raw("  ")];
    let mut used = 2;
    for (at, part) in parts.into_iter().enumerate() {
        let dot = if at > 0 { 3 } else { 0 };
        let width = plain_width(&part.content);
        if used + dot + width <= columns {
            if at > 0 {
                spans.push(Look::Dim.span(" · "));
            }
            spans.push(part);
            used += dot + width;
            continue;
        }
        let room = columns.saturating_sub(used + dot);
        if room > 4 {
            if at > 0 {
                spans.push(Look::Dim.span(" · "));
            }
            spans.push(Span::styled(cut(&part.content, room), part.style));
        }
        break;
    }
    Line::from(spans)
}

/// The hint row: keys at the left, remarks at the right.
pub(super) fn hint_row(state: &State) -> Line<'static> {
    let columns = usize::from(state.width).saturating_sub(2);
    if let Some(search) = state.composer.search() {
        let found = match search.state {
            SearchState::NoMatch => "  no match",
            SearchState::Typing | SearchState::Found => "",
        };
        let text = format!("reverse-i-search: {}{found}  enter accept · esc cancel", one_line(search.query));
        return hint(&cut(&text, columns));
    }
    if let Some(row) = pointing_row(state) {
        return row.line;
    }
    if let Some(remark) = &state.remark {
        return Line::from(vec![Span::raw("  "), Look::Warn.span(cut(&one_line(remark), columns))]);
    }
    let left = words_that_fit(&hints(state), columns);
    let right = modes(state);
    if right.is_empty() {
        return hint(&left);
    }
    let gap = columns.saturating_sub(plain_width(&left) + plain_width(&right));
    let mut line = hint(&left);
    if gap > 0 {
        line.push_span(Look::Dim.span(format!("{}{right}", " ".repeat(gap))));
    }
    line
}

/// A row and the column of the cursor in it.
pub(super) struct Row {
    pub(super) line: Line<'static>,
    pub(super) cursor: Option<u16>,
}

/// The hint row while something of the conversation is pointed at.
pub(super) fn pointing_row(state: &State) -> Option<Row> {
    let columns = usize::from(state.width).saturating_sub(2);
    let keys = |action| state.keys.list.hint(action).unwrap_or_default();
    let (accept, cancel) = (keys(ListAction::Accept), keys(ListAction::Cancel));
    let text = match state.pointing.as_ref()? {
        Pointing::Find(find) => return Some(find_row(find, &accept, &cancel, columns)),
        Pointing::Prompts(_) => {
            format!("←→/hl messages · {accept} go back there · {cancel} leave · ↑↓/jk scroll · ^t details")
        }
        Pointing::Activity(_) => {
            format!("Details · {accept} show or hide · ↑↓ older, newer · {cancel} leave")
        }
    };
    Some(Row { line: hint(&words_that_fit(&text, columns)), cursor: None })
}

fn find_row(find: &Find, accept: &str, cancel: &str, columns: usize) -> Row {
    let query = one_line(&find.query);
    let room = columns.saturating_sub(8);
    // The end of a long query is what is being typed.
    let graphemes: Vec<char> = query.chars().collect();
    let mut from = 0;
    let shown = loop {
        let shown: String = graphemes.iter().skip(from).collect();
        if plain_width(&shown) <= room || from >= graphemes.len() {
            break shown;
        }
        from += 1;
    };
    let state = match find.found {
        Found::Here => "",
        Found::Nothing => "  no match",
        Found::Waiting => "  looking through earlier items …",
    };
    let used = 6 + plain_width(&shown);
    let keys = format!("  {accept} accept · ^p older · ^n newer · ^t full transcript · {cancel} cancel");
    let line = Line::from(vec![
        Span::raw("  "),
        Look::Bold.span("Find: "),
        Span::raw(shown),
        Look::Warn.span(cut(state, columns.saturating_sub(used))),
        Look::Dim.span(words_that_fit(&keys, columns.saturating_sub(used + plain_width(state)))),
    ]);
    Row { line, cursor: u16::try_from(used + 2).ok() }
}

/// The modes that are on and how many warnings there are, for the right end of the row.
fn modes(state: &State) -> String {
    let mut modes = Vec::new();
    if state.composer.is_shell() {
        modes.push("Shell");
    }
    if state.info().is_some_and(|info| info.collaboration == CollaborationMode::Plan) {
        modes.push("Plan");
    }
    if let Some(vim) = state.composer.vim() {
        modes.push(match vim.mode {
            VimMode::Insert => "Vim: Insert",
            VimMode::Normal => "Vim: Normal",
            VimMode::Replace => "Vim: Replace",
        });
    }
    let mut all: Vec<String> = modes.into_iter().map(str::to_owned).collect();
    let idle = state.turn.is_none() && state.composer.is_empty();
    if let (Some(key), true) = (state.keys.global.hint(Action::Warnings), idle) {
        match state.around.warnings.len() {
            0 => {}
            1 => all.insert(0, format!("1 warning ({key})")),
            count => all.insert(0, format!("{count} warnings ({key})")),
        }
    }
    all.join(" · ")
}

/// What the keys do now; actions without a key are left out.
fn hints(state: &State) -> String {
    let keys = &state.keys;
    let list = |action| keys.list.hint(action);
    let composer = |action| keys.composer.hint(action);
    let all: Vec<(Option<String>, &str)> = if suggestions(state).is_some() {
        let accept = list(ListAction::Accept).map(|key| format!("{key}/tab"));
        vec![(accept, "insert"), (list(ListAction::Cancel), "close"), (Some("↑/↓".to_owned()), "select")]
    } else if !popup(state).is_empty() {
        vec![
            (list(ListAction::Accept), "run"),
            (Some("tab".to_owned()), "complete"),
            (list(ListAction::Cancel), "close"),
        ]
    } else if state.armed {
        vec![(keys.chat.hint(Action::Interrupt), "again: edit an earlier message")]
    } else if state.transcript.is_scrolled() {
        vec![
            (keys.chat.hint(Action::Interrupt), "latest"),
            (keys.global.hint(Action::ToggleDetail), "details"),
        ]
    } else if !state.composer.is_empty() {
        if state.turn.is_none() {
            return String::new();
        }
        vec![
            (composer(ComposerAction::Submit), "add to this turn"),
            (composer(ComposerAction::Queue), "queue for the next"),
        ]
    } else if state.turn.is_some() {
        vec![(keys.chat.hint(Action::Interrupt), "interrupt")]
    } else {
        vec![
            (composer(ComposerAction::ToggleShortcuts), "for shortcuts"),
            (Some("/".to_owned()), "for commands"),
        ]
    };
    let shown = all.into_iter().filter_map(|(key, what)| Some(format!("{} {what}", key?)));
    shown.collect::<Vec<_>>().join(" · ")
}

fn hint(text: &str) -> Line<'static> {
    Line::from(vec![Span::raw("  "), Look::Dim.span(text.to_owned())])
}

/// Whole hints only: what does not fit is left out, from the right.
pub(super) fn words_that_fit(text: &str, columns: usize) -> String {
    let mut out = String::new();
    for part in text.split(" · ") {
        let joint = if out.is_empty() { "" } else { " · " };
        if plain_width(&out) + plain_width(joint) + plain_width(part) > columns {
            break;
        }
        out.push_str(joint);
        out.push_str(part);
    }
    out
}
