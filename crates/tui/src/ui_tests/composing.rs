//! What keys do to the draft, the turn and the program.

use codex_config::{KeyChange, NotificationCondition, Notifications, SettingValue, TuiSettings};
use std::time::Duration;

use codex_protocol::{
    AbortReason, Choice, CollaborationMode, EffortChoice, Event, Listed, ModelChoice, Op, SettingsChange,
    Standing, ThreadInfo,
};
use pretty_assertions::assert_eq;

use super::bench::{Bench, info, reply, steer, turn, turn_id, user};
use crate::state::{Cmd, Done, Job, Mode, Msg};

// covers: tui 11, tui 12
#[test]
fn enter_sends_once_and_empties_the_draft() {
    let mut bench = Bench::fullscreen();
    bench.press("enter");
    assert_eq!(bench.ops(), Vec::<&Op>::new());
    bench.type_text("hello");
    bench.press("enter");
    assert_eq!((bench.ops(), bench.draft()), (vec![&turn("hello")], String::new()));
}

// covers: tui 13, tui 14
#[test]
fn line_breaks_and_pastes_do_not_send() {
    let mut bench = Bench::fullscreen();
    bench.type_text("a");
    for key in ["ctrl-j", "shift-enter", "alt-enter"] {
        bench.press(key);
    }
    bench.tell(Msg::Paste("b\r\nc".to_owned()));
    assert_eq!((bench.ops(), bench.draft()), (Vec::new(), "a\n\n\nb\nc".to_owned()));
    bench.press("enter");
    assert_eq!(bench.ops(), vec![&turn("a\n\n\nb\nc")]);
}

// covers: tui 15
#[test]
fn large_pastes_fold_and_travel_whole() {
    let mut bench = Bench::fullscreen();
    let large = "x".repeat(1001);
    bench.tell(Msg::Paste(large.clone()));
    assert!(bench.screen().contains("[Pasted Content 1001 chars]"), "{}", bench.screen());
    bench.press("enter");
    assert_eq!(bench.ops(), vec![&turn(&large)]);
}

// covers: tui 18, tui 19, tui 38
#[test]
fn ctrl_c_clears_then_interrupts_then_quits() {
    let mut bench = Bench::fullscreen();
    bench.say("begin");
    bench.type_text("draft");
    bench.press("ctrl-c");
    assert_eq!((bench.draft(), bench.left(), bench.ops().len()), (String::new(), false, 1));
    bench.press("up");
    assert_eq!(bench.draft(), "draft", "the draft stays reachable");
    bench.press("ctrl-c");
    bench.press("ctrl-c");
    assert_eq!((bench.ops().last(), bench.left()), (Some(&&Op::Interrupt), false));
    bench.press("ctrl-c");
    assert!(!bench.left(), "never quits while running");
    bench.event(Event::TurnAborted { turn_id: turn_id(), reason: AbortReason::Interrupted });
    bench.press("ctrl-c");
    assert!(bench.left());
}

// covers: tui 20
#[test]
fn ctrl_d_quits_only_when_nothing_is_typed() {
    let mut bench = Bench::fullscreen();
    bench.type_text("ab");
    bench.press("ctrl-a");
    bench.press("ctrl-d");
    assert_eq!((bench.draft(), bench.left()), ("b".to_owned(), false));
    bench.press("ctrl-d");
    bench.press("ctrl-d");
    assert!(bench.left());
}

// covers: tui 39, tui 40, tui 41
#[test]
fn enter_steers_and_tab_queues() {
    let mut bench = Bench::fullscreen();
    bench.say("begin");
    bench.type_text("steer");
    bench.press("enter");
    for text in ["one", "two"] {
        bench.type_text(text);
        bench.press("tab");
    }
    assert_eq!(bench.ops(), vec![&turn("begin"), &steer("steer")]);
    bench.done(user("steer"));
    assert!(bench.state.steers.is_empty());
    bench.complete();
    assert_eq!(bench.ops().last(), Some(&&turn("one")));
    bench.press("shift-left");
    assert_eq!(bench.draft(), "two");
    bench.done(user("one"));
    bench.complete();
    assert_eq!(bench.ops().len(), 3, "what was taken back is not sent");
}

