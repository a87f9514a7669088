//! Questions to the person: what is shown, which keys answer, and that nothing is approved by accident.

use std::collections::BTreeMap;
use std::path::PathBuf;

use codex_protocol::{
    AdditionalPermissions, Approval, ApprovalId, ApprovalRequest, AskedSandbox, CallId, Decision, Event,
    FileChange, ItemId, NetworkProtocol, Op,
};
use insta::assert_snapshot;

use super::bench::{Bench, turn_id};
use super::pickers::SIZES;
use crate::state::{Cmd, Mode};

fn question(id: &str, script: &str) -> Approval {
    ruled(id, script, None)
}

fn ruled(id: &str, script: &str, rule: Option<Vec<String>>) -> Approval {
    Approval {
        id: ApprovalId::new(id),
        call_id: CallId::new("c"),
        request: ApprovalRequest::Command {
            command: vec!["/bin/sh".to_owned(), "-lc".to_owned(), script.to_owned()],
            cwd: PathBuf::from("/h/code/demo"),
            sandbox: AskedSandbox::Left,
            rule,
        },
        reason: Some("May I publish the package?".to_owned()),
        losses: None,
    }
}

fn ask(bench: &mut Bench, approval: Approval) {
    bench.event(Event::ApprovalRequested { turn_id: turn_id(), approval: Box::new(approval) });
}

fn decisions(bench: &Bench) -> Vec<(String, Decision)> {
    let decided = bench.cmds.iter().filter_map(|cmd| match cmd {
        Cmd::Submit(Op::Decide { id, decision }) => Some((id.to_string(), decision.clone())),
        _ => None,
    });
    decided.collect()
}

// threat 25, threat 36
#[test]
fn the_whole_command_is_shown_with_nothing_hidden() {
    for (width, height) in SIZES {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        bench.say("publish it");
        let script = format!("make publish{}&& \u{1b}[8mrm -rf /\u{202e}x", " ".repeat(200));
        ask(&mut bench, question("q", &script));
        assert_snapshot!(format!("question_{width}x{height}"), bench.screen());
    }
}

#[test]
fn a_patch_is_shown_with_its_rows() {
    let mut bench = Bench::open(Mode::Fullscreen, 80, 24);
    bench.say("change it");
    let changes = BTreeMap::from([(
        PathBuf::from("/h/elsewhere.txt"),
        FileChange::Update { unified_diff: "@@ -1 +1 @@\n-old\n+new\n".to_owned(), move_path: None },
    )]);
    ask(&mut bench, Approval { request: ApprovalRequest::Patch { changes }, ..question("q", "") });
    assert_snapshot!("question_patch_80x24", bench.screen());
}

#[test]
fn a_host_is_shown_with_the_command_that_waits() {
    for (width, height) in SIZES {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        bench.say("install it");
        let request = ApprovalRequest::Network {
            host: "xn--exmple-cua.com".to_owned(),
            port: 443,
            protocol: NetworkProtocol::Https,
            command: ["/bin/sh", "-lc", "npm install\u{1b}[8m left-pad"].map(str::to_owned).to_vec(),
        };
        ask(&mut bench, Approval { request, reason: None, ..question("q", "") });
        assert_snapshot!(format!("question_network_{width}x{height}"), bench.screen());
        bench.at(60);
        bench.press("p");
        assert_eq!(decisions(&bench), [("q".to_owned(), Decision::ApproveWithRule)]);
    }
}

// threat 25
#[test]
fn what_is_typed_shows_every_key() {
    for (width, height) in SIZES {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        bench.say("deploy it");
        let request = ApprovalRequest::Input {
            item_id: ItemId::new("c0"),
            command: ["/bin/sh", "-lc", "ssh\u{200b} host"].map(str::to_owned).to_vec(),
            cwd: PathBuf::from("/h/code/demo"),
            sandbox: AskedSandbox::Left,
            text: format!("f ~/x\r\u{1b}[A{}\u{7f}exit\u{202e}\n", " ".repeat(90)),
            before: "rm -r".to_owned(),
        };
        ask(&mut bench, Approval { request, reason: None, ..question("q", "") });
        assert_snapshot!(format!("question_typed_{width}x{height}"), bench.screen());
        bench.at(60);
        bench.press("y");
        assert_eq!(decisions(&bench), [("q".to_owned(), Decision::Approve)]);
    }
}

#[test]
fn permissions_are_listed_one_a_line_and_granted_for_turn_or_session() {
    let mut bench = Bench::open(Mode::Fullscreen, 80, 24);
    bench.say("fetch it");
    let permissions = AdditionalPermissions {
        network: Some(true),
        read: vec![PathBuf::from("/h/.config/tool\u{1b}[31m")],
        write: vec![PathBuf::from("/h/cache"), PathBuf::from("/h/other")],
    };
    let request = ApprovalRequest::Permissions { permissions, cwd: PathBuf::from("/h/code/demo") };
    ask(&mut bench, Approval { request, ..question("q", "") });
    assert_snapshot!("question_permissions_80x24", bench.screen());
    bench.at(60);
    bench.press("y");
    assert_eq!(decisions(&bench), [("q".to_owned(), Decision::Approve)]);
}

