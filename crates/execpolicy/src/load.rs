//! Rules files to rules. Invariant: all of a file or an error.

use std::path::{Path, PathBuf};

use codex_stdx::read_regular;

use crate::eval::evaluate;
use crate::{ExecPolicy, LoadError};

/// Longest rules file.
pub(crate) const FILE_BYTES_MAX: u64 = 64 * 1024;
/// Most files in one folder.
const FILES_MAX: usize = 256;
/// The parser and the evaluator recurse; hostile nesting must not end the process. Only what is used is ever mapped.
const STACK_BYTES: usize = 256 * 1024 * 1024;
/// Brackets inside of one another.
const BRACKETS_MAX: usize = 100;

/// Reads the given files in order.
pub fn load_files(files: &[PathBuf]) -> Result<ExecPolicy, LoadError> {
    let mut policy = ExecPolicy::default();
    for file in files {
        policy.extend(load_text(file, &read(file)?)?);
    }
    Ok(policy)
}

/// Reads every `*.rules` file of a folder, in the order of their names. A folder that is not there has no rules.
pub fn load_folder(folder: &Path) -> Result<ExecPolicy, LoadError> {
    let unreadable =
        |error: std::io::Error| LoadError::Unreadable { file: folder.to_owned(), reason: error.to_string() };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(ExecPolicy::default()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "rules") {
            files.push(path);
        }
        if files.len() > FILES_MAX {
            let reason = format!("it holds more than {FILES_MAX} rules files");
            return Err(LoadError::Unreadable { file: folder.to_owned(), reason });
        }
    }
    files.sort();
    load_files(&files)
}

/// Reads rules from text; `file` is named in errors.
pub fn load_text(file: &Path, text: &str) -> Result<ExecPolicy, LoadError> {
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(LoadError::TooLong { file: file.to_owned(), max: FILE_BYTES_MAX });
    }
    if let Some(line) = line_nested_too_deeply(text) {
        let message = format!("more than {BRACKETS_MAX} brackets inside of one another");
        return Err(LoadError::Wrong { file: file.to_owned(), line, column: 1, message });
    }
    let run = || evaluate(file, text);
    let evaluated = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, run);
        thread.map(std::thread::ScopedJoinHandle::join)
    });
    let failed = |reason: String| LoadError::Unreadable { file: file.to_owned(), reason };
    match evaluated {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(failed("its evaluation failed".to_owned())),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// The line where brackets nest too deeply. Those in texts and comments count too.
fn line_nested_too_deeply(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut line = 1;
    for byte in text.bytes() {
        match byte {
            b'\n' => line += 1,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > BRACKETS_MAX {
            return Some(line);
        }
    }
    None
}

fn read(file: &Path) -> Result<String, LoadError> {
    let unreadable = |reason: String| LoadError::Unreadable { file: file.to_owned(), reason };
    match read_regular(file, FILE_BYTES_MAX) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            Err(LoadError::TooLong { file: file.to_owned(), max: FILE_BYTES_MAX })
        }
        Err(error) => Err(unreadable(error.to_string())),
    }
}