// covers: tui 42
#[test]
fn escape_with_steers_sends_them_at_once() {
    let mut bench = Bench::fullscreen();
    bench.say("begin");
    bench.type_text("hurry");
    bench.press("enter");
    bench.press("esc");
    bench.press("esc");
    bench.event(Event::TurnAborted { turn_id: turn_id(), reason: AbortReason::Interrupted });
    assert_eq!(bench.ops(), vec![&turn("begin"), &steer("hurry"), &Op::Interrupt, &turn("hurry")]);
}

#[test]
fn escape_gives_queued_messages_back() {
    let mut bench = Bench::fullscreen();
    bench.say("begin");
    for text in ["one", "two"] {
        bench.type_text(text);
        bench.press("tab");
    }
    bench.type_text("draft");
    bench.press("esc");
    bench.event(Event::TurnAborted { turn_id: turn_id(), reason: AbortReason::Interrupted });
    assert_eq!(bench.draft(), "one\ntwo\ndraft");
    assert_eq!(bench.ops(), vec![&turn("begin"), &Op::Interrupt]);
    assert!(bench.screen().contains("■ interrupted"));
}

// covers: tui 3
#[test]
fn what_is_sent_before_the_thread_is_open_waits_for_it() {
    let mut bench = Bench::unopened(Mode::Fullscreen, 80, 24);
    bench.type_text("early");
    bench.press("enter");
    assert_eq!(bench.ops(), Vec::<&Op>::new());
    assert!(bench.screen().contains("↳ early"), "{}", bench.screen());
    bench.event(Event::ThreadStarted(Box::new(super::bench::info())));
    assert_eq!(bench.ops(), vec![&turn("early")]);
}

// covers: tui 24, tui 25
#[test]
fn slash_commands_narrow_run_and_refuse() {
    let mut bench = Bench::fullscreen();
    bench.type_text("/st");
    assert!(
        bench.screen().contains("› /status") && !bench.screen().contains("/resume"),
        "{}",
        bench.screen()
    );
    bench.press("esc");
    assert_eq!(bench.draft(), "/st");
    assert!(!bench.screen().contains("› /status"), "{}", bench.screen());
    bench.press("ctrl-c");
    bench.type_text("/nonsense");
    bench.press("enter");
    assert_eq!((bench.draft(), bench.ops().len()), ("/nonsense".to_owned(), 0));
    assert!(bench.screen().contains("there is no /nonsense"), "{}", bench.screen());
    bench.press("ctrl-c");
    bench.type_text("/etc/hosts is a file");
    bench.press("enter");
    assert_eq!(bench.ops(), vec![&turn("/etc/hosts is a file")]);
    bench.type_text("/new");
    bench.press("enter");
    assert!(bench.screen().contains("has to wait"), "{}", bench.screen());
    assert!(!bench.cmds.iter().any(|cmd| matches!(cmd, Cmd::Open(_))));
}

// covers: tui 29
#[test]
fn a_question_mark_shows_the_keys_only_on_an_empty_draft() {
    let mut bench = Bench::fullscreen();
    bench.type_text("?");
    assert!(bench.screen().contains("Keys and commands"), "{}", bench.screen());
    bench.press("esc");
    bench.type_text("why?");
    assert_eq!(bench.draft(), "why?");
}

// covers: tui 78
#[test]
fn copying_takes_the_source_of_the_last_reply() {
    let mut bench = Bench::fullscreen();
    bench.say("ask");
    bench.done(reply("m", "**bold** and\n\n- a list"));
    bench.press("ctrl-o");
    let copied =
        bench.cmds.iter().find_map(|cmd| if let Cmd::Copy(text) = cmd { Some(text.clone()) } else { None });
    assert_eq!(copied.as_deref(), Some("**bold** and\n\n- a list"));
}

