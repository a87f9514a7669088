//! Pointing at parts of the conversation: finding text, browsing messages, details of one cell, copies.

use codex_protocol::{Event, ItemId, Op, TurnItem, UserInput, UserMessageItem};
use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::bench::{Bench, command, ended, reply, user};
use crate::state::{Cmd, Mode, Msg, ThreadMsg};

pub(super) fn output(lines: usize, odd: usize) -> String {
    (0..lines).map(|n| if n == odd { "a kiwi here\n".to_owned() } else { format!("line {n}\n") }).collect()
}

fn fruit(mode: Mode, width: u16, height: u16) -> Bench {
    let mut bench = Bench::open(mode, width, height);
    bench.say("first question");
    bench.done(reply("a", "An answer with a Kiwi in it."));
    bench.done(TurnItem::CommandExecution(ended(command("c", "make fruit"), &output(40, 5), 0)));
    for n in 0..30 {
        bench.done(reply(&format!("r{n}"), &format!("reply {n}")));
    }
    bench.complete();
    bench.say("second question");
    bench.done(reply("z", "The last word."));
    bench.complete();
    bench
}

fn reversed(bench: &Bench) -> String {
    let frame = bench.frame();
    let cells = frame.buffer.content.iter();
    cells
        .filter(|cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED))
        .map(ratatui::buffer::Cell::symbol)
        .collect::<String>()
        .trim()
        .to_owned()
}

// covers: tui 70
#[test]
fn find_goes_to_matches_also_inside_of_collapsed_output() {
    let mut bench = fruit(Mode::Fullscreen, 80, 24);
    let end = bench.screen();
    bench.press("f3");
    bench.type_text("kiwi");
    let hidden = bench.screen();
    assert!(hidden.contains("a kiwi here") && hidden.contains("$ make fruit"), "{hidden}");
    assert!(hidden.contains("Find: kiwi▮"), "{hidden}");
    assert_eq!(reversed(&bench).matches("kiwi").count(), 1);
    bench.press("ctrl-p");
    assert!(bench.screen().contains("with a Kiwi in it"), "{}", bench.screen());
    bench.press("ctrl-n");
    assert!(bench.screen().contains("a kiwi here"), "{}", bench.screen());
    bench.press("esc");
    assert_eq!(bench.screen(), end);
}

#[test]
fn find_says_what_it_found_and_stays_where_it_was_accepted() {
    let mut bench = fruit(Mode::Fullscreen, 80, 24);
    bench.press("f3");
    bench.type_text("nowhere");
    assert!(bench.screen().contains("no match"), "{}", bench.screen());
    bench.press("ctrl-u");
    bench.type_text("reply 3");
    bench.press("enter");
    let screen = bench.screen();
    assert!(screen.contains("reply 3") && !screen.contains("Find:"), "{screen}");
    // What was looked for last stands in the row again; letters went to no draft.
    assert_eq!(bench.draft(), "");
    bench.press("f3");
    assert!(bench.screen().contains("Find: reply 3"), "{}", bench.screen());
}

#[test]
fn words_are_found_over_the_end_of_a_line() {
    let mut bench = Bench::open(Mode::Fullscreen, 40, 12);
    bench.say("go");
    bench.done(reply("a", "some words before the *strange* `fruit` that is looked for and more"));
    bench.press("f3");
    bench.type_text("strange fruit that is looked");
    assert!(!bench.screen().contains("no match"), "{}", bench.screen());
    assert!(!reversed(&bench).is_empty());
}

#[test]
fn find_asks_for_older_items_until_there_are_none() {
    let mut bench = fruit(Mode::Fullscreen, 80, 24);
    bench.state.history = crate::state::History::More;
    bench.press("f3");
    bench.type_text("papaya");
    assert!(bench.screen().contains("looking through earlier"), "{}", bench.screen());
    assert!(matches!(bench.cmds.last(), Some(Cmd::LoadEarlier { restart: false, .. })));
    let items = vec![reply("old2", "nothing"), user("older")];
    bench.tell(Msg::Thread(ThreadMsg::Earlier { items, more: true }));
    assert_eq!(bench.cmds.iter().filter(|cmd| matches!(cmd, Cmd::LoadEarlier { .. })).count(), 2);
    bench.tell(Msg::Thread(ThreadMsg::Earlier { items: vec![reply("old1", "a papaya")], more: false }));
    assert!(bench.screen().contains("a papaya"), "{}", bench.screen());
}

