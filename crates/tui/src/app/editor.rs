//! The draft in the person's own editor: `$VISUAL` or `$EDITOR` gets the terminal until it ends (`tui.md §5`).
//! Invariant: the terminal comes back whatever the editor does, and a draft is replaced only by a text that was saved.

use std::ffi::OsString;
use std::io;

use codex_stdx::{PrivateFile, read_regular, run_in_foreground};

use super::event_loop::Loop;
use crate::state::{Leave, Msg};

/// An edited draft may have so many bytes.
const DRAFT_BYTES_MAX: u64 = 4 << 20;

/// What woke the wait for the editor.
enum Woken {
    Ended(io::Result<std::process::ExitStatus>),
    Thread(Option<super::link::Numbered>),
    Asked(crate::terminal::Asked),
}

/// Which program edits, as words.
pub(super) fn editor_words(env: &[(OsString, OsString)]) -> Result<Vec<String>, String> {
    let named = ["VISUAL", "EDITOR"].into_iter().find_map(|name| {
        let (_, value) = env.iter().find(|(key, _)| key == name)?;
        let value = value.to_string_lossy().into_owned();
        (!value.trim().is_empty()).then_some((name, value))
    });
    let Some((name, value)) = named else {
        return Err("no editor is named: set $VISUAL or $EDITOR, as in EDITOR=vi".to_owned());
    };
    // Paths of Windows have backslashes that mean themselves.
    let words = if cfg!(windows) { Some(vec![value.clone()]) } else { shlex::split(&value) };
    words.filter(|words| !words.is_empty()).ok_or_else(|| format!("${name} cannot be read as words: {value}"))
}

impl Loop {
    /// Edits a draft; the conversation goes on meanwhile and is shown afterwards.
    pub(super) async fn edit_draft(&mut self, draft: &str) -> Option<Leave> {
        let edited = match self.editor.clone() {
            Ok(words) => self.run_editor(&words, draft).await,
            Err(error) => Ok(Err(error)),
        };
        match edited {
            Ok(result) => Box::pin(self.update(Msg::Edited(result))).await,
            Err(leave) => Some(leave),
        }
    }

    async fn run_editor(&mut self, words: &[String], draft: &str) -> Result<Result<String, String>, Leave> {
        let [program, args @ ..] = words else { return Ok(Err("no editor is named".to_owned())) };
        let file = PrivateFile::create(&std::env::temp_dir(), "codex-draft-", "draft.md", draft.as_bytes());
        let file = match file {
            Ok(file) => file,
            Err(error) => return Ok(Err(format!("the draft cannot be written for the editor: {error}"))),
        };
        let mut args = args.to_vec();
        args.push(file.path().to_string_lossy().into_owned());
        if !self.give_terminal().await {
            return Ok(Err("the terminal takes no output".to_owned()));
        }
        let cwd = self.state.cwd.clone();
        let mut run = Box::pin(run_in_foreground(program, &args, &cwd));
        let ended = loop {
            let woken = tokio::select! {
                biased;
                ended = &mut run => Woken::Ended(ended),
                asked = self.ways.signals.asked() => Woken::Asked(asked),
                msg = self.ways.thread.recv() => Woken::Thread(msg),
            };
            match woken {
                Woken::Ended(ended) => break ended,
                // Ctrl+C belongs to the editor.
                Woken::Asked(crate::terminal::Asked::Interrupt) => {}
                Woken::Asked(crate::terminal::Asked::End) => {
                    drop(run);
                    self.take_terminal();
                    let leave = Box::pin(self.update(Msg::Terminate)).await;
                    return Err(leave.unwrap_or(Leave::Forced));
                }
                Woken::Thread(None) => break (&mut run).await,
                Woken::Thread(Some(first)) => {
                    if let Some(leave) = Box::pin(self.thread_batch(first)).await {
                        return Err(leave);
                    }
                }
            }
        };
        self.take_terminal();
        Ok(outcome(program, ended, &file))
    }
}

fn outcome(
    program: &str,
    ended: io::Result<std::process::ExitStatus>,
    file: &PrivateFile,
) -> Result<String, String> {
    match ended {
        Err(error) => return Err(format!("`{program}` cannot be started: {error}; the draft is as it was")),
        Ok(status) if !status.success() => {
            return Err(format!("`{program}` failed ({status}); the draft is as it was"));
        }
        Ok(_) => {}
    }
    let bytes = read_regular(file.path(), DRAFT_BYTES_MAX)
        .map_err(|error| format!("the edited draft cannot be read: {error}; the draft is as it was"))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| "the edited draft is not UTF-8 text; the draft is as it was".to_owned())?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn words(env: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let env: Vec<(OsString, OsString)> =
            env.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        editor_words(&env)
    }

    #[test]
    fn the_editor_is_named_by_the_surroundings() {
        let owned = |words: &[&str]| Ok(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(words(&[("EDITOR", "vi")]), owned(&["vi"]));
        assert_eq!(words(&[("EDITOR", "vi"), ("VISUAL", "'my ed' --wait")]), owned(&["my ed", "--wait"]));
        assert_eq!(words(&[("VISUAL", " "), ("EDITOR", "ed")]), owned(&["ed"]));
        assert!(words(&[]).unwrap_err().contains("$EDITOR"));
        assert!(words(&[("EDITOR", "'open")]).unwrap_err().contains("cannot be read"));
    }
}
