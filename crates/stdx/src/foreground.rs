//! Runs a program that takes the terminal over until it ends, such as an editor.
//! The program stays in our process group: what the keyboard sends to the foreground reaches it.

use std::io;
use std::path::Path;
use std::process::ExitStatus;

use tokio::process::Command;

/// Runs the program with our terminal and environment. Dropping the future kills it.
///
/// # Errors
/// When there is no program, it cannot be started or it cannot be waited for.
pub async fn run_in_foreground(program: &str, args: &[String], cwd: &Path) -> io::Result<ExitStatus> {
    let mut child = Command::new(program).args(args).current_dir(cwd).kill_on_drop(true).spawn()?;
    child.wait().await
}
