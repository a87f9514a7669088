//! A Chat Completions body. Invariant: one `system` message at most, and first; the `tool` messages that answer an
//! assistant's calls follow it directly, in call order; text alone is a string, which every server takes.

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

use codex_model_provider::ProviderInfo;

use crate::ModelRequest;
use crate::dialogue::{
    Answer, Block, Call, CallBook, ChatField, Dialogue, KeptReasoning, Part, Step, ToolTable, Turn, WireTool,
    raw_details,
};

/// A rendered body, and what is needed to read its answer.
#[derive(Debug)]
pub(crate) struct ChatRequest {
    pub(crate) body: Bytes,
    pub(crate) calls: CallBook,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
    stream_options: StreamOptions,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verbosity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_tier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_cache_key: Option<String>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    /// `null` in an assistant's message that only calls.
    content: Option<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_details: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCall<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(String),
    Parts(Vec<ContentPart<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ContentPart<'a> {
    Text { text: &'a str },
    ImageUrl { image_url: ImageUrl<'a> },
}

#[derive(Serialize)]
struct ImageUrl<'a> {
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

#[derive(Serialize)]
struct ToolCall<'a> {
    id: &'a str,
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: &'a str,
}

#[derive(Serialize)]
struct Tool<'a> {
    r#type: &'static str,
    function: ToolFunction<'a>,
}

#[derive(Serialize)]
struct ToolFunction<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a RawValue,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    strict: bool,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    r#type: &'static str,
    json_schema: JsonSchema<'a>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'static str,
    strict: bool,
    schema: &'a RawValue,
}

/// Writes the body once, for all attempts.
pub(crate) fn render(
    request: &ModelRequest<'_>,
    provider: &ProviderInfo,
) -> Result<ChatRequest, serde_json::Error> {
    let table = ToolTable::of(request.tools, request.items())?;
    let dialogue = Dialogue::of(request.items(), &table);
    let has_tools = !table.tools.is_empty();
    let body = Body {
        model: &request.model.slug,
        messages: messages(&dialogue),
        stream: true,
        stream_options: StreamOptions { include_usage: true },
        tools: table.tools.iter().map(tool).collect(),
        tool_choice: has_tools.then_some("auto"),
        parallel_tool_calls: has_tools.then_some(request.parallel_tool_calls),
        reasoning_effort: request.effort(),
        verbosity: request.verbosity(),
        service_tier: request.service_tier,
        response_format: request.output_schema.map(|schema| ResponseFormat {
            r#type: "json_schema",
            json_schema: JsonSchema {
                name: "codex_output_schema",
                strict: schema.strictness.is_strict(),
                schema: schema.schema,
            },
        }),
        max_tokens: request.model.max_output_tokens,
        // Other servers may refuse what they do not know.
        prompt_cache_key: provider.is_first_party().then(|| request.prompt_cache_key.to_string()),
    };
    let bytes = serde_json::to_vec(&body)?;
    drop(body);
    Ok(ChatRequest { body: bytes.into(), calls: CallBook::new(table, &dialogue) })
}

fn tool(tool: &WireTool) -> Tool<'_> {
    let WireTool { name, description, parameters, strict } = tool;
    Tool { r#type: "function", function: ToolFunction { name, description, parameters, strict: *strict } }
}

fn message<'a>(role: &'static str, content: Option<Content<'a>>) -> Message<'a> {
    Message {
        role,
        content,
        reasoning_content: None,
        reasoning: None,
        reasoning_details: None,
        tool_calls: Vec::new(),
        tool_call_id: None,
    }
}

