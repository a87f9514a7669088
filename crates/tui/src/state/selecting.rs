//! Marking text of the conversation with the mouse: press and drag, twice for a word, three times for a line. What is
//! marked is on the clipboard when the button is let go; a key or a press takes the mark away.
//! The window follows a pointer that is dragged to its edge.

use std::time::Duration;

use super::msg::Cmd;
use super::overlay::Overlay;
use super::pointing;
use super::ui_state::{Mode, State};
use crate::draw::transcript_height;
use crate::keymap::Key;
use crate::transcript::{Point, Stretch, Towards, Transcript};

/// Presses that follow one another so soon belong together.
const AGAIN_MAX: Duration = Duration::from_millis(400);
/// Rows the window moves at a time while the pointer is at its edge.
const EDGE_ROWS: isize = 2;
/// Between two of these moves.
const EDGE_PACE: Duration = Duration::from_millis(60);

/// What happened to the left button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Button {
    Down,
    /// The pointer was moved while it is down.
    Moved,
    Up,
}

/// The button is down, or was a moment ago.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Press {
    /// Where and when it went down.
    x: u16,
    y: u16,
    since: Duration,
    /// How often in a row.
    times: u8,
    /// Where the pointer was last.
    last: (u16, u16),
    moved: bool,
    down: bool,
    /// The window follows the pointer, since it last moved.
    edge: Option<(Towards, Duration)>,
}

/// The rows of the screen that show the conversation: the first, and how many. None when something else has them.
fn window(state: &State) -> Option<(u16, usize)> {
    let height = transcript_height(state);
    match state.overlays.last() {
        Some(Overlay::Pager(_)) => Some((1, height)),
        None if state.mode == Mode::Fullscreen => Some((0, height)),
        _ => None,
    }
}

/// What is done with the button.
pub(super) fn button(state: &mut State, button: Button, x: u16, y: u16) -> Vec<Cmd> {
    match button {
        Button::Down => down(state, x, y),
        Button::Moved => {
            moved(state, x, y);
            Vec::new()
        }
        Button::Up => up(state, x, y),
    }
}

/// When the window has to follow the pointer again, counted as the clock of the state.
pub(crate) fn follow_due(state: &State) -> Option<Duration> {
    state.press.and_then(|press| press.edge).map(|(_, since)| since + EDGE_PACE)
}

/// Follows a pointer that rests at the edge.
pub(super) fn follow(state: &mut State) {
    let Some(press) = state.press else { return };
    if let Some((towards, since)) = press.edge
        && state.now >= since + EDGE_PACE
    {
        let height = transcript_height(state);
        let rows = if towards == Towards::Older { -EDGE_ROWS } else { EDGE_ROWS };
        state.transcript.scroll_by(rows, height);
        extend(state, press.last);
        if let Some(press) = &mut state.press {
            press.edge = Some((towards, state.now));
        }
    }
}

/// Takes the mark away; true when that is all a key is for.
pub(super) fn key(state: &mut State, key: Key) -> bool {
    if state.transcript.marks().stretch.is_none() {
        return false;
    }
    state.transcript.set_stretch(None);
    state.press = None;
    super::update::is(key, "esc")
}

fn point(state: &State, x: u16, y: u16) -> Option<Point> {
    let (first, height) = window(state)?;
    let row = usize::from(y.saturating_sub(first)).min(height.saturating_sub(1));
    state.transcript.point_at(usize::from(x), row, height)
}

fn down(state: &mut State, x: u16, y: u16) -> Vec<Cmd> {
    state.transcript.set_stretch(None);
    let again = state.press.filter(|press| {
        (press.x, press.y) == (x, y) && !press.moved && state.now.saturating_sub(press.since) <= AGAIN_MAX
    });
    let times = again.map_or(1, |press| press.times % 3 + 1);
    state.press =
        Some(Press { x, y, since: state.now, times, last: (x, y), moved: false, down: true, edge: None });
    let inside = window(state)
        .is_some_and(|(first, height)| (first..first.saturating_add(clamped(height))).contains(&y));
    // What is looked for or browsed has marks of its own.
    if !inside || state.pointing.is_some() {
        return Vec::new();
    }
    let Some(point) = point(state, x, y) else { return Vec::new() };
    match times {
        2 => state.transcript.set_stretch(state.transcript.word_at(point)),
        3 => state.transcript.set_stretch(Some(Transcript::line_at(point))),
        _ => {}
    }
    Vec::new()
}

fn clamped(rows: usize) -> u16 {
    u16::try_from(rows).unwrap_or(u16::MAX)
}

fn moved(state: &mut State, x: u16, y: u16) {
    let Some(press) = state.press.filter(|press| press.down && press.last != (x, y)) else { return };
    let Some((first, height)) = window(state).filter(|_| state.pointing.is_none()) else { return };
    if !press.moved {
        let begins_inside = (first..first.saturating_add(clamped(height))).contains(&press.y);
        let Some(anchor) = point(state, press.x, press.y).filter(|_| begins_inside) else { return };
        state.transcript.set_stretch(Some(Stretch::at(anchor)));
    }
    let last_row = first.saturating_add(clamped(height)).saturating_sub(1);
    let edge = match y {
        y if y <= first => Some(Towards::Older),
        y if y >= last_row && state.transcript.is_scrolled() => Some(Towards::Newer),
        _ => None,
    };
    let edge = edge.map(|towards| (towards, state.now));
    state.press = Some(Press { last: (x, y), moved: true, edge, ..press });
    extend(state, (x, y));
}

/// The mark goes on to the pointer.
fn extend(state: &mut State, (x, y): (u16, u16)) {
    let head = point(state, x, y);
    if let (Some(stretch), Some(head)) = (state.transcript.marks().stretch, head) {
        state.transcript.set_stretch(Some(Stretch { head, ..stretch }));
    }
}

fn up(state: &mut State, x: u16, y: u16) -> Vec<Cmd> {
    let Some(press) = state.press.filter(|press| press.down) else { return Vec::new() };
    state.press = Some(Press { down: false, edge: None, ..press });
    if state.transcript.marks().stretch.is_none() {
        let is_click = !press.moved && (press.x, press.y) == (x, y);
        return if is_click { pointing::click(state, x, y) } else { Vec::new() };
    }
    let Some(text) = state.transcript.marked_text() else {
        state.transcript.set_stretch(None);
        return Vec::new();
    };
    let lines = text.lines().count();
    state.remark = Some(match lines {
        1 => "the marked text was sent to the clipboard".to_owned(),
        lines => format!("{lines} marked lines were sent to the clipboard"),
    });
    vec![Cmd::Copy(text)]
}
