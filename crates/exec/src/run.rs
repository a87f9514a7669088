//! One run: opens the thread, submits the prompt, shows events until the turn ends, answers signals.
//! Invariant: a turn is left in order (its end on disk, its commands killed) unless a second interrupt comes.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use codex_core::{StartError, StartThread, ThreadHandle, ThreadOrigin, start_thread};
use codex_protocol::{ErrorInfo, Event, Op, ThreadId, ThreadInfo, TurnError, TurnId, UserInput};
use serde_json::Value;
use tokio::time::Instant;

use crate::error::ExecError;
use crate::human::{HumanOptions, HumanProjection};
use crate::interrupt::{Interrupts, Listener};
use crate::output::{Chunk, FLUSH_WAIT_MAX, Output, Streams, Written};
use crate::project::{JsonProjection, Reasoning};
use crate::schema::read_output_schema;
use crate::terminal::{Paint, Target};
use crate::view::View;

/// How long an interrupted turn may take to say so.
const ABORT_WAIT_MAX: Duration = Duration::from_secs(3);

/// What to run and how to show it.
pub struct ExecRun {
    /// The thread to open.
    pub start: StartThread,
    /// What a missing thread means.
    pub on_missing: OnMissing,
    /// The prompt; `None` opens the thread and does nothing else (a fork without a prompt).
    pub prompt: Option<String>,
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
pub async fn run(run: ExecRun, streams: Streams, interrupts: Interrupts) -> ExecOutcome {
    let mut streams = streams;
    match prepare(run) {
        Ok(prepared) => prepared.run(streams, interrupts).await,
        Err(error) => {
            // Nothing is left to tell it to when standard error is closed.
            let _ = writeln!(streams.stderr, "Error: {}", error.report());
            ExecOutcome::without_thread()
        }
    }
}

/// A run whose files are fine and whose thread is open.
struct Prepared {
    handle: ThreadHandle,
    turn: Option<Op>,
    last_message_file: Option<(PathBuf, File)>,
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
    let last_message_file = run.last_message_file.map(open_last_message).transpose()?;
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
    let turn = run.prompt.map(|prompt| user_turn(prompt, run.images, schema));
    Ok(Prepared { handle, turn, last_message_file, warnings, format: run.format, color: run.color, human })
}

fn open_last_message(path: PathBuf) -> Result<(PathBuf, File), ExecError> {
    match File::create(&path) {
        Ok(file) => Ok((path, file)),
        Err(source) => Err(ExecError::LastMessage { path, source }),
    }
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
            Format::Json => View::Json {
                projection: JsonProjection::new(self.human.reasoning),
                stdout: target(streams.stdout_terminal),
            },
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
                let _ = writeln!(io::stderr(), "Error: {}", ExecError::Resources(error).report());
                self.handle.close().await;
                return ExecOutcome::without_thread();
            }
        };
        let loop_state = Loop {
            handle: self.handle,
            interrupts,
            view,
            pending: VecDeque::new(),
            warnings: self.warnings,
            turn: self.turn,
            stop: Stop::No,
            end: None,
            last_message_file: self.last_message_file,
            last_message: None,
        };
        let (code, last_message) = loop_state.run(output).await;
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

/// Why the turn was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    No,
    /// By an interrupt.
    Interrupted,
    /// Nobody can be told anything any more.
    OutputClosed,
}

/// How the run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Completed,
    Failed,
    Aborted,
    /// There was no turn to run.
    NoTurn,
}

struct Loop {
    handle: ThreadHandle,
    interrupts: Listener,
    view: View,
    pending: VecDeque<Chunk>,
    warnings: Vec<String>,
    turn: Option<Op>,
    stop: Stop,
    end: Option<End>,
    last_message_file: Option<(PathBuf, File)>,
    last_message: Option<String>,
}

/// What happened next.
enum Next {
    Interrupt,
    Overdue,
    Written,
    OutputClosed,
    Event(Option<Event>),
}

impl Loop {
    async fn run(mut self, output: Output) -> (u8, Option<String>) {
        let has_turn = self.turn.is_some();
        let op = self.turn.take().unwrap_or(Op::Shutdown);
        if self.handle.submit(op).await.is_err() {
            tracing::debug!("the thread ended before its turn");
        }
        let mut deadline: Option<Instant> = None;
        while self.end.is_none() || (!self.pending.is_empty() && self.stop != Stop::OutputClosed) {
            match self.next(&output, deadline).await {
                Next::Interrupt if self.stop != Stop::No => return (1, None),
                Next::Interrupt => {
                    self.stop(Stop::Interrupted).await;
                    deadline = Some(Instant::now() + ABORT_WAIT_MAX);
                }
                Next::Overdue => return (1, None),
                Next::Written => {}
                Next::OutputClosed => {
                    self.pending.clear();
                    self.stop(Stop::OutputClosed).await;
                    deadline = deadline.or(Some(Instant::now() + ABORT_WAIT_MAX));
                }
                Next::Event(event) => self.event(event, has_turn),
            }
        }
        self.leave(output).await
    }

