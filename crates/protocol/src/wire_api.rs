//! The protocol a model server speaks. A name that config, provider and client share; what it means is the client's.

/// `wire_api` of a model provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum WireApi {
    /// The Responses API.
    #[default]
    Responses,
    /// OpenAI's Chat Completions, which most self-hosted servers speak.
    Chat,
    /// Anthropic's Messages.
    Messages,
}

impl WireApi {
    /// The words of the config, in the order they are shown.
    pub const NAMES: [&str; 3] = ["responses", "chat", "messages"];

    /// The wire of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "responses" => Some(Self::Responses),
            "chat" => Some(Self::Chat),
            "messages" => Some(Self::Messages),
            _ => None,
        }
    }

    /// Where requests go, below `base_url`.
    pub fn path(self) -> &'static str {
        match self {
            Self::Responses => "responses",
            Self::Chat => "chat/completions",
            Self::Messages => "messages",
        }
    }
}
