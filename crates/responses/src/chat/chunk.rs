//! One chunk of a Chat Completions stream, as far as servers agree on its form. Fields of another shape count as
//! absent: a server's extra must not cost the text beside it.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use codex_protocol::TokenUsage;

#[derive(Debug, Deserialize)]
pub(super) struct Chunk {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) choices: Option<Vec<Choice>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) usage: Option<Value>,
    #[serde(default)]
    pub(super) error: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) index: Option<u64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) delta: Option<Delta>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) finish_reason: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Delta {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) content: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) refusal: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) reasoning_content: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) reasoning: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) reasoning_details: Option<Vec<Box<RawValue>>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) tool_calls: Option<Vec<CallDelta>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CallDelta {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) index: Option<u64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) function: Option<FunctionDelta>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct FunctionDelta {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) name: Option<String>,
    /// Text, or with some servers the object itself.
    #[serde(default)]
    pub(super) arguments: Value,
}

/// The value if it has the wanted shape.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let raw: Box<RawValue> = Box::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

impl FunctionDelta {
    /// The next piece of the arguments' text.
    pub(super) fn arguments(self) -> String {
        match self.arguments {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }
}

/// `usage` in the forms servers have; whatever is missing counts as zero.
pub(super) fn token_usage(usage: &Value) -> TokenUsage {
    let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64);
    let input_tokens = count("/prompt_tokens").unwrap_or(0);
    let output_tokens = count("/completion_tokens").unwrap_or(0);
    let cached = count("/prompt_tokens_details/cached_tokens").or_else(|| count("/prompt_cache_hit_tokens"));
    TokenUsage {
        input_tokens,
        cached_input_tokens: cached.unwrap_or(0),
        cache_write_input_tokens: count("/prompt_tokens_details/cache_write_tokens").unwrap_or(0),
        output_tokens,
        reasoning_output_tokens: count("/completion_tokens_details/reasoning_tokens").unwrap_or(0),
        total_tokens: count("/total_tokens").unwrap_or_else(|| input_tokens.saturating_add(output_tokens)),
    }
}