#[test]
fn the_pager_finds_too() {
    let mut bench = fruit(Mode::Inline, 80, 24);
    bench.press("ctrl-t");
    bench.press("/");
    bench.type_text("kiwi");
    bench.press("enter");
    assert!(bench.screen().contains("a kiwi here"), "{}", bench.screen());
    bench.press("n");
    assert!(bench.screen().contains("with a Kiwi in it"), "{}", bench.screen());
    bench.press("shift-n");
    assert!(bench.screen().contains("a kiwi here"), "{}", bench.screen());
    bench.press("q");
    assert!(bench.state.overlays.is_empty() && bench.state.pointing.is_none());
}

#[test]
fn the_pager_goes_from_turn_to_turn_and_copies() {
    let mut bench = fruit(Mode::Inline, 80, 24);
    bench.press("ctrl-t");
    bench.press("[");
    assert_eq!(reversed(&bench), "› second question");
    bench.press("[");
    assert_eq!(reversed(&bench), "› first question");
    bench.press("]");
    bench.press("]");
    assert_eq!(reversed(&bench), "");
    bench.press("y");
    assert!(matches!(bench.cmds.last(), Some(Cmd::Copy(text)) if text == "The last word."));
    bench.press("shift-y");
    let Some(Cmd::Copy(all)) = bench.cmds.last() else { panic!("nothing copied") };
    assert!(
        all.starts_with("> first question\n\nAn answer with a Kiwi in it.\n\n```sh\n$ make fruit\nline 0\n"),
        "{all}"
    );
    assert!(all.ends_with("> second question\n\nThe last word."), "{all}");
}

// covers: tui 56
#[test]
fn escape_twice_browses_the_messages_in_place() {
    let mut bench = fruit(Mode::Fullscreen, 80, 24);
    let before = bench.screen();
    bench.press("esc");
    assert!(bench.screen().contains("again: edit an earlier message"), "{}", bench.screen());
    bench.press("esc");
    assert_eq!(reversed(&bench), "› second question");
    assert!(!bench.screen().contains('▮'), "the cursor is hidden: {}", bench.screen());
    bench.press("left");
    assert_eq!(reversed(&bench), "› first question");
    bench.press("h");
    bench.press("l");
    assert_eq!(reversed(&bench), "› second question");
    bench.press("esc");
    assert_eq!(bench.screen(), before);
    assert_eq!(bench.ops().len(), 2, "two messages were sent and nothing else");
}

#[test]
fn going_back_cuts_the_conversation_and_gives_the_message_to_the_composer() {
    let mut bench = fruit(Mode::Fullscreen, 80, 24);
    let input = vec![
        UserInput::LocalImage { path: "/h/cat.png".into() },
        UserInput::text("look at [Image #1] and say"),
    ];
    let item = UserMessageItem { id: ItemId::new("third"), content: input.clone() };
    bench.done(TurnItem::UserMessage(item));
    bench.done(reply("y", "A cat."));
    bench.complete();
    bench.press("esc");
    bench.press("esc");
    bench.press("enter");
    let before = ItemId::new("third");
    assert_eq!(bench.ops().last(), Some(&&Op::Rewind { before: before.clone() }));
    bench.event(Event::Rewound { before, input });
    let screen = bench.screen();
    assert!(!screen.contains("A cat.") && screen.contains("The last word."), "{screen}");
    assert!(screen.contains("› look at [Image #1] and say▮"), "{screen}");
    bench.press("ctrl-o");
    assert!(matches!(bench.cmds.last(), Some(Cmd::Copy(text)) if text == "The last word."));
    bench.press("enter");
    let Some(Op::UserTurn { input, .. }) = bench.ops().last().copied() else { panic!("no turn") };
    assert!(input.contains(&UserInput::LocalImage { path: "/h/cat.png".into() }), "{input:?}");
}

