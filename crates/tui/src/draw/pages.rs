//! The pager: the whole conversation over the whole screen.

use ratatui::layout::Position;
use ratatui::text::{Line, Span};

use super::footer::pointing_row;
use super::frame::Frame;
use crate::look::Look;
use crate::state::{History, State};
use crate::text::{cut, one_line, plain_width};

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
