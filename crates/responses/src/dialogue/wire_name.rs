//! Names and ids in the alphabet that every service takes: letters, digits, `_` and `-`, of limited length.
//! Pure: the same text always gives the same result, so that a conversation keeps its bytes from request to request.

use std::hash::{DefaultHasher, Hash, Hasher};

/// OpenAI takes call ids of at most 40 characters.
const ID_CHARS_MAX: usize = 40;
const NAME_CHARS_MAX: usize = 64;
const HASH_CHARS: usize = 16;

/// A call id as the services take it.
pub(super) fn wire_id(id: &str) -> String {
    fit(id, ID_CHARS_MAX)
}

/// A tool name as the services take it.
pub(super) fn wire_name(namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) if !namespace.is_empty() => fit(&format!("{namespace}__{name}"), NAME_CHARS_MAX),
        _ => fit(name, NAME_CHARS_MAX),
    }
}

/// What cannot stay makes room for a hash of the whole, so that different texts stay different.
fn fit(text: &str, chars_max: usize) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !text.is_empty() && text.len() <= chars_max && text.chars().all(fits) {
        return text.to_owned();
    }
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let kept = text.chars().take(chars_max - HASH_CHARS - 1).map(|c| if fits(c) { c } else { '_' });
    format!("{}_{:016x}", kept.collect::<String>(), hasher.finish())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::{wire_id, wire_name};

    #[test]
    fn good_names_stay_and_others_are_made_good_without_meeting() {
        assert_eq!(wire_id("call_1-a"), "call_1-a");
        assert_eq!(wire_name(Some("mcp__docs"), "find"), "mcp__docs__find");
        assert_ne!(wire_id("a.b"), wire_id("a:b"));
        for odd in ["", "a b", "é", &"x".repeat(300)] {
            let id = wire_id(odd);
            assert!(id.len() <= 40 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{id}");
            assert_eq!(wire_id(odd), id);
        }
    }
}
