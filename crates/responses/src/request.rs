//! A model request as a plain value, and its body: rendered once, shared by every attempt.
//! Invariant: fields in the order and with the presence of `responses-wire.md §1.2`; history is copied as bytes.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use serde::Serialize;
use serde_json::value::RawValue;

use codex_model_provider::{MESSAGES_VERSION, ModelInfo, ProviderInfo};
use codex_protocol::{ContentPart, ItemId, ItemPassthrough, ResponseItem, Role, ThreadId, WireApi};

use crate::body_layout::{BodyLayout, ItemSpan};
use crate::chat::{self, ChatRequest};
use crate::dialogue::KeptReasoning;
use crate::messages::{self, MessagesRequest};
use crate::packed_body::PackedBody;
use crate::wire_reader::WireReader;
use crate::{RequestMetadata, StreamError};

/// What is asked of the model. The input is `prefix`, `input` and `tail` in this order.
#[derive(Debug, Clone, Copy)]
pub struct ModelRequest<'a> {
    /// The model's facts.
    pub model: &'a ModelInfo,
    /// Items that are no part of the history: [`base_instructions_item`], or [`additional_tools_item`] before it.
    pub prefix: &'a [ResponseItem],
    /// The history.
    pub input: &'a [ResponseItem],
    /// Items of this request only.
    pub tail: &'a [ResponseItem],
    /// Left out on Lite models, which carry their tools in [`additional_tools_item`].
    pub tools: &'a [Box<RawValue>],
    /// Never sent as true to Lite models.
    pub parallel_tool_calls: bool,
    /// The configured effort; otherwise the model's default.
    pub reasoning_effort: Option<&'a str>,
    /// The configured summary; otherwise the model's default. `none` asks for none.
    pub reasoning_summary: Option<&'a str>,
    /// The configured verbosity; otherwise the model's default.
    pub verbosity: Option<&'a str>,
    /// The id [`crate::service_tier`] chose.
    pub service_tier: Option<&'a str>,
    /// What the answer must look like.
    pub output_schema: Option<OutputSchema<'a>>,
    /// Requests of one key share a cache.
    pub prompt_cache_key: PromptCacheKey,
}

/// A JSON schema of the answer.
#[derive(Debug, Clone, Copy)]
pub struct OutputSchema<'a> {
    /// The schema.
    pub schema: &'a RawValue,
    /// How far the server holds the model to it.
    pub strictness: SchemaStrictness,
}

/// See [`OutputSchema::strictness`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaStrictness {
    /// To the letter; every field must be required.
    Strict,
    /// As a hint.
    Loose,
}

impl SchemaStrictness {
    /// `strict`
    pub(crate) fn is_strict(self) -> bool {
        self == Self::Strict
    }
}

/// `prompt_cache_key`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptCacheKey {
    /// The thread's own.
    Thread(ThreadId),
    /// The reviewer of this thread's approvals (`safety.md §9`).
    Guardian(ThreadId),
}

impl fmt::Display for PromptCacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thread(thread) => write!(f, "{thread}"),
            Self::Guardian(parent) => write!(f, "guardian:{parent}"),
        }
    }
}

/// A rendered request. Cloning shares the body.
#[derive(Debug, Clone)]
pub struct PreparedRequest {
    pub(crate) body: Bytes,
    pub(crate) packed: PackedBody,
    pub(crate) headers: HeaderMap,
    pub(crate) layout: BodyLayout,
    pub(crate) shape: RequestShape,
    pub(crate) reader: WireReader,
}

/// Whether tools travel as a field or as an item (`responses-wire.md §1.4`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RequestShape {
    Full,
    Lite,
}

impl PreparedRequest {
    /// The body, as every attempt sends it.
    pub fn body(&self) -> &Bytes {
        &self.body
    }
}

