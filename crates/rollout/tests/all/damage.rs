//! Damaged files (`rollouts.md §5`): what is readable is kept, what is not is named, nothing panics.

use std::fs;

use codex_rollout::{RolloutError, SkipReason, Skipped, ThreadRef};
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::json;

use crate::support::{Home, Lines, stored, told, user};

/// A thread of two messages with `damage` between or behind them, loaded; then one more message is appended and
/// it is loaded again. Gives what was told each time, and why lines were skipped.
fn resumed(build: impl FnOnce(&mut Lines)) -> (Vec<String>, Vec<String>, Vec<SkipReason>, u64) {
    let home = Home::new();
    let mut lines = Lines::paginated();
    build(&mut lines);
    home.put(lines.id, &lines.text);
    let (thread, mut writer) = home.resume(lines.id);
    assert_eq!(fs::read(writer.path()).expect("file"), lines.text, "resuming changes nothing");
    let next_ordinal = writer.next_ordinal();
    writer.append(&user("more")).expect("append");
    assert!(fs::read(writer.path()).expect("file").starts_with(&lines.text), "lines stay");
    drop(writer);
    let again = home.load(lines.id);
    assert_eq!(again.next_ordinal, next_ordinal + 1);
    let reasons = thread.skipped.into_iter().map(|skipped| skipped.reason).collect();
    (told(&thread.history), told(&again.history), reasons, next_ordinal)
}

fn both() -> Vec<String> {
    vec!["user: a".to_owned(), "user: b".to_owned()]
}

fn all() -> Vec<String> {
    vec!["user: a".to_owned(), "user: b".to_owned(), "user: more".to_owned()]
}

// covers: rollouts 13
#[test]
fn a_torn_last_line_stays_and_is_followed_by_a_newline() {
    for torn in [
        &b"{\"timestamp\":\"2025-01-02T03:04:05.678Z\",\"ordinal\":3,\"type\":\"response_item\",\"payl"[..],
        b"{\"timestamp\":\"2025-01-02T03:04:05.678Z\",\"ordinal\":3,\"type\":\"event_msg\",\"payload\":{\"type\":\"item_completed\",\"x\":{}",
        b"{\"timestamp\":\"2025-01-02T03:04:05.678Z\",\"ordinal\":3,\"type\":\"world_state\",\"payload\":{\"a\":\"\xc3",
        b"{",
    ] {
        let got = resumed(|lines| {
            lines.message("user", "a").message("user", "b").raw(torn);
        });
        assert_eq!(got, (both(), all(), vec![SkipReason::Torn], 3));
    }
}

// covers: rollouts 13
#[test]
fn a_last_line_without_newline_counts() {
    let got = resumed(|lines| {
        lines.message("user", "a").message("user", "b");
        lines.text.pop();
    });
    assert_eq!(got, (both(), all(), vec![], 3));
}

