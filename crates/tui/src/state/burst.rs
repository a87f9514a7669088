//! Pastes of terminals that do not mark them: keys that come faster than fingers (`tui.md §5`, `disable_paste_burst`).
//! Nothing is held back but Enter and Tab, and these only for a moment: when more keys follow at once, they were part
//! of a paste. Input methods send whole words at once, so other characters than ASCII never count.

use std::time::Duration;

use crossterm::event::KeyCode;

use super::ui_state::State;
use crate::keymap::Key;

/// Between two keys of a paste.
const GAP_MAX: Duration = Duration::from_millis(8);
/// Keys in a row that are a paste.
const RUN_MIN: usize = 3;
/// How long Enter waits for what follows it.
const HOLD: Duration = Duration::from_millis(30);

/// What is known of the keys before this one.
#[derive(Debug, Default)]
pub(crate) struct Burst {
    run: usize,
    last: Option<Duration>,
    /// A key that waits, and since when.
    held: Option<(Key, Duration)>,
    /// The paste has had a line break: its last Enter is one too.
    broken: bool,
}

/// What to do with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is what it is.
    Key,
    /// It waits.
    Held,
    /// The key that waited was text; then this one is what it is.
    TextBefore(&'static str),
    /// The key that waited was text, and now this one waits.
    TextAndHeld(&'static str),
    /// The key that waited was a key, and so is this one.
    KeyBefore(Key),
}

/// Looks at a key before anything else does.
pub(super) fn see(state: &mut State, key: Key) -> Verdict {
    let now = state.now;
    let composing = state.overlays.is_empty() && state.asking.is_empty() && state.welcome.is_none();
    let counts = state.settings.paste_burst && composing;
    let burst = &mut state.burst;
    let fast = burst.last.is_some_and(|last| now.saturating_sub(last) <= GAP_MAX);
    let ascii = counts && key.typed().is_some_and(|c| c.is_ascii());
    let joint = counts && text_of(key).is_some();
    let held = burst.held.take();
    if let Some((before, since)) = held {
        let text = text_of(before).filter(|_| (ascii || joint) && now.saturating_sub(since) <= HOLD);
        let Some(text) = text else {
            *burst = Burst::default();
            return Verdict::KeyBefore(before);
        };
        burst.broken = true;
        burst.last = Some(now);
        if joint {
            burst.held = Some((key, now));
            return Verdict::TextAndHeld(text);
        }
        burst.run += 1;
        return Verdict::TextBefore(text);
    }
    if ascii {
        if !fast {
            *burst = Burst::default();
        }
        burst.run += 1;
        burst.last = Some(now);
        return Verdict::Key;
    }
    if joint && fast && burst.run >= RUN_MIN {
        burst.held = Some((key, now));
        burst.last = Some(now);
        return Verdict::Held;
    }
    *burst = Burst::default();
    Verdict::Key
}

/// The key or text that has waited long enough.
pub(super) fn release(state: &mut State) -> Option<Result<Key, &'static str>> {
    let (key, since) = state.burst.held?;
    if state.now.saturating_sub(since) <= HOLD {
        return None;
    }
    let broken = std::mem::take(&mut state.burst).broken;
    Some(text_of(key).filter(|_| broken).map_or(Ok(key), Err))
}

/// When a waiting key is due, counted as the clock of the state.
pub(crate) fn due(state: &State) -> Option<Duration> {
    state.burst.held.map(|(_, since)| since + HOLD + Duration::from_millis(1))
}

/// What a paste means by a key that does something else when it is pressed.
fn text_of(key: Key) -> Option<&'static str> {
    match key.code {
        _ if !key.mods.is_empty() => None,
        KeyCode::Enter => Some("\n"),
        KeyCode::Tab => Some("\t"),
        _ => None,
    }
}
