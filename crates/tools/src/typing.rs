//! What is typed into a running command, before it gets there: judged as a command of its own, because a shell makes one
//! of it (`safety.md §6`, `writeStdin`). Invariants: what reaches a command that may do more than the turn may now was
//! consented to, by a person or by a rule; a line typed in pieces is judged as a line.

use std::path::Path;

use codex_execpolicy::is_too_broad;
use codex_protocol::{ApprovalPolicy, ApprovalRequest, AskedSandbox, Decision};
use codex_shell_syntax::{Dialect, Shape, Word, program_name, read_script};

use crate::approval::Answer;
use crate::command::Command;
use crate::judgement::{Asked, Judgement, sandbox_refusal};
use crate::shell::is_known_shell;
use crate::{ToolCall, ToolCx, ToolOutcome};

/// Unfinished lines are remembered up to here; what is longer is no line a shell would be given.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Programs that take commands from what is typed, besides those too broad for a rule.
const SHELLS: [&str; 12] =
    ["busybox", "su", "tmux", "screen", "script", "expect", "csh", "tcsh", "mksh", "nu", "xonsh", "elvish"];

/// How a command came to where it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LetOut {
    /// It stayed in the sandbox, or a person let it out.
    Asked,
    /// A rule let it out, whatever its arguments are.
    ByRule,
}

/// The line that was typed into a command and not ended yet.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Line(String);

impl Line {
    /// What a terminal would hand over after this: lines as they are edited, the unfinished one last. Keys that only
    /// end or stop things are no text.
    fn with(&self, typed: &str) -> String {
        let mut text = self.0.clone();
        let mut line_start = 0;
        for c in typed.chars() {
            match c {
                '\r' | '\n' => {
                    text.push('\n');
                    line_start = text.len();
                }
                '\u{8}' | '\u{7f}' if text.len() > line_start => {
                    text.pop();
                }
                // Ctrl-C and Ctrl-U drop the line.
                '\u{3}' | '\u{15}' => text.truncate(line_start),
                c if c.is_control() && c != '\t' => {}
                c => text.push(c),
            }
        }
        text
    }

    /// Takes in what was typed.
    pub(crate) fn typed(&mut self, typed: &str) {
        let text = self.with(typed);
        let last = text.rsplit('\n').next().unwrap_or_default();
        // The end of an endless line says more about what it does than its beginning.
        let cut = (last.len().saturating_sub(LINE_BYTES_MAX)..).find(|at| last.is_char_boundary(*at));
        self.0 = last[cut.unwrap_or(last.len())..].to_owned();
    }
}

/// Whether typing this does nothing but end, stop or interrupt.
fn only_stops(typed: &str) -> bool {
    typed.chars().all(|c| matches!(c, '\u{3}' | '\u{4}' | '\u{1a}' | '\u{1c}'))
}

/// Whether these are whole lines and nothing but text, so that a shell takes them as they stand.
fn is_plain_lines(before: &Line, typed: &str) -> bool {
    let control = |c: char| c.is_control() && c != '\n';
    before.0.is_empty() && typed.ends_with('\n') && !typed.contains(control)
}

/// Whether a script may be a shell, or anything else that makes commands of what is typed.
pub(crate) fn may_be_shell(script: &str) -> bool {
    let read = read_script(Dialect::Posix, script);
    if matches!(read.shape, Shape::Broken | Shape::TooLong) || read.commands.is_empty() {
        return true;
    }
    let starts_commands = |word: &str| {
        let name = program_name(word);
        SHELLS.contains(&name) || is_too_broad(&[name.to_owned()])
    };
    read.commands.iter().any(|command| {
        // A shell may stand anywhere: `docker exec -it box sh`.
        command.words.iter().enumerate().any(|(at, word)| match word {
            Word::Literal(text) => starts_commands(text),
            Word::Dynamic(_) => at == 0,
        })
    })
}

/// Lets text through to a command, a person's consent included where it is needed.
///
/// # Errors
/// What the model is told when it may not be typed.
pub(crate) async fn allow(
    call: &ToolCall,
    command: &Command,
    typed: &str,
    cx: &ToolCx,
) -> Result<(), ToolOutcome> {
    if only_stops(typed) || !cx.thread.setup().asks_before_typing {
        return Ok(());
    }
    let outside = !command.permissions().is_within(&cx.permissions());
    let shell = may_be_shell(command.script());
    let sandbox = if outside { AskedSandbox::Left } else { AskedSandbox::Kept };
    let free = !shell && (!outside || command.let_out() == LetOut::ByRule);
    if free {
        return Ok(());
    }
    let before = command.line().clone();
    let text = before.with(typed);
    let seen = Seen { text: &text, plain: is_plain_lines(&before, typed), outside, shell };
    let question = judged(command, &seen, cx)?;
    let stop = match shell {
        true => cx.stop_before_script(&text, command.cwd(), sandbox).await,
        false => None,
    };
    let reason = match (question, &stop) {
        (None, None) => return Ok(()),
        (_, Some(stop)) if !cx.may_ask_about_losses() => return Err(refused(&stop.refusal())),
        (question, stop) => {
            let reasons = [question.flatten(), stop.as_ref().map(|stop| stop.reason.clone())];
            let reasons: Vec<String> = reasons.into_iter().flatten().collect();
            (!reasons.is_empty()).then(|| reasons.join("\n"))
        }
    };
    let request = ApprovalRequest::Input {
        item_id: command.item_id().clone(),
        command: command.argv().to_vec(),
        cwd: command.cwd().to_path_buf(),
        sandbox,
        text: typed.to_owned(),
        before: before.0,
    };
    let losses = stop.map(|stop| Box::new(stop.losses));
    let named = losses.iter().flat_map(|losses| losses.list.iter().map(|loss| loss.path.clone()));
    let places = cx.outside_workspace(named.collect());
    match cx.ask_about(&call.call_id, request, reason, losses).await {
        Answer::Decided(Decision::Approve | Decision::ApproveForSession | Decision::ApproveWithRule) => {
            cx.keep_copies(places).await;
            Ok(())
        }
        Answer::Decided(Decision::Decline | Decision::Grant(_)) => Err(refused("rejected by user")),
        Answer::Decided(Decision::Cancel) => Err(ToolOutcome::interrupted("aborted")),
        Answer::Refused(why) => Err(refused(&why)),
    }
}

