//! One run from the outside: what is asked for, the files and the thread it needs, how it ended.
//! Showing events and answering signals is `drive.rs`.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use codex_core::{StartError, StartThread, ThreadHandle, ThreadOrigin, prepare_models, start_thread};
use codex_protocol::{Op, ReviewTarget, ThreadId, ThreadInfo, UserInput};
use codex_secrets::KnownSecrets;
use codex_stdx::OutputFile;
use serde_json::Value;

use crate::drive::{Drive, Driven};
use crate::error::ExecError;
use crate::human::{HumanOptions, HumanProjection, Reasoning};
use crate::interrupt::Interrupts;
use crate::output::{Output, Streams};
use crate::project::JsonProjection;
use crate::schema::read_output_schema;
use crate::terminal::{Paint, Target, safe};
use crate::view::View;

/// What to run and how to show it.
pub struct ExecRun {
    /// The thread to open.
    pub start: StartThread,
    /// What a missing thread means.
    pub on_missing: OnMissing,
    /// The prompt; `None` opens the thread and does nothing else (a fork without a prompt).
    pub prompt: Option<String>,
    /// What is reviewed instead; the prompt is then only shown.
    pub review: Option<ReviewTarget>,
    /// Image files that come before the prompt.
    pub images: Vec<PathBuf>,
    /// A JSON Schema the final message must follow.
    pub output_schema: Option<PathBuf>,
    /// Gets the final message; emptied at once.
    pub last_message_file: Option<PathBuf>,
    /// How events are shown.
    pub format: Format,
    /// Colours of the text for people.
    pub color: ColorChoice,
    /// Shown after the thread has started.
    pub warnings: Vec<String>,
    /// Told of the thread and the prompt before the turn's first request.
    pub before_turn: Option<BeforeTurn>,
}

/// See [`ExecRun::before_turn`].
pub type BeforeTurn = Box<dyn FnOnce(&ThreadInfo, &str) + Send>;

/// What to do when the thread to resume is not there (`exec.md §6`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnMissing {
    /// Begin a new thread: an unknown name, or no thread to be the last one.
    StartNew,
    /// Fail: an unknown id.
    Fail,
}

