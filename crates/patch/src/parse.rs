//! Patch text -> [`Patch`]. A pure parser: any text gives a patch or an error that names the line.
//! Must not look at the disk; duplicates and paths are judged when the patch is verified.

use thiserror::Error;

use crate::patch::{Chunk, ChunkEnd, ChunkLine, Patch, Section};

const BEGIN: &str = "*** Begin Patch";
const END: &str = "*** End Patch";
const ENVIRONMENT: &str = "*** Environment ID: ";
const ADD: &str = "*** Add File: ";
const DELETE: &str = "*** Delete File: ";
const UPDATE: &str = "*** Update File: ";
const MOVE: &str = "*** Move to: ";
const END_OF_FILE: &str = "*** End of File";

/// Why a text is no patch. The texts are read by the model and are exact (`tools.md §4`); line numbers count
/// from the `*** Begin Patch` line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseError {
    /// No opening line.
    #[error("invalid patch: The first line of the patch must be '*** Begin Patch'")]
    FirstLine,
    /// No closing line.
    #[error("invalid patch: The last line of the patch must be '*** End Patch'")]
    LastLine,
    /// A line between sections that opens none.
    #[error(
        "invalid hunk at line {line}, '{text}' is not a valid hunk header. Valid hunk headers: \
         '*** Add File: {{path}}', '*** Delete File: {{path}}', '*** Update File: {{path}}'"
    )]
    Header {
        /// Line number.
        line: usize,
        /// The line, trimmed.
        text: String,
    },
    /// An update section without any chunk.
    #[error("invalid hunk at line {line}, Update file hunk for path '{path}' is empty")]
    EmptyUpdate {
        /// Line number of the section's header.
        line: usize,
        /// Path as written.
        path: String,
    },
    /// `@@` with nothing below it.
    #[error("invalid hunk at line {line}, Update hunk does not contain any lines")]
    EmptyChunk {
        /// Line number.
        line: usize,
    },
    /// An unmarked line where a chunk's first line is due.
    #[error(
        "invalid hunk at line {line}, Unexpected line found in update hunk: '{text}'. Every line should start \
         with ' ' (context line), '+' (added line), or '-' (removed line)"
    )]
    UnexpectedLine {
        /// Line number.
        line: usize,
        /// The line.
        text: String,
    },
    /// An unmarked line below a chunk.
    #[error(
        "invalid hunk at line {line}, Expected update hunk to start with a @@ context marker, got: '{text}'"
    )]
    ExpectedMarker {
        /// Line number.
        line: usize,
        /// The line.
        text: String,
    },
}

impl ParseError {
    /// The tool output for the model.
    pub fn model_text(&self) -> String {
        format!("apply_patch verification failed: {self}")
    }
}

/// Reads a patch.
///
/// Blank space around the patch and around section headers, CR LF line ends and a surrounding
/// `<<'EOF' … EOF` are accepted.
pub fn parse(text: &str) -> Result<Patch, ParseError> {
    let lines: Vec<&str> = text.trim().lines().collect();
    let body = body(&lines)?;
    let mut parser = Parser { body, at: 0 };
    let environment = parser.environment();
    let mut sections = Vec::new();
    while parser.peek().is_some() {
        sections.push(parser.section()?);
    }
    Ok(Patch { environment, sections })
}

/// The lines between the first and the last one, after unwrapping a heredoc.
fn body<'a, 't>(lines: &'a [&'t str]) -> Result<&'a [&'t str], ParseError> {
    let refused = match between_marks(lines) {
        Ok(body) => return Ok(body),
        Err(refused) => refused,
    };
    match lines {
        [open, inner @ .., close]
            if matches!(*open, "<<EOF" | "<<'EOF'" | "<<\"EOF\"") && close.trim_end() == "EOF" =>
        {
            between_marks(inner)
        }
        _ => Err(refused),
    }
}

fn between_marks<'a, 't>(lines: &'a [&'t str]) -> Result<&'a [&'t str], ParseError> {
    match lines {
        [first, ..] if first.trim() != BEGIN => Err(ParseError::FirstLine),
        [_, body @ .., last] if last.trim() == END => Ok(body),
        _ => Err(ParseError::LastLine),
    }
}

struct Parser<'a, 't> {
    body: &'a [&'t str],
    at: usize,
}

