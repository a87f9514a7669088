//! Reads cassette files (`cassette.rs` documents the format). Tolerates a torn last line and says so;
//! every other damage is an error with its line number. Reads only.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::cassette::{
    CASSETTE_FORMAT, CASSETTE_VERSION, Cassette, CassetteHeader, Exchange, ExchangeEnd, RecordedEvent,
    TurnRecord,
};
use crate::error::SimError;

#[derive(Deserialize)]
struct LineHead {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct RequestLine {
    id: u64,
    #[serde(default)]
    turn: u64,
    ms: u64,
    body: Option<Value>,
    text: Option<String>,
}

#[derive(Deserialize)]
struct EventLine<'a> {
    request: u64,
    ms: u64,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    text: Option<String>,
}

#[derive(Deserialize)]
struct EndLine {
    request: u64,
    outcome: Outcome,
    status: Option<u16>,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Ok,
    Error,
}

pub(crate) fn read(path: &Path) -> Result<Cassette, SimError> {
    let bytes = std::fs::read(path).map_err(|source| SimError::Read { path: path.to_owned(), source })?;
    parse(path, &bytes)
}

pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Cassette, SimError> {
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    let first = lines.next().map(|(_, line)| line).unwrap_or_default();
    let header = read_header(path, first)?;
    let mut reading = Reading {
        cassette: Cassette { header, turns: Vec::new(), exchanges: Vec::new(), notes: Vec::new() },
        position: HashMap::new(),
    };
    for (index, line) in lines {
        let number = index + 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match reading.line(line, number) {
            Ok(()) => {}
            Err(_) if !line.ends_with(b"\n") => reading.cassette.notes.push(format!(
                "{} line {number} is torn (the recording was interrupted while writing it) and was skipped",
                path.display()
            )),
            Err(why) => return Err(SimError::DamagedCassette { path: path.to_owned(), line: number, why }),
        }
    }
    Ok(reading.cassette)
}

fn read_header(path: &Path, line: &[u8]) -> Result<CassetteHeader, SimError> {
    let not = |why: &str| SimError::NotCassette { path: path.to_owned(), why: why.to_owned() };
    if line.trim_ascii().is_empty() {
        return Err(not("its first line is empty"));
    }
    let value: Value = serde_json::from_slice(line).map_err(|_| not("its first line is no JSON object"))?;
    if value["format"] != CASSETTE_FORMAT {
        return Err(not("its first line has no \"format\":\"codex-cassette\""));
    }
    let version = value["version"].as_u64().ok_or_else(|| not("its header has no version number"))?;
    if version > CASSETTE_VERSION {
        let needs = value["needs"].as_str().or(value["client_version"].as_str());
        return Err(SimError::NewerCassette {
            path: path.to_owned(),
            version,
            readable: CASSETTE_VERSION,
            needs: needs.unwrap_or("(unknown)").to_owned(),
        });
    }
    serde_json::from_value(value).map_err(|error| not(&format!("its header is damaged: {error}")))
}

struct Reading {
    cassette: Cassette,
    /// Request id -> position in `exchanges`.
    position: HashMap<u64, usize>,
}

impl Reading {
    fn line(&mut self, line: &[u8], number: usize) -> Result<(), String> {
        let text = std::str::from_utf8(line).map_err(|error| error.to_string())?;
        match parse_line::<LineHead>(text)?.kind.as_str() {
            "turn" => self.cassette.turns.push(parse_line::<TurnRecord>(text)?),
            "request" => {
                let line: RequestLine = parse_line(text)?;
                let body = line.body.or(line.text.map(Value::String)).ok_or("a request without body")?;
                let exchanges = &mut self.cassette.exchanges;
                if self.position.insert(line.id, exchanges.len()).is_some() {
                    return Err(format!("request {} is recorded twice", line.id));
                }
                let (id, turn, ms) = (line.id, line.turn, line.ms);
                exchanges.push(Exchange {
                    id,
                    turn,
                    ms,
                    body,
                    events: Vec::new(),
                    end: ExchangeEnd::Missing,
                });
            }
            "event" => {
                let line: EventLine<'_> = parse_line(text)?;
                let data = line
                    .data
                    .map(|data| data.get().to_owned())
                    .or(line.text)
                    .ok_or("an event without data")?;
                self.exchange(line.request)?.events.push(RecordedEvent { ms: line.ms, data });
            }
            "end" => {
                let line: EndLine = parse_line(text)?;
                self.exchange(line.request)?.end = match line.outcome {
                    Outcome::Ok => ExchangeEnd::Ok,
                    Outcome::Error => ExchangeEnd::Error { status: line.status, message: line.message },
                };
            }
            other => {
                self.cassette
                    .notes
                    .push(format!("line {number} has the unknown type {other:?} and was skipped"));
            }
        }
        Ok(())
    }

    fn exchange(&mut self, id: u64) -> Result<&mut Exchange, String> {
        let found = self.position.get(&id).and_then(|position| self.cassette.exchanges.get_mut(*position));
        found.ok_or_else(|| format!("there is no request {id} before this line"))
    }
}

fn parse_line<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
