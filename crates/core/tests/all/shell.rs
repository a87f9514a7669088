//! A person's own commands and commands in the background.

use codex_core::ThreadOrigin;
use codex_protocol::{CommandSource, Event, ItemStatus, Op, TurnItem};
use codex_sim::{Gate, Reply};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::bench::{Bench, kinds, say, turn, until_end};

fn run(command: &str) -> Op {
    Op::RunShell { command: command.to_owned() }
}

fn last_text(request: &Value, from_end: usize) -> String {
    let items = request["input"].as_array().unwrap();
    items[items.len() - 1 - from_end]["content"][0]["text"].as_str().unwrap().to_owned()
}

/// Everything but the time it took.
fn without_duration(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("Duration: ")).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn an_own_command_makes_no_request_and_is_told_with_the_next() {
    let bench = Bench::new([Reply::say("seen")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(run("echo out; exit 3")).await.unwrap();
    let events = until_end(&mut thread).await;
    let item = events.iter().find_map(|event| match event {
        Event::ItemCompleted { item: TurnItem::CommandExecution(command), .. } => Some(command.clone()),
        _ => None,
    });
    let item = item.unwrap();
    assert_eq!(
        (item.source, item.status, item.exit_code, item.aggregated_output.as_str(), item.process_id),
        (CommandSource::UserShell, ItemStatus::Failed, Some(3), "out\n", None)
    );
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    assert_eq!(bench.server.requests().len(), 0);
    turn(&mut thread, "did you see?").await;
    thread.close().await;
    let request = bench.server.request(0).unwrap().json().clone();
    let told = request["input"].as_array().unwrap().iter().find_map(|item| {
        item["content"][0]["text"].as_str().filter(|text| text.starts_with("<user_shell_command>"))
    });
    assert_eq!(
        without_duration(told.unwrap()),
        "<user_shell_command>\n<command>\necho out; exit 3\n</command>\n<result>\nExit code: 3\nOutput:\nout\n\n\
         </result>\n</user_shell_command>"
    );
    assert_eq!(kinds(&bench.lines())[1..5], ["task_started", "CommandExecution", "message", "task_complete"]);
}

#[tokio::test]
async fn an_own_command_runs_beside_a_turn() {
    let gate = Gate::new();
    let bench = Bench::new([Reply::say("first").header_gate(&gate), Reply::say("second")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(say("go")).await.unwrap();
    thread.submit(run("echo beside")).await.unwrap();
    loop {
        match thread.next_event().await.unwrap() {
            Event::ItemCompleted { item: TurnItem::CommandExecution(_), .. } => break,
            event => assert!(!matches!(event, Event::TurnCompleted { .. }), "{event:?}"),
        }
    }
    gate.open();
    let events = until_end(&mut thread).await;
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    assert_eq!(bench.server.requests().len(), 1);
    turn(&mut thread, "next").await;
    thread.close().await;
    let told = last_text(bench.server.request(1).unwrap().json(), 1);
    assert!(told.contains("beside"), "{told}");
}

#[tokio::test]
async fn an_own_command_is_stopped_by_an_interrupt() {
    let bench = Bench::new([Reply::say("seen")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(run("sleep 100")).await.unwrap();
    loop {
        if let Event::ItemStarted { .. } = thread.next_event().await.unwrap() {
            break;
        }
    }
    thread.submit(Op::Interrupt).await.unwrap();
    let events = until_end(&mut thread).await;
    assert!(matches!(events.last(), Some(Event::TurnAborted { .. })), "{events:?}");
    turn(&mut thread, "well?").await;
    thread.close().await;
    let request = bench.server.request(0).unwrap().json().to_string();
    assert!(request.contains("command aborted by user"), "{request}");
}

#[tokio::test]
async fn commands_in_the_background_are_listed_and_stopped() {
    let arguments = json!({"cmd": "echo up; sleep 100", "yield_time_ms": 300});
    let bench = Bench::new([Reply::call("exec_command", &arguments, "c1"), Reply::say("it runs")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "start it").await;
    thread.submit(Op::ListTerminals).await.unwrap();
    let Some(Event::Terminals(terminals)) = thread.next_event().await else { panic!() };
    let [terminal] = terminals.as_slice() else { panic!("{terminals:?}") };
    assert_eq!(
        (terminal.command.as_str(), terminal.recent_output.as_str(), terminal.item_id.as_str()),
        ("echo up; sleep 100", "up\n", "c1")
    );
    thread.submit(Op::StopTerminals { process_id: Some(terminal.process_id.clone()) }).await.unwrap();
    let mut ended = false;
    loop {
        match thread.next_event().await.unwrap() {
            Event::Terminals(left) => {
                assert_eq!(left, []);
                break;
            }
            Event::ItemCompleted { .. } => ended = true,
            _ => {}
        }
    }
    while !ended {
        ended = matches!(thread.next_event().await.unwrap(), Event::ItemCompleted { .. });
    }
    thread.close().await;
}
