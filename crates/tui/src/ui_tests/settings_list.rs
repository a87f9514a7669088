//! `/config`: what a switch does, and where the other rows lead. The lists of warnings and themes.

use codex_config::SettingValue;
use codex_protocol::Event;
use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::bench::Bench;
use crate::state::{Cmd, Job, Mode};

fn copies(bench: &Bench) -> Vec<&str> {
    let texts = bench.cmds.iter().filter_map(|cmd| match cmd {
        Cmd::Copy(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

#[test]
fn a_switch_is_saved_as_it_is_turned_and_the_list_stays() {
    let mut bench = Bench::fullscreen();
    bench.type_text("/config");
    bench.press("enter");
    assert!(bench.screen().contains("[x] Motion"), "{}", bench.screen());
    bench.press("enter");
    let kept = bench.cmds.iter().find_map(|cmd| match cmd {
        Cmd::Job(Job::Keep { key, value }) => Some((key.join("."), value.clone())),
        _ => None,
    });
    assert_eq!(kept, Some(("tui.animations".to_owned(), SettingValue::Flag(false))));
    assert!(bench.screen().contains("[ ] Motion"), "{}", bench.screen());
    bench.type_text("/theme");
    bench.press("enter");
    assert!(bench.screen().contains("Colours"), "{}", bench.screen());
}

#[test]
fn skills_open_the_mention_of_skills() {
    let mut bench = Bench::fullscreen();
    bench.type_text("/skills");
    bench.press("enter");
    assert_eq!(bench.draft(), "$");
    assert!(bench.cmds.iter().any(|cmd| matches!(cmd, Cmd::ListSkills)));
}

#[test]
fn warnings_are_copied_and_dismissed_one_by_one() {
    let mut bench = Bench::fullscreen();
    bench.press("f2");
    assert!(bench.screen().contains("there are no warnings"), "{}", bench.screen());
    for text in ["first warning", "second warning", "first warning"] {
        bench.event(Event::Warning { message: text.to_owned() });
    }
    bench.press("left");
    assert!(bench.screen().contains("2 warnings (f2)"), "{}", bench.screen());
    bench.press("f2");
    assert_snapshot!("warnings", bench.screen());
    bench.press("down");
    bench.press("d");
    assert!(!bench.screen().contains("2. "), "{}", bench.screen());
    bench.press("enter");
    assert_eq!(copies(&bench), ["first warning"]);
    bench.type_text("/warnings");
    bench.press("enter");
    bench.press("d");
    assert!(bench.screen().contains("no warnings are left"), "{}", bench.screen());
    bench.press("x");
    assert!(!bench.screen().contains("warnings ("), "{}", bench.screen());
}

#[test]
fn a_theme_is_shown_on_a_sample() {
    let mut bench = Bench::open(Mode::Fullscreen, 80, 30);
    bench.type_text("/theme");
    bench.press("enter");
    let screen = bench.screen();
    assert!(
        screen.contains("-    format!(\"hello {name}\")") && screen.contains("› 1. automatic"),
        "{screen}"
    );
    // Where there is no room the list has it all.
    let mut bench = Bench::open(Mode::Fullscreen, 40, 12);
    bench.type_text("/theme");
    bench.press("enter");
    let screen = bench.screen();
    assert!(!screen.contains("format!") && screen.contains("1. automatic"), "{screen}");
}
