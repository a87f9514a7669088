//! Pointing at parts of the conversation: text that is looked for, the person's own messages (to go back to one),
//! cells whose details are wanted. While something is pointed at, keys belong to it.

use codex_protocol::{ItemId, Op, UserInput};

use super::find::{self, Find};
use super::layers::scrolled;
use super::msg::Cmd;
use super::overlay::{Overlay, Pager};
use super::ui_state::{History, Mode, State};
use super::update::{load_near_top, scroll};
use crate::cells::{Cell, Detail, Notice, View};
use crate::draw::transcript_height;
use crate::keymap::{Key, ListAction, PagerAction};
use crate::transcript::{Marks, Scroll, Spot, Towards};

/// What is pointed at.
#[derive(Debug)]
pub(crate) enum Pointing {
    Find(Find),
    /// The person's own messages: the one at hand can be edited (`tui.md` 8).
    Prompts(Place),
    /// Cells with more to show.
    Activity(Place),
}

/// Where the conversation was before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    view: View,
    scroll: Scroll,
    /// The pager was opened for it.
    in_own_pager: bool,
}

impl Place {
    pub(super) fn of(state: &State) -> Self {
        Self { view: state.transcript.view(), scroll: state.transcript.scroll(), in_own_pager: false }
    }

    pub(super) fn restore(self, state: &mut State) {
        if self.in_own_pager {
            close_pager(state);
            return;
        }
        let width = state.transcript.view().width;
        state.transcript.set_view(View { width, ..self.view });
        state.transcript.set_scroll(self.scroll);
    }
}

/// A key while something is pointed at.
pub(super) fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    match state.pointing {
        Some(Pointing::Find(_)) => find::key(state, key),
        Some(Pointing::Prompts(_)) => prompts_key(state, key),
        Some(Pointing::Activity(_)) => activity_key(state, key),
        None => Vec::new(),
    }
}

/// The first press of Esc on an empty composer: the second begins to browse. False when there is nothing to go back
/// to or it is not the time.
pub(super) fn arm(state: &mut State) -> bool {
    let can = state.mode != Mode::Linear
        && state.turn.is_none()
        && state.composer.is_empty()
        && newest_said(state).is_some();
    state.armed = can;
    can
}

fn newest_said(state: &State) -> Option<usize> {
    state.transcript.next_entry(state.transcript.len(), Towards::Older, Cell::is_said)
}

/// Begins to browse the person's messages, at the newest.
pub(super) fn browse_prompts(state: &mut State) -> Vec<Cmd> {
    let Some(newest) = newest_said(state) else { return Vec::new() };
    let place = own_place(state);
    state.pointing = Some(Pointing::Prompts(place));
    choose(state, newest);
    Vec::new()
}

/// Points at the newest cell with more to show.
pub(super) fn focus_activity(state: &mut State) -> Vec<Cmd> {
    let newest = state.transcript.next_entry(state.transcript.len(), Towards::Older, Cell::is_expandable);
    let Some(newest) = newest else {
        state.remark = Some("there is nothing with details yet".to_owned());
        return Vec::new();
    };
    let place = own_place(state);
    state.pointing = Some(Pointing::Activity(place));
    choose(state, newest);
    Vec::new()
}

/// The place at hand; inline mode points in the pager, since what is printed cannot be marked.
fn own_place(state: &mut State) -> Place {
    let has_pager = matches!(state.overlays.last(), Some(Overlay::Pager(_)));
    if state.mode == Mode::Fullscreen || has_pager {
        return Place::of(state);
    }
    let place = Place { in_own_pager: true, ..Place::of(state) };
    let pager = Pager::open(&mut state.transcript);
    state.overlays.push(Overlay::Pager(pager));
    place
}

fn close_pager(state: &mut State) {
    if let Some(Overlay::Pager(_)) = state.overlays.last()
        && let Some(Overlay::Pager(pager)) = state.overlays.pop()
    {
        pager.close(&mut state.transcript);
    }
}

fn choose(state: &mut State, entry: usize) {
    state.transcript.set_marks(Marks { entry: Some(entry), ..Marks::default() });
    let height = transcript_height(state);
    state.transcript.reveal(Spot { entry, line: 0 }, height);
}

/// Goes on when older items came.
pub(super) fn go_on(state: &mut State) -> Vec<Cmd> {
    find::go_on(state)
}

/// Asks for older items, if there are any and none are on their way.
pub(super) fn ask_earlier(state: &mut State) -> Vec<Cmd> {
    match (state.history, state.thread_id()) {
        (History::More, Some(id)) => {
            state.history = History::Loading { first: false };
            vec![Cmd::LoadEarlier { id, restart: false }]
        }
        _ => Vec::new(),
    }
}

