//! All that the UI knows. Invariant: everything on the screen follows from it, and only `update` changes it.

use std::cell::Cell as Slot;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use codex_config::{KeyChange, TuiSettings};
use codex_protocol::{Approval, ThreadId, ThreadInfo, TokenUsage};

use super::around::Around;
use super::asking::Asking;
use super::burst::Burst;
use super::mention::Mention;
use super::msg::Cmd;
use super::notify;
use super::overlay::Overlay;
use super::picker::Picker;
use super::pointing::Pointing;
use super::questions::Answering;
use super::selecting::Press;
use super::turn::Turn;
use super::welcome::Welcome;
use crate::cells::{Cell, Detail, Notice, SPOKEN_COLUMNS, View};
use crate::composer::{Composer, Outcome, Submission};
use crate::keymap::{Key, Keys};
use crate::transcript::{Printable, Printed, Transcript};

/// Rows of a long conversation that inline mode prints at once; what is older stays in the pager.
const REPRINT_ROWS_MAX: usize = 5_000;

/// How the UI shares the terminal (`tui.md` 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The alternate screen, own scrolling.
    Fullscreen,
    /// The normal screen; finished cells go to the terminal's scrollback.
    Inline,
    /// Plain lines below one another for screen readers; nothing is drawn twice.
    Linear,
}

/// What a UI opens first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// The thread of the start.
    Thread,
    /// The list of saved threads; the thread of the start when none is chosen (`codex resume` without an id).
    Picker,
}

/// What a UI begins with.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) mode: Mode,
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Working folder, and the home folder it is shortened by.
    pub(crate) cwd: PathBuf,
    pub(crate) home: Option<PathBuf>,
    /// Shown until the thread tells.
    pub(crate) model: Option<String>,
    pub(crate) initial_prompt: Option<String>,
    /// `[tui]` and its kin.
    pub(crate) settings: TuiSettings,
    pub(crate) warnings: Vec<String>,
    pub(crate) opening: Opening,
    /// Whether a login is missing, and the folder whose trust is open.
    pub(crate) first_run: (bool, Option<PathBuf>),
    /// Put into the empty composer one after the other, while nothing runs.
    pub(crate) suggestions: Vec<String>,
}

/// Makes a change to the keys, or says what is wrong with it.
fn apply(change: &KeyChange, keys: &mut Keys) -> Option<String> {
    let names: Vec<&str> = change.keys.iter().map(String::as_str).collect();
    keys.set(&change.context, &change.action, &names).err().map(|error| error.to_string())
}

/// The thread as the UI sees it.
#[derive(Debug)]
pub(crate) enum ThreadState {
    Opening,
    Open(Box<ThreadInfo>),
    /// Its task ended, or it could not be opened.
    Closed,
}

/// What is known of items before this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum History {
    /// There are none, or all are shown.
    Complete,
    /// A page is asked for; `first` when none is shown yet.
    Loading { first: bool },
    /// Older items can be asked for.
    More,
}

