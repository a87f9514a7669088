//! `SideServer`: a scripted server for everything beside the model: signing in, lists of models, credentials of clouds.
//! Answers by method and path; knows no product's protocol.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde_json::Value;

use crate::error::SimError;
use crate::http::{Answer, AnswerFuture, Handler, Listener};
use crate::request::RecordedRequest;
use crate::server::not_found;

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct SideAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// What is answered at one address, in order; the last answer is repeated.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    key: (String, String),
    answers: VecDeque<SideAnswer>,
}

/// A server on loopback. Dropping it stops it.
#[derive(Debug)]
pub struct SideServer {
    listener: Listener,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    run: Mutex<Run>,
}

#[derive(Debug)]
struct Run {
    routes: BTreeMap<(String, String), VecDeque<SideAnswer>>,
    requests: Vec<RecordedRequest>,
}

impl SideAnswer {
    /// JSON with a status.
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { status, headers, body: Bytes::from(body.to_string()) }
    }

    /// Text with a status.
    pub fn text(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::from(body.to_owned()) }
    }

    /// The same with one header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl Route {
    /// What `GET` on a path (without query) is answered with.
    pub fn get(path: &str, answers: impl IntoIterator<Item = SideAnswer>) -> Self {
        Self::of("GET", path, answers)
    }

    /// What `POST` on a path is answered with.
    pub fn post(path: &str, answers: impl IntoIterator<Item = SideAnswer>) -> Self {
        Self::of("POST", path, answers)
    }

    /// Any method.
    pub fn of(method: &str, path: &str, answers: impl IntoIterator<Item = SideAnswer>) -> Self {
        Self { key: (method.to_owned(), path.to_owned()), answers: answers.into_iter().collect() }
    }
}

impl SideServer {
    /// Starts on a free port of 127.0.0.1.
    pub async fn start(routes: impl IntoIterator<Item = Route>) -> Result<Self, SimError> {
        let routes = routes.into_iter().map(|route| (route.key, route.answers)).collect();
        let state = Arc::new(State { run: Mutex::new(Run { routes, requests: Vec::new() }) });
        Ok(Self { listener: Listener::start(state.clone()).await?, state })
    }

    /// `http://127.0.0.1:PORT`, without a slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.listener.address())
    }

    /// All requests so far, in order.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state.run().requests.clone()
    }

    /// Method and path of all requests so far, in order.
    pub fn paths(&self) -> Vec<String> {
        let requests = self.requests();
        requests.iter().map(|request| format!("{} {}", request.method(), request.path())).collect()
    }
}

impl State {
    fn run(&self) -> MutexGuard<'_, Run> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handler for State {
    fn answer(self: Arc<Self>, request: RecordedRequest) -> AnswerFuture {
        let path = request.path().split('?').next().unwrap_or_default().to_owned();
        let key = (request.method().to_owned(), path.clone());
        let mut run = self.run();
        run.requests.push(request);
        let answer = match run.routes.get_mut(&key) {
            Some(answers) if answers.len() > 1 => answers.pop_front(),
            Some(answers) => answers.front().cloned(),
            None => None,
        };
        let answer = answer.map_or_else(
            || not_found(&path),
            |SideAnswer { status, headers, body }| Answer::Plain { status, headers, body },
        );
        Box::pin(std::future::ready(answer))
    }
}
