//! The scenes of the pictures: one small project, and what a person sees while working in it.
//! Invariant: every scene is driven by keys and events, as the program itself is.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use codex_core::{SavedShelf, SavedSort, SavedThread};
use codex_protocol::{
    Approval, ApprovalId, ApprovalRequest, AskedSandbox, CallId, CommandExecutionItem, Event, FileChange,
    FileChangeItem, ItemId, ItemStatus, ParsedCommand, PlanStep, PlanStepStatus, RateLimitSnapshot,
    RateLimitWindow, ThreadId, ThreadInfo, TokenUsage, TurnItem,
};

use crate::state::{Done, Listing, Mode, Msg, Scope, Share, Speaker};
use crate::ui_tests::bench::{Bench, command, ended, info, reads, reply, turn_id};

/// A picture: its file's name without the ending, and what leads to it.
pub(super) struct Scene {
    pub(super) name: &'static str,
    pub(super) play: fn() -> Bench,
}

const fn scene(name: &'static str, play: fn() -> Bench) -> Scene {
    Scene { name, play }
}

/// Every picture of `docs/pictures`.
pub(super) const SCENES: &[Scene] = &[
    scene("turn", turn),
    scene("start", start),
    scene("commands", commands),
    scene("working", working),
    scene("reply", a_reply),
    scene("diff", diff),
    scene("approval", approval),
    scene("resume", resume),
    scene("status", status),
    scene("find", find),
    scene("backtrack", backtrack),
    scene("theme", theme),
];

const COLUMNS: u16 = 88;

fn open(rows: u16) -> Bench {
    let mut bench = Bench::unopened(Mode::Fullscreen, COLUMNS, rows);
    bench.event(Event::ThreadStarted(Box::new(thread())));
    bench.event(tokens());
    bench
}

fn thread() -> ThreadInfo {
    ThreadInfo {
        rollout_path: Some(PathBuf::from("/h/.codex/sessions/2026/03/14/rollout-0190aaaa.jsonl")),
        cwd: PathBuf::from("/h/code/demo"),
        provider: "openai".to_owned(),
        agents_md: vec![PathBuf::from("/h/code/demo/AGENTS.md")],
        approvals_reviewer: codex_protocol::ApprovalsReviewer::User,
        git_branch: Some("main".to_owned()),
        ..info()
    }
}

fn tokens() -> Event {
    Event::TokensUsed {
        last: TokenUsage { total_tokens: 21_400, ..TokenUsage::default() },
        total: TokenUsage {
            input_tokens: 48_300,
            cached_input_tokens: 36_900,
            output_tokens: 1_720,
            reasoning_output_tokens: 640,
            total_tokens: 50_020,
            ..TokenUsage::default()
        },
        context_window: Some(272_000),
    }
}

fn looked(bench: &mut Bench) {
    let mut search = ended(command("s", "rg -n mean src"), "src/stats.rs:3\n", 0);
    search.parsed_cmd = vec![ParsedCommand::Search {
        cmd: "rg -n mean src".to_owned(),
        query: Some("mean".to_owned()),
        path: Some("src".to_owned()),
    }];
    bench.done(TurnItem::CommandExecution(search));
    for name in ["stats.rs", "main.rs", "stats_tests.rs"] {
        bench.done(TurnItem::CommandExecution(reads(name, name)));
    }
}

const FIX: &str = "@@ -1,5 +1,8 @@
-/// The mean of the values.
+/// The mean of the values; 0 when there are none.
 pub fn mean(values: &[f64]) -> f64 {
+    if values.is_empty() {
+        return 0.0;
+    }
     let count = values.len() as f64;
     values.iter().sum::<f64>() / count
 }
";

