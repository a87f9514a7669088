//! Rules files as people write them, and what they say about commands.

mod amending;
mod language;
mod loading;
mod matching;

use codex_execpolicy::{ExecPolicy, LoadError, load_text};

/// The rules of a text; errors name `test.rules`.
fn rules(text: &str) -> Result<ExecPolicy, LoadError> {
    load_text("test.rules".as_ref(), text)
}

/// An argument vector.
fn argv(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}
