//! `swap` and `swap-for-ever`: two paths change places without a moment between, while something writes through them.

use std::error::Error;
use std::ffi::CString;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Swaps `rounds` times; meanwhile another thread writes `file` below both names as fast as it can.
pub(crate) fn race(one: &str, other: &str, file: &str, rounds: u32) -> Result<(), Box<dyn Error>> {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for path in [one, other].map(|folder| Path::new(folder).join(file)) {
            let done = &done;
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    let file = OpenOptions::new().create(true).append(true).open(&path);
                    let _ = file.and_then(|mut file| file.write_all(b"x"));
                    let _ = std::fs::hard_link(&path, path.with_extension("linked"));
                }
            });
        }
        let swapped = (0..rounds).try_for_each(|_| swap(one, other));
        done.store(true, Ordering::Relaxed);
        swapped
    })?;
    Ok(writeln!(io::stdout(), "swapped {rounds}")?)
}

/// Swaps until it is killed.
pub(crate) fn for_ever(one: &str, other: &str) -> Result<(), Box<dyn Error>> {
    loop {
        // A mount on one of them is in the way for a moment.
        match swap(one, other) {
            Err(error) if error.kind() != io::ErrorKind::ResourceBusy => return Err(error.into()),
            _ => {}
        }
    }
}

fn swap(one: &str, other: &str) -> io::Result<()> {
    let [one, other] = [CString::new(one)?, CString::new(other)?];
    // SAFETY: both paths are NUL-terminated and outlive the call.
    let done = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            libc::AT_FDCWD,
            one.as_ptr(),
            libc::AT_FDCWD,
            other.as_ptr(),
            libc::RENAME_EXCHANGE,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
