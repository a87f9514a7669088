//! The task between the UI and the thread: opens threads, carries operations in and events out.
//! Invariant: messages carry the number of the opening they belong to, so that those of a thread that was left are
//! not taken for the next one's.

use std::sync::Arc;

use codex_config::Config;
use codex_core::{StartError, StartThread, ThreadHandle, ThreadOrigin, prepare_models, start_thread};
use codex_protocol::Op;
use tokio::sync::mpsc;

use crate::state::ThreadMsg;

/// What the task is told.
#[derive(Debug)]
pub(super) enum LinkCmd {
    Open {
        number: u64,
        origin: ThreadOrigin,
    },
    Submit(Op),
    /// Threads that are opened from now on have this configuration.
    Config(Arc<Config>),
}

/// A message and the opening it belongs to.
pub(super) type Numbered = (u64, ThreadMsg);

/// Runs until the commands end; then the thread is closed.
pub(super) async fn run(
    mut start: StartThread,
    mut cmds: mpsc::Receiver<LinkCmd>,
    msgs: mpsc::Sender<Numbered>,
) {
    let mut open: Option<ThreadHandle> = None;
    let mut number = 0;
    loop {
        let event = async {
            match &mut open {
                Some(handle) => handle.next_event().await,
                None => std::future::pending().await,
            }
        };
        let cmd = tokio::select! {
            event = event => {
                let msg = match event {
                    Some(event) => ThreadMsg::Event(Box::new(event)),
                    None => {
                        open = None;
                        ThreadMsg::Gone
                    }
                };
                if msgs.send((number, msg)).await.is_err() {
                    break;
                }
                continue;
            }
            cmd = cmds.recv() => cmd,
        };
        match cmd {
            Some(LinkCmd::Open { number: next, origin }) => {
                if let Some(handle) = open.take() {
                    handle.close().await;
                }
                number = next;
                match open_thread(StartThread { origin, ..start.clone() }).await {
                    Ok(handle) => open = Some(handle),
                    Err((message, hint)) => {
                        let failed = ThreadMsg::OpenFailed { message, hint };
                        if msgs.send((number, failed)).await.is_err() {
                            break;
                        }
                    }
                }
            }
            Some(LinkCmd::Submit(op)) => {
                if let Some(handle) = &open
                    && handle.submit(op).await.is_err()
                {
                    tracing::debug!("an operation came after the thread's end");
                }
            }
            Some(LinkCmd::Config(config)) => start.config = config,
            None => break,
        }
    }
    if let Some(handle) = open.take() {
        handle.close().await;
    }
}

/// Opening reads files; it must not hold up the runtime.
async fn open_thread(start: StartThread) -> Result<ThreadHandle, (String, Option<String>)> {
    Box::pin(prepare_models(&start)).await;
    match tokio::task::spawn_blocking(move || start_thread(start)).await {
        Ok(Ok(handle)) => Ok(handle),
        Ok(Err(error)) => Err(told(&error)),
        Err(error) => Err((format!("the thread could not be opened: {error}"), None)),
    }
}

fn told(error: &StartError) -> (String, Option<String>) {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !message.contains(&cause_text) {
            message.push_str(": ");
            message.push_str(&cause_text);
        }
        source = cause.source();
    }
    (message, error.hint())
}
