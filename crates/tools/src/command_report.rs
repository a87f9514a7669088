//! The text a command's output becomes for the model (`tools.md §3`): header lines, then what was printed.
//! Pure but for the chunk id.

use std::time::Duration;

use codex_protocol::limits::TOOL_OUTPUT_TOKENS_MAX;
use codex_sandbox::{Collected, SessionId};
use rand::Rng as _;

use crate::truncate::Printed;

/// Where the command stands at the end of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CommandState {
    /// It ended with this code.
    Exited(i32),
    /// It goes on under this id.
    Running(SessionId),
}

/// The result of one `exec_command` or `write_stdin` call.
#[derive(Debug)]
pub(crate) struct CommandReport {
    /// How long the call took.
    pub(crate) wall: Duration,
    /// How it ended.
    pub(crate) state: CommandState,
    /// What was printed since the last report.
    pub(crate) output: Collected,
    /// Tokens of output the model is shown.
    pub(crate) tokens_max: usize,
}

impl CommandReport {
    /// The text, with a new chunk id.
    pub(crate) fn render(&self) -> String {
        self.render_as(rand::rng().random_range(0..=0xff_ffff))
    }

    fn render_as(&self, chunk: u32) -> String {
        let (head, tail) = texts(&self.output);
        let printed = Printed { head: &head, tail: &tail, omitted_bytes: self.output.omitted_bytes };
        let state = match self.state {
            CommandState::Exited(code) => format!("Process exited with code {code}"),
            CommandState::Running(id) => format!("Process running with session ID {id}"),
        };
        format!(
            "Chunk ID: {chunk:06x}\nWall time: {:.4} seconds\n{state}\nOriginal token count: {}\nOutput:\n{}",
            self.wall.as_secs_f64(),
            printed.tokens(),
            printed.for_model(self.tokens_max),
        )
    }
}

/// Tokens of output to show: what the model asked for, within what the turn's model may be given.
pub(crate) fn tokens_max(asked: Option<u64>, model_max: usize) -> usize {
    let asked = asked.map_or(TOOL_OUTPUT_TOKENS_MAX, |asked| usize::try_from(asked).unwrap_or(usize::MAX));
    asked.min(model_max)
}

/// The answer to a call whose command was killed by an interruption.
pub(crate) fn aborted(wall: Duration) -> String {
    format!("Wall time: {:.1} seconds\naborted by user", wall.as_secs_f64())
}

/// Head and tail as text. Without a gap they are decoded as one, so that no character is torn between them.
fn texts(output: &Collected) -> (String, String) {
    if output.omitted_bytes == 0 {
        let whole = [output.head.as_slice(), output.tail.as_slice()].concat();
        return (String::from_utf8_lossy(&whole).into_owned(), String::new());
    }
    (String::from_utf8_lossy(&output.head).into_owned(), String::from_utf8_lossy(&output.tail).into_owned())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn report(state: CommandState, output: Collected) -> CommandReport {
        CommandReport { wall: Duration::from_micros(97_912), state, output, tokens_max: 100 }
    }

    #[test]
    fn the_header_lines_stand_in_their_order() {
        let output = Collected { head: b"hi\n".to_vec(), ..Collected::default() };
        assert_eq!(
            report(CommandState::Exited(3), output).render_as(0x9f_e3ac),
            "Chunk ID: 9fe3ac\nWall time: 0.0979 seconds\nProcess exited with code 3\nOriginal token count: 1\n\
             Output:\nhi\n"
        );
        assert_eq!(
            report(CommandState::Running(SessionId::new(3737)), Collected::default()).render_as(1),
            "Chunk ID: 000001\nWall time: 0.0979 seconds\nProcess running with session ID 3737\n\
             Original token count: 0\nOutput:\n"
        );
    }

    #[test]
    fn a_character_between_head_and_tail_stays_whole() {
        let output = Collected { head: b"\xe2\x82".to_vec(), omitted_bytes: 0, tail: b"\xac".to_vec() };
        assert_eq!(texts(&output), ("€".to_owned(), String::new()));
    }

    #[test]
    fn the_models_wish_is_capped_by_its_policy() {
        assert_eq!(tokens_max(None, 20_000), 10_000);
        assert_eq!(tokens_max(None, 5_000), 5_000);
        assert_eq!(tokens_max(Some(1_000_000), 10_000), 10_000);
        assert_eq!(tokens_max(Some(u64::MAX), 10_000), 10_000);
        assert_eq!(tokens_max(Some(7), 10_000), 7);
    }

    #[test]
    fn an_aborted_call_says_how_long_it_ran() {
        assert_eq!(aborted(Duration::from_millis(1_240)), "Wall time: 1.2 seconds\naborted by user");
    }
}
