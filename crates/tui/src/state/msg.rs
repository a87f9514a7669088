//! What can happen to the UI, and what it can ask for.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use codex_core::{SavedThread, ThreadOrigin};
use codex_protocol::{Event, Op, ThreadId, TurnItem};
use crossterm::event::KeyEvent;

/// One happening.
#[derive(Debug)]
pub(crate) enum Msg {
    /// The time since the UI began; comes before every batch.
    Clock(Duration),
    /// The wall clock: hours and minutes as people read them, and the moment.
    WallClock {
        shown: String,
        moment: SystemTime,
    },
    Key(KeyEvent),
    Paste(String),
    /// An image file whose path was pasted.
    Image(PathBuf),
    /// The wheel, in rows; up is negative.
    Wheel(isize),
    Resize {
        width: u16,
        height: u16,
    },
    Focus(bool),
    Thread(ThreadMsg),
    /// Saved threads for the picker.
    Saved(Result<Vec<SavedThread>, String>),
    /// The program is asked to end (SIGTERM, SIGHUP, terminal gone).
    Terminate,
}

/// From the thread and its file.
#[derive(Debug)]
pub(crate) enum ThreadMsg {
    /// The thread could not be opened: why, and the way out.
    OpenFailed {
        message: String,
        hint: Option<String>,
    },
    Event(Box<Event>),
    /// The thread's task is gone.
    Gone,
    /// Earlier items of a saved thread, newest first; `more` when older ones remain.
    Earlier {
        items: Vec<TurnItem>,
        more: bool,
    },
    /// Earlier items cannot be read.
    EarlierFailed(String),
}

/// One wish.
#[derive(Debug, Clone)]
pub(crate) enum Cmd {
    Submit(Op),
    /// Opens the thread the UI was started for.
    OpenFirst,
    /// Closes the thread at hand and opens another.
    Open(ThreadOrigin),
    /// The next page of the saved thread's earlier items; the first when `restart`.
    LoadEarlier {
        id: ThreadId,
        restart: bool,
    },
    ListSaved {
        all_folders: bool,
    },
    /// Puts text on the clipboard through the terminal.
    Copy(String),
    /// Tells a person who looks elsewhere; the text holds no control character.
    Notify(String),
    /// Clears the screen and draws it anew.
    Repaint,
    Suspend,
    Leave(Leave),
}

/// Why the UI ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leave {
    /// The person wants to.
    Wanted,
    /// The thread could not be opened, or a signal asked.
    Forced,
}