/// The base instructions as the item that carries them (`responses-wire.md §1.2`).
///
/// # Errors
/// Never in practice: the item is an object with a type.
pub fn base_instructions_item(id: &ItemId, text: &str) -> Result<ResponseItem, serde_json::Error> {
    let item = ResponseItem::message(Some(id), Role::Developer, &[ContentPart::input_text(text)])?;
    let kinds = vec!["model.base_instructions".to_owned()];
    Ok(item.with_passthrough(&ItemPassthrough { content_item_kinds: kinds, ..ItemPassthrough::default() }))
}

/// The tools of a Lite model as the item that carries them (`responses-wire.md §1.4`).
///
/// # Errors
/// Never in practice: the item is an object with a type.
pub fn additional_tools_item(
    id: &ItemId,
    tools: &[Box<RawValue>],
) -> Result<ResponseItem, serde_json::Error> {
    #[derive(Serialize)]
    struct Item<'a> {
        r#type: &'static str,
        id: &'a ItemId,
        role: Role,
        tools: &'a [Box<RawValue>],
    }
    ResponseItem::from_body(&Item { r#type: "additional_tools", id, role: Role::Developer, tools })
}

#[derive(Serialize)]
struct Reasoning<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'static str>,
}

#[derive(Serialize)]
struct TextOptions<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    verbosity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<Format<'a>>,
}

#[derive(Serialize)]
struct Format<'a> {
    r#type: &'static str,
    strict: bool,
    schema: &'a RawValue,
    name: &'static str,
}

