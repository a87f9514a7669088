//! Which thread a run works on, from what was typed.

use codex_core::ThreadOrigin;
use codex_exec::{OnMissing, PromptSource};
use codex_rollout::ThreadRef;

use crate::args::{ForkArgs, ResumeArgs};
use crate::error::CliError;

/// A thread, what a missing one means, and where the prompt comes from.
#[derive(Debug)]
pub(crate) struct ThreadChoice {
    pub(crate) origin: ThreadOrigin,
    pub(crate) on_missing: OnMissing,
    pub(crate) prompt: PromptSource,
    /// What is unusual about the choice.
    pub(crate) warning: Option<&'static str>,
}

impl ThreadChoice {
    /// `codex exec [PROMPT]`
    pub(crate) fn new_thread(prompt: Option<String>) -> Self {
        let prompt = match prompt {
            Some(dash) if dash == "-" => PromptSource::Dash,
            Some(text) => PromptSource::ArgumentAndStdin(text),
            None => PromptSource::Stdin,
        };
        Self { origin: ThreadOrigin::New, on_missing: OnMissing::Fail, prompt, warning: None }
    }

    /// `codex exec resume`; an unknown name or no last thread means a new one (`exec.md §6`).
    pub(crate) fn resume(args: &ResumeArgs, cwd: &std::path::Path) -> Result<Self, CliError> {
        let (named, prompt) = match (args.last, &args.session_id, &args.prompt) {
            (true, Some(_), Some(_)) => {
                return Err(CliError::Usage("a thread's id or name cannot be used with '--last'".to_owned()));
            }
            (true, prompt, _) => (None, prompt.clone()),
            (false, id, prompt) => (id.as_deref(), prompt.clone()),
        };
        let prompt = argument_or_stdin(prompt, PromptSource::Stdin);
        let last_cwd = (!args.all).then(|| cwd.to_path_buf());
        let (origin, on_missing, warning) = match (named, args.last) {
            (Some(text), _) => {
                let thread = ThreadRef::parse(text);
                let on_missing = match thread {
                    ThreadRef::Id(_) => OnMissing::Fail,
                    ThreadRef::Name(_) | ThreadRef::Last { .. } => OnMissing::StartNew,
                };
                (ThreadOrigin::Resume(thread), on_missing, None)
            }
            (None, true) => {
                (ThreadOrigin::Resume(ThreadRef::Last { cwd: last_cwd }), OnMissing::StartNew, None)
            }
            (None, false) => {
                let warning = "No thread was named (nor --last given). This is a new thread.";
                (ThreadOrigin::New, OnMissing::Fail, Some(warning))
            }
        };
        Ok(Self { origin, on_missing, prompt, warning })
    }

    /// `codex exec fork`
    pub(crate) fn fork(args: &ForkArgs) -> Self {
        Self {
            origin: ThreadOrigin::Fork(ThreadRef::parse(&args.session_id)),
            on_missing: OnMissing::Fail,
            prompt: argument_or_stdin(args.prompt.clone(), PromptSource::Nothing),
            warning: None,
        }
    }
}

fn argument_or_stdin(prompt: Option<String>, without: PromptSource) -> PromptSource {
    match prompt {
        Some(dash) if dash == "-" => PromptSource::Dash,
        Some(text) => PromptSource::Argument(text),
        None => without,
    }
}
