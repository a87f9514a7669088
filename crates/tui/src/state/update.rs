//! `update`: one message in, a changed state and wishes out.
//! The order of nearness for a key: the top overlay, the popup, the composer, the conversation, the program.

use codex_protocol::Op;
use crossterm::event::KeyEvent;

use super::burst::Verdict;
use super::commands::{copy_reply, help_card};
use super::gallery;
use super::msg::{Cmd, Job, Leave, Msg, ThreadMsg};
use super::overlay::{Overlay, Pager};
use super::pointing::Pointing;
use super::slash::SlashCommand;
use super::steering::Step;
use super::submit::{queue, remark, submit};
use super::turn::Stop;
use super::ui_state::{History, Mode, State, ThreadState};
use super::{
    asking, burst, choosing, find, jobs, layers, linear, mention, page, picking, pointing, project,
    questions, selecting, steering, warnings, welcome,
};
use crate::cells::Notice;
use crate::composer::Outcome;
use crate::draw::transcript_height;
use crate::keymap::{Action, Bound, ComposerAction, Key, ListAction};
use crate::text::one_line;
use crate::transcript::Marks;

/// Cells from the beginning at which older items are asked for.
const HISTORY_NEAR: usize = 8;

/// Takes in a message.
pub(crate) fn update(state: &mut State, msg: Msg) -> Vec<Cmd> {
    match msg {
        Msg::Clock(now) => {
            state.now = now;
            selecting::follow(state);
            return waited(state);
        }
        Msg::WallClock { shown, moment } => (state.wall_clock, state.today) = (Some(shown), moment),
        Msg::Key(event) => {
            let mut cmds = burst_key(state, &event);
            cmds.append(&mut mention::follow(state));
            return cmds;
        }
        Msg::Paste(text) => {
            let mut cmds = paste(state, &text);
            cmds.append(&mut mention::follow(state));
            return cmds;
        }
        Msg::Files(found) => mention::found(state, found),
        Msg::Picture { item, loaded } => gallery::loaded(state, &item, loaded),
        Msg::Skills(skills) => mention::listed(state, skills),
        Msg::Prompts(texts) => {
            state.composer.put_earlier(&texts);
            state.around.prompts = texts;
        }
        Msg::Images(paths) => {
            let free = state.asking.is_empty() && state.forms.is_empty() && state.welcome.is_none();
            if state.overlays.is_empty() && free {
                paths.into_iter().for_each(|path| state.composer.attach_image(path));
            }
        }
        Msg::Edited(Ok(text)) => {
            state.composer.set_edited(&text);
            state.slash_closed = true;
        }
        Msg::Edited(Err(error)) => state.remark = Some(error),
        Msg::Wheel(rows) => return scroll(state, rows),
        Msg::Mouse { button, x, y } => return selecting::button(state, button, x, y),
        Msg::Resize { width, height } => state.resize(width, height),
        Msg::Background(shade) => state.around.background = shade.or(state.around.background),
        Msg::Focus(focused) => state.focused = focused,
        Msg::Thread(msg) => return thread(state, msg),
        Msg::Door(answer) => return welcome::answered(state, answer),
        Msg::Saved { listing, share, rows, more } => {
            return picking::listed(state, listing, share, rows, more);
        }
        Msg::Done(done) => return jobs::done(state, done),
        Msg::Terminate => {
            state.leaving = true;
            return vec![Cmd::Leave(Leave::Forced)];
        }
    }
    Vec::new()
}

fn thread(state: &mut State, msg: ThreadMsg) -> Vec<Cmd> {
    match msg {
        ThreadMsg::Event(event) => project::event(state, *event),
        ThreadMsg::Earlier { items, more } => {
            let mut cmds = project::earlier(state, items, more);
            cmds.extend(pointing::go_on(state));
            cmds
        }
        ThreadMsg::EarlierFailed(message) => {
            state.history = History::Complete;
            remark(state, Notice::Warning, format!("earlier messages cannot be shown: {message}"));
            super::submit::begin_next(state)
        }
        ThreadMsg::OpenFailed { message, hint } => {
            state.thread = ThreadState::Closed;
            let text = hint.map_or_else(|| message.clone(), |hint| format!("{message}\nhint: {hint}"));
            if state.is_first_open {
                // Nothing to fall back to: the shell gets one line, as `exec` gives it.
                state.parting_line = Some(text);
                state.leaving = true;
                return vec![Cmd::Leave(Leave::Forced)];
            }
            remark(state, Notice::Error, text);
            Vec::new()
        }
        ThreadMsg::Gone => {
            if !matches!(state.thread, ThreadState::Closed) {
                state.thread = ThreadState::Closed;
                state.turn = None;
                remark(
                    state,
                    Notice::Error,
                    "the conversation's task ended unexpectedly: /new begins another",
                );
            }
            Vec::new()
        }
    }
}

