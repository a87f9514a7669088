//! Defaults, changes, chords and conflicts.

use pretty_assertions::assert_eq;

use super::*;
use crate::keymap::Bound;

fn key(name: &str) -> Key {
    name.parse().unwrap()
}

#[test]
fn every_default_key_has_a_name_that_parses() {
    fn check<A>(table: &[(A, &'static str, &'static [&'static str])]) {
        for (_, action, keys) in table {
            for key in *keys {
                assert!(key.parse::<Chord>().is_ok(), "{action}: {key}");
            }
        }
    }
    check(GLOBAL);
    check(CHAT);
    check(COMPOSER);
    check(EDITOR);
    check(VIM_NORMAL);
    check(VIM_OPERATOR);
    check(VIM_TEXT_OBJECT);
    check(VIM_SEARCH);
    check(PAGER);
    check(LIST);
    check(APPROVAL);
}

#[test]
fn a_default_key_means_one_thing_in_its_context() {
    let rows: Vec<KeyRow> = Keys::default().rows().collect();
    for (at, row) in rows.iter().enumerate() {
        for other in rows.iter().skip(at + 1).filter(|other| live_together(row, other)) {
            for chord in &row.chords {
                let both = other.chords.contains(chord);
                assert!(
                    !both,
                    "{chord}: {}.{} and {}.{}",
                    row.context, row.action, other.context, other.action
                );
            }
        }
    }
}

#[test]
fn changes_replace_the_default_and_bad_ones_say_where() {
    let mut keys = Keys::default();
    keys.set("editor", "kill_whole_line", &["ctrl-x k"]).unwrap();
    let kill = keys.rows().find(|row| row.action == "kill_whole_line").unwrap();
    assert_eq!((kill.context, kill.keys(), kill.changed), ("editor", vec!["ctrl-x k".to_owned()], true));
    assert_eq!(keys.editor.find(&[key("ctrl-x")]), Bound::Begun);
    assert_eq!(keys.editor.find(&[key("ctrl-x"), key("k")]), Bound::Action(EditorAction::KillWholeLine));
    assert_eq!(keys.set("agents", "new_task", &["n"]), Ok(()), "not ours, and no mistake");
    for (context, action, key, message) in [
        ("pages", "close", "q", "`tui.keymap.pages` is not a context of keys; /keymap lists them"),
        ("editor", "jump", "q", "`tui.keymap.editor` has no action `jump`; /keymap lists them"),
        (
            "editor",
            "yank",
            "hyper-y",
            "tui.keymap.editor.yank: `hyper-y` is not a key; keys look like `ctrl-a`, `shift-tab`, `page-down`, `f3` or `?`",
        ),
        ("editor", "yank", "a b c", "tui.keymap.editor.yank: `a b c` is too long; a chord has two keys"),
        (
            "editor",
            "yank",
            "leader",
            "tui.keymap.editor.yank: the leader key begins chords such as `leader k` and means nothing by itself",
        ),
        ("global", "leader", "a b", "tui.keymap.global.leader: the leader is single keys, not a chord"),
    ] {
        assert_eq!(keys.set(context, action, &[key]).unwrap_err().to_string(), message);
    }
    keys.reset("editor", "kill_whole_line").unwrap();
    assert_eq!(keys.editor.find(&[key("ctrl-x")]), Bound::Nothing);
}

#[test]
fn the_leader_begins_chords_and_can_be_moved() {
    let mut keys = Keys::default();
    keys.set("global", "copy", &["leader y"]).unwrap();
    assert_eq!(keys.global.find(&[key("ctrl-x"), key("y")]), Bound::Action(Action::Copy));
    assert_eq!(keys.global.hint(Action::Copy), Some("ctrl+x y".to_owned()));
    keys.set("global", "leader", &["f9"]).unwrap();
    assert_eq!(keys.global.find(&[key("ctrl-x")]), Bound::Nothing);
    assert_eq!(keys.global.find(&[key("f9"), key("y")]), Bound::Action(Action::Copy));
    keys.reset("global", "leader").unwrap();
    assert_eq!(keys.global.hint(Action::Copy), Some("ctrl+x y".to_owned()));
}

#[test]
fn conflicts_name_both_actions_and_the_choice_of_the_person_wins() {
    let mut keys = Keys::default();
    assert_eq!(keys.conflicts(), Vec::<String>::new());
    keys.set("editor", "yank", &["ctrl-k"]).unwrap();
    keys.set("global", "copy", &["ctrl-x"]).unwrap();
    keys.set("editor", "undo", &["leader u"]).unwrap();
    assert_eq!(
        keys.conflicts(),
        [
            "tui.keymap.global.copy: `ctrl-x` is also a key of tui.keymap.editor.undo; only one of them can have it",
            "tui.keymap.editor.yank: `ctrl-k` is also a key of tui.keymap.editor.kill_line_end; only one of them can have it",
        ]
    );
    assert_eq!(keys.editor.one(key("ctrl-k")), Some(EditorAction::Yank));
}