/// A click on a row that offers more, or on a cell whose details are shown, shows or hides them; one on the way back
/// to the end takes it.
pub(super) fn click(state: &mut State, x: u16, y: u16) -> Vec<Cmd> {
    let height = transcript_height(state);
    if state.mode != Mode::Fullscreen || !state.overlays.is_empty() || usize::from(y) >= height {
        return Vec::new();
    }
    if state.transcript.is_scrolled()
        && usize::from(y) + 1 == height
        && crate::draw::is_on_pill(state.width, x)
    {
        state.transcript.set_marks(Marks::default());
        state.transcript.scroll_to_bottom();
        return Vec::new();
    }
    let Some(spot) = state.transcript.spot_at(usize::from(y), height) else { return Vec::new() };
    if state.transcript.offers_more(spot) {
        state.transcript.toggle_entry(spot.entry);
    }
    Vec::new()
}

/// The text alone, as it came, and back.
pub(super) fn toggle_raw(state: &mut State) {
    let (detail, remark) = match state.detail() {
        Detail::Compact | Detail::Full => {
            (Detail::Raw, "plain text on: what is shown can be copied as it is")
        }
        Detail::Raw => (Detail::Compact, "plain text off"),
    };
    let view = View { detail, ..state.transcript.view() };
    state.transcript.set_view(view);
    state.remark = Some(remark.to_owned());
}

/// To the beginning of the turn before or after the one at the top of the window.
pub(super) fn turn(state: &mut State, towards: Towards) -> Vec<Cmd> {
    let height = transcript_height(state);
    let from = state.transcript.marks().entry.unwrap_or_else(|| match towards {
        Towards::Older if !state.transcript.is_scrolled() => state.transcript.len(),
        _ => state.transcript.top_entry(height),
    });
    match state.transcript.next_entry(from, towards, Cell::is_said) {
        Some(entry) => {
            choose(state, entry);
            load_near_top(state)
        }
        None if towards == Towards::Older => ask_earlier(state),
        None => {
            state.transcript.set_marks(Marks::default());
            state.transcript.scroll_to_bottom();
            Vec::new()
        }
    }
}

/// Copies the reply at hand: the newest whose beginning is not below the window.
pub(super) fn copy_reply(state: &mut State) -> Vec<Cmd> {
    let height = transcript_height(state);
    let end = match state.transcript.spot_at(height.saturating_sub(1), height) {
        Some(spot) if state.transcript.is_scrolled() => spot.entry + 1,
        _ => state.transcript.len(),
    };
    let is_reply = |cell: &Cell| matches!(cell, Cell::Reply(_));
    let at = state.transcript.next_entry(end, Towards::Older, is_reply);
    let reply = at.and_then(|at| state.transcript.get(at)).and_then(|entry| entry.cell().markdown());
    copied(state, reply, "the reply in view was sent to the clipboard")
}

/// Copies what is loaded of the conversation.
pub(super) fn copy_all(state: &mut State) -> Vec<Cmd> {
    let all = state.transcript.markdown();
    let remark = match state.history {
        History::Complete => "the conversation was sent to the clipboard",
        History::More | History::Loading { .. } => {
            "what is loaded of the conversation was sent to the clipboard"
        }
    };
    copied(state, Some(all).filter(|all| !all.is_empty()), remark)
}

fn copied(state: &mut State, text: Option<String>, remark: &str) -> Vec<Cmd> {
    state.remark = Some(if text.is_some() { remark } else { "there is nothing to copy yet" }.to_owned());
    text.map(Cmd::Copy).into_iter().collect()
}

/// All details, or the gist.
pub(super) fn toggle_detail(state: &mut State) {
    let detail = match state.detail() {
        Detail::Compact | Detail::Raw => Detail::Full,
        Detail::Full => Detail::Compact,
    };
    let view = View { detail, ..state.transcript.view() };
    state.transcript.set_view(view);
}

/// Stops pointing; the conversation is where it was.
fn leave(state: &mut State) {
    state.transcript.set_marks(Marks::default());
    match state.pointing.take() {
        Some(Pointing::Prompts(place) | Pointing::Activity(place)) => place.restore(state),
        Some(Pointing::Find(find)) => find.before.restore(state),
        None => {}
    }
}

