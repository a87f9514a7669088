//! Signals, closed pipes and readers that do not read: how a run leaves, and what it leaves behind.

use std::time::{Duration, Instant};

use codex_sim::{Gate, Item, Reply};
use codex_test_support::{RunningCodex, Signal, TestCodex, wait_until};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{run_command, scripted, world};

/// A command that runs for long and can be found among the processes.
struct Marked {
    mark: String,
}

impl Marked {
    fn new() -> Self {
        let digits = Uuid::new_v4().as_u128() % 1_000_000_000_000;
        Self { mark: format!("300.{digits:012}") }
    }

    fn command(&self) -> String {
        format!("echo begun; sleep {}", self.mark)
    }

    fn runs(&self) -> bool {
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
        let mut sleeps = lines.filter(|line| line.starts_with(b"sleep\0"));
        sleeps.any(|line| String::from_utf8_lossy(&line).contains(&self.mark))
    }

    async fn wait_until_it_runs(&self) {
        wait_until("the command to run", Duration::from_secs(10), || self.runs().then_some(()))
            .await
            .unwrap();
    }

    async fn wait_until_it_is_gone(&self) {
        wait_until("the command to be gone", Duration::from_secs(2), || (!self.runs()).then_some(()))
            .await
            .unwrap();
    }
}

/// A run in the middle of a command.
async fn in_a_command(codex: &TestCodex, marked: &Marked) -> RunningCodex {
    let run = codex.exec(["--json", "go"]).spawn().unwrap();
    run.wait_for_stdout(|text| text.contains("item.started")).await.unwrap();
    marked.wait_until_it_runs().await;
    run
}

/// The texts of user messages, in order.
fn user_texts(input: &[Value]) -> Vec<String> {
    let users = input.iter().filter(|item| item["role"] == "user");
    let parts = users.flat_map(|item| item["content"].as_array().unwrap().iter());
    parts.filter_map(|part| Some(part["text"].as_str()?.to_owned())).collect()
}

