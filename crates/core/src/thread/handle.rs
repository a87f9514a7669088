//! What a front end holds of a thread: operations go in, events come out.

use codex_protocol::{Event, Op, ThreadInfo};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::error::ThreadClosed;

/// An open thread. Its task ends when the handle is closed or dropped.
#[derive(Debug)]
pub struct ThreadHandle {
    info: ThreadInfo,
    ops: mpsc::Sender<Op>,
    events: mpsc::Receiver<Event>,
    task: Option<JoinHandle<()>>,
}

impl ThreadHandle {
    pub(crate) fn new(
        info: ThreadInfo,
        ops: mpsc::Sender<Op>,
        events: mpsc::Receiver<Event>,
        task: JoinHandle<()>,
    ) -> Self {
        Self { info, ops, events, task: Some(task) }
    }

    /// What the thread is.
    pub fn info(&self) -> &ThreadInfo {
        &self.info
    }

    /// Asks for something; waits while the queue is full.
    ///
    /// # Errors
    /// When the thread has ended.
    pub async fn submit(&self, op: Op) -> Result<(), ThreadClosed> {
        self.ops.send(op).await.map_err(|_| ThreadClosed)
    }

    /// The next event, or `None` after the last. Must be called steadily: a full queue slows the thread.
    pub async fn next_event(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Ends the thread: stops the running turn, kills its commands, closes its file. Events still to come are
    /// dropped.
    pub async fn close(mut self) {
        // A full queue is no obstacle: events are drained below until the task is gone.
        let asked = self.ops.send(Op::Shutdown);
        tokio::pin!(asked);
        let mut sent = false;
        while let Some(task) = &mut self.task {
            tokio::select! {
                _ = &mut asked, if !sent => sent = true,
                event = self.events.recv() => {
                    if event.is_none() {
                        if let Err(error) = task.await {
                            tracing::error!(%error, "the thread's task failed");
                        }
                        self.task = None;
                    }
                }
            }
        }
    }
}