// covers: tui 71
#[test]
fn the_end_of_a_turn_rings_only_when_no_one_looks() {
    let told = |focused: bool, change: fn(&mut TuiSettings)| {
        let mut settings = TuiSettings::default();
        change(&mut settings);
        let mut bench = Bench::with_settings(Mode::Fullscreen, settings);
        bench.say("ask");
        bench.tell(Msg::Focus(focused));
        bench.done(reply("m", "All done;\u{1b}]52 here\n\nand more"));
        bench.complete();
        let told = bench.cmds.iter().filter_map(|cmd| match cmd {
            Cmd::Notify(text) => Some(text.clone()),
            _ => None,
        });
        told.collect::<Vec<_>>()
    };
    let text = vec!["All done;\\x1b]52 here".to_owned()];
    assert_eq!((told(true, |_| {}), told(false, |_| {})), (Vec::new(), text.clone()));
    let always = |settings: &mut TuiSettings| settings.notification_condition = NotificationCondition::Always;
    assert_eq!(told(true, always), text);
    let none = |settings: &mut TuiSettings| settings.notifications = Notifications::None;
    assert_eq!(told(false, none), Vec::<String>::new());
    let others = |settings: &mut TuiSettings| {
        settings.notifications = Notifications::Only(vec!["approval-requested".to_owned()]);
    };
    assert_eq!(told(false, others), Vec::<String>::new());
}

// covers: tui 74
#[test]
fn vim_keys_can_be_switched_on_and_are_shown() {
    let mut bench = Bench::fullscreen();
    bench.type_text("/vim");
    bench.press("enter");
    bench.press("esc");
    bench.type_text("i");
    assert!(bench.screen().contains("Vim: Insert"), "{}", bench.screen());
    bench.type_text("some words");
    bench.press("esc");
    assert!(bench.screen().contains("Vim: Normal"), "{}", bench.screen());
    bench.type_text("0dw");
    assert_eq!(bench.draft(), "words");
    bench.type_text("u");
    assert_eq!(bench.draft(), "some words");
}

// covers: tui 75
#[test]
fn chords_and_the_leader_reach_the_app_and_the_editor() {
    let change = |context: &str, action: &str, key: &str| KeyChange {
        context: context.to_owned(),
        action: action.to_owned(),
        keys: vec![key.to_owned()],
    };
    let mut bench = Bench::with_keys(vec![
        change("global", "show_keys", "leader ?"),
        change("editor", "kill_whole_line", "ctrl-x k"),
        change("editor", "yank", "ctrl-k"),
    ]);
    assert!(bench.screen().contains("`ctrl-k` is also a key of"), "{}", bench.screen());
    bench.type_text("hello");
    bench.press("ctrl-x");
    assert!(bench.screen().contains("ctrl+x …"), "{}", bench.screen());
    bench.press("k");
    assert_eq!(bench.draft(), "");
    bench.press("ctrl-k");
    assert_eq!(bench.draft(), "hello", "the choice of the person wins over a default");
    bench.press("ctrl-x");
    bench.type_text("z");
    assert_eq!(bench.draft(), "helloz", "a chord that leads nowhere leaves its last key");
    bench.press("ctrl-x");
    bench.press("?");
    assert!(bench.screen().contains("Keys and commands"), "{}", bench.screen());
}

// covers: tui 75
#[test]
fn changed_keys_work_and_are_shown_and_wrong_ones_are_said() {
    let change = |action: &str, keys: &[&str]| KeyChange {
        context: "composer".to_owned(),
        action: action.to_owned(),
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
    };
    let mut bench = Bench::with_keys(vec![change("submit", &["f5"]), change("fly", &["f6"])]);
    assert!(bench.screen().contains("has no action `fly`"), "{}", bench.screen());
    bench.type_text("hello");
    bench.press("enter");
    assert_eq!(bench.ops(), Vec::<&Op>::new());
    bench.press("ctrl-c");
    bench.type_text("hello");
    bench.press("f5");
    assert_eq!(bench.ops(), vec![&turn("hello")]);
    bench.type_text("more");
    assert!(bench.screen().contains("f5 add to this turn"), "{}", bench.screen());
    bench.press("ctrl-c");
    bench.press("?");
    let card = std::iter::repeat_with(|| {
        let screen = bench.screen();
        bench.press("page-down");
        screen
    });
    let card: Vec<String> = card.take(12).collect();
    assert!(card.iter().any(|page| page.contains("f5") && page.contains("submit")), "{card:?}");
}

