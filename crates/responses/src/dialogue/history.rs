//! From Responses items to a [`Dialogue`]. Whatever the history holds, the result obeys the dialogue's rules: calls
//! and outputs are paired by id, items of other services are left out or said in words.

use std::collections::{HashMap, HashSet};

use codex_protocol::{
    ContentPart, CustomToolCallBody, FunctionCallBody, ItemKind, MessageBody, ResponseItem, Role, ToolOutput,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call_book::is_object;
use super::kept_reasoning::KeptReasoning;
use super::tool_table::ToolTable;
use super::turns::{Answer, Block, Call, Dialogue, Part, Step};
use super::wire_name::wire_id;

/// What stands for an output that is missing.
const UNANSWERED: &str = "aborted";
const SEALED_SUMMARY: &str = "(Earlier parts of this conversation were summarised by another service in a form that cannot be read here.)";

#[derive(Deserialize)]
struct OutputBody {
    output: ToolOutput,
}

/// An item as the wires see it.
enum Piece {
    /// The client's words.
    Note(String),
    User(Vec<Part>),
    /// The model's.
    Block(Block),
    /// An output: the answer in progress is over.
    Answered,
    Nothing,
}

impl Dialogue {
    /// Reads the items of a request in order.
    pub(crate) fn of<'a>(items: impl Iterator<Item = &'a ResponseItem> + Clone, tools: &ToolTable) -> Self {
        let mut outputs = outputs(items.clone());
        let mut dialogue = Self::default();
        let mut open = Step::default();
        let (mut answered, mut called) = (false, HashSet::new());
        for item in items {
            let piece = piece(item, tools);
            match piece {
                Piece::Nothing => {}
                Piece::Answered => answered = open.calls().next().is_some(),
                Piece::Note(_) | Piece::User(_) => {
                    dialogue.close(&mut open, &mut outputs);
                    answered = false;
                    dialogue.hear(piece);
                }
                Piece::Block(Block::Call(call)) if !called.insert(call.id.clone()) => {
                    tracing::warn!(call_id = call.id, "left out a second call of the same id");
                }
                Piece::Block(block) => {
                    if std::mem::take(&mut answered) {
                        dialogue.close(&mut open, &mut outputs);
                    }
                    open.blocks.push(block);
                }
            }
        }
        dialogue.close(&mut open, &mut outputs);
        dialogue.finish();
        dialogue
    }

    fn close(&mut self, open: &mut Step, outputs: &mut HashMap<String, Vec<Part>>) {
        let mut step = std::mem::take(open);
        let answer = |call: &Call| Answer {
            call_id: call.id.clone(),
            parts: outputs.remove(&call.id).unwrap_or_else(|| vec![Part::Text(UNANSWERED.to_owned())]),
        };
        step.answers = step.calls().map(answer).collect();
        self.step(step);
    }

    fn hear(&mut self, piece: Piece) {
        match piece {
            Piece::Note(text) if self.turns.is_empty() => self.instructions.push(text),
            // Most servers allow instructions only at the beginning.
            Piece::Note(text) => self.say(Part::text(format!("<developer>\n{text}\n</developer>"))),
            Piece::User(parts) => self.say(parts),
            Piece::Block(_) | Piece::Answered | Piece::Nothing => {}
        }
    }
}

/// The first output of each call.
fn outputs<'a>(items: impl Iterator<Item = &'a ResponseItem>) -> HashMap<String, Vec<Part>> {
    let mut outputs = HashMap::new();
    for item in items.filter(|item| is_output(item)) {
        let Some(call_id) = item.call_id() else { continue };
        let output = match item.body::<OutputBody>().map(|body| body.output) {
            Ok(ToolOutput::Text(text)) => Part::text(text).into_iter().collect(),
            Ok(ToolOutput::Parts(parts)) => parts.into_iter().filter_map(part).collect(),
            Err(_) => Vec::new(),
        };
        outputs.entry(wire_id(call_id.as_str())).or_insert(output);
    }
    outputs
}

