//! The loop: everything that can wake the UI is one arm, every arm gives a message, `update` answers with wishes.
//! Frames are drawn when something changed, the writer is free and the last frame is old enough.

use std::future::pending;
use std::time::SystemTime;

use codex_core::ThreadOrigin;
use codex_file_search::Found;
use codex_protocol::{Op, ThreadId};
use crossterm::event::{Event as Input, EventStream, MouseButton, MouseEventKind};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, sleep_until};

use super::files::Files;
use super::first_run::Door;
use super::library::{Answer, Ask};
use super::link::{LinkCmd, Numbered};
use super::output::Output;
use super::terminal_answer::{Caught, TerminalAnswer};
use crate::composer::pasted_paths;
use crate::state::{
    Button, Cmd, DoorAnswer, DoorAsk, Job, Leave, Msg, State, ThreadMsg, burst_due, follow_due, said_text,
    update,
};
use crate::terminal::{Profile, Session, Signals, Writer, copy_sequence, suspend_process};

/// Between a frame and the next that a key asked for.
const KEY_FRAME: Duration = Duration::from_millis(4);
/// Between frames that the thread asked for.
const EVENT_FRAME: Duration = Duration::from_millis(33);
/// Between frames in which only time passes.
const TICK: Duration = Duration::from_millis(250);
/// Thread messages taken in before the next look at the keyboard.
const BATCH_MAX: usize = 256;
const WHEEL_ROWS: u32 = 3;

/// The ways between the loop and the tasks beside it.
pub(super) struct Ways {
    /// Keys and reports of the terminal; none while another program has it.
    pub(super) input: Option<EventStream>,
    pub(super) signals: Signals,
    pub(super) link: mpsc::Sender<LinkCmd>,
    pub(super) thread: mpsc::Receiver<Numbered>,
    pub(super) asks: mpsc::Sender<Ask>,
    pub(super) jobs: mpsc::Sender<Job>,
    pub(super) answers: mpsc::Receiver<Answer>,
    /// To what only the caller can do with a login.
    pub(super) door: Option<Door>,
}

/// The loop's own things.
pub(super) struct Loop {
    pub(super) state: State,
    pub(super) output: Output,
    pub(super) writer: Writer,
    pub(super) session: Session,
    pub(super) files: Files,
    /// The program that edits drafts, as words, or why there is none.
    pub(super) editor: Result<Vec<String>, String>,
    pub(super) ways: Ways,
    pub(super) profile: Profile,
    pub(super) begun: Instant,
    /// The thread the UI was started for.
    pub(super) first: ThreadOrigin,
    /// The opening at hand.
    pub(super) number: u64,
    pub(super) dirty: bool,
    pub(super) last_frame: Instant,
    pub(super) next_frame: Instant,
    /// The terminal's answer that may still come.
    pub(super) answer: TerminalAnswer,
    /// Named in the last words if the program fails.
    pub(super) named: Option<ThreadId>,
}

/// What woke the loop.
enum Woken {
    Input(Option<std::io::Result<Input>>),
    Thread(Option<Numbered>),
    Answer(Option<Answer>),
    Files(Found),
    Door(Option<DoorAnswer>),
    Wrote(std::io::Result<()>),
    Signal,
    /// The terminal was given back.
    Lost,
    Time,
}

impl Loop {
    /// Runs until someone leaves.
    pub(super) async fn run(&mut self) -> Leave {
        self.draw();
        let first = match self.state.welcome {
            // It opens the conversation when it is done.
            Some(_) => Vec::new(),
            None => self.state.first_cmds(),
        };
        if let Some(leave) = self.perform(first).await {
            return leave;
        }
        loop {
            let woken = self.wait().await;
            if matches!(woken, Woken::Lost) || self.session.is_lost() {
                // Something failed and said so; drawing on would hide it.
                return Leave::Forced;
            }
            if let Some(leave) = self.take_in(woken).await {
                return leave;
            }
            self.draw_when_due();
        }
    }

