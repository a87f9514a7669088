//! The words of both sides as a compacted line retains them (`rollouts.md §3`, `retained_context`): for readers that
//! show a conversation without looking before the line. Bounded; pure but for the ids it makes.

use codex_protocol::{ItemKind, ItemPassthrough, MessageBody, ResponseItem, Role, limits};
use serde_json::{Value, json};
use uuid::Uuid;

use super::plan;

/// Messages of one side, newest first while they are collected.
#[derive(Default)]
struct Side {
    messages: Vec<Value>,
    bytes: usize,
    incomplete: bool,
}

impl Side {
    /// Retains a message as far as there is room.
    fn retain(&mut self, order: usize, item: &ResponseItem) {
        let text = item.body::<MessageBody>().map(|body| body.text()).unwrap_or_default();
        let room = (limits::COMPACTION_KEPT_TOKENS_MAX * limits::BYTES_PER_TOKEN).saturating_sub(self.bytes);
        if room == 0 {
            self.incomplete = true;
            return;
        }
        let complete = text.len() <= room;
        let mut end = text.len().min(room);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.bytes += end;
        self.incomplete |= !complete;
        let passthrough = item.passthrough_json();
        let metadata = passthrough.and_then(|text| serde_json::from_str::<ItemPassthrough>(text).ok());
        self.messages.push(json!({
            "revision": format!("retained_{}", Uuid::now_v7()),
            "order": order,
            "turn_id": metadata.and_then(|metadata| metadata.turn_id),
            "message_id": item.id(),
            "text": &text[..end],
            "complete": complete,
        }));
    }

    fn oldest_first(mut self) -> (Vec<Value>, bool) {
        self.messages.reverse();
        (self.messages, self.incomplete)
    }
}

/// `window` is the one that ends: words of the assistant from windows before it are gone.
pub(crate) fn context(history: &[ResponseItem], window: u64) -> Value {
    let (mut user, mut assistant) = (Side::default(), Side { incomplete: window > 0, ..Side::default() });
    let spoken: Vec<(usize, &ResponseItem)> =
        history.iter().filter(|item| plan::is_persons(item) || is_assistants(item)).enumerate().collect();
    for (order, item) in spoken.iter().rev() {
        let side = if is_assistants(item) { &mut assistant } else { &mut user };
        side.retain(*order, item);
    }
    let (user_messages, user_incomplete) = user.oldest_first();
    let (assistant_messages, assistant_incomplete) = assistant.oldest_first();
    json!({
        "verified_answers": [],
        "incomplete": user_incomplete || assistant_incomplete,
        "user_messages": user_messages,
        "user_messages_incomplete": user_incomplete,
        "assistant_messages": assistant_messages,
        "assistant_messages_incomplete": assistant_incomplete,
        "next_order": spoken.len(),
    })
}

fn is_assistants(item: &ResponseItem) -> bool {
    item.kind() == &ItemKind::Message(Role::Assistant)
}

#[cfg(test)]
mod tests {
    use codex_protocol::{ContentPart, ItemId, ResponseItem, Role, limits};
    use pretty_assertions::assert_eq;

    use super::context;

    fn message(id: &str, role: Role, text: &str) -> ResponseItem {
        let part = match role {
            Role::Assistant => ContentPart::OutputText { text: text.to_owned() },
            _ => ContentPart::input_text(text),
        };
        ResponseItem::message(Some(&ItemId::new(id)), role, &[part]).unwrap()
    }

    #[test]
    fn both_sides_are_retained_in_order() {
        let history = [
            message("u0", Role::User, "<environment_context>"),
            message("u1", Role::User, "do it"),
            message("a1", Role::Assistant, "done"),
            message("u2", Role::User, "more"),
        ];
        let context = context(&history, 0);
        let said = |side: &str| -> Vec<(String, u64)> {
            let messages = context[side].as_array().unwrap().iter();
            messages
                .map(|message| {
                    (message["text"].as_str().unwrap().to_owned(), message["order"].as_u64().unwrap())
                })
                .collect()
        };
        assert_eq!(said("user_messages"), [("do it".to_owned(), 0), ("more".to_owned(), 2)]);
        assert_eq!(said("assistant_messages"), [("done".to_owned(), 1)]);
        assert_eq!((&context["incomplete"], &context["next_order"]), (&false.into(), &3.into()));
    }

    #[test]
    fn what_does_not_fit_is_said_to_be_missing() {
        let long = "ä".repeat(limits::COMPACTION_KEPT_TOKENS_MAX * limits::BYTES_PER_TOKEN);
        let history = [message("u1", Role::User, "old"), message("u2", Role::User, &long)];
        let context = context(&history, 1);
        let messages = context["user_messages"].as_array().unwrap();
        assert_eq!((messages.len(), &messages[0]["complete"]), (1, &false.into()));
        assert_eq!(context["user_messages_incomplete"], true);
        assert_eq!(context["assistant_messages_incomplete"], true);
    }
}
