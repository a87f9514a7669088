//! One program run from outside: wall time, CPU time and peak memory. Runs in a process of its own, because a child's
//! recorded peak starts at the size of the process that made it. Knows nothing of what is run.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

/// Flags of the hidden `measure` command.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where the program's stdout and stderr go.
    #[arg(long)]
    log: PathBuf,
    /// The program and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    program: Vec<OsString>,
}

/// What one run used, its waited-for children included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Used {
    /// From the start of the program to its end.
    pub(crate) wall_s: f64,
    /// User time alone: what the program itself computed.
    pub(crate) user_s: f64,
    /// User and system time.
    pub(crate) cpu_s: f64,
    /// Largest resident size of the program or one of its children.
    pub(crate) peak_mib: f64,
    /// 0 when the program succeeded.
    pub(crate) exit_code: i32,
}

/// Runs the program and prints a [`Used`] as JSON.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let log =
        std::fs::File::create(&args.log).with_context(|| format!("cannot create {}", args.log.display()))?;
    let (program, arguments) = args.program.split_first().context("no program given")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let used = time(command).with_context(|| format!("cannot run {}", Path::new(program).display()))?;
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &used)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(unix)]
fn time(mut command: Command) -> io::Result<Used> {
    let start = Instant::now();
    let child = command.spawn()?;
    let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
    let mut status = 0;
    // SAFETY: rusage is a plain C struct of integers, for which all zeros is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to live locals of the right types, and `child` is not waited for elsewhere.
        let got = unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) };
        if got == pid {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    let wall = start.elapsed();
    let seconds = |time: libc::timeval| {
        Duration::new(time.tv_sec.try_into().unwrap_or_default(), 0)
            + Duration::from_micros(time.tv_usec.try_into().unwrap_or_default())
    };
    // Linux counts KiB, macOS bytes.
    let per_mib = if cfg!(target_os = "macos") { 1024.0 * 1024.0 } else { 1024.0 };
    Ok(Used {
        wall_s: wall.as_secs_f64(),
        user_s: seconds(usage.ru_utime).as_secs_f64(),
        cpu_s: (seconds(usage.ru_utime) + seconds(usage.ru_stime)).as_secs_f64(),
        peak_mib: usage.ru_maxrss as f64 / per_mib,
        exit_code: if libc::WIFEXITED(status) {
            libc::WEXITSTATUS(status)
        } else {
            128 + libc::WTERMSIG(status)
        },
    })
}

#[cfg(not(unix))]
fn time(_: Command) -> io::Result<Used> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "the bench reads resource usage of children, which needs Unix",
    ))
}

/// Runs a program below a `measure` process, with nothing but `environment` around it, and reads what it used.
pub(crate) fn measured(
    program: &[OsString],
    dir: &Path,
    environment: &[(OsString, OsString)],
    log: &Path,
) -> anyhow::Result<Used> {
    let mut launcher = Command::new(std::env::current_exe()?);
    launcher.arg("measure").arg("--log").arg(log).arg("--").args(program);
    launcher.current_dir(dir).env_clear().envs(environment.iter().cloned());
    let output = launcher.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the measuring process failed: {}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Used {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        time(command).expect("a shell")
    }

    #[test]
    fn exit_code_and_signal_are_told_apart() {
        assert_eq!(shell("exit 3").exit_code, 3);
        assert_eq!(shell("kill -9 $$").exit_code, 137);
    }

    #[test]
    fn time_and_memory_of_the_program_are_counted() {
        let used = shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
        assert!(used.cpu_s > 0.0 && used.wall_s > 0.0 && used.peak_mib > 0.5, "{used:?}");
    }
}
