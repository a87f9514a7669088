//! A patch: which files, how many lines, and the changed rows.

use std::ops::Range;
use std::path::{Path, PathBuf};

use codex_protocol::{FileChange, FileChangeItem, ItemStatus};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::cell::{Detail, View};
use super::diff::{DiffRow, Side, hunks, whole_file};
use crate::code::{Highlighter, Run};
use crate::look::{CodeLook, Look};
use crate::text::{clean_output, clean_text, one_line, wrap};

/// Rows of one file shown in short.
const ROWS_MAX: usize = 24;

/// What a theme is shown on.
const SAMPLE: &str = "@@ -7,4 +7,4 @@\n // One line for everybody.\n pub fn greet(name: &str) -> String {\n-    format!(\"hello {name}\")\n+    format!(\"welcome, {name}!\")\n }\n";

#[derive(Debug)]
struct File {
    verb: &'static str,
    name: String,
    /// Tells the language.
    path: String,
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

    /// A small edit that shows what colours look like.
    pub(crate) fn sample() -> Self {
        let path = PathBuf::from("src/greet.rs");
        let change = FileChange::Update { unified_diff: SAMPLE.to_owned(), move_path: None };
        let files = vec![file(&path, &change, Path::new(""))];
        Self { files, status: ItemStatus::Completed, error: String::new() }
    }

    /// The cell's lines.
    pub(crate) fn lines(&self, view: View) -> Vec<Line<'static>> {
        let mut lines = wrap(&self.head(), view.columns(), &self.mark(), &Span::raw("  "));
        let several = self.files.len() > 1;
        for file in &self.files {
            if several {
                let verb = if file.verb == "Edited" { String::new() } else { format!("{} ", file.verb) };
                let mut spans = vec![Look::Dim.span(verb), Span::raw(one_line(&file.name)), Span::raw(" ")];
                spans.extend(counts(file.added, file.removed));
                lines.extend(wrap(&spans, view.columns(), &Look::Dim.span("  └ "), &Span::raw("    ")));
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

    fn head(&self) -> Vec<Span<'static>> {
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
        let mut spans = vec![Look::Bold.span(format!("{verb} ")), Span::raw(what), Span::raw(" ")];
        spans.extend(counts(added, removed));
        spans
    }

    fn mark(&self) -> Span<'static> {
        match self.status {
            ItemStatus::Completed => Look::Dim.span("• "),
            ItemStatus::InProgress => Look::Accent.span("• "),
            ItemStatus::Failed | ItemStatus::Declined => Look::Bad.span("• "),
        }
    }

    fn rows(&self, file: &File, view: View, lines: &mut Vec<Line<'static>>) {
        let digits = file.rows.iter().map(|row| row.number).max().unwrap_or(0).to_string().len();
        let shown = match view.detail {
            Detail::Compact => file.rows.len().min(ROWS_MAX),
            Detail::Full | Detail::Raw => file.rows.len(),
        };
        let mut painter = Painter::of_file(&file.path);
        for row in &file.rows[..shown] {
            if row.after_gap {
                lines.push(Line::from(Look::Dim.span(format!("    {:>digits$} ⋮", ""))));
            }
            lines.extend(row_lines(row, digits, &mut painter, view));
        }
        let hidden = file.rows.len() - shown;
        if hidden > 0 {
            lines.push(Line::from(Look::Dim.span(format!("    + {hidden} lines (^t to expand)"))));
        }
    }
}

/// Colours for the rows of one file. Both sides of a change are read from where they part.
struct Painter {
    old: Option<Highlighter>,
    new: Option<Highlighter>,
    fresh: Option<Highlighter>,
}

impl Painter {
    fn of_file(name: &str) -> Self {
        let fresh = Highlighter::of_path(name);
        Self { old: fresh.clone(), new: fresh.clone(), fresh }
    }

    /// The stretches of the row's clean text, in order.
    fn runs(&mut self, row: &DiffRow, text: &str) -> Vec<Run> {
        if row.after_gap {
            (self.old, self.new) = (self.fresh.clone(), self.fresh.clone());
        }
        let read = |side: &mut Option<Highlighter>| side.as_mut().map(|side| side.line(text));
        let runs = match row.side {
            Side::Removed => read(&mut self.old),
            Side::Added => read(&mut self.new),
            Side::Same => {
                let runs = read(&mut self.new);
                self.old = self.new.clone();
                runs
            }
        };
        runs.unwrap_or_default()
    }
}

