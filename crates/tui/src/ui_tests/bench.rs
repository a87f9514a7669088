//! A state that is pressed, told and looked at.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use codex_config::{KeyChange, TuiSettings};
use codex_protocol::{
    AgentMessageItem, AgentMessagePart, ApprovalPolicy, CollaborationMode, CommandExecutionItem,
    CommandSource, Event, ItemId, ItemStatus, Op, ParsedCommand, SandboxPolicy, ThreadId, ThreadInfo,
    TokenUsage, TurnId, TurnItem, UserInput, UserMessageItem,
};
use crossterm::event::{KeyEvent, KeyModifiers};

use crate::draw::{Frame, draw, inline_height};
use crate::keymap::Key;
use crate::state::{Button, Cmd, Mode, Msg, Opening, Setup, State, ThreadMsg, update};
use crate::text::plain_width;

pub(super) struct Bench {
    pub(super) state: State,
    /// Every wish so far.
    pub(super) cmds: Vec<Cmd>,
}

pub(super) fn turn_id() -> TurnId {
    TurnId::from_uuid("0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001".parse().unwrap())
}

pub(super) fn thread_id() -> ThreadId {
    "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000".parse().unwrap()
}

pub(super) fn info() -> ThreadInfo {
    ThreadInfo {
        thread_id: thread_id(),
        rollout_path: Some(PathBuf::from("/h/.codex/sessions/r.jsonl")),
        cwd: PathBuf::from("/h/code/demo"),
        model: "gpt-5.5".to_owned(),
        provider: "sim".to_owned(),
        reasoning_effort: Some("medium".to_owned()),
        reasoning_summary: None,
        sandbox: SandboxPolicy::workspace_write(),
        history_items: 0,
        approval: ApprovalPolicy::OnRequest,
        collaboration: CollaborationMode::Default,
        name: None,
        agents_md: Vec::new(),
        context_window: None,
        usage: TokenUsage::default(),
        last_usage: None,
        approvals_reviewer: codex_protocol::ApprovalsReviewer::User,
        git_branch: None,
        forked_from: None,
    }
}

pub(super) fn reply(id: &str, text: &str) -> TurnItem {
    TurnItem::AgentMessage(AgentMessageItem {
        id: ItemId::new(id),
        content: vec![AgentMessagePart::Text { text: text.to_owned() }],
        phase: None,
    })
}

pub(super) fn user(text: &str) -> TurnItem {
    TurnItem::UserMessage(UserMessageItem { id: ItemId::new("u"), content: vec![UserInput::text(text)] })
}

pub(super) fn command(id: &str, script: &str) -> CommandExecutionItem {
    CommandExecutionItem {
        id: ItemId::new(id),
        process_id: None,
        command: vec!["/bin/sh".to_owned(), "-lc".to_owned(), script.to_owned()],
        cwd: "file:///h/code/demo".to_owned(),
        parsed_cmd: vec![ParsedCommand::Unknown { cmd: script.to_owned() }],
        source: CommandSource::UnifiedExecStartup,
        status: ItemStatus::InProgress,
        aggregated_output: String::new(),
        exit_code: None,
        duration: None,
    }
}

pub(super) fn ended(mut item: CommandExecutionItem, output: &str, code: i32) -> CommandExecutionItem {
    item.status = if code == 0 { ItemStatus::Completed } else { ItemStatus::Failed };
    item.aggregated_output = output.to_owned();
    item.exit_code = Some(code);
    item.duration = Some(Duration::from_millis(1200));
    item
}

pub(super) fn reads(id: &str, name: &str) -> CommandExecutionItem {
    let mut item = ended(command(id, &format!("cat {name}")), "text\n", 0);
    item.parsed_cmd = vec![ParsedCommand::Read {
        cmd: format!("cat {name}"),
        name: name.to_owned(),
        path: name.to_owned(),
    }];
    item
}

impl Bench {
    pub(super) fn unopened(mode: Mode, width: u16, height: u16) -> Self {
        Self::set_up(mode, width, height, TuiSettings::default())
    }

    pub(super) fn with_keys(keymap: Vec<KeyChange>) -> Self {
        Self::with_settings(Mode::Fullscreen, TuiSettings { keymap, ..TuiSettings::default() })
    }

    pub(super) fn with_settings(mode: Mode, settings: TuiSettings) -> Self {
        let mut bench = Self::set_up(mode, 80, 24, settings);
        bench.event(Event::ThreadStarted(Box::new(info())));
        bench
    }

