//! Choosing a saved thread: what is listed, in which order, narrowed by what is typed (`tui.md` 11).
//! Invariant: a key costs no more than one look at every row's text; ten thousand rows are as quick as ten.

use std::path::Path;
use std::time::SystemTime;

use codex_config::SessionPickerView;
use codex_core::{SavedShelf, SavedSort, SavedThread};
use codex_protocol::ThreadId;

/// Which threads are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    ThisFolder,
    AllFolders,
}

/// What is asked of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) scope: Scope,
    pub(crate) shelf: SavedShelf,
    pub(crate) sort: SavedSort,
}

/// Which rows of a list an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// A new list begins with them.
    First,
    /// They follow those that came before.
    Later,
}

/// Which choice the arrows change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Focus {
    Rows,
    Scope,
    Shelf,
    Sort,
}

/// The picker's rows.
#[derive(Debug)]
pub(crate) enum Rows {
    Loading,
    Failed(String),
    Ready {
        all: Vec<SavedThread>,
        /// What each is searched by, in lower case.
        texts: Vec<String>,
        /// More rows are on their way.
        more: bool,
    },
}

/// The end of a thread, to see what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Preview {
    pub(crate) id: ThreadId,
    /// Who said what, oldest first.
    pub(crate) said: Vec<(Speaker, String)>,
}

/// Who spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    Person,
    Model,
    /// Something was done.
    Deed,
}

/// The picker.
#[derive(Debug)]
pub(crate) struct Picker {
    pub(crate) listing: Listing,
    pub(crate) focus: Focus,
    pub(crate) view: SessionPickerView,
    pub(crate) rows: Rows,
    pub(crate) filter: String,
    /// Places of the rows that match, in order.
    matching: Vec<usize>,
    pub(crate) selected: usize,
    pub(crate) preview: Option<Preview>,
    /// The thread whose preview is being read.
    pub(crate) reading: Option<ThreadId>,
    /// The preview takes half of the screen.
    pub(crate) expanded: bool,
    /// One passing remark.
    pub(crate) remark: Option<String>,
}

impl Picker {
    /// An empty list that waits for its rows.
    pub(crate) fn new(view: SessionPickerView) -> Self {
        let listing =
            Listing { scope: Scope::ThisFolder, shelf: SavedShelf::Active, sort: SavedSort::Updated };
        Self {
            listing,
            focus: Focus::Rows,
            view,
            rows: Rows::Loading,
            filter: String::new(),
            matching: Vec::new(),
            selected: 0,
            preview: None,
            reading: None,
            expanded: false,
            remark: None,
        }
    }

    /// Takes in an answer; those to another question are dropped. The chosen row stays chosen.
    pub(crate) fn listed(&mut self, listing: Listing, rows: Result<Vec<SavedThread>, String>, more: bool) {
        if listing != self.listing {
            return;
        }
        let chosen = self.chosen().map(|thread| thread.id);
        self.rows = match rows {
            Ok(all) => Rows::Ready { texts: all.iter().map(search_text).collect(), all, more },
            Err(error) => Rows::Failed(error),
        };
        self.narrow();
        if let (Some(id), Rows::Ready { all, .. }) = (chosen, &self.rows) {
            let place = self.matching.iter().position(|at| all.get(*at).is_some_and(|row| row.id == id));
            self.selected = place.unwrap_or(0);
        }
    }

    /// Takes in rows that follow the ones at hand; nothing that is shown moves.
    pub(crate) fn grown(&mut self, listing: Listing, rows: Vec<SavedThread>, still: bool) {
        let words = self.words();
        let Rows::Ready { all, texts, more } = &mut self.rows else { return };
        if listing != self.listing {
            return;
        }
        for thread in rows {
            let text = search_text(&thread);
            if matches(&words, &text) {
                self.matching.push(all.len());
            }
            texts.push(text);
            all.push(thread);
        }
        *more = still;
    }

    /// Another list is asked for.
    pub(crate) fn list(&mut self, listing: Listing) {
        self.listing = listing;
        self.rows = Rows::Loading;
        self.narrow();
    }

    /// What is typed has changed.
    pub(crate) fn narrow(&mut self) {
        self.selected = 0;
        let words = self.words();
        self.matching = match &self.rows {
            Rows::Ready { texts, .. } => {
                texts.iter().enumerate().filter(|(_, text)| matches(&words, text)).map(|(at, _)| at).collect()
            }
            Rows::Loading | Rows::Failed(_) => Vec::new(),
        };
    }

    fn words(&self) -> Vec<String> {
        self.filter.split_whitespace().map(str::to_lowercase).collect()
    }

    /// How many rows match.
    pub(crate) fn count(&self) -> usize {
        self.matching.len()
    }

    /// Matching rows from one place on.
    pub(crate) fn shown(&self, from: usize, most: usize) -> impl Iterator<Item = (usize, &SavedThread)> {
        let all = match &self.rows {
            Rows::Ready { all, .. } => all.as_slice(),
            Rows::Loading | Rows::Failed(_) => &[],
        };
        let window = self.matching.iter().enumerate().skip(from).take(most);
        window.filter_map(|(at, place)| Some((at, all.get(*place)?)))
    }

    /// The chosen row.
    pub(crate) fn chosen(&self) -> Option<&SavedThread> {
        self.shown(self.selected, 1).next().map(|(_, thread)| thread)
    }

    /// Up (negative) or down.
    pub(crate) fn step(&mut self, rows: isize) {
        let last = self.count().saturating_sub(1);
        self.selected = self.selected.min(last).saturating_add_signed(rows).min(last);
    }

    /// The thread whose end should be read next, if none is being read: the chosen one.
    pub(crate) fn wants_preview(&mut self) -> Option<ThreadId> {
        let id = self.chosen()?.id;
        let known = self.preview.as_ref().is_some_and(|preview| preview.id == id);
        if known || self.reading.is_some() {
            return None;
        }
        self.reading = Some(id);
        Some(id)
    }
}

fn matches(words: &[String], text: &str) -> bool {
    words.iter().all(|word| text.contains(word.as_str()))
}

fn search_text(thread: &SavedThread) -> String {
    format!(
        "{} {} {} {} {}",
        thread.name.as_deref().unwrap_or_default(),
        thread.first_prompt.as_deref().unwrap_or_default(),
        thread.cwd.display(),
        thread.branch.as_deref().unwrap_or_default(),
        thread.id
    )
    .to_lowercase()
}

/// `3m ago`.
pub(crate) fn age(modified: SystemTime, now: SystemTime) -> String {
    let seconds = now.duration_since(modified).unwrap_or_default().as_secs();
    match seconds {
        0..60 => format!("{seconds}s ago"),
        60..3600 => format!("{}m ago", seconds / 60),
        3600..86_400 => format!("{}h ago", seconds / 3600),
        _ => format!("{}d ago", seconds / 86_400),
    }
}

/// What a row is called: its name, what was said first, or where it lies.
pub(crate) fn title(thread: &SavedThread) -> String {
    let first = thread.first_prompt.as_deref().filter(|prompt| !prompt.trim().is_empty());
    match (&thread.name, first) {
        (Some(name), _) => name.clone(),
        (None, Some(prompt)) => prompt.to_owned(),
        (None, None) => format!("{} · {}", folder_name(&thread.cwd), thread.id),
    }
}

fn folder_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
