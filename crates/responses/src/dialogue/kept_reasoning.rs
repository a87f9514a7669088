//! Reasoning of services that are no Responses servers, carried inside of `reasoning` items: the text where every
//! reader looks for it, and what the service wants back behind a tag in `encrypted_content` (`docs/formats.md`).
//!
//! Invariant: what a service sent comes back to it unchanged, and never reaches a service of another kind.

use codex_protocol::{ReasoningBody, ReasoningText, ResponseItem};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Begins every `encrypted_content` of ours. No service's own has a colon.
const TAG: &str = "codex:";
const THINKING: &str = "codex:messages:thinking:";
const REDACTED: &str = "codex:messages:redacted:";
const CHAT: &str = "codex:chat:";

/// One piece of reasoning as its service sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeptReasoning {
    /// A `thinking` block of the Messages API.
    Thinking { text: String, signature: String },
    /// A `redacted_thinking` block of the Messages API.
    Redacted { data: String },
    /// Reasoning beside the content of a Chat Completions message.
    Chat {
        /// The field it came in.
        field: ChatField,
        text: String,
        /// `reasoning_details`: a JSON array, to be sent back as it came.
        details: Option<String>,
    },
}

/// The names servers have for reasoning in a Chat Completions message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChatField {
    ReasoningContent,
    Reasoning,
}

impl ChatField {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ReasoningContent => "reasoning_content",
            Self::Reasoning => "reasoning",
        }
    }
}

#[derive(Deserialize)]
struct Encrypted {
    #[serde(default)]
    encrypted_content: Option<String>,
}

impl KeptReasoning {
    /// What a `reasoning` item keeps for a service that is no Responses server.
    pub(crate) fn of(item: &ResponseItem) -> Option<Self> {
        let tag = item.body::<Encrypted>().ok()?.encrypted_content?;
        if !tag.starts_with(TAG) {
            return None;
        }
        let body: ReasoningBody = item.body().ok()?;
        if let Some(data) = tag.strip_prefix(REDACTED) {
            return Some(Self::Redacted { data: data.to_owned() });
        }
        if let Some(signature) = tag.strip_prefix(THINKING) {
            return Some(Self::Thinking { text: joined(body.summary), signature: signature.to_owned() });
        }
        let (field, details) = tag.strip_prefix(CHAT)?.split_once(':')?;
        let field = match field {
            "reasoning" => ChatField::Reasoning,
            _ => ChatField::ReasoningContent,
        };
        let details = (!details.is_empty()).then(|| details.to_owned());
        Some(Self::Chat { field, text: joined(body.content.unwrap_or_default()), details })
    }

    /// The `encrypted_content` that stands for it; the text is kept beside it.
    pub(super) fn encrypted_content(&self) -> String {
        match self {
            Self::Thinking { signature, .. } => format!("{THINKING}{signature}"),
            Self::Redacted { data } => format!("{REDACTED}{data}"),
            Self::Chat { field, details, .. } => {
                format!("{CHAT}{}:{}", field.name(), details.as_deref().unwrap_or_default())
            }
        }
    }

    /// Whether an item must not reach a Responses server, which could not decrypt it.
    pub(crate) fn is_foreign(item: &ResponseItem) -> bool {
        // Looked at for every item of every request: the text decides whether it is worth parsing.
        memchr::memmem::find(item.json().as_bytes(), TAG.as_bytes()).is_some() && Self::of(item).is_some()
    }
}

/// `reasoning_details` as JSON, if it still is.
pub(crate) fn raw_details(details: Option<&str>) -> Option<&RawValue> {
    serde_json::from_str(details?).ok()
}

fn joined(parts: Vec<ReasoningText>) -> String {
    parts.into_iter().map(|part| part.text).collect()
}
