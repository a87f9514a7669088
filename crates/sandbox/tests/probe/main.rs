//! A program for the tests to start: what they need done by a process other than their own.
//! Invariant: it does and reports, and judges nothing; the tests compare.

#[cfg(target_os = "linux")]
mod commands;
#[cfg(target_os = "linux")]
mod swap;
#[cfg(target_os = "linux")]
mod system_calls;

use std::error::Error;
#[cfg(target_os = "linux")]
use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> Result<ExitCode, Box<dyn Error>> {
    match codex_sandbox::serve_as_helper(std::env::args_os()) {
        Some(code) => Ok(code),
        None => {
            let search = std::env::var_os("PATH").unwrap_or_default();
            codex_sandbox::offer_helper(&std::env::current_exe()?, search)?;
            run().map(|()| ExitCode::SUCCESS)
        }
    }
}

#[cfg(target_os = "linux")]
fn run() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["system-calls"] => system_calls::run(),
        ["nest", script] => commands::nest(script),
        ["hold", markers, barrier] => commands::hold(markers, barrier),
        ["swap", one, other, file, rounds] => swap::race(one, other, file, rounds.parse()?),
        ["swap-for-ever", one, other] => swap::for_ever(one, other),
        _ => Err(format!(
            "expected `system-calls`, `nest SCRIPT`, `hold MARKER,MARKER BARRIER`, `swap ONE OTHER FILE ROUNDS` or `swap-for-ever ONE OTHER`, not {args:?}"
        )
        .into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> Result<(), Box<dyn Error>> {
    Err(format!("nothing to probe on {}", std::env::consts::OS).into())
}