/// The state.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) mode: Mode,
    /// Columns that lines are made for.
    pub(crate) width: u16,
    pub(crate) height: u16,
    /// Columns of the terminal.
    pub(crate) columns: u16,
    pub(crate) now: Duration,
    pub(crate) wall_clock: Option<String>,
    pub(crate) today: SystemTime,
    pub(crate) focused: bool,
    pub(crate) cwd: PathBuf,
    pub(crate) home: Option<PathBuf>,
    pub(crate) model: Option<String>,
    /// `[tui]` and its kin.
    pub(crate) settings: TuiSettings,
    pub(crate) transcript: Transcript,
    pub(crate) printed: Printed,
    /// Inline: what is printed belongs to other columns or another thread, and must go.
    pub(crate) start_over: bool,
    /// What is typed to answer a question by its number (linear mode).
    pub(crate) answer: String,
    pub(crate) composer: Composer,
    /// What every key means.
    pub(crate) keys: Keys,
    /// The beginning of a chord.
    pub(crate) begun: Vec<Key>,
    /// First visible row of the composer, kept between frames.
    pub(crate) composer_top: Slot<usize>,
    pub(crate) slash_selected: usize,
    /// The slash popup was closed for this text.
    pub(crate) slash_closed: bool,
    /// Keys that came very fast.
    pub(crate) burst: Burst,
    /// Files and skills for the popups.
    pub(crate) mention: Mention,
    pub(crate) thread: ThreadState,
    pub(crate) history: History,
    pub(crate) turn: Option<Turn>,
    /// Sent to the running turn, not yet taken in.
    pub(crate) steers: Vec<Submission>,
    /// For the turns after this one.
    pub(crate) queue: VecDeque<Submission>,
    pub(crate) overlays: Vec<Overlay>,
    pub(crate) around: Around,
    /// Something of the conversation is pointed at, and has the keys.
    pub(crate) pointing: Option<Pointing>,
    /// The left button of the mouse.
    pub(crate) press: Option<Press>,
    /// Esc was pressed once on an empty composer.
    pub(crate) armed: bool,
    /// What was looked for last.
    pub(crate) sought: String,
    /// Questions to the person, the one shown first.
    pub(crate) asking: VecDeque<Asking>,
    /// Questions the reviewer looks at.
    pub(crate) under_review: Vec<Approval>,
    /// What the reviewer refused, the last one last.
    pub(crate) refused: Vec<Approval>,
    /// Forms of the model's questions, the one shown first.
    pub(crate) forms: VecDeque<Answering>,
    pub(crate) tokens: TokenUsage,
    pub(crate) last_tokens: TokenUsage,
    pub(crate) context_window: Option<u64>,
    pub(crate) plan: Option<(usize, usize)>,
    /// One passing remark in the hint row.
    pub(crate) remark: Option<String>,
    /// Nothing is opened before a thread is chosen from the list.
    pub(crate) picks_first: bool,
    /// No thread was open yet in this run.
    pub(crate) is_first_open: bool,
    /// What a first run still has to settle.
    pub(crate) welcome: Option<Welcome>,
    /// Put into the empty composer one after the other, while nothing runs.
    pub(crate) suggestions: VecDeque<String>,
    /// Turns that were begun in this run.
    pub(crate) turns: usize,
    pub(crate) last_reply: Option<String>,
    pub(crate) local_ids: u64,
    pub(crate) leaving: bool,
    /// What is said after the screen is given back.
    pub(crate) parting_line: Option<String>,
}

impl State {
    /// The state before anything happened.
    pub(crate) fn new(setup: Setup) -> Self {
        let mut keys = Keys::default();
        let mut wrong: Vec<String> =
            setup.settings.keymap.iter().filter_map(|change| apply(change, &mut keys)).collect();
        wrong.append(&mut keys.conflicts());
        let mut state = Self {
            mode: setup.mode,
            width: setup.width,
            height: setup.height,
            columns: setup.width,
            now: Duration::ZERO,
            wall_clock: None,
            today: SystemTime::UNIX_EPOCH,
            focused: true,
            cwd: setup.cwd,
            home: setup.home,
            model: setup.model,
            settings: setup.settings,
            transcript: Transcript::new(setup.width),
            printed: Printed::default(),
            start_over: false,
            answer: String::new(),
            composer: Composer::new(keys.clone()),
            keys,
            begun: Vec::new(),
            composer_top: Slot::new(0),
            slash_selected: 0,
            slash_closed: false,
            burst: Burst::default(),
            mention: Mention::default(),
            thread: ThreadState::Opening,
            history: History::Complete,
            turn: None,
            steers: Vec::new(),
            queue: VecDeque::new(),
            overlays: Vec::new(),
            around: Around::default(),
            pointing: None,
            press: None,
            armed: false,
            sought: String::new(),
            asking: VecDeque::new(),
            under_review: Vec::new(),
            refused: Vec::new(),
            forms: VecDeque::new(),
            tokens: TokenUsage::default(),
            last_tokens: TokenUsage::default(),
            context_window: None,
            plan: None,
            remark: None,
            picks_first: setup.opening == Opening::Picker,
            is_first_open: true,
            welcome: Welcome::new(setup.first_run.0, setup.first_run.1),
            suggestions: setup.suggestions.into(),
            turns: 0,
            last_reply: None,
            local_ids: 0,
            leaving: false,
            parting_line: None,
        };
        if state.settings.raw_output_mode {
            state.transcript.set_view(View { detail: Detail::Raw, ..state.transcript.view() });
        }
        if state.settings.vim_mode_default {
            super::commands::toggle_vim(&mut state);
        }
        state.begin_transcript();
        let events = notify::unknown_names(&state.settings.notifications);
        for text in setup.warnings.into_iter().chain(wrong).chain(events) {
            state.around.warn(text.clone());
            state.transcript.push(Cell::notice(Notice::Warning, text));
        }
        state.resize(setup.width, setup.height);
        if setup.opening == Opening::Picker {
            let picker = Picker::new(state.settings.session_picker_view);
            state.overlays.push(Overlay::Picker(picker));
        }
        if let Some(prompt) = setup.initial_prompt.filter(|prompt| !prompt.trim().is_empty()) {
            state.composer.insert(&prompt);
            if let Ok(enter) = "enter".parse()
                && let Outcome::Submit(submission) = state.composer.handle(enter)
            {
                state.queue.push_back(submission);
            }
        }
        state
    }

