//! `codex exec`: flags and surroundings to one run.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use codex_config::Config;
use codex_core::{Deltas, FrontEnd, Persistence, StartThread, ThreadOrigin, local_service};
use codex_exec::{
    BeforeTurn, ColorChoice, ExecRun, Format, Interrupts, OnMissing, PromptSource, StdinKind, Streams,
    read_prompt,
};
use codex_protocol::{ApprovalPolicy, ReviewTarget, ThreadInfo, WireApi};
use codex_responses::Tape;
use codex_rollout::{ThreadRef, ThreadStore};
use codex_sim::{ThreadOp, TurnRecord};

use crate::args::{Color, ConfigArgs, ExecArgs, ExecCommand, RootArgs, TargetArgs};
use crate::commands::review;
use crate::commands::thread_choice::ThreadChoice;
use crate::error::CliError;
use crate::process::Process;
use crate::record::RecordingTape;
use crate::runtime::block_on;
use crate::settings::{Flags, Settings};

/// The originator and client name unless the environment has another (`responses-wire.md §1.1`).
const ORIGINATOR: &str = "codex_exec";

/// Runs the task.
pub(crate) fn run(args: ExecArgs, root: RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    let mut flags = Flags {
        config: root.config.with(args.config),
        agent: root.agent.with(args.agent),
        place: root.place.with(args.place),
        turn: args.turn,
        approval: None,
    };
    // Only with a reviewer is there somebody who can be asked.
    let approval = match flags.reviews() {
        true => ApprovalPolicy::OnRequest,
        false => ApprovalPolicy::Never,
    };
    flags.approval = Some(approval);
    let mut images = args.images;
    match args.command {
        None => {
            let settings = Launch { flags, images, color: args.color };
            settings.run(process, |_| Ok(ThreadChoice::new_thread(args.prompt)))
        }
        Some(ExecCommand::Resume(resume)) => {
            flags.config = flags.config.with(resume.config.clone());
            flags.agent = flags.agent.with(resume.agent.clone());
            flags.turn = flags.turn.with(resume.turn.clone());
            images.extend(resume.images.iter().cloned());
            let settings = Launch { flags, images, color: args.color };
            settings.run(process, |config| ThreadChoice::resume(&resume, &config.cwd))
        }
        Some(ExecCommand::Fork(fork)) => {
            flags.config = flags.config.with(fork.config.clone());
            flags.agent = flags.agent.with(fork.agent.clone());
            flags.turn = flags.turn.with(fork.turn.clone());
            images.extend(fork.images.iter().cloned());
            Launch { flags, images, color: args.color }.run(process, |_| Ok(ThreadChoice::fork(&fork)))
        }
        Some(ExecCommand::Review(args_of_review)) => {
            review::run_exec(&args_of_review, Launch { flags, images, color: args.color }, process)
        }
    }
}

/// What a run is for.
struct Work {
    origin: ThreadOrigin,
    on_missing: OnMissing,
    prompt: Option<String>,
    review: Option<ReviewTarget>,
}

/// Everything typed, but for the thread and the prompt.
pub(crate) struct Launch {
    pub(crate) flags: Flags,
    pub(crate) images: Vec<PathBuf>,
    pub(crate) color: Color,
}

impl Launch {
    fn run(
        self,
        process: &Process,
        choose: impl FnOnce(&Config) -> Result<ThreadChoice, CliError>,
    ) -> Result<ExitCode, CliError> {
        self.flags.check_available()?;
        if self.flags.turn.record.is_some() && self.flags.reviews() {
            return Err(CliError::Usage("'--record' cannot be used with '--approve-for-me'".to_owned()));
        }
        let mut settings = self.flags.load(process)?;
        let choice = choose(&settings.config)?;
        settings.warnings.extend(choice.warning.map(str::to_owned));
        let prompt = prompt(choice.prompt)?;
        self.start(
            process,
            settings,
            Work { origin: choice.origin, on_missing: choice.on_missing, prompt, review: None },
        )
    }

    /// Reviews in a new thread.
    pub(crate) fn review(self, args: &TargetArgs, process: &Process) -> Result<ExitCode, CliError> {
        self.flags.check_available()?;
        if self.flags.turn.record.is_some() {
            return Err(CliError::Usage("'--record' cannot be used with a review".to_owned()));
        }
        let mut settings = self.flags.load(process)?;
        let target = review::target(args)?;
        let idle = [
            (self.flags.turn.output_schema.is_some(), "--output-schema"),
            (!self.images.is_empty(), "--image"),
        ];
        for (_, flag) in idle.iter().filter(|(given, _)| *given) {
            settings.warnings.push(format!("{flag} has no effect on a review."));
        }
        let work = Work {
            origin: ThreadOrigin::New,
            on_missing: OnMissing::Fail,
            prompt: Some(target.hint()),
            review: Some(target),
        };
        self.start(process, settings, work)
    }

    fn start(self, process: &Process, settings: Settings, work: Work) -> Result<ExitCode, CliError> {
        self.flags.check_repository(&settings.config)?;
        let tape = self.tape(&settings.config, process)?;
        make_local_service_ready(&settings.config, process)?;
        let before_turn =
            tape.as_ref().map(|tape| self.turn_note(tape, &work.origin, &settings.config, process));
        let turn = self.flags.turn;
        let persistence = if turn.ephemeral { Persistence::Ephemeral } else { Persistence::Saved };
        let run = ExecRun {
            start: StartThread {
                config: settings.config,
                origin: work.origin,
                persistence,
                front_end: front_end(process),
                thread_source: turn.thread_source,
                approval: self.flags.approval.unwrap_or(ApprovalPolicy::Never),
                login: None,
                env: process.env.clone(),
                tape: tape.clone().map(|tape| tape as Arc<dyn Tape>),
                deltas: Deltas::Unwanted,
            },
            on_missing: work.on_missing,
            prompt: work.prompt,
            review: work.review,
            images: self.images,
            output_schema: turn.output_schema,
            last_message_file: turn.last_message,
            format: if turn.json { Format::Json } else { Format::Human },
            color: match self.color {
                Color::Always => ColorChoice::Always,
                Color::Never => ColorChoice::Never,
                Color::Auto => ColorChoice::Auto,
            },
            warnings: settings.warnings,
            before_turn,
        };
        let outcome = block_on(Box::pin(codex_exec::run(run, Streams::process(), Interrupts::Process)))?;
        if let Some(tape) = tape {
            tell_recording(&tape)?;
        }
        Ok(ExitCode::from(outcome.code))
    }

