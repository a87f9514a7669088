//! The inner half: our own program, started by bubblewrap, that looks at what was built, gives up its rights and becomes
//! the command. Invariant: nothing of the command runs before every check has held.

use std::ffi::{CStr, OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::{FromRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::process::ExitCode;

use super::arguments::MARKER;
use super::parcel::{Check, Parcel};
use crate::linux::child::{self, Fresh};
use crate::linux::doors;
use crate::linux::orders::{Confinement, Failure, Orders, Step};
use crate::linux::sys::{self, Errno};

/// Carries out the orders when this process was started as the helper; returns only when it was not, or when it failed.
pub(crate) fn serve(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter().skip(1);
    if arguments.next()? != MARKER {
        return None;
    }
    let number: Option<RawFd> = arguments.next().and_then(|text| text.to_str()?.parse().ok());
    // Somebody else's call: there are no orders, and nobody to tell.
    let gave_up = Some(ExitCode::from(child::GAVE_UP as u8));
    let Some(parcel) = number.and_then(read_parcel) else { return gave_up };
    // SAFETY: whoever sent the parcel keeps these two open for us alone.
    let (mut report, mut go) = unsafe { (File::from_raw_fd(parcel.report), File::from_raw_fd(parcel.go)) };
    let entered = Failure { step: Step::Entered, index: 0, errno: 0 };
    let mut word = [0];
    // Without a word to go on whoever started us is gone.
    if report.write_all(&entered.to_bytes()).is_err() || !matches!(go.read(&mut word), Ok(1)) {
        return gave_up;
    }
    if let Err(failure) = inspect(&parcel) {
        let _ = report.write_all(&failure.to_bytes());
        return gave_up;
    }
    if let Some(doors) = &parcel.doors
        && let Err(Errno(errno)) = doors::open(doors)
    {
        let _ = report.write_all(&Failure { step: Step::Doors, index: 0, errno }.to_bytes());
        return gave_up;
    }
    let fresh = Fresh { shm: parcel.private_shm, terminals: true };
    let confinement = Confinement {
        namespaces: None,
        landlock: parcel.rules,
        // This process becomes another one, or ends.
        filter: Box::leak(Box::new(parcel.filter)),
    };
    let orders = Orders {
        program: parcel.program,
        streams: parcel.streams,
        confinement: Some(confinement),
        report: parcel.report,
        reader: -1,
        passed: Vec::new(),
    };
    // SAFETY: nothing else runs in this process, and nothing of it is used afterwards.
    unsafe { child::finish(&orders, fresh) }
}

fn read_parcel(number: RawFd) -> Option<Parcel> {
    // SAFETY: only asks about a number.
    if number <= libc::STDERR_FILENO || unsafe { libc::fcntl(number, libc::F_GETFD) } == -1 {
        return None;
    }
    let mut bytes = Vec::new();
    // SAFETY: the descriptor is open, and the caller passed it for this.
    unsafe { File::from_raw_fd(number) }.read_to_end(&mut bytes).ok()?;
    Parcel::from_bytes(&bytes)
}

/// Whether the sandbox around us is the one that was asked for.
fn inspect(parcel: &Parcel) -> Result<(), Failure> {
    let at = |index: usize, errno| Failure { step: Step::Inspect, index: index as i32, errno };
    for (index, check) in parcel.checks.iter().enumerate() {
        examine(check).map_err(|Errno(errno)| at(index, errno))?;
    }
    for (path, outside) in &parcel.outside {
        let own = fs::read_link(as_os(path));
        if !own.is_ok_and(|own| own.as_os_str() != as_os(outside)) {
            return Err(at(parcel.checks.len(), libc::EPERM));
        }
    }
    Ok(())
}

fn as_os(text: &CStr) -> &OsStr {
    OsStr::from_bytes(text.to_bytes())
}

fn examine(check: &Check) -> Result<(), Errno> {
    let fd = sys::open_path(&check.path)?;
    let (id, _) = sys::stat_fd(fd)?;
    let mount = sys::is_read_only(fd);
    // SAFETY: the descriptor was just opened and is used nowhere else.
    drop(unsafe { File::from_raw_fd(fd) });
    if check.id.is_some_and(|known| (known == id) == check.hidden) {
        return Err(Errno(libc::ESTALE));
    }
    match check.read_only {
        Some(wanted) if wanted != mount? => Err(Errno(libc::EPERM)),
        _ => Ok(()),
    }
}