// covers: tui 52
#[test]
fn keys_answer_the_question_in_front() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    for id in ["q1", "q2", "q3", "q4", "q5", "q6"] {
        let rule = (id == "q5").then(|| vec!["make".to_owned()]);
        ask(&mut bench, ruled(id, "make", rule));
    }
    bench.at(60);
    bench.press("y");
    bench.at(61);
    // No rule was offered here.
    bench.press("p");
    bench.press("a");
    bench.press("d");
    bench.press("esc");
    bench.at(62);
    bench.press("p");
    bench.press("n");
    let expected = [
        ("q1", Decision::Approve),
        ("q2", Decision::ApproveForSession),
        ("q3", Decision::Decline),
        ("q4", Decision::Cancel),
        ("q5", Decision::ApproveWithRule),
        ("q6", Decision::Cancel),
    ];
    assert_eq!(decisions(&bench), expected.map(|(id, decision)| (id.to_owned(), decision)));
    let screen = bench.screen();
    for said in
        ["✔ approved once: make", "✔ approved for this session", "✗ declined: make", "✗ cancelled: make"]
    {
        assert!(screen.contains(said), "{said} in {screen}");
    }
    assert!(screen.contains("(May I publish the package?)"));
}

#[test]
fn a_rule_that_is_offered_is_spelled_out() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    let rule = Some(vec!["cargo".to_owned(), "test".to_owned()]);
    ask(&mut bench, ruled("q", "cargo test --all", rule));
    ask(&mut bench, question("r", "make"));
    assert_snapshot!("question_rule_80x24", bench.screen());
    bench.press("ctrl-a");
    assert_snapshot!("question_details_80x24", bench.screen());
    // Letters of the page answer nothing.
    bench.at(60);
    bench.press("y");
    bench.press("esc");
    assert_eq!(decisions(&bench), []);
    bench.press("right");
    bench.at(61);
    bench.press("2");
    assert_eq!(decisions(&bench), [("r".to_owned(), Decision::ApproveForSession)]);
}

// covers: tui 53
#[test]
fn a_draft_is_back_after_the_question() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    bench.type_text("half a th");
    ask(&mut bench, question("q", "make"));
    bench.type_text("ought zzz");
    bench.at(60);
    bench.press("d");
    assert_eq!(bench.draft(), "half a th");
}

#[test]
fn every_row_of_a_long_command_can_be_reached() {
    let script: String = (1..=60).map(|n| format!("echo line-{n}-end\n")).collect();
    for (width, height) in [(80, 24), (40, 12), (20, 6)] {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        bench.say("go");
        ask(&mut bench, question("q", &script));
        let mut seen = String::new();
        for _ in 0..80 {
            seen.push_str(&bench.screen());
            bench.press("page-down");
        }
        let on_page = height < 12;
        if on_page {
            bench.press("ctrl-a");
            for _ in 0..80 {
                seen.push_str(&bench.screen());
                bench.press("down");
            }
        }
        for n in 1..=60 {
            assert!(seen.contains(&format!("line-{n}-end")), "row {n} at {width}x{height}");
        }
    }
}

#[test]
fn a_key_typed_as_the_question_appears_approves_nothing() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    bench.at(60);
    ask(&mut bench, question("q", "make"));
    bench.press("y");
    bench.press("enter");
    assert_eq!(decisions(&bench), []);
    bench.at(61);
    bench.press("down");
    bench.press("down");
    bench.press("enter");
    assert_eq!(decisions(&bench), [("q".to_owned(), Decision::Decline)]);
}

#[test]
fn an_answered_question_leaves_the_screen() {
    let mut bench = Bench::fullscreen();
    bench.say("go");
    ask(&mut bench, question("q", "make publish-everything"));
    assert!(bench.screen().contains("publish-everything"));
    bench.event(Event::ApprovalResolved { id: ApprovalId::new("q"), decision: Decision::Cancel });
    assert!(!bench.screen().contains("outside the sandbox?"));
}

