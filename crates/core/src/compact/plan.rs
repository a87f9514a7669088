//! The history after a compaction (`responses-wire.md §4.3, §4.4`): fresh context, the person's own words, the
//! summary. Pure: items in, items out.

use codex_protocol::{ContentPart, ItemKind, ItemPassthrough, MessageBody, ResponseItem, Role, limits};

/// Goes before a summary, so that the model knows what it reads.
const SUMMARY_PREFIX: &str = "The earlier part of this conversation was replaced by the summary below, which was written by \
     the model that did the work. What it calls done is done: build on it and do not repeat it.\n\n";
/// What `content_item_kinds` calls a person's words.
const PERSON_KINDS: [&str; 2] = ["user.text", "user.image"];
/// Beginnings of user messages that are context, in files that do not say what a message is.
const CONTEXT_BEGINNINGS: [&str; 6] = [
    "<environment_context>",
    "# AGENTS.md instructions for ",
    "<skill>",
    "<turn_aborted>",
    "<user_shell_command>",
    "The earlier part of this conversation was replaced by the summary below",
];

/// The text of the summary message.
pub(crate) fn summary_message(summary: &str) -> String {
    format!("{SUMMARY_PREFIX}{summary}")
}

/// The person's own messages, verbatim and with their ids, oldest first. When they exceed the limit the oldest
/// are left out; the newest always stays.
pub(crate) fn kept(history: &[ResponseItem]) -> Vec<ResponseItem> {
    let mut left = limits::COMPACTION_KEPT_TOKENS_MAX * limits::BYTES_PER_TOKEN;
    let mut kept: Vec<ResponseItem> = Vec::new();
    for item in history.iter().rev().filter(|item| is_persons(item)) {
        let bytes = item.json().len();
        if bytes > left && !kept.is_empty() {
            break;
        }
        left = left.saturating_sub(bytes);
        kept.push(item.clone());
    }
    kept.reverse();
    kept
}

/// Whether a user message holds a person's words rather than context.
pub(crate) fn is_persons(item: &ResponseItem) -> bool {
    if item.kind() != &ItemKind::Message(Role::User) {
        return false;
    }
    let kinds = item
        .passthrough_json()
        .and_then(|text| serde_json::from_str::<ItemPassthrough>(text).ok())
        .map(|metadata| metadata.content_item_kinds)
        .unwrap_or_default();
    if !kinds.is_empty() {
        return kinds.iter().any(|kind| PERSON_KINDS.contains(&kind.as_str()));
    }
    let Ok(body) = item.body::<MessageBody>() else { return false };
    let first = body.content.iter().find_map(ContentPart::text).unwrap_or_default();
    !CONTEXT_BEGINNINGS.iter().any(|beginning| first.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn user(text: &str, kind: Option<&str>) -> ResponseItem {
        let item = ResponseItem::message(None, Role::User, &[ContentPart::input_text(text)]).unwrap();
        match kind {
            Some(kind) => item.with_passthrough(&ItemPassthrough {
                content_item_kinds: vec![kind.to_owned()],
                ..ItemPassthrough::default()
            }),
            None => item,
        }
    }

    fn texts(items: &[ResponseItem]) -> Vec<String> {
        items.iter().map(|item| item.body::<MessageBody>().unwrap().text()).collect()
    }

    #[test]
    fn only_a_persons_words_are_kept_in_order() {
        let history = [
            user("<environment_context>", Some("environments.environment_context")),
            user("one", Some("user.text")),
            user("<environment_context>\n", None),
            user("# AGENTS.md instructions for /x", None),
            user("two", None),
            user(&summary_message("s"), None),
            user("summary", Some("compaction.summary")),
            ResponseItem::from_json(r#"{"type":"function_call","call_id":"c","name":"n"}"#).unwrap(),
        ];
        assert_eq!(texts(&kept(&history)), ["one", "two"]);
    }

    #[test]
    fn the_oldest_words_go_first_and_the_newest_always_stay() {
        let long = "x".repeat(limits::COMPACTION_KEPT_TOKENS_MAX * limits::BYTES_PER_TOKEN);
        let history = [user("old", None), user(&long, None)];
        assert_eq!(texts(&kept(&history)), std::slice::from_ref(&long));
        let history = [user(&long, None), user("new", None)];
        assert_eq!(texts(&kept(&history)), ["new"]);
    }
}