// covers: exec 22, rollouts 12
#[tokio::test]
async fn an_interrupt_ends_a_command_in_order() {
    let marked = Marked::new();
    let codex = scripted([run_command(&marked.command(), "c1"), Reply::say("again")]).await;
    let mut run = in_a_command(&codex, &marked).await;
    let sent = Instant::now();
    run.signal(Signal::Interrupt).unwrap();
    let out = run.wait().await.unwrap();
    assert!(sent.elapsed() < Duration::from_secs(1), "{:?}", sent.elapsed());
    assert_eq!(out.code, Some(1), "{out:?}");
    marked.wait_until_it_is_gone().await;
    assert!(!out.stdout.contains("turn.completed") && !out.stdout.contains("turn.failed"), "{out:?}");
    let rollout = codex.rollout().unwrap();
    let aborted: Vec<_> =
        rollout.payloads("event_msg").into_iter().filter(|event| event["type"] == "turn_aborted").collect();
    assert_eq!(aborted.len(), 1, "{:?}", rollout.lines);
    assert_eq!(aborted[0]["reason"], "interrupted");

    let id = out.thread_id().unwrap();
    let resumed = codex.exec(["--json", "resume", &id, "and now"]).run().await.unwrap();
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    let request = codex.server.request(1).unwrap();
    let texts = user_texts(request.input());
    assert_eq!(texts.iter().filter(|text| text.starts_with("<turn_aborted>")).count(), 1, "{texts:?}");
    let output = request.output_text("c1").unwrap();
    assert!(output.contains("aborted by user"), "{output}");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn an_interrupt_while_the_model_speaks() {
    let partial = Reply::sse().created().text_delta("half a sent").hold();
    let codex = scripted([partial, Reply::say("again")]).await;
    let mut run = codex.exec(["go"]).spawn().unwrap();
    codex.server.wait_for_requests(1).await;
    run.signal(Signal::Interrupt).unwrap();
    let out = run.wait().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{out:?}");
    assert!(out.stderr.ends_with("turn interrupted\n"), "{out:?}");
    let rollout = codex.rollout().unwrap();
    let text = format!("{:?}", rollout.lines);
    assert!(text.contains("<turn_aborted>") && text.contains("\"turn_aborted\""), "{text}");
    assert!(!text.contains("half a sent"), "{text}");
}

// covers: exec 23, rollouts 4, rollouts 11
#[tokio::test]
async fn a_kill_in_a_command_leaves_whole_lines() {
    let marked = Marked::new();
    let codex = scripted([run_command(&marked.command(), "c1"), Reply::say("again")]).await;
    let mut run = in_a_command(&codex, &marked).await;
    run.signal(Signal::Kill).unwrap();
    let out = run.wait().await.unwrap();
    assert_eq!((out.code, out.signal), (None, Some(9)), "{out:?}");
    marked.wait_until_it_is_gone().await;
    let rollout = codex.rollout().unwrap();
    let text = std::fs::read_to_string(&rollout.path).unwrap();
    assert!(text.ends_with('\n'));
    let calls = rollout.payloads("response_item").into_iter().filter(|item| item["call_id"] == "c1");
    assert_eq!(calls.map(|item| item["type"].as_str().unwrap()).collect::<Vec<_>>(), ["function_call"]);

    let id = out.thread_id().unwrap();
    let resumed = codex.exec(["resume", &id, "and now"]).run().await.unwrap();
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert_eq!(codex.server.request(1).unwrap().output_text("c1").unwrap(), "aborted");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn other_signals_end_the_process_and_its_commands() {
    for (signal, number) in [(Signal::Terminate, 15), (Signal::Hangup, 1)] {
        let marked = Marked::new();
        let codex = scripted([run_command(&marked.command(), "c1")]).await;
        let mut run = in_a_command(&codex, &marked).await;
        run.signal(signal).unwrap();
        let out = run.wait().await.unwrap();
        assert_eq!((out.code, out.signal), (None, Some(number)), "{out:?}");
        marked.wait_until_it_is_gone().await;
        let text = std::fs::read_to_string(codex.rollout().unwrap().path).unwrap();
        assert!(text.ends_with('\n'));
    }
}

// The official program panics here and leaves the turn open on disk; ours ends it.
#[tokio::test]
async fn a_closed_pipe_ends_the_turn_in_order() {
    let marked = Marked::new();
    let gate = Gate::new();
    let more = Reply::sse()
        .created()
        .pause(&gate)
        .item(Item::message_in_phase("more", "commentary"))
        .item(Item::function_call("exec_command", &json!({"cmd": marked.command()}), "c1"))
        .completed();
    let codex = scripted(more).await;
    let mut run = codex.exec(["--json", "go"]).spawn().unwrap();
    run.wait_for_stdout(|text| text.contains("turn.started")).await.unwrap();
    gate.reached().await;
    run.close_stdout();
    gate.open();
    let out = run.wait().await.unwrap();
    assert_eq!(
        (out.code, out.stderr.as_str()),
        (Some(1), "Reading additional input from stdin...\n"),
        "{out:?}"
    );
    marked.wait_until_it_is_gone().await;
    let events = codex.rollout().unwrap();
    let ends =
        events.payloads("event_msg").into_iter().filter(|event| event["type"] == "turn_aborted").count();
    assert_eq!(ends, 1, "{:?}", events.lines);
}

#[tokio::test]
async fn a_reader_who_does_not_read_cannot_hold_an_interrupt() {
    // Far more than a pipe holds.
    let text = "all work and no play ".repeat(20_000);
    let gate = Gate::new();
    let held = Reply::sse().created().message(&text).pause(&gate).hold();
    let codex = scripted(held).await;
    let script = format!(
        "mkfifo pipe; timeout 60 sleep 60 < pipe > /dev/null 2>&1 & exec {} exec --json go > pipe",
        env!("CARGO_BIN_EXE_codex")
    );
    let mut run = codex.program("/bin/sh").args(["-c", &script]).spawn().unwrap();
    gate.reached().await;
    // The message is on disk before it is shown.
    wait_until("the message on disk", Duration::from_secs(10), || {
        let rollouts = codex.rollouts().unwrap();
        rollouts
            .first()
            .filter(|rollout| format!("{:?}", rollout.lines).contains("all work and no play"))
            .map(drop)
    })
    .await
    .unwrap();
    let sent = Instant::now();
    run.signal(Signal::Interrupt).unwrap();
    let out = run.wait().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(sent.elapsed() < Duration::from_secs(2), "{:?}", sent.elapsed());
}

// The person presses Ctrl-C again because nothing seems to happen.
#[tokio::test]
async fn a_second_interrupt_ends_at_once() {
    let codex = world().script(Reply::sse().created().hold()).build().await.unwrap();
    let mut run = codex.exec(["--json", "go"]).spawn().unwrap();
    codex.server.wait_for_requests(1).await;
    run.signal(Signal::Interrupt).unwrap();
    // The first may have ended it already.
    let _ = run.signal(Signal::Interrupt);
    let out = run.wait().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
}
