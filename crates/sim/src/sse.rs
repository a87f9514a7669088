//! Turns the steps of a reply into a flow of byte frames: the HTTP + SSE transport of the script model.
//! Frames are bounded in size and made while they are sent, so a reply of any length costs little memory.

use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::reply::{LineEnd, Step};
use crate::step_event::{event_of, text_delta};

/// Bytes collected before a frame is handed to the connection.
const FRAME_BYTES_MAX: usize = 64 * 1024;

/// One piece of a streamed body.
#[derive(Debug)]
pub(crate) enum Frame {
    Data(Bytes),
    /// The connection is to be broken after what was sent.
    Cut,
}

/// What the steps of one reply need to know about their place in the script.
#[derive(Clone, Debug)]
pub(crate) struct StreamPlan {
    pub(crate) steps: Vec<Step>,
    pub(crate) chunk_bytes: Option<usize>,
    pub(crate) line_end: LineEnd,
    /// Bytes after which the connection breaks.
    pub(crate) cut_at_byte: Option<usize>,
    /// Position of the request, from 0: part of the generated ids.
    pub(crate) request: usize,
}

/// The client went away or the server stops.
struct Gone;

/// Plays a plan into `frames`. Ends early when the receiver is dropped or `cancel` fires.
pub(crate) async fn play(plan: StreamPlan, frames: mpsc::Sender<Frame>, cancel: CancellationToken) {
    let mut player = Player {
        pending: Vec::new(),
        chunk_bytes: plan.chunk_bytes,
        line_end: plan.line_end,
        left: plan.cut_at_byte,
        frames: &frames,
    };
    let steps = async {
        for step in plan.steps {
            player.perform(step, plan.request).await?;
        }
        player.flush().await
    };
    // Being stopped is the ordinary end of a reply nobody listens to any more.
    tokio::select! {
        _ = steps => {}
        () = frames.closed() => {}
        () = cancel.cancelled() => {}
    }
}

struct Player<'a> {
    pending: Vec<u8>,
    chunk_bytes: Option<usize>,
    line_end: LineEnd,
    /// Bytes that may still be sent.
    left: Option<usize>,
    frames: &'a mpsc::Sender<Frame>,
}

impl Player<'_> {
    async fn perform(&mut self, step: Step, request: usize) -> Result<(), Gone> {
        match step {
            Step::Pause(gate) => {
                self.flush().await?;
                gate.pass().await;
            }
            Step::Cut => {
                self.flush().await?;
                self.send(Frame::Cut).await?;
            }
            Step::Hold | Step::HalfOpen => {
                self.flush().await?;
                std::future::pending::<()>().await;
            }
            Step::SlowDelta { index, text, gates } => {
                let event = format!("data: {}\n\n", text_delta(request, index, &text));
                let mut pieces = event.as_bytes().chunks(event.len().div_ceil(gates.len() + 1));
                for gate in &gates {
                    self.write(pieces.next().unwrap_or_default()).await?;
                    self.flush().await?;
                    gate.pass().await;
                }
                for rest in pieces {
                    self.write(rest).await?;
                }
            }
            Step::Raw(bytes) | Step::BelowFrames(bytes) => self.write(&bytes).await?,
            Step::EventText(text) => self.write_event(&text).await?,
            Step::Padding { bytes } => self.write_padding(bytes).await?,
            Step::Deltas { index, count, text } => {
                let event = text_delta(request, index, &text).to_string();
                for _ in 0..count {
                    self.write_event(&event).await?;
                }
            }
            told => {
                if let Some(event) = event_of(told, request) {
                    self.write_value(&event).await?;
                }
            }
        }
        Ok(())
    }

    async fn write_value(&mut self, event: &Value) -> Result<(), Gone> {
        let name = event["type"].as_str().map(|name| format!("event: {name}\n")).unwrap_or_default();
        self.write_lines(&format!("{name}data: {event}\n\n")).await
    }

    async fn write_event(&mut self, data: &str) -> Result<(), Gone> {
        let mut text = String::with_capacity(data.len() + 8);
        for line in data.split('\n') {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "data: {line}");
        }
        text.push('\n');
        self.write_lines(&text).await
    }

    async fn write_lines(&mut self, text: &str) -> Result<(), Gone> {
        match self.line_end {
            LineEnd::Lf => self.write(text.as_bytes()).await,
            LineEnd::CrLf => self.write(text.replace('\n', "\r\n").as_bytes()).await,
        }
    }

    async fn write_padding(&mut self, bytes: usize) -> Result<(), Gone> {
        self.write(br#"data: {"type":"response.sim_padding","padding":""#).await?;
        let block = vec![b'x'; FRAME_BYTES_MAX];
        let mut left = bytes;
        while left > 0 {
            let now = left.min(block.len());
            self.write(&block[..now]).await?;
            left -= now;
        }
        self.write(b"\"}\n\n").await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= FRAME_BYTES_MAX { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut bytes = Bytes::from(std::mem::take(&mut self.pending));
        let is_cut = self.left.is_some_and(|left| left < bytes.len());
        if let Some(left) = &mut self.left {
            bytes.truncate(*left);
            *left -= bytes.len();
        }
        let size = self.chunk_bytes.unwrap_or(bytes.len());
        while !bytes.is_empty() {
            let piece = bytes.split_to(size.min(bytes.len()));
            self.send(Frame::Data(piece)).await?;
        }
        if is_cut { self.send(Frame::Cut).await } else { Ok(()) }
    }

    async fn send(&self, frame: Frame) -> Result<(), Gone> {
        self.frames.send(frame).await.map_err(|_| Gone)
    }
}
