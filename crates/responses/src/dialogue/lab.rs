//! A request for tests of bodies.

use codex_model_provider::ModelInfo;
use codex_protocol::{ResponseItem, ThreadId};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{ModelRequest, PromptCacheKey};

/// The parts a request borrows.
pub(crate) struct Lab {
    pub(crate) model: ModelInfo,
    pub(crate) items: Vec<ResponseItem>,
    pub(crate) tools: Vec<Box<RawValue>>,
}

impl Lab {
    pub(crate) fn new(slug: &str, items: &Value, tools: &Value) -> Self {
        let items = items.as_array().into_iter().flatten();
        Self {
            model: ModelInfo::fallback(slug),
            items: items.filter_map(|item| ResponseItem::from_body(item).ok()).collect(),
            tools: serde_json::from_value(tools.clone()).unwrap_or_default(),
        }
    }

    pub(crate) fn request(&self) -> ModelRequest<'_> {
        ModelRequest {
            model: &self.model,
            prefix: &[],
            input: &self.items,
            tail: &[],
            tools: &self.tools,
            parallel_tool_calls: true,
            reasoning_effort: None,
            reasoning_summary: None,
            verbosity: None,
            service_tier: None,
            output_schema: None,
            prompt_cache_key: PromptCacheKey::Thread(ThreadId::new_v7()),
        }
    }
}
