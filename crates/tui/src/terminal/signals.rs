//! Signals that ask the program to end.

use std::io;

/// How long a stop that was asked for takes to come.
#[cfg(unix)]
const STOP_MAX: std::time::Duration = std::time::Duration::from_millis(200);

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// As Ctrl+C does.
    Interrupt,
    End,
}

/// Hears SIGTERM, SIGHUP and SIGINT.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    streams: [tokio::signal::unix::Signal; 3],
    #[cfg(unix)]
    continued: tokio::signal::unix::Signal,
    #[cfg(windows)]
    close: tokio::signal::windows::CtrlClose,
}

impl Signals {
    /// Begins to listen; inside the runtime.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let kinds = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()];
        let [terminate, hangup, interrupt] = kinds.map(signal);
        let continued = signal(SignalKind::from_raw(nix::libc::SIGCONT))?;
        Ok(Self { streams: [terminate?, hangup?, interrupt?], continued })
    }

    /// Begins to listen; inside the runtime.
    #[cfg(windows)]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self { close: tokio::signal::windows::ctrl_close()? })
    }

    /// Waits for the next one. Dropping the wait loses none.
    pub(crate) async fn next(&mut self) {
        self.asked().await;
    }

    /// Waits for the next one and tells what it asks for. Dropping the wait loses none.
    #[cfg(unix)]
    pub(crate) async fn asked(&mut self) -> Asked {
        let [terminate, hangup, interrupt] = &mut self.streams;
        tokio::select! {
            _ = terminate.recv() => Asked::End,
            _ = hangup.recv() => Asked::End,
            _ = interrupt.recv() => Asked::Interrupt,
        }
    }

    /// Waits until a process that asked to be stopped is continued. The stop may come a moment after it was asked for,
    /// and where no shell waits it never comes.
    #[cfg(unix)]
    pub(crate) async fn until_continued(&mut self) {
        // Either way the program goes on.
        let _ = tokio::time::timeout(STOP_MAX, self.continued.recv()).await;
    }

    /// Nothing is ever stopped here.
    #[cfg(windows)]
    pub(crate) async fn until_continued(&mut self) {}

    /// Waits for the next one and tells what it asks for.
    #[cfg(windows)]
    pub(crate) async fn asked(&mut self) -> Asked {
        self.close.recv().await;
        Asked::End
    }
}
