//! Faults of a connection after a tool was called: each is survived over both transports, and the tool ran once.

use codex_core::ThreadOrigin;
use codex_protocol::Event;
use codex_sim::{Gate, Reply, Script};
use futures_util::StreamExt as _;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::{Bench, turn};

const HTTP: &[&str] = &[];
const SOCKET: &[&str] = &["model_providers.sim.supports_websockets=true"];
/// Much more than an answer of the scripted server takes, and short enough to be waited for.
const IDLE: &str = "model_providers.sim.stream_idle_timeout_ms=1500";
const AT_ONCE: usize = 8;

/// An answer that calls a tool and has not ended.
fn called() -> Reply {
    let run = json!({ "cmd": "echo c1 >> ran.txt" });
    Reply::sse().created().function_call("exec_command", &run, "c1")
}

fn end_of(events: &[Event]) -> &Event {
    events.last().unwrap()
}

/// Plays a turn whose first answer breaks after its call; gives the number of attempts it took.
async fn survived(wire: &[&str], broken: Reply, what: &str) -> usize {
    let settings = [wire, &[IDLE]].concat();
    let script = Script::new([broken, Reply::say("done"), Reply::say("done")]).allow_unused();
    let bench = Bench::with(script, &settings).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let events = turn(&mut thread, "do it").await;
    thread.close().await;
    bench.server.verify().unwrap_or_else(|failures| panic!("{what} over {wire:?}: {failures}"));
    assert!(
        matches!(end_of(&events), Event::TurnCompleted { .. }),
        "{what} over {wire:?}: {:?}",
        end_of(&events)
    );
    let ran = std::fs::read_to_string(bench.repo().join("ran.txt")).unwrap_or_default();
    assert!(ran.is_empty() || ran == "c1\n", "{what} over {wire:?}: ran {ran:?}");
    let requests = bench.server.requests();
    let outputs = |input: &[serde_json::Value]| {
        input.iter().filter(|item| item["type"] == "function_call_output").count()
    };
    let last = requests.last().unwrap();
    assert_eq!(outputs(last.full_input()), ran.lines().count(), "{what} over {wire:?}");
    requests.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_cut_within_an_event_is_asked_for_again() {
    let cuts = (0..700).step_by(29).flat_map(|bytes| [HTTP, SOCKET].map(|wire| (wire, bytes)));
    let runs = futures_util::stream::iter(cuts).map(|(wire, bytes)| async move {
        survived(wire, called().completed().cut_at_byte(bytes), &format!("a cut after {bytes} bytes")).await
    });
    let runs: Vec<usize> = runs.buffer_unordered(AT_ONCE).collect().await;
    assert!(runs.iter().all(|requests| *requests == 2), "{runs:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_in_a_stream_does_not_end_a_turn() {
    for wire in [HTTP, SOCKET] {
        assert_eq!(survived(wire, called().garbage().cut(), "garbage and a cut").await, 2);
        assert_eq!(survived(wire, called().garbage().completed(), "garbage").await, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_below_the_frames_ends_a_connection_and_not_a_turn() {
    for bytes in
        [&[0x83, 0][..], &[0xB1, 0], &[0x81, 0x80, 0, 0, 0, 0], &[0xC1, 1, 0], &[0x81, 2, 0xC3, 0x28]]
    {
        assert_eq!(
            survived(SOCKET, called().below_frames(bytes).hold(), "garbage below the frames").await,
            2
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_falls_silent_is_left_after_the_idle_limit() {
    for wire in [HTTP, SOCKET] {
        let begun = std::time::Instant::now();
        assert_eq!(survived(wire, called().half_open(), "a half-open connection").await, 2);
        assert!(begun.elapsed() >= std::time::Duration::from_millis(1500), "{wire:?}: {:?}", begun.elapsed());
        let never = Gate::new();
        assert_eq!(
            survived(wire, called().slow_delta("slow", &[never]).completed(), "half an event").await,
            2
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_stream_is_waited_for() {
    for wire in [HTTP, SOCKET] {
        let gates: Vec<Gate> = (0..5).map(|_| Gate::new()).collect();
        let reply = called().slow_delta("slowly", &gates).completed();
        let opener = async {
            for gate in &gates {
                gate.reached().await;
                gate.open();
            }
        };
        let (requests, ()) = tokio::join!(survived(wire, reply, "a slow stream"), opener);
        assert_eq!(requests, 2, "{wire:?}: the answer, and the one after its tool");
    }
}