impl<'t> Parser<'_, 't> {
    fn peek(&self) -> Option<&'t str> {
        self.body.get(self.at).copied()
    }

    /// The number of the current line; the first line of the body is the patch's second.
    fn line(&self) -> usize {
        self.at + 2
    }

    fn environment(&mut self) -> Option<String> {
        let id = self.peek()?.trim().strip_prefix(ENVIRONMENT)?;
        self.at += 1;
        Some(id.trim().to_owned())
    }

    fn section(&mut self) -> Result<Section, ParseError> {
        let line = self.line();
        let header = self.peek().unwrap_or_default().trim();
        let section = if let Some(path) = header.strip_prefix(ADD) {
            self.at += 1;
            Section::Add { path: path.trim().to_owned(), content: self.added_lines() }
        } else if let Some(path) = header.strip_prefix(DELETE) {
            self.at += 1;
            Section::Delete { path: path.trim().to_owned() }
        } else if let Some(path) = header.strip_prefix(UPDATE) {
            self.at += 1;
            self.update(path.trim(), line)?
        } else {
            return Err(ParseError::Header { line, text: header.to_owned() });
        };
        Ok(section)
    }

    fn added_lines(&mut self) -> String {
        let mut content = String::new();
        while let Some(text) = self.peek().and_then(|line| line.strip_prefix('+')) {
            content.push_str(text);
            content.push('\n');
            self.at += 1;
        }
        content
    }

    fn update(&mut self, path: &str, header_line: usize) -> Result<Section, ParseError> {
        let empty = || ParseError::EmptyUpdate { line: header_line, path: path.to_owned() };
        let move_to = self
            .peek()
            .and_then(|line| line.strip_prefix(MOVE))
            .map(str::trim)
            .filter(|to| !to.is_empty())
            .map(str::to_owned);
        if move_to.is_some() {
            self.at += 1;
        }
        let mut chunks = Vec::new();
        while let Some(line) = self.peek() {
            if line.trim().is_empty() {
                self.at += 1;
            } else if opens_section(line) {
                break;
            } else if chunks.is_empty() && line.trim_end() == END_OF_FILE {
                return Err(empty());
            } else {
                let chunk = self.chunk(chunks.is_empty())?;
                chunks.push(chunk);
            }
        }
        if chunks.is_empty() {
            return Err(empty());
        }
        Ok(Section::Update { path: path.to_owned(), move_to, chunks })
    }

    /// One chunk; only the first of a section may come without its `@@` line.
    fn chunk(&mut self, is_first: bool) -> Result<Chunk, ParseError> {
        let marker = self.peek().unwrap_or_default();
        let header = match marker.trim_end() {
            "@@" => Some(None),
            other => other.strip_prefix("@@ ").map(|text| Some(text.to_owned())),
        };
        let has_marker = header.is_some();
        if has_marker {
            self.at += 1;
        } else if !is_first {
            return Err(ParseError::ExpectedMarker { line: self.line(), text: marker.to_owned() });
        }
        let mut lines = Vec::new();
        let mut end = ChunkEnd::Anywhere;
        while let Some(raw) = self.peek() {
            if raw.trim_end() == END_OF_FILE && !lines.is_empty() {
                end = ChunkEnd::EndOfFile;
                self.at += 1;
                break;
            }
            let Some(line) = chunk_line(raw) else { break };
            lines.push(line);
            self.at += 1;
        }
        if lines.is_empty() {
            let line = self.line();
            return Err(match self.peek() {
                Some(raw) if raw.trim_end() != END_OF_FILE && !opens_section(raw) => {
                    ParseError::UnexpectedLine { line, text: raw.to_owned() }
                }
                _ => ParseError::EmptyChunk { line },
            });
        }
        Ok(Chunk { header: header.flatten(), lines, end })
    }
}

/// Inside an update a header counts only at the start of the line: an indented one is context.
fn opens_section(line: &str) -> bool {
    [ADD, DELETE, UPDATE].iter().any(|prefix| line.trim_end().strip_prefix(prefix).is_some())
}

fn chunk_line(raw: &str) -> Option<ChunkLine> {
    let mut chars = raw.chars();
    match chars.next() {
        None => Some(ChunkLine::Context(String::new())),
        Some(' ') => Some(ChunkLine::Context(chars.as_str().to_owned())),
        Some('-') => Some(ChunkLine::Remove(chars.as_str().to_owned())),
        Some('+') => Some(ChunkLine::Add(chars.as_str().to_owned())),
        Some(_) => None,
    }
}
