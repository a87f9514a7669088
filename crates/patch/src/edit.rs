//! Chunks + old text -> new text. Pure.
//! Invariant: every line no chunk removes keeps its bytes, line end included; only the last line may gain
//! the line end it lacked.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::patch::{Chunk, ChunkEnd, ChunkLine};
use crate::search::find;
use crate::text::{Line, Lines};

/// A chunk that does not fit the file. The texts are exact (`tools.md §4`).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EditError {
    /// No line equals the chunk's `@@ TEXT`.
    #[error("Failed to find context '{header}' in {}", path.display())]
    HeaderNotFound {
        /// The file.
        path: PathBuf,
        /// The text after `@@ `.
        header: String,
    },
    /// The chunk's context and removed lines are nowhere below the previous chunk.
    #[error("Failed to find expected lines in {}:\n{lines}", path.display())]
    LinesNotFound {
        /// The file.
        path: PathBuf,
        /// The lines looked for, joined with LF.
        lines: String,
    },
}

/// The text of the file at `path` (named in errors only) after all chunks.
pub(crate) fn edit(old: &str, chunks: &[Chunk], path: &Path) -> Result<String, EditError> {
    let file = Lines::split(old);
    let texts = file.texts();
    let mut out = Output { text: String::with_capacity(old.len()), eol: file.eol };
    let mut appended = Vec::new();
    let mut copied = 0;
    let mut from = 0;
    for chunk in chunks {
        if let Some(header) = &chunk.header {
            let not_found = || EditError::HeaderNotFound { path: path.to_owned(), header: header.clone() };
            let at = find(&texts, &[header.as_str()], from, ChunkEnd::Anywhere).ok_or_else(not_found)?;
            from = at + 1;
        }
        let located = locate(chunk, &texts, from).ok_or_else(|| EditError::LinesNotFound {
            path: path.to_owned(),
            lines: chunk.old_lines().join("\n"),
        })?;
        match located {
            Located::Append(lines) => appended.extend(lines),
            Located::Replace { at, lines } => {
                file.lines[copied..at].iter().for_each(|line| out.keep(*line));
                copied = at;
                for line in &lines {
                    match line {
                        ChunkLine::Context(_) => {
                            out.keep(file.lines[copied]);
                            copied += 1;
                        }
                        ChunkLine::Remove(_) => copied += 1,
                        ChunkLine::Add(text) => out.add(text),
                    }
                }
                from = copied;
            }
        }
    }
    file.lines[copied..].iter().for_each(|line| out.keep(*line));
    appended.iter().for_each(|text| out.add(text));
    out.close_line();
    Ok(out.text)
}

enum Located {
    /// Pure additions go to the end of the file, even below a header.
    Append(Vec<String>),
    Replace {
        at: usize,
        lines: Vec<ChunkLine>,
    },
}

fn locate(chunk: &Chunk, texts: &[&str], from: usize) -> Option<Located> {
    let old = chunk.old_lines();
    if old.is_empty() {
        return Some(Located::Append(added(&chunk.lines)));
    }
    if let Some(at) = find(texts, &old, from, chunk.end) {
        return Some(Located::Replace { at, lines: chunk.lines.clone() });
    }
    // A blank last line is often only the gap before the next section.
    let (last, shorter) = old.split_last()?;
    if !last.is_empty() {
        return None;
    }
    if shorter.is_empty() {
        return Some(Located::Append(added(&chunk.lines)));
    }
    let at = find(texts, shorter, from, chunk.end)?;
    Some(Located::Replace { at, lines: without_last_blank(&chunk.lines) })
}

fn added(lines: &[ChunkLine]) -> Vec<String> {
    lines
        .iter()
        .filter_map(|line| match line {
            ChunkLine::Add(text) => Some(text.clone()),
            ChunkLine::Context(_) | ChunkLine::Remove(_) => None,
        })
        .collect()
}

/// The chunk without the blank line that ends its old side; on the new side a blank last line goes too, and
/// one that has lines below it comes in as a new line.
fn without_last_blank(lines: &[ChunkLine]) -> Vec<ChunkLine> {
    let mut lines = lines.to_vec();
    if let Some(at) = lines.iter().rposition(|line| !matches!(line, ChunkLine::Add(_))) {
        match lines[at] {
            ChunkLine::Context(_) => lines[at] = ChunkLine::Add(String::new()),
            _ => drop(lines.remove(at)),
        }
    }
    if lines.last() == Some(&ChunkLine::Add(String::new())) {
        lines.pop();
    }
    lines
}

struct Output {
    text: String,
    eol: &'static str,
}

impl Output {
    fn keep(&mut self, line: Line<'_>) {
        self.close_line();
        self.text.push_str(line.text);
        self.text.push_str(line.end);
    }

    fn add(&mut self, text: &str) {
        self.close_line();
        self.text.push_str(text);
        self.text.push_str(self.eol);
    }

    fn close_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(self.ending_char()) {
            self.text.push_str(self.eol);
        }
    }

    fn ending_char(&self) -> char {
        if self.eol == "\r" { '\r' } else { '\n' }
    }
}
