//! One face over both projections: an event in, chunks for the streams out.

use codex_protocol::Event;

use crate::human::HumanProjection;
use crate::json_event::JsonEvent;
use crate::output::Chunk;
use crate::project::JsonProjection;
use crate::terminal::{Target, safe_json};

/// How a run is shown.
#[derive(Debug)]
pub(crate) enum View {
    /// One JSON line per fact on standard output.
    Json { projection: JsonProjection, stdout: Target },
    /// Text on standard error, the last message on standard output.
    Human(HumanProjection),
}

impl View {
    /// What one event gives.
    pub(crate) fn push(&mut self, event: &Event) -> Vec<Chunk> {
        match self {
            Self::Json { projection, stdout } => {
                projection.push(event).iter().filter_map(|line| json_line(line, *stdout)).collect()
            }
            Self::Human(projection) => projection.push(event),
        }
    }
}

fn json_line(event: &JsonEvent, stdout: Target) -> Option<Chunk> {
    match serde_json::to_string(event) {
        Ok(json) => {
            let mut line = safe_json(json, stdout);
            line.push('\n');
            Some(Chunk::Out(line.into_bytes()))
        }
        Err(error) => {
            tracing::error!(%error, "an event did not encode");
            None
        }
    }
}
