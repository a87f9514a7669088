//! The history after a compaction (`responses-wire.md §4.3, §4.4`): fresh context, the person's own words, the
//! summary. Pure: items in, items out.

use codex_protocol::{ContentPart, ItemKind, ItemPassthrough, MessageBody, ResponseItem, Role, limits};

/// Goes before a summary, so that the model knows what it reads.
const SUMMARY_PREFIX: &str = "The earlier part of this conversation was replaced by the summary below, which was written by \
     the model that did the work. What it calls done is done: build on it and do not repeat it.\n\n";
/// Stands where an image was that is not sent again.
const IMAGE_LEFT_OUT: &str = "[An image of this message is no longer part of the conversation.]";
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

/// The person's own messages with their ids, oldest first: the words verbatim, the images as far as there is room. When
/// the words exceed the limit the oldest are left out; the newest message always stays whole.
pub(crate) fn kept(history: &[ResponseItem]) -> Vec<ResponseItem> {
    let mut left = limits::COMPACTION_KEPT_TOKENS_MAX * limits::BYTES_PER_TOKEN;
    let mut kept: Vec<(&ResponseItem, Vec<usize>)> = Vec::new();
    for item in history.iter().rev().filter(|item| is_persons(item)) {
        let images = image_bytes(item);
        let words = item.json().len().saturating_sub(images.iter().sum());
        if words > left && !kept.is_empty() {
            break;
        }
        left = left.saturating_sub(words);
        kept.push((item, images));
    }
    let mut budget = ImageBudget {
        tokens: left / limits::BYTES_PER_TOKEN,
        bytes: limits::COMPACTION_KEPT_IMAGE_BYTES_MAX,
    };
    let mut out = Vec::with_capacity(kept.len());
    for (at, (item, images)) in kept.into_iter().enumerate() {
        let fits = images.is_empty() || budget.take(&images) || at == 0;
        out.push(if fits { item.clone() } else { without_images(item) });
    }
    out.reverse();
    out
}

/// What images may still cost.
struct ImageBudget {
    tokens: usize,
    bytes: usize,
}

impl ImageBudget {
    /// Takes the images of one message, all or none.
    fn take(&mut self, images: &[usize]) -> bool {
        let tokens = images.len() * limits::IMAGE_TOKENS_ESTIMATE;
        let bytes: usize = images.iter().sum();
        let fits = tokens <= self.tokens && bytes <= self.bytes;
        if fits {
            (self.tokens, self.bytes) = (self.tokens - tokens, self.bytes - bytes);
        }
        fits
    }
}

/// Bytes of each image of a message.
fn image_bytes(item: &ResponseItem) -> Vec<usize> {
    let Ok(body) = item.body::<MessageBody>() else { return Vec::new() };
    let bytes = |part: &ContentPart| match part {
        ContentPart::InputImage { image_url, .. } => Some(image_url.len()),
        _ => None,
    };
    body.content.iter().filter_map(bytes).collect()
}

/// The message with a word in the place of each image; as it is where it cannot be read.
fn without_images(item: &ResponseItem) -> ResponseItem {
    let Ok(body) = item.body::<MessageBody>() else { return item.clone() };
    let mut metadata = item
        .passthrough_json()
        .and_then(|text| serde_json::from_str::<ItemPassthrough>(text).ok())
        .unwrap_or_default();
    let mut parts = body.content;
    for (at, part) in parts.iter_mut().enumerate() {
        if matches!(part, ContentPart::InputImage { .. }) {
            *part = ContentPart::input_text(IMAGE_LEFT_OUT);
            if let Some(kind) = metadata.content_item_kinds.get_mut(at) {
                "user.text".clone_into(kind);
            }
        }
    }
    match ResponseItem::message(item.id(), Role::User, &parts) {
        Ok(made) if item.passthrough_json().is_some() => made.with_passthrough(&metadata),
        Ok(made) => made,
        Err(_) => item.clone(),
    }
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
    use codex_protocol::ItemId;
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

    fn with_image(id: &str, text: &str, bytes: usize) -> ResponseItem {
        let url = format!("data:image/png;base64,{}", "A".repeat(bytes));
        let image = ContentPart::InputImage { image_url: url, detail: None };
        let parts = [ContentPart::input_text(text), image];
        let kinds = ["user.text", "user.image"].map(str::to_owned).to_vec();
        ResponseItem::message(Some(&ItemId::new(id)), Role::User, &parts)
            .unwrap()
            .with_passthrough(&ItemPassthrough { content_item_kinds: kinds, ..ItemPassthrough::default() })
    }

    #[test]
    fn images_have_a_budget_of_their_own_and_take_no_words_with_them() {
        let large = limits::COMPACTION_KEPT_IMAGE_BYTES_MAX - 1_000;
        let history = [
            user("old words", None),
            with_image("a", "first", 2_000),
            with_image("b", "second", large),
            with_image("c", "third", 100),
        ];
        let kept = kept(&history);
        let left_out = format!("first{IMAGE_LEFT_OUT}");
        assert_eq!(texts(&kept), ["old words", left_out.as_str(), "second", "third"]);
        assert_eq!(kept[1].id(), Some(&ItemId::new("a")));
        let kinds: ItemPassthrough = serde_json::from_str(kept[1].passthrough_json().unwrap()).unwrap();
        assert_eq!(kinds.content_item_kinds, ["user.text", "user.text"]);
        assert_eq!((kept[2].json(), kept[3].json()), (history[2].json(), history[3].json()));
        // The newest message stays whole, whatever it costs.
        let huge = [with_image("d", "look", 2 * limits::COMPACTION_KEPT_IMAGE_BYTES_MAX)];
        assert_eq!(super::kept(&huge)[0].json(), huge[0].json());
        // So many images are too many tokens.
        let many: Vec<ResponseItem> = (0..40).map(|at| with_image(&at.to_string(), "word", 10)).collect();
        let whole = super::kept(&many).iter().filter(|item| !image_bytes(item).is_empty()).count();
        assert!((5..=13).contains(&whole), "{whole}");
        assert_eq!(super::kept(&many).len(), 40);
    }
}
