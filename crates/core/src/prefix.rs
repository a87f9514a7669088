//! The items before the history of every request, and the tools beside it. Rendered again only when what decides them
//! changes. Pure.

use codex_model_provider::ModelInfo;
use codex_protocol::{ItemId, ResponseItem, ThreadId};
use codex_responses::{additional_tools_item, base_instructions_item};
use codex_tools::Registry;
use serde_json::value::RawValue;
use uuid::Uuid;

/// What goes before the history of every request (`responses-wire.md §1.2, §1.4`). The ids are derived from the
/// thread, so that a resumed thread sends the same bytes.
pub(crate) fn prefix(
    thread_id: ThreadId,
    instructions: &str,
    model: &ModelInfo,
    registry: &Registry,
) -> Result<(Vec<ResponseItem>, Vec<Box<RawValue>>), serde_json::Error> {
    let raw = |specs: Vec<serde_json::Value>| -> Result<Vec<Box<RawValue>>, serde_json::Error> {
        specs.iter().map(serde_json::value::to_raw_value).collect()
    };
    let base = base_instructions_item(&ItemId::base_instructions(thread_id), instructions)?;
    if model.use_responses_lite {
        let id = ItemId::new(format!("at_{}", Uuid::new_v5(&thread_id.uuid(), b"additional_tools")));
        let tools = additional_tools_item(&id, &raw(registry.lite_specs())?)?;
        return Ok((vec![tools, base], Vec::new()));
    }
    Ok((vec![base], raw(registry.specs())?))
}
