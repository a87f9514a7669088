//! Commands and patches that take away too much: who is asked, with which list, and what comes back.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use codex_checkpoint::{Budget, CheckpointStore};
use codex_protocol::{ApprovalPolicy, CallKind, Decision, Fate, Losses, SandboxPolicy};
use codex_tools::{BlastLimits, CheckpointPlan, PastReader, PastWork, TurnTools};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::{Bench, CommandText, text, workspace_write};

const LIMITS: BlastLimits = BlastLimits { files_max: 5, bytes_max: 1_000_000 };

const PLAN: CheckpointPlan = CheckpointPlan {
    budget: Budget {
        entries_max: 50_000,
        bytes_max: 10_000_000,
        file_bytes_max: 1_000_000,
        time_max: Duration::from_secs(20),
    },
    age_max: Duration::from_secs(86_400),
    bytes_max: 10_000_000,
};

fn bench(policy: SandboxPolicy, approval: ApprovalPolicy) -> Bench {
    let mut bench = Bench::guarded(policy, LIMITS, PLAN);
    bench.cx.turn = Arc::new(TurnTools { approval, ..(*bench.cx.turn).clone() });
    bench
}

fn asking() -> Bench {
    bench(workspace_write(), ApprovalPolicy::OnRequest)
}

fn files(folder: &Path, count: usize) {
    fs::create_dir_all(folder).unwrap();
    for at in 0..count {
        fs::write(folder.join(format!("f{at}.txt")), "12345").unwrap();
    }
}

fn call(cmd: &str) -> String {
    json!({"cmd": cmd, "login": false, "shell": "/bin/sh"}).to_string()
}

/// Runs a call, answering its question; what would be lost, and why it was asked.
async fn asked(
    bench: &mut Bench,
    kind: CallKind,
    payload: String,
    decision: Decision,
) -> (String, Option<Losses>, Option<String>) {
    let name = if kind == CallKind::Custom { "apply_patch" } else { "exec_command" };
    let call = bench.next_call(kind, name, payload);
    let running = bench.registry.run(call, bench.cx.clone());
    let answer = async {
        let question = bench.questions.recv().await.expect("a question");
        question.answer.send(codex_tools::Answer::Decided(decision)).unwrap();
        (question.approval.losses.map(|losses| *losses), question.approval.reason)
    };
    let (outcome, (losses, reason)) = tokio::join!(running, answer);
    (text(outcome), losses, reason)
}

async fn run(bench: &mut Bench, cmd: &str) -> String {
    text(bench.run(CallKind::Function, "exec_command", call(cmd)).await)
}

fn listed(losses: &Losses) -> Vec<(PathBuf, Fate, u64, u64)> {
    losses.list.iter().map(|loss| (loss.path.clone(), loss.fate, loss.files, loss.bytes)).collect()
}

#[tokio::test]
async fn a_command_that_deletes_too_much_stops_with_a_list() {
    let mut bench = asking();
    let data = bench.cwd().join("data");
    files(&data, 6);
    fs::write(bench.cwd().join("one"), "1").unwrap();
    let cmd = "rm -r data one";
    let (told, losses, reason) = asked(&mut bench, CallKind::Function, call(cmd), Decision::Decline).await;
    assert!(told.contains("rejected by user"), "{told}");
    assert!(data.exists());
    let expected = [(data.clone(), Fate::Removed, 6, 30), (bench.cwd().join("one"), Fate::Removed, 1, 1)];
    assert_eq!(listed(&losses.unwrap()), expected);
    assert_eq!(
        reason.as_deref(),
        Some("It would delete or write over 7 files (31 B) that this thread did not make.")
    );
    let (told, ..) = asked(&mut bench, CallKind::Function, call(cmd), Decision::ApproveForSession).await;
    assert_eq!(CommandText::parse(&told).state, "Process exited with code 0");
    assert!(!data.exists());
    // The answer counted once: the same command is asked about again when there is something to lose again.
    files(&data, 6);
    let (.., losses, _) = asked(&mut bench, CallKind::Function, call(cmd), Decision::Decline).await;
    assert_eq!(losses.unwrap().files, 6);
}

