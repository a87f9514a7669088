//! `/config`: what a switch does, and where the other rows lead.

use codex_config::SettingValue;
use pretty_assertions::assert_eq;

use super::bench::Bench;
use crate::state::{Cmd, Job};

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