/// A key, unless it is part of a paste.
fn burst_key(state: &mut State, event: &KeyEvent) -> Vec<Cmd> {
    let Some(pressed) = Key::from_event(event) else { return Vec::new() };
    match burst::see(state, pressed) {
        Verdict::Key => key(state, pressed),
        Verdict::Held => Vec::new(),
        Verdict::TextBefore(text) => {
            state.composer.insert(text);
            key(state, pressed)
        }
        Verdict::TextAndHeld(text) => {
            state.composer.insert(text);
            Vec::new()
        }
        Verdict::KeyBefore(before) => {
            let mut cmds = key(state, before);
            cmds.append(&mut key(state, pressed));
            cmds
        }
    }
}

/// A key that waited for more of a paste is taken when none came.
fn waited(state: &mut State) -> Vec<Cmd> {
    let mut cmds = match burst::release(state) {
        None => return Vec::new(),
        Some(Ok(pressed)) => key(state, pressed),
        Some(Err(text)) => {
            state.composer.insert(text);
            Vec::new()
        }
    };
    cmds.append(&mut mention::follow(state));
    cmds
}

fn key(state: &mut State, key: Key) -> Vec<Cmd> {
    if selecting::key(state, key) {
        return Vec::new();
    }
    if let Some(cmds) = linear::key(state, key) {
        return cmds;
    }
    if state.welcome.is_some() {
        return welcome::key(state, key);
    }
    let armed = std::mem::take(&mut state.armed);
    let on_top = matches!(state.overlays.last(), None | Some(Overlay::Pager(_)));
    if state.pointing.is_some() && on_top && state.asking.is_empty() && state.forms.is_empty() {
        state.remark = None;
        return pointing::key(state, key);
    }
    if !state.overlays.is_empty() {
        state.remark = None;
        return layers::key(state, key);
    }
    if !state.asking.is_empty() {
        return asking::key(state, key);
    }
    if !state.forms.is_empty() {
        return questions::key(state, key);
    }
    state.remark = None;
    if let Some(cmds) = mention::key(state, key).or_else(|| popup_key(state, key)) {
        return cmds;
    }
    let action = match app_action(state, key) {
        Bound::Action(action) => Some(action),
        Bound::Begun => return Vec::new(),
        Bound::Nothing => None,
    };
    let searching = state.composer.search().is_some();
    if !searching && let Some(cmds) = action.and_then(|action| before_composer(state, action)) {
        return cmds;
    }
    let sends = state.keys.composer.one(key) == Some(ComposerAction::Submit);
    if state.transcript.is_scrolled() && state.composer.is_empty() && sends {
        state.transcript.scroll_to_bottom();
        return Vec::new();
    }
    match state.composer.handle(key) {
        Outcome::Ignored if armed && action == Some(Action::Interrupt) => pointing::browse_prompts(state),
        Outcome::Ignored => action.map_or_else(Vec::new, |action| after_composer(state, action)),
        Outcome::Moved => Vec::new(),
        Outcome::Changed => {
            state.slash_closed = false;
            state.slash_selected = 0;
            Vec::new()
        }
        Outcome::Submit(submission) => submit(state, submission),
        Outcome::Queue(submission) => queue(state, submission),
        Outcome::ToggleShortcuts => {
            state.overlays.push(Overlay::Card { card: help_card(state), scroll: 0 });
            Vec::new()
        }
    }
}

/// What the key does outside the composer, be it alone or as the end of a chord.
fn app_action(state: &mut State, key: Key) -> Bound<Action> {
    let mut pressed = std::mem::take(&mut state.begun);
    if state.composer.finishes_chord(key) {
        return Bound::Nothing;
    }
    pressed.push(key);
    let mut bound = app_bound(state, &pressed);
    if pressed.len() > 1 {
        match bound {
            Bound::Action(_) => state.composer.forget_chord(),
            // The first key led nowhere; the second is taken by itself.
            Bound::Begun | Bound::Nothing => {
                pressed = vec![key];
                bound = app_bound(state, &pressed);
            }
        }
    }
    if bound == Bound::Begun {
        state.composer.expect_chord(key);
        state.remark = Some(format!("{} …", key.hint()));
        state.begun = pressed;
    }
    bound
}

