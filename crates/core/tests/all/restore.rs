//! Going on with saved threads: resume, fork, and what each sends.

use codex_core::{StartError, ThreadOrigin, start_thread};
use codex_protocol::ThreadId;
use codex_rollout::ThreadRef;
use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::{Bench, kinds, lines, rollouts, turn};

async fn one_turn(bench: &Bench) -> ThreadId {
    let mut thread = bench.open(ThreadOrigin::New);
    let id = thread.info().thread_id;
    turn(&mut thread, "first").await;
    thread.close().await;
    id
}

// covers: responses-wire 56
#[tokio::test]
async fn resume_sends_the_saved_input_as_an_exact_prefix() {
    let bench = Bench::new([Reply::say("one"), Reply::say("two")]).await;
    let id = one_turn(&bench).await;
    let mut thread = bench.open(ThreadOrigin::Resume(ThreadRef::Id(id)));
    assert_eq!(thread.info().thread_id, id);
    turn(&mut thread, "second").await;
    thread.close().await;
    bench.server.verify().unwrap();
    let (first, second) = (bench.server.request(0).unwrap(), bench.server.request(1).unwrap());
    let (sent, again) = (first.input(), second.input());
    assert_eq!(again[..sent.len()], sent[..]);
    assert_eq!(again.len(), sent.len() + 2);
    assert_eq!(second.json()["prompt_cache_key"], json!(id.to_string()));
    assert_eq!(second.turn_metadata()["history_initialization"], json!("cold_resume"));
    assert_eq!(kinds(&bench.lines()).iter().filter(|kind| *kind == "world_state").count(), 1);
}

#[tokio::test]
async fn a_fork_goes_its_own_way() {
    let bench = Bench::new([Reply::say("one"), Reply::say("fork"), Reply::say("parent")]).await;
    let id = one_turn(&bench).await;
    let mut fork = bench.open(ThreadOrigin::Fork(ThreadRef::Id(id)));
    let fork_id = fork.info().thread_id;
    assert_ne!(fork_id, id);
    turn(&mut fork, "in the fork").await;
    fork.close().await;
    let mut parent = bench.open(ThreadOrigin::Resume(ThreadRef::Id(id)));
    turn(&mut parent, "in the parent").await;
    parent.close().await;
    bench.server.verify().unwrap();
    let fork = bench.server.request(1).unwrap();
    assert_eq!(fork.turn_metadata()["history_initialization"], json!("cold_fork"));
    assert_eq!(fork.turn_metadata()["forked_from_thread_id"], json!(id.to_string()));
    assert_eq!(fork.json()["prompt_cache_key"], json!(fork_id.to_string()));
    let parent = bench.server.request(2).unwrap();
    let words = fork.input_texts("user");
    assert!(words.contains(&"first") && words.contains(&"in the fork"), "{words:?}");
    assert!(!parent.input_texts("user").contains(&"in the fork"));
    let files = rollouts(&bench.home());
    assert_eq!(files.len(), 2);
    let forked = files
        .iter()
        .map(|file| lines(file))
        .find(|lines| lines[0]["payload"]["id"] == json!(fork_id.to_string()));
    let forked = forked.unwrap();
    assert_eq!(forked[0]["ordinal"], forked[0]["payload"]["history_base"]["end_ordinal_exclusive"]);
}

#[tokio::test]
async fn an_unknown_thread_is_named() {
    let bench = Bench::new([Reply::say("x")]).await;
    let start = bench.start(ThreadOrigin::Resume(ThreadRef::Name("nope".to_owned())));
    match start_thread(start) {
        Err(StartError::NotFound(thread)) => assert!(thread.to_string().contains("nope")),
        other => panic!("{:?}", other.map(|thread| thread.info().clone())),
    }
}

// covers: rollouts 30
#[tokio::test]
async fn another_provider_is_refused() {
    let bench = Bench::new([Reply::say("one")]).await;
    let id = one_turn(&bench).await;
    let other = Bench::with(
        [Reply::say("x")],
        &["model_provider=\"other\"", "model_providers.other={name=\"O\",base_url=\"http://127.0.0.1:9\"}"],
    )
    .await;
    let mut start = other.start(ThreadOrigin::Resume(ThreadRef::Id(id)));
    let mut config = (*start.config).clone();
    config.codex_home = bench.home();
    start.config = std::sync::Arc::new(config);
    assert!(matches!(start_thread(start), Err(StartError::ProviderChanged { .. })));
}
