//! Bytes on their way to the terminal: few, and right.

use codex_protocol::{AbortReason, Event, TurnItem};
use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::bench::{Bench, command, ended, reply, turn_id};
use crate::app::Output;
use crate::screen::Colours;
use crate::state::{Mode, Msg};

/// Deltas in one frame at 400 a second and 30 frames.
const DELTAS_A_FRAME: usize = 13;

fn parser(width: u16, height: u16) -> vt100::Parser {
    vt100::Parser::new(height.try_into().unwrap(), width.try_into().unwrap(), 10_000)
}

fn rows(terminal: &vt100::Parser) -> String {
    let width = terminal.screen().size().1.get();
    terminal.screen().rows(0, width).map(|row| format!("{}\n", row.trim_end())).collect()
}

fn streaming(mode: Mode) -> usize {
    let mut bench = Bench::open(mode, 120, 40);
    let mut output = Output::new(mode, Colours::On);
    bench.say("go");
    let mut bytes = output.render(&mut bench.state).len();
    for n in 0..2000 {
        let end = if n % 60 == 59 { ".\n\n" } else { " " };
        bench.delta("m", &format!("word{}{end}", n % 7));
        if n % DELTAS_A_FRAME == 0 {
            bench.at(u64::try_from(n / 400).unwrap());
            bytes += output.render(&mut bench.state).len();
        }
    }
    bytes
}

// covers: tui 68
#[test]
fn two_thousand_deltas_cost_few_bytes() {
    let bytes = [streaming(Mode::Fullscreen), streaming(Mode::Inline)];
    assert!(bytes.iter().all(|bytes| *bytes < 100_000), "{bytes:?}");
}

#[test]
fn nothing_new_is_nothing_written() {
    for mode in [Mode::Fullscreen, Mode::Inline] {
        let mut bench = Bench::open(mode, 80, 24);
        let mut output = Output::new(mode, Colours::On);
        assert!(!output.render(&mut bench.state).is_empty());
        assert_eq!(output.render(&mut bench.state), "");
    }
}

#[test]
fn text_behind_joined_emoji_stands_in_its_column() {
    let mut bench = Bench::fullscreen();
    let mut output = Output::new(Mode::Fullscreen, Colours::On);
    let mut terminal = parser(80, 24);
    bench.say("go");
    bench.done(reply("m", "👩\u{200d}👩\u{200d}👧🇩🇪 tail"));
    terminal.process(output.render(&mut bench.state).as_bytes());
    let cell = |column: u16| terminal.screen().cell(5, column).unwrap().contents().to_owned();
    assert_eq!([7, 8, 9, 10].map(cell), ["t", "a", "i", "l"], "{}", rows(&terminal));
}

#[derive(Debug, Clone)]
enum Step {
    Reply(usize),
    Wide,
    Delta,
    Command,
    Type,
    Wheel(isize),
    Detail,
    EndTurn,
    Resize(u16, u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1_usize..60).prop_map(Step::Reply),
        Just(Step::Wide),
        Just(Step::Delta),
        Just(Step::Command),
        Just(Step::Type),
        (-9_isize..9).prop_map(Step::Wheel),
        Just(Step::Detail),
        Just(Step::EndTurn),
        (2_u16..90, 1_u16..30).prop_map(|(width, height)| Step::Resize(width, height)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_terminal_shows_what_was_drawn(steps in proptest::collection::vec(step(), 1..40)) {
        let mut bench = Bench::open(Mode::Fullscreen, 60, 20);
        let mut output = Output::new(Mode::Fullscreen, Colours::On);
        let mut terminal = parser(60, 20);
        bench.say("go");
        for (n, step) in steps.into_iter().enumerate() {
            match step {
                Step::Reply(words) => bench.done(reply(&format!("r{n}"), &format!("r{n} ").repeat(words))),
                Step::Wide => bench.done(reply(&format!("w{n}"), &"日本語 é 🦀 ".repeat(n % 9 + 1))),
                Step::Delta => bench.delta("s", "some more\n\n- words "),
                Step::Command => {
                    let item = ended(command(&format!("c{n}"), "make all"), "a\nb\nc\nd\n", 1);
                    bench.done(TurnItem::CommandExecution(item));
                }
                Step::Type => bench.type_text("x 語"),
                Step::Wheel(rows) => bench.tell(Msg::Wheel(rows)),
                Step::Detail => bench.press("ctrl-t"),
                Step::EndTurn => bench.event(Event::TurnAborted {
                    turn_id: turn_id(),
                    reason: AbortReason::Interrupted,
                }),
                Step::Resize(width, height) => {
                    terminal.screen_mut().set_size(height.try_into().unwrap(), width.try_into().unwrap());
                    bench.tell(Msg::Resize { width, height });
                }
            }
            let bytes = output.render(&mut bench.state);
            terminal.process(bytes.as_bytes());
            prop_assert_eq!(rows(&terminal), bench.frame().text());
        }
    }
}