fn app_bound(state: &State, pressed: &[Key]) -> Bound<Action> {
    let begun = match state.keys.chat.find(pressed) {
        Bound::Action(action) => return Bound::Action(action),
        bound => bound == Bound::Begun,
    };
    match state.keys.global.find(pressed) {
        Bound::Nothing if begun => Bound::Begun,
        // Two keys are fixed: without them a wrong keymap could not be left.
        Bound::Nothing => match pressed {
            [key] if is(*key, "ctrl-c") => Bound::Action(Action::CtrlC),
            [key] if is(*key, "ctrl-d") => Bound::Action(Action::CtrlD),
            _ => Bound::Nothing,
        },
        bound => bound,
    }
}

/// Whether the key is the one of this name.
pub(super) fn is(key: Key, name: &str) -> bool {
    name.parse() == Ok(key)
}

/// Commands that match the draft, when the popup is open.
pub(crate) fn popup(state: &State) -> Vec<&'static SlashCommand> {
    if state.slash_closed || state.mode == Mode::Linear {
        return Vec::new();
    }
    match state.composer.completion() {
        Some(completion) if completion.sigil == '/' => SlashCommand::beginning_with(&completion.query),
        _ => Vec::new(),
    }
}

fn popup_key(state: &mut State, key: Key) -> Option<Vec<Cmd>> {
    let commands = popup(state);
    let last = commands.len().checked_sub(1)?;
    let selected = state.slash_selected.min(last);
    // Letters go on narrowing the list.
    let action = if key.typed().is_some() { None } else { state.keys.list.one(key) };
    match action {
        Some(ListAction::Cancel) => state.slash_closed = true,
        Some(ListAction::MoveUp) => state.slash_selected = selected.checked_sub(1).unwrap_or(last),
        Some(ListAction::MoveDown) => {
            state.slash_selected = if selected == last { 0 } else { selected + 1 };
        }
        Some(ListAction::Accept) => {
            let command = commands[selected];
            if let Some(refusal) = command.refusal(state) {
                state.remark = Some(refusal);
                return Some(Vec::new());
            }
            state.composer.set_text("");
            return Some(command.run(state, ""));
        }
        _ if is(key, "tab") => {
            if let Some(completion) = state.composer.completion() {
                state.composer.complete(completion.range, &format!("/{} ", commands[selected].name));
            }
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Keys the composer has no use for, whatever is typed.
fn before_composer(state: &mut State, action: Action) -> Option<Vec<Cmd>> {
    if let Some(cmds) = linear::action(state, action) {
        return Some(cmds);
    }
    let page = isize::try_from(transcript_height(state).saturating_sub(2).max(1)).unwrap_or(1);
    Some(match action {
        Action::ToggleDetail => {
            toggle_detail(state);
            Vec::new()
        }
        Action::Copy => copy_reply(state),
        Action::ClearScreen => {
            if state.mode == Mode::Inline {
                state.print_again();
            }
            vec![Cmd::Repaint]
        }
        Action::Find => {
            if state.mode == Mode::Inline {
                toggle_detail(state);
            }
            find::open(state)
        }
        Action::FocusActivity => pointing::focus_activity(state),
        Action::Warnings => warnings::open(state),
        Action::RawOutput => {
            pointing::toggle_raw(state);
            Vec::new()
        }
        Action::Suspend => vec![Cmd::Suspend],
        Action::EditQueued => {
            if let Some(newest) = state.queue.pop_back() {
                state.composer.restore(newest);
            }
            Vec::new()
        }
        Action::Shortcuts => {
            state.overlays.push(Overlay::Card { card: help_card(state), scroll: 0 });
            Vec::new()
        }
        Action::PageUp => scroll(state, -page),
        Action::PageDown => scroll(state, page),
        Action::RowUp => scroll(state, -1),
        Action::RowDown => scroll(state, 1),
        Action::Top => {
            let height = transcript_height(state);
            if state.mode == Mode::Fullscreen {
                state.transcript.scroll_to_top(height);
            }
            load_near_top(state)
        }
        Action::Bottom => {
            state.transcript.scroll_to_bottom();
            Vec::new()
        }
        Action::LessEffort => steering::step_effort(state, Step::Less),
        Action::MoreEffort => steering::step_effort(state, Step::More),
        Action::CycleMode => steering::cycle_mode(state),
        Action::ExternalEditor => vec![Cmd::EditDraft(state.composer.expanded())],
        Action::PasteImage => vec![Cmd::Job(Job::PasteImage)],
        Action::ToggleVim => {
            super::commands::toggle_vim(state);
            Vec::new()
        }
        Action::Interrupt | Action::CtrlC | Action::CtrlD => return None,
    })
}

/// Keys the composer left alone.
fn after_composer(state: &mut State, action: Action) -> Vec<Cmd> {
    match action {
        // A lone `!` is the shell mode; Escape leaves it.
        Action::Interrupt if state.composer.text() == "!" => {
            state.composer.set_text("");
            Vec::new()
        }
        Action::Interrupt if state.transcript.is_scrolled() => {
            state.transcript.set_marks(Marks::default());
            state.transcript.scroll_to_bottom();
            Vec::new()
        }
        Action::Interrupt if pointing::arm(state) => Vec::new(),
        Action::Interrupt => {
            let follow = if state.steers.is_empty() { Stop::AndWait } else { Stop::AndGoOn };
            interrupt(state, follow)
        }
        Action::CtrlC => {
            if state.composer.clear_to_history() {
                return Vec::new();
            }
            if state.turn.is_some() {
                return interrupt(state, Stop::AndWait);
            }
            state.leaving = true;
            vec![Cmd::Leave(Leave::Wanted)]
        }
        Action::CtrlD if state.composer.is_empty() && state.turn.is_none() => {
            state.leaving = true;
            vec![Cmd::Leave(Leave::Wanted)]
        }
        _ => Vec::new(),
    }
}

pub(super) fn interrupt(state: &mut State, follow: Stop) -> Vec<Cmd> {
    match &mut state.turn {
        Some(turn) if turn.stop == Stop::No => {
            turn.stop = follow;
            vec![Cmd::Submit(Op::Interrupt)]
        }
        _ => Vec::new(),
    }
}

fn toggle_detail(state: &mut State) {
    match state.mode {
        Mode::Fullscreen => pointing::toggle_detail(state),
        Mode::Inline | Mode::Linear => {
            let pager = Pager::open(&mut state.transcript);
            state.overlays.push(Overlay::Pager(pager));
        }
    }
}

/// Moves the conversation, and asks for older items near its beginning.
pub(super) fn scroll(state: &mut State, rows: isize) -> Vec<Cmd> {
    if !state.fills_screen() {
        return Vec::new();
    }
    if let Some(Overlay::Picker(picker)) = state.overlays.last_mut() {
        picker.step(rows.signum());
        return picking::look(state);
    }
    let page = page::body_height(state.height);
    match state.overlays.last_mut() {
        Some(Overlay::Card { scroll, .. }) => {
            *scroll = scroll.saturating_add_signed(rows);
            return Vec::new();
        }
        Some(Overlay::Page(open)) => {
            open.scroll(rows, state.width, page);
            return Vec::new();
        }
        Some(Overlay::List(layer)) => {
            layer.list.leap(rows.signum());
            choosing::moved(state);
            return Vec::new();
        }
        Some(Overlay::Items(_)) => return Vec::new(),
        Some(Overlay::Picker(_) | Overlay::Pager(_)) | None => {}
    }
    let height = transcript_height(state);
    state.transcript.scroll_by(rows, height);
    load_near_top(state)
}

/// Asks for older items when the beginning of what is shown is near.
pub(super) fn load_near_top(state: &mut State) -> Vec<Cmd> {
    let height = transcript_height(state);
    let near = state.transcript.is_scrolled() && state.transcript.top_entry(height) < HISTORY_NEAR;
    match (state.history, state.thread_id()) {
        (History::More, Some(id)) if near => {
            state.history = History::Loading { first: false };
            vec![Cmd::LoadEarlier { id, restart: false }]
        }
        _ => Vec::new(),
    }
}

fn paste(state: &mut State, text: &str) -> Vec<Cmd> {
    if linear::takes_answers(state) && state.welcome.is_none() {
        linear::paste(state, text);
        return Vec::new();
    }
    if let Some(welcome) = &mut state.welcome {
        welcome::paste(welcome, text);
        return Vec::new();
    }
    if let Some(Pointing::Find(_)) = state.pointing {
        return find::paste(state, text);
    }
    state.armed = false;
    match state.overlays.last_mut() {
        Some(Overlay::Picker(picker)) => {
            picker.filter.push_str(&one_line(text));
            picker.narrow();
        }
        Some(Overlay::List(layer)) => layer.list.paste(text),
        Some(Overlay::Page(open)) => page::paste(open, text),
        Some(_) => {}
        None if !state.asking.is_empty() => {}
        None if !state.forms.is_empty() => {
            if let Some(open) = state.forms.front_mut() {
                questions::paste(open, text);
            }
        }
        None => {
            state.composer.paste(text);
            state.slash_closed = false;
            state.slash_selected = 0;
        }
    }
    Vec::new()
}
