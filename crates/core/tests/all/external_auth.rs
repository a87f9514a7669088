//! A login that the program around this one lends: asked for again when a server refuses its token, and never used once
//! it is of no more use.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use codex_auth::{AuthError, ExternalAuth, ExternalLogin, LentToken, Secret, Supplying};
use codex_core::{ThreadOrigin, start_thread};
use codex_protocol::Event;
use codex_sim::{RecordedRequest, Reply, Script};
use pretty_assertions::assert_eq;

use crate::bench::{Bench, turn};

/// Lends these one after another, and remembers what it was asked in place of.
#[derive(Debug, Default)]
struct Client {
    tokens: Mutex<VecDeque<LentToken>>,
    stale: Mutex<Vec<String>>,
}

impl ExternalAuth for Client {
    fn supply<'a>(&'a self, stale: &'a Secret) -> Supplying<'a> {
        self.stale.lock().unwrap().push(stale.expose().to_owned());
        let token = self.tokens.lock().unwrap().pop_front();
        let none = || AuthError::External { problem: "nobody is signed in there".to_owned() };
        Box::pin(async move { token.ok_or_else(none) })
    }
}

fn lent(token: &str, account_id: &str) -> LentToken {
    LentToken { access_token: Secret::new(token), account_id: account_id.to_owned() }
}

/// A token that ended in 1970.
const ENDED: &str = "e30.eyJleHAiOjF9.c2ln";

/// Takes `good` for the credential.
fn server(good: &'static str) -> Script {
    let answer = move |request: &RecordedRequest| match request.header("authorization") == Some(good) {
        true => Reply::say("hi"),
        false => Reply::error(401, "token_expired", "no"),
    };
    Script::new([Reply::computed(answer)]).repeat_last()
}

struct Played {
    events: Vec<Event>,
    /// What the server was shown.
    shown: Vec<String>,
    stale: Vec<String>,
}

/// Two turns with this first token and these after it.
async fn play(script: Script, first: &str, further: &[LentToken]) -> Played {
    let mut bench = Bench::with(script, &["model_provider=\"lab\""]).await;
    let url = bench.server.url();
    bench.set(&format!("model_providers.lab={{name=\"Lab\",base_url=\"{url}\",requires_openai_auth=true,stream_max_retries=0}}"));
    let client =
        Arc::new(Client { tokens: Mutex::new(further.iter().cloned().collect()), ..Client::default() });
    let mut start = bench.start(ThreadOrigin::New);
    start.login = Some(ExternalLogin::new(lent(first, "acc-1"), Arc::<Client>::clone(&client)));
    let mut thread = start_thread(start).unwrap();
    let mut events = turn(&mut thread, "one").await;
    if matches!(events.last(), Some(Event::TurnCompleted { .. })) {
        events.extend(turn(&mut thread, "two").await);
    }
    thread.close().await;
    let requests = bench.server.requests();
    assert!(requests.iter().all(|request| request.header("chatgpt-account-id") == Some("acc-1")));
    let shown = requests.iter().filter_map(|request| request.header("authorization")).map(str::to_owned);
    let stale = client.stale.lock().unwrap().clone();
    Played { events, shown: shown.collect(), stale }
}

fn failure(events: &[Event]) -> String {
    match events.last() {
        Some(Event::TurnFailed { error, .. }) => error.message.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_token_is_asked_for_again_and_the_new_one_is_kept() {
    let played = play(server("Bearer tok-2"), "tok-1", &[lent("tok-2", "acc-1")]).await;
    let events = &played.events;
    assert!(matches!(events.last(), Some(Event::TurnCompleted { .. })), "{events:?}");
    assert!(!events.iter().any(|event| matches!(event, Event::Reconnecting { .. })), "{events:?}");
    assert_eq!(played.shown.iter().filter(|shown| *shown == "Bearer tok-1").count(), 1);
    assert_eq!(played.shown.iter().filter(|shown| *shown == "Bearer tok-2").count(), 2);
    assert_eq!(played.stale, ["tok-1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_has_ended_is_not_sent() {
    let played = play(server("Bearer tok-2"), ENDED, &[lent("tok-2", "acc-1")]).await;
    assert_eq!(played.shown, ["Bearer tok-2", "Bearer tok-2"]);
    assert_eq!(played.stale, [ENDED]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_of_no_use_is_not_taken() {
    for (further, problem) in [
        (vec![lent("tok-1", "acc-1"); 3], "again"),
        (vec![lent("tok-2", "acc-2"); 3], "another workspace"),
        (vec![lent(ENDED, "acc-1"); 3], "has ended"),
        (vec![], "nobody is signed in there"),
    ] {
        let played = play(server("Bearer tok-2"), "tok-1", &further).await;
        let said = failure(&played.events);
        assert!(said.contains(problem), "{said}");
        assert!(played.shown.iter().all(|shown| shown == "Bearer tok-1"), "{problem}: {:?}", played.shown);
    }
}
