//! The end of a turn, of whatever kind: its last line, made durable, and the event that says the same.
//! Invariant: the event exists only once the line is on disk.

use codex_protocol::{AbortReason, Event, EventMsg, RolloutItem, TurnId};

use super::input::TurnEnd;
use crate::error::RecordError;
use crate::thread::clock::Moment;
use crate::thread::session::Session;

/// A turn that is over.
pub(crate) struct Ending {
    /// The turn.
    pub(crate) turn_id: TurnId,
    /// When it began.
    pub(crate) started: Moment,
    /// When the model first said something, if it did.
    pub(crate) first_output: Option<Moment>,
}

impl Session {
    /// Records how a turn ended.
    pub(crate) fn end_turn(&mut self, ending: &Ending, end: &TurnEnd) -> Result<Event, RecordError> {
        let now = Moment::now();
        let Ending { turn_id, started, first_output } = *ending;
        let (root_turn_id, duration_ms) = (self.root_turn(turn_id), now.ms_since(started));
        let (started_at, completed_at) = (started.unix_s(), now.unix_s());
        let complete = |last_agent_message, error| EventMsg::TaskComplete {
            root_turn_id,
            turn_id,
            last_agent_message,
            error,
            started_at,
            completed_at,
            duration_ms,
            time_to_first_token_ms: first_output.map(|first| first.ms_since(started)),
        };
        let (line, event) = match end.clone() {
            TurnEnd::Completed { last_agent_message } => (
                complete(last_agent_message.clone(), None),
                Event::TurnCompleted { turn_id, last_agent_message, usage: self.usage.thread },
            ),
            TurnEnd::Failed(error) => {
                (complete(None, Some(error.clone())), Event::TurnFailed { turn_id, error })
            }
            TurnEnd::Aborted => {
                let reason = AbortReason::Interrupted;
                let line = EventMsg::TurnAborted {
                    root_turn_id,
                    turn_id,
                    reason,
                    started_at,
                    completed_at,
                    duration_ms,
                };
                (line, Event::TurnAborted { turn_id, reason })
            }
        };
        self.recorder.record(&RolloutItem::EventMsg(Box::new(line)))?;
        self.recorder.sync()?;
        Ok(event)
    }
}
