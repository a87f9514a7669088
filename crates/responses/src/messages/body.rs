//! A Messages body. Invariant: people and the model take turns, the first word is a person's; the results of an
//! answer's calls are the first blocks of the message after it, in call order; no text is blank.

use bytes::Bytes;
use serde::Serialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

use super::thinking::{OutputConfig, Thinking, asked};
use crate::ModelRequest;
use crate::dialogue::{Answer, Block, CallBook, Dialogue, KeptReasoning, Part, Step, ToolTable, Turn};

/// Tokens of an answer where the model's metadata name no limit: what every current model allows.
const MAX_TOKENS: u64 = 32_000;
/// Images the service takes.
const MEDIA_TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// A rendered body, and what is needed to read its answer.
#[derive(Debug)]
pub(crate) struct MessagesRequest {
    pub(crate) body: Bytes,
    pub(crate) calls: CallBook,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u64,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking: Option<Thinking>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_config: Option<OutputConfig>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<ToolChoice>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    system: Vec<Marked<'a>>,
    messages: Vec<Message<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'a str,
    description: &'a str,
    input_schema: &'a RawValue,
}

#[derive(Serialize)]
struct ToolChoice {
    r#type: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    disable_parallel_tool_use: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: Vec<Marked<'a>>,
}

/// A block, and whether everything up to it may be kept by the service for later requests.
#[derive(Serialize)]
struct Marked<'a> {
    #[serde(flatten)]
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<CacheControl>,
}

