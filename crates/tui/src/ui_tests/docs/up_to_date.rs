//! Compares files of `docs/` with what they should be, or writes them when `UPDATE_PICTURES` is set (`just pictures`).
//! Invariant: without the variable nothing is written.

use std::path::{Path, PathBuf};

/// A file below `docs/`.
pub(super) fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)
}

/// Whether files are written instead of compared.
pub(super) fn is_updating() -> bool {
    std::env::var_os("UPDATE_PICTURES").is_some_and(|value| !value.is_empty())
}

/// Fails when the file is not `expected`.
pub(super) fn check(path: &Path, expected: &str) {
    let found = std::fs::read_to_string(path).unwrap_or_default();
    if found == expected {
        return;
    }
    if is_updating() {
        codex_stdx::atomic_write(path, expected.as_bytes()).unwrap();
        return;
    }
    let name = path.file_name().unwrap_or_default().display();
    let line = found.lines().zip(expected.lines()).take_while(|(old, new)| old == new).count() + 1;
    panic!("docs: {name} is out of date from line {line} on: run `just pictures` and look at the difference");
}