#[tokio::test]
async fn every_way_of_deleting_is_counted() {
    let mut bench = asking();
    let git = |args: &[&str]| {
        let output = Command::new("git").current_dir(bench.cwd()).args(args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    git(&["init", "-q"]);
    files(&bench.cwd().join("data"), 6);
    files(&bench.cwd().join("source"), 6);
    for cmd in [
        "rm data/*",
        "cd data && rm f*.txt",
        "bash -c 'rm -r data'",
        "find data -name '*.txt' -delete",
        "find . -type f -exec rm {} +",
        "git clean -fd",
        "cp source/* data/",
        "cp -r source/. data",
        "mv source/f*.txt data",
        "tee data/f0.txt data/f1.txt data/f2.txt data/f3.txt data/f4.txt data/f5.txt < /dev/null",
        "rsync -a --delete source/ data",
        "rm $PWD/data/f[0-9].txt; true",
    ] {
        let cmd = cmd.replace("$PWD", bench.cwd().to_str().unwrap());
        let (told, losses, _) = asked(&mut bench, CallKind::Function, call(&cmd), Decision::Decline).await;
        assert!(told.contains("rejected by user"), "{cmd}: {told}");
        assert!(losses.unwrap().files >= 6, "{cmd}");
    }
    assert_eq!(fs::read_dir(bench.cwd().join("data")).unwrap().count(), 6);
}

#[tokio::test]
async fn what_the_thread_made_and_what_is_little_goes_unasked() {
    let mut bench = asking();
    files(&bench.cwd().join("few"), 5);
    run(&mut bench, "mkdir made; for i in 1 2 3 4 5 6 7 8 9; do echo x > made/$i; done").await;
    run(&mut bench, "rm -r made few").await;
    assert_eq!(fs::read_dir(bench.cwd()).unwrap().count(), 0);
    // A file that was there and is written anew by the thread's own hand is still not the thread's.
    let data = bench.cwd().join("data");
    files(&data, 6);
    let turn = TurnTools { turn_id: codex_protocol::TurnId::new_v7(), ..(*bench.cx.turn).clone() };
    bench.cx.turn = Arc::new(turn);
    let mut second = asking();
    files(&second.cwd().join("data"), 6);
    run(&mut second, "for f in data/*; do cp $f tmp; mv tmp $f; done").await;
    let (.., losses, _) = asked(&mut second, CallKind::Function, call("rm -r data"), Decision::Decline).await;
    assert_eq!(losses.unwrap().files, 6);
}

#[tokio::test]
async fn folders_that_are_made_again_are_not_counted() {
    let mut bench = asking();
    files(&bench.cwd().join("node_modules/x"), 50);
    files(&bench.cwd().join("target/debug"), 50);
    let tag = "Signature: 8a477f597d28d172789f06886806bc55\n";
    fs::write(bench.cwd().join("target/CACHEDIR.TAG"), tag).unwrap();
    run(&mut bench, "rm -r node_modules target").await;
    assert_eq!(fs::read_dir(bench.cwd()).unwrap().count(), 0);
}

#[tokio::test]
async fn anything_untracked_outside_of_the_workspace_is_asked_about() {
    let mut bench = bench(SandboxPolicy::DangerFullAccess, ApprovalPolicy::OnRequest);
    let precious = bench.outer.join("precious");
    fs::write(&precious, "x").unwrap();
    let cmd = "rm ../precious";
    let (_, losses, reason) = asked(&mut bench, CallKind::Function, call(cmd), Decision::Approve).await;
    assert_eq!(listed(&losses.unwrap()), [(precious.clone(), Fate::Removed, 1, 1)]);
    assert!(reason.unwrap().contains("outside of the workspace"));
    assert!(!precious.exists());
    // What went was copied first.
    let shelf = CheckpointStore::new(&bench.outer.join("home")).thread("thread");
    assert_eq!(shelf.restore(&shelf.lost().files).files, std::slice::from_ref(&precious));
    assert_eq!(fs::read_to_string(&precious).unwrap(), "x");
    // Without a sandbox a target that nobody can know is asked about too.
    let (_, losses, _) =
        asked(&mut bench, CallKind::Function, call("rm -r \"$UNKNOWN\""), Decision::Decline).await;
    assert!(losses.unwrap().unknown);
    // In a sandbox it can hit nothing that does not come back.
    let mut kept = asking();
    run(&mut kept, "rm -r \"$UNKNOWN\"").await;
}

#[tokio::test]
async fn nobody_to_ask_means_no() {
    let mut bench = bench(workspace_write(), ApprovalPolicy::Never);
    let data = bench.cwd().join("data");
    files(&data, 6);
    let told = run(&mut bench, "rm -r data").await;
    assert!(told.contains("rejected: It would delete or write over 6 files (30 B)"), "{told}");
    assert!(told.contains("data"), "{told}");
    assert!(data.exists());
}

#[tokio::test]
async fn a_patch_is_counted_like_a_command() {
    let mut bench = asking();
    files(bench.cwd(), 6);
    let deletes: String = (0..6).map(|at| format!("*** Delete File: f{at}.txt\n")).collect();
    let patch = format!("*** Begin Patch\n{deletes}*** End Patch\n");
    let (told, losses, _) = asked(&mut bench, CallKind::Custom, patch.clone(), Decision::Decline).await;
    assert_eq!(told, "patch rejected by user");
    assert_eq!(losses.unwrap().files, 6);
    let adds: String = (6..16).map(|at| format!("*** Add File: f{at}.txt\n+x\n")).collect();
    let made =
        bench.run(CallKind::Custom, "apply_patch", format!("*** Begin Patch\n{adds}*** End Patch\n")).await;
    assert!(text(made).contains("Success"));
    let deletes: String = (6..16).map(|at| format!("*** Delete File: f{at}.txt\n")).collect();
    let gone = bench
        .run(CallKind::Custom, "apply_patch", format!("*** Begin Patch\n{deletes}*** End Patch\n"))
        .await;
    assert!(text(gone).contains("Success"), "what the thread added may go");
}

#[tokio::test]
async fn what_no_reading_sees_comes_back() {
    let mut bench = asking();
    files(&bench.cwd().join("data"), 20);
    let cmd = "d=data; r=rm; for f in $d/*; do $r $f; done; echo gone > note";
    run(&mut bench, cmd).await;
    assert_eq!(fs::read_dir(bench.cwd().join("data")).unwrap().count(), 0);
    let shelf = CheckpointStore::new(&bench.outer.join("home")).thread("thread");
    let lost = shelf.lost();
    assert_eq!((lost.files.len(), lost.partly), (20, false));
    assert_eq!(shelf.restore(&lost.files).files.len(), 20);
    assert_eq!(fs::read_to_string(bench.cwd().join("data/f7.txt")).unwrap(), "12345");
}

#[tokio::test]
async fn looking_costs_no_checkpoint() {
    let mut bench = asking();
    files(&bench.cwd().join("data"), 2);
    for cmd in
        ["ls data; cat data/f0.txt", "cat data/f0.txt | head -n 1", "git status && sed -n 1,2p data/f0.txt"]
    {
        run(&mut bench, cmd).await;
    }
    assert!(!bench.outer.join("home/checkpoints").exists());
    run(&mut bench, "touch data/new").await;
    assert!(bench.outer.join("home/checkpoints/thread").exists());
}

#[tokio::test]
async fn permissions_for_one_command_do_not_hide_what_it_would_delete() {
    let mut bench = asking();
    let outside = bench.outer.join("outside");
    files(&outside, 1);
    let cmd = format!("rm {}/f0.txt", outside.display());
    let call = json!({
        "cmd": cmd, "login": false, "shell": "/bin/sh",
        "sandbox_permissions": "with_additional_permissions",
        "additional_permissions": {"file_system": {"write": [outside]}},
    });
    let (told, losses, _) = asked(&mut bench, CallKind::Function, call.to_string(), Decision::Decline).await;
    assert!(told.contains("rejected by user"), "{told}");
    assert_eq!(losses.unwrap().files, 1);
}

#[tokio::test]
async fn a_thread_that_is_opened_again_knows_what_it_made() {
    let mut bench = asking();
    files(&bench.cwd().join("theirs"), 6);
    run(
        &mut bench,
        "mkdir made; for i in 1 2 3 4 5 6 7; do echo x > made/$i; done; sed -i s/1/2/ theirs/f1.txt",
    )
    .await;
    let ran = (SystemTime::now() - Duration::from_secs(30), SystemTime::now());
    files(&bench.cwd().join("added"), 6);
    let added: HashSet<PathBuf> = (0..6).map(|at| bench.cwd().join(format!("added/f{at}.txt"))).collect();
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reads);
    let work = PastWork { added, runs: vec![ran], threads: vec!["thread".to_owned()] };
    bench.with_past(PastReader(Arc::new(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        work.clone()
    })));
    run(&mut bench, "touch note; cat note").await;
    assert_eq!(reads.load(Ordering::Relaxed), 0, "nothing is read before a decision needs it");
    run(&mut bench, "rm -r made").await;
    run(&mut bench, "rm -r added").await;
    let left = ["made", "added"].map(|name| bench.cwd().join(name).exists());
    assert_eq!((left, reads.load(Ordering::Relaxed)), ([false, false], 1));
    // What was there before the thread is not its own, although a command wrote it anew.
    let (_, losses, _) = asked(&mut bench, CallKind::Function, call("rm -r theirs"), Decision::Decline).await;
    assert_eq!(losses.unwrap().files, 6);
}

#[tokio::test]
async fn without_a_checkpoint_nobody_knows_what_commands_made() {
    let mut bench = asking();
    files(&bench.cwd().join("made"), 7);
    let ran = (SystemTime::now() - Duration::from_secs(30), SystemTime::now());
    let work = PastWork { runs: vec![ran], threads: vec!["other".to_owned()], ..PastWork::default() };
    bench.with_past(PastReader(Arc::new(move || work.clone())));
    let (_, losses, _) = asked(&mut bench, CallKind::Function, call("rm -r made"), Decision::Decline).await;
    assert_eq!(losses.unwrap().files, 7);
}
