//! Finds secrets that a model spells out over several text deltas: no single event holds them, so each delta that may
//! begin a secret waits for the next ones. Invariant: order is kept, and what waits is bounded by the longest secret.

use codex_secrets::Secrets;
use serde_json::Value;

/// Deltas that may wait; only empty deltas could fill this, as a text as long as a secret decides the matter.
const HELD_EVENTS_MAX: usize = 1024;

/// Fields that say which text a delta belongs to.
const TEXT_FIELDS: [&str; 5] = ["type", "item_id", "output_index", "content_index", "summary_index"];

/// An event that may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ready {
    pub(crate) ms: u64,
    pub(crate) data: Vec<u8>,
    /// A secret was taken out of this event and the ones after it.
    pub(crate) masked: bool,
}

/// The waiting deltas of one response.
#[derive(Debug, Default)]
pub(crate) struct DeltaGuard {
    held: Vec<Held>,
}

#[derive(Debug)]
struct Held {
    ready: Ready,
    event: Value,
    text: String,
}

impl DeltaGuard {
    /// Takes the next event and gives those that can no longer be part of a secret.
    pub(crate) fn push(&mut self, ms: u64, data: &[u8], secrets: &Secrets) -> Vec<Ready> {
        let ready = Ready { ms, data: data.to_vec(), masked: false };
        let event = serde_json::from_slice::<Value>(data).unwrap_or_default();
        let Some(text) = event["delta"].as_str().map(str::to_owned) else {
            let mut out = self.drain();
            out.push(ready);
            return out;
        };
        let same_text = |held: &Held| TEXT_FIELDS.iter().all(|field| held.event[*field] == event[*field]);
        let mut out = if self.held.last().is_some_and(same_text) { Vec::new() } else { self.drain() };
        self.held.push(Held { ready, event, text });
        self.mask(secrets);
        out.extend(self.decided(secrets));
        out
    }

    /// Everything that still waits.
    pub(crate) fn drain(&mut self) -> Vec<Ready> {
        self.held.drain(..).map(|held| held.ready).collect()
    }

    fn joined(&self) -> String {
        self.held.iter().map(|held| held.text.as_str()).collect()
    }

    /// Puts the masked text into the first waiting delta and empties the others, once their texts spell a secret.
    fn mask(&mut self, secrets: &Secrets) {
        let joined = self.joined();
        // A secret within one delta is found when its line is written.
        if self.held.len() < 2 || !secrets.found_in(&joined) {
            return;
        }
        let mut text = secrets.mask(&joined);
        for (index, held) in self.held.iter_mut().enumerate() {
            held.text = std::mem::take(&mut text);
            held.event["delta"] = Value::from(held.text.as_str());
            held.ready.data = held.event.to_string().into_bytes();
            held.ready.masked |= index == 0;
        }
    }

    /// Takes out the deltas before the part that may still become a secret.
    fn decided(&mut self, secrets: &Secrets) -> Vec<Ready> {
        let mut undecided = secrets.open_end(&self.joined());
        let mut keep = 0;
        for held in self.held.iter().rev() {
            if undecided == 0 || keep == HELD_EVENTS_MAX {
                break;
            }
            undecided = undecided.saturating_sub(held.text.len());
            keep += 1;
        }
        let decided = self.held.len() - keep;
        self.held.drain(..decided).map(|held| held.ready).collect()
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;

    use super::*;

    /// Feeds deltas and tells the texts that came out after each, and at the end.
    #[track_caller]
    fn check(deltas: &[&str], expected: &[&[&str]]) {
        let mut secrets = Secrets::none();
        secrets.add("PIN", "sk-1234");
        let mut guard = DeltaGuard::default();
        let mut out: Vec<Vec<Ready>> = Vec::new();
        for delta in deltas {
            let event = json!({ "type": "response.output_text.delta", "item_id": "m", "delta": delta });
            out.push(guard.push(0, event.to_string().as_bytes(), &secrets));
        }
        out.push(guard.drain());
        let text = |ready: &Ready| serde_json::from_slice::<Value>(&ready.data).unwrap()["delta"].clone();
        let texts: Vec<Vec<Value>> = out.iter().map(|ready| ready.iter().map(text).collect()).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn ordinary_text_passes_at_once() {
        check(&["Hello ", "world"], &[&["Hello "], &["world"], &[]]);
    }

    #[test]
    fn a_beginning_waits_until_it_is_decided() {
        check(&["this", " is it"], &[&[], &["this", " is it"], &[]]);
        check(&["a sk-", "12", "0"], &[&[], &[], &["a sk-", "12", "0"], &[]]);
        check(&["ends with sk"], &[&[], &["ends with sk"]]);
    }

    #[test]
    fn a_spelled_secret_is_masked_whole() {
        check(&["key: sk-", "12", "34!"], &[&[], &[], &["key: [secret:PIN]!", "", ""], &[]]);
        check(&["sk-1", "234", " then s", "k"], &[&[], &["[secret:PIN]", ""], &[], &[], &[" then s", "k"]]);
    }

    #[test]
    fn another_event_or_another_text_ends_the_wait() {
        let mut secrets = Secrets::none();
        secrets.add("PIN", "sk-1234");
        let mut guard = DeltaGuard::default();
        let delta =
            |item: &str| json!({ "type": "d", "item_id": item, "delta": "sk-" }).to_string().into_bytes();
        let ready = |data: Vec<u8>| Ready { ms: 1, data, masked: false };
        assert_eq!(guard.push(1, &delta("a"), &secrets), []);
        assert_eq!(guard.push(1, &delta("b"), &secrets), [ready(delta("a"))]);
        assert_eq!(guard.push(1, b"[DONE]", &secrets), [ready(delta("b")), ready(b"[DONE]".to_vec())]);
    }
}
