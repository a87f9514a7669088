//! The reader over scripted frames with a paused clock: endings, the idle clock, what it learns on the way.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use pretty_assertions::assert_eq;
use tokio::time::{Instant, sleep};

use super::super::socket::{Incoming, Socket, disconnected};
use super::FrameReader;
use crate::intake::Intake;
use crate::tape_run::TapeRun;
use crate::turn_state::TurnState;
use crate::{Retry, StreamError, StreamEvent};

enum Step {
    Wait(u64),
    Text(&'static str),
    End,
}

/// Plays its steps, then hangs.
struct Fake(VecDeque<Step>);

impl Socket for Fake {
    async fn send(&mut self, _: String) -> Result<(), StreamError> {
        Ok(())
    }

    async fn next(&mut self) -> Incoming {
        while let Some(Step::Wait(ms)) = self.0.front() {
            sleep(Duration::from_millis(*ms)).await;
            self.0.pop_front();
        }
        match self.0.pop_front() {
            Some(Step::Text(text)) => Incoming::Text(text.into()),
            Some(Step::End) => Incoming::End(disconnected("gone")),
            Some(Step::Wait(_)) | None => std::future::pending().await,
        }
    }
}

fn reader(steps: impl Into<VecDeque<Step>>) -> (FrameReader<Fake>, Arc<TurnState>) {
    let body = bytes::Bytes::new();
    let intake = Intake::new(Duration::from_millis(1500), TapeRun::start(None, &body), VecDeque::new());
    let turn = Arc::<TurnState>::default();
    (FrameReader::new(Fake(steps.into()), intake, Arc::clone(&turn), "http://x".to_owned()), turn)
}

async fn all(reader: &mut FrameReader<Fake>) -> (Vec<StreamEvent>, Option<StreamError>) {
    let mut events = Vec::new();
    while let Some(event) = reader.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => return (events, Some(error)),
        }
    }
    (events, None)
}

const DONE: &str = r#"{"type":"response.completed","response":{"id":"r"}}"#;

#[tokio::test(start_paused = true)]
async fn any_event_is_a_sign_of_life_and_silence_is_none() {
    let start = Instant::now();
    let (mut reader, _) =
        reader([Step::Wait(1400), Step::Text(r#"{"type":"unknown"}"#), Step::Wait(1400), Step::Text("{}")]);
    let (events, error) = all(&mut reader).await;
    let error = error.unwrap();
    assert_eq!((events, error.retry()), (vec![], Retry::Stream { after: None }));
    assert!(error.message().contains("idle timeout waiting for the WebSocket"), "{error}");
    assert_eq!(start.elapsed(), Duration::from_millis(1400 + 1400 + 1500));
    assert!(reader.socket.is_none(), "a dead connection is dropped at once");
}

#[tokio::test(start_paused = true)]
async fn frames_that_came_together_become_one_delta_and_the_end_is_the_end() {
    let delta = |_| Step::Text(r#"{"type":"response.output_text.delta","item_id":"m","delta":"x"}"#);
    let mut steps: VecDeque<Step> = (0..100).map(delta).collect();
    steps.extend([Step::Text(DONE), Step::End]);
    let (mut reader, _) = reader(steps);
    let (events, error) = all(&mut reader).await;
    assert!(error.is_none(), "{error:?}");
    let [StreamEvent::TextDelta { delta, .. }, StreamEvent::Completed { .. }] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(delta.len(), 100);
    assert!(reader.socket.is_some() && reader.output_is_whole());
}

#[tokio::test(start_paused = true)]
async fn events_before_the_end_stand() {
    let item = r#"{"type":"response.output_item.done","item":{"type":"reasoning","id":"rs_1","summary":[]}}"#;
    let odd = r#"{"type":"response.output_item.done","item":{"type":"never_heard_of"}}"#;
    let (mut reader, _) = reader([Step::Text(item), Step::Text(odd), Step::End]);
    let (events, error) = all(&mut reader).await;
    assert!(matches!(&events[..], [StreamEvent::ItemDone(_)]), "{events:?}");
    assert_eq!(error.unwrap().message(), "stream disconnected before completion: gone");
    assert_eq!(reader.output.len(), 1);
    assert!(!reader.output_is_whole(), "an item was not given on");
}

// covers: responses-wire 44
#[tokio::test(start_paused = true)]
async fn the_first_turn_state_is_kept_and_limits_are_told() {
    let (mut reader, turn) = reader([
        Step::Text(
            r#"{"type":"response.metadata","headers":{"x-codex-turn-state":["ts-1"],"openai-model":"m"}}"#,
        ),
        Step::Text(r#"{"type":"response.metadata","headers":{"x-codex-turn-state":"ts-2"}}"#),
        Step::Text(r#"{"type":"codex.rate_limits","rate_limits":{"primary":{"used_percent":3}}}"#),
        Step::Text(r#"{"type":"codex.rate_limits","rate_limits":7}"#),
        Step::Text(DONE),
    ]);
    let (events, error) = all(&mut reader).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(turn.sticky_text(), Some("ts-1"));
    let [StreamEvent::ServerModel(model), StreamEvent::RateLimits(limits), StreamEvent::Completed { .. }] =
        &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!(model, "m");
    assert_eq!(limits.primary.as_ref().unwrap().used_percent, 3.0);
}
