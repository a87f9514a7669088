//! An idle connection and the task that keeps it: pings are answered, and a connection that dies is dropped at once.
//! Invariant: the task ends with its `Keeper`, and holds nothing of the session but the connection.

use std::future::Future;
use std::time::Duration;

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use codex_auth::Secret;

use super::delta::Baseline;
use super::socket::{Incoming, LiveSocket, Socket};

/// A connection between two requests.
pub(crate) struct Connection {
    pub(crate) socket: LiveSocket,
    /// What the server knows; without it the next request is sent whole.
    pub(crate) baseline: Option<Baseline>,
    /// What it was opened with.
    pub(crate) secret: Option<Secret>,
}

/// The owner of an idle connection, or of one in the making.
pub(crate) struct Keeper {
    recall: CancellationToken,
    task: AbortOnDropHandle<Option<Connection>>,
}

impl Keeper {
    /// Keeps the connection `making` ends with, if it does.
    pub(crate) fn of(making: impl Future<Output = Option<Connection>> + Send + 'static) -> Self {
        let recall = CancellationToken::new();
        let recalled = recall.clone();
        let task = async move {
            let connection = making.await?;
            keep(connection, recalled).await
        };
        Self { recall, task: AbortOnDropHandle::new(tokio::spawn(task)) }
    }

    /// Waits for the connection, which is handed over if it is alive. Cancel-safe: it can be asked for again.
    pub(crate) async fn hand_over(&mut self, wait_max: Duration) -> Option<Connection> {
        self.recall.cancel();
        // Too late, or a task that was aborted: there is no connection.
        tokio::time::timeout(wait_max, &mut self.task).await.ok()?.ok()?
    }
}

async fn keep(mut connection: Connection, recalled: CancellationToken) -> Option<Connection> {
    loop {
        tokio::select! {
            () = recalled.cancelled() => break,
            // What the server says between responses is about none of them.
            incoming = connection.socket.next() => ended(incoming)?,
        }
    }
    while let Some(incoming) = connection.socket.next().now_or_never() {
        ended(incoming)?;
    }
    Some(connection)
}

fn ended(incoming: Incoming) -> Option<()> {
    match incoming {
        Incoming::Text(_) => Some(()),
        Incoming::End(error) => {
            tracing::debug!(%error, "an idle connection ended");
            None
        }
    }
}