/// A damaged line, and how its reason is recognised; none for a line that is no loss.
type Case = (&'static [u8], Option<fn(&SkipReason) -> bool>);

// covers: rollouts 14
#[test]
fn unusable_lines_are_passed_over() {
    let cases: [Case; 9] = [
        (b"garbage\n", Some(|reason| matches!(reason, SkipReason::NotALine(_)))),
        (b"{\"a\":1}\n", Some(|reason| matches!(reason, SkipReason::NotALine(_)))),
        (b"[]\n", Some(|reason| matches!(reason, SkipReason::NotALine(_)))),
        (b"\n", None),
        (b"  \r\n", None),
        (b"\0\0\0\n", None),
        (
            b"{\"timestamp\":\"t\",\"ordinal\":9,\"type\":\"hologram\",\"payload\":{}}\n",
            Some(|reason| *reason == SkipReason::UnknownType("hologram".to_owned())),
        ),
        (b"{\"timestamp\":\"t\",\"ordinal\":9,\"type\":\"event_msg\",\"payload\":{\"type\":\"new_event\"}}\n", None),
        (
            b"{\"timestamp\":\"t\",\"ordinal\":9,\"type\":\"response_item\",\"payload\":{\"type\":\"new_item\"}}\n",
            Some(|reason| *reason == SkipReason::UnknownItem("new_item".to_owned())),
        ),
    ];
    for (damage, expected) in cases {
        let (told, again, reasons, _) = resumed(|lines| {
            lines.message("user", "a").raw(damage).message("user", "b");
        });
        let damage = String::from_utf8_lossy(damage);
        assert_eq!((told, again), (both(), all()), "{damage:?}");
        match expected {
            Some(is) => assert!(reasons.len() == 1 && is(&reasons[0]), "{damage:?}: {reasons:?}"),
            None => assert_eq!(reasons, [], "{damage:?}"),
        }
    }
}

// covers: rollouts 15
#[test]
fn a_line_of_invalid_utf8_costs_only_itself() {
    let (told, again, reasons, _) = resumed(|lines| {
        lines.message("user", "a");
        lines.raw(b"{\"timestamp\":\"t\",\"ordinal\":9,\"type\":\"response_item\",\"payload\":{\"type\":\"\xff\"}}\n");
        lines.message("user", "b");
    });
    assert_eq!((told, again, reasons), (both(), all(), vec![SkipReason::InvalidUtf8]));
}

#[test]
fn an_unknown_item_counts_for_the_ordinal() {
    let (_, _, _, next_ordinal) = resumed(|lines| {
        lines.message("user", "a").message("user", "b").line("response_item", json!({"type": "new_item"}));
    });
    assert_eq!(next_ordinal, 4);
}

#[test]
fn nul_bytes_around_lines_do_not_count() {
    let got = resumed(|lines| {
        lines.message("user", "a").raw([0; 5000]).message("user", "b").raw([0; 5000]);
    });
    assert_eq!(got, (both(), all(), vec![], 3));
}

#[test]
fn a_gap_in_the_ordinals_is_no_damage() {
    let got = resumed(|lines| {
        lines.message("user", "a").raw(
            "{\"timestamp\":\"t\",\"ordinal\":41,\"type\":\"response_item\",\"payload\":{\"type\":\"message\",\
             \"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"b\"}]}}\n",
        );
    });
    assert_eq!(got, (both(), all(), vec![], 42));
}

#[test]
fn what_was_skipped_is_said_with_its_place() {
    let home = Home::new();
    let mut lines = Lines::paginated();
    let offset = lines.text.len() as u64;
    lines.raw("garbage\n").message("user", "a");
    let path = home.put(lines.id, &lines.text);
    let thread = home.load(lines.id);
    let [Skipped { path: at, offset: found, .. }] = &thread.skipped[..] else {
        panic!("{:?}", thread.skipped)
    };
    assert_eq!((at, *found), (&path, offset));
    assert!(thread.skipped[0].to_string().contains(&format!("at byte {offset}: not a line")));
}

#[test]
fn only_the_first_of_many_skipped_lines_are_kept() {
    let home = Home::new();
    let mut lines = Lines::paginated();
    lines.raw("garbage\n".repeat(1000)).message("user", "a");
    home.put(lines.id, &lines.text);
    let thread = home.load(lines.id);
    assert_eq!((thread.skipped.len(), thread.skipped_total), (64, 1000));
}

fn refusal(bytes: &[u8]) -> RolloutError {
    let home = Home::new();
    let id = codex_protocol::ThreadId::new_v7();
    home.put(id, bytes);
    let error = home.store.resume(&ThreadRef::Id(id)).expect_err("refused");
    assert!(error.hint().is_some(), "{error}");
    assert_eq!(home.store.load(&home.file(id)).expect_err("refused").to_string(), error.to_string());
    error
}

// covers: rollouts 16
#[test]
fn an_empty_file_is_refused() {
    let error = refusal(b"");
    assert!(matches!(error, RolloutError::Empty { .. }));
    assert!(error.to_string().ends_with(".jsonl is empty"), "{error}");
}

#[test]
fn a_file_that_does_not_begin_with_its_meta_is_refused() {
    let mut lines = Lines::paginated();
    lines.message("user", "a");
    let without_meta = &lines.text[lines.text.iter().position(|byte| *byte == b'\n').expect("line") + 1..];
    for bytes in [
        without_meta,
        b"{\"id\":\"01a1fcb1-7956-71e3-9cb6-b65e57be8259\",\"timestamp\":\"t\",\"instructions\":null}\n{\"type\":\"message\"}\n",
        b"\n\n",
        b"\0\0\0\0",
        b"\xff\xfe\n",
        b"{\"timestamp\":\"t\",\"type\":\"session_meta\",\"payload\":{\"id\":\"x\"}}\n",
        &lines.text[..40],
    ] {
        let error = refusal(bytes);
        assert!(matches!(error, RolloutError::NotAThread { .. }), "{error}");
    }
}

#[test]
fn a_thread_of_its_meta_alone_is_a_fresh_one() {
    for newline in [true, false] {
        let home = Home::new();
        let mut lines = Lines::paginated();
        if !newline {
            lines.text.pop();
        }
        home.put(lines.id, &lines.text);
        let (thread, writer) = home.resume(lines.id);
        assert_eq!((thread.history, thread.skipped_total, writer.next_ordinal()), (vec![], 0, 1));
    }
}

#[test]
fn a_paginated_thread_with_an_unnumbered_end_is_refused() {
    let mut lines = Lines::paginated();
    lines.message("user", "a");
    lines.raw("{\"timestamp\":\"t\",\"type\":\"event_msg\",\"payload\":{\"type\":\"user_message\",\"message\":\"x\"}}\n");
    assert!(matches!(refusal(&lines.text), RolloutError::UnnumberedTail { .. }));
    // Numbered again, the thread is whole but for the number.
    lines.raw("{\"timestamp\":\"t\",\"ordinal\":3,\"type\":\"event_msg\",\"payload\":{\"type\":\"x\"}}\n");
    let home = Home::new();
    home.put(lines.id, &lines.text);
    assert_eq!(home.load(lines.id).next_ordinal, 4);
}

#[test]
fn the_first_line_repeated_inside_does_no_harm() {
    let home = Home::new();
    let mut lines = Lines::legacy();
    let first = lines.text.clone();
    lines.message("user", "a").raw(&first).message("user", "b");
    let path = home.put(lines.id, &lines.text);
    assert_eq!(told(&home.load(lines.id).history), both());
    assert_eq!(stored(&path).len(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let home = Home::new();
        let id = codex_protocol::ThreadId::new_v7();
        home.put(id, &bytes);
        prop_assert!(home.store.resume(&ThreadRef::Id(id)).is_err());
    }

    #[test]
    fn good_lines_survive_any_bytes_around_them(
        noise in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 1..6),
        cut in 0usize..300,
    ) {
        let home = Home::new();
        let mut lines = Lines::paginated();
        for (at, noise) in noise.iter().enumerate() {
            lines.message("user", &at.to_string()).raw(noise).raw("\n");
        }
        // The next line is torn anywhere.
        let whole = lines.text.len();
        lines.message("user", "torn");
        let cut = whole + cut.min(lines.text.len() - whole - 2);
        lines.text.truncate(cut);
        home.put(lines.id, &lines.text);
        let (thread, mut writer) = home.resume(lines.id);
        let expected: Vec<String> = (0..noise.len()).map(|at| format!("user: {at}")).collect();
        prop_assert_eq!(&told(&thread.history)[..], &expected[..]);
        writer.append(&user("more")).expect("append");
        drop(writer);
        let again = told(&home.load(lines.id).history);
        prop_assert_eq!(&again[..noise.len()], &expected[..]);
        prop_assert_eq!(again.last().map(String::as_str), Some("user: more"));
    }
}
