//! Rules a person adds by answering a question: one line at the end of `rules/default.rules`.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_stdx::{LockFile, atomic_write, make_private_folder, read_regular};

use crate::load::FILE_BYTES_MAX;
use crate::{Decision, HostName, NetworkProtocol};

/// Another process writes one line; it is done at once.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(5);

/// Why a rule was not written.
#[derive(Debug, thiserror::Error)]
#[error("the rule cannot be written to {}: {source}", file.display())]
pub struct AmendError {
    /// The file.
    pub file: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Programs whose name alone says nothing about what they will do.
const TOO_BROAD: [&str; 34] = [
    "git",
    "rm",
    "bash",
    "sh",
    "zsh",
    "dash",
    "fish",
    "ksh",
    "ash",
    "python",
    "python2",
    "python3",
    "node",
    "deno",
    "bun",
    "perl",
    "ruby",
    "php",
    "lua",
    "osascript",
    "pwsh",
    "powershell",
    "cmd",
    "sudo",
    "doas",
    "su",
    "env",
    "xargs",
    "eval",
    "exec",
    "nohup",
    "timeout",
    "ssh",
    "docker",
];

/// Programs that start others: whatever stands behind them says little about what runs.
const STARTERS: [&str; 11] =
    ["sudo", "doas", "su", "env", "xargs", "eval", "exec", "nohup", "timeout", "ssh", "docker"];

/// Whether a prefix is too broad to be offered as a rule (`safety.md §6`): a program that says nothing about what it will
/// do, alone or with nothing but options behind it (`bash -c`), or one that starts others.
pub fn is_too_broad(prefix: &[String]) -> bool {
    let Some((program, _)) = prefix.split_first() else { return true };
    let name = program_name(program);
    name.is_empty() || says_nothing(program) || STARTERS.contains(&name) || is_bare_program(prefix)
}

/// Whether a command is nothing but a program of which a rule would allow anything: `sh`, `git`, `sudo -i`. As a rule is
/// about what a command begins with, not even the whole command is one to offer then.
pub fn is_bare_program(argv: &[String]) -> bool {
    let Some((program, rest)) = argv.split_first() else { return true };
    let name = program_name(program);
    (TOO_BROAD.contains(&name) || STARTERS.contains(&name)) && rest.iter().all(|word| says_nothing(word))
}

fn program_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

/// An option, an assignment or nothing at all.
fn says_nothing(word: &str) -> bool {
    word.is_empty() || word.starts_with(['-', '+']) || word.contains('=')
}

/// Appends `prefix_rule(pattern=[...], decision="allow")`.
pub fn add_allow_rule(file: &Path, prefix: &[String]) -> Result<(), AmendError> {
    let words: Vec<String> = prefix.iter().map(|word| quoted(word)).collect();
    append(file, &format!("prefix_rule(pattern=[{}], decision=\"allow\")\n", words.join(", ")))
}

/// Appends a `network_rule`.
pub fn add_network_rule(
    file: &Path,
    host: &HostName,
    protocol: NetworkProtocol,
    decision: Decision,
) -> Result<(), AmendError> {
    let decision = match decision {
        Decision::Allow => "allow",
        Decision::Prompt => "prompt",
        Decision::Forbidden => "deny",
    };
    let (host, protocol) = (quoted(&host.to_string()), protocol.word());
    append(file, &format!("network_rule(host={host}, protocol=\"{protocol}\", decision=\"{decision}\")\n"))
}

/// Adds one line under a lock, unless the same line is there. Another process may add its own at the same time.
fn append(file: &Path, line: &str) -> Result<(), AmendError> {
    let failed = |source| AmendError { file: file.to_owned(), source };
    if let Some(folder) = file.parent() {
        make_private_folder(folder).map_err(failed)?;
    }
    let lock = file.with_extension("rules.lock");
    let _held = LockFile::hold(&lock, LOCK_WAIT_MAX).map_err(|error| failed(io::Error::other(error)))?;
    let mut text = match read_regular(file, FILE_BYTES_MAX) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|error| failed(io::Error::other(error)))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    if text.lines().any(|known| known == line.trim_end()) {
        return Ok(());
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
    // A file over the limit would stop the next start.
    if text.len() as u64 > FILE_BYTES_MAX {
        let message = format!(
            "it would be longer than {FILE_BYTES_MAX} bytes; take out rules, or move some to a file beside it"
        );
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, message)));
    }
    atomic_write(file, text.as_bytes()).map_err(|error| failed(error.source))
}

/// A Starlark string literal.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
