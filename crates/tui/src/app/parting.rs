//! The last words, after the screen is given back: tokens, and how to go on.

use codex_protocol::{ThreadId, TokenUsage};

use crate::cells::grouped;
use crate::screen::Colours;

/// What remains to be said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parting {
    pub(super) thread: Option<ThreadId>,
    /// Whether anything was said that can be resumed.
    pub(super) resumable: bool,
    pub(super) tokens: TokenUsage,
    /// The end of the conversation, as lines for the terminal.
    pub(super) last_screen: String,
}

impl Parting {
    /// The lines; empty when there was no thread.
    pub(super) fn text(&self, colours: Colours) -> String {
        let Some(id) = self.thread else { return String::new() };
        if !self.resumable {
            return format!("Session ID: {id}\n");
        }
        let usage = &self.tokens;
        let fresh = usage.input_tokens.saturating_sub(usage.cached_input_tokens);
        let mut out = self.last_screen.clone();
        if !out.is_empty() {
            out.push('\n');
        }
        if usage.total_tokens > 0 {
            let said = format!(
                "Token usage: total={} input={} (+ {} cached) output={} (reasoning {})\n",
                grouped(usage.billed()),
                grouped(fresh),
                grouped(usage.cached_input_tokens),
                grouped(usage.output_tokens),
                grouped(usage.reasoning_output_tokens)
            );
            out.push_str(&said);
        }
        let command = format!("codex resume {id}");
        match colours {
            Colours::On => out.push_str(&format!("To go on with it: \u{1b}[36m{command}\u{1b}[0m\n")),
            Colours::Off => out.push_str(&format!("To go on with it: {command}\n")),
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_thread_that_was_used_says_how_to_go_on() {
        let id: ThreadId = "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000".parse().unwrap();
        let tokens = TokenUsage {
            input_tokens: 2400,
            cached_input_tokens: 400,
            output_tokens: 120,
            reasoning_output_tokens: 20,
            total_tokens: 2520,
            ..TokenUsage::default()
        };
        let parting = Parting { thread: Some(id), resumable: true, tokens, last_screen: String::new() };
        assert_eq!(
            parting.text(Colours::Off),
            "Token usage: total=2,120 input=2,000 (+ 400 cached) output=120 (reasoning 20)\n\
             To go on with it: codex resume 0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000\n"
        );
        let after = Parting { last_screen: "the end\n".to_owned(), ..parting };
        assert!(after.text(Colours::Off).starts_with("the end\n\nToken usage"));
        let unused = Parting { resumable: false, ..parting };
        assert_eq!(unused.text(Colours::On), format!("Session ID: {id}\n"));
        assert_eq!(Parting::default().text(Colours::On), "");
    }
}
