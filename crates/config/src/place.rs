//! Where a setting was written: its layer, its file, its line.
//! Owns the sources a load has read and turns byte ranges into places; it knows no key.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Excerpts longer than this many characters are cut; a minified file must not flood a terminal.
const EXCERPT_CHARS_MAX: usize = 160;

/// The layers of `config.md §2`, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// `/etc/codex/config.toml`.
    System,
    /// `$CODEX_HOME/config.toml`.
    User,
    /// `$CODEX_HOME/NAME.config.toml`, chosen with `--profile NAME`.
    Profile,
    /// `.codex/config.toml` of a trusted project.
    Project,
    /// `-c key=value`.
    Override,
    /// A dedicated flag such as `--model`.
    Flag,
    /// `/etc/codex/managed_config.toml`.
    Managed,
}

impl Layer {
    /// The word a message uses for this layer.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Profile => "profile",
            Self::Project => "project",
            Self::Override => "-c/--config override",
            Self::Flag => "command line flag",
            Self::Managed => "managed",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One spot in one source, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The layer the text belongs to.
    pub layer: Layer,
    /// The file, or `None` for the command line.
    pub file: Option<PathBuf>,
    /// 1-based line.
    pub line: usize,
    /// 1-based column, counted in characters.
    pub column: usize,
    /// The source line, without control characters, cut when very long.
    pub text: String,
    /// How many characters of `text` are meant, starting at `column`.
    pub width: usize,
}

impl Place {
    /// The source line with the meant part underlined. `None` on the command line, where the text is in view.
    pub fn excerpt(&self) -> Option<String> {
        self.file.as_ref()?;
        let gutter = " ".repeat(self.line.to_string().len());
        let shown = self.text.chars().count();
        let mut out = format!("{gutter} |\n{} | {}", self.line, self.text);
        if self.column <= shown + 1 {
            let carets = self.width.clamp(1, (shown + 1).saturating_sub(self.column).max(1));
            out.push_str(&format!("\n{gutter} | {}{}", " ".repeat(self.column - 1), "^".repeat(carets)));
        }
        Some(out)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}:{}:{}", file.display(), self.line, self.column),
            None => f.write_str(self.layer.as_str()),
        }
    }
}

/// One text that settings were read from.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) layer: Layer,
    pub(crate) file: Option<PathBuf>,
    /// Relative paths written in this source start here.
    pub(crate) base: PathBuf,
    pub(crate) text: String,
}

/// Where one value came from: which source, and the byte ranges of its key and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) source: usize,
    pub(crate) key: Range<usize>,
    pub(crate) value: Range<usize>,
}

/// Every source of one load, in the order they were read.
#[derive(Debug, Default)]
pub(crate) struct Sources(Vec<Source>);

impl Sources {
    /// Keeps the source and returns its index.
    pub(crate) fn add(&mut self, source: Source) -> usize {
        self.0.push(source);
        self.0.len() - 1
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Source> {
        self.0.get(index)
    }

    /// The folder relative paths of this value start at.
    pub(crate) fn base(&self, origin: &Origin) -> &Path {
        self.get(origin.source).map_or(Path::new(""), |source| source.base.as_path())
    }

    pub(crate) fn key_place(&self, origin: &Origin) -> Place {
        self.place(origin.source, origin.key.clone())
    }

    pub(crate) fn value_place(&self, origin: &Origin) -> Place {
        self.place(origin.source, origin.value.clone())
    }

    /// The place of a byte range; ranges outside the text end at its end.
    pub(crate) fn place(&self, source: usize, range: Range<usize>) -> Place {
        let Some(source) = self.get(source) else {
            return Place {
                layer: Layer::Override,
                file: None,
                line: 1,
                column: 1,
                text: String::new(),
                width: 1,
            };
        };
        place_in(source, range)
    }
}

/// The place of a byte range inside one source.
pub(crate) fn place_in(source: &Source, range: Range<usize>) -> Place {
    let text = source.text.as_str();
    let start = text.floor_char_boundary(range.start);
    let end = text.floor_char_boundary(range.end).max(start);
    let before = text.get(..start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(line_start..).unwrap_or("");
    let full = rest.split('\n').next().unwrap_or("");
    let line_end = line_start + full.len();
    let column = text.get(line_start..start).map_or(0, |s| s.chars().count()) + 1;
    let width = text.get(start..end.min(line_end)).map_or(1, |s| s.chars().count()).max(1);
    Place { layer: source.layer, file: source.file.clone(), line, column, text: shown(full), width }
}

fn shown(line: &str) -> String {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let mut out: String = line
        .chars()
        .take(EXCERPT_CHARS_MAX)
        .map(|c| match c {
            '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect();
    if line.chars().nth(EXCERPT_CHARS_MAX).is_some() {
        out.push('…');
    }
    out
}
