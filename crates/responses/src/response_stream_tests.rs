//! The reader over scripted chunks with a paused clock: endings, the idle clock, the recorder.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use pretty_assertions::assert_eq;
use tokio::time::{Instant, sleep};

use super::{ChunkSource, EventReader};
use crate::tape_run::TapeRun;
use crate::{Retry, StreamError, StreamEvent, Tape, TapeEnd};

enum Step {
    Wait(u64),
    Give(&'static str),
    Break,
}

/// Plays its steps, then ends, or hangs after `Hang`.
struct Script {
    steps: VecDeque<Step>,
    hangs: bool,
}

impl ChunkSource for Script {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, StreamError> {
        loop {
            match self.steps.front() {
                Some(Step::Wait(ms)) => {
                    sleep(Duration::from_millis(*ms)).await;
                    self.steps.pop_front();
                }
                Some(Step::Give(_)) => {
                    let Some(Step::Give(text)) = self.steps.pop_front() else { unreachable!() };
                    return Ok(Some(Bytes::from_static(text.as_bytes())));
                }
                Some(Step::Break) => {
                    return Err(StreamError::Disconnected { message: "cut".to_owned(), retry_after: None });
                }
                None if self.hangs => std::future::pending().await,
                None => return Ok(None),
            }
        }
    }
}

#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Tape for Log {
    fn request(&self, body: &Bytes) -> u64 {
        self.0.lock().unwrap().push(format!("request {}", String::from_utf8_lossy(body)));
        7
    }
    fn event(&self, request: u64, data: &[u8]) {
        self.0.lock().unwrap().push(format!("{request} event {}", String::from_utf8_lossy(data)));
    }
    fn end(&self, request: u64, outcome: TapeEnd<'_>) {
        self.0.lock().unwrap().push(format!("{request} end {outcome:?}"));
    }
}

fn reader(steps: Vec<Step>, hangs: bool) -> (EventReader<Script>, Arc<Log>) {
    let log = Arc::new(Log::default());
    let tape: Arc<dyn Tape> = Arc::<Log>::clone(&log);
    let run = TapeRun::start(Some(&tape), &Bytes::from_static(b"{}"));
    let source = Script { steps: steps.into(), hangs };
    (EventReader::new(source, Duration::from_millis(1500), run, VecDeque::new()), log)
}

const DONE: &str = "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\"}}\n\n";
const UNKNOWN: &str = "data: {\"type\":\"codex.unknown\"}\n\n";

async fn outcome(steps: Vec<Step>, hangs: bool) -> Result<usize, StreamError> {
    let (mut reader, _) = reader(steps, hangs);
    let mut events = 0;
    while let Some(event) = reader.next().await {
        if let StreamEvent::Completed { .. } = event? {
            assert!(reader.next().await.is_none());
            return Ok(events);
        }
        events += 1;
    }
    panic!("ended without completion or error");
}

#[tokio::test(start_paused = true)]
async fn completion_ends_the_stream_without_waiting_for_its_end() {
    let more = Step::Give("data: {\"type\":\"response.created\"}\n\n");
    assert_eq!(outcome(vec![Step::Give(DONE), more], true).await.unwrap(), 0);
    let in_one_chunk = "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\"}}\n\ndata: {\"type\":\"response.created\"}\n\n";
    assert_eq!(outcome(vec![Step::Give(in_one_chunk)], true).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_just_ends_is_closed_early() {
    for text in [
        "",
        "data: {\"type\":\"response.created\"}\n\n",
        "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\"}}\n",
    ] {
        let error = outcome(vec![Step::Give(text)], false).await.unwrap_err();
        assert!(error.message().ends_with("stream closed before response.completed"), "{error}");
        assert_eq!(error.retry(), Retry::Stream { after: None });
    }
    assert!(outcome(vec![Step::Break], false).await.unwrap_err().message().ends_with("cut"));
}

// covers: responses-wire 22
#[tokio::test(start_paused = true)]
async fn comments_do_not_keep_a_stream_alive_and_unknown_events_do() {
    let every_half_second = |text: &'static str| {
        (0..20).flat_map(|_| [Step::Wait(500), Step::Give(text)]).chain([Step::Give(DONE)]).collect()
    };
    let start = Instant::now();
    let error = outcome(every_half_second(": ping\n\n"), true).await.unwrap_err();
    assert_eq!(start.elapsed().as_millis(), 1500);
    assert!(
        matches!(error, StreamError::Idle { .. }) && error.message().contains("idle timeout waiting for SSE")
    );
    assert_eq!(outcome(every_half_second(UNKNOWN), true).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn next_may_be_dropped_at_any_time() {
    let (mut reader, _) = reader(
        vec![
            Step::Give("data: {\"type\":\"response.cre"),
            Step::Wait(700),
            Step::Give("ated\"}\n\n"),
            Step::Wait(700),
            Step::Give(DONE),
        ],
        true,
    );
    let mut seen = Vec::new();
    loop {
        match tokio::time::timeout(Duration::from_millis(0), reader.next()).await {
            Ok(Some(event)) => seen.push(event.unwrap()),
            Ok(None) => break,
            Err(_) => sleep(Duration::from_millis(1)).await,
        }
        // The script's own waits restart when dropped: let it move on.
        if let Some(Step::Wait(ms)) = reader.source.as_mut().and_then(|source| source.steps.front_mut()) {
            *ms = ms.saturating_sub(50);
        }
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn the_tape_hears_every_event_and_one_end() {
    let recorded = |log: &Log| log.0.lock().unwrap().clone();
    let (mut complete, log) =
        reader(vec![Step::Give(UNKNOWN), Step::Give("data: bad\n\n"), Step::Give(DONE)], true);
    while complete.next().await.is_some() {}
    drop(complete);
    assert_eq!(
        recorded(&log),
        vec![
            "request {}",
            "7 event {\"type\":\"codex.unknown\"}",
            "7 event bad",
            "7 event {\"type\":\"response.completed\",\"response\":{\"id\":\"r\"}}",
            "7 end Completed"
        ]
    );
    let (mut cut, log) = reader(vec![], false);
    while cut.next().await.is_some() {}
    drop(cut);
    let cut_end = "7 end Failed { message: \"stream disconnected before completion: stream closed before response.completed\" }";
    assert_eq!(recorded(&log), vec!["request {}", cut_end]);
    let (dropped, log) = reader(vec![], true);
    drop(dropped);
    assert_eq!(recorded(&log), vec!["request {}", "7 end Cancelled"]);
}
