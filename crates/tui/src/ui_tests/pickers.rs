//! Lists, checklists and pages: what they look like, and that nothing counts before it is chosen.

use codex_config::SettingValue;
use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::bench::{Bench, reply};
use crate::state::{Cmd, Done, Job, Mode, Msg};

pub(super) const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];

/// Types a command and runs it.
pub(super) fn run(bench: &mut Bench, command: &str) {
    bench.type_text(command);
    bench.press("enter");
}

/// What was asked to be kept in the settings.
pub(super) fn kept(bench: &Bench) -> Vec<(String, SettingValue)> {
    let keep = |cmd: &Cmd| match cmd {
        Cmd::Job(Job::Keep { key, value }) => Some((key.join("."), value.clone())),
        _ => None,
    };
    bench.cmds.iter().filter_map(keep).collect()
}

#[test]
fn a_theme_is_tried_on_while_moving() {
    for (width, height) in SIZES {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        run(&mut bench, "/theme");
        bench.press("down");
        assert_snapshot!(format!("theme_{width}x{height}"), bench.screen());
    }
    let mut bench = Bench::fullscreen();
    let before = bench.state.theme().name;
    run(&mut bench, "/theme");
    for c in "gruvbox-l".chars() {
        bench.press(&c.to_string());
    }
    assert_eq!((bench.state.theme().name, kept(&bench)), ("gruvbox-light", Vec::new()));
    bench.press("esc");
    bench.press("esc");
    assert_eq!((bench.state.theme().name, kept(&bench)), (before, Vec::new()));
    run(&mut bench, "/theme");
    bench.type_text("nord");
    bench.press("enter");
    assert_eq!(bench.state.theme().name, "nord");
    assert_eq!(kept(&bench), [("tui.theme".to_owned(), SettingValue::Text("nord".to_owned()))]);
}

#[test]
fn a_choice_that_cannot_be_kept_says_so() {
    let mut bench = Bench::fullscreen();
    bench.tell(Msg::Done(Done::Kept(Err("config.toml: read-only".to_owned()))));
    assert!(bench.screen().contains("could not be kept: config.toml: read-only"));
}

#[test]
fn items_of_the_status_line_are_switched_with_a_preview() {
    for (width, height) in SIZES {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        run(&mut bench, "/statusline");
        bench.type_text("provider");
        bench.press("space");
        bench.press("esc");
        assert_snapshot!(format!("statusline_{width}x{height}"), bench.screen());
        bench.press("esc");
        assert_eq!(kept(&bench), []);
    }
    let mut bench = Bench::fullscreen();
    run(&mut bench, "/title");
    bench.press("right");
    bench.press("enter");
    let items = ["thread-name", "activity", "project-name"].map(str::to_owned).to_vec();
    assert_eq!(kept(&bench), [("tui.terminal_title".to_owned(), SettingValue::Texts(items))]);
}

// covers: tui 72
#[test]
fn the_title_spins_and_calls() {
    let mut bench = Bench::fullscreen();
    assert_eq!(crate::draw::title(&bench.state), "demo");
    bench.say("go");
    assert_eq!(crate::draw::title(&bench.state), "⠋ demo");
}

#[test]
fn a_reply_with_code_can_be_copied_in_parts() {
    let mut bench = Bench::fullscreen();
    bench.say("how?");
    bench.done(reply("m", "Run this:\n\n```sh\nmake all\n```\n\nthen wait."));
    bench.complete();
    run(&mut bench, "/copy");
    assert_snapshot!("copy_80x24", bench.screen());
    bench.press("2");
    let copied =
        bench.cmds.iter().find_map(|cmd| if let Cmd::Copy(text) = cmd { Some(text.clone()) } else { None });
    assert_eq!(copied.as_deref(), Some("make all\n"));
}

#[test]
fn the_diff_is_a_page_with_find_that_esc_closes() {
    let diff =
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n-old word\n+new \u{1b}[31mword\n";
    for (width, height) in SIZES {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        run(&mut bench, "/diff");
        assert!(bench.screen().contains("asking git"));
        bench.tell(Msg::Done(Done::Diff(Ok(diff.to_owned()))));
        bench.press("/");
        bench.type_text("WORD");
        bench.press("enter");
        bench.press("n");
        assert_snapshot!(format!("diff_{width}x{height}"), bench.screen());
        bench.press("esc");
        assert!(bench.screen().contains("esc close"));
        bench.press("esc");
        assert!(bench.state.overlays.is_empty());
    }
}

#[test]
fn small_commands_answer() {
    let mut bench = Bench::fullscreen();
    run(&mut bench, "/pwd");
    assert!(bench.screen().contains("/h/code/demo"));
    run(&mut bench, "/mention");
    assert_eq!(bench.draft(), "@");
    bench.press("ctrl-c");
    run(&mut bench, "/export notes.md");
    let job = bench
        .cmds
        .iter()
        .rev()
        .find_map(|cmd| if let Cmd::Job(job) = cmd { Some(job.clone()) } else { None });
    let path = "/h/code/demo/notes.md".into();
    assert_eq!(job, Some(Job::Export { id: super::bench::thread_id(), path }));
    run(&mut bench, "/init");
    assert!(bench.screen().contains("AGENTS.md"));
}

#[test]
fn lists_fit_every_screen() {
    for (width, height) in [(20, 6), (10, 3), (5, 2), (1, 1)] {
        for command in ["/theme", "/statusline", "/title", "/tui", "/diff", "/help"] {
            let mut bench = Bench::open(Mode::Fullscreen, width, height);
            run(&mut bench, command);
            for key in ["down", "end", "up", "/", "x", "page-down"] {
                bench.press(key);
                bench.screen();
            }
        }
    }
}