// covers: tui 52
#[test]
fn what_would_be_lost_is_listed_in_full_and_a_yes_counts_once() {
    let mut bench = Bench::open(Mode::Fullscreen, 80, 24);
    bench.say("go");
    let list = (0..40).map(|at| codex_protocol::Loss {
        path: PathBuf::from(format!("/h/code/demo/notes/{at}\u{1b}[2K.md")),
        fate: codex_protocol::Fate::Removed,
        files: 1,
        bytes: 10,
    });
    let losses =
        codex_protocol::Losses { list: list.collect(), files: 41, bytes: 410, counted: true, unknown: false };
    ask(&mut bench, Approval { losses: Some(Box::new(losses)), ..question("q", "rm -r notes") });
    let shown = bench.screen();
    assert!(shown.contains("Lost, not made in this thread: 41 files (410 B)"), "{shown}");
    assert!(shown.contains("- delete /h/code/demo/notes/0"), "{shown}");
    assert!(!shown.contains("in this session"), "{shown}");
    let mut seen = String::new();
    for _ in 0..40 {
        bench.press("page-down");
        seen.push_str(&bench.screen());
    }
    assert!(seen.contains("notes/39") && seen.contains("more that is not listed"), "{seen}");
    assert!(!seen.contains('\u{1b}'), "{seen}");
    bench.at(60);
    for not_offered in ["a", "p", "5"] {
        bench.press(not_offered);
        assert_eq!(decisions(&bench), [], "{not_offered}");
    }
    bench.press("y");
    assert_eq!(decisions(&bench), [("q".to_owned(), Decision::Approve)]);
}

#[test]
fn removed_files_are_listed_and_brought_back() {
    use codex_core::{BroughtBack, Missing, Recoverable};

    use crate::state::{Done, Job, Msg};

    let mut bench = Bench::open(Mode::Fullscreen, 80, 24);
    bench.say("go");
    bench.type_text("/restore");
    bench.press("enter");
    let asked = bench.cmds.iter().any(|cmd| matches!(cmd, Cmd::Job(Job::Missing { .. })));
    assert!(asked, "{:?}", bench.cmds);
    let file = |name: &str, is_changed| Recoverable {
        path: PathBuf::from("/h/code/demo").join(name),
        is_changed,
        bytes: 12,
        copied_at_ms: 0,
    };
    let files = vec![file("a\u{1b}[2K.md", false), file("b.md", true), file("c.md", false)];
    let missing =
        Missing { files, in_git: vec!["/h/code/demo/d.rs".into()], is_partial: true, has_copies: true };
    bench.tell(Msg::Done(Done::Missing(missing)));
    let shown = bench.screen();
    for text in
        ["all 2 removed files", "b.md", "changed since", "1 more are in git", "Not everything was copied"]
    {
        assert!(shown.contains(text), "{text} in {shown}");
    }
    assert!(!shown.contains('\u{1b}'));
    bench.press("enter");
    let expected = vec![PathBuf::from("/h/code/demo/a\u{1b}[2K.md"), PathBuf::from("/h/code/demo/c.md")];
    let brought = bench.cmds.iter().find_map(|cmd| match cmd {
        Cmd::Job(Job::BringBack { paths, .. }) => Some(paths.clone()),
        _ => None,
    });
    assert_eq!(brought, Some(expected.clone()));
    let failures = vec!["cannot bring back x.".to_owned()];
    bench.tell(Msg::Done(Done::BroughtBack(BroughtBack { files: expected, failures })));
    assert!(bench.screen().contains("brought back 2 files"), "{}", bench.screen());
    bench.tell(Msg::Done(Done::Missing(Missing::default())));
    assert!(bench.screen().contains("there is nothing to bring"), "{}", bench.screen());
}

#[test]
fn what_the_reviewer_refused_can_be_let_pass_once() {
    use codex_protocol::{ApprovalReview, ReviewVerdict};

    let mut bench = Bench::open(Mode::Fullscreen, 80, 24);
    bench.say("publish it");
    bench.type_text("/approve");
    bench.press("enter");
    assert!(bench.screen().contains("the reviewer has refused nothing"), "{}", bench.screen());
    let approval = Box::new(question("q", "make publish"));
    bench.event(Event::ApprovalReviewStarted { turn_id: turn_id(), approval });
    let review = ApprovalReview {
        id: ApprovalId::new("q"),
        call_id: CallId::new("c"),
        verdict: ReviewVerdict::TimedOut,
        rationale: "no answer".to_owned(),
    };
    bench.event(Event::ApprovalReviewed { turn_id: turn_id(), review: Box::new(review) });
    assert!(bench.screen().contains("/approve lets it pass once"), "{}", bench.screen());
    bench.type_text("/approve");
    bench.press("enter");
    assert_snapshot!("question_refused_80x24", bench.screen());
    bench.at(60);
    for not_offered in ["a", "p"] {
        bench.press(not_offered);
    }
    bench.press("y");
    let lifted: Vec<_> = bench
        .cmds
        .iter()
        .filter_map(|cmd| match cmd {
            Cmd::Submit(Op::LiftRefusal { id }) => Some(id.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(lifted, ["q"]);
    assert_eq!(decisions(&bench), [], "no question is open");
    bench.event(Event::RefusalLifted { id: ApprovalId::new("q") });
    assert!(bench.screen().contains("it passes once"), "{}", bench.screen());
    assert!(bench.screen().contains("passes once: make publish"), "{}", bench.screen());
}
