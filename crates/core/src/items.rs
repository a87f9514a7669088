//! Projection of a finished Responses item to the item a person sees. Pure.

use codex_protocol::{
    AgentMessageItem, AgentMessagePart, ContentPart, ItemId, ItemKind, MessageBody, ReasoningBody,
    ReasoningItem, ReasoningText, ResponseItem, Role, TurnItem, WebSearchCallBody, WebSearchItem,
};
use serde_json::Value;

/// The visible form of a model item, or `None` when it has none.
pub(crate) fn turn_item(item: &ResponseItem) -> Option<TurnItem> {
    let id = item.id().cloned().unwrap_or_else(|| ItemId::new(""));
    match item.kind() {
        ItemKind::Message(Role::Assistant) => {
            let body: MessageBody = item.body().ok()?;
            let content = body
                .content
                .iter()
                .filter_map(ContentPart::text)
                .map(|text| AgentMessagePart::Text { text: text.to_owned() })
                .collect();
            Some(TurnItem::AgentMessage(AgentMessageItem { id, content, phase: body.phase }))
        }
        ItemKind::Reasoning => {
            let body: ReasoningBody = item.body().ok()?;
            Some(TurnItem::Reasoning(ReasoningItem {
                id,
                summary_text: texts(body.summary),
                raw_content: texts(body.content.unwrap_or_default()),
            }))
        }
        ItemKind::WebSearchCall => {
            let body: WebSearchCallBody = item.body().ok()?;
            Some(TurnItem::WebSearch(WebSearchItem {
                id,
                query: web_query(&body.action),
                action: body.action,
            }))
        }
        _ => None,
    }
}

fn texts(parts: Vec<ReasoningText>) -> Vec<String> {
    parts.into_iter().map(|part| part.text).filter(|text| !text.is_empty()).collect()
}

/// The words searched for, or the address opened.
fn web_query(action: &Value) -> String {
    ["query", "url", "pattern"]
        .iter()
        .find_map(|key| action.get(key).and_then(Value::as_str))
        .unwrap_or_default()
        .to_owned()
}