/// How events are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text on standard error, the final message on standard output.
    Human,
    /// JSON lines on standard output.
    Json,
}

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorChoice {
    /// It is.
    Always,
    /// It is not.
    Never,
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutcome {
    /// The exit code (`exec.md §6`).
    pub code: u8,
    /// The thread, when it could be opened.
    pub thread_id: Option<ThreadId>,
    /// Its file; `None` when ephemeral.
    pub rollout_path: Option<PathBuf>,
    /// The final message.
    pub last_message: Option<String>,
}

impl ExecOutcome {
    fn without_thread() -> Self {
        Self { code: 1, thread_id: None, rollout_path: None, last_message: None }
    }
}

/// Runs one turn. Tells everything there is to tell on the streams; the outcome is for the caller's own logic.
///
/// The first interrupt stops the turn in order and the run ends with code 1; the second ends the run at once. When
/// standard output is closed, the turn is stopped the same way and nothing more is said (the official program panics
/// there with code 101 and leaves the turn open on disk).
pub async fn run(run: ExecRun, streams: Streams, interrupts: Interrupts) -> ExecOutcome {
    let mut streams = streams;
    Box::pin(prepare_models(&run.start)).await;
    match prepare(run) {
        Ok(prepared) => prepared.run(streams, interrupts).await,
        Err(error) => {
            // Nothing is left to tell it to when standard error is closed.
            let target = if streams.stderr_terminal { Target::Terminal } else { Target::Bytes };
            let report = error.report();
            let _ = writeln!(streams.stderr, "{}", safe(&KnownSecrets::of_process().mask(&report), target));
            ExecOutcome::without_thread()
        }
    }
}

/// A run whose files are fine and whose thread is open.
struct Prepared {
    handle: ThreadHandle,
    turn: Option<Op>,
    last_message_file: Option<OutputFile>,
    warnings: Vec<String>,
    format: Format,
    color: ColorChoice,
    human: HumanFacts,
}

/// What the text for people needs besides events.
struct HumanFacts {
    prompt: Option<String>,
    approval: &'static str,
    reasoning: Reasoning,
    raw_reasoning: Reasoning,
    no_color: bool,
}

fn prepare(run: ExecRun) -> Result<Prepared, ExecError> {
    let schema = run.output_schema.as_deref().map(read_output_schema).transpose()?;
    let last_message_file = run.last_message_file.as_deref();
    let last_message_file =
        last_message_file.map(|path| open_last_message(path, &run.start.config.cwd)).transpose()?;
    let shown = |yes| if yes { Reasoning::Shown } else { Reasoning::Hidden };
    let human = HumanFacts {
        prompt: run.prompt.clone(),
        approval: run.start.approval.as_str(),
        reasoning: shown(!run.start.config.hide_agent_reasoning),
        raw_reasoning: shown(run.start.config.show_raw_agent_reasoning),
        no_color: run.start.env.iter().any(|(name, value)| name == "NO_COLOR" && !value.is_empty()),
    };
    let mut warnings = run.warnings;
    let handle = open_thread(run.start, run.on_missing, &mut warnings)?;
    if let (Some(before_turn), Some(prompt)) = (run.before_turn, &run.prompt) {
        before_turn(handle.info(), prompt);
    }
    let turn = match run.review {
        Some(target) => Some(Op::Review { target }),
        None => run.prompt.map(|prompt| user_turn(prompt, run.images, schema)),
    };
    Ok(Prepared { handle, turn, last_message_file, warnings, format: run.format, color: run.color, human })
}

/// A command of an earlier run may have put a link in the place of the file.
fn open_last_message(path: &Path, workspace: &Path) -> Result<OutputFile, ExecError> {
    OutputFile::create_beside_others(path, workspace)
        .map_err(|source| ExecError::LastMessage { path: path.to_path_buf(), source })
}

fn open_thread(
    start: StartThread,
    on_missing: OnMissing,
    warnings: &mut Vec<String>,
) -> Result<ThreadHandle, StartError> {
    if on_missing == OnMissing::Fail {
        return start_thread(start);
    }
    let anew = StartThread { origin: ThreadOrigin::New, ..start.clone() };
    match start_thread(start) {
        Err(StartError::NotFound(thread)) => {
            warnings.push(format!("No saved thread found: none {thread}. This is a new thread."));
            start_thread(anew)
        }
        started => started,
    }
}

fn user_turn(prompt: String, images: Vec<PathBuf>, output_schema: Option<Value>) -> Op {
    let mut input: Vec<UserInput> = images.into_iter().map(|path| UserInput::LocalImage { path }).collect();
    input.push(UserInput::text(prompt));
    Op::UserTurn { input, output_schema }
}

impl Prepared {
    async fn run(self, streams: Streams, interrupts: Interrupts) -> ExecOutcome {
        let target = |terminal| if terminal { Target::Terminal } else { Target::Bytes };
        let view = match self.format {
            Format::Json => {
                View::Json { projection: JsonProjection::default(), stdout: target(streams.stdout_terminal) }
            }
            Format::Human => View::Human(HumanProjection::new(HumanOptions {
                prompt: self.human.prompt,
                approval: self.human.approval,
                reasoning: self.human.reasoning,
                raw_reasoning: self.human.raw_reasoning,
                paint: paint(self.color, streams.stderr_terminal && !self.human.no_color),
                stdout: target(streams.stdout_terminal),
                stderr: target(streams.stderr_terminal),
            })),
        };
        let info = self.handle.info().clone();
        let started = interrupts.listen().and_then(|interrupts| Ok((interrupts, Output::start(streams)?)));
        let (interrupts, output) = match started {
            Ok(started) => started,
            Err(error) => {
                let _ = writeln!(io::stderr(), "{}", ExecError::Resources(error).report());
                self.handle.close().await;
                return ExecOutcome::without_thread();
            }
        };
        let drive = Drive {
            handle: self.handle,
            interrupts,
            view,
            warnings: self.warnings,
            last_message_file: self.last_message_file,
        };
        let Driven { code, last_message } = drive.run(self.turn, output).await;
        ExecOutcome { code, thread_id: Some(info.thread_id), rollout_path: info.rollout_path, last_message }
    }
}

fn paint(choice: ColorChoice, auto: bool) -> Paint {
    match choice {
        ColorChoice::Always => Paint::On,
        ColorChoice::Never => Paint::Off,
        ColorChoice::Auto => {
            if auto {
                Paint::On
            } else {
                Paint::Off
            }
        }
    }
}
