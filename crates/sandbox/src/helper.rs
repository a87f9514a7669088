//! The door of the inner half: a program that starts commands may be started again inside of bubblewrap.
//! Owns the two calls a program's `main` makes; what happens behind them is the platform's.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// To be called first in `main` with all arguments: when bubblewrap started this program as the inner half it becomes the
/// command, or ends with the code returned here. `None` for every other start.
#[cfg(target_os = "linux")]
pub fn serve_as_helper(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    crate::linux::serve_as_helper(arguments)
}

/// There is no inner half on this platform.
#[cfg(not(target_os = "linux"))]
pub fn serve_as_helper(_arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    None
}

/// Names the program whose `main` calls [`serve_as_helper`], and the `PATH` bubblewrap is looked for on. Without it
/// bubblewrap is not used. Only the first call of a process counts.
#[cfg(target_os = "linux")]
pub fn offer_helper(executable: &Path, search: OsString) -> io::Result<()> {
    crate::linux::offer_helper(executable, search)
}

/// There is no inner half on this platform.
#[cfg(not(target_os = "linux"))]
pub fn offer_helper(_executable: &Path, _search: OsString) -> io::Result<()> {
    Ok(())
}
