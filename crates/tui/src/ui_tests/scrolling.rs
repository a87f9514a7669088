//! The window on a long conversation.

use codex_protocol::TurnItem;
use pretty_assertions::assert_eq;

use super::bench::{Bench, command, ended, reply};
use crate::state::Msg;

fn long() -> Bench {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    for n in 0..200 {
        bench.done(reply(&format!("m{n}"), &format!("reply {n}")));
    }
    bench
}

fn body(screen: &str) -> String {
    screen.lines().take(14).collect::<Vec<_>>().join("\n")
}

// covers: tui 69
#[test]
fn new_cells_do_not_move_a_window_that_was_scrolled() {
    let mut bench = long();
    assert!(bench.screen().contains("reply 199"));
    bench.press("page-up");
    bench.press("page-up");
    let before = bench.screen();
    assert!(before.contains("Back to the end"), "{before}");
    assert!(!before.contains("reply 199"), "{before}");
    for n in 0..50 {
        bench.done(reply(&format!("late{n}"), "late"));
    }
    assert_eq!(body(&bench.screen()), body(&before));
    bench.press("esc");
    assert!(bench.screen().contains("late") && !bench.screen().contains("Back to the end"));
}

/// Bytes a list of lines takes.
fn kept_lines(bench: &Bench) -> usize {
    let transcript = &bench.state.transcript;
    (0..transcript.len())
        .filter(|at| transcript.get(*at).is_some_and(crate::transcript::Entry::keeps_lines))
        .count()
}

#[test]
fn a_long_list_keeps_few_lines() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    for n in 0..5_000 {
        bench.done(reply(&format!("m{n}"), &format!("reply {n}")));
    }
    for _ in 0..600 {
        bench.tell(Msg::Wheel(-20));
        bench.frame();
    }
    assert!(kept_lines(&bench) < 1_000, "{}", kept_lines(&bench));
    bench.press("f3");
    bench.type_text("reply 4321");
    assert!(bench.screen().contains("reply 4321"), "{}", bench.screen());
    bench.type_text(" nowhere");
    assert!(kept_lines(&bench) < 1_000, "{}", kept_lines(&bench));
}

#[test]
fn up_and_down_meet_again() {
    let mut bench = long();
    let end = bench.screen();
    for _ in 0..37 {
        bench.tell(Msg::Wheel(-3));
    }
    let there = bench.screen();
    bench.tell(Msg::Wheel(-40));
    bench.tell(Msg::Wheel(40));
    assert_eq!(bench.screen(), there);
    bench.press("ctrl-home");
    assert!(bench.screen().contains(">_ Codex"), "{}", bench.screen());
    bench.press("ctrl-end");
    assert_eq!(bench.screen(), end);
}

#[test]
fn a_window_stays_at_its_cell_when_the_width_changes() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    for n in 0..60 {
        let words = format!("number {n} {}", "word ".repeat(40));
        bench.done(TurnItem::CommandExecution(ended(command(&format!("c{n}"), "make"), &words, 0)));
        bench.done(reply(&format!("m{n}"), &words));
    }
    bench.tell(Msg::Wheel(-100));
    let top = bench.screen().lines().find(|line| line.contains("number")).map(str::to_owned).unwrap();
    let number = top.split("number ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
    bench.tell(Msg::Resize { width: 50, height: 24 });
    let screen = bench.screen();
    assert!(screen.contains(&format!("number {number} ")), "{number} is gone:\n{screen}");
}
