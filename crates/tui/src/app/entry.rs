//! `run`: what a caller gives, the checks before anything is drawn, and the orderly end.

use std::io::{self, BufRead, IsTerminal as _, Write};

use std::sync::Arc;

use codex_config::Images;
use codex_core::{PromptHistory, StartThread, known_secrets, skill_roots};
use crossterm::event::EventStream;
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, timeout};

use super::editor::editor_words;
use super::errands::{self, Errands};
use super::event_loop::{Loop, Ways};
use super::files::Files;
use super::first_run::FirstRun;
use super::library::{self, Folders};
use super::link;
use super::output::Output;
use super::parting::Parting;
use super::terminal_answer::{ASK_BACKGROUND, TerminalAnswer};
use crate::picture::{Canvas, Protocol};
use crate::screen::{Colours, Depth, Ink};
use crate::state::{Leave, Mode, Opening, Setup, State};
use crate::terminal::{Profile, Session, Signals, Writer};
use crate::theme::shade_of_variable;

const LINK_QUEUE_MAX: usize = 16;
const MESSAGE_QUEUE_MAX: usize = 256;
const ASK_QUEUE_MAX: usize = 8;
/// How long a terminal that may be gone is waited for.
const FAREWELL_MAX: Duration = Duration::from_secs(1);
/// Rows below the conversation that is left behind: the last words and the shell's prompt.
const PARTING_ROWS: usize = 5;

/// A session of the UI.
pub struct TuiRun {
    /// The thread to open; deltas should be wanted.
    pub start: StartThread,
    /// Sent as the first message.
    pub initial_prompt: Option<String>,
    /// How the terminal is shared.
    pub mode: Mode,
    /// Shown at the beginning of the conversation.
    pub warnings: Vec<String>,
    /// What is opened first.
    pub opening: Opening,
    /// What is settled before that.
    pub first_run: Option<FirstRun>,
    /// Put into the empty composer one after the other, while nothing runs.
    pub suggestions: Vec<String>,
}

/// How the UI ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TuiEnd {
    /// 0 when the person left, 1 when the UI could not start or was ended from outside.
    pub code: u8,
    /// What the person wants next.
    pub next: Next,
}

/// What follows the UI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The shell.
    Nothing,
    /// The recorded tour.
    Demo,
}

impl TuiEnd {
    const FAILED: Self = Self { code: 1, next: Next::Nothing };
}

/// Runs the UI until the person leaves; inside a tokio runtime. Prints its own errors.
pub async fn run(run: TuiRun) -> TuiEnd {
    let colours = match var(&run.start, "NO_COLOR") {
        _ if run.mode == Mode::Linear => Colours::Off,
        Some(value) if !value.is_empty() => Colours::Off,
        _ => Colours::On,
    };
    if let Err(refusal) = check_terminal(&run.start) {
        // Nothing can be done about a standard error that is gone.
        let _ = writeln!(io::stderr(), "{refusal}");
        return TuiEnd::FAILED;
    }
    match session(run, colours).await {
        Ok((leave, parting, error)) => {
            if let Some(parting) = parting {
                let _ = write!(io::stdout(), "{}", parting.text(colours)).and_then(|()| io::stdout().flush());
            }
            if let Some(error) = error {
                let _ = writeln!(io::stderr(), "{error}");
            }
            match leave {
                Leave::Wanted => TuiEnd { code: 0, next: Next::Nothing },
                Leave::ForDemo => TuiEnd { code: 0, next: Next::Demo },
                Leave::Forced => TuiEnd::FAILED,
            }
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "the terminal cannot be used: {error}");
            TuiEnd::FAILED
        }
    }
}

fn var(start: &StartThread, name: &str) -> Option<String> {
    let found = start.env.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.to_string_lossy().into_owned())
}

/// Whether the UI can be drawn here; a person is asked where it probably cannot.
fn check_terminal(start: &StartThread) -> Result<(), String> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        let hint = "hint: `codex exec` works in scripts and pipes";
        return Err(format!("the terminal UI needs a terminal at standard input and output\n{hint}"));
    }
    if var(start, "TERM").as_deref() != Some("dumb") {
        return Ok(());
    }
    let mut out = io::stdout();
    let question = "TERM is set to `dumb`: this terminal may not be able to show the UI. Go on? [y/N] ";
    let mut answer = String::new();
    let asked = write!(out, "{question}").and_then(|()| out.flush());
    let read = asked.and_then(|()| io::stdin().lock().read_line(&mut answer));
    match (read, answer.trim()) {
        (Ok(_), "y" | "Y" | "yes") => Ok(()),
        _ => Err("hint: `codex exec` needs no screen; or set TERM to what the terminal is".to_owned()),
    }
}

/// How images are shown here; none where they would be in the way, or the mode cannot keep them in place: what is not
/// made of cells cannot be scrolled on a screen of our own.
fn canvas(start: &StartThread, state: &State) -> Option<Canvas> {
    let settings = &state.settings;
    if settings.images == Images::Off || state.mode == Mode::Linear {
        return None;
    }
    let protocol = Protocol::of(|name| var(start, name))?;
    if state.mode == Mode::Fullscreen && protocol != Protocol::Kitty {
        return None;
    }
    // Asks the system, not the terminal.
    let cell = crossterm::terminal::window_size()
        .ok()
        .and_then(|size| Some((size.width.checked_div(size.columns)?, size.height.checked_div(size.rows)?)));
    Canvas::new(protocol, cell, std::process::id())
}