    fn tape(&self, config: &Config, process: &Process) -> Result<Option<Arc<RecordingTape>>, CliError> {
        let Some(path) = &self.flags.turn.record else { return Ok(None) };
        let provider = &config.model_provider;
        let wire = config.provider_table().map_or(WireApi::Responses, |table| table.wire_api);
        let other = match wire {
            WireApi::Responses => None,
            WireApi::Chat => Some("chat"),
            WireApi::Messages => Some("messages"),
        };
        if let Some(other) = other {
            // A replay speaks the Responses wire only, so such a cassette could never be played.
            return Err(CliError::Usage(format!(
                "--record keeps runs over `wire_api = \"responses\"`, and the model provider `{provider}` has \
                 `wire_api = \"{other}\"`: leave --record out or choose another provider"
            )));
        }
        Ok(Some(Arc::new(RecordingTape::open(path, config, process)?)))
    }

    /// What the cassette keeps of this invocation, filled in once the thread is open.
    fn turn_note(
        &self,
        tape: &Arc<RecordingTape>,
        origin: &ThreadOrigin,
        config: &Config,
        process: &Process,
    ) -> BeforeTurn {
        let store = ThreadStore::new(&config.codex_home);
        let found = |thread: &ThreadRef| -> Option<String> {
            // What is wrong with the store is told when the thread is opened.
            store.find(thread).ok().flatten().map(|file| file.id.to_string())
        };
        let (op, source_thread) = match origin {
            ThreadOrigin::New => (ThreadOp::New, None),
            ThreadOrigin::Fork(thread) => (ThreadOp::Fork, found(thread)),
            ThreadOrigin::Resume(thread) => match found(thread) {
                Some(id) => (ThreadOp::Resume, Some(id)),
                None => (ThreadOp::New, None),
            },
        };
        let flags = recorded_flags(&self.flags.config, self.flags.turn.output_schema.as_ref(), &self.images);
        let codex_home = config.codex_home.to_string_lossy().into_owned();
        let tmp_dir = process.var("TMPDIR").map(|dir| dir.to_string_lossy().into_owned());
        let tape = Arc::clone(tape);
        Box::new(move |info: &ThreadInfo, prompt: &str| {
            tape.turn(&TurnRecord {
                op,
                source_thread,
                prompt: prompt.to_owned(),
                cwd: info.cwd.to_string_lossy().into_owned(),
                codex_home: Some(codex_home),
                tmp_dir,
                sandbox_mode: info.sandbox.mode().as_str().to_owned(),
                model: Some(info.model.clone()),
                reasoning_effort: info.reasoning_effort.clone(),
                flags,
            });
        })
    }
}

/// The flags that shape requests.
fn recorded_flags(config: &ConfigArgs, schema: Option<&PathBuf>, images: &[PathBuf]) -> Vec<String> {
    let mut flags = Vec::new();
    let mut push = |flag: &str, value: String| flags.extend([flag.to_owned(), value]);
    for value in &config.overrides {
        push("-c", value.clone());
    }
    for value in &config.enable {
        push("--enable", value.clone());
    }
    for value in &config.disable {
        push("--disable", value.clone());
    }
    if let Some(path) = schema {
        push("--output-schema", path.to_string_lossy().into_owned());
    }
    for path in images {
        push("-i", path.to_string_lossy().into_owned());
    }
    flags
}

fn prompt(source: PromptSource) -> Result<Option<String>, CliError> {
    let stdin = io::stdin();
    Ok(read_prompt(source, &mut stdin.lock(), stdin_kind(), &mut io::stderr())?)
}

/// What standard input is here.
pub(crate) fn stdin_kind() -> StdinKind {
    if io::stdin().is_terminal() { StdinKind::Terminal } else { StdinKind::Piped }
}

/// A local server that does not run, or has no such model, is told before anything begins.
pub(crate) fn make_local_service_ready(config: &Config, process: &Process) -> Result<(), CliError> {
    match local_service(config) {
        Some((service, model)) => {
            Ok(block_on(Box::pin(async { service.make_ready(&model, &process.auth_env()).await }))??)
        }
        None => Ok(()),
    }
}

/// Who asks, as servers and files name it.
pub(crate) fn front_end(process: &Process) -> FrontEnd {
    let originator = process.var("CODEX_INTERNAL_ORIGINATOR_OVERRIDE").and_then(|name| name.to_str());
    FrontEnd {
        originator: originator.unwrap_or(ORIGINATOR).to_owned(),
        client_name: ORIGINATOR.to_owned(),
        source: "exec".to_owned(),
        turn_trigger: Some("exec".to_owned()),
    }
}

fn tell_recording(tape: &RecordingTape) -> Result<(), CliError> {
    let summary = tape.finish()?;
    let plural = if summary.requests == 1 { "" } else { "s" };
    // Nobody reads it when standard error is closed.
    let _ =
        writeln!(io::stderr(), "recorded {} request{plural} in {}", summary.requests, summary.path.display());
    Ok(())
}
