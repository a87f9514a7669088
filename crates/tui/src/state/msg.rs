//! What can happen to the UI, and what it can ask for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use codex_config::{Config, SettingValue};
use codex_core::{BroughtBack, CommitSummary, HeldBy, Missing, SavedThread, ThreadOrigin};
use codex_file_search::Found;
use codex_protocol::{Event, ItemId, ModelChoice, Op, ThreadId, TurnItem};
use codex_skills::Skill;
use crossterm::event::KeyEvent;

use super::choosing::Away;
use super::door::{DoorAnswer, DoorAsk};
use super::gallery::Wanted;
use super::picker::{Listing, Share, Speaker};
use super::selecting::Button;
use crate::picture::Loaded;
use crate::theme::Shade;

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
    /// Image files whose paths were pasted.
    Images(Vec<PathBuf>),
    /// The draft as the editor left it, or why it is as it was.
    Edited(Result<String, String>),
    /// The wheel, in rows; up is negative.
    Wheel(isize),
    /// The left button, at a cell of the screen.
    Mouse {
        button: Button,
        x: u16,
        y: u16,
    },
    Resize {
        width: u16,
        height: u16,
    },
    Focus(bool),
    /// What the terminal says of its background.
    Background(Option<Shade>),
    Thread(ThreadMsg),
    /// What came of a wish at the door of a first run.
    Door(DoorAnswer),
    /// Saved threads for the picker.
    Saved {
        /// What was asked.
        listing: Listing,
        share: Share,
        rows: Result<Vec<SavedThread>, String>,
        /// More rows are on their way.
        more: bool,
    },
    /// A job is done.
    Done(Done),
    /// Files for the `@` popup.
    Files(Found),
    /// Skills for the `$` popup.
    Skills(Vec<Skill>),
    /// What was said in earlier runs, oldest first.
    Prompts(Vec<String>),
    /// The image of an item's cell; none when it can only be told of.
    Picture {
        item: ItemId,
        loaded: Option<Loaded>,
    },
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
    /// Reads a list of saved threads; its rows come share by share.
    ListSaved {
        listing: Listing,
    },
    /// Looks for files whose paths hold these letters; a search that runs goes on with them.
    FindFiles(String),
    /// Nobody looks for files any more.
    EndFileSearch,
    ListSkills,
    /// Reads the image of an item's cell; `Msg::Picture` comes back.
    LoadPicture(Wanted),
    /// Puts text on the clipboard through the terminal.
    Copy(String),
    /// Tells a person who looks elsewhere; the text holds no control character.
    Notify(String),
    /// Work beside the loop; its end comes as a [`Done`].
    Job(Job),
    /// Clears the screen and draws it anew.
    Repaint,
    Suspend,
    /// A wish at the door: what a first run needs, and the end of a login.
    Door(DoorAsk),
    /// Threads that are opened from now on have this configuration.
    UseConfig(Arc<Config>),
    /// Gives the draft to the person's editor; `Msg::Edited` comes back.
    EditDraft(String),
    Leave(Leave),
}

/// Work beside the loop.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Job {
    /// Keeps a setting in the person's `config.toml`; `key` is the path of the key.
    Keep { key: &'static [&'static str], value: SettingValue },
    /// Keeps the keys of an action.
    KeepKeys { context: &'static str, action: &'static str, value: SettingValue },
    /// Asks git what changed.
    Diff { cwd: PathBuf },
    /// Which files commands of the conversation removed.
    Missing { id: ThreadId },
    /// Brings files back.
    BringBack { id: ThreadId, paths: Vec<PathBuf> },
    /// Asks git for the branches.
    Branches { cwd: PathBuf },
    /// Asks git for the latest commits.
    Commits { cwd: PathBuf },
    /// Which models there are.
    Models,
    /// Puts a saved conversation on the shelf, or deletes it.
    PutAway { id: ThreadId, away: Away },
    /// Reads the end of a saved conversation.
    Preview { id: ThreadId },
    /// Reads the whole of one, as Markdown.
    Transcript { id: ThreadId },
    /// Finds out what holds commands.
    HeldBy,
    /// Reads which branch is checked out.
    Branch { cwd: PathBuf },
    /// Fetches the image on the clipboard into a file.
    PasteImage,
    /// Writes a conversation as Markdown; an existing file is left alone.
    Export { id: ThreadId, path: PathBuf },
}

/// What became of a job.
#[derive(Debug)]
pub(crate) enum Done {
    /// `Err` says why a setting could not be kept.
    Kept(Result<(), String>),
    Diff(Result<String, String>),
    Branch(Option<String>),
    HeldBy(HeldBy),
    Branches(Result<Vec<String>, String>),
    Commits(Result<Vec<CommitSummary>, String>),
    Preview {
        id: ThreadId,
        said: Vec<(Speaker, String)>,
    },
    Transcript {
        id: ThreadId,
        text: Result<String, String>,
    },
    Models(Result<Vec<ModelChoice>, String>),
    PutAway {
        away: Away,
        result: Result<(), String>,
    },
    Missing(Missing),
    BroughtBack(BroughtBack),
    Exported(Result<PathBuf, String>),
    /// The image of the clipboard, or why there is none.
    Image(Result<PathBuf, String>),
}

/// Why the UI ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leave {
    /// The person wants to.
    Wanted,
    /// The person wants to see the demo next.
    ForDemo,
    /// The thread could not be opened, or a signal asked.
    Forced,
}
