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

/// The words searched for, the address opened, or what was looked for where.
fn web_query(action: &Value) -> String {
    let text = |key: &str| action.get(key).and_then(Value::as_str);
    match (text("query"), text("pattern"), text("url")) {
        (Some(query), _, _) => query.to_owned(),
        (None, Some(pattern), Some(url)) => format!("'{pattern}' in {url}"),
        (None, pattern, url) => url.or(pattern).unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_web_search_is_shown_by_what_it_did() {
        for (action, expected) in [
            (json!({"type": "search", "query": "q", "queries": ["q", "r"]}), "q"),
            (json!({"type": "open_page", "url": "http://x/"}), "http://x/"),
            (json!({"type": "find_in_page", "url": "http://x/", "pattern": "p"}), "'p' in http://x/"),
            (json!({"type": "other"}), ""),
        ] {
            assert_eq!(web_query(&action), expected);
        }
    }
}
