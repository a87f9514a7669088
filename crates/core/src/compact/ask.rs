//! What kind of summary a provider can give, and how it is asked for. Values only.

use codex_model_provider::ProviderInfo;
use codex_protocol::{ContentPart, ResponseItem, Role, WireApi};

/// The words that ask the model for a summary, unless the config has others.
const PROMPT: &str = include_str!("prompt.md");

/// Who writes the summary (`responses-wire.md §4.1`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Summariser {
    /// The model, as a message that becomes part of the history.
    Model,
    /// The server, as one opaque item.
    Server,
}

impl Summariser {
    /// The one `provider` offers.
    pub(crate) fn of(provider: &ProviderInfo) -> Self {
        match (provider.wire_api, provider.name.as_str()) {
            (WireApi::Responses, "OpenAI" | "Azure") => Self::Server,
            _ => Self::Model,
        }
    }

    /// The item that asks: a message without an id, or the server's trigger.
    ///
    /// # Errors
    /// Never in practice: both are objects with a type.
    pub(crate) fn request_item(self, prompt: Option<&str>) -> Result<ResponseItem, serde_json::Error> {
        match self {
            Self::Model => {
                let text = prompt.unwrap_or(PROMPT).trim_end();
                ResponseItem::message(None, Role::User, &[ContentPart::input_text(text)])
            }
            Self::Server => ResponseItem::from_json(r#"{"type":"compaction_trigger"}"#),
        }
    }
}