#[test]
fn going_back_in_inline_mode_leaves_what_is_printed() {
    let mut bench = fruit(Mode::Inline, 80, 24);
    assert!(!bench.state.take_printable().lines.is_empty());
    bench.press("esc");
    bench.press("esc");
    assert!(bench.screen().starts_with("── Conversation"), "{}", bench.screen());
    bench.press("left");
    bench.press("enter");
    assert!(bench.state.overlays.is_empty());
    bench.event(Event::Rewound { before: ItemId::new("u"), input: vec![UserInput::text("second question")] });
    let printable = bench.state.take_printable();
    let lines: Vec<String> = printable.lines.iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["", "• went back to before this message; files stay as they are"]);
    assert!(!printable.start_over);
    assert_eq!(bench.draft(), "second question");
}

#[test]
fn another_key_between_the_two_escapes_is_no_wish_to_browse() {
    let mut bench = fruit(Mode::Fullscreen, 80, 24);
    bench.press("esc");
    bench.type_text("x");
    bench.press("backspace");
    bench.press("esc");
    assert!(bench.state.pointing.is_none());
    let mut empty = Bench::fullscreen();
    empty.press("esc");
    empty.press("esc");
    assert!(empty.state.pointing.is_none(), "there is nothing to go back to");
}

#[test]
fn details_of_one_cell() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    bench.done(TurnItem::CommandExecution(ended(command("c", "make fruit"), &output(9, 2), 0)));
    bench.done(TurnItem::CommandExecution(ended(command("d", "make other"), &output(9, 99), 0)));
    bench.press("f4");
    assert!(reversed(&bench).contains("Ran make other"), "{}", reversed(&bench));
    bench.press("up");
    bench.press("enter");
    let screen = bench.screen();
    assert!(screen.contains("a kiwi here") && screen.contains("• Ran make other"), "{screen}");
    bench.press("enter");
    assert!(!bench.screen().contains("a kiwi here"), "{}", bench.screen());
    bench.press("esc");
    assert_eq!(reversed(&bench), "");
}

#[test]
fn a_click_shows_details() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    bench.done(TurnItem::CommandExecution(ended(command("c", "make fruit"), &output(9, 2), 0)));
    let row = |bench: &Bench, text: &str| {
        let at = bench.screen().lines().position(|line| line.contains(text));
        u16::try_from(at.unwrap_or_else(|| panic!("no {text}"))).unwrap()
    };
    let y = row(&bench, "+ 6 lines");
    bench.click(6, y);
    assert!(bench.screen().contains("a kiwi here"), "{}", bench.screen());
    let y = row(&bench, "$ make fruit");
    bench.click(1, y);
    assert!(!bench.screen().contains("a kiwi here"), "{}", bench.screen());
    bench.click(1, 23);
}

#[test]
fn plain_text_has_no_marks_and_no_indents() {
    let mut bench = Bench::open(Mode::Fullscreen, 80, 24);
    bench.say("go");
    bench.done(reply("a", "**bold**\n\n- item"));
    bench.done(TurnItem::CommandExecution(ended(command("c", "make"), "out\n", 0)));
    bench.press("alt-r");
    let screen = bench.screen();
    assert!(screen.contains("\ngo\n\n**bold**\n\n- item\n\n$ make\nout\n"), "{screen}");
    bench.press("alt-r");
    assert!(bench.screen().contains("• bold"), "{}", bench.screen());
}

#[test]
fn screens_of_pointing() {
    for (width, height) in [(80, 24), (40, 12), (120, 40)] {
        let mut bench = fruit(Mode::Fullscreen, width, height);
        bench.press("f3");
        bench.type_text("kiwi");
        assert_snapshot!(format!("find_{width}x{height}"), bench.screen());
        bench.press("esc");
        bench.press("esc");
        bench.press("esc");
        bench.press("left");
        assert_snapshot!(format!("browse_{width}x{height}"), bench.screen());
    }
}