async fn session(run: TuiRun, colours: Colours) -> io::Result<(Leave, Option<Parting>, Option<String>)> {
    let (width, height) = crossterm::terminal::size()?;
    crate::text::set_terminal(var(&run.start, "TERM").as_deref());
    let signals = Signals::listen()?;
    let profile = Profile::of(run.start.config.tui.notification_method, |name| var(&run.start, name));
    let mut writer = Writer::start()?;
    let depth = Depth::of(var(&run.start, "COLORTERM").as_deref(), var(&run.start, "TERM").as_deref());
    let ink = Ink { colours, depth, palette: None };
    let (session, mut entering) = Session::enter(run.mode, profile)?;
    // Sixteen colours come from the terminal's own table, which fits its background.
    let answer = if run.mode != Mode::Linear && colours == Colours::On && depth != Depth::Sixteen {
        entering.push_str(ASK_BACKGROUND);
        TerminalAnswer::asked(Instant::now())
    } else {
        TerminalAnswer::unasked()
    };
    writer.write(entering);
    let (wanted, door) = match run.first_run {
        Some(FirstRun { login, trust, door }) => ((login, trust), Some(door)),
        None => ((false, None), None),
    };
    let mut state = State::new(Setup {
        mode: run.mode,
        width: width.max(1),
        height: height.max(1),
        cwd: run.start.config.cwd.clone(),
        home: var(&run.start, "HOME").map(Into::into),
        model: run.start.config.model.clone(),
        settings: run.start.config.tui.clone(),
        initial_prompt: run.initial_prompt,
        warnings: run.warnings,
        opening: run.opening,
        first_run: wanted,
        suggestions: run.suggestions,
    });
    state.around.background = var(&run.start, "COLORFGBG").as_deref().and_then(shade_of_variable);
    state.around.gallery.canvas = canvas(&run.start, &state);
    let folders = Folders {
        codex_home: run.start.config.codex_home.clone(),
        cwd: run.start.config.cwd.clone(),
        skills: skill_roots(&run.start.config, &run.start.env),
        prompts: PromptHistory::new(&run.start.config, known_secrets(&run.start.config, &run.start.env)),
    };
    let editor = editor_words(&run.start.env);
    let files = Files::below(run.start.config.cwd.clone());
    let first = run.start.origin.clone();
    let (link_in, link_out) = mpsc::channel(LINK_QUEUE_MAX);
    let (thread_in, thread_out) = mpsc::channel(MESSAGE_QUEUE_MAX);
    let (asks_in, asks_out) = mpsc::channel(ASK_QUEUE_MAX);
    let (answers_in, answers_out) = mpsc::channel(ASK_QUEUE_MAX);
    let (jobs_in, jobs_out) = mpsc::channel(ASK_QUEUE_MAX);
    let errands =
        Errands { start: run.start.clone(), cwd: run.start.config.cwd.clone(), images: Arc::default() };
    let errands = tokio::spawn(errands::run(errands, jobs_out, answers_in.clone()));
    let link = tokio::spawn(link::run(run.start, link_out, thread_in));
    let library = tokio::spawn(library::run(folders, asks_out, answers_in));
    let mut ui = Loop {
        state,
        output: Output::new(run.mode, ink),
        writer,
        session,
        files,
        editor,
        ways: Ways {
            input: Some(EventStream::new()),
            signals,
            link: link_in,
            thread: thread_out,
            asks: asks_in,
            jobs: jobs_in,
            answers: answers_out,
            door,
        },
        profile,
        begun: Instant::now(),
        first,
        number: 0,
        dirty: true,
        last_frame: Instant::now(),
        next_frame: Instant::now(),
        named: None,
        answer,
    };
    let leave = ui.run().await;
    let Loop { mut state, mut output, mut writer, session, ways, files, .. } = ui;
    let farewell = say_farewell(&mut writer, &session, &mut output, &mut state);
    let written = match leave {
        Leave::Forced => timeout(FAREWELL_MAX, farewell).await.ok(),
        Leave::Wanted | Leave::ForDemo => Some(farewell.await),
    };
    if written.is_none() {
        session.abandon();
    }
    drop(session);
    drop(writer);
    // The tasks end when no one speaks to them; the thread's commands are killed and its file is closed.
    let Ways { link: link_in, asks: asks_in, jobs: jobs_in, input, mut thread, answers, door, .. } = ways;
    drop((link_in, asks_in, jobs_in, input, answers, door));
    while thread.recv().await.is_some() {}
    files.close().await;
    for task in [link, library, errands] {
        if let Err(error) = task.await {
            tracing::error!(%error, "a task of the UI failed");
        }
    }
    // Nobody reads this terminal any more: every other word to it would wait for ever.
    let Some(written) = written else { return Ok((leave, None, None)) };
    if leave != Leave::Forced {
        written?;
    }
    let rows = usize::from(state.height).saturating_sub(PARTING_ROWS).max(1);
    let last_screen = output.last_screen(&mut state, rows);
    let parting = Parting {
        last_screen,
        thread: state.thread_id(),
        resumable: state.turns > 0 || state.info().is_some_and(|info| info.history_items > 0),
        tokens: state.tokens,
    };
    Ok((leave, Some(parting), state.parting_line.take()))
}

/// The last frame, and the screen as it was before; waits until the terminal has taken it.
async fn say_farewell(
    writer: &mut Writer,
    session: &Session,
    output: &mut Output,
    state: &mut State,
) -> io::Result<()> {
    writer.settle().await?;
    if !session.is_lost() {
        writer.write(output.leave(state));
    }
    writer.settle().await
}
