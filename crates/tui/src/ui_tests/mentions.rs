//! The popups of files and skills.

use std::path::PathBuf;

use codex_file_search::{Found, Kind, Match};
use codex_skills::{Scope, Skill};
use pretty_assertions::assert_eq;

use super::bench::{Bench, turn};
use crate::state::{Cmd, Mode, Msg};

fn hit(path: &str, kind: Kind, marked: &[u32]) -> Match {
    Match { path: path.to_owned(), kind, marked: marked.to_vec() }
}

fn found(query: &str, matches: Vec<Match>) -> Msg {
    let total = matches.len();
    Msg::Files(Found { query: query.to_owned(), matches, total, complete: true })
}

fn skill(name: &str, description: &str) -> Skill {
    Skill {
        name: name.to_owned(),
        description: description.to_owned(),
        short_description: None,
        path: PathBuf::from("/h/.codex/skills/x/SKILL.md"),
        scope: Scope::User,
    }
}

/// What was asked of the search, newest last.
fn asked(bench: &Bench) -> Vec<String> {
    let asked = bench.cmds.iter().filter_map(|cmd| match cmd {
        Cmd::FindFiles(query) => Some(format!("@{query}")),
        Cmd::EndFileSearch => Some("end".to_owned()),
        Cmd::ListSkills => Some("skills".to_owned()),
        _ => None,
    });
    asked.collect()
}

// covers: tui 26
#[test]
fn an_at_sign_lists_files_and_enter_or_tab_inserts_one() {
    for key in ["enter", "tab"] {
        let mut bench = Bench::fullscreen();
        bench.type_text("see @ze");
        bench.tell(found(
            "ze",
            vec![
                hit("zebra_notes.md", Kind::File, &[0, 1]),
                hit("src/ze bra.rs", Kind::File, &[4, 5]),
                hit("src/zeta", Kind::Folder, &[4, 5]),
            ],
        ));
        assert_eq!(asked(&bench), ["@", "@z", "@ze"]);
        if key == "enter" {
            insta::assert_snapshot!("mention_80x24", bench.screen());
        }
        bench.press("down");
        bench.press(key);
        assert_eq!((bench.draft().as_str(), bench.ops().len()), ("see \"src/ze bra.rs\" ", 0));
        assert_eq!(asked(&bench).last().map(String::as_str), Some("end"));
        bench.type_text("now");
        bench.press("enter");
        assert_eq!(bench.ops(), vec![&turn("see \"src/ze bra.rs\" now")]);
    }
}

#[test]
fn escape_closes_the_files_and_nothing_found_holds_nothing_up() {
    let mut bench = Bench::fullscreen();
    bench.type_text("@z");
    assert!(bench.screen().contains("looking for files"), "{}", bench.screen());
    bench.press("esc");
    assert_eq!((bench.draft().as_str(), asked(&bench).last().unwrap().as_str()), ("@z", "end"));
    bench.tell(found("z", vec![hit("z", Kind::File, &[0])]));
    assert!(!bench.screen().contains("File"), "late answers open nothing: {}", bench.screen());
    bench.type_text("q");
    bench.tell(found("zq", Vec::new()));
    assert!(bench.screen().contains("no file or folder matches"), "{}", bench.screen());
    bench.press("enter");
    assert_eq!(bench.ops(), vec![&turn("@zq")]);
}

#[test]
fn names_of_files_cannot_reach_the_terminal_and_fit_any_width() {
    for width in [6, 20, 40, 80] {
        let mut bench = Bench::open(Mode::Fullscreen, width, 12);
        bench.type_text("@x");
        let long = format!("日本/{}\u{1b}[31m\n語.rs", "x".repeat(100));
        bench.tell(found("x", (0..20).map(|_| hit(&long, Kind::File, &[3, 104])).collect()));
        let screen = bench.screen();
        assert!(!screen.contains('\u{1b}'), "{screen}");
        assert!(screen.contains('…'), "{screen}");
    }
}

// covers: tui 27
#[test]
fn a_dollar_sign_lists_skills_and_enter_inserts_the_name() {
    let mut bench = Bench::fullscreen();
    bench.type_text("use $");
    bench.tell(Msg::Skills(vec![
        skill("deploy", "ships it"),
        skill("re-deploy", "again"),
        skill("lint", "looks"),
    ]));
    assert_eq!(asked(&bench), ["skills"]);
    insta::assert_snapshot!("skills_80x24", bench.screen());
    bench.type_text("dep");
    bench.press("down");
    bench.press("enter");
    assert_eq!((bench.draft().as_str(), bench.ops().len()), ("use $re-deploy ", 0));
    bench.type_text("costs $5");
    bench.press("enter");
    assert_eq!(bench.ops(), vec![&turn("use $re-deploy costs $5")]);
}
