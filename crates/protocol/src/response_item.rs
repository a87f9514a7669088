//! One Responses item, as the wire and the rollout hold it.
//!
//! Invariant: the JSON text an item was read from is the JSON text it is written as. Unknown types, unknown
//! fields, key order and number forms survive, and resending history is a copy of bytes. Only the client's own
//! `internal_chat_message_metadata_passthrough` is kept apart, because some providers must not see it
//! (`responses-wire.md §1.3`). Typed views are parsed on demand.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeOwned, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::{CallId, ItemId};

/// The key that carries the client's metadata on an item.
pub(crate) const PASSTHROUGH_KEY: &str = "internal_chat_message_metadata_passthrough";

/// The `type` of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemKind {
    /// `message`
    Message(Role),
    /// `reasoning`
    Reasoning,
    /// `function_call`
    FunctionCall,
    /// `function_call_output`
    FunctionCallOutput,
    /// `custom_tool_call`
    CustomToolCall,
    /// `custom_tool_call_output`
    CustomToolCallOutput,
    /// `web_search_call`
    WebSearchCall,
    /// `additional_tools`
    AdditionalTools,
    /// `compaction`
    Compaction,
    /// `local_shell_call`, `image_generation_call`, `tool_search_call`, `agent_message`, ...: stored and resent as is.
    OtherKnown(String),
    /// A type this version does not know.
    Unknown(String),
}

const OTHER_KNOWN: [&str; 8] = [
    "local_shell_call",
    "local_shell_call_output",
    "image_generation_call",
    "tool_search_call",
    "tool_search_output",
    "agent_message",
    "context_compaction",
    "mcp_call",
];

/// The `role` of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions of the client.
    Developer,
    /// A person's words, or context given in their name.
    User,
    /// The model's words.
    Assistant,
    /// Accepted from old files.
    System,
    /// Any other role.
    #[serde(other)]
    Other,
}

/// A Responses item. Cloning shares the text.
#[derive(Clone)]
pub struct ResponseItem {
    json: Arc<RawValue>,
    passthrough: Option<Arc<RawValue>>,
    kind: ItemKind,
    id: Option<ItemId>,
    call_id: Option<CallId>,
}

/// Whether the client's metadata goes along when an item is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passthrough {
    /// Written: rollout files, and providers named `OpenAI`.
    Keep,
    /// Left out: every other provider.
    Strip,
}

impl ResponseItem {
    /// Parses one item from JSON text.
    ///
    /// # Errors
    /// When the text is not one JSON object with a string `type`.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        let raw: &RawValue = serde_json::from_str(text)?;
        Self::from_raw(raw)
    }

    /// Parses one item from already validated JSON.
    ///
    /// # Errors
    /// When the value is not an object with a string `type`.
    pub fn from_raw(raw: &RawValue) -> Result<Self, serde_json::Error> {
        let fields: Fields<'_> = serde_json::from_str(raw.get())?;
        let json = match fields.passthrough {
            None => Arc::from(raw.to_owned()),
            Some(_) => Arc::from(fields.rebuilt()?),
        };
        let kind = fields.kind()?;
        Ok(Self {
            json,
            passthrough: fields.passthrough.map(|raw| Arc::from(raw.to_owned())),
            kind,
            id: fields.id.map(|id| ItemId::new(id.into_owned())),
            call_id: fields.call_id.map(|id| CallId::new(id.into_owned())),
        })
    }

    /// Builds an item from a serialisable body that has a `type`.
    ///
    /// # Errors
    /// When the body does not serialise to an object with a string `type`.
    pub fn from_body<T: Serialize>(body: &T) -> Result<Self, serde_json::Error> {
        Self::from_raw(&serde_json::value::to_raw_value(body)?)
    }

    /// The same item with client metadata put on it.
    #[must_use]
    pub fn with_passthrough(mut self, metadata: &ItemPassthrough) -> Self {
        self.passthrough = serde_json::value::to_raw_value(metadata).ok().map(Arc::from);
        self
    }

    /// The item's type.
    pub fn kind(&self) -> &ItemKind {
        &self.kind
    }

    /// The item's id, when it has one.
    pub fn id(&self) -> Option<&ItemId> {
        self.id.as_ref()
    }

    /// The call this item makes or answers.
    pub fn call_id(&self) -> Option<&CallId> {
        self.call_id.as_ref()
    }

    /// Whether this is a tool call that needs an output.
    pub fn is_call(&self) -> bool {
        match &self.kind {
            ItemKind::FunctionCall | ItemKind::CustomToolCall => true,
            ItemKind::OtherKnown(name) => name == "local_shell_call",
            _ => false,
        }
    }

    /// Whether this is the output of a tool call.
    pub fn is_call_output(&self) -> bool {
        matches!(self.kind, ItemKind::FunctionCallOutput | ItemKind::CustomToolCallOutput)
    }

    /// The JSON text without client metadata.
    pub fn json(&self) -> &str {
        self.json.get()
    }

    /// The client metadata, as JSON text.
    pub fn passthrough_json(&self) -> Option<&str> {
        self.passthrough.as_deref().map(RawValue::get)
    }

    /// The turn that produced the item, from the client metadata.
    pub fn turn_id(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Turn {
            turn_id: Option<String>,
        }
        serde_json::from_str::<Turn>(self.passthrough_json()?).ok()?.turn_id
    }

    /// Appends the item's JSON to `out`.
    pub fn write_json(&self, out: &mut Vec<u8>, passthrough: Passthrough) {
        let text = self.json.get().as_bytes();
        match (&self.passthrough, passthrough) {
            (Some(metadata), Passthrough::Keep) => {
                let end = text.iter().rposition(|byte| *byte == b'}').unwrap_or(text.len());
                out.extend_from_slice(&text[..end]);
                out.extend_from_slice(b",\"");
                out.extend_from_slice(PASSTHROUGH_KEY.as_bytes());
                out.extend_from_slice(b"\":");
                out.extend_from_slice(metadata.get().as_bytes());
                out.push(b'}');
            }
            _ => out.extend_from_slice(text),
        }
    }

    /// Reads the item as one of the typed bodies of this crate ([`crate::MessageBody`] and its siblings).
    ///
    /// # Errors
    /// When the item does not have that shape.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.json.get())
    }
}

