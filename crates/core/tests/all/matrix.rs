//! Every shape of a turn, cut at every event of its wire: the turn completes, no tool runs twice, and what is on disk is
//! whole. The scripted server refuses conversations that break the rules of their wire.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use codex_core::ThreadOrigin;
use codex_protocol::Event;
use codex_sim::{Reply, Script, TurnShape};
use futures_util::StreamExt as _;
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::bench::{Bench, turn};

/// Turns that are played at once; most of their time is spent waiting.
const AT_ONCE: usize = 32;

/// One run: which answer is cut, and after how many events.
#[derive(Debug, Clone, Copy)]
struct Cut {
    request: usize,
    events: usize,
}

/// Whether there was something to cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Played {
    Cut,
    Whole,
}

async fn play(shape: &TurnShape, overrides: &[&str], cut: Cut) -> Played {
    let place = format!("{} with {cut:?}", shape.name);
    let (model, asked) = (shape.clone(), Arc::new(AtomicUsize::new(0)));
    let reply = move |request: &codex_sim::RecordedRequest| -> Reply {
        let reply = model.reply(request);
        let now = asked.fetch_add(1, Ordering::Relaxed);
        if now == cut.request { reply.cut_at_event(cut.events) } else { reply }
    };
    let overrides: Vec<&str> =
        overrides.iter().copied().chain(["sandbox_mode=\"danger-full-access\""]).collect();
    let bench = Bench::with(Script::new([Reply::computed(reply)]).repeat_last(), &overrides).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let events = turn(&mut thread, "do it").await;
    thread.close().await;
    bench.server.verify().unwrap_or_else(|failures| panic!("{place}: {failures}"));
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{place}: {events:?}");
    let ran = std::fs::read_to_string(bench.repo().join("ran.txt")).unwrap_or_default();
    let mut ran: Vec<&str> = ran.lines().collect();
    ran.sort_unstable();
    let lines = bench.lines();
    assert_eq!(ran, shape.commands(), "{place}: {:?}", outputs(&lines));
    whole(&lines, &place);
    let expected = shape.responses();
    match bench.server.requests().len() {
        asked if asked == expected => Played::Whole,
        asked if asked > expected => Played::Cut,
        asked => panic!("{place}: only {asked} requests"),
    }
}

/// What the commands answered.
fn outputs(lines: &[Value]) -> Vec<&str> {
    lines.iter().filter_map(|line| line["payload"]["output"].as_str()).collect()
}

/// Each call is on disk once, and so is its output.
fn whole(lines: &[Value], place: &str) {
    let mut counts: BTreeMap<(&str, bool), usize> = BTreeMap::new();
    for line in lines.iter().filter(|line| line["type"] == "response_item") {
        let payload = &line["payload"];
        if let (Some(call_id), Some(kind)) = (payload["call_id"].as_str(), payload["type"].as_str()) {
            *counts.entry((call_id, kind.ends_with("_output"))).or_default() += 1;
        }
    }
    for (&(call_id, output), &count) in &counts {
        assert_eq!(count, 1, "{place}: {call_id}, an output: {output}");
        assert!(counts.contains_key(&(call_id, !output)), "{place}: {call_id} has no pair");
    }
}

async fn every_cut(shape: TurnShape, overrides: &[&str]) -> usize {
    let mut runs = 0;
    for request in 0..shape.responses() {
        for events in 0.. {
            runs += 1;
            if play(&shape, overrides, Cut { request, events }).await == Played::Whole {
                break;
            }
        }
    }
    runs
}

async fn matrix(overrides: &[&str]) {
    let shapes = futures_util::stream::iter(TurnShape::all());
    let runs: Vec<usize> =
        shapes.map(|shape| every_cut(shape, overrides)).buffer_unordered(AT_ONCE).collect().await;
    assert!(runs.len() >= 20 && runs.iter().all(|runs| *runs > 3), "{runs:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_over_http_survive_every_cut() {
    matrix(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chat_completions_survive_every_cut() {
    matrix(&["model_providers.sim.wire_api=\"chat\""]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_survive_every_cut() {
    matrix(&["model_providers.sim.wire_api=\"messages\""]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_over_a_websocket_survive_every_cut() {
    matrix(&["model_providers.sim.supports_websockets=true"]).await;
}
