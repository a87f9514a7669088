//! Whole screens, reviewed as text.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use codex_protocol::{
    ErrorInfo, Event, FileChange, FileChangeItem, ItemId, ItemStatus, PlanStep, PlanStepStatus,
    ReasoningItem, Reconnect, TokenUsage, TurnError, TurnItem,
};
use insta::assert_snapshot;

use super::bench::{Bench, command, ended, reads, reply, turn_id};
use crate::state::Mode;

const SIZES: [(u16, u16); 3] = [(80, 24), (40, 12), (120, 40)];

fn rich(bench: &mut Bench) {
    bench.say("please rename the helper and run the checks");
    for name in ["util.rs", "main.rs"] {
        bench.done(TurnItem::CommandExecution(reads(name, name)));
    }
    let check = command("c1", "make check");
    bench.begun(TurnItem::CommandExecution(check.clone()));
    let output: String = (1..=9).map(|n| format!("line {n}\n")).collect();
    bench.done(TurnItem::CommandExecution(ended(check, &output, 0)));
    bench.done(TurnItem::CommandExecution(ended(command("c2", "make lint"), "", 1)));
    let changes = BTreeMap::from([
        (
            PathBuf::from("/h/code/demo/src/util.rs"),
            FileChange::Update {
                unified_diff: "@@ -11,3 +11,4 @@\n fn call() {\n-    old_helper();\n+    new_helper();\n+    log_it();\n }\n"
                    .to_owned(),
                move_path: None,
            },
        ),
        (PathBuf::from("/h/code/demo/notes.txt"), FileChange::Add { content: "first\nsecond\n".to_owned() }),
    ]);
    bench.done(TurnItem::FileChange(FileChangeItem {
        id: ItemId::new("p"),
        changes,
        status: ItemStatus::Completed,
        stdout: String::new(),
        stderr: String::new(),
    }));
    let step = |step: &str, status| PlanStep { step: step.to_owned(), status };
    bench.event(Event::PlanUpdated {
        turn_id: turn_id(),
        explanation: Some("almost there".to_owned()),
        plan: vec![
            step("rename the helper", PlanStepStatus::Completed),
            step("run the checks", PlanStepStatus::InProgress),
            step("write the notes", PlanStepStatus::Pending),
        ],
    });
    bench.done(TurnItem::Reasoning(ReasoningItem {
        id: ItemId::new("r"),
        summary_text: vec!["**Looking at the callers**\n\nThere are two.".to_owned()],
        raw_content: Vec::new(),
    }));
    bench.at(12);
    bench.delta("m", "The helper is renamed.");
}

#[test]
fn start() {
    for (width, height) in SIZES {
        let bench = Bench::unopened(Mode::Fullscreen, width, height);
        assert_snapshot!(format!("start_{width}x{height}"), bench.screen());
    }
}

#[test]
fn a_turn_with_everything() {
    for (width, height) in SIZES {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        rich(&mut bench);
        assert_snapshot!(format!("turn_{width}x{height}"), bench.screen());
    }
}

#[test]
fn a_turn_in_inline_mode() {
    let mut bench = Bench::open(Mode::Inline, 80, 24);
    rich(&mut bench);
    let printable = bench.state.take_printable();
    let lines: Vec<String> =
        printable.lines.iter().map(|line| line.to_string().trim_end().to_owned()).collect();
    assert_snapshot!("inline_80x24", format!("{}\n==== live part\n{}", lines.join("\n"), bench.screen()));
}

#[test]
fn everything_in_full() {
    let mut bench = Bench::open(Mode::Fullscreen, 80, 60);
    rich(&mut bench);
    bench.press("ctrl-t");
    assert_snapshot!("full_80x60", bench.screen());
}

#[test]
fn waiting_and_queued() {
    for (width, height) in SIZES {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        bench.say("begin");
        bench.at(7);
        bench.type_text("also look at the tests");
        bench.press("enter");
        bench.type_text("then commit it");
        bench.press("tab");
        bench.type_text("a draft");
        assert_snapshot!(format!("waiting_{width}x{height}"), bench.screen());
    }
}

// covers: tui 76
#[test]
fn retries_and_errors() {
    let mut bench = Bench::fullscreen();
    bench.say("begin");
    bench.event(Event::Reconnecting {
        attempt: Reconnect::Attempt { n: 2, max: 5 },
        reason: "the stream was cut".to_owned(),
        delay: Duration::from_millis(400),
    });
    assert_snapshot!("retry_80x24", bench.screen());
    bench.event(Event::TurnFailed {
        turn_id: turn_id(),
        error: TurnError {
            message: "The server refused the request.".to_owned(),
            codex_error_info: ErrorInfo::BadRequest,
            hint: Some("try another model".to_owned()),
        },
    });
    bench.event(Event::Warning { message: "Two lines of the file were skipped.".to_owned() });
    assert_snapshot!("error_80x24", bench.screen());
}

// covers: tui 79
#[test]
fn popup_card_and_status() {
    for (width, height) in [(80, 24), (40, 12)] {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        bench.type_text("/");
        assert_snapshot!(format!("popup_{width}x{height}"), bench.screen());
        bench.press("esc");
        bench.press("ctrl-c");
        bench.type_text("?");
        assert_snapshot!(format!("shortcuts_{width}x{height}"), bench.screen());
        bench.press("esc");
        bench.event(Event::TokensUsed {
            last: TokenUsage { total_tokens: 50_000, ..TokenUsage::default() },
            total: TokenUsage {
                input_tokens: 64_000,
                cached_input_tokens: 32_000,
                output_tokens: 2_000,
                reasoning_output_tokens: 500,
                total_tokens: 66_000,
                ..TokenUsage::default()
            },
            context_window: Some(200_000),
        });
        bench.type_text("/status");
        bench.press("enter");
        assert_snapshot!(format!("status_{width}x{height}"), bench.screen());
    }
}

#[test]
fn tiny_screens() {
    for (width, height) in [(20, 6), (10, 3), (2, 1), (1, 1)] {
        let mut bench = Bench::open(Mode::Fullscreen, width, height);
        bench.say("begin");
        bench.delta("m", "some words of a reply");
        bench.type_text("abcdefghijklmnopqrstuvwxyz");
        assert_snapshot!(format!("tiny_{width}x{height}"), bench.screen());
        bench.done(reply("m", "some words of a reply"));
        bench.complete();
        assert_eq!(bench.draft(), "abcdefghijklmnopqrstuvwxyz");
    }
}
