//! Inline mode: every line of every finished cell reaches the scrollback exactly once, whatever happens.

use codex_protocol::{AbortReason, Event, ItemId, TurnItem};
use proptest::prelude::*;

use super::bench::{Bench, command, ended, reads, reply, turn_id};
use crate::app::Output;
use crate::screen::Colours;
use crate::state::{Mode, Msg};

#[derive(Debug, Clone)]
enum Step {
    Reply,
    Stream(Vec<u8>),
    FinishStream,
    Command,
    BeginCommand,
    EndCommand,
    Read,
    EndTurn,
    Resize(u16, u16),
    Key,
    Draw,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Reply),
        4 => proptest::collection::vec(0_u8..4, 1..5).prop_map(Step::Stream),
        2 => Just(Step::FinishStream),
        2 => Just(Step::Command),
        2 => Just(Step::BeginCommand),
        2 => Just(Step::EndCommand),
        2 => Just(Step::Read),
        1 => Just(Step::EndTurn),
        2 => (20_u16..100, 6_u16..40).prop_map(|(width, height)| Step::Resize(width, height)),
        1 => Just(Step::Key),
        6 => Just(Step::Draw),
    ]
}

/// A terminal, the UI in front of it, and every mark that must be on it once.
struct Run {
    bench: Bench,
    output: Output,
    terminal: vt100::Parser,
    marks: usize,
    stream: Option<(ItemId, String)>,
    running: Option<ItemId>,
    turn_open: bool,
    ids: usize,
}

impl Run {
    fn new() -> Self {
        Self {
            bench: Bench::open(Mode::Inline, 60, 20),
            output: Output::new(Mode::Inline, Colours::On),
            terminal: vt100::Parser::new(20.try_into().unwrap(), 60.try_into().unwrap(), 100_000),
            marks: 0,
            stream: None,
            running: None,
            turn_open: false,
            ids: 0,
        }
    }

    fn mark(&mut self) -> String {
        self.marks += 1;
        format!("mark{:04}.", self.marks - 1)
    }

    fn id(&mut self) -> String {
        self.ids += 1;
        format!("id{}", self.ids)
    }

    fn draw(&mut self) {
        let bytes = self.output.render(&mut self.bench.state);
        self.terminal.process(bytes.as_bytes());
    }

    fn open_turn(&mut self) {
        if !self.turn_open {
            self.turn_open = true;
            let mark = self.mark();
            self.bench.state.composer.clear_to_history();
            self.bench.say(&mark);
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Draw => self.draw(),
            Step::Key => self.bench.type_text("x"),
            Step::Resize(width, height) => {
                self.terminal.screen_mut().set_size(height.try_into().unwrap(), width.try_into().unwrap());
                self.bench.tell(Msg::Resize { width, height });
                self.draw();
            }
            step => {
                self.open_turn();
                self.event(step);
            }
        }
    }

    fn event(&mut self, step: Step) {
        match step {
            Step::Reply => {
                let (id, mark) = (self.id(), self.mark());
                self.bench.done(reply(&id, &format!("{mark} {}", "words ".repeat(15))));
            }
            Step::Stream(pieces) => {
                let (id, mut text) = match self.stream.take() {
                    Some(stream) => stream,
                    None => (ItemId::new(self.id()), String::new()),
                };
                for piece in pieces {
                    let delta = match piece {
                        0 => format!("\n\n- {}", self.mark()),
                        1 => " more words".to_owned(),
                        2 => format!("\n\n{}\n\n", self.mark()),
                        _ => format!(" and {}", self.mark()),
                    };
                    text.push_str(&delta);
                    self.bench.event(Event::AgentMessageDelta { item_id: id.clone(), delta });
                }
                self.stream = Some((id, text));
            }
            Step::FinishStream => {
                if let Some((id, text)) = self.stream.take() {
                    self.bench.done(reply(id.as_str(), &text));
                }
            }
            Step::Command => {
                let (id, mark) = (self.id(), self.mark());
                self.bench.done(TurnItem::CommandExecution(ended(command(&id, &mark), "output\n", 0)));
            }
            Step::BeginCommand if self.running.is_none() => {
                let id = self.id();
                self.bench.begun(TurnItem::CommandExecution(command(&id, "runs")));
                self.running = Some(ItemId::new(id));
            }
            Step::EndCommand => {
                if let Some(id) = self.running.take() {
                    let mark = self.mark();
                    let item = ended(command(id.as_str(), &mark), "", 1);
                    self.bench.done(TurnItem::CommandExecution(item));
                }
            }
            Step::Read => {
                let (id, mark) = (self.id(), self.mark());
                self.bench.done(TurnItem::CommandExecution(reads(&id, &mark)));
            }
            Step::EndTurn => self.end_turn(),
            Step::BeginCommand | Step::Resize(..) | Step::Key | Step::Draw => {}
        }
    }

    fn end_turn(&mut self) {
        self.stream = None;
        self.running = None;
        self.turn_open = false;
        self.bench.event(Event::TurnAborted { turn_id: turn_id(), reason: AbortReason::Interrupted });
    }

    /// Everything the terminal holds, rows joined so that wrapped marks are whole.
    fn text(&mut self) -> String {
        let screen = self.terminal.screen_mut();
        let (rows, columns) = screen.size();
        let (rows, columns) = (rows.get(), columns.get());
        screen.set_scrollback(usize::MAX);
        let above = screen.scrollback();
        let mut out = String::new();
        for offset in (1..=above).rev() {
            screen.set_scrollback(offset);
            for row in screen.rows(0, columns).take(1) {
                out.push_str(row.trim_end());
                out.push('\n');
            }
        }
        screen.set_scrollback(0);
        for row in screen.rows(0, columns).take(usize::from(rows)) {
            out.push_str(row.trim_end());
            out.push('\n');
        }
        out
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn finished_cells_are_in_the_scrollback_exactly_once(steps in proptest::collection::vec(step(), 1..60)) {
        let mut run = Run::new();
        run.draw();
        for step in steps {
            run.take(step);
        }
        if run.turn_open {
            run.end_turn();
        }
        run.draw();
        let leave = run.output.leave(&mut run.bench.state);
        run.terminal.process(leave.as_bytes());
        let text = run.text();
        for mark in 0..run.marks {
            let mark = format!("mark{mark:04}.");
            prop_assert_eq!(text.matches(&mark).count(), 1, "{} in\n{}", mark, text);
        }
        prop_assert_eq!(text.matches(">_ Codex").count(), 1, "{}", text);
        prop_assert!(!text.contains("shall be done"), "{}", text);
    }
}
