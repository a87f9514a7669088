//! `codex review` and `codex exec review`: from arguments to what is reviewed (`exec.md §1, §9`).

use std::process::ExitCode;

use codex_exec::{PromptSource, read_prompt};
use codex_protocol::{ApprovalPolicy, ReviewTarget};

use crate::args::{Color, ExecReviewArgs, ReviewArgs, RootArgs, TargetArgs, TurnArgs};
use crate::commands::exec::{Launch, stdin_kind};
use crate::error::CliError;
use crate::process::Process;
use crate::settings::Flags;

/// `codex review`: text for people only.
pub(crate) fn run(args: ReviewArgs, root: RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    let flags = Flags {
        config: root.config.with(args.config),
        agent: root.agent,
        place: root.place,
        turn: TurnArgs { trust: args.trust, ..TurnArgs::default() },
        approval: Some(ApprovalPolicy::Never),
    };
    Launch { flags, images: Vec::new(), color: Color::Auto }.review(&args.target, process)
}

/// `codex exec review`, joined with what stood before it.
pub(crate) fn run_exec(
    args: &ExecReviewArgs,
    before: Launch,
    process: &Process,
) -> Result<ExitCode, CliError> {
    let Launch { mut flags, images, color } = before;
    flags.config = flags.config.with(args.config.clone());
    flags.agent = flags.agent.with(args.agent.clone());
    flags.turn = flags.turn.with(args.turn.clone());
    Launch { flags, images, color }.review(&args.target, process)
}

/// What was asked for. Standard input is read only for `-`.
pub(crate) fn target(args: &TargetArgs) -> Result<ReviewTarget, CliError> {
    let target = if args.uncommitted {
        ReviewTarget::UncommittedChanges
    } else if let Some(branch) = &args.base {
        ReviewTarget::BaseBranch { branch: branch.clone() }
    } else if let Some(sha) = &args.commit {
        ReviewTarget::Commit { sha: sha.clone(), title: args.title.clone() }
    } else {
        ReviewTarget::Custom { instructions: instructions(args.prompt.clone())? }
    };
    match target.missing() {
        None => Ok(target),
        Some(part) => Err(CliError::NoReviewTarget { empty: Some(part) }),
    }
}

fn instructions(prompt: Option<String>) -> Result<String, CliError> {
    let source = match prompt {
        None => return Err(CliError::NoReviewTarget { empty: None }),
        Some(dash) if dash == "-" => PromptSource::Dash,
        Some(text) => PromptSource::Argument(text),
    };
    let stdin = std::io::stdin();
    let text = read_prompt(source, &mut stdin.lock(), stdin_kind(), &mut std::io::stderr())?;
    Ok(text.unwrap_or_default())
}
