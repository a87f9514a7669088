//! `ReplayServer`: a recorded run served again. Owns the order of the recorded answers and the list of differences.
//! Invariant: no recorded secret or key is needed, and a difference is never lost: it is in the report.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex_secrets::Secrets;
use serde_json::{Value, json};

use crate::cassette::{Cassette, Exchange, ExchangeEnd};
use crate::error::SimError;
use crate::http::{Answer, AnswerFuture, Handler, Listener};
use crate::replay_compare::{PathPair, Side, comparable, difference, learn_sessions, rewrite_event};
use crate::reply::{Reply, Step};
use crate::request::RecordedRequest;
use crate::server::{is_model_request, not_found, plain_json, to_answer};

/// What a request that differs from the recording leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayMode {
    /// It is refused with 400 and the difference.
    Strict,
    /// It is answered as recorded; the difference is in the report.
    Lenient,
}

/// How to replay.
#[derive(Clone, Debug)]
pub struct ReplayOptions {
    /// What a difference leads to.
    pub mode: ReplayMode,
    /// Folders of the recorded run and of this one; see [`Cassette::path_pairs`].
    pub paths: Vec<PathPair>,
    /// Secrets of this run: a recorded `[secret:NAME]` equals the value of `NAME` now.
    pub secrets: Secrets,
}

/// One request that was not as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Number of the recorded request, from 1.
    pub request: u64,
    /// Number of its turn, from 1.
    pub turn: u64,
    /// Unified diff of the normalised bodies.
    pub diff: String,
}

/// How a replay went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayReport {
    /// Recorded requests that a faultless replay asks for.
    pub recorded: usize,
    /// Those that were asked for.
    pub served: usize,
    /// Requests that were not as recorded.
    pub differences: Vec<Difference>,
    /// Requests that had no recorded answer, in words.
    pub refused: Vec<String>,
}

impl ReplayReport {
    /// Whether this run asked exactly what the recorded run asked.
    pub fn is_clean(&self) -> bool {
        self.served == self.recorded && self.differences.is_empty() && self.refused.is_empty()
    }
}

impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            let Difference { request, turn, diff } = difference;
            writeln!(f, "request {request} (turn {turn}) differs from the recording:\n{}", diff.trim_end())?;
        }
        for refused in &self.refused {
            writeln!(f, "{refused}")?;
        }
        let ReplayReport { recorded, served, .. } = self;
        write!(f, "{served} of {recorded} recorded requests replayed, {} differed", self.differences.len())
    }
}

/// The folders of this run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFolders {
    /// The working folder, without links.
    pub cwd: PathBuf,
    /// `$CODEX_HOME`.
    pub codex_home: PathBuf,
    /// `$TMPDIR`, when it is set.
    pub tmp_dir: Option<PathBuf>,
}

impl Cassette {
    /// The folders of the recorded run, each with the folder that stands for it now.
    pub fn path_pairs(&self, now: &RunFolders) -> Vec<PathPair> {
        let mut pairs: Vec<PathPair> = Vec::new();
        for turn in &self.turns {
            let named = [
                (Some(&turn.cwd), Some(&now.cwd), "<cwd>"),
                (turn.codex_home.as_ref(), Some(&now.codex_home), "<codex-home>"),
                (turn.tmp_dir.as_ref(), now.tmp_dir.as_ref(), "<tmp>"),
            ];
            for (recorded, actual, label) in named {
                let Some(actual) = actual else { continue };
                let recorded = recorded.map(|path| path.trim_end_matches(['/', '\\'])).unwrap_or_default();
                // A root folder is part of every path: it stands for nothing.
                if !recorded.is_empty() && pairs.iter().all(|pair| pair.recorded != recorded) {
                    let actual = actual.to_string_lossy().into_owned();
                    pairs.push(PathPair { recorded: recorded.to_owned(), actual, label: label.to_owned() });
                }
            }
        }
        pairs
    }
}

/// A server that answers as a cassette says. Dropping it stops it.
#[derive(Debug)]
pub struct ReplayServer {
    listener: Listener,
    state: Arc<ReplayState>,
}

impl ReplayServer {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start(cassette: Cassette, options: ReplayOptions) -> Result<ReplayServer, SimError> {
        let exchanges = worth_replaying(cassette.exchanges);
        let report = ReplayReport { recorded: exchanges.len(), ..ReplayReport::default() };
        let progress = Mutex::new(Progress { next: 0, sessions: HashMap::new(), report });
        let state = Arc::new(ReplayState { exchanges, options, progress });
        Ok(ReplayServer { listener: Listener::start(state.clone()).await?, state })
    }