#[test]
fn a_bang_runs_a_command_and_is_left_by_escape_or_backspace() {
    let mut bench = Bench::fullscreen();
    bench.type_text("!git status");
    assert!(bench.screen().contains("Shell"), "{}", bench.screen());
    bench.press("enter");
    assert_eq!(bench.ops(), vec![&Op::RunShell { command: "git status".to_owned() }]);
    bench.press("up");
    assert_eq!(bench.draft(), "!git status");
    bench.press("ctrl-c");
    for key in ["esc", "backspace"] {
        bench.type_text("!");
        assert!(bench.screen().contains("Shell"), "{}", bench.screen());
        bench.press(key);
        assert_eq!(bench.draft(), "");
        assert!(!bench.screen().contains("Shell"), "{}", bench.screen());
    }
    bench.type_text("!");
    bench.press("enter");
    assert_eq!((bench.draft().as_str(), bench.ops().len()), ("!", 1), "nothing to run");
    bench.press("ctrl-c");
    bench.say("begin");
    bench.type_text("!ls");
    bench.press("tab");
    assert_eq!(bench.ops().last(), Some(&&Op::RunShell { command: "ls".to_owned() }), "also beside a turn");
}

// covers: tui 73
#[test]
fn shift_tab_cycles_the_mode_and_keys_step_the_effort() {
    let mut bench = Bench::fullscreen();
    bench.press("shift-tab");
    let plan = SettingsChange { collaboration: Some(CollaborationMode::Plan), ..SettingsChange::default() };
    assert_eq!(bench.ops(), vec![&Op::Configure(Box::new(plan))]);
    let changed =
        ThreadInfo { collaboration: CollaborationMode::Plan, ..bench.state.info().unwrap().clone() };
    bench.event(Event::SettingsChanged(Box::new(changed)));
    assert!(bench.screen().contains("Plan"), "{}", bench.screen());
    bench.press("shift-tab");
    let back =
        SettingsChange { collaboration: Some(CollaborationMode::Default), ..SettingsChange::default() };
    assert_eq!(bench.ops().last(), Some(&&Op::Configure(Box::new(back))));
    // Which efforts there are is asked once.
    bench.press("alt-.");
    assert!(matches!(bench.cmds.last(), Some(Cmd::Job(Job::Models))));
    bench.tell(Msg::Done(Done::Models(Ok(Vec::new()))));
    for (key, effort) in [("alt-.", "high"), ("shift-up", "high"), ("alt-,", "low"), ("shift-down", "low")] {
        bench.press(key);
        let effort = Some(Choice::Named(effort.to_owned()));
        let change = SettingsChange { effort, ..SettingsChange::default() };
        assert_eq!(bench.ops().last(), Some(&&Op::Configure(Box::new(change))), "{key}");
    }
    let changed =
        ThreadInfo { reasoning_effort: Some("high".to_owned()), ..bench.state.info().unwrap().clone() };
    bench.event(Event::SettingsChanged(Box::new(changed)));
    assert!(bench.screen().contains("gpt-5.5 high"), "{}", bench.screen());
}

#[test]
fn the_effort_has_the_steps_of_the_model() {
    let mut bench = Bench::fullscreen();
    let efforts = ["minimal", "medium", "max"];
    let choice = |effort: &&str| EffortChoice { effort: (*effort).to_owned(), description: String::new() };
    let model = ModelChoice {
        slug: "gpt-5.5".to_owned(),
        name: "GPT".to_owned(),
        description: String::new(),
        efforts: efforts.iter().map(choice).collect(),
        default_effort: None,
        listed: Listed::Shown,
        standing: Standing::Default,
        upgrade: None,
    };
    bench.press("alt-.");
    bench.tell(Msg::Done(Done::Models(Ok(vec![model]))));
    let asked = |effort: &str| {
        let effort = Some(Choice::Named(effort.to_owned()));
        Op::Configure(Box::new(SettingsChange { effort, ..SettingsChange::default() }))
    };
    assert_eq!(bench.ops(), [&asked("max")]);
    bench.press("alt-,");
    assert_eq!(bench.ops().last(), Some(&&asked("minimal")));
    let changed =
        ThreadInfo { reasoning_effort: Some("max".to_owned()), ..bench.state.info().unwrap().clone() };
    bench.event(Event::SettingsChanged(Box::new(changed)));
    bench.press("alt-.");
    assert!(bench.screen().contains("the effort is max already"), "{}", bench.screen());
}

