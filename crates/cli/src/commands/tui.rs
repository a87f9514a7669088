//! The terminal UI: flags and surroundings to one session.

use std::process::ExitCode;
use std::sync::Arc;

use codex_config::{AlternateScreen, Config, ScreenReader, TrustLevel};
use codex_core::{Deltas, FrontEnd, Persistence, StartThread, ThreadOrigin};
use codex_protocol::{ApprovalPolicy, SandboxMode};
use codex_rollout::ThreadRef;
use codex_tui::{Mode, Next, Opening, TuiRun};

use crate::args::{RootArgs, TuiArgs, TuiForkArgs, TuiResumeArgs};
use crate::commands::demo_tui;
use crate::commands::exec::make_local_service_ready;
use crate::commands::first_run::first_run;
use crate::error::CliError;
use crate::process::Process;
use crate::runtime::block_on;
use crate::settings::Flags;

/// Originator, client name and source of threads made here (`responses-wire.md §1.1`).
const ORIGINATOR: &str = "codex_cli_rs";
const CLIENT_NAME: &str = "codex-tui";

/// `codex [PROMPT]`
pub(crate) fn run(args: TuiArgs, root: RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    session(args, root, process, Opening::Thread, |_| ThreadOrigin::New)
}

/// `codex resume`
pub(crate) fn resume(
    args: &TuiResumeArgs,
    tui: TuiArgs,
    root: RootArgs,
    process: &Process,
) -> Result<ExitCode, CliError> {
    if args.last && args.session_id.is_some() {
        return Err(CliError::Usage("a thread's id or name cannot be used with '--last'".to_owned()));
    }
    let tui = TuiArgs {
        no_alt_screen: tui.no_alt_screen || args.no_alt_screen,
        screen_reader: tui.screen_reader || args.screen_reader,
        ..tui
    };
    let opening = if args.last || args.session_id.is_some() { Opening::Thread } else { Opening::Picker };
    session(tui, root, process, opening, |config| match (&args.session_id, args.last) {
        (Some(text), _) => ThreadOrigin::Resume(ThreadRef::parse(text)),
        (None, true) => {
            ThreadOrigin::Resume(ThreadRef::Last { cwd: (!args.all).then(|| config.cwd.clone()) })
        }
        (None, false) => ThreadOrigin::New,
    })
}

/// `codex fork`
pub(crate) fn fork(
    args: &TuiForkArgs,
    tui: TuiArgs,
    root: RootArgs,
    process: &Process,
) -> Result<ExitCode, CliError> {
    let tui = TuiArgs {
        no_alt_screen: tui.no_alt_screen || args.no_alt_screen,
        screen_reader: tui.screen_reader || args.screen_reader,
        ..tui
    };
    session(tui, root, process, Opening::Thread, |config| {
        ThreadOrigin::Fork(match &args.session_id {
            Some(text) => ThreadRef::parse(text),
            None => ThreadRef::Last { cwd: (!args.all).then(|| config.cwd.clone()) },
        })
    })
}

fn session(
    args: TuiArgs,
    root: RootArgs,
    process: &Process,
    opening: Opening,
    choose: impl FnOnce(&Config) -> ThreadOrigin,
) -> Result<ExitCode, CliError> {
    let bypass = root.agent.dangerously_bypass_approvals_and_sandbox;
    let approve_for_me = root.place.approve_for_me;
    let flags = Flags {
        config: root.config,
        agent: root.agent,
        place: root.place,
        approval: match (bypass, args.approval) {
            (true, _) => Some(ApprovalPolicy::Never),
            (false, Some(asking)) => Some(asking.into()),
            (false, None) => approve_for_me.then_some(ApprovalPolicy::OnRequest),
        },
        ..Flags::default()
    };
    flags.check_available()?;
    let settings = flags.load(process)?;
    let config = with_default_sandbox(settings.config);
    let mode = mode(&args, &config, process);
    make_local_service_ready(&config, process)?;
    let originator = process.var("CODEX_INTERNAL_ORIGINATOR_OVERRIDE").and_then(|name| name.to_str());
    let start = StartThread {
        origin: choose(&config),
        approval: config.approval_policy.unwrap_or(ApprovalPolicy::OnRequest),
        login: None,
        config,
        persistence: Persistence::Saved,
        front_end: FrontEnd {
            originator: originator.unwrap_or(ORIGINATOR).to_owned(),
            client_name: CLIENT_NAME.to_owned(),
            source: "cli".to_owned(),
            turn_trigger: None,
        },
        thread_source: None,
        env: process.env.clone(),
        tape: None,
        deltas: Deltas::Wanted,
    };
    let (first_run, keeper) = first_run(&start.config, &flags, process);
    let run = TuiRun {
        start,
        initial_prompt: args.prompt,
        mode,
        warnings: settings.warnings,
        opening,
        first_run: Some(first_run),
        suggestions: Vec::new(),
    };
    let end = block_on(Box::pin(async {
        let keeping = tokio::spawn(keeper.keep());
        let end = codex_tui::run(run).await;
        // A sign-in that goes on has nobody to tell.
        keeping.abort();
        end
    }))?;
    match end.next {
        Next::Nothing => Ok(ExitCode::from(end.code)),
        Next::Demo => demo_tui::run(process),
    }
}

/// Variables by which people say that a screen reader is at work.
const SCREEN_READER_VARIABLES: [&str; 2] = ["ACCESSIBLE", "SCREEN_READER"];

/// How the terminal is shared; the flag comes before the settings, these before the surroundings.
fn mode(args: &TuiArgs, config: &Config, process: &Process) -> Mode {
    let said = |name: &&str| {
        process.var(name).is_some_and(|value| !value.is_empty() && value != "0" && value != "false")
    };
    let reader = args.screen_reader
        || match config.tui.screen_reader {
            ScreenReader::On => true,
            ScreenReader::Off => false,
            ScreenReader::Auto => SCREEN_READER_VARIABLES.iter().any(said),
        };
    if reader {
        return Mode::Linear;
    }
    let normal_screen = args.no_alt_screen || config.tui.alternate_screen == AlternateScreen::Never;
    if normal_screen { Mode::Inline } else { Mode::Fullscreen }
}

/// Where nothing was chosen, a trusted project may be written in; anything else is only read.
pub(super) fn with_default_sandbox(config: Arc<Config>) -> Arc<Config> {
    if config.permissions_chosen() || config.project.trust != Some(TrustLevel::Trusted) {
        return config;
    }
    let policy = config.sandbox_policy_for(SandboxMode::WorkspaceWrite);
    if config.limits.as_ref().is_some_and(|limits| limits.policy(&policy).is_err()) {
        return config;
    }
    let mut config = Arc::unwrap_or_clone(config);
    config.sandbox_mode = Some(SandboxMode::WorkspaceWrite);
    Arc::new(config)
}
