//! Requests to stop: Ctrl-C of the person, or of whoever runs a turn in this process.

use std::io;

use tokio::sync::mpsc;

/// Where interrupts come from.
#[derive(Debug)]
pub enum Interrupts {
    /// SIGINT (Ctrl-C), which from then on no longer ends the process by itself.
    Process,
    /// Whoever holds the other end.
    Channel(mpsc::Receiver<()>),
    /// None come.
    Never,
}

impl Interrupts {
    /// Begins to listen; inside the runtime.
    pub(crate) fn listen(self) -> io::Result<Listener> {
        Ok(match self {
            #[cfg(unix)]
            Self::Process => {
                Listener::Process(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?)
            }
            #[cfg(windows)]
            Self::Process => Listener::Process(tokio::signal::windows::ctrl_c()?),
            Self::Channel(receiver) => Listener::Channel(receiver),
            Self::Never => Listener::Never,
        })
    }
}

/// Hears every interrupt since it was made.
#[derive(Debug)]
pub(crate) enum Listener {
    #[cfg(unix)]
    Process(tokio::signal::unix::Signal),
    #[cfg(windows)]
    Process(tokio::signal::windows::CtrlC),
    Channel(mpsc::Receiver<()>),
    Never,
}

impl Listener {
    /// Waits for the next one. Dropping the wait loses none.
    pub(crate) async fn next(&mut self) {
        let came = match self {
            Self::Process(signal) => signal.recv().await.is_some(),
            Self::Channel(receiver) => receiver.recv().await.is_some(),
            Self::Never => false,
        };
        if !came {
            *self = Self::Never;
            std::future::pending::<()>().await;
        }
    }
}
