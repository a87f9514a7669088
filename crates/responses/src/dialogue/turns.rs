//! A conversation as both wires need it: instructions first, then people and the model taking turns, every call
//! answered in the turn that made it.
//!
//! Invariant of a finished [`Dialogue`]: turns alternate, the first and the last one are a person's or end with
//! answers, a step says or calls something, and it has exactly one answer for each of its calls, in call order.

use super::kept_reasoning::KeptReasoning;

/// Words given where a wire demands a person's turn and the history has none.
const BEGINNING_LOST: &str = "(The beginning of this conversation is not available.)";
const GO_ON: &str = "(The answer broke off here. Go on from where it stopped.)";

/// A conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Dialogue {
    /// What the client says before anybody else does.
    pub(crate) instructions: Vec<String>,
    pub(crate) turns: Vec<Turn>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Turn {
    /// A person's words, or the client's in their place.
    User(Vec<Part>),
    /// One answer of the model, and what came of its calls.
    Step(Step),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) blocks: Vec<Block>,
    pub(crate) answers: Vec<Answer>,
}

/// One piece of what the model wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    Reasoning(KeptReasoning),
    Text(String),
    Call(Call),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The text of a JSON object.
    pub(crate) arguments: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) call_id: String,
    pub(crate) parts: Vec<Part>,
}

/// Something for the model to read or see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// Never blank.
    Text(String),
    Image {
        /// `data:` or `http(s):`
        url: String,
        detail: Option<String>,
    },
}

impl Part {
    /// `None` for a text without a visible character, which services refuse.
    pub(crate) fn text(text: impl Into<String>) -> Option<Self> {
        let text = text.into();
        (!text.trim().is_empty()).then_some(Self::Text(text))
    }
}

impl Dialogue {
    /// Adds to the person's turn, or begins one.
    pub(super) fn say(&mut self, parts: impl IntoIterator<Item = Part>) {
        let mut parts = parts.into_iter().peekable();
        if parts.peek().is_none() {
            return;
        }
        match self.turns.last_mut() {
            Some(Turn::User(said)) => said.extend(parts),
            _ => self.turns.push(Turn::User(parts.collect())),
        }
    }

    /// Adds a step, unless it says nothing: reasoning alone is half an answer.
    pub(super) fn step(&mut self, step: Step) {
        if step.blocks.iter().any(|block| !matches!(block, Block::Reasoning(_))) {
            self.turns.push(Turn::Step(step));
        }
    }

    /// Gives the conversation the ends that the wires demand.
    pub(super) fn finish(&mut self) {
        if !matches!(self.turns.first(), Some(Turn::User(_))) {
            self.turns.insert(0, Turn::User(vec![Part::Text(BEGINNING_LOST.to_owned())]));
        }
        if matches!(self.turns.last(), Some(Turn::Step(step)) if step.answers.is_empty()) {
            self.say([Part::Text(GO_ON.to_owned())]);
        }
    }

    /// Where the person spoke last: reasoning after it belongs to the answer in progress.
    pub(crate) fn last_user_turn(&self) -> usize {
        self.turns.iter().rposition(|turn| matches!(turn, Turn::User(_))).unwrap_or(0)
    }

    /// Whether the history has a call.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &Call> {
        let steps = self.turns.iter().filter_map(|turn| match turn {
            Turn::Step(step) => Some(step),
            Turn::User(_) => None,
        });
        steps.flat_map(Step::calls)
    }
}

impl Step {
    pub(crate) fn calls(&self) -> impl Iterator<Item = &Call> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Call(call) => Some(call),
            Block::Reasoning(_) | Block::Text(_) => None,
        })
    }
}
