//! Stopping a turn: in a command, in a stream, while nobody answers.

use codex_core::ThreadOrigin;
use codex_protocol::{Event, Op, TurnItem};
use codex_sim::{Gate, Reply};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::{Bench, kinds, say, turn, until_end};

#[tokio::test]
async fn an_interrupted_command_is_killed_and_the_model_is_told() {
    let bench = Bench::new([
        Reply::call("exec_command", &json!({"cmd": "echo $$ > pid; sleep 600"}), "c1"),
        Reply::say("back"),
    ])
    .await;
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(say("go")).await.unwrap();
    loop {
        match thread.next_event().await {
            Some(Event::ItemStarted { item: TurnItem::CommandExecution(_), .. }) => break,
            Some(_) => {}
            None => panic!("the thread ended"),
        }
    }
    thread.submit(Op::Interrupt).await.unwrap();
    let events = until_end(&mut thread).await;
    assert!(matches!(events.last(), Some(Event::TurnAborted { .. })), "{events:?}");
    let told = kinds(&bench.lines());
    assert!(told.contains(&"turn_aborted".to_owned()), "{told:?}");

    turn(&mut thread, "again").await;
    thread.close().await;
    bench.server.verify().unwrap();
    let request = bench.server.request(1).unwrap();
    let output = request.output_text("c1").unwrap();
    assert!(output.contains("aborted by user"), "{output}");
    let markers =
        request.input_texts("user").iter().filter(|text| text.starts_with("<turn_aborted>")).count();
    assert_eq!(markers, 1);
}

#[tokio::test]
async fn an_interrupt_works_while_the_server_has_not_answered() {
    let gate = Gate::new();
    let bench = Bench::new([Reply::sse().header_gate(&gate).message("late").completed()]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(say("go")).await.unwrap();
    gate.reached().await;
    thread.submit(Op::Interrupt).await.unwrap();
    let events = until_end(&mut thread).await;
    assert!(matches!(events.last(), Some(Event::TurnAborted { .. })), "{events:?}");
    thread.close().await;
}

#[tokio::test]
async fn closing_a_thread_stops_its_turn() {
    let gate = Gate::new();
    let bench = Bench::new([Reply::sse().created().pause(&gate).completed()]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(say("go")).await.unwrap();
    gate.reached().await;
    while !matches!(thread.next_event().await, Some(Event::TurnStarted { .. }) | None) {}
    thread.close().await;
    assert_eq!(kinds(&bench.lines()).last().map(String::as_str), Some("turn_aborted"));
}

#[tokio::test]
async fn words_added_to_a_running_turn_reach_its_next_request() {
    let gate = Gate::new();
    let bench =
        Bench::new([Reply::sse().created().pause(&gate).message("one").completed(), Reply::say("two")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    thread.submit(say("go")).await.unwrap();
    gate.reached().await;
    let input = vec![codex_protocol::UserInput::text("and this")];
    thread.submit(Op::Steer { input }).await.unwrap();
    // The operation is handled before the stream goes on: people come first in the loop.
    gate.open();
    let events = until_end(&mut thread).await;
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    thread.close().await;
    bench.server.verify().unwrap();
    let request = bench.server.request(1).unwrap();
    assert_eq!(request.input_texts("user").last(), Some(&"and this"));
}
