//! Why a run could not begin. Words for people; hints as data.

use std::io;
use std::path::PathBuf;

use codex_core::StartError;

/// A run that ends before its turn.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// Nothing to say to the model.
    #[error("{0}")]
    NoPrompt(&'static str),
    /// Standard input holds something else than text.
    #[error("The prompt on standard input is not valid UTF-8: the byte at offset {offset} does not fit.")]
    PromptNotUtf8 {
        /// Of the first bad byte.
        offset: usize,
    },
    /// Standard input is longer than any prompt.
    #[error("Standard input is larger than {max} bytes, which no model can read.")]
    PromptTooLarge {
        /// The limit.
        max: usize,
    },
    /// Standard input broke.
    #[error("Standard input cannot be read: {0}")]
    Stdin(#[source] io::Error),
    /// `--output-schema` names a file that cannot be read.
    #[error("The output schema {} cannot be read: {source}", path.display())]
    SchemaUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `--output-schema` names a file without JSON.
    #[error("The output schema {} is not valid JSON: {source}", path.display())]
    SchemaMalformed {
        /// The file.
        path: PathBuf,
        /// Where it ends to be JSON.
        source: serde_json::Error,
    },
    /// `--output-last-message` names a file that cannot be written.
    #[error("The file for the last message, {}, cannot be opened: {source}", path.display())]
    LastMessage {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The operating system refused a thread or a signal handler.
    #[error("The operating system refused what a run needs: {0}")]
    Resources(#[source] io::Error),
    /// The thread could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl ExecError {
    /// The way out.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoPrompt(_) => {
                "pass it as an argument (`codex exec \"fix the failing test\"`) or pipe it in".to_owned()
            }
            Self::PromptNotUtf8 { .. } => {
                "convert it first, for example with `iconv -f LATIN1 -t UTF-8`".to_owned()
            }
            Self::PromptTooLarge { .. } => {
                "save it to a file and ask the model to read the parts it needs".to_owned()
            }
            Self::SchemaMalformed { .. } => "the file must hold one JSON Schema object".to_owned(),
            Self::LastMessage { .. } => "its folder must exist and be writable".to_owned(),
            Self::Start(error) => return error.hint(),
            Self::Stdin(_) | Self::SchemaUnreadable { .. } | Self::Resources(_) => return None,
        })
    }

    /// What standard error shows.
    pub fn report(&self) -> String {
        match self.hint() {
            Some(hint) => format!("{self}\nhint: {hint}"),
            None => self.to_string(),
        }
    }
}
