//! Marking text with the mouse: what reaches the clipboard is what was said, whatever the screen made of it.

use codex_protocol::TurnItem;
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use ratatui::style::Modifier;

use super::bench::{Bench, command, ended, reply};
use super::pointing::output;
use crate::state::{Button, Cmd, Mode, Msg};
use crate::transcript::Marks;

const PROSE: &str = "The first sentence is long enough to be broken by a narrow screen somewhere.\n\n- one\n- two\n\n```rust\nfn main() {\n    println!(\"hello\");\n}\n```";

fn marked(bench: &Bench) -> String {
    let frame = bench.frame();
    let cells = frame.buffer.content.iter().filter(|cell| cell.modifier.contains(Modifier::REVERSED));
    cells.map(ratatui::buffer::Cell::symbol).collect()
}

fn copied(bench: &Bench) -> Vec<&str> {
    let texts = bench.cmds.iter().filter_map(|cmd| match cmd {
        Cmd::Copy(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn talk(width: u16, height: u16) -> Bench {
    let mut bench = Bench::open(Mode::Fullscreen, width, height);
    bench.say("go");
    bench.done(reply("a", PROSE));
    bench
}

/// Presses at the beginning of one text and lets go at the end of another.
fn drag(bench: &mut Bench, from: &str, to: &str) {
    let (x, y) = bench.place_of(from);
    bench.mouse(Button::Down, x, y);
    let (x, y) = bench.place_of(to);
    let end = x + u16::try_from(crate::text::plain_width(to)).unwrap() - 1;
    bench.mouse(Button::Moved, end, y);
    bench.mouse(Button::Up, end, y);
}

// covers: tui 78
#[test]
fn what_is_marked_is_copied_as_it_was_said() {
    let mut bench = talk(40, 24);
    drag(&mut bench, "sentence", "somewhere");
    assert_eq!(copied(&bench), ["sentence is long enough to be broken by a narrow screen somewhere"]);
    assert!(marked(&bench).starts_with("sentence is long"), "{}", marked(&bench));
    bench.press("esc");
    assert_eq!(marked(&bench), "");
    drag(&mut bench, "- one", "}");
    let code = "- one\n- two\n\nfn main() {\n    println!(\"hello\");\n}";
    assert_eq!(copied(&bench).last(), Some(&code));
}

#[test]
fn marks_go_over_cells_and_leave_their_decoration_behind() {
    let mut bench = talk(60, 24);
    bench.done(TurnItem::CommandExecution(ended(command("c", "make fruit"), "apple\nbanana\n", 0)));
    drag(&mut bench, "two", "apple");
    let text = "two\n\nfn main() {\n    println!(\"hello\");\n}\n\nRan make fruit\napple";
    assert_eq!(copied(&bench), [text]);
}

#[test]
fn twice_is_a_word_and_three_times_a_line() {
    let mut bench = talk(80, 24);
    bench.done(reply("b", "see src/main.rs:12, please"));
    let (x, y) = bench.place_of("main.rs");
    bench.click(x, y);
    assert_eq!(copied(&bench), [""; 0]);
    bench.click(x, y);
    assert_eq!(copied(&bench), ["src/main.rs:12"]);
    bench.click(x, y);
    assert_eq!(copied(&bench).last(), Some(&"see src/main.rs:12, please"));
    bench.click(x, y);
    assert_eq!(marked(&bench), "");
    // Slow presses are single ones.
    bench.at(10);
    bench.click(x, y);
    bench.at(20);
    bench.click(x, y);
    assert_eq!(copied(&bench).len(), 2);
}

#[test]
fn wide_characters_are_marked_whole() {
    let mut bench = Bench::open(Mode::Fullscreen, 40, 12);
    bench.say("go");
    bench.done(reply("a", "日本語のテキスト"));
    let (x, y) = bench.place_of("本");
    // From the second half of one character to the first half of another.
    bench.mouse(Button::Down, x + 1, y);
    bench.mouse(Button::Moved, x + 4, y);
    bench.mouse(Button::Up, x + 4, y);
    assert_eq!(copied(&bench), ["本語の"]);
}

#[test]
fn the_window_follows_a_pointer_at_its_edge() {
    let mut bench = Bench::open(Mode::Fullscreen, 60, 12);
    bench.say("go");
    let lines: Vec<String> = (0..60).map(|n| format!("- line {n:02}")).collect();
    bench.done(reply("a", &lines.join("\n")));
    let (x, y) = bench.place_of("line 58");
    bench.at(1);
    bench.mouse(Button::Down, x, y);
    bench.mouse(Button::Moved, 4, 0);
    for second in 2..200 {
        bench.at(second);
    }
    bench.mouse(Button::Up, 4, 0);
    let text = copied(&bench)[0].to_owned();
    assert!(text.contains("- line 00\n- line 01\n") && text.ends_with("- line 57\n- l"), "{text}");
    let calm = bench.state.transcript.scroll();
    bench.at(300);
    assert_eq!(bench.state.transcript.scroll(), calm);
}

#[test]
fn new_columns_take_the_mark_away_and_new_cells_do_not() {
    let mut bench = talk(60, 24);
    drag(&mut bench, "first", "sentence");
    bench.done(reply("b", "more"));
    assert_eq!(marked(&bench), "first sentence");
    bench.tell(Msg::Resize { width: 50, height: 24 });
    assert_eq!(marked(&bench), "");
}

#[test]
fn the_pager_can_be_marked_too() {
    let mut bench = Bench::open(Mode::Inline, 60, 24);
    bench.say("go");
    bench.done(TurnItem::CommandExecution(ended(command("c", "make fruit"), &output(30, 25), 0)));
    bench.press("ctrl-t");
    drag(&mut bench, "kiwi", "here");
    assert_eq!(copied(&bench), ["kiwi here"]);
}

#[test]
fn blank_places_give_nothing() {
    let mut bench = talk(60, 24);
    bench.mouse(Button::Down, 50, 0);
    bench.mouse(Button::Moved, 55, 0);
    bench.mouse(Button::Up, 55, 0);
    bench.mouse(Button::Moved, 1, 23);
    bench.mouse(Button::Up, 1, 23);
    assert_eq!(copied(&bench), [""; 0]);
    assert_eq!(marked(&bench), "");
}

proptest! {
    /// Whatever the width, the words of a reply come back as they were said.
    #[test]
    fn words_are_copied_whole(words in prop::collection::vec("[a-zA-Zäé日本]{1,30}", 1..40), width in 20_u16..100) {
        let text = words.join(" ");
        let mut bench = Bench::open(Mode::Fullscreen, width, 200);
        bench.say("go");
        bench.done(reply("a", &text));
        let last = u16::try_from(bench.state.transcript.len()).unwrap();
        prop_assert!(last > 0);
        let (_, top) = bench.place_of("• ");
        bench.mouse(Button::Down, 0, top);
        bench.mouse(Button::Moved, width - 1, 150);
        bench.mouse(Button::Up, width - 1, 150);
        prop_assert_eq!(copied(&bench), vec![text.as_str()]);
        bench.state.transcript.set_marks(Marks::default());
    }
}