#[derive(Serialize)]
struct CacheControl {
    r#type: &'static str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Content<'a> {
    Text {
        text: String,
    },
    Image {
        source: Source<'a>,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    RedactedThinking {
        data: &'a str,
    },
    ToolUse {
        id: &'a str,
        name: &'a str,
        input: &'a RawValue,
    },
    ToolResult {
        tool_use_id: &'a str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        content: Vec<Content<'a>>,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Source<'a> {
    Base64 { media_type: &'a str, data: &'a str },
    Url { url: &'a str },
}

/// Writes the body once, for all attempts.
pub(crate) fn render(request: &ModelRequest<'_>) -> Result<MessagesRequest, serde_json::Error> {
    let table = ToolTable::of(request.tools, request.items())?;
    let dialogue = Dialogue::of(request.items(), &table);
    let max_tokens = request.model.max_output_tokens.unwrap_or(MAX_TOKENS);
    let (thinking, output_config) = asked(request.model, request.effort(), max_tokens, &dialogue);
    let any_object = to_raw_value(&json!({"type": "object"}))?;
    let (tools, tool_choice) = tools(&table, &dialogue, &any_object, request.parallel_tool_calls);
    let mut messages = messages(&dialogue)?;
    // Two marks that move along: the older one is found again although the newest blocks are new.
    let heard = messages.iter_mut().rev().filter(|message| message.role == "user").take(2);
    heard.filter_map(|message| message.content.last_mut()).for_each(Marked::mark);
    let mut system: Vec<_> = dialogue.instructions.iter().map(|text| Marked::new(text_block(text))).collect();
    system.extend(
        request.output_schema.map(|schema| Marked::new(Content::Text { text: ask_for_json(schema.schema) })),
    );
    system.last_mut().into_iter().for_each(Marked::mark);
    let body = Body {
        model: &request.model.slug,
        max_tokens,
        stream: true,
        service_tier: request.service_tier,
        thinking,
        output_config,
        tools,
        tool_choice,
        system,
        messages,
    };
    let bytes = serde_json::to_vec(&body)?;
    drop(body);
    Ok(MessagesRequest { body: bytes.into(), calls: CallBook::new(table, &dialogue) })
}

/// A conversation with calls needs tools to be valid, even where none may be called.
fn tools<'a>(
    table: &'a ToolTable,
    dialogue: &'a Dialogue,
    any_object: &'a RawValue,
    parallel: bool,
) -> (Vec<Tool<'a>>, Option<ToolChoice>) {
    let offered: Vec<_> = table
        .tools
        .iter()
        .map(|tool| Tool { name: &tool.name, description: &tool.description, input_schema: &tool.parameters })
        .collect();
    if !offered.is_empty() {
        return (offered, Some(ToolChoice { r#type: "auto", disable_parallel_tool_use: !parallel }));
    }
    let mut names: Vec<&str> = dialogue.calls().map(|call| call.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let stand_in = |name| Tool { name, description: "Not available now.", input_schema: any_object };
    let choice = ToolChoice { r#type: "none", disable_parallel_tool_use: false };
    let has_calls = !names.is_empty();
    (names.into_iter().map(stand_in).collect(), has_calls.then_some(choice))
}

fn ask_for_json(schema: &RawValue) -> String {
    format!(
        "Your final answer must be one JSON value that follows the JSON schema below, with nothing before or after \
         it: no words, no code fence. What you say between tool calls is not bound by this.\n\n{schema}"
    )
}

impl<'a> Marked<'a> {
    fn new(content: Content<'a>) -> Self {
        Self { content, cache_control: None }
    }

    fn mark(&mut self) {
        self.cache_control = Some(CacheControl { r#type: "ephemeral" });
    }
}

fn messages(dialogue: &Dialogue) -> Result<Vec<Message<'_>>, serde_json::Error> {
    let mut messages: Vec<Message<'_>> = Vec::with_capacity(dialogue.turns.len() * 2);
    for turn in &dialogue.turns {
        match turn {
            Turn::User(parts) => {
                let said = parts.iter().map(part);
                match messages.last_mut() {
                    Some(Message { role: "user", content }) => content.extend(said.map(Marked::new)),
                    _ => messages.push(message("user", said)),
                }
            }
            Turn::Step(step) => {
                messages.push(message("assistant", written(step)?.into_iter()));
                if !step.answers.is_empty() {
                    messages.push(message("user", step.answers.iter().map(result)));
                }
            }
        }
    }
    Ok(messages)
}

fn message<'a>(role: &'static str, content: impl Iterator<Item = Content<'a>>) -> Message<'a> {
    Message { role, content: content.map(Marked::new).collect() }
}

/// Calls come last: nothing may stand between them and their results. Thinking may not be the end.
fn written(step: &Step) -> Result<Vec<Content<'_>>, serde_json::Error> {
    let (mut written, mut calls) = (Vec::with_capacity(step.blocks.len()), Vec::new());
    for block in &step.blocks {
        match block {
            Block::Text(text) => written.push(text_block(text)),
            Block::Reasoning(KeptReasoning::Thinking { text, signature }) => {
                written.push(Content::Thinking { thinking: text, signature });
            }
            Block::Reasoning(KeptReasoning::Redacted { data }) => {
                written.push(Content::RedactedThinking { data })
            }
            Block::Reasoning(KeptReasoning::Chat { .. }) => {}
            Block::Call(call) => calls.push(Content::ToolUse {
                id: &call.id,
                name: &call.name,
                input: serde_json::from_str(&call.arguments)?,
            }),
        }
    }
    if calls.is_empty() {
        let is_thought = |content: &Content<'_>| {
            matches!(content, Content::Thinking { .. } | Content::RedactedThinking { .. })
        };
        let end = written.iter().rposition(|content| !is_thought(content)).map_or(0, |last| last + 1);
        written.truncate(end);
    }
    written.append(&mut calls);
    Ok(written)
}

/// The service refuses text that ends in white space where an answer goes on from it.
fn text_block(text: &str) -> Content<'_> {
    Content::Text { text: text.trim_end().to_owned() }
}

fn part(part: &Part) -> Content<'_> {
    let (url, data) = match part {
        Part::Text(text) => return Content::Text { text: text.clone() },
        Part::Image { url, .. } => (url.as_str(), url.strip_prefix("data:")),
    };
    let Some(data) = data else {
        return Content::Image { source: Source::Url { url } };
    };
    let (head, data) = data.split_once(',').unwrap_or((data, ""));
    let media_type = head.split(';').next().unwrap_or_default();
    match MEDIA_TYPES.into_iter().find(|known| known.eq_ignore_ascii_case(media_type)) {
        Some(media_type) if head.ends_with("base64") => {
            Content::Image { source: Source::Base64 { media_type, data } }
        }
        _ => Content::Text {
            text: format!("(an image of the type `{media_type}`, which cannot be shown here)"),
        },
    }
}

fn result(answer: &Answer) -> Content<'_> {
    Content::ToolResult { tool_use_id: &answer.call_id, content: answer.parts.iter().map(part).collect() }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