fn messages(dialogue: &Dialogue) -> Vec<Message<'_>> {
    let mut messages = Vec::with_capacity(dialogue.turns.len() * 2 + 1);
    if !dialogue.instructions.is_empty() {
        let text = dialogue.instructions.join("\n\n");
        messages.push(message("system", Some(Content::Text(text))));
    }
    // Reasoning is wanted back only within the answer it belongs to.
    let in_progress = dialogue.last_user_turn();
    for (at, turn) in dialogue.turns.iter().enumerate() {
        match turn {
            Turn::User(parts) => push_user(&mut messages, parts.iter()),
            Turn::Step(step) => {
                messages.push(assistant(step, at > in_progress));
                messages.extend(step.answers.iter().map(tool_answer));
                push_images(&mut messages, &step.answers);
            }
        }
    }
    messages
}

/// Adds to a person's message that is last already: that of a tool's images.
fn push_user<'a>(messages: &mut Vec<Message<'a>>, parts: impl Iterator<Item = &'a Part> + Clone) {
    match messages.last_mut() {
        Some(Message { role: "user", content: Some(Content::Parts(said)), .. }) => {
            said.extend(parts.map(content_part));
        }
        _ => messages.push(message("user", Some(content(parts)))),
    }
}

/// A tool's message holds text only; its images follow as if a person showed them.
fn push_images<'a>(messages: &mut Vec<Message<'a>>, answers: &'a [Answer]) {
    let images: Vec<_> = answers.iter().flat_map(|answer| images(&answer.parts)).collect();
    if !images.is_empty() {
        let mut parts = vec![ContentPart::Text { text: "Images from the tools above, in order:" }];
        parts.extend(images.into_iter().map(content_part));
        messages.push(message("user", Some(Content::Parts(parts))));
    }
}

fn images(parts: &[Part]) -> impl Iterator<Item = &Part> {
    parts.iter().filter(|part| matches!(part, Part::Image { .. }))
}

fn texts<'a>(parts: impl Iterator<Item = &'a Part>) -> String {
    let text = |part: &'a Part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::Image { .. } => None,
    };
    parts.filter_map(text).collect::<Vec<_>>().join("\n")
}

fn content<'a>(parts: impl Iterator<Item = &'a Part> + Clone) -> Content<'a> {
    if parts.clone().any(|part| matches!(part, Part::Image { .. })) {
        Content::Parts(parts.map(content_part).collect())
    } else {
        Content::Text(texts(parts))
    }
}

fn content_part(part: &Part) -> ContentPart<'_> {
    match part {
        Part::Text(text) => ContentPart::Text { text },
        Part::Image { url, detail } => {
            let detail = detail.as_deref().map(|detail| match detail {
                "original" => "high",
                other => other,
            });
            ContentPart::ImageUrl { image_url: ImageUrl { url, detail } }
        }
    }
}

fn tool_answer(answer: &Answer) -> Message<'_> {
    let mut text = texts(answer.parts.iter());
    if text.is_empty() && images(&answer.parts).next().is_some() {
        "(an image, shown below)".clone_into(&mut text);
    }
    Message { tool_call_id: Some(&answer.call_id), ..message("tool", Some(Content::Text(text))) }
}

fn assistant(step: &Step, in_progress: bool) -> Message<'_> {
    let mut written = message("assistant", None);
    let mut texts = Vec::new();
    for block in &step.blocks {
        match block {
            Block::Text(text) => texts.push(text.as_str()),
            Block::Call(Call { id, name, arguments }) => {
                written.tool_calls.push(ToolCall {
                    id,
                    r#type: "function",
                    function: Function { name, arguments },
                });
            }
            Block::Reasoning(KeptReasoning::Chat { field, text, details }) if in_progress => {
                let place = match field {
                    ChatField::ReasoningContent => &mut written.reasoning_content,
                    ChatField::Reasoning => &mut written.reasoning,
                };
                place.get_or_insert_default().push_str(text);
                written.reasoning_details = raw_details(details.as_deref()).or(written.reasoning_details);
            }
            Block::Reasoning(_) => {}
        }
    }
    written.content = (!texts.is_empty()).then(|| Content::Text(texts.join("\n\n")));
    written
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
