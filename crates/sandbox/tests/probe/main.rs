//! A program for the tests to start: what they need done by a process other than their own.
//! Invariant: it does and reports, and judges nothing; the tests compare.

#[cfg(target_os = "linux")]
mod commands;
#[cfg(target_os = "linux")]
mod system_calls;

use std::error::Error;

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["system-calls"] => system_calls::run(),
        ["nest", script] => commands::nest(script),
        ["hold", markers] => commands::hold(markers),
        _ => {
            Err(format!("expected `system-calls`, `nest SCRIPT` or `hold MARKER,MARKER`, not {args:?}")
                .into())
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> Result<(), Box<dyn Error>> {
    Err(format!("nothing to probe on {}", std::env::consts::OS).into())
}
