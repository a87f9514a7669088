//! A patch: which files, how many lines, and the changed rows.

use std::path::{Path, PathBuf};

use codex_protocol::{FileChange, FileChangeItem, ItemStatus};
use ratatui::text::{Line, Span};

use super::cell::{Detail, View};
use super::diff::{DiffRow, Side, hunks, whole_file};
use crate::look::Look;
use crate::text::{clean_output, clean_text, one_line, wrap};

/// Rows of one file shown in short.
const ROWS_MAX: usize = 24;

#[derive(Debug)]
struct File {
    verb: &'static str,
    name: String,
    rows: Vec<DiffRow>,
    added: usize,
    removed: usize,
}

/// The patch.
#[derive(Debug)]
pub(crate) struct PatchCell {
    files: Vec<File>,
    status: ItemStatus,
    error: String,
}

impl PatchCell {
    /// From an item; paths below `cwd` are shown relative to it.
    pub(crate) fn new(item: &FileChangeItem, cwd: &Path) -> Self {
        let files = item.changes.iter().map(|(path, change)| file(path, change, cwd)).collect();
        Self { files, status: item.status, error: item.stderr.clone() }
    }

    /// The cell's lines.
    pub(crate) fn lines(&self, view: View) -> Vec<Line<'static>> {
        let mut lines = vec![self.head()];
        let several = self.files.len() > 1;
        for file in &self.files {
            if several {
                let mut spans = vec![Look::Dim.span("  └ "), Span::raw(one_line(&file.name)), Span::raw(" ")];
                spans.extend(counts(file.added, file.removed));
                lines.push(Line::from(spans));
            }
            self.rows(file, view, &mut lines);
        }
        if self.status == ItemStatus::Failed && !self.error.trim().is_empty() {
            let text = clean_output(self.error.trim_end());
            lines.extend(wrap(
                &[Look::Bad.span(text)],
                view.columns(),
                &Look::Bad.span("  └ "),
                &Span::raw("    "),
            ));
        }
        lines
    }

    fn head(&self) -> Line<'static> {
        let (added, removed) = self
            .files
            .iter()
            .fold((0, 0), |(added, removed), file| (added + file.added, removed + file.removed));
        let verb = match (self.status, self.files.as_slice()) {
            (ItemStatus::Failed, _) => "Failed to edit",
            (ItemStatus::Declined, _) => "Did not edit",
            (ItemStatus::InProgress, _) => "Editing",
            (ItemStatus::Completed, [one]) => one.verb,
            (ItemStatus::Completed, _) => "Edited",
        };
        let what = match self.files.as_slice() {
            [] => "nothing".to_owned(),
            [one] => one_line(&one.name),
            files => format!("{} files", files.len()),
        };
        let mark = match self.status {
            ItemStatus::Completed => Look::Dim.span("• "),
            ItemStatus::InProgress => Look::Accent.span("• "),
            ItemStatus::Failed | ItemStatus::Declined => Look::Bad.span("• "),
        };
        let mut spans = vec![mark, Look::Bold.span(format!("{verb} ")), Span::raw(what), Span::raw(" ")];
        spans.extend(counts(added, removed));
        Line::from(spans)
    }

    fn rows(&self, file: &File, view: View, lines: &mut Vec<Line<'static>>) {
        let digits = file.rows.iter().map(|row| row.number).max().unwrap_or(0).to_string().len();
        let shown = match view.detail {
            Detail::Compact => file.rows.len().min(ROWS_MAX),
            Detail::Full => file.rows.len(),
        };
        for row in &file.rows[..shown] {
            if row.after_gap {
                lines.push(Line::from(Look::Dim.span(format!("    {:>digits$} ⋮", ""))));
            }
            lines.extend(row_lines(row, digits, view));
        }
        let hidden = file.rows.len() - shown;
        if hidden > 0 {
            lines.push(Line::from(Look::Dim.span(format!("    + {hidden} lines (^t to expand)"))));
        }
    }
}

fn row_lines(row: &DiffRow, digits: usize, view: View) -> Vec<Line<'static>> {
    let (sign, look, word) = match row.side {
        Side::Same => (" ", Look::Plain, Look::Plain),
        Side::Added => ("+", Look::Added, Look::AddedWord),
        Side::Removed => ("-", Look::Removed, Look::RemovedWord),
    };
    let mut spans = vec![look.span(sign)];
    match row.changed {
        Some((from, to)) if from < to => {
            spans.push(look.span(clean_text(&row.text[..from])));
            spans.push(word.span(clean_text(&row.text[from..to])));
            spans.push(look.span(clean_text(&row.text[to..])));
        }
        _ => spans.push(look.span(clean_text(&row.text))),
    }
    let first = Look::LineNumber.span(format!("    {:>digits$} ", row.number));
    let rest = Span::raw(" ".repeat(digits + 6));
    wrap(&spans, view.columns(), &first, &rest)
}

fn counts(added: usize, removed: usize) -> Vec<Span<'static>> {
    vec![
        Span::raw("("),
        Look::Added.span(format!("+{added}")),
        Span::raw(" "),
        Look::Removed.span(format!("-{removed}")),
        Span::raw(")"),
    ]
}

fn file(path: &Path, change: &FileChange, cwd: &Path) -> File {
    let shown = |path: &PathBuf| path.strip_prefix(cwd).unwrap_or(path).display().to_string();
    let path = path.to_path_buf();
    let (verb, name, rows) = match change {
        FileChange::Add { content } => ("Added", shown(&path), whole_file(content, Side::Added)),
        FileChange::Delete { content } => ("Deleted", shown(&path), whole_file(content, Side::Removed)),
        FileChange::Update { unified_diff, move_path } => {
            let name = match move_path {
                Some(to) if *to != path => format!("{} → {}", shown(&path), shown(to)),
                _ => shown(&path),
            };
            ("Edited", name, hunks(unified_diff))
        }
    };
    let count = |side: Side| rows.iter().filter(|row| row.side == side).count();
    File { verb, name, added: count(Side::Added), removed: count(Side::Removed), rows }
}