    async fn wait(&mut self) -> Woken {
        let draws_at = (self.dirty && self.writer.is_free()).then_some(self.next_frame);
        let ticks_at = self.state.is_moving().then(|| self.next_frame.max(Instant::now()) + TICK);
        let writes = !self.writer.is_free();
        let clocks = burst_due(&self.state).into_iter().chain(follow_due(&self.state));
        let clock_at = clocks.min().map(|since| self.begun + since);
        let time = async {
            match draws_at.or(ticks_at).into_iter().chain(clock_at).min() {
                Some(at) => sleep_until(at).await,
                None => pending().await,
            }
        };
        let input = &mut self.ways.input;
        let typed = async {
            match input {
                Some(input) => input.next().await,
                None => pending().await,
            }
        };
        let door = &mut self.ways.door;
        let at_door = async {
            match door {
                Some(door) => door.answers.recv().await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            () = Session::lost() => Woken::Lost,
            () = self.ways.signals.next() => Woken::Signal,
            input = typed => Woken::Input(input),
            result = self.writer.wrote(), if writes => Woken::Wrote(result),
            () = time => Woken::Time,
            msg = self.ways.thread.recv() => Woken::Thread(msg),
            answer = self.ways.answers.recv() => Woken::Answer(answer),
            found = self.files.next() => Woken::Files(found),
            answer = at_door => Woken::Door(answer),
        }
    }

    async fn take_in(&mut self, woken: Woken) -> Option<Leave> {
        let due = self.tell_time();
        if let Some(leave) = self.perform(due).await {
            return Some(leave);
        }
        match woken {
            Woken::Input(Some(Ok(Input::Key(key)))) => match self.answer.catch(key, Instant::now()) {
                Caught::Keys(keys) => {
                    self.next_frame = self.next_frame.min(self.last_frame + KEY_FRAME);
                    for key in keys {
                        if let Some(leave) = self.update(Msg::Key(key)).await {
                            return Some(leave);
                        }
                    }
                    None
                }
                Caught::Held => None,
                Caught::Background(shade) => self.update(Msg::Background(shade)).await,
            },
            Woken::Input(Some(Ok(input))) => {
                let msg = translate(input, wheel_rows(&self.state))?;
                // A key is shown as soon as it can be.
                self.next_frame = self.next_frame.min(self.last_frame + KEY_FRAME);
                self.update(msg).await
            }
            // The terminal is gone.
            Woken::Input(Some(Err(_)) | None) | Woken::Signal | Woken::Lost => {
                self.update(Msg::Terminate).await
            }
            Woken::Wrote(Ok(())) => None,
            Woken::Wrote(Err(error)) => {
                tracing::warn!(%error, "the terminal takes no output");
                self.update(Msg::Terminate).await
            }
            Woken::Time => {
                self.dirty = true;
                None
            }
            Woken::Thread(first) => self.thread_batch(first?).await,
            Woken::Answer(Some(Answer::Ui(msg))) => self.update(msg).await,
            Woken::Answer(Some(Answer::Thread(msg))) => self.thread_batch(msg).await,
            Woken::Answer(None) => None,
            Woken::Files(found) => {
                self.next_frame = self.next_frame.min(self.last_frame + KEY_FRAME);
                self.update(Msg::Files(found)).await
            }
            Woken::Door(Some(answer)) => self.update(Msg::Door(answer)).await,
            Woken::Door(None) => {
                self.ways.door = None;
                None
            }
        }
    }

    /// What came together is drawn together.
    pub(super) async fn thread_batch(&mut self, first: Numbered) -> Option<Leave> {
        let mut next = Some(first);
        let mut left = BATCH_MAX;
        while let Some((number, msg)) = next {
            if number == self.number
                && let Some(leave) = self.update(Msg::Thread(msg)).await
            {
                return Some(leave);
            }
            left -= 1;
            next = if left > 0 { self.ways.thread.try_recv().ok() } else { None };
        }
        self.name_thread();
        None
    }

    pub(super) async fn update(&mut self, msg: Msg) -> Option<Leave> {
        self.dirty = true;
        let cmds = update(&mut self.state, msg);
        self.perform(cmds).await
    }

    async fn perform(&mut self, cmds: Vec<Cmd>) -> Option<Leave> {
        for cmd in cmds {
            match cmd {
                Cmd::Submit(op) => {
                    self.keep_prompt(&op);
                    self.tell_link(LinkCmd::Submit(op)).await;
                }
                Cmd::OpenFirst => {
                    self.ask(Ask::Prompts);
                    self.open(self.first.clone()).await;
                }
                Cmd::Open(origin) => self.open(origin).await,
                Cmd::LoadEarlier { id, restart } => {
                    self.ask(Ask::Earlier { number: self.number, id, restart });
                }
                Cmd::FindFiles(query) => self.files.ask(&query),
                Cmd::EndFileSearch => self.files.end(),
                Cmd::ListSkills => drop(self.ask(Ask::Skills)),
                Cmd::LoadPicture(wanted) => {
                    let item = wanted.item.clone();
                    // Nobody reads it: its cell must not wait.
                    if !self.ask(Ask::Picture(wanted)) {
                        let _ = update(&mut self.state, Msg::Picture { item, loaded: None });
                    }
                }
                Cmd::ListSaved { listing } => drop(self.ask(Ask::List { listing })),
                Cmd::Copy(text) => self.writer.write(self.profile.outer(copy_sequence(&text))),
                Cmd::Notify(text) => self.writer.write(self.profile.notification(&text)),
                Cmd::Job(job) => self.send_out(job),
                Cmd::Repaint => self.output.forget(),
                Cmd::Suspend => self.suspend().await,
                Cmd::Door(ask) => self.ask_at_door(ask),
                Cmd::UseConfig(config) => self.tell_link(LinkCmd::Config(config)).await,
                Cmd::EditDraft(draft) => {
                    if let Some(leave) = self.edit_draft(&draft).await {
                        return Some(leave);
                    }
                }
                Cmd::Leave(leave) => return Some(leave),
            }
        }
        None
    }

    /// What the person says is within reach of later runs.
    fn keep_prompt(&mut self, op: &Op) {
        if let (Some(thread), Some(text)) = (self.state.thread_id(), said_text(op)) {
            self.ask(Ask::Keep { thread, text });
        }
    }

    async fn open(&mut self, origin: ThreadOrigin) {
        self.number += 1;
        self.tell_link(LinkCmd::Open { number: self.number, origin }).await;
    }

    fn ask_at_door(&mut self, ask: DoorAsk) {
        let Some(door) = &self.ways.door else {
            let nobody = DoorAnswer::Failed("there is no login here that could be changed".to_owned());
            // Told to the person; it wishes nothing.
            let _ = update(&mut self.state, Msg::Door(nobody));
            return;
        };
        if let Err(error) = door.asks.try_send(ask) {
            tracing::warn!(%error, "nobody opens");
        }
    }

    /// A link that is gone has said so through its messages.
    async fn tell_link(&mut self, cmd: LinkCmd) {
        if self.ways.link.send(cmd).await.is_err() {
            let gone = Msg::Thread(ThreadMsg::Gone);
            // A closed thread wishes nothing.
            let _ = update(&mut self.state, gone);
        }
    }

    /// Whether the question was taken.
    fn ask(&mut self, ask: Ask) -> bool {
        let asked = self.ways.asks.try_send(ask);
        if let Err(error) = &asked {
            tracing::warn!(%error, "too many questions at once");
        }
        asked.is_ok()
    }

    fn send_out(&mut self, job: Job) {
        if let Err(error) = self.ways.jobs.try_send(job) {
            tracing::warn!(%error, "too many errands at once");
        }
    }

    /// The way back to the thread, should the program fail from now on.
    fn name_thread(&mut self) {
        let id = self.state.thread_id();
        if id != self.named {
            self.named = id;
            if let Some(id) = id {
                self.session.set_parting(format!("The conversation is saved; go on with: codex resume {id}"));
            }
        }
    }

    /// Tells what time it is; a key that waited for more of a paste may be due.
    fn tell_time(&mut self) -> Vec<Cmd> {
        let now = self.begun.elapsed();
        let due = update(&mut self.state, Msg::Clock(now));
        let shown = jiff::Zoned::now().strftime("%H:%M").to_string();
        // The wall clock wishes nothing.
        let _ = update(&mut self.state, Msg::WallClock { shown, moment: SystemTime::now() });
        due
    }

    fn draw_when_due(&mut self) {
        if self.dirty && self.writer.is_free() && Instant::now() >= self.next_frame {
            self.draw();
        }
    }

    fn draw(&mut self) {
        let bytes = self.output.render(&mut self.state);
        if !bytes.is_empty() {
            self.writer.write(bytes);
        }
        self.dirty = false;
        self.last_frame = Instant::now();
        self.next_frame = self.last_frame + EVENT_FRAME;
    }

    /// Gives the terminal to the shell until the process is continued.
    async fn suspend(&mut self) {
        if self.give_terminal().await {
            suspend_process();
            self.ways.signals.until_continued().await;
            self.take_terminal();
        }
    }

    /// Gives the terminal away; false when it takes no output any more.
    pub(super) async fn give_terminal(&mut self) -> bool {
        let bytes = self.output.suspend();
        self.writer.write(bytes);
        if self.writer.settle().await.is_err() {
            return false;
        }
        // Nobody but the other program may read keys now. A stream that is made while another one listens waits for
        // the next key, so the next one is made when this one is long gone.
        self.ways.input = None;
        self.session.pause();
        true
    }

    /// Takes the terminal back.
    pub(super) fn take_terminal(&mut self) {
        match self.session.resume() {
            Ok(bytes) => {
                self.ways.input = Some(EventStream::new());
                self.writer.write(bytes);
                self.output.forget();
                if let Ok((width, height)) = crossterm::terminal::size() {
                    self.state.resize(width, height);
                }
                self.dirty = true;
                self.named = None;
                self.name_thread();
            }
            Err(error) => tracing::error!(%error, "the terminal cannot be entered again"),
        }
    }
}

/// Rows that one step of the wheel moves, at least one.
fn wheel_rows(state: &State) -> isize {
    let rows = WHEEL_ROWS * state.settings.mouse_scroll_percent / 100;
    isize::try_from(rows).unwrap_or(1).max(1)
}

/// Terminal input as a message; what means nothing here is dropped.
fn translate(input: Input, wheel_rows: isize) -> Option<Msg> {
    match input {
        Input::Key(key) => Some(Msg::Key(key)),
        Input::Paste(text) => Some(match pasted_paths(&text) {
            Some(paths) if paths.iter().all(|path| path.is_file()) => Msg::Images(paths),
            _ => Msg::Paste(text),
        }),
        Input::Mouse(mouse) => {
            let pressed = |button| Msg::Mouse { button, x: mouse.column, y: mouse.row };
            match mouse.kind {
                MouseEventKind::ScrollUp => Some(Msg::Wheel(-wheel_rows)),
                MouseEventKind::Down(MouseButton::Left) => Some(pressed(Button::Down)),
                MouseEventKind::Drag(MouseButton::Left) => Some(pressed(Button::Moved)),
                MouseEventKind::Up(MouseButton::Left) => Some(pressed(Button::Up)),
                MouseEventKind::ScrollDown => Some(Msg::Wheel(wheel_rows)),
                _ => None,
            }
        }
        Input::Resize(width, height) => Some(Msg::Resize { width: width.max(1), height: height.max(1) }),
        Input::FocusGained => Some(Msg::Focus(true)),
        Input::FocusLost => Some(Msg::Focus(false)),
    }
}
