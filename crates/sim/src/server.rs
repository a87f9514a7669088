//! `SimServer`: the scripted model. Owns the script, the record of requests and the verdict on the run.
//! Invariant: what goes wrong on the server's side is always in the verdict, never only in a client's error.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::error::SimError;
use crate::handshake::Handshake;
use crate::http::{Answer, AnswerFuture, Handler, Listener, Upgrade, UpgradeFuture};
use crate::pairing::unpaired;
use crate::reply::{Content, Reply};
use crate::request::RecordedRequest;
use crate::script::{AtEnd, Leftovers, Pairing, Script};
use crate::sse::StreamPlan;
use crate::wire::{Wire, chat_faults, cut_at_event, messages_faults, translate};

/// What went wrong on the server's side of a run. Its debug form reads like its display form, for `unwrap` in tests.
#[derive(Clone, PartialEq, Eq)]
pub struct Failures(pub Vec<String>);

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the scripted server saw {} failure(s)", self.0.len())?;
        self.0.iter().try_for_each(|failure| write!(f, "\n- {failure}"))
    }
}

impl fmt::Debug for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failures {}

/// A scripted model server on loopback, which speaks the wire it is asked in: Responses, Chat Completions or Messages.
/// Dropping it stops it.
#[derive(Debug)]
pub struct SimServer {
    listener: Listener,
    state: Arc<ServerState>,
}

impl SimServer {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start(script: impl Into<Script>) -> Result<SimServer, SimError> {
        let script = script.into();
        let state = Arc::new(ServerState {
            models: script.models.clone(),
            models_etag: script.models_etag.clone(),
            run: Mutex::new(Run {
                script,
                requests: Vec::new(),
                frames: Vec::new(),
                handshakes: Vec::new(),
                others: Vec::new(),
                failures: Vec::new(),
                kept: 0,
            }),
            count: watch::Sender::new(0),
        });
        Ok(SimServer { listener: Listener::start(state.clone()).await?, state })
    }

    /// The provider's `base_url`: `http://127.0.0.1:PORT/v1`.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.listener.address())
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.listener.address().port()
    }

    /// All model requests so far (`POST …/responses`, and `response.create` frames but prewarms), in order.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.run().requests.clone()
    }

    /// One model request, from 0.
    pub fn request(&self, index: usize) -> Option<RecordedRequest> {
        self.state.run().requests.get(index).cloned()
    }

    /// All frames of WebSocket connections so far, prewarms included, in order.
    pub fn frames(&self) -> Vec<RecordedRequest> {
        self.state.run().frames.clone()
    }

    /// All WebSocket handshakes so far, refused ones included, in order.
    pub fn handshakes(&self) -> Vec<RecordedRequest> {
        self.state.run().handshakes.clone()
    }

    /// Every other request so far (`GET …/models`, unknown paths), in order.
    pub fn other_requests(&self) -> Vec<RecordedRequest> {
        self.state.run().others.clone()
    }

    /// Waits until this many model requests have arrived. No limit of its own.
    pub async fn wait_for_requests(&self, count: usize) {
        let mut seen = self.state.count.subscribe();
        // The sender lives in `self.state`, so the wait can only end with the condition.
        let _ = seen.wait_for(|arrived| *arrived >= count).await;
    }

    /// Adds replies to the end of the script.
    pub fn push(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.run().script.replies.extend(replies);
    }

    /// Whether everything the server saw was as the script wants it. To be called at the end of every test.
    pub fn verify(&self) -> Result<(), Failures> {
        let run = self.state.run();
        let mut failures = run.failures.clone();
        let unused = run.script.replies.len().saturating_sub(run.kept);
        if unused > 0 && run.script.leftovers == Leftovers::Fail {
            failures.push(format!("{unused} reply(s) of the script were never asked for"));
        }
        if failures.is_empty() { Ok(()) } else { Err(Failures(failures)) }
    }

    /// Stops the server and waits for its tasks.
    pub async fn stop(&self) {
        self.listener.stop().await;
    }
}

#[derive(Debug)]
struct ServerState {
    models: Value,
    models_etag: Option<String>,
    run: Mutex<Run>,
    count: watch::Sender<usize>,
}

#[derive(Debug)]
struct Run {
    script: Script,
    requests: Vec<RecordedRequest>,
    frames: Vec<RecordedRequest>,
    handshakes: Vec<RecordedRequest>,
    others: Vec<RecordedRequest>,
    failures: Vec<String>,
    /// Used replies that stay in the script: with `repeat_last` the last one, once it was asked for.
    kept: usize,
}

impl ServerState {
    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a model request and takes its reply from the script.
    fn take(&self, request: &RecordedRequest) -> (usize, Reply) {
        let mut run = self.run();
        let index = run.requests.len();
        run.requests.push(request.clone());
        let faults = match run.script.pairing {
            Pairing::Enforced => faults_of(request),
            Pairing::Ignored => Vec::new(),
        };
        let reply = if !request.is_json() {
            run.fail(index, 400, "the body is no JSON")
        } else if !faults.is_empty() {
            run.fail(index, 400, &faults.join("; "))
        } else if run.script.at_end == AtEnd::RepeatLast && run.script.replies.len() == 1 {
            run.kept = 1;
            run.script.replies.front().cloned().unwrap_or_else(|| Reply::status(500))
        } else if let Some(reply) = run.script.replies.pop_front() {
            reply
        } else {
            run.fail(index, 500, "the script has no reply left")
        };
        drop(run);
        self.count.send_replace(index + 1);
        (index, reply)
    }

