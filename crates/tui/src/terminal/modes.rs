//! Terminal modes: entered together, given back together, whatever ends the program.
//! Invariant: after `enter`, exactly one of `leave`, `Drop` and the panic hook writes the way back.

use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};

use tokio::sync::Notify;

use super::profile::Profile;
use crate::state::Mode;

/// Bracketed paste and focus reports on (`tui.md` 2).
const ENTER: &str = "\u{1b}[?2004h\u{1b}[?1004h";
/// Modified keys are told apart: the kitty flags, and the older way for multiplexers that know only that one.
const KEYS_ON: &str = "\u{1b}[>1u";
const KEYS_OFF: &str = "\u{1b}[<1u";
const MODIFIED_KEYS_ON: &str = "\u{1b}[>4;1m";
const MODIFIED_KEYS_OFF: &str = "\u{1b}[>4;0m";
const MOUSE_ON: &str = "\u{1b}[?1000h\u{1b}[?1002h\u{1b}[?1006h";
const MOUSE_OFF: &str = "\u{1b}[?1006l\u{1b}[?1002l\u{1b}[?1000l";
const ALTERNATE_ON: &str = "\u{1b}[?1049h";
const ALTERNATE_OFF: &str = "\u{1b}[?1049l";
const LEAVE: &str = "\u{1b}[0m\u{1b}]0;\u{1b}\\\u{1b}]7501;state=clear:app=codex\u{1b}\\\u{1b}[?2004l\u{1b}[?1004l\u{1b}[0 q\u{1b}[?25h";

/// For a screen reader only pastes are marked.
const LINEAR_ON: &str = "\u{1b}[?2004h";
const LINEAR_OFF: &str = "\u{1b}[?2004l";

/// A page over the normal screen begins (inline mode).
pub(crate) const ENTER_PAGE: &str = "\u{1b}[?1049h\u{1b}[?1000h\u{1b}[?1002h\u{1b}[?1006h";
/// It ends; the screen below is as it was.
pub(crate) const LEAVE_PAGE: &str = "\u{1b}[?1006l\u{1b}[?1002l\u{1b}[?1000l\u{1b}[?1049l";

/// The way back of the session at hand, for the panic hook.
static WAY_BACK: Mutex<Option<WayBack>> = Mutex::new(None);
static HOOK: Once = Once::new();
/// Told when the panic hook took the way back.
static LOST: Notify = Notify::const_new();

#[derive(Debug, Clone)]
struct WayBack {
    bytes: String,
    /// What is said below a panic message.
    parting: Option<String>,
}

/// The terminal in the UI's modes. Dropping it gives the terminal back.
#[derive(Debug)]
pub(crate) struct Session {
    mode: Mode,
    profile: Profile,
}

impl Session {
    /// Enters the modes. The bytes that belong to it are returned, for the writer to write first.
    ///
    /// # Errors
    /// When the terminal refuses raw mode.
    pub(crate) fn enter(mode: Mode, profile: Profile) -> io::Result<(Self, String)> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                let way = give_back();
                if way.is_some() {
                    LOST.notify_one();
                }
                let parting = way.and_then(|way| way.parting);
                before(panic);
                if let Some(parting) = parting {
                    // Nothing can be done about a terminal that is gone.
                    let _ = writeln!(io::stderr(), "{parting}");
                }
            }));
        });
        let session = Self { mode, profile };
        let bytes = session.resume()?;
        Ok((session, bytes))
    }

    /// Takes the terminal again after [`Self::pause`]; as [`Self::enter`].
    ///
    /// # Errors
    /// When the terminal refuses raw mode.
    pub(crate) fn resume(&self) -> io::Result<String> {
        crossterm::terminal::enable_raw_mode()?;
        *lock() = Some(WayBack { bytes: way_back(self.mode, self.profile), parting: None });
        let (keys, _) = key_modes(self.profile);
        Ok(match self.mode {
            Mode::Fullscreen => format!("{ALTERNATE_ON}{ENTER}{keys}{MOUSE_ON}"),
            Mode::Inline => format!("{ENTER}{keys}"),
            Mode::Linear => LINEAR_ON.to_owned(),
        })
    }

    /// What is said below a panic message from now on.
    pub(crate) fn set_parting(&self, parting: String) {
        if let Some(way) = lock().as_mut() {
            way.parting = Some(parting);
        }
    }

    /// Waits until a failure somewhere in the program gives the terminal back.
    pub(crate) async fn lost() {
        LOST.notified().await;
    }

    /// Whether that has happened.
    pub(crate) fn is_lost(&self) -> bool {
        lock().is_none()
    }

    /// Gives the terminal up without a word: it takes none.
    pub(crate) fn abandon(&self) {
        lock().take();
        let _ = crossterm::terminal::disable_raw_mode();
    }

    /// Gives the terminal back for a while; `resume` takes it again.
    pub(crate) fn pause(&self) {
        give_back();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        give_back();
    }
}

/// The bytes that switch the reports of modified keys on, and off again.
fn key_modes(profile: Profile) -> (String, String) {
    let (mut on, mut off) = (String::new(), String::new());
    if profile.keyboard_flags {
        on.push_str(KEYS_ON);
        off.push_str(KEYS_OFF);
    }
    if profile.modified_keys {
        on.push_str(MODIFIED_KEYS_ON);
        off.push_str(MODIFIED_KEYS_OFF);
    }
    (on, off)
}

fn way_back(mode: Mode, profile: Profile) -> String {
    let (_, keys) = key_modes(profile);
    match mode {
        // A page of inline mode may be open when a panic comes; leaving the alternate screen twice does no harm.
        Mode::Inline => format!("{MOUSE_OFF}{keys}{LEAVE}"),
        Mode::Linear => LINEAR_OFF.to_owned(),
        Mode::Fullscreen => format!("{MOUSE_OFF}{keys}{ALTERNATE_OFF}{LEAVE}"),
    }
}

fn lock() -> std::sync::MutexGuard<'static, Option<WayBack>> {
    WAY_BACK.lock().unwrap_or_else(PoisonError::into_inner)
}

fn give_back() -> Option<WayBack> {
    let way = lock().take()?;
    let mut out = io::stdout().lock();
    // Nothing can be done about a terminal that is gone.
    let _ = out.write_all(way.bytes.as_bytes());
    let _ = out.flush();
    drop(out);
    let _ = crossterm::terminal::disable_raw_mode();
    Some(way)
}

/// Stops the process group as Ctrl+Z does, until it is continued.
#[cfg(unix)]
pub(crate) fn suspend_process() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    if let Err(error) = kill(Pid::from_raw(0), Signal::SIGTSTP) {
        tracing::warn!(%error, "cannot suspend");
    }
}

/// There is no job control here.
#[cfg(not(unix))]
pub(crate) fn suspend_process() {}
