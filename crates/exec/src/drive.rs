//! The loop of a run: events in, chunks for the streams out, until the turn ends or somebody has had enough.
//! Invariant: a turn is left in order (its end on disk, its commands killed) unless a second interrupt comes.

use std::collections::VecDeque;
use std::time::Duration;

use codex_core::ThreadHandle;
use codex_protocol::{ErrorInfo, Event, Op, TurnError, TurnId};
use codex_stdx::OutputFile;
use tokio::time::Instant;

use crate::interrupt::Listener;
use crate::output::{Chunk, FLUSH_WAIT_MAX, Output, Written};
use crate::view::View;

/// How long an interrupted turn may take to say so.
const ABORT_WAIT_MAX: Duration = Duration::from_secs(3);

/// Why the turn was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    No,
    /// By an interrupt.
    Interrupted,
    /// Nobody can be told anything any more.
    OutputClosed,
}

/// How the run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Completed,
    Failed,
    Aborted,
    /// There was no turn to run.
    NoTurn,
}

/// An open thread and everything that looks at it.
pub(crate) struct Drive {
    pub(crate) handle: ThreadHandle,
    pub(crate) interrupts: Listener,
    pub(crate) view: View,
    /// Shown once the thread has started.
    pub(crate) warnings: Vec<String>,
    pub(crate) last_message_file: Option<OutputFile>,
}

/// How it ended.
pub(crate) struct Driven {
    pub(crate) code: u8,
    pub(crate) last_message: Option<String>,
}

impl Drive {
    /// Submits the turn and shows everything until it has ended; without one, opens and closes the thread.
    pub(crate) async fn run(self, turn: Option<Op>, output: Output) -> Driven {
        let state = Loop {
            drive: self,
            pending: VecDeque::new(),
            turn: if turn.is_some() { Turn::Submitted } else { Turn::None },
            stop: Stop::No,
            end: None,
            last_message: None,
        };
        state.run(turn.unwrap_or(Op::Shutdown), output).await
    }
}

/// Whether there is a turn to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Submitted,
    None,
}

struct Loop {
    drive: Drive,
    pending: VecDeque<Chunk>,
    turn: Turn,
    stop: Stop,
    end: Option<End>,
    last_message: Option<String>,
}

/// What happened next.
enum Next {
    Interrupt,
    Overdue,
    Written,
    OutputClosed,
    Event(Option<Event>),
}

impl Loop {
    async fn run(mut self, first: Op, output: Output) -> Driven {
        if self.drive.handle.submit(first).await.is_err() {
            tracing::debug!("the thread ended before its turn");
        }
        let mut deadline: Option<Instant> = None;
        while self.end.is_none() || (!self.pending.is_empty() && self.stop == Stop::No) {
            match self.next(&output, deadline).await {
                Next::Interrupt if self.stop != Stop::No => return Driven { code: 1, last_message: None },
                Next::Interrupt => {
                    self.stop(Stop::Interrupted).await;
                    deadline = Some(Instant::now() + ABORT_WAIT_MAX);
                }
                Next::Overdue => return Driven { code: 1, last_message: None },
                Next::Written => {}
                Next::OutputClosed => {
                    self.pending.clear();
                    self.stop(Stop::OutputClosed).await;
                    deadline = deadline.or(Some(Instant::now() + ABORT_WAIT_MAX));
                }
                Next::Event(event) => self.event(event),
            }
        }
        self.leave(output).await
    }

    async fn next(&mut self, output: &Output, deadline: Option<Instant>) -> Next {
        let overdue = async {
            match deadline {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let writing = self.stop != Stop::OutputClosed && !self.pending.is_empty();
        tokio::select! {
            biased;
            () = self.drive.interrupts.next() => Next::Interrupt,
            () = overdue => Next::Overdue,
            room = output.reserve(), if writing => match (room, self.pending.pop_front()) {
                (Ok(room), Some(chunk)) => {
                    room.send(chunk);
                    Next::Written
                }
                (Ok(_), None) => Next::Written,
                (Err(_), _) => Next::OutputClosed,
            },
            // A turn that was asked to stop is not held up by whoever should read what came before.
            event = self.drive.handle.next_event(), if self.end.is_none() && (!writing || self.stop != Stop::No) => {
                Next::Event(event)
            }
        }
    }

    /// Asks the turn to stop; its last events still come.
    async fn stop(&mut self, why: Stop) {
        self.stop = why;
        if self.drive.handle.submit(Op::Interrupt).await.is_err() {
            self.end = self.end.or(Some(End::Aborted));
        }
    }

    fn event(&mut self, event: Option<Event>) {
        let Some(event) = event else {
            self.end = Some(self.closed());
            return;
        };
        if let Event::TurnCompleted { last_agent_message, .. } = &event {
            // Before it is shown: whoever waits for the last line finds the file complete.
            self.keep_last_message(last_agent_message.clone());
        }
        self.show(&event);
        match event {
            Event::ThreadStarted(_) => {
                for message in std::mem::take(&mut self.drive.warnings) {
                    self.show(&Event::Warning { message });
                }
            }
            Event::TurnCompleted { .. } => self.end = self.end.or(Some(End::Completed)),
            Event::TurnFailed { .. } => self.end = Some(End::Failed),
            Event::TurnAborted { .. } => self.end = Some(End::Aborted),
            Event::ThreadClosed => self.end = Some(self.closed()),
            _ => {}
        }
    }

    /// The thread ended. Without the end of its turn, unasked, it is a fault of ours that a reader must not take for
    /// success.
    fn closed(&mut self) -> End {
        match (self.turn, self.stop) {
            (Turn::None, _) => return End::NoTurn,
            (Turn::Submitted, Stop::Interrupted | Stop::OutputClosed) => return End::Aborted,
            (Turn::Submitted, Stop::No) => {}
        }
        let error = TurnError {
            message: "The thread ended before its turn did.".to_owned(),
            hint: Some("this is a fault of codex; please report it".to_owned()),
            codex_error_info: ErrorInfo::Other,
        };
        self.show(&Event::TurnFailed { turn_id: TurnId::new_v7(), error });
        End::Failed
    }

    fn show(&mut self, event: &Event) {
        if self.stop != Stop::OutputClosed {
            self.pending.extend(self.drive.view.push(event));
        }
    }

    fn keep_last_message(&mut self, message: Option<String>) {
        if let (Some(file), Some(message)) = (&mut self.drive.last_message_file, &message)
            && let Err(error) = file.write(message)
        {
            let name = file.path().display();
            let text = format!("The last message could not be written to {name}: {error}\n");
            self.pending.push_back(Chunk::Err(text.into_bytes()));
            self.end = Some(End::Failed);
        }
        self.last_message = message;
    }

    async fn leave(mut self, output: Output) -> Driven {
        let code = match (self.end, self.stop) {
            (Some(End::Completed | End::NoTurn), Stop::No | Stop::Interrupted) => 0,
            _ => 1,
        };
        for chunk in self.pending.drain(..) {
            if !output.try_send(chunk) {
                break;
            }
        }
        let limit = (self.stop != Stop::No).then_some(FLUSH_WAIT_MAX);
        let leaving = async { tokio::join!(self.drive.handle.close(), output.finish(limit)).1 };
        let written = tokio::select! {
            written = leaving => written,
            () = self.drive.interrupts.next() => Written::Partly,
        };
        let code = if written == Written::All { code } else { 1 };
        Driven { code, last_message: self.last_message }
    }
}