    /// Records a frame and takes its reply: a prewarm's own, or the script's next.
    fn take_frame(&self, request: &RecordedRequest) -> (usize, Reply) {
        let mut run = self.run();
        run.frames.push(request.clone());
        if request.json()["generate"] != json!(false) {
            drop(run);
            return self.take(request);
        }
        let count = run.frames.iter().filter(|frame| frame.json()["generate"] == json!(false)).count();
        let ready = json!({ "id": format!("resp_warm_{count}"), "usage": null });
        let reply = run.script.prewarms.pop_front();
        (run.requests.len(), reply.unwrap_or_else(|| Reply::sse().created().completed_fields(ready)))
    }

    fn take_handshake(&self, request: &RecordedRequest) -> (usize, Handshake) {
        let mut run = self.run();
        run.handshakes.push(request.clone());
        let next = run.script.handshakes.pop_front();
        (run.handshakes.len() - 1, next.unwrap_or_else(|| run.script.further_handshakes.clone()))
    }

    fn models(&self) -> Answer {
        let mut answer = plain_json(200, &self.models);
        if let (Answer::Plain { headers, .. }, Some(etag)) = (&mut answer, &self.models_etag) {
            headers.push(("etag".to_owned(), etag.clone()));
        }
        answer
    }

    async fn other(&self, request: RecordedRequest) -> Answer {
        let path = request.path().split('?').next().unwrap_or_default().to_owned();
        let known = request.method() == "GET" && path.ends_with("/models");
        let (index, page) = {
            let mut run = self.run();
            run.others.push(request.clone());
            (run.others.len() - 1, run.script.page_at(&path))
        };
        match page {
            Some(reply) => resolved(reply, &request, index).await,
            None if known => self.models(),
            None => not_found(&path),
        }
    }
}

impl Run {
    fn fail(&mut self, index: usize, status: u16, why: &str) -> Reply {
        let message = format!("model request {index}: {why}");
        self.failures.push(message.clone());
        Reply::error(status, "sim_script", &message)
    }
}

impl Handler for ServerState {
    fn answer(self: Arc<Self>, request: RecordedRequest) -> AnswerFuture {
        Box::pin(async move {
            if !is_model_request(&request) {
                return self.other(request).await;
            }
            let (index, reply) = self.take(&request);
            resolved(reply, &request, index).await
        })
    }

    fn upgrade(self: Arc<Self>, request: RecordedRequest) -> UpgradeFuture {
        Box::pin(async move {
            if !has_responses_path(&request) {
                return Upgrade::Refuse(self.other(request).await);
            }
            let (connection, handshake) = self.take_handshake(&request);
            if let Some(gate) = &handshake.gate {
                gate.pass().await;
            }
            match handshake.refusal {
                Some(reply) => Upgrade::Refuse(resolved(reply, &request, connection).await),
                None => Upgrade::Accept { connection, headers: handshake.headers },
            }
        })
    }

    fn frame(self: Arc<Self>, request: RecordedRequest) -> AnswerFuture {
        Box::pin(async move {
            let (index, reply) = self.take_frame(&request);
            resolved(reply, &request, index).await
        })
    }

    fn fault(&self, why: String) {
        self.run().failures.push(why);
    }
}

/// The answer a reply stands for, once its gate is open.
async fn resolved(mut reply: Reply, request: &RecordedRequest, index: usize) -> Answer {
    while let Content::Computed(make) = &reply.content {
        reply = make(request);
    }
    if let Some(gate) = &reply.header_gate {
        gate.pass().await;
    }
    to_answer(spoken(reply, request, index), index)
}

/// The reply in the terms of the wire it was asked for on.
fn spoken(mut reply: Reply, request: &RecordedRequest, index: usize) -> Reply {
    let Content::Stream { steps, cut_at, .. } = &mut reply.content else { return reply };
    let wire = Wire::of_path(request.path()).unwrap_or(Wire::Responses);
    let model = request.json()["model"].as_str().unwrap_or_default();
    let told = translate(std::mem::take(steps), wire, index, model);
    *steps = match cut_at.take() {
        Some(events) => cut_at_event(told, events),
        None => told,
    };
    reply
}

/// What is wrong with the conversation of a request, by the rules of its wire.
fn faults_of(request: &RecordedRequest) -> Vec<String> {
    match Wire::of_path(request.path()) {
        Some(Wire::Chat) => chat_faults(request.json()),
        Some(Wire::Messages) => messages_faults(request.json()),
        Some(Wire::Responses) | None => unpaired(request.full_input()),
    }
}

pub(crate) fn is_model_request(request: &RecordedRequest) -> bool {
    request.method() == "POST" && Wire::of_path(request.path()).is_some()
}

fn has_responses_path(request: &RecordedRequest) -> bool {
    Wire::of_path(request.path()) == Some(Wire::Responses)
}

pub(crate) fn plain_json(status: u16, body: &Value) -> Answer {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Answer::Plain { status, headers, body: Bytes::from(body.to_string()) }
}

pub(crate) fn not_found(path: &str) -> Answer {
    plain_json(404, &json!({ "error": { "message": format!("nothing is served at {path}") } }))
}

pub(crate) fn to_answer(reply: Reply, request: usize) -> Answer {
    match reply.content {
        // A computed reply is resolved before it is rendered; a second layer would have nothing to answer with.
        Content::Drop | Content::Computed(_) => Answer::Drop,
        Content::Plain(body) => Answer::Plain { status: reply.status, headers: reply.headers, body },
        Content::Stream { steps, chunk_bytes, line_end, cut_at_byte, .. } => Answer::Stream {
            status: reply.status,
            headers: reply.headers,
            plan: StreamPlan { steps, chunk_bytes, line_end, cut_at_byte, request },
        },
    }
}