    fn set_up(mode: Mode, width: u16, height: u16, settings: TuiSettings) -> Self {
        let setup = Setup {
            mode,
            width,
            height,
            cwd: PathBuf::from("/h/code/demo"),
            home: Some(PathBuf::from("/h")),
            model: None,
            initial_prompt: None,
            // The clock of a bench stands still: all keys would be one paste.
            settings: TuiSettings { paste_burst: false, ..settings },
            warnings: Vec::new(),
            opening: Opening::Thread,
            first_run: (false, None),
            suggestions: Vec::new(),
        };
        let mut bench = Self { state: State::new(setup), cmds: Vec::new() };
        bench.tell(Msg::WallClock {
            shown: "14:05".to_owned(),
            moment: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
        });
        bench
    }

    pub(super) fn open(mode: Mode, width: u16, height: u16) -> Self {
        let mut bench = Self::unopened(mode, width, height);
        bench.event(Event::ThreadStarted(Box::new(info())));
        bench
    }

    pub(super) fn fullscreen() -> Self {
        Self::open(Mode::Fullscreen, 80, 24)
    }

    pub(super) fn tell(&mut self, msg: Msg) {
        self.cmds.extend(update(&mut self.state, msg));
    }

    pub(super) fn event(&mut self, event: Event) {
        self.tell(Msg::Thread(ThreadMsg::Event(Box::new(event))));
    }

    pub(super) fn at(&mut self, seconds: u64) {
        self.tell(Msg::Clock(Duration::from_secs(seconds)));
    }

    pub(super) fn press(&mut self, name: &str) {
        let key: Key = name.parse().unwrap();
        self.tell(Msg::Key(KeyEvent::new(key.code, key.mods)));
    }

    /// The left button, at a cell of the screen.
    pub(super) fn mouse(&mut self, button: Button, x: u16, y: u16) {
        self.tell(Msg::Mouse { button, x, y });
    }

    pub(super) fn click(&mut self, x: u16, y: u16) {
        self.mouse(Button::Down, x, y);
        self.mouse(Button::Up, x, y);
    }

    /// The row of the screen that shows this text, and the column where it begins.
    pub(super) fn place_of(&self, text: &str) -> (u16, u16) {
        let screen = self.screen();
        let mut rows = screen.lines().enumerate();
        let found = rows.find_map(|(y, row)| Some((plain_width(&row[..row.find(text)?]), y)));
        let (x, y) = found.unwrap_or_else(|| panic!("no {text} in\n{screen}"));
        (u16::try_from(x).unwrap(), u16::try_from(y).unwrap())
    }

    pub(super) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.tell(Msg::Key(KeyEvent::new(crossterm::event::KeyCode::Char(c), KeyModifiers::NONE)));
        }
    }

    /// Types a message and sends it; the thread takes it.
    pub(super) fn say(&mut self, text: &str) {
        self.type_text(text);
        self.press("enter");
        self.event(Event::TurnStarted { turn_id: turn_id() });
        self.done(user(text));
    }

    pub(super) fn begun(&mut self, item: TurnItem) {
        self.event(Event::ItemStarted { turn_id: turn_id(), item });
    }

    pub(super) fn done(&mut self, item: TurnItem) {
        self.event(Event::ItemCompleted { turn_id: turn_id(), item });
    }

    pub(super) fn delta(&mut self, id: &str, text: &str) {
        self.event(Event::AgentMessageDelta { item_id: ItemId::new(id), delta: text.to_owned() });
    }

    pub(super) fn complete(&mut self) {
        self.event(Event::TurnCompleted {
            turn_id: turn_id(),
            last_agent_message: None,
            usage: TokenUsage::default(),
        });
    }

    /// Operations sent so far.
    pub(super) fn ops(&self) -> Vec<&Op> {
        let op = |cmd: &'_ Cmd| matches!(cmd, Cmd::Submit(_));
        self.cmds
            .iter()
            .filter(|cmd| op(cmd))
            .filter_map(|cmd| if let Cmd::Submit(op) = cmd { Some(op) } else { None })
            .collect()
    }

    pub(super) fn left(&self) -> bool {
        self.cmds.iter().any(|cmd| matches!(cmd, Cmd::Leave(_)))
    }

    pub(super) fn draft(&self) -> String {
        self.state.composer.expanded()
    }

    pub(super) fn frame(&self) -> Frame {
        let height = if self.state.fills_screen() { self.state.height } else { inline_height(&self.state) };
        let mut frame = Frame::new(self.state.width, height);
        draw(&self.state, &mut frame);
        frame
    }

    /// The screen, with `▮` where the cursor is.
    pub(super) fn screen(&self) -> String {
        let mut frame = self.frame();
        if let Some(at) = frame.cursor {
            frame.buffer[at].set_symbol("▮");
        }
        frame.text()
    }
}

pub(super) fn turn(text: &str) -> Op {
    Op::UserTurn { input: vec![UserInput::text(text)], output_schema: None }
}

pub(super) fn steer(text: &str) -> Op {
    Op::Steer { input: vec![UserInput::text(text)] }
}