/// What is known of a text and of where it goes.
struct Seen<'a> {
    /// The unfinished line with it.
    text: &'a str,
    /// A shell takes it as it stands.
    plain: bool,
    /// The command may do more than the turn may.
    outside: bool,
    /// The command may be a shell.
    shell: bool,
}

/// Whether a person is asked, and why; the judgement of a command with the same text.
fn judged(command: &Command, seen: &Seen<'_>, cx: &ToolCx) -> Result<Option<Option<String>>, ToolOutcome> {
    let Seen { text, plain, outside, shell } = *seen;
    let ask = || match sandbox_refusal(cx.turn.approval) {
        Some(_) => Err(refused(
            "this session may do more than the turn may, so what is typed into it needs a person's consent, and the \
             approval policy lets nobody be asked. Start a session with sandbox_permissions use_default instead",
        )),
        None => Ok(Some(None)),
    };
    if !shell {
        // Nothing can be read from what some other program is told.
        return if outside { ask() } else { Ok(None) };
    }
    // The shell that would get the text, without the script that started it.
    let argv: Vec<String> = command.argv().iter().take(2).cloned().chain([text.to_owned()]).collect();
    let asked = Asked {
        script: text,
        argv: &argv,
        escalated: outside,
        prefix_rule: None,
        known_shell: is_known_shell(
            Path::new(argv.first().map_or("", String::as_str)),
            &cx.thread.setup().shell,
        ),
        unsandboxed: cx.turn.policy.is_unlimited(),
        approval: match cx.turn.approval {
            // Whoever wants to see every command has seen this one: it stays where it was let.
            ApprovalPolicy::Untrusted if !outside => ApprovalPolicy::OnRequest,
            approval => approval,
        },
    };
    match cx.thread.rules().judge(&asked) {
        Judgement::Run(_) if outside && !plain => ask(),
        Judgement::Run(_) => Ok(None),
        Judgement::Ask { reason, .. } => Ok(Some(reason)),
        Judgement::Refuse(_) if outside && sandbox_refusal(cx.turn.approval).is_some() => ask(),
        Judgement::Refuse(why) => Err(refused(&format!("the same command would be refused: {why}"))),
    }
}

fn refused(why: &str) -> ToolOutcome {
    ToolOutcome::failed(format!("write_stdin failed: nothing was typed: {why}"))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    // threat 30
    #[test]
    fn a_line_in_pieces_is_one_line() {
        let mut line = Line::default();
        for piece in ["ls\nrm -r", "X\u{7f}", "\u{1b}f ~"] {
            line.typed(piece);
        }
        assert_eq!(line, Line("rm -rf ~".to_owned()));
        assert_eq!(line.with("/x\n"), "rm -rf ~/x\n");
        assert_eq!(line.with("\u{3}ls\r"), "ls\n");
        line.typed("\n");
        assert_eq!(line, Line::default());
        line.typed(&"ü".repeat(LINE_BYTES_MAX));
        assert_eq!(line.0.len(), LINE_BYTES_MAX);
    }

    #[test]
    fn what_takes_commands_is_known() {
        for script in [
            "bash",
            "exec /bin/zsh -i",
            "cd x && python3",
            "docker run -it box sh",
            "$SHELL",
            "sudo -s",
            "ssh host",
            "if then",
            "",
        ] {
            assert!(may_be_shell(script), "{script}");
        }
        for script in ["cat", "npm init", "make menuconfig", "less README.md"] {
            assert!(!may_be_shell(script), "{script}");
        }
    }

    #[test]
    fn keys_that_end_things_are_no_text() {
        assert!(only_stops("\u{3}\u{4}") && !only_stops("\u{3}y") && !only_stops("\n"));
        assert!(is_plain_lines(&Line::default(), "ls\nls -l\n"));
        for (before, typed) in [("r", "m\n"), ("", "ls"), ("", "l\u{1b}[As\n"), ("", "ls\r")] {
            assert!(!is_plain_lines(&Line(before.to_owned()), typed), "{before:?} {typed:?}");
        }
    }
}
