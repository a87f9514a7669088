//! Newtype ids. Client-made ids are UUIDv7 so that they sort by time; server-made ids are opaque text.
//! One id, one meaning: nothing here converts one kind into another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text was not a UUID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidId {
    /// What was given.
    pub text: String,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a thread id (expected a UUID)", self.text)
    }
}

impl std::error::Error for InvalidId {}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new UUIDv7 id.
            pub fn new_v7() -> Self {
                Self(Uuid::now_v7())
            }

            /// Wraps a UUID.
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId { text: text.to_owned() })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as given.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

uuid_id! {
    /// One saved conversation; names its rollout file and is the prompt cache key.
    ThreadId
}
uuid_id! {
    /// The root thread of a tree of agents; equals the thread id in a thread of its own.
    SessionId
}
uuid_id! {
    /// One user request and all the work it causes.
    TurnId
}
uuid_id! {
    /// One context window: everything between two compactions.
    WindowId
}
text_id! {
    /// The model's name for one tool call; pairs a call with its output.
    CallId
}
text_id! {
    /// One question to a person; a UUIDv7.
    ApprovalId
}
text_id! {
    /// One form of questions to a person; a UUIDv7.
    QuestionsId
}
text_id! {
    /// A Responses item id: a type prefix and a UUIDv7 when the client made it.
    ItemId
}
text_id! {
    /// The server's id of one response.
    ResponseId
}

impl ApprovalId {
    /// A new id.
    pub fn new_v7() -> Self {
        Self(Uuid::now_v7().to_string())
    }
}

impl CallId {
    /// A new id, for commands no model called.
    pub fn new_v7() -> Self {
        Self(Uuid::now_v7().to_string())
    }
}

impl QuestionsId {
    /// A new id.
    pub fn new_v7() -> Self {
        Self(Uuid::now_v7().to_string())
    }
}

impl ItemId {
    /// A new client-made id such as `msg_<uuid7>` (`responses-wire.md §1.3`).
    pub fn new_v7(prefix: ItemPrefix) -> Self {
        Self(format!("{}_{}", prefix.as_str(), Uuid::now_v7()))
    }

    /// The id of the base-instructions item: stable for the life of the thread and absent from its file.
    pub fn base_instructions(thread: ThreadId) -> Self {
        Self(format!("msg_{}", Uuid::new_v5(&thread.uuid(), b"base_instructions")))
    }
}

/// The type prefix of a client-made item id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemPrefix {
    /// `msg`
    Message,
    /// `fco`
    FunctionCallOutput,
    /// `ctco`
    CustomToolCallOutput,
    /// `at`
    AdditionalTools,
    /// `rs`
    Reasoning,
    /// `fc`
    FunctionCall,
    /// `ctc`
    CustomToolCall,
}

impl ItemPrefix {
    /// The prefix without its underscore.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Message => "msg",
            Self::FunctionCallOutput => "fco",
            Self::CustomToolCallOutput => "ctco",
            Self::AdditionalTools => "at",
            Self::Reasoning => "rs",
            Self::FunctionCall => "fc",
            Self::CustomToolCall => "ctc",
        }
    }
}