fn is_output(item: &ResponseItem) -> bool {
    let other = matches!(item.kind(), ItemKind::OtherKnown(kind) if kind == "local_shell_call_output");
    other || item.is_call_output()
}

fn piece(item: &ResponseItem, tools: &ToolTable) -> Piece {
    match item.kind() {
        ItemKind::Message(role) => message(item, *role),
        ItemKind::Reasoning => {
            KeptReasoning::of(item).map_or(Piece::Nothing, |kept| Piece::Block(Block::Reasoning(kept)))
        }
        ItemKind::FunctionCall => call(item, item.body::<FunctionCallBody>().ok(), |id, body| Call {
            id,
            name: tools.name_of(body.namespace.as_deref(), &body.name),
            arguments: object_of(body.arguments),
        }),
        ItemKind::CustomToolCall => call(item, item.body::<CustomToolCallBody>().ok(), |id, body| Call {
            id,
            name: tools.name_of(None, &body.name),
            arguments: json!({"input": body.input}).to_string(),
        }),
        ItemKind::OtherKnown(kind) if kind == "local_shell_call" => {
            call(item, item.body::<Value>().ok(), |id, body| Call {
                id,
                name: "local_shell".to_owned(),
                arguments: object_of(body["action"].to_string()),
            })
        }
        ItemKind::Compaction => Piece::Note(SEALED_SUMMARY.to_owned()),
        ItemKind::OtherKnown(kind) if kind == "agent_message" => {
            let parts = item.body::<MessageOfAgent>().map(|body| body.content).unwrap_or_default();
            heard(parts.into_iter().filter_map(part).collect())
        }
        _ if is_output(item) => Piece::Answered,
        // What a server did by itself shows in what it said next.
        ItemKind::WebSearchCall
        | ItemKind::AdditionalTools
        | ItemKind::OtherKnown(_)
        | ItemKind::Unknown(_) => Piece::Nothing,
        ItemKind::FunctionCallOutput | ItemKind::CustomToolCallOutput => Piece::Answered,
    }
}

#[derive(Deserialize)]
struct MessageOfAgent {
    #[serde(default)]
    content: Vec<ContentPart>,
}

fn message(item: &ResponseItem, role: Role) -> Piece {
    let Ok(body) = item.body::<MessageBody>() else { return Piece::Nothing };
    match role {
        Role::Developer | Role::System => {
            let texts: Vec<_> = body.content.iter().filter_map(ContentPart::text).collect();
            let text = texts.join("\n\n");
            if text.trim().is_empty() { Piece::Nothing } else { Piece::Note(text) }
        }
        Role::User | Role::Other => heard(body.content.into_iter().filter_map(part).collect()),
        Role::Assistant => {
            let text = body.text();
            if text.trim().is_empty() { Piece::Nothing } else { Piece::Block(Block::Text(text)) }
        }
    }
}

fn heard(parts: Vec<Part>) -> Piece {
    if parts.is_empty() { Piece::Nothing } else { Piece::User(parts) }
}

fn part(part: ContentPart) -> Option<Part> {
    match part {
        ContentPart::InputText { text } | ContentPart::OutputText { text } => Part::text(text),
        ContentPart::InputImage { image_url, detail } => Some(Part::Image { url: image_url, detail }),
        ContentPart::Other => None,
    }
}

fn call<T>(item: &ResponseItem, body: Option<T>, make: impl FnOnce(String, T) -> Call) -> Piece {
    match (item.call_id(), body) {
        (Some(call_id), Some(body)) => Piece::Block(Block::Call(make(wire_id(call_id.as_str()), body))),
        _ => Piece::Nothing,
    }
}

/// Servers parse the arguments of old calls again, and refuse the whole conversation when they cannot.
fn object_of(arguments: String) -> String {
    if arguments.trim().is_empty() {
        return "{}".to_owned();
    }
    if is_object(&arguments) { arguments } else { json!({"unparsed_arguments": arguments}).to_string() }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