fn step(state: &mut State, towards: Towards, wanted: fn(&Cell) -> bool) -> Vec<Cmd> {
    let Some(at) = state.transcript.marks().entry else { return Vec::new() };
    match state.transcript.next_entry(at, towards, wanted) {
        Some(next) => {
            choose(state, next);
            load_near_top(state)
        }
        None if towards == Towards::Older => ask_earlier(state),
        None => Vec::new(),
    }
}

/// Keys that scroll, in a list or a page.
fn scroll_key(state: &mut State, key: Key) -> Option<Vec<Cmd>> {
    let height = transcript_height(state);
    let action = state.keys.pager.one(key)?;
    let rows = scrolled(action, height)?;
    Some(scroll(state, rows))
}

fn prompts_key(state: &mut State, key: Key) -> Vec<Cmd> {
    let is = |name: &str| super::update::is(key, name);
    if is("left") || is("h") {
        return step(state, Towards::Older, Cell::is_said);
    }
    if is("right") || is("l") {
        return step(state, Towards::Newer, Cell::is_said);
    }
    match state.keys.list.one(key) {
        Some(ListAction::Accept) => return rewind(state),
        Some(ListAction::Cancel) => leave(state),
        _ => {
            if let Some(cmds) = scroll_key(state, key) {
                return cmds;
            }
            match state.keys.pager.one(key) {
                Some(PagerAction::CloseTranscript) => {
                    let entry = state.transcript.marks().entry;
                    toggle_detail(state);
                    entry.into_iter().for_each(|entry| choose(state, entry));
                }
                Some(PagerAction::Close) => leave(state),
                _ => {}
            }
        }
    }
    Vec::new()
}

fn rewind(state: &mut State) -> Vec<Cmd> {
    let entry = state.transcript.marks().entry.and_then(|at| state.transcript.get(at));
    let item = entry.and_then(|entry| entry.id.clone()).filter(|id| !super::submit::is_local(id));
    leave(state);
    match item {
        Some(before) => vec![Cmd::Submit(Op::Rewind { before })],
        None => {
            state.remark = Some("this message is not saved yet: it cannot be gone back to".to_owned());
            Vec::new()
        }
    }
}

/// The conversation was cut before a message: what came after it goes, the message is in the composer.
pub(super) fn rewound(state: &mut State, before: &ItemId, input: &[UserInput]) {
    if let Some(at) = state.transcript.place_of(before) {
        state.transcript.truncate(at);
        state.printed = state.printed.clamped(at);
    }
    state
        .transcript
        .push(Cell::notice(Notice::Info, "went back to before this message; files stay as they are"));
    state.plan = None;
    let last = state
        .transcript
        .next_entry(state.transcript.len(), Towards::Older, |cell| matches!(cell, Cell::Reply(_)));
    state.last_reply = last.and_then(|at| match state.transcript.get(at)?.cell() {
        Cell::Reply(reply) => Some(reply.source()),
        _ => None,
    });
    fill_composer(state, input);
}

/// The words and images of a message as a draft; where the words name an image, its token stands.
fn fill_composer(state: &mut State, input: &[UserInput]) {
    let mut texts = Vec::new();
    let mut images = Vec::new();
    for part in input {
        match part {
            UserInput::Text { text, .. } => texts.push(text.as_str()),
            UserInput::LocalImage { path } => images.push(path.clone()),
            UserInput::Image { .. } | UserInput::Other => {}
        }
    }
    let text = texts.join("\n");
    let mut rest = text.as_str();
    state.composer.set_text("");
    for (at, path) in images.into_iter().enumerate() {
        if let Some((before, after)) = rest.split_once(&format!("[Image #{}]", at + 1)) {
            state.composer.insert(before);
            rest = after;
        }
        state.composer.attach_image(path);
    }
    state.composer.insert(rest);
}

fn activity_key(state: &mut State, key: Key) -> Vec<Cmd> {
    let is = |name: &str| super::update::is(key, name);
    match state.keys.list.one(key) {
        Some(ListAction::MoveUp) => return step(state, Towards::Older, Cell::is_expandable),
        Some(ListAction::MoveDown) => return step(state, Towards::Newer, Cell::is_expandable),
        Some(ListAction::Cancel) => leave(state),
        Some(ListAction::Accept) => {
            if let Some(entry) = state.transcript.marks().entry {
                state.transcript.toggle_entry(entry);
                choose(state, entry);
            }
        }
        _ if is("f4") => return step(state, Towards::Older, Cell::is_expandable),
        _ if is("q") || is("ctrl-c") => leave(state),
        _ => return scroll_key(state, key).unwrap_or_default(),
    }
    Vec::new()
}
