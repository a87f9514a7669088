//! Model, effort, permissions, folder and name: what is sent, what is kept, what is shown.

use std::path::PathBuf;

use codex_config::SettingValue;
use codex_core::HeldBy;
use codex_protocol::{
    ApprovalPolicy, ApprovalsReviewer, Choice, CollaborationMode, ContextReport, EffortChoice, Event, Listed,
    ModelChoice, Op, RateLimitSnapshot, RateLimitWindow, SandboxPolicy, SettingsChange, Standing, ThreadInfo,
};
use insta::assert_snapshot;
use pretty_assertions::assert_eq;

use super::bench::{Bench, info};
use super::pickers::{SIZES, kept, run};
use crate::state::{Cmd, Done, Job, Mode, Msg};

fn models() -> Vec<ModelChoice> {
    let model = |slug: &str, description: &str, standing| ModelChoice {
        slug: slug.to_owned(),
        name: slug.to_uppercase(),
        description: description.to_owned(),
        efforts: ["low", "medium", "high"]
            .map(|effort| EffortChoice { effort: effort.to_owned(), description: format!("thinks {effort}") })
            .to_vec(),
        default_effort: Some("medium".to_owned()),
        listed: Listed::Shown,
        standing,
        upgrade: None,
    };
    vec![
        model("gpt-6", "the newest", Standing::Default),
        model("gpt-5.5", "for everyday work", Standing::Other),
        model("gpt-5.5-mini", "small and fast", Standing::Other),
    ]
}

fn changes(bench: &Bench) -> Vec<SettingsChange> {
    let change = |op: &&Op| match op {
        Op::Configure(change) => Some((**change).clone()),
        _ => None,
    };
    bench.ops().iter().filter_map(change).collect()
}

#[test]
fn a_model_is_chosen_with_its_effort() {
    for (width, height) in SIZES {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        run(&mut bench, "/model");
        assert!(bench.cmds.iter().any(|cmd| matches!(cmd, Cmd::Job(Job::Models))));
        bench.tell(Msg::Done(Done::Models(Ok(models()))));
        assert_snapshot!(format!("model_{width}x{height}"), bench.screen());
        bench.press("1");
        assert_snapshot!(format!("effort_{width}x{height}"), bench.screen());
        bench.press("down");
        bench.press("enter");
        let change = SettingsChange {
            model: Some("gpt-6".to_owned()),
            effort: Some(Choice::Named("high".to_owned())),
            ..SettingsChange::default()
        };
        assert_eq!(changes(&bench), [change]);
        let text = |text: &str| SettingValue::Text(text.to_owned());
        let expected =
            [("model".to_owned(), text("gpt-6")), ("model_reasoning_effort".to_owned(), text("high"))];
        assert_eq!(kept(&bench), expected);
    }
}

#[test]
fn a_name_nobody_lists_is_used_as_it_is_and_only_here() {
    let mut bench = Bench::fullscreen();
    run(&mut bench, "/model");
    bench.tell(Msg::Done(Done::Models(Ok(models()))));
    bench.type_text("my/own-model:7b");
    bench.press("enter");
    bench.press("end");
    bench.press("s");
    let change = SettingsChange {
        model: Some("my/own-model:7b".to_owned()),
        effort: Some(Choice::ModelDefault),
        ..SettingsChange::default()
    };
    assert_eq!((changes(&bench), kept(&bench)), (vec![change], Vec::new()));
    let now = ThreadInfo { model: "my/own-model:7b".to_owned(), reasoning_effort: None, ..info() };
    bench.event(Event::SettingsChanged(Box::new(now)));
    assert!(bench.screen().contains("• model: my/own-model:7b"));
    assert!(bench.screen().contains("  my/own-model:7b · ~/code/demo"));
}