fn row_lines(row: &DiffRow, digits: usize, painter: &mut Painter, view: View) -> Vec<Line<'static>> {
    let (sign, look, word, band) = match row.side {
        Side::Same => (" ", Look::Plain, Look::Plain, Style::new()),
        Side::Added => ("+", Look::Added, Look::AddedWord, Look::AddedBand.style()),
        Side::Removed => ("-", Look::Removed, Look::RemovedWord, Look::RemovedBand.style()),
    };
    let (text, changed) = clean_row(row);
    let runs = painter.runs(row, &text);
    let style_at = |run: Option<&Run>, differs: bool| {
        let plain = run.is_none_or(|run| matches!(run.look, CodeLook::Plain | CodeLook::Operator));
        match (run, differs) {
            (None, true) => word.style(),
            (None, false) => look.style(),
            // What differs keeps its colour and stands out by the rest of the look.
            (Some(run), true) if !plain => Style { fg: run.look.style().fg, ..word.style() },
            (Some(_), true) => word.style(),
            (Some(run), false) => run.look.style(),
        }
    };
    let mut cuts: Vec<usize> = runs.iter().map(|run| run.bytes.end).collect();
    cuts.extend(changed.iter().flat_map(|range| [range.start, range.end]));
    cuts.push(text.len());
    cuts.sort_unstable();
    cuts.dedup();
    let mut spans = vec![look.span(sign)];
    let mut from = 0;
    for to in cuts.into_iter().filter(|cut| *cut > 0) {
        let run = runs.get(runs.partition_point(|run| run.bytes.end <= from));
        let next = changed.partition_point(|range| range.end <= from);
        let differs = changed.get(next).is_some_and(|range| range.contains(&from));
        spans.push(Span::styled(text.get(from..to).unwrap_or_default().to_owned(), style_at(run, differs)));
        from = to;
    }
    let number = match row.side {
        Side::Same => Look::LineNumber.style(),
        Side::Added | Side::Removed => look.style().add_modifier(Modifier::DIM),
    };
    let first = Span::styled(format!("    {:>digits$} ", row.number), number);
    let rest = Span::raw(" ".repeat(digits + 6));
    let lines = wrap(&spans, view.columns(), &first, &rest);
    lines.into_iter().map(|line| line.style(band)).collect()
}

/// The row's clean text, and where it differs.
fn clean_row(row: &DiffRow) -> (String, Vec<Range<usize>>) {
    let mut text = String::new();
    let mut changed = Vec::new();
    let mut from = 0;
    for range in &row.changed {
        text.push_str(&clean_text(row.text.get(from..range.start).unwrap_or_default()));
        let start = text.len();
        text.push_str(&clean_text(row.text.get(range.clone()).unwrap_or_default()));
        changed.push(start..text.len());
        from = range.end;
    }
    text.push_str(&clean_text(row.text.get(from..).unwrap_or_default()));
    (text, changed)
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
    let language = match change {
        FileChange::Update { move_path: Some(to), .. } => to.display().to_string(),
        _ => path.display().to_string(),
    };
    let path = path.to_path_buf();
    let (verb, name, rows) = match change {
        FileChange::Add { content } => ("Added", shown(&path), whole_file(content, Side::Added)),
        FileChange::Delete { content } => ("Deleted", shown(&path), whole_file(content, Side::Removed)),
        FileChange::Update { unified_diff, move_path } => {
            let name = match move_path {
                Some(to) if *to != path => format!("{} → {}", shown(&path), shown(to)),
                _ => shown(&path),
            };
            let moved = unified_diff.trim().is_empty() && name.contains(" → ");
            (if moved { "Renamed" } else { "Edited" }, name, hunks(unified_diff))
        }
    };
    let count = |side: Side| rows.iter().filter(|row| row.side == side).count();
    File { verb, name, path: language, added: count(Side::Added), removed: count(Side::Removed), rows }
}
