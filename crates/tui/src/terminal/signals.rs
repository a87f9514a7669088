//! Signals that ask the program to end.

use std::io;

/// Hears SIGTERM, SIGHUP and SIGINT.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    streams: [tokio::signal::unix::Signal; 3],
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
        Ok(Self { streams: [terminate?, hangup?, interrupt?] })
    }

    /// Begins to listen; inside the runtime.
    #[cfg(windows)]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self { close: tokio::signal::windows::ctrl_close()? })
    }

    /// Waits for the next one. Dropping the wait loses none.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) {
        let [terminate, hangup, interrupt] = &mut self.streams;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            _ = interrupt.recv() => {}
        }
    }

    /// Waits for the next one.
    #[cfg(windows)]
    pub(crate) async fn next(&mut self) {
        self.close.recv().await;
    }
}