const CALLER: &str = "@@ -8,5 +8,5 @@
 fn report(values: &[f64]) {
     let mean = stats::mean(values);
-    println!(\"mean {mean:.2}\");
+    println!(\"mean {mean:.3}\");
 }
";

fn patched(bench: &mut Bench, files: &[(&str, FileChange)]) {
    let place =
        |(name, change): &(&str, FileChange)| (PathBuf::from("/h/code/demo").join(name), change.clone());
    let item = |status| {
        TurnItem::FileChange(FileChangeItem {
            id: ItemId::new("p"),
            changes: files.iter().map(place).collect(),
            status,
            stdout: String::new(),
            stderr: String::new(),
        })
    };
    bench.begun(item(ItemStatus::InProgress));
    bench.done(item(ItemStatus::Completed));
}

fn update(diff: &str) -> FileChange {
    FileChange::Update { unified_diff: diff.to_owned(), move_path: None }
}

fn test_run() -> CommandExecutionItem {
    command("c", "cargo test")
}

const TESTED: &str = "running 4 tests\ntest stats::mean_of_three ... ok\ntest stats::mean_of_none ... ok\n\
    test report::prints ... ok\ntest report::rounds ... ok\n\ntest result: ok. 4 passed; 0 failed\n";

fn plan(bench: &mut Bench, steps: &[(&str, PlanStepStatus)]) {
    let step =
        |(step, status): &(&str, PlanStepStatus)| PlanStep { step: (*step).to_owned(), status: *status };
    bench.event(Event::PlanUpdated {
        turn_id: turn_id(),
        explanation: None,
        plan: steps.iter().map(step).collect(),
    });
}

/// The whole of a small turn.
fn turn() -> Bench {
    let mut bench = open(37);
    bench.say("the report crashes on an empty file, find out why and fix it");
    looked(&mut bench);
    patched(&mut bench, &[("src/stats.rs", update(FIX))]);
    bench.begun(TurnItem::CommandExecution(test_run()));
    bench.done(TurnItem::CommandExecution(ended(test_run(), TESTED, 0)));
    bench.at(38);
    bench.done(reply(
        "m",
        "The mean of **no values** was `0/0`, and `report` unwrapped what came of it. `mean` gives `0.0` for an \
         empty slice now; all 4 tests pass.",
    ));
    bench.complete();
    bench
}

fn start() -> Bench {
    let mut bench = open(11);
    bench.type_text("explain what this project does");
    bench
}

fn commands() -> Bench {
    let mut bench = open(14);
    bench.type_text("/");
    bench.press("down");
    bench
}

/// A command runs, one message waits for the end of the turn, another is being written.
fn working() -> Bench {
    let mut bench = open(27);
    bench.say("make the tests pass, then tidy up the warnings");
    plan(
        &mut bench,
        &[
            ("find the failing test", PlanStepStatus::Completed),
            ("fix the mean of no values", PlanStepStatus::InProgress),
            ("tidy up the warnings", PlanStepStatus::Pending),
        ],
    );
    looked(&mut bench);
    bench.begun(TurnItem::CommandExecution(test_run()));
    for line in TESTED.lines().take(4) {
        bench.event(Event::CommandOutputDelta { item_id: ItemId::new("c"), delta: format!("{line}\n") });
    }
    bench.at(14);
    bench.type_text("then write a line for the changelog");
    bench.press("tab");
    bench.type_text("keep the public names as they are");
    bench
}

const ANSWER: &str = "The three readers differ in what they **keep in memory**:

| reader | memory | speed | when |
|:--|--:|--:|:--|
| `read_all` | whole file | 1.0x | small files |
| `lines` | one line | 0.9x | logs |
| `chunks` | 64 KiB | 1.4x | *everything else* |

I would use `chunks`:

```rust
// Reads a file piece by piece.
let mut chunks = Chunks::open(path, 64 * 1024)?;
while let Some(chunk) = chunks.next()? {
    total += sum(chunk);
}
```

1. It needs no more memory than a chunk.
2. A line over the edge of a chunk is put together by `next`.
";

fn a_reply() -> Bench {
    let mut bench = open(33);
    bench.say("which reader should I use?");
    bench.at(9);
    bench.done(reply("m", ANSWER));
    bench.complete();
    bench
}

fn diff() -> Bench {
    let mut bench = open(30);
    bench.say("fix it, and print three digits");
    let notes = FileChange::Add { content: "# Changes\n\n- the mean of no values is 0\n".to_owned() };
    patched(
        &mut bench,
        &[("src/stats.rs", update(FIX)), ("src/main.rs", update(CALLER)), ("CHANGES.md", notes)],
    );
    bench.at(6);
    bench
}

fn approval() -> Bench {
    let mut bench = open(20);
    bench.say("publish the package");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let request = ApprovalRequest::Command {
        command: words(&["/bin/sh", "-lc", "cargo publish --locked"]),
        cwd: PathBuf::from("/h/code/demo"),
        sandbox: AskedSandbox::Left,
        rule: Some(words(&["cargo", "publish"])),
    };
    let approval = Approval {
        id: ApprovalId::new("q"),
        call_id: CallId::new("c"),
        request,
        reason: Some("Publishing needs the network. May I?".to_owned()),
        losses: None,
    };
    bench.event(Event::ApprovalRequested { turn_id: turn_id(), approval: Box::new(approval) });
    bench
}

fn resume() -> Bench {
    let mut bench = open(22);
    bench.type_text("/resume");
    bench.press("enter");
    let id = |n: u32| format!("0190aaaa-bbbb-7ccc-8ddd-eeee{n:08x}").parse::<ThreadId>().unwrap();
    let saved = |n: u32, name: &str, branch: &str, minutes: u64| SavedThread {
        id: id(n),
        name: Some(name.to_owned()),
        cwd: PathBuf::from("/h/code/demo"),
        branch: Some(branch.to_owned()),
        modified: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 - minutes * 60),
        created: SystemTime::UNIX_EPOCH,
        first_prompt: None,
    };
    let rows = vec![
        saved(1, "the report crashes on an empty file", "main", 3),
        saved(2, "which reader should I use?", "main", 47),
        saved(3, "rename the helper and run the checks", "tidy-up", 60 * 5),
        saved(4, "write the first draft of the manual", "manual", 60 * 26),
        saved(5, "why is the build slow?", "main", 60 * 24 * 6),
    ];
    let listing = Listing { scope: Scope::ThisFolder, shelf: SavedShelf::Active, sort: SavedSort::Updated };
    bench.tell(Msg::Saved { listing, share: Share::First, rows: Ok(rows), more: false });
    bench.press("down");
    bench.tell(Msg::Done(Done::Preview { id: id(1), said: Vec::new() }));
    let said = vec![
        (Speaker::Person, "which reader should I use?".to_owned()),
        (
            Speaker::Model,
            "The three readers differ in what they keep in memory. I would use chunks.".to_owned(),
        ),
    ];
    bench.tell(Msg::Done(Done::Preview { id: id(2), said }));
    bench
}

fn status() -> Bench {
    let mut bench = open(23);
    let window = |used: f64, minutes: u64| RateLimitWindow {
        used_percent: used,
        window_minutes: Some(minutes),
        resets_at: None,
    };
    bench.event(Event::RateLimits(vec![RateLimitSnapshot {
        primary: Some(window(23.0, 300)),
        secondary: Some(window(61.0, 10_080)),
        ..RateLimitSnapshot::default()
    }]));
    bench.type_text("/status");
    bench.press("enter");
    bench
}

/// A conversation of two turns.
fn talked(rows: u16) -> Bench {
    let mut bench = open(rows);
    bench.say("what does the report print?");
    bench.at(4);
    bench.done(reply("a", "The number of values, their sum and their mean, one in a row."));
    bench.complete();
    bench.say("and for an empty file?");
    bench.begun(TurnItem::CommandExecution(command("e", "cargo run -- empty.csv")));
    let output = "   Compiling demo\n    Finished in 0.8s\n     Running demo\nread empty.csv\nvalues 0\nsum 0\nmean NaN\n";
    bench.done(TurnItem::CommandExecution(ended(command("e", "cargo run -- empty.csv"), output, 0)));
    bench.at(11);
    bench.done(reply("b", "The mean is `NaN` there: the sum of no values is divided by zero."));
    bench.complete();
    bench.say("make it say that there are no values");
    bench.at(29);
    bench.done(reply("d", "Done: `report` says *no values* and leaves the mean out."));
    bench.complete();
    bench
}

fn find() -> Bench {
    let mut bench = talked(28);
    bench.press("f3");
    bench.type_text("mean");
    bench.press("ctrl-p");
    bench
}

fn backtrack() -> Bench {
    let mut bench = talked(28);
    for key in ["esc", "esc", "left"] {
        bench.press(key);
    }
    bench
}

fn theme() -> Bench {
    let mut bench = open(26);
    bench.say("fix it");
    patched(&mut bench, &[("src/main.rs", update(CALLER))]);
    bench.at(5);
    bench.complete();
    bench.type_text("/theme");
    bench.press("enter");
    for _ in 0..5 {
        bench.press("down");
    }
    bench
}