    /// The provider's `base_url`. No key is needed.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.listener.address())
    }

    /// How it went so far.
    pub fn report(&self) -> ReplayReport {
        self.state.progress().report.clone()
    }

    /// Stops the server and waits for its tasks.
    pub async fn stop(&self) {
        self.listener.stop().await;
    }
}

/// Leaves out attempts that failed without an answer and were repeated unchanged: a replay need not wait for retries,
/// and what made the recorded client retry (a `retry-after` header) is not on the tape.
fn worth_replaying(exchanges: Vec<Exchange>) -> Vec<Exchange> {
    let seen_by_model = |exchange: &Exchange| comparable(&exchange.body, &[], Side::Recorded);
    let mut kept: Vec<Exchange> = Vec::new();
    for exchange in exchanges {
        let repeats = kept.last().is_some_and(|last| {
            let failed = matches!(last.end, ExchangeEnd::Error { .. }) && last.events.is_empty();
            failed && last.turn == exchange.turn && seen_by_model(last) == seen_by_model(&exchange)
        });
        if repeats {
            kept.pop();
        }
        kept.push(exchange);
    }
    kept
}

#[derive(Debug)]
struct ReplayState {
    exchanges: Vec<Exchange>,
    options: ReplayOptions,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
struct Progress {
    next: usize,
    /// Recorded session id -> session id of this run.
    sessions: HashMap<u64, u64>,
    report: ReplayReport,
}

impl ReplayState {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn model_answer(&self, request: &RecordedRequest) -> Answer {
        let mut progress = self.progress();
        let actual = self.options.secrets.mask_value(request.json());
        let seen = comparable(&actual, &self.options.paths, Side::Actual);
        let position = progress.next;
        // The error a recorded run ended with is given to every retry of the same request.
        if let Some(last) = position.checked_sub(1).and_then(|last| self.exchanges.get(last)) {
            let failed = matches!(last.end, ExchangeEnd::Error { .. }) && last.events.is_empty();
            if failed && comparable(&last.body, &self.options.paths, Side::Recorded) == seen {
                return to_answer(self.recorded_reply(last, &progress.sessions), position);
            }
        }
        let Some(exchange) = self.exchanges.get(position) else {
            let message = format!(
                "the cassette holds no further request: this run asked for more than the {} recorded ones",
                self.exchanges.len()
            );
            progress.report.refused.push(message.clone());
            return to_answer(Reply::error(400, "replay_ended", &message), position);
        };
        progress.next += 1;
        progress.report.served += 1;
        learn_sessions(&exchange.body, &actual, &mut progress.sessions);
        let recorded = comparable(&exchange.body, &self.options.paths, Side::Recorded);
        if let Some(diff) = difference(&recorded, &seen) {
            let Exchange { id: request, turn, .. } = *exchange;
            let refusal =
                format!("request {request} (turn {turn}) differs from the recording:\n{}", diff.trim_end());
            progress.report.differences.push(Difference { request, turn, diff });
            if self.options.mode == ReplayMode::Strict {
                return to_answer(Reply::error(400, "replay_differs", &refusal), position);
            }
        }
        to_answer(self.recorded_reply(exchange, &progress.sessions), position)
    }

    fn recorded_reply(&self, exchange: &Exchange, sessions: &HashMap<u64, u64>) -> Reply {
        if let ExchangeEnd::Error { status, message } = &exchange.end
            && exchange.events.is_empty()
        {
            // A lost connection is told as a bad gateway: a closed socket would make a client wait for its network.
            let head = Reply::status(status.unwrap_or(502));
            let is_json = serde_json::from_str::<Value>(message).is_ok();
            return match status {
                Some(_) if is_json => head.header("content-type", "application/json").body(message.clone()),
                Some(_) => head.body(message.clone()),
                None => head.json(&json!({ "error": { "message": format!("recorded failure: {message}") } })),
            };
        }
        let events =
            exchange.events.iter().map(|event| rewrite_event(&event.data, &self.options.paths, sessions));
        let stream = events.fold(Reply::sse(), |reply, data| reply.step(Step::EventText(data)));
        if exchange.is_complete() { stream } else { stream.cut() }
    }
}

impl Handler for ReplayState {
    fn answer(self: Arc<Self>, request: RecordedRequest) -> AnswerFuture {
        Box::pin(async move {
            if is_model_request(&request) {
                return self.model_answer(&request);
            }
            let path = request.path().split('?').next().unwrap_or_default();
            let models = request.method() == "GET" && path.ends_with("/models");
            if models { plain_json(200, &json!({ "models": [] })) } else { not_found(path) }
        })
    }
}