    async fn next(&mut self, output: &Output, deadline: Option<Instant>) -> Next {
        let overdue = async {
            match deadline {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let writing = self.stop != Stop::OutputClosed && !self.pending.is_empty();
        tokio::select! {
            biased;
            () = self.interrupts.next() => Next::Interrupt,
            () = overdue => Next::Overdue,
            room = output.reserve(), if writing => match (room, self.pending.pop_front()) {
                (Ok(room), Some(chunk)) => {
                    room.send(chunk);
                    Next::Written
                }
                (Ok(_), None) => Next::Written,
                (Err(_), _) => Next::OutputClosed,
            },
            event = self.handle.next_event(), if !writing && self.end.is_none() => Next::Event(event),
        }
    }

    /// Asks the turn to stop; its last events still come.
    async fn stop(&mut self, why: Stop) {
        self.stop = why;
        if self.handle.submit(Op::Interrupt).await.is_err() {
            self.end = self.end.or(Some(End::Aborted));
        }
    }

    fn event(&mut self, event: Option<Event>, has_turn: bool) {
        let Some(event) = event else {
            let lost = self.stop == Stop::No && has_turn;
            self.end = Some(if lost {
                self.lost()
            } else if has_turn {
                End::Aborted
            } else {
                End::NoTurn
            });
            return;
        };
        if let Event::TurnCompleted { last_agent_message, .. } = &event {
            // Before it is shown: whoever waits for the last line finds the file complete.
            self.keep_last_message(last_agent_message.clone());
        }
        self.show(&event);
        match event {
            Event::ThreadStarted(_) => {
                for message in std::mem::take(&mut self.warnings) {
                    self.show(&Event::Warning { message });
                }
            }
            Event::TurnCompleted { .. } => self.end = self.end.or(Some(End::Completed)),
            Event::TurnFailed { .. } => self.end = Some(End::Failed),
            Event::TurnAborted { .. } => self.end = Some(End::Aborted),
            Event::ThreadClosed if !has_turn => self.end = Some(End::NoTurn),
            Event::ThreadClosed if self.stop == Stop::No => self.end = Some(self.lost()),
            Event::ThreadClosed => self.end = Some(End::Aborted),
            _ => {}
        }
    }

    /// The thread ended without ending its turn: a fault of ours that a reader must not take for success.
    fn lost(&mut self) -> End {
        let error = TurnError {
            message: "The thread ended before its turn did.".to_owned(),
            hint: Some("this is a fault of codex; please report it".to_owned()),
            codex_error_info: ErrorInfo::Other,
        };
        self.show(&Event::TurnFailed { turn_id: TurnId::new_v7(), error });
        End::Failed
    }

    fn show(&mut self, event: &Event) {
        if self.stop != Stop::OutputClosed {
            self.pending.extend(self.view.push(event));
        }
    }

    fn keep_last_message(&mut self, message: Option<String>) {
        if let (Some((path, file)), Some(message)) = (&mut self.last_message_file, &message)
            && let Err(error) = file.write_all(message.as_bytes()).and_then(|()| file.flush())
        {
            let text =
                format!("Error: the last message could not be written to {}: {error}\n", path.display());
            self.pending.push_back(Chunk::Err(text.into_bytes()));
            self.end = Some(End::Failed);
        }
        self.last_message = message;
    }

    async fn leave(mut self, output: Output) -> (u8, Option<String>) {
        let code = match (self.end, self.stop) {
            (Some(End::Completed | End::NoTurn), Stop::No | Stop::Interrupted) => 0,
            _ => 1,
        };
        let closing = async {
            tokio::select! {
                () = self.handle.close() => {}
                () = self.interrupts.next() => {}
            }
        };
        let limit = (self.stop != Stop::No).then_some(FLUSH_WAIT_MAX);
        let ((), written) = tokio::join!(closing, output.finish(limit));
        let code = if written == Written::All { code } else { 1 };
        (code, self.last_message)
    }
}