#[test]
fn a_command_of_ones_own_waits_for_the_conversation() {
    let mut bench = Bench::unopened(Mode::Fullscreen, 80, 24);
    bench.type_text("!ls");
    bench.press("enter");
    bench.type_text("hello");
    bench.press("enter");
    assert_eq!(bench.ops(), Vec::<&Op>::new());
    bench.event(Event::ThreadStarted(Box::new(info())));
    assert_eq!(bench.ops(), [&Op::RunShell { command: "ls".to_owned() }, &turn("hello")]);
}

/// Keys that are pressed so many milliseconds after each other.
fn fast(bench: &mut Bench, now: &mut Duration, gap: u64, text: &str) {
    for c in text.chars() {
        *now += Duration::from_millis(gap);
        bench.tell(Msg::Clock(*now));
        match c {
            '\n' => bench.press("enter"),
            '\t' => bench.press("tab"),
            c => bench.type_text(&c.to_string()),
        }
    }
}

#[test]
fn keys_faster_than_fingers_are_a_paste() {
    let mut now = Duration::ZERO;
    let mut bench = Bench::fullscreen();
    bench.state.settings.paste_burst = true;
    fast(&mut bench, &mut now, 1, "one\n\ttwo\nthree\n");
    assert_eq!((bench.ops(), bench.draft()), (Vec::new(), "one\n\ttwo\nthree".to_owned()));
    bench.tell(Msg::Clock(now + Duration::from_millis(60)));
    assert_eq!((bench.ops(), bench.draft()), (Vec::new(), "one\n\ttwo\nthree\n".to_owned()));
    now += Duration::from_millis(500);
    fast(&mut bench, &mut now, 100, "!\n");
    assert_eq!(bench.ops(), vec![&turn("one\n\ttwo\nthree\n!")]);
}

#[test]
fn one_fast_line_is_sent_a_moment_later_and_input_methods_are_left_alone() {
    let mut now = Duration::ZERO;
    let mut bench = Bench::fullscreen();
    bench.state.settings.paste_burst = true;
    fast(&mut bench, &mut now, 1, "hello\n");
    assert_eq!(bench.ops(), Vec::<&Op>::new());
    bench.tell(Msg::Clock(now + Duration::from_millis(60)));
    assert_eq!(bench.ops(), vec![&turn("hello")]);
    let mut bench = Bench::fullscreen();
    bench.state.settings.paste_burst = true;
    now += Duration::from_secs(1);
    fast(&mut bench, &mut now, 1, "日本語です\n");
    assert_eq!(bench.ops(), vec![&turn("日本語です")]);
    let mut bench = Bench::fullscreen();
    bench.state.settings.paste_burst = false;
    fast(&mut bench, &mut now, 1, "hello\n");
    assert_eq!(bench.ops(), vec![&turn("hello")]);
}

// covers: tui 75
#[test]
fn a_key_is_set_searched_taken_away_and_given_back() {
    let mut bench = Bench::fullscreen();
    let kept = |bench: &Bench| {
        bench.cmds.iter().rev().find_map(|cmd| match cmd {
            Cmd::Job(Job::KeepKeys { context, action, value }) => Some((*context, *action, value.clone())),
            _ => None,
        })
    };
    bench.type_text("/keymap kill_whole");
    bench.press("enter");
    assert!(bench.screen().contains("editor kill whole line"), "{}", bench.screen());
    bench.press("enter");
    assert!(bench.screen().contains("press the new key"), "{}", bench.screen());
    bench.press("ctrl-x");
    bench.press("k");
    let text = SettingValue::Text("ctrl-x k".to_owned());
    assert_eq!(kept(&bench), Some(("editor", "kill_whole_line", text)));
    assert!(bench.screen().contains("ctrl-x k"), "{}", bench.screen());
    bench.press("ctrl-c");
    bench.type_text("gone");
    bench.press("ctrl-x");
    bench.press("k");
    assert_eq!(bench.draft(), "", "it holds at once");
    bench.type_text("/keymap editor.yank");
    bench.press("enter");
    bench.press("delete");
    assert_eq!(kept(&bench), Some(("editor", "yank", SettingValue::Texts(Vec::new()))));
    bench.press("ctrl-r");
    assert_eq!(kept(&bench), Some(("editor", "yank", SettingValue::Absent)));
    bench.press("enter");
    bench.press("esc");
    bench.press("ctrl-c");
    bench.press("ctrl-y");
    assert_eq!(bench.draft(), "gone");
}
