//! Visible items in the words of legacy files (`rollouts.md §3`), which have no `item_completed`.
//! Invariant: only what people and the model said has a legacy form here; other items are for newer files. Pure.

use codex_protocol::{TurnItem, UserInput};
use serde_json::{Value, json};

/// The event payloads that say the same as the item.
pub(crate) fn events(item: &TurnItem) -> Vec<Value> {
    match item {
        TurnItem::UserMessage(message) => vec![user_message(&message.content)],
        TurnItem::AgentMessage(message) => {
            vec![json!({"type": "agent_message", "message": message.text(), "phase": message.phase})]
        }
        TurnItem::Reasoning(reasoning) => reasoning
            .summary_text
            .iter()
            .map(|text| json!({"type": "agent_reasoning", "text": text}))
            .collect(),
        TurnItem::ContextCompaction(_) => vec![json!({"type": "context_compacted"})],
        TurnItem::EnteredReviewMode(review) => vec![json!({
            "type": "entered_review_mode",
            "target": review.target,
            "user_facing_hint": review.user_facing_hint,
        })],
        TurnItem::ExitedReviewMode(review) => {
            vec![json!({"type": "exited_review_mode", "review_output": review.review_output})]
        }
        TurnItem::CommandExecution(_)
        | TurnItem::FileChange(_)
        | TurnItem::WebSearch(_)
        | TurnItem::Plan(_)
        | TurnItem::ImageView(_) => Vec::new(),
    }
}

fn user_message(content: &[UserInput]) -> Value {
    let mut texts = Vec::new();
    let mut elements = Vec::new();
    let mut images = Vec::new();
    let mut local_images = Vec::new();
    for input in content {
        match input {
            UserInput::Text { text, text_elements } => {
                texts.push(text.as_str());
                elements.extend(text_elements.iter().cloned());
            }
            UserInput::LocalImage { path } => local_images.push(path),
            UserInput::Image { image_url } => images.push(image_url),
            UserInput::Other => {}
        }
    }
    json!({
        "type": "user_message",
        "message": texts.join("\n"),
        "images": images,
        "local_images": local_images,
        "text_elements": elements,
    })
}
