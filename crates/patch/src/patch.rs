//! The parsed form of a patch: sections, chunks and lines as the model wrote them.
//! Owns the shape only; paths are text as written, nothing has been looked up on disk.

/// A whole patch, sections in the order written (`tools.md §4`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Patch {
    /// The id of an `*** Environment ID:` line, when there was one.
    pub environment: Option<String>,
    /// One entry per file section; may be empty, which [`crate::verify`] refuses.
    pub sections: Vec<Section>,
}

impl Patch {
    /// The same patch for the one environment there is. A patch taken out of a shell command has always run
    /// in that command's environment, so its id line says nothing.
    #[must_use]
    pub fn without_environment(self) -> Self {
        Self { environment: None, ..self }
    }
}

/// One file section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Section {
    /// `*** Add File:`; overwrites what is there.
    Add {
        /// Path as written.
        path: String,
        /// Whole new content, every line ended with LF.
        content: String,
    },
    /// `*** Delete File:`.
    Delete {
        /// Path as written.
        path: String,
    },
    /// `*** Update File:`.
    Update {
        /// Path as written.
        path: String,
        /// The path of a `*** Move to:` line.
        move_to: Option<String>,
        /// At least one chunk, in file order.
        chunks: Vec<Chunk>,
    },
}

impl Section {
    /// The path in the section's header, as written.
    pub fn path(&self) -> &str {
        match self {
            Self::Add { path, .. } | Self::Delete { path } | Self::Update { path, .. } => path,
        }
    }
}

/// One run of context, removed and added lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The text of the `@@ TEXT` line: the search starts below the first line that equals it.
    pub header: Option<String>,
    /// At least one line.
    pub lines: Vec<ChunkLine>,
    /// Where the matched lines have to stop.
    pub end: ChunkEnd,
}

impl Chunk {
    /// The lines the file must hold: context and removed ones.
    pub fn old_lines(&self) -> Vec<&str> {
        self.lines
            .iter()
            .filter_map(|line| match line {
                ChunkLine::Context(text) | ChunkLine::Remove(text) => Some(text.as_str()),
                ChunkLine::Add(_) => None,
            })
            .collect()
    }
}

/// One line of a chunk, without its mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChunkLine {
    /// Stays, with the bytes the file has.
    Context(String),
    /// Goes.
    Remove(String),
    /// Comes in, verbatim.
    Add(String),
}

/// Whether `*** End of File` closed the chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkEnd {
    /// The match may be anywhere.
    Anywhere,
    /// The match must end with the file.
    EndOfFile,
}
