//! Choosing a saved thread: filter while typing, newest first.

use std::path::Path;
use std::time::SystemTime;

use codex_core::SavedThread;

/// Which threads are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    ThisFolder,
    AllFolders,
}

/// The picker's rows.
#[derive(Debug)]
pub(crate) enum Rows {
    Loading,
    Failed(String),
    Ready(Vec<SavedThread>),
}

/// The picker.
#[derive(Debug)]
pub(crate) struct Picker {
    pub(crate) scope: Scope,
    pub(crate) rows: Rows,
    pub(crate) filter: String,
    pub(crate) selected: usize,
}

impl Picker {
    /// An empty list that waits for its rows.
    pub(crate) fn new() -> Self {
        Self { scope: Scope::ThisFolder, rows: Rows::Loading, filter: String::new(), selected: 0 }
    }

    /// Rows that match what was typed.
    pub(crate) fn shown(&self) -> Vec<&SavedThread> {
        let Rows::Ready(rows) = &self.rows else { return Vec::new() };
        let words: Vec<String> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let matches = |thread: &&SavedThread| {
            let text = format!(
                "{} {} {} {}",
                thread.name.as_deref().unwrap_or_default(),
                thread.cwd.display(),
                thread.branch.as_deref().unwrap_or_default(),
                thread.id
            )
            .to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        };
        rows.iter().filter(matches).collect()
    }

    /// The chosen row.
    pub(crate) fn chosen(&self) -> Option<&SavedThread> {
        let shown = self.shown();
        shown.get(self.selected.min(shown.len().saturating_sub(1))).copied()
    }

    /// Up (negative) or down.
    pub(crate) fn step(&mut self, rows: isize) {
        let last = self.shown().len().saturating_sub(1);
        self.selected = self.selected.min(last).saturating_add_signed(rows).min(last);
    }
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

/// What a row is called.
pub(crate) fn title(thread: &SavedThread) -> String {
    match &thread.name {
        Some(name) => name.clone(),
        None => format!("{} · {}", folder_name(&thread.cwd), thread.id),
    }
}

fn folder_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
