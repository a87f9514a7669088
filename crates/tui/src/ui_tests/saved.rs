//! The list of saved threads: choices, search, previews, and how it does with very many rows.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use codex_core::{SavedShelf, SavedSort, SavedThread, ThreadOrigin};
use codex_protocol::ThreadId;
use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::bench::{Bench, thread_id};
use super::pickers::{SIZES, run};
use crate::state::{Away, Cmd, Done, Job, Listing, Mode, Msg, Scope, Share, Speaker};

fn id(number: u32) -> ThreadId {
    format!("0190aaaa-bbbb-7ccc-8ddd-eeee{number:08x}").parse().unwrap()
}

pub(super) fn saved(number: u32, name: Option<&str>, prompt: Option<&str>, seconds: u64) -> SavedThread {
    let moment = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - seconds);
    SavedThread {
        id: id(number),
        name: name.map(str::to_owned),
        cwd: PathBuf::from("/h/code/demo"),
        branch: Some("main".to_owned()),
        modified: moment,
        created: moment - Duration::from_secs(7200),
        first_prompt: prompt.map(str::to_owned),
    }
}

fn listing(scope: Scope, shelf: SavedShelf, sort: SavedSort) -> Listing {
    Listing { scope, shelf, sort }
}

pub(super) const FIRST: Listing =
    Listing { scope: Scope::ThisFolder, shelf: SavedShelf::Active, sort: SavedSort::Updated };

fn asked(bench: &Bench) -> Vec<Listing> {
    let ask = |cmd: &Cmd| match cmd {
        Cmd::ListSaved { listing } => Some(*listing),
        _ => None,
    };
    bench.cmds.iter().filter_map(ask).collect()
}

/// The first rows of a list.
pub(super) fn first(listing: Listing, rows: Vec<SavedThread>) -> Msg {
    Msg::Saved { listing, share: Share::First, rows: Ok(rows), more: false }
}

fn jobs(bench: &Bench) -> Vec<Job> {
    bench
        .cmds
        .iter()
        .filter_map(|cmd| if let Cmd::Job(job) = cmd { Some(job.clone()) } else { None })
        .collect()
}

fn opened(mode: Mode, width: u16, height: u16) -> Bench {
    let mut bench = Bench::open(mode, width, height);
    run(&mut bench, "/resume");
    let rows = vec![
        saved(1, Some("rename the helper"), Some("please rename the helper and run the checks"), 5),
        saved(2, None, Some("why is the build\nred?"), 7200),
        saved(3, None, None, 90_000),
    ];
    bench.tell(first(FIRST, rows));
    bench
}

#[test]
fn rows_search_and_preview() {
    for (width, height) in SIZES {
        let mut bench = opened(Mode::Fullscreen, width, height);
        bench.press("down");
        let said = vec![
            (Speaker::Person, "why is the build\nred?".to_owned()),
            (Speaker::Deed, "make".to_owned()),
            (Speaker::Model, "A header is missing.\nIt is there again.".to_owned()),
        ];
        assert!(jobs(&bench).contains(&Job::Preview { id: id(1) }));
        // The one that was being read is not the chosen one any more: that one is asked for next.
        bench.tell(Msg::Done(Done::Preview { id: id(1), said: Vec::new() }));
        assert!(jobs(&bench).contains(&Job::Preview { id: id(2) }));
        bench.tell(Msg::Done(Done::Preview { id: id(2), said }));
        assert_snapshot!(format!("saved_{width}x{height}"), bench.screen());
        bench.press("ctrl-o");
        bench.press("ctrl-e");
        assert_snapshot!(format!("saved_comfortable_{width}x{height}"), bench.screen());
        bench.type_text("CHECKS demo");
        assert_snapshot!(format!("saved_filtered_{width}x{height}"), bench.screen());
    }
}

#[test]
fn tab_and_arrows_change_what_is_listed() {
    let mut bench = opened(Mode::Fullscreen, 80, 24);
    assert_eq!(asked(&bench), [FIRST]);
    bench.press("tab");
    bench.press("right");
    let all = listing(Scope::AllFolders, SavedShelf::Active, SavedSort::Updated);
    assert_eq!(asked(&bench)[1..], [all]);
    bench.press("tab");
    bench.press("left");
    bench.press("tab");
    bench.press("right");
    let last = listing(Scope::AllFolders, SavedShelf::Archived, SavedSort::Created);
    assert_eq!(asked(&bench).last(), Some(&last));
    // Late rows of another list are not shown in this one.
    bench.tell(first(all, vec![saved(9, Some("late"), None, 1)]));
    assert!(!bench.screen().contains("late"));
    bench.tell(first(last, vec![saved(4, Some("old one"), None, 1)]));
    bench.press("enter");
    assert!(bench.screen().contains("takes it back"));
    bench.press("ctrl-a");
    assert_eq!(jobs(&bench).last(), Some(&Job::PutAway { id: id(4), away: Away::TakeBack }));
}

