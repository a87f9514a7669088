//! The prompt and standard input (`exec.md §3`): what is read, how it is joined, what is said about it.
//! Owns that table; reads through the reader it is given.

use std::io::{Read, Write};

use crate::error::ExecError;

/// Standard input longer than this is no prompt.
const STDIN_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Where the prompt comes from, as the arguments say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptSource {
    /// There is none: a fork without a prompt.
    Nothing,
    /// The argument alone: `resume`, `fork`, and programs that run a turn themselves.
    Argument(String),
    /// The argument, and what is piped in as a block below it.
    ArgumentAndStdin(String),
    /// Standard input, without a word about it (`-`).
    Dash,
    /// Standard input, for want of an argument.
    Stdin,
}

/// What standard input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StdinKind {
    /// A person's keyboard; it is never waited for.
    Terminal,
    /// A pipe or a file.
    Piped,
}

/// The prompt's text, or `None` for [`PromptSource::Nothing`]. Notices go to `stderr`.
///
/// # Errors
/// When there is no prompt, or standard input cannot be read as text.
pub fn read_prompt(
    source: PromptSource,
    stdin: &mut dyn Read,
    kind: StdinKind,
    stderr: &mut dyn Write,
) -> Result<Option<String>, ExecError> {
    match (source, kind) {
        (PromptSource::Nothing, _) => Ok(None),
        (PromptSource::Argument(text), _) => Ok(Some(text)),
        (PromptSource::ArgumentAndStdin(text), StdinKind::Terminal) => Ok(Some(text)),
        (PromptSource::ArgumentAndStdin(text), StdinKind::Piped) => {
            notice(stderr, "Reading additional input from stdin...");
            let piped = read_text(stdin)?;
            Ok(Some(if piped.trim().is_empty() { text } else { joined(&text, &piped) }))
        }
        (PromptSource::Stdin, StdinKind::Terminal) => Err(ExecError::NoPrompt("No prompt provided.")),
        (PromptSource::Stdin, StdinKind::Piped) => {
            notice(stderr, "Reading prompt from stdin...");
            read_whole_prompt(stdin)
        }
        (PromptSource::Dash, _) => read_whole_prompt(stdin),
    }
}

fn notice(stderr: &mut dyn Write, text: &str) {
    // Nobody reads notices when standard error is closed.
    let _ = writeln!(stderr, "{text}").and_then(|()| stderr.flush());
}

fn read_whole_prompt(stdin: &mut dyn Read) -> Result<Option<String>, ExecError> {
    let text = read_text(stdin)?;
    if text.trim().is_empty() {
        return Err(ExecError::NoPrompt("No prompt provided via stdin."));
    }
    Ok(Some(text))
}

fn joined(prompt: &str, piped: &str) -> String {
    let newline = if piped.ends_with('\n') { "" } else { "\n" };
    format!("{prompt}\n\n<stdin>\n{piped}{newline}</stdin>")
}

fn read_text(stdin: &mut dyn Read) -> Result<String, ExecError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(STDIN_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    stdin.take(limit).read_to_end(&mut bytes).map_err(ExecError::Stdin)?;
    if bytes.len() > STDIN_BYTES_MAX {
        return Err(ExecError::PromptTooLarge { max: STDIN_BYTES_MAX });
    }
    if let Some(text) = utf_16(&bytes) {
        return Ok(text);
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| ExecError::PromptNotUtf8 { offset: error.utf8_error().valid_up_to() })?;
    // Some Windows programs put a mark first.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// UTF-16 text, as some Windows shells pipe it: only with its byte-order mark, and only when all of it is valid.
fn utf_16(bytes: &[u8]) -> Option<String> {
    let (mark, rest) = bytes.split_at_checked(2)?;
    let unit: fn([u8; 2]) -> u16 = match mark {
        [0xff, 0xfe] => u16::from_le_bytes,
        [0xfe, 0xff] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, []) = rest.as_chunks::<2>() else { return None };
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect::<Result<_, _>>().ok()
}

#[cfg(test)]
#[path = "prompt_tests.rs"]
mod tests;
