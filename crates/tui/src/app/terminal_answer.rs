//! The terminal's answer to the question for its background (`OSC 11`), which arrives among the keys.
//! Invariant: a key that is no part of an answer is given on, in order.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use tokio::time::{Duration, Instant};

use crate::theme::{Shade, shade_of_answer};

/// The question.
pub(super) const ASK_BACKGROUND: &str = "\u{1b}]11;?\u{1b}\\";
/// An answer that comes later is taken for keys.
const WAIT_MAX: Duration = Duration::from_secs(5);
const HEAD: &str = "11;";
const ANSWER_LEN_MAX: usize = 40;

/// Looks through the keys for the answer.
#[derive(Debug)]
pub(super) struct TerminalAnswer {
    until: Option<Instant>,
    held: Vec<KeyEvent>,
    text: String,
}

/// What a key turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Caught {
    /// These are keys.
    Keys(Vec<KeyEvent>),
    /// Perhaps part of an answer.
    Held,
    /// The end of one.
    Background(Option<Shade>),
}

impl TerminalAnswer {
    /// Waits for the answer to a question asked now.
    pub(super) fn asked(now: Instant) -> Self {
        Self { until: Some(now + WAIT_MAX), held: Vec::new(), text: String::new() }
    }

    /// Waits for nothing.
    pub(super) fn unasked() -> Self {
        Self { until: None, held: Vec::new(), text: String::new() }
    }

    /// Takes in a key.
    pub(super) fn catch(&mut self, key: KeyEvent, now: Instant) -> Caught {
        if self.until.is_none() {
            return Caught::Keys(vec![key]);
        }
        if key.kind == KeyEventKind::Release {
            return Caught::Keys(vec![key]);
        }
        if self.held.is_empty() {
            let begins = key.code == KeyCode::Char(']') && key.modifiers == KeyModifiers::ALT;
            if !begins {
                if self.until.is_some_and(|until| now > until) {
                    self.until = None;
                }
                return Caught::Keys(vec![key]);
            }
            self.held.push(key);
            return Caught::Held;
        }
        self.held.push(key);
        let ends = matches!(
            (key.code, key.modifiers),
            (KeyCode::Char('\\'), KeyModifiers::ALT) | (KeyCode::Char('g'), KeyModifiers::CONTROL)
        );
        if ends && let Some(answer) = self.text.strip_prefix(HEAD) {
            let shade = shade_of_answer(answer);
            *self = Self::unasked();
            return Caught::Background(shade);
        }
        if let KeyCode::Char(c) = key.code
            && !key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::CONTROL)
        {
            self.text.push(c);
            let fits = HEAD.starts_with(&self.text) || self.text.starts_with(HEAD);
            if fits && self.text.len() <= ANSWER_LEN_MAX {
                return Caught::Held;
            }
        }
        self.text.clear();
        Caught::Keys(std::mem::take(&mut self.held))
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn key(c: char, modifiers: KeyModifiers) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(c), modifiers)
    }

    fn feed(answer: &mut TerminalAnswer, text: &str) -> Vec<Caught> {
        let now = Instant::now();
        text.chars().map(|c| answer.catch(key(c, KeyModifiers::NONE), now)).collect()
    }

    #[test]
    fn an_answer_is_caught_and_keys_go_on() {
        let now = Instant::now();
        for end in [key('\\', KeyModifiers::ALT), key('g', KeyModifiers::CONTROL)] {
            let mut answer = TerminalAnswer::asked(now);
            assert_eq!(feed(&mut answer, "a"), [Caught::Keys(vec![key('a', KeyModifiers::NONE)])]);
            assert_eq!(answer.catch(key(']', KeyModifiers::ALT), now), Caught::Held);
            assert!(feed(&mut answer, "11;rgb:ffff/ffff/ffff").iter().all(|caught| *caught == Caught::Held));
            assert_eq!(answer.catch(end, now), Caught::Background(Some(Shade::Light)));
            assert_eq!(feed(&mut answer, "b"), [Caught::Keys(vec![key('b', KeyModifiers::NONE)])]);
        }
    }

    #[test]
    fn keys_that_only_begin_like_an_answer_are_kept() {
        let now = Instant::now();
        let mut answer = TerminalAnswer::asked(now);
        assert_eq!(answer.catch(key(']', KeyModifiers::ALT), now), Caught::Held);
        let held =
            vec![key(']', KeyModifiers::ALT), key('1', KeyModifiers::NONE), key('x', KeyModifiers::NONE)];
        assert_eq!(feed(&mut answer, "1x"), [Caught::Held, Caught::Keys(held)]);
        assert_eq!(feed(&mut answer, "y"), [Caught::Keys(vec![key('y', KeyModifiers::NONE)])]);
    }
}