#[test]
fn a_thread_is_opened_forked_read_or_put_away() {
    let mut bench = opened(Mode::Fullscreen, 80, 24);
    bench.press("ctrl-a");
    assert_eq!(jobs(&bench).last(), Some(&Job::PutAway { id: id(1), away: Away::Archive }));
    bench.tell(Msg::Done(Done::PutAway { away: Away::Archive, result: Err("it is in use".to_owned()) }));
    assert!(bench.screen().contains("it is in use"));
    bench.press("ctrl-t");
    assert_eq!(jobs(&bench).last(), Some(&Job::Transcript { id: id(1) }));
    bench.tell(Msg::Done(Done::Transcript { id: id(1), text: Ok("## You\n\nhello there\n".to_owned()) }));
    assert!(bench.screen().contains("hello there"));
    bench.press("esc");
    assert!(bench.screen().contains("rename the helper"));
    bench.press("down");
    bench.press("alt-f");
    let forks = |cmd: &Cmd| matches!(cmd, Cmd::Open(ThreadOrigin::Fork(_)));
    assert!(bench.cmds.iter().any(forks), "{:?}", bench.cmds.last());
    let mut bench = opened(Mode::Fullscreen, 80, 24);
    bench.press("enter");
    assert!(bench.cmds.iter().any(|cmd| matches!(cmd, Cmd::Open(ThreadOrigin::Resume(_)))));
    assert!(bench.state.overlays.is_empty());
}

#[test]
fn the_open_thread_is_not_put_away_from_the_list() {
    let mut bench = Bench::fullscreen();
    run(&mut bench, "/resume");
    let own = SavedThread { id: thread_id(), ..saved(1, Some("mine"), None, 1) };
    bench.tell(first(FIRST, vec![own]));
    bench.press("ctrl-a");
    assert!(bench.screen().contains("/archive puts it away"));
    assert!(!jobs(&bench).iter().any(|job| matches!(job, Job::PutAway { .. })));
}

#[test]
fn ten_thousand_threads_are_searched_between_two_keys() {
    let mut bench = Bench::open(Mode::Fullscreen, 120, 40);
    run(&mut bench, "/resume");
    let rows = (0..10_000).map(|number| {
        let prompt =
            format!("please look at part {number} of the big machine and tell what is wrong with it");
        saved(number, None, Some(&prompt), u64::from(number))
    });
    bench.tell(first(FIRST, rows.collect()));
    let begun = Instant::now();
    let keys = "part 9999";
    for c in keys.chars() {
        bench.press(if c == ' ' { "space" } else { "x" });
        bench.press("backspace");
        bench.type_text(&c.to_string());
        bench.screen();
    }
    // Unoptimised, and on a busy machine: the bound is far above what a person may feel in a release.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(bench.screen().contains("part 9999 of the big machine"));
    assert!(bench.screen().contains("1 / 1 · 100%"));
}

#[test]
fn later_rows_follow_and_nothing_that_is_shown_moves() {
    let mut bench = Bench::open(Mode::Fullscreen, 80, 24);
    run(&mut bench, "/resume");
    let share = |share: Share, numbers: std::ops::Range<u32>, more: bool| {
        let row = |number| saved(number, Some(&format!("work x{number}")), None, u64::from(number));
        Msg::Saved { listing: FIRST, share, rows: Ok(numbers.map(row).collect()), more }
    };
    bench.tell(share(Share::First, 0..3, true));
    bench.press("down");
    assert!(bench.screen().contains("2 / 3+"));
    // What is being read reaches the list below a page, too.
    bench.press("ctrl-t");
    bench.tell(share(Share::Later, 3..6, true));
    bench.press("esc");
    assert!(bench.screen().contains("2 / 6+"), "{}", bench.screen());
    bench.type_text("work x7");
    assert!(bench.screen().contains("older ones are being read"));
    bench.tell(share(Share::Later, 6..8, false));
    assert!(bench.screen().contains("1 / 1 ·"), "{}", bench.screen());
    assert!(bench.screen().contains("work x7"));
    // Rows of a list that is not shown any more are dropped.
    let other = listing(Scope::AllFolders, SavedShelf::Active, SavedSort::Updated);
    let late = vec![saved(9, Some("work x7 late"), None, 1)];
    bench.tell(Msg::Saved { listing: other, share: Share::Later, rows: Ok(late), more: false });
    assert!(!bench.screen().contains("late"));
}

#[test]
fn the_list_fits_every_screen() {
    for (width, height) in [(20, 6), (10, 3), (5, 2), (1, 1)] {
        let mut bench = opened(Mode::Inline, width, height);
        for key in ["down", "ctrl-o", "ctrl-e", "tab", "right", "x", "page-down", "end"] {
            bench.press(key);
            bench.screen();
        }
    }
}
