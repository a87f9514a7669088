//! `draw`: the whole screen in fullscreen mode, the live part in inline mode.

use ratatui::layout::Position;
use ratatui::text::Line;

use super::bottom::{Bottom, bottom};
use super::frame::Frame;
use super::{page, pages, picker};
use crate::look::Look;
use crate::state::{History, Overlay, State};
use crate::text::plain_width;

/// Draws the state. In inline mode the frame is the live part, [`inline_height`] rows high.
pub(crate) fn draw(state: &State, frame: &mut Frame) {
    match state.overlays.last() {
        Some(Overlay::Picker(open)) => return picker::picker(open, state.today, frame),
        Some(Overlay::Pager(_)) => return pages::pager(state, frame),
        Some(Overlay::Page(open)) => return page::page(open, frame),
        Some(Overlay::Card { .. } | Overlay::List(_) | Overlay::Items(_)) | None => {}
    }
    if state.fills_screen() { fullscreen(state, frame) } else { live(state, frame) }
}

/// Rows of the conversation's window.
pub(crate) fn transcript_height(state: &State) -> usize {
    if let Some(Overlay::Pager(_)) = state.overlays.last() {
        return usize::from(pages::pager_height(state.height));
    }
    let bottom = bottom(state, state.height).lines.len();
    usize::from(state.height).saturating_sub(bottom)
}

/// Rows of the live part: what is not printed yet, and everything below.
pub(crate) fn inline_height(state: &State) -> u16 {
    let max = live_max(state);
    let bottom = bottom(state, max).lines.len();
    let room = usize::from(max).saturating_sub(bottom);
    let above = state.transcript.unprinted(&state.printed, room).len();
    u16::try_from(above + bottom).unwrap_or(max).clamp(1, max)
}

/// One row of the screen is left to the scrollback, so that there is always a line above to hang on to.
fn live_max(state: &State) -> u16 {
    state.height.saturating_sub(1).max(1)
}

fn fullscreen(state: &State, frame: &mut Frame) {
    let parts = bottom(state, frame.height());
    let height = usize::from(frame.height()).saturating_sub(parts.lines.len());
    let lines = state.transcript.visible(height);
    frame.put(0, &lines);
    if matches!(state.history, History::Loading { first: false }) && height > 0 {
        frame.put(0, &[Line::from(Look::Dim.span("  … earlier items are coming"))]);
    }
    if state.transcript.is_scrolled() && state.pointing.is_none() && height > 2 {
        pill(frame, height - 1);
    }
    place(parts, height, frame);
}

fn live(state: &State, frame: &mut Frame) {
    let parts = bottom(state, live_max(state));
    let room = usize::from(frame.height()).saturating_sub(parts.lines.len());
    let above = state.transcript.unprinted(&state.printed, room);
    frame.put(0, &above);
    place(parts, room, frame);
}

fn place(parts: Bottom, top: usize, frame: &mut Frame) {
    let top = u16::try_from(top).unwrap_or(u16::MAX);
    frame.put(top, &parts.lines);
    let last = frame.height().saturating_sub(1);
    frame.cursor = parts.cursor.map(|at| Position::new(at.x, at.y.saturating_add(top).min(last)));
}

const PILL: &str = " ↓ Back to the end · esc ";

/// Whether a column of the window's last row belongs to the way back to the end.
pub(crate) fn is_on_pill(width: u16, x: u16) -> bool {
    let left = usize::from(width).saturating_sub(plain_width(PILL)) / 2;
    (left..left + plain_width(PILL)).contains(&usize::from(x))
}

/// The way back to the end, in the middle of the window's last row.
fn pill(frame: &mut Frame, row: usize) {
    let text = PILL;
    let columns = usize::from(frame.width());
    let Some(left) = columns.checked_sub(plain_width(text)) else { return };
    let x = u16::try_from(left / 2).unwrap_or(0);
    let y = u16::try_from(row).unwrap_or(0);
    let line = Line::from(Look::Selected.span(text));
    let width = frame.width() - x;
    frame.buffer.set_line(x, y, &line, width);
}
