//! Events to cells.

use codex_protocol::{Event, ItemId, ReasoningItem, TokenUsage, TurnItem};
use pretty_assertions::assert_eq;

use super::bench::{Bench, command, ended, info, reads, reply, turn_id, user};
use crate::state::{Mode, Msg, ThreadMsg};

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

// covers: tui 44
#[test]
fn reads_of_one_burst_are_one_cell_and_others_are_their_own() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    for name in ["a.rs", "b.rs"] {
        bench.done(TurnItem::CommandExecution(reads(name, name)));
    }
    bench.done(TurnItem::CommandExecution(ended(command("c", "make"), "", 0)));
    bench.done(TurnItem::CommandExecution(reads("d", "d.rs")));
    let screen = bench.screen();
    assert_eq!((count(&screen, "Explored"), count(&screen, "• Ran make")), (2, 1), "{screen}");
    assert!(screen.contains("Read a.rs, b.rs"), "{screen}");
}

#[test]
fn live_output_shows_while_it_runs() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    bench.begun(TurnItem::CommandExecution(command("c", "make")));
    for n in 0..5 {
        bench.event(Event::CommandOutputDelta { item_id: ItemId::new("c"), delta: format!("out {n}\n") });
    }
    let screen = bench.screen();
    assert!(screen.contains("• Running make") && screen.contains("out 4"), "{screen}");
    assert!(screen.contains("+ 2 lines"), "{screen}");
    bench.done(TurnItem::CommandExecution(ended(command("c", "make"), "out 0\n", 0)));
    assert!(bench.screen().contains("• Ran make"), "{}", bench.screen());
    assert!(!bench.screen().contains("out 4"), "the finished item is the truth");
}

#[test]
fn a_message_is_shown_once_however_it_arrives() {
    let mut bench = Bench::fullscreen();
    bench.say("the question");
    for piece in ["The ", "ans", "wer"] {
        bench.delta("m", piece);
    }
    bench.done(reply("m", "The answer"));
    bench.done(reply("n", "Another"));
    bench.complete();
    let screen = bench.screen();
    assert_eq!(
        (count(&screen, "› the question"), count(&screen, "The answer"), count(&screen, "Another")),
        (1, 1, 1),
        "{screen}"
    );
    assert!(screen.contains("Worked for 0s • 14:05"), "{screen}");
}

#[test]
fn reasoning_names_the_work_and_stays_reachable() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    bench.event(Event::ReasoningDelta {
        item_id: ItemId::new("r"),
        delta: "**Counting the callers**\n\nThere are".to_owned(),
    });
    assert!(bench.screen().contains("• Counting the callers (0s"), "{}", bench.screen());
    bench.done(TurnItem::Reasoning(ReasoningItem {
        id: ItemId::new("r"),
        summary_text: vec!["**Counting the callers**\n\nThere are two.".to_owned()],
        raw_content: Vec::new(),
    }));
    let screen = bench.screen();
    assert!(screen.contains("Counting the callers (^t to expand)") && !screen.contains("two."), "{screen}");
    bench.press("ctrl-t");
    assert!(bench.screen().contains("There are two."), "{}", bench.screen());
}

#[test]
fn earlier_items_stand_before_what_was_said_meanwhile() {
    let mut bench = Bench::fullscreen();
    bench.say("now");
    let items = vec![reply("b", "old answer"), user("old question")];
    bench.tell(Msg::Thread(ThreadMsg::Earlier { items, more: false }));
    let screen = bench.screen();
    let at = |text: &str| screen.find(text).unwrap_or_else(|| panic!("no {text}:\n{screen}"));
    assert!(at("old question") < at("old answer") && at("old answer") < at("› now"), "{screen}");
}

// covers: tui 50
#[test]
fn a_long_command_line_is_cut() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    bench.done(TurnItem::CommandExecution(ended(command("c", &"x".repeat(5000)), "", 0)));
    let screen = bench.screen();
    assert_eq!(screen.lines().filter(|line| line.contains("xxx")).count(), 2, "{screen}");
    assert!(screen.contains('…'), "{screen}");
}

#[test]
fn one_word_of_a_reply_is_shown_at_once() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    bench.delta("m", "looking");
    assert!(bench.screen().contains("• looking"), "{}", bench.screen());
}

/// The demo's messages: the first lies ready when the thread opens, the next after its turn.
#[test]
fn prepared_messages_lie_ready_one_after_the_other() {
    let mut bench = Bench::unopened(Mode::Fullscreen, 80, 24);
    bench.state.suggestions = ["first", "second"].map(str::to_owned).into();
    bench.event(Event::ThreadStarted(Box::new(info())));
    assert_eq!(bench.draft(), "first");
    bench.press("enter");
    bench.event(Event::TurnStarted { turn_id: turn_id() });
    bench.done(user("first"));
    bench.complete();
    assert_eq!(bench.draft(), "second");
}

#[test]
fn the_status_row_tells_tokens_and_the_rate() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    bench.at(1);
    bench.delta("a", &"word ".repeat(40));
    bench.at(3);
    bench.delta("a", &"word ".repeat(40));
    let row = |bench: &Bench| bench.screen().lines().find(|row| row.contains("Working")).unwrap().to_owned();
    assert_eq!(row(&bench), "• Working (3s • ~50 tok/s • esc to interrupt)");
    let last = TokenUsage {
        input_tokens: 9_000,
        cached_input_tokens: 8_000,
        output_tokens: 500,
        ..TokenUsage::default()
    };
    bench.event(Event::TokensUsed { last, total: last, context_window: None });
    assert_eq!(row(&bench), "• Working (3s • 1.5k tokens • ~50 tok/s • esc to interrupt)");
    bench.tell(Msg::Resize { width: 40, height: 24 });
    assert_eq!(row(&bench), "• Working (3s • esc to interrupt)");
}
