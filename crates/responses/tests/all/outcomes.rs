//! What the client makes of each kind of refusal, counted in POSTs.

use std::time::{Duration, Instant};

use codex_protocol::ErrorInfo;
use codex_responses::{Retry, StreamError};
use codex_sim::{Reply, Script, SimServer};
use pretty_assertions::assert_eq;
use tokio::net::TcpListener;

use crate::lab::{client, completed, run};

const STREAM: Retry = Retry::Stream { after: None };

/// The error and the POSTs of one turn with one silent retry.
async fn refused(reply: Reply) -> (StreamError, usize) {
    let server = SimServer::start(Script::new([reply]).repeat_last()).await.unwrap();
    let (_, error) = run(&client(&server.url())).await;
    (error.unwrap(), server.requests().len())
}

// covers: responses-wire 24, responses-wire 26
#[tokio::test]
async fn server_errors_are_sent_again_and_others_are_not() {
    for (status, posts) in [(500, 2), (502, 2), (529, 2), (400, 1), (401, 1), (404, 1), (408, 1), (429, 1)] {
        let (error, seen) = refused(Reply::status(status).body("no")).await;
        assert_eq!(seen, posts, "{status}: {error}");
    }
    let (error, posts) = refused(Reply::error(503, "server_is_overloaded", "busy")).await;
    assert_eq!((error.retry(), posts), (Retry::Final, 2));
}

#[tokio::test]
async fn messages_carry_the_servers_words_and_the_address() {
    let server =
        SimServer::start([Reply::error(404, "x", "nope").header("x-request-id", "rq1")]).await.unwrap();
    let (_, error) = run(&client(&server.url())).await;
    let error = error.unwrap();
    let expected =
        format!("unexpected status 404 Not Found: nope, url: {}/responses, request id: rq1", server.url());
    assert_eq!((error.message(), error.retry()), (expected, STREAM));
    assert!(error.hint().unwrap().contains("base_url"));
    let (error, _) = refused(Reply::status(400).body("{\"odd\":1}")).await;
    assert_eq!((error.message(), error.retry()), ("{\"odd\":1}".to_owned(), Retry::Final));
    let (error, _) = refused(Reply::status(401)).await;
    assert_eq!((error.error_info(), error.retry()), (ErrorInfo::Unauthorized, STREAM));
}

#[tokio::test]
async fn a_server_that_recovers_is_not_noticed() {
    let server = SimServer::start([Reply::status(500), Reply::say("hi")]).await.unwrap();
    let (events, error) = run(&client(&server.url())).await;
    assert!(error.is_none() && completed(&events), "{error:?}");
    let requests = server.requests();
    assert_eq!(requests[0].body(), requests[1].body());
    server.verify().unwrap();
}

// covers: responses-wire 28
#[tokio::test]
async fn retry_after_replaces_the_silent_delay() {
    let server =
        SimServer::start([Reply::status(503).header("retry-after", "1"), Reply::say("hi")]).await.unwrap();
    let start = Instant::now();
    let (events, _) = run(&client(&server.url())).await;
    assert!(completed(&events));
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    server.verify().unwrap();
}

// covers: responses-wire 27, responses-wire 29
#[tokio::test]
async fn a_429_is_final_unless_it_names_a_time() {
    let (error, posts) = refused(Reply::error(429, "x", "slow down")).await;
    assert_eq!((error.retry(), posts), (Retry::Final, 1));
    let (error, posts) = refused(Reply::error(429, "x", "slow down").header("retry-after", "3")).await;
    assert_eq!((error.retry(), posts), (Retry::Stream { after: Some(Duration::from_secs(3)) }, 1));
    let (error, posts) = refused(Reply::error(429, "usage_limit_reached", "x")).await;
    assert_eq!((error.retry(), error.error_info(), posts), (Retry::Final, ErrorInfo::UsageLimitExceeded, 1));
}

#[tokio::test]
async fn a_connection_without_an_answer_is_tried_again() {
    let server = SimServer::start([Reply::drop_connection(), Reply::say("hi")]).await.unwrap();
    let (events, error) = run(&client(&server.url())).await;
    assert!(error.is_none() && completed(&events), "{error:?}");
    let (error, _) = refused(Reply::drop_connection()).await;
    assert!(matches!(error, StreamError::Transport { .. }), "{error:?}");
    assert_eq!(error.retry(), STREAM);
}

#[tokio::test]
async fn nobody_listening_is_the_networks_state() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let (_, error) = run(&client(&url)).await;
    let error = error.unwrap();
    assert_eq!(error.retry(), Retry::Network);
    let message = error.message();
    assert!(message.starts_with("Connection failed: ") && message.contains(&url), "{message}");
}

#[tokio::test]
async fn a_web_page_is_named_as_one() {
    let (error, posts) = refused(Reply::html(200)).await;
    assert_eq!((error.retry(), posts), (Retry::Final, 1));
    assert!(error.message().contains("text/html") && error.message().contains("/v1/responses"), "{error}");
    assert!(error.hint().unwrap().contains("base_url"));
    let (error, _) = refused(Reply::html(404)).await;
    assert!(error.message().starts_with("unexpected status 404 Not Found: a web page titled "), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = SimServer::start(Script::new([Reply::say("hi")]).allow_unused()).await.unwrap();
    let target = format!("{}/responses", elsewhere.url());
    for status in [301, 302, 307, 308] {
        let (error, _) = refused(Reply::status(status).header("location", &target)).await;
        assert!(matches!(&error, StreamError::Status(answer) if answer.status == status), "{error:?}");
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn an_address_that_is_none_is_a_setup_error() {
    let (_, error) = run(&client("not a url")).await;
    let error = error.unwrap();
    assert!(matches!(error, StreamError::Setup(_)) && error.retry() == Retry::Final, "{error:?}");
}
