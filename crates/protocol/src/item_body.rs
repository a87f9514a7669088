//! Typed views of the Responses items the client acts on or makes itself (`responses-wire.md §1.3`).
//! They are read on demand from a [`crate::ResponseItem`] and never replace its text.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{CallId, ItemId, ResponseItem, Role};

/// `message`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageBody {
    /// Who speaks.
    pub role: Role,
    /// The parts, in order.
    #[serde(default)]
    pub content: Vec<ContentPart>,
    /// `commentary` or `final_answer`, when the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
}

impl MessageBody {
    /// All text parts joined.
    pub fn text(&self) -> String {
        self.content.iter().filter_map(ContentPart::text).collect()
    }
}

/// One part of a message or of a tool output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ContentPart {
    /// Text given to the model.
    InputText {
        /// The text.
        text: String,
    },
    /// Text of the model.
    OutputText {
        /// The text.
        text: String,
    },
    /// An image given to the model.
    InputImage {
        /// A `data:` URL.
        image_url: String,
        /// `original`, `high`, `low` or `auto`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// Anything else; only ever read.
    #[serde(other)]
    Other,
}

impl ContentPart {
    /// A text part for the model.
    pub fn input_text(text: impl Into<String>) -> Self {
        Self::InputText { text: text.into() }
    }

    /// The text of a text part.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::InputText { text } | Self::OutputText { text } => Some(text),
            Self::InputImage { .. } | Self::Other => None,
        }
    }
}

/// `reasoning`
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ReasoningBody {
    /// The summary parts.
    #[serde(default)]
    pub summary: Vec<ReasoningText>,
    /// The raw reasoning, when the server shows it.
    #[serde(default)]
    pub content: Option<Vec<ReasoningText>>,
}

/// One part of a reasoning item.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ReasoningText {
    /// The text.
    #[serde(default)]
    pub text: String,
}

/// `function_call`
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FunctionCallBody {
    /// The function's name.
    pub name: String,
    /// The namespace it was offered in, glued before the name in errors (`tools.md T5`).
    #[serde(default)]
    pub namespace: Option<String>,
    /// JSON text, as the model wrote it.
    #[serde(default)]
    pub arguments: String,
}

/// `custom_tool_call`
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CustomToolCallBody {
    /// The tool's name.
    pub name: String,
    /// Free text, as the model wrote it.
    #[serde(default)]
    pub input: String,
}

/// `web_search_call`
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct WebSearchCallBody {
    /// `{type: search, query, queries}` or `{type: open_page, url}` and others.
    #[serde(default)]
    pub action: Value,
}

/// What a tool gives back: text, or parts where images are among it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ToolOutput {
    /// Plain text.
    Text(String),
    /// Content parts.
    Parts(Vec<ContentPart>),
}

/// Which item answers a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// `function_call` is answered by `function_call_output`.
    Function,
    /// `custom_tool_call` is answered by `custom_tool_call_output`.
    Custom,
}

#[derive(Serialize)]
struct NewMessage<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a ItemId>,
    role: Role,
    content: &'a [ContentPart],
}

#[derive(Serialize)]
struct NewOutput<'a> {
    r#type: &'static str,
    id: &'a ItemId,
    call_id: &'a CallId,
    output: &'a ToolOutput,
}

impl ResponseItem {
    /// A message made by the client. `id` is absent only on request-only messages.
    ///
    /// # Errors
    /// Never in practice: the body is an object with a type.
    pub fn message(
        id: Option<&ItemId>,
        role: Role,
        content: &[ContentPart],
    ) -> Result<Self, serde_json::Error> {
        Self::from_body(&NewMessage { r#type: "message", id, role, content })
    }

    /// The output of a tool call.
    ///
    /// # Errors
    /// Never in practice: the body is an object with a type.
    pub fn call_output(
        kind: CallKind,
        id: &ItemId,
        call_id: &CallId,
        output: &ToolOutput,
    ) -> Result<Self, serde_json::Error> {
        let r#type = match kind {
            CallKind::Function => "function_call_output",
            CallKind::Custom => "custom_tool_call_output",
        };
        Self::from_body(&NewOutput { r#type, id, call_id, output })
    }
}