    /// What opens the first thread, or the list of them.
    pub(crate) fn first_cmds(&self) -> Vec<Cmd> {
        match self.picks_first {
            true => match self.overlays.last() {
                Some(Overlay::Picker(picker)) => super::picking::ask(picker.listing),
                _ => Vec::new(),
            },
            false => vec![Cmd::OpenFirst],
        }
    }

    /// The next prepared text goes into an empty composer.
    pub(crate) fn suggest(&mut self) {
        if self.composer.is_empty()
            && let Some(text) = self.suggestions.pop_front()
        {
            self.composer.set_text(&text);
        }
    }

    /// An empty conversation under its header.
    pub(crate) fn begin_transcript(&mut self) {
        let detail = self.transcript.view().detail;
        self.transcript = Transcript::new(self.width);
        self.transcript.set_view(View { width: self.width, detail });
        self.printed = Printed::default();
        self.transcript.push(Cell::Header { folder: self.folder() });
        self.pointing = None;
        self.history = History::Complete;
        self.plan = None;
        self.last_reply = None;
        self.tokens = TokenUsage::default();
        self.last_tokens = TokenUsage::default();
    }

    /// The terminal's size.
    pub(crate) fn resize(&mut self, width: u16, height: u16) {
        if self.width != width && self.mode == Mode::Inline {
            self.print_again();
        }
        self.columns = width;
        // Lines for a screen reader are broken by the terminal alone.
        let width = if self.mode == Mode::Linear { SPOKEN_COLUMNS } else { width };
        (self.width, self.height) = (width, height);
        let view = View { width, ..self.transcript.view() };
        self.transcript.set_view(view);
        self.composer.set_width(width.saturating_sub(2).max(1));
    }

    /// Inline: the screen and its scrollback are cleared, and everything is printed again.
    pub(crate) fn print_again(&mut self) {
        self.printed = Printed::default();
        self.start_over = true;
    }

    /// The working folder as people write it.
    pub(crate) fn folder(&self) -> String {
        if let Some(home) = &self.home
            && let Ok(rest) = self.cwd.strip_prefix(home)
        {
            let rest = rest.display().to_string();
            return if rest.is_empty() { "~".to_owned() } else { format!("~/{rest}") };
        }
        self.cwd.display().to_string()
    }

    /// The open thread.
    pub(crate) fn info(&self) -> Option<&ThreadInfo> {
        match &self.thread {
            ThreadState::Open(info) => Some(info),
            ThreadState::Opening | ThreadState::Closed => None,
        }
    }

    /// The open thread's id.
    pub(crate) fn thread_id(&self) -> Option<ThreadId> {
        self.info().map(|info| info.thread_id)
    }

    /// Whether the whole screen is drawn, rather than a part below the shell's lines.
    pub(crate) fn fills_screen(&self) -> bool {
        self.mode == Mode::Fullscreen || self.overlays.iter().any(Overlay::fills_screen)
    }

    /// Lines for the scrollback since the last call (inline mode). Held back while earlier items are on their way.
    pub(crate) fn take_printable(&mut self) -> Printable {
        let entries_max = self.entries_ready();
        let mut printed = std::mem::take(&mut self.printed);
        let rows_max = match self.settings.terminal_resize_reflow_max_rows {
            Some(0) => usize::MAX,
            Some(rows) => rows,
            None => REPRINT_ROWS_MAX,
        };
        let mut out = self.transcript.take_printable(&mut printed, entries_max, rows_max);
        self.printed = printed;
        out.start_over |= std::mem::take(&mut self.start_over);
        out
    }

    /// How many cells may be given away; earlier items may still come between them.
    fn entries_ready(&self) -> usize {
        let waits = self.is_opening() || matches!(self.history, History::Loading { first: true });
        if waits { 1 } else { usize::MAX }
    }

    /// What can be said since the last call (linear mode), a block of lines for each cell.
    pub(crate) fn take_spoken(&mut self) -> Vec<Vec<String>> {
        let entries_max = self.entries_ready();
        self.transcript.take_spoken(entries_max)
    }

    /// Whether no thread is open yet.
    pub(crate) fn is_opening(&self) -> bool {
        matches!(self.thread, ThreadState::Opening)
    }

    /// Whether something moves by itself, so that frames follow one another.
    pub(crate) fn is_moving(&self) -> bool {
        self.turn.is_some() && self.mode != Mode::Linear
    }

    /// Whether older items are on their way.
    pub(crate) fn is_loading(&self) -> bool {
        matches!(self.history, History::Loading { .. })
    }

    /// Whether full details are on in the transcript itself.
    pub(crate) fn detail(&self) -> Detail {
        self.transcript.view().detail
    }
}