impl fmt::Debug for ResponseItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.json.get())?;
        match &self.passthrough {
            Some(metadata) => write!(f, " +{}", metadata.get()),
            None => Ok(()),
        }
    }
}

impl PartialEq for ResponseItem {
    fn eq(&self, other: &Self) -> bool {
        self.json.get() == other.json.get() && self.passthrough_json() == other.passthrough_json()
    }
}

impl Serialize for ResponseItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error as _;
        match &self.passthrough {
            None => self.json.serialize(serializer),
            Some(_) => {
                let mut bytes = Vec::with_capacity(self.json.get().len() + 256);
                self.write_json(&mut bytes, Passthrough::Keep);
                let text = String::from_utf8(bytes).map_err(S::Error::custom)?;
                RawValue::from_string(text).map_err(S::Error::custom)?.serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for ResponseItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw: Box<RawValue> = Box::deserialize(deserializer)?;
        Self::from_raw(&raw).map_err(D::Error::custom)
    }
}

/// The top-level fields of an item, borrowed from its text.
struct Fields<'a> {
    pairs: Vec<(Cow<'a, str>, &'a RawValue)>,
    kind: Option<Cow<'a, str>>,
    role: Option<Role>,
    id: Option<Cow<'a, str>>,
    call_id: Option<Cow<'a, str>>,
    passthrough: Option<&'a RawValue>,
}

impl Fields<'_> {
    fn kind(&self) -> Result<ItemKind, serde_json::Error> {
        let Some(kind) = self.kind.as_deref() else {
            return Err(serde_json::Error::custom("a Responses item needs a string `type`"));
        };
        Ok(match kind {
            "message" => ItemKind::Message(self.role.unwrap_or(Role::Other)),
            "reasoning" => ItemKind::Reasoning,
            "function_call" => ItemKind::FunctionCall,
            "function_call_output" => ItemKind::FunctionCallOutput,
            "custom_tool_call" => ItemKind::CustomToolCall,
            "custom_tool_call_output" => ItemKind::CustomToolCallOutput,
            "web_search_call" => ItemKind::WebSearchCall,
            "additional_tools" => ItemKind::AdditionalTools,
            "compaction" => ItemKind::Compaction,
            other if OTHER_KNOWN.contains(&other) => ItemKind::OtherKnown(other.to_owned()),
            other => ItemKind::Unknown(other.to_owned()),
        })
    }

    /// The object's text without the passthrough key.
    fn rebuilt(&self) -> Result<Box<RawValue>, serde_json::Error> {
        let mut text = String::from("{");
        for (key, value) in self.pairs.iter().filter(|(key, _)| key != PASSTHROUGH_KEY) {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&serde_json::to_string(key)?);
            text.push(':');
            text.push_str(value.get());
        }
        text.push('}');
        RawValue::from_string(text)
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Responses item (a JSON object)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields =
            Fields { pairs: Vec::new(), kind: None, role: None, id: None, call_id: None, passthrough: None };
        while let Some((key, value)) = map.next_entry::<BorrowedKey<'de>, &'de RawValue>()? {
            match &*key.0 {
                "type" => fields.kind = text(value),
                "role" => fields.role = serde_json::from_str(value.get()).ok(),
                "id" => fields.id = text(value),
                "call_id" => fields.call_id = text(value),
                PASSTHROUGH_KEY if value.get() != "null" => fields.passthrough = Some(value),
                _ => {}
            }
            fields.pairs.push((key.0, value));
        }
        Ok(fields)
    }
}

fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<BorrowedKey<'_>>(value.get()).ok().map(|key| key.0)
}

/// A string that borrows from the input where it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct BorrowedKey<'a>(#[serde(borrow)] Cow<'a, str>);

/// The client's metadata on an item (`responses-wire.md §1.3`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ItemPassthrough {
    /// The turn the item belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn_id: Option<crate::TurnId>,
    /// When the client made the item, Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_time: Option<f64>,
    /// What each content part is, such as `user.text`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub content_item_kinds: Vec<String>,
}

#[cfg(test)]
#[path = "response_item_tests.rs"]
mod tests;
