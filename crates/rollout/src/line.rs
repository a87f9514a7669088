//! What kind of line this is, cheaply: by its first bytes when they are in the usual order, else by parsing.
//! Invariant: both ways agree on every well-formed line. Knows line types (`rollouts.md §4`), not what they mean.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// What the reader may want from a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    ResponseItem,
    Compacted,
    TurnContext,
    WorldState,
    TokenUsage,
    TurnStarted,
    TurnEnded,
    TokenCount,
    RolledBack,
    /// Known, of no use for the next request.
    Other,
    Unknown,
}

/// A line's class and number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LineHead {
    pub(crate) ordinal: Option<u64>,
    pub(crate) class: Class,
}

/// A whole line.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Cow<'a, str>,
    #[serde(default)]
    pub(crate) ordinal: Option<u64>,
    #[serde(borrow)]
    pub(crate) payload: &'a RawValue,
    #[serde(borrow, default)]
    pub(crate) metadata: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    pub(crate) fn head(&self) -> LineHead {
        #[derive(Deserialize)]
        struct Tagged<'a> {
            #[serde(borrow, rename = "type")]
            kind: Cow<'a, str>,
        }
        let event = match &*self.kind {
            "event_msg" => serde_json::from_str::<Tagged<'_>>(self.payload.get()).ok().map(|tag| tag.kind),
            _ => None,
        };
        LineHead { ordinal: self.ordinal, class: class(&self.kind, event.as_deref()) }
    }
}

/// The head of a line that begins in the order all writers use: `timestamp`, `ordinal`, `type`, `payload`, and in
/// an event `type` first. `None`: parse it.
pub(crate) fn quick_head(text: &[u8]) -> Option<LineHead> {
    let rest = text.strip_prefix(b"{\"timestamp\":")?;
    let (_, rest) = plain_string(rest)?;
    let (ordinal, rest) = match rest.strip_prefix(b",\"ordinal\":") {
        Some(rest) => {
            let len = rest.iter().position(|byte| !byte.is_ascii_digit())?;
            let digits = std::str::from_utf8(&rest[..len]).ok()?;
            (Some(digits.parse().ok()?), &rest[len..])
        }
        None => (None, rest),
    };
    let (kind, rest) = plain_string(rest.strip_prefix(b",\"type\":")?)?;
    let rest = rest.strip_prefix(b",\"payload\":{")?;
    // Without an ordinal before it, one may still come behind the payload.
    ordinal?;
    let event = match kind {
        "event_msg" => Some(plain_string(rest.strip_prefix(b"\"type\":")?)?.0),
        _ => None,
    };
    Some(LineHead { ordinal, class: class(kind, event) })
}

/// A short string without escapes, and what follows it.
fn plain_string(text: &[u8]) -> Option<(&str, &[u8])> {
    const LEN_MAX: usize = 64;
    let text = text.strip_prefix(b"\"")?;
    let end = text.iter().take(LEN_MAX).position(|byte| matches!(byte, b'"' | b'\\'))?;
    if text[end] != b'"' {
        return None;
    }
    Some((std::str::from_utf8(&text[..end]).ok()?, &text[end + 1..]))
}

fn class(kind: &str, event: Option<&str>) -> Class {
    match (kind, event) {
        ("response_item", _) => Class::ResponseItem,
        ("compacted", _) => Class::Compacted,
        ("turn_context", _) => Class::TurnContext,
        ("world_state", _) => Class::WorldState,
        ("token_usage_record", _) => Class::TokenUsage,
        ("event_msg", Some("task_started" | "turn_started")) => Class::TurnStarted,
        ("event_msg", Some("task_complete" | "turn_complete" | "turn_aborted")) => Class::TurnEnded,
        ("event_msg", Some("token_count")) => Class::TokenCount,
        ("event_msg", Some("thread_rolled_back")) => Class::RolledBack,
        // Unknown events are for people, not for the model: nothing is lost.
        ("event_msg", _) => Class::Other,
        (
            "session_meta"
            | "dynamic_tools_updated"
            | "inter_agent_communication"
            | "inter_agent_communication_metadata"
            | "security_risk_score"
            | "realtime_item",
            _,
        ) => Class::Other,
        _ => Class::Unknown,
    }
}

/// A line's bytes without blanks and the NUL bytes a crash can leave around it.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let blank = |byte: &u8| matches!(byte, 0 | b' ' | b'\t' | b'\r');
    let start = text.iter().position(|byte| !blank(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !blank(byte)).map_or(start, |at| at + 1);
    &text[start..end]
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn slow(text: &str) -> LineHead {
        Envelope::parse(text).expect("line").head()
    }

    #[test]
    fn the_quick_and_the_slow_way_agree_on_every_sample_line() {
        let samples = [
            include_str!("../tests/data/tools.jsonl"),
            include_str!("../tests/data/spawn_parent.jsonl"),
            include_str!("../tests/data/review_child.jsonl"),
        ];
        for line in samples.iter().flat_map(|sample| sample.lines()) {
            assert_eq!(quick_head(line.as_bytes()), Some(slow(line)), "{line}");
        }
    }

    #[test]
    fn any_other_order_is_parsed() {
        for line in [
            r#"{"type":"event_msg","timestamp":"t","payload":{"type":"token_count"},"ordinal":3}"#,
            r#"{"timestamp":"t","type":"event_msg","payload":{"type":"token_count"},"ordinal":3}"#,
            r#"{"timestamp":"t","ordinal":3,"type":"event_msg","payload":{"info":null,"type":"token_count"}}"#,
            r#"{"timestamp":"t","ordinal":3,"type":"event\u005fmsg","payload":{"type":"token_count"}}"#,
            r#"{ "timestamp":"t","ordinal":3,"type":"event_msg","payload":{"type":"token_count"}}"#,
        ] {
            assert_eq!(quick_head(line.as_bytes()), None, "{line}");
            assert_eq!(slow(line), LineHead { ordinal: Some(3), class: Class::TokenCount }, "{line}");
        }
    }

    #[test]
    fn a_head_cut_short_is_no_head() {
        let line = br#"{"timestamp":"t","ordinal":3,"type":"event_msg","payload":{"type":"token_count","#;
        for cut in 0..line.len() - 1 {
            assert_eq!(quick_head(&line[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn nul_bytes_around_a_line_do_not_count() {
        assert_eq!(trim(b"\0\0{}\0\r"), b"{}");
        assert_eq!(trim(b"\0 \0"), b"");
    }
}