#[test]
fn full_access_is_asked_about_twice() {
    let mut bench = Bench::fullscreen();
    run(&mut bench, "/permissions");
    assert_snapshot!("permissions_80x24", bench.screen());
    bench.press("4");
    assert_snapshot!("full_access_80x24", bench.screen());
    // A blind Enter is the safe answer.
    bench.press("enter");
    assert_eq!(changes(&bench), []);
    run(&mut bench, "/permissions");
    bench.press("4");
    bench.press("2");
    run(&mut bench, "/permissions");
    bench.press("5");
    let change = |approval, sandbox| SettingsChange {
        approval: Some(approval),
        approvals_reviewer: Some(ApprovalsReviewer::User),
        sandbox: Some(sandbox),
        ..SettingsChange::default()
    };
    let expected = [
        change(ApprovalPolicy::Never, SandboxPolicy::DangerFullAccess),
        change(ApprovalPolicy::OnRequest, SandboxPolicy::ReadOnly),
    ];
    assert_eq!((changes(&bench), kept(&bench)), (expected.to_vec(), Vec::new()));
}

#[test]
fn folder_mode_and_name_are_changed() {
    let mut bench = Bench::fullscreen();
    run(&mut bench, "/cd ~/other");
    run(&mut bench, "/cd ../x");
    run(&mut bench, "/cd");
    run(&mut bench, "/plan");
    run(&mut bench, "/rename  A good name ");
    let cwd = |path: &str| SettingsChange { cwd: Some(PathBuf::from(path)), ..SettingsChange::default() };
    let plan = SettingsChange { collaboration: Some(CollaborationMode::Plan), ..SettingsChange::default() };
    assert_eq!(changes(&bench), [cwd("/h/other"), cwd("/h/code/demo/../x"), cwd("/h"), plan]);
    assert_eq!(bench.ops().last(), Some(&&Op::Rename { name: "A good name".to_owned() }));
    bench.event(Event::Renamed { name: "A good name".to_owned() });
    assert!(bench.screen().contains("~/code/demo · A good name"));
}

// covers: tui 79
#[test]
fn the_status_card_tells_limits_and_where_the_tokens_go() {
    for (width, height) in SIZES {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        let window = |used_percent, window_minutes| {
            Some(RateLimitWindow { used_percent, window_minutes: Some(window_minutes), resets_at: None })
        };
        bench.event(Event::RateLimits(vec![RateLimitSnapshot {
            primary: window(40.0, 300),
            secondary: window(5.0, 10_080),
            ..RateLimitSnapshot::default()
        }]));
        run(&mut bench, "/status");
        assert_eq!(bench.ops().last(), Some(&&Op::ReportContext));
        let report = ContextReport {
            instructions: 4_000,
            tools: 6_000,
            tool_output: 10_000,
            ..ContextReport::default()
        };
        bench.event(Event::ContextReported(Box::new(report)));
        if height > 12 {
            assert_snapshot!(format!("status_full_{width}x{height}"), bench.screen());
        }
    }
}

#[test]
fn the_status_says_what_holds_commands() {
    let mut bench = Bench::fullscreen();
    run(&mut bench, "/status");
    assert!(bench.cmds.iter().any(|cmd| matches!(cmd, Cmd::Job(Job::HeldBy))));
    let held_by = HeldBy {
        mechanisms: "Landlock alone: Landlock ABI 4, seccomp".to_owned(),
        limits: vec!["Terminals of the same user can be read by path.".to_owned()],
    };
    bench.tell(Msg::Done(Done::HeldBy(held_by)));
    let screen = bench.screen();
    for row in
        ["Sandbox of commands", "held by", "Landlock ABI 4, seccomp", "not held", "Terminals of the same"]
    {
        assert!(screen.contains(row), "{row}\n{screen}");
    }
}

#[test]
fn a_conversation_is_deleted_only_after_a_yes() {
    let mut bench = Bench::fullscreen();
    run(&mut bench, "/delete");
    assert!(bench.screen().contains("nothing of this conversation is saved"));
    bench.say("keep this");
    bench.complete();
    run(&mut bench, "/delete");
    bench.press("enter");
    let gone = |bench: &Bench| bench.cmds.iter().any(|cmd| matches!(cmd, Cmd::Job(Job::PutAway { .. })));
    assert!(!gone(&bench));
    run(&mut bench, "/delete");
    bench.press("2");
    assert!(gone(&bench));
    assert!(!bench.screen().contains("keep this"));
}
