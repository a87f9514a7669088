//! `Script`: everything a scripted server was told beforehand. A plain value; the run of it is `server.rs`'s.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::handshake::Handshake;
use crate::reply::Reply;

/// The ordered answers of a scripted model, one per model request: a `POST …/responses`, or a
/// `response.create` frame of a WebSocket.
#[derive(Clone, Debug)]
pub struct Script {
    pub(crate) replies: VecDeque<Reply>,
    pub(crate) prewarms: VecDeque<Reply>,
    pub(crate) handshakes: VecDeque<Handshake>,
    pub(crate) further_handshakes: Handshake,
    pub(crate) at_end: AtEnd,
    pub(crate) pairing: Pairing,
    pub(crate) leftovers: Leftovers,
    pub(crate) models: Value,
    pub(crate) models_etag: Option<String>,
    pub(crate) pages: Vec<Page>,
}

/// What is answered at a path that is no model request.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// The path ends with it.
    pub(crate) path: String,
    /// Taken one by one; the last one stays.
    pub(crate) replies: VecDeque<Reply>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtEnd {
    Fail,
    RepeatLast,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pairing {
    Enforced,
    Ignored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leftovers {
    Fail,
    Fine,
}

impl Script {
    /// Answers in order; a request after the last one is a failure.
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Script {
        Script {
            replies: replies.into_iter().collect(),
            prewarms: VecDeque::new(),
            handshakes: VecDeque::new(),
            further_handshakes: Handshake::accept(),
            at_end: AtEnd::Fail,
            pairing: Pairing::Enforced,
            leftovers: Leftovers::Fail,
            models: json!({ "models": [] }),
            pages: Vec::new(),
            models_etag: None,
        }
    }

    /// The last reply answers all further requests.
    #[must_use]
    pub fn repeat_last(mut self) -> Script {
        self.at_end = AtEnd::RepeatLast;
        self
    }

    /// Accepts calls without outputs and outputs without calls.
    #[must_use]
    pub fn allow_unpaired(mut self) -> Script {
        self.pairing = Pairing::Ignored;
        self
    }

    /// Replies nobody asked for are no failure.
    #[must_use]
    pub fn allow_unused(mut self) -> Script {
        self.leftovers = Leftovers::Fine;
        self
    }

    /// Answers to prewarm frames (`generate:false`), in order. A prewarm without one is answered with an empty
    /// response; prewarms take nothing from the ordinary replies.
    #[must_use]
    pub fn prewarms(mut self, replies: impl IntoIterator<Item = Reply>) -> Script {
        self.prewarms.extend(replies);
        self
    }

    /// Answers to the first WebSocket handshakes, in order; further ones are accepted.
    #[must_use]
    pub fn handshakes(mut self, handshakes: impl IntoIterator<Item = Handshake>) -> Script {
        self.handshakes.extend(handshakes);
        self
    }

    /// The answer to every handshake [`Script::handshakes`] has none for.
    #[must_use]
    pub fn further_handshakes(mut self, handshake: Handshake) -> Script {
        self.further_handshakes = handshake;
        self
    }

    /// Answers to requests of any method whose path, without its query, ends with `path`: for sign-in servers, account
    /// look-ups, model lists. In order; the last one is repeated.
    #[must_use]
    pub fn page(mut self, path: &str, replies: impl IntoIterator<Item = Reply>) -> Script {
        self.pages.push(Page { path: path.to_owned(), replies: replies.into_iter().collect() });
        self
    }

    /// The body of `GET …/models` (`responses-wire.md §5.7`); without it an empty list.
    #[must_use]
    pub fn models(mut self, models: Value) -> Script {
        self.models = models;
        self
    }

    /// The header `etag` of that answer.
    #[must_use]
    pub fn models_etag(mut self, etag: &str) -> Script {
        self.models_etag = Some(etag.to_owned());
        self
    }
}

impl Script {
    pub(crate) fn page_at(&mut self, path: &str) -> Option<Reply> {
        let page = self.pages.iter_mut().find(|page| path.ends_with(&page.path))?;
        match page.replies.len() {
            0 => None,
            1 => page.replies.front().cloned(),
            _ => page.replies.pop_front(),
        }
    }
}

impl<const N: usize> From<[Reply; N]> for Script {
    fn from(replies: [Reply; N]) -> Script {
        Script::new(replies)
    }
}

impl From<Vec<Reply>> for Script {
    fn from(replies: Vec<Reply>) -> Script {
        Script::new(replies)
    }
}

impl From<Reply> for Script {
    fn from(reply: Reply) -> Script {
        Script::new([reply])
    }
}
