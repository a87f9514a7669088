//! Steps of a reply in the terms of another wire, and the place where a stream is cut. Pure.

use serde_json::Value;

use super::chat::ChatVoice;
use super::kind::Wire;
use super::messages::MessagesVoice;
use crate::reply::{ItemEvent, Step};

/// Says what a step means in a wire's own events.
pub(super) trait Voice {
    fn created(&mut self);
    fn item(&mut self, event: ItemEvent, item: &Value);
    fn text(&mut self, piece: &str);
    fn reasoning(&mut self, piece: &str);
    /// `usage` in the form of the Responses API, or null.
    fn completed(&mut self, usage: &Value);
    fn incomplete(&mut self, reason: &str);
    fn failed(&mut self, error: &Value);
    /// The events so far, taken.
    fn spoken(&mut self) -> Vec<Step>;
}

/// The steps as they go over `wire`. Events of the Responses API become the wire's own; all others stay.
pub(crate) fn translate(steps: Vec<Step>, wire: Wire, request: usize, model: &str) -> Vec<Step> {
    match wire {
        Wire::Responses => steps,
        Wire::Chat => speak(steps, ChatVoice::new(request, model)),
        Wire::Messages => speak(steps, MessagesVoice::new(request, model)),
    }
}

fn speak(steps: Vec<Step>, mut voice: impl Voice) -> Vec<Step> {
    let mut spoken = Vec::with_capacity(steps.len());
    for step in steps {
        match step {
            Step::Created => voice.created(),
            Step::Item { event, item, .. } => voice.item(event, &item),
            Step::TextDelta { text, .. } => voice.text(&text),
            Step::Deltas { count, text, .. } => (0..count).for_each(|_| voice.text(&text)),
            Step::Completed { fields } => voice.completed(&fields["usage"]),
            Step::Event(event) => match event["type"].as_str() {
                Some("response.reasoning_summary_text.delta") => {
                    voice.reasoning(event["delta"].as_str().unwrap_or_default());
                }
                Some("response.incomplete") => {
                    let reason = event["response"]["incomplete_details"]["reason"].as_str();
                    voice.incomplete(reason.unwrap_or_default());
                }
                Some("response.failed") => voice.failed(&event["response"]["error"]),
                Some(name) if name.starts_with("response.") => {}
                _ => spoken.push(Step::Event(event)),
            },
            other => spoken.push(other),
        }
        spoken.extend(voice.spoken());
    }
    spoken
}

/// The same stream, broken after its first `events` events. One that has no more is not broken.
pub(crate) fn cut_at_event(steps: Vec<Step>, events: usize) -> Vec<Step> {
    let mut kept = Vec::with_capacity(steps.len());
    let mut left = events;
    for step in steps {
        let is_event = match &step {
            Step::Deltas { count, .. } => *count > 0,
            Step::Created
            | Step::Item { .. }
            | Step::TextDelta { .. }
            | Step::SlowDelta { .. }
            | Step::Completed { .. }
            | Step::Event(_)
            | Step::EventText(_)
            | Step::Padding { .. } => true,
            Step::Raw(_)
            | Step::BelowFrames(_)
            | Step::Pause(_)
            | Step::Cut
            | Step::Hold
            | Step::HalfOpen => false,
        };
        if is_event && left == 0 {
            kept.push(Step::Cut);
            return kept;
        }
        match step {
            Step::Deltas { index, count, text } if count > left => {
                kept.push(Step::Deltas { index, count: left, text });
                kept.push(Step::Cut);
                return kept;
            }
            Step::Deltas { index, count, text } => {
                left -= count;
                kept.push(Step::Deltas { index, count, text });
            }
            other => {
                left -= usize::from(is_event);
                kept.push(other);
            }
        }
    }
    kept
}

/// The text of a message, or the summary of reasoning.
pub(super) fn text_of(item: &Value) -> &str {
    let parts = if item["type"] == "reasoning" { &item["summary"] } else { &item["content"] };
    parts[0]["text"].as_str().unwrap_or_default()
}

/// Id, name and arguments of a call.
pub(super) fn call_of(item: &Value) -> (String, String, String) {
    let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
    let arguments = match item["type"].as_str() {
        Some("custom_tool_call") => serde_json::json!({ "input": item["input"] }).to_string(),
        _ => text("arguments"),
    };
    (text("call_id"), text("name"), arguments)
}

/// The text in two pieces, cut where characters allow it.
pub(super) fn halves(text: &str) -> (&str, &str) {
    let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.split_at(middle)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_cut_keeps_what_comes_before_it() {
        let steps = || {
            vec![
                Step::Created,
                Step::Raw("x".into()),
                Step::Deltas { index: 0, count: 3, text: "a".to_owned() },
                Step::Completed { fields: json!({}) },
            ]
        };
        let names = |steps: Vec<Step>| steps.iter().map(|step| format!("{step:?}")).collect::<Vec<_>>();
        let kept = |events| names(cut_at_event(steps(), events)).len();
        assert_eq!(names(cut_at_event(steps(), 0)), ["Cut"]);
        assert_eq!(names(cut_at_event(steps(), 3))[2], r#"Deltas { index: 0, count: 2, text: "a" }"#);
        assert_eq!([1, 4, 5, 9].map(kept), [3, 4, 4, 4], "whole, and with a cut in place of what follows");
        assert_eq!(names(cut_at_event(steps(), 4))[3], "Cut");
        assert_eq!(names(cut_at_event(steps(), 5)), names(steps()));
    }

    #[test]
    fn halves_respect_characters() {
        assert_eq!(
            [halves(""), halves("a"), halves("ab"), halves("€")],
            [("", ""), ("", "a"), ("a", "b"), ("", "€")]
        );
    }
}
