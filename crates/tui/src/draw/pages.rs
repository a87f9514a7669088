//! Layers that take the whole screen: the picker of saved threads, and the pager.

use std::time::SystemTime;

use ratatui::layout::Position;
use ratatui::text::{Line, Span};

use super::footer::pointing_row;
use super::frame::Frame;
use crate::look::Look;
use crate::state::{History, Picker, Rows, Scope, State, age, title};
use crate::text::{cut, one_line, plain_width};

const PICKER_HEAD: u16 = 4;

/// Rows of the pager's body.
pub(super) fn pager_height(height: u16) -> u16 {
    height.saturating_sub(2).max(1)
}

/// The pager: title, the conversation in full, keys.
pub(super) fn pager(state: &State, frame: &mut Frame) {
    let columns = usize::from(frame.width());
    let head = cut("Conversation", columns.saturating_sub(4));
    let fill = "─".repeat(columns.saturating_sub(plain_width(&head) + 4));
    frame.put(
        0,
        &[Line::from(vec![Look::Dim.span("── "), Look::Bold.span(head), Look::Dim.span(format!(" {fill}"))])],
    );
    let body = pager_height(frame.height());
    let lines = state.transcript.visible(usize::from(body));
    frame.put(1, &lines);
    let loading =
        if matches!(state.history, History::Loading { .. }) { " · loading earlier items" } else { "" };
    let last = frame.height().saturating_sub(1);
    frame.cursor = None;
    if let Some(row) = pointing_row(state) {
        frame.put(last, &[row.line]);
        frame.cursor = row.cursor.map(|x| Position::new(x.min(frame.width().saturating_sub(1)), last));
        return;
    }
    let keys = match &state.remark {
        Some(remark) => one_line(remark),
        None => format!("↑/↓ scroll · q close · / find · [ ] turns · y copy reply · Y copy all{loading}"),
    };
    frame.put(
        last,
        &[Line::from(vec![Span::raw("  "), Look::Dim.span(cut(&keys, columns.saturating_sub(2)))])],
    );
}

/// The picker: title, filter, rows, keys.
pub(super) fn picker(picker: &Picker, now: SystemTime, frame: &mut Frame) {
    let columns = usize::from(frame.width());
    let head = "Go on with a saved conversation";
    let scope = match picker.scope {
        Scope::ThisFolder => "this folder",
        Scope::AllFolders => "all folders",
    };
    let search = if picker.filter.is_empty() {
        Look::Dim.span("Type to search")
    } else {
        Span::raw(cut(&one_line(&picker.filter), columns.saturating_sub(4)))
    };
    let typed = plain_width(&one_line(&picker.filter)).min(columns.saturating_sub(4));
    frame.put(
        0,
        &[
            Line::from(vec![
                Span::raw(" "),
                Look::Bold.span(cut(head, columns.saturating_sub(1))),
                Look::Dim.span(format!("  · {scope}")),
            ]),
            Line::default(),
            Line::from(vec![Look::Prompt.span(" › "), search]),
        ],
    );
    frame.cursor =
        Some(Position::new(u16::try_from(typed + 3).unwrap_or(0).min(frame.width().saturating_sub(1)), 2));
    let room = usize::from(frame.height().saturating_sub(PICKER_HEAD + 1));
    frame.put(PICKER_HEAD, &rows(picker, now, columns, room));
    let keys = "enter open · tab this folder/all · ↑/↓ choose · esc back";
    let last = frame.height().saturating_sub(1);
    frame
        .put(last, &[Line::from(vec![Span::raw(" "), Look::Dim.span(cut(keys, columns.saturating_sub(1)))])]);
}

fn rows(picker: &Picker, now: SystemTime, columns: usize, room: usize) -> Vec<Line<'static>> {
    let say = |text: &str, look: Look| {
        vec![Line::from(vec![Span::raw("   "), look.span(cut(&one_line(text), columns.saturating_sub(3)))])]
    };
    match &picker.rows {
        Rows::Loading => return say("Looking for conversations …", Look::Dim),
        Rows::Failed(error) => return say(error, Look::Bad),
        Rows::Ready(_) => {}
    }
    let shown = picker.shown();
    let Some(last) = shown.len().checked_sub(1) else {
        return say("Nothing here", Look::Dim);
    };
    let selected = picker.selected.min(last);
    let top = (selected + 1).saturating_sub(room.max(1));
    let visible = shown.iter().enumerate().skip(top).take(room);
    visible
        .map(|(at, thread)| {
            let age = format!("{:>8}  ", age(thread.modified, now));
            let branch =
                thread.branch.as_deref().map(|branch| format!("  {}", one_line(branch))).unwrap_or_default();
            let name = cut(&one_line(&title(thread)), columns.saturating_sub(3 + age.len()));
            let room = columns.saturating_sub(3 + age.len() + plain_width(&name));
            let (mark, look) = if at == selected {
                (Look::Prompt.span(" › "), Look::Current)
            } else {
                (Span::raw("   "), Look::Plain)
            };
            Line::from(vec![mark, Look::Dim.span(age), look.span(name), Look::Dim.span(cut(&branch, room))])
        })
        .collect()
}