impl ModelRequest<'_> {
    /// The body's bytes and the headers that belong to it.
    pub(crate) fn render(
        &self,
        provider: &ProviderInfo,
        metadata: &RequestMetadata,
    ) -> Result<PreparedRequest, StreamError> {
        let unwritten = |error| StreamError::Setup(format!("the request body could not be written: {error}"));
        let (body, headers, reader) = match provider.wire_api {
            WireApi::Responses => return self.render_responses(provider, metadata),
            WireApi::Chat => {
                let ChatRequest { body, calls } = chat::render(self, provider).map_err(unwritten)?;
                (body, HeaderMap::new(), WireReader::Chat(Arc::new(calls)))
            }
            WireApi::Messages => {
                let MessagesRequest { body, calls } = messages::render(self).map_err(unwritten)?;
                let mut headers = HeaderMap::new();
                headers.insert("anthropic-version", HeaderValue::from_static(MESSAGES_VERSION));
                let model = self.model.slug.as_str().into();
                (body, headers, WireReader::Messages { calls: Arc::new(calls), model })
            }
        };
        let (layout, shape) = (BodyLayout::default(), RequestShape::Full);
        Ok(PreparedRequest { body, packed: PackedBody::default(), headers, layout, shape, reader })
    }

    fn render_responses(
        &self,
        provider: &ProviderInfo,
        metadata: &RequestMetadata,
    ) -> Result<PreparedRequest, StreamError> {
        let rendered = metadata.render();
        let mut headers = rendered.headers(self.model.use_responses_lite)?;
        if provider.is_chatgpt_backend() {
            let hint = HeaderValue::from_str(&format!("model={}", self.model.slug));
            let hint =
                hint.map_err(|_| StreamError::Setup("the model's name cannot stand in a header".to_owned()))?;
            headers.insert("x-codex-routing-hint", hint);
        }
        let client_metadata = rendered.client_metadata(provider);
        let (body, layout) = self
            .body(provider, &client_metadata)
            .map_err(|error| StreamError::Setup(format!("the request body could not be written: {error}")))?;
        let shape = if self.model.use_responses_lite { RequestShape::Lite } else { RequestShape::Full };
        Ok(PreparedRequest {
            body,
            packed: PackedBody::default(),
            headers,
            layout,
            shape,
            reader: WireReader::Responses,
        })
    }

    /// All items in the order they are sent.
    pub(crate) fn items(&self) -> impl Iterator<Item = &ResponseItem> + Clone {
        self.prefix.iter().chain(self.input).chain(self.tail)
    }

    /// The effort to ask for.
    pub(crate) fn effort(&self) -> Option<&str> {
        self.reasoning_effort.or(self.model.default_reasoning_level.as_deref())
    }

    /// The verbosity to ask for.
    pub(crate) fn verbosity(&self) -> Option<&str> {
        let verbosity = self.verbosity.or(self.model.default_verbosity.as_deref());
        verbosity.filter(|_| self.model.support_verbosity)
    }

    /// The part of this request a server can prepare before the turn is known (`responses-wire.md §3.3`).
    pub(crate) fn prewarm(&self) -> Self {
        let prefix = if self.model.use_responses_lite { &[] } else { self.prefix };
        Self { prefix, input: &[], tail: &[], ..*self }
    }

    pub(crate) fn body(
        &self,
        provider: &ProviderInfo,
        client_metadata: &serde_json::Value,
    ) -> Result<(Bytes, BodyLayout), serde_json::Error> {
        let lite = self.model.use_responses_lite;
        // Reasoning of another service says nothing to this one, which could not even read it.
        let items = || self.items().filter(|item| !KeptReasoning::is_foreign(item));
        // Most of a request is history; one allocation should hold it.
        let size = items().map(|item| item.json().len() + 256).sum::<usize>();
        let tools_size = self.tools.iter().map(|tool| tool.get().len() + 1).sum::<usize>();
        let mut body = Body { bytes: Vec::with_capacity(size + tools_size + 4096) };
        body.bytes.push(b'{');
        body.field("model", &self.model.slug)?;
        body.field("stream", &true)?;
        body.bytes.push(b',');
        let input_key = body.bytes.len();
        body.bytes.extend_from_slice(b"\"input\":[");
        let mut spans = Vec::with_capacity(self.prefix.len() + self.input.len() + self.tail.len());
        for item in items() {
            if !spans.is_empty() {
                body.bytes.push(b',');
            }
            let start = body.bytes.len();
            item.write_json(&mut body.bytes, provider.passthrough());
            spans.push(ItemSpan { start, json_len: item.json().len(), end: body.bytes.len() });
        }
        let input_end = body.bytes.len();
        body.bytes.push(b']');
        if !lite {
            body.field("tools", &self.tools)?;
        }
        body.field("tool_choice", &"auto")?;
        body.field("parallel_tool_calls", &(self.parallel_tool_calls && !lite))?;
        body.field("reasoning", &self.reasoning())?;
        body.field("store", &false)?;
        body.field("include", &["reasoning.encrypted_content"])?;
        if let Some(tier) = self.service_tier {
            body.field("service_tier", &tier)?;
        }
        body.field("prompt_cache_key", &self.prompt_cache_key.to_string())?;
        if let Some(text) = self.text() {
            body.field("text", &text)?;
        }
        let metadata_key = body.bytes.len();
        body.field("client_metadata", client_metadata)?;
        body.bytes.push(b'}');
        let layout = BodyLayout { input_key, items: spans.into(), input_end, metadata_key };
        Ok((body.bytes.into(), layout))
    }

    fn reasoning(&self) -> Reasoning<'_> {
        let summary = self.reasoning_summary.unwrap_or(&self.model.default_reasoning_summary);
        Reasoning {
            effort: self.effort(),
            summary: Some(summary).filter(|summary| *summary != "none"),
            context: self.model.use_responses_lite.then_some("all_turns"),
        }
    }

    fn text(&self) -> Option<TextOptions<'_>> {
        let verbosity = self.verbosity();
        let format = self.output_schema.map(|schema| Format {
            r#type: "json_schema",
            strict: schema.strictness.is_strict(),
            schema: schema.schema,
            name: "codex_output_schema",
        });
        (verbosity.is_some() || format.is_some()).then_some(TextOptions { verbosity, format })
    }
}

/// A JSON object being written.
struct Body {
    bytes: Vec<u8>,
}

impl Body {
    fn key(&mut self, name: &str) {
        if self.bytes.last() != Some(&b'{') {
            self.bytes.push(b',');
        }
        self.bytes.push(b'"');
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b"\":");
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), serde_json::Error> {
        self.key(name);
        serde_json::to_writer(&mut self.bytes, value)
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
