//! The events of the wire that scripted steps stand for: one form for every transport. Pure.

use serde_json::{Value, json};

use crate::item::id_prefix;
use crate::reply::{ItemEvent, Step};

/// The event of a step that is one event; `request` is the position of the request, part of the generated ids.
pub(crate) fn event_of(step: Step, request: usize) -> Option<Value> {
    match step {
        Step::Created => {
            Some(json!({ "type": "response.created", "response": { "id": response_id(request) } }))
        }
        Step::Item { event, index, item } => Some(item_event(request, event, index, item)),
        Step::TextDelta { index, text } => Some(text_delta(request, index, &text)),
        Step::Completed { fields } => Some(completed(request, &fields)),
        Step::Event(event) => Some(event),
        Step::Deltas { .. }
        | Step::EventText(_)
        | Step::Padding { .. }
        | Step::SlowDelta { .. }
        | Step::Raw(_)
        | Step::BelowFrames(_)
        | Step::Pause(_)
        | Step::Cut
        | Step::Hold
        | Step::HalfOpen => None,
    }
}

fn response_id(request: usize) -> String {
    format!("resp_{request}")
}

fn item_id(request: usize, index: usize, item: &Value) -> String {
    format!("{}_{request}_{index}", id_prefix(item))
}

fn item_event(request: usize, event: ItemEvent, index: usize, mut item: Value) -> Value {
    let id = item_id(request, index, &item);
    if let Some(fields) = item.as_object_mut() {
        fields.entry("id").or_insert_with(|| json!(id));
        if event == ItemEvent::Added && fields.contains_key("status") {
            fields.insert("status".to_owned(), json!("in_progress"));
        }
    }
    let name = match event {
        ItemEvent::Added => "response.output_item.added",
        ItemEvent::Done => "response.output_item.done",
    };
    json!({ "type": name, "output_index": index, "item": item })
}

pub(crate) fn text_delta(request: usize, index: usize, text: &str) -> Value {
    json!({
        "type": "response.output_text.delta",
        "item_id": format!("msg_{request}_{index}"),
        "output_index": index,
        "content_index": 0,
        "delta": text,
    })
}

fn completed(request: usize, fields: &Value) -> Value {
    let mut response = json!({ "id": response_id(request) });
    if let (Some(response), Some(fields)) = (response.as_object_mut(), fields.as_object()) {
        response.extend(fields.iter().map(|(key, value)| (key.clone(), value.clone())));
        if response.get("id").is_some_and(Value::is_null) {
            response.remove("id");
        }
    }
    json!({ "type": "response.completed", "response": response })
}
