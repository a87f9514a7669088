//! Answers of real kinds of servers to decisions.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use pretty_assertions::assert_eq;

use super::*;
use crate::Retry;

fn classify(status: u16, retry_after: Option<&'static str>, body: &str) -> StreamError {
    let mut headers = HeaderMap::new();
    headers.extend(retry_after.map(|value| (header::RETRY_AFTER, HeaderValue::from_static(value))));
    let status = StatusCode::from_u16(status).unwrap();
    let answer =
        FailedAnswer { status, headers: &headers, body: body.as_bytes(), url: "http://lab/v1/messages" };
    classify_answer(&answer, SystemTime::now())
}

#[test]
fn a_conversation_that_is_too_long_is_known_by_its_words() {
    for (status, body) in [
        (
            400,
            r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}"#,
        ),
        (
            400,
            r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#,
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}"#,
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 1 + 2 > 2"}}"#,
        ),
        (
            400,
            r#"{"object":"error","message":"This model's maximum context length is 4096 tokens.","code":400}"#,
        ),
        (500, r#"{"error":"context window exceeded"}"#),
    ] {
        let error = classify(status, None, body);
        assert!(error.is_context_window(), "{body}: {error:?}");
    }
}

#[test]
fn each_status_has_its_outcome() {
    let retry = |status, after, body| classify(status, after, body).retry();
    let soon = Retry::Stream { after: None };
    let in_a_second = Retry::Stream { after: Some(Duration::from_secs(1)) };
    let overloaded = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    assert_eq!(retry(529, None, overloaded), soon);
    assert_eq!(retry(529, Some("1"), overloaded), in_a_second);
    assert_eq!(classify(529, None, overloaded).message(), "the model server is overloaded: Overloaded");
    assert_eq!(
        retry(429, Some("1"), r#"{"error":{"message":"slow down","type":"rate_limit_error"}}"#),
        in_a_second
    );
    assert_eq!(retry(429, None, r#"{"error":"too many tokens per minute"}"#), soon);
    assert_eq!(retry(429, None, r#"{"error":{"message":"try again in 1s"}}"#), in_a_second);
    assert_eq!(retry(500, None, "oops"), soon);
    assert_eq!(retry(502, None, "<html>"), soon);
    for (status, body) in [
        (400, r#"{"error":{"message":"bad"}}"#),
        (401, r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#),
        (402, "{}"),
        (403, "{}"),
        (404, r#"{"detail":"Not Found"}"#),
        (413, "{}"),
        (429, r#"{"error":{"code":"insufficient_quota","message":"pay"}}"#),
    ] {
        assert_eq!(retry(status, None, body), Retry::Final, "{status}");
    }
}

#[test]
fn the_way_out_is_told() {
    let key = classify(401, None, r#"{"type":"error","error":{"message":"invalid x-api-key"}}"#);
    assert!(key.message().contains("invalid x-api-key"), "{key}");
    assert!(key.hint().unwrap().contains("env_key"));
    assert!(classify(404, None, r#"{"detail":"Not Found"}"#).hint().unwrap().contains("wire_api"));
    let money =
        classify(400, None, r#"{"error":{"message":"Your credit balance is too low to access the API"}}"#);
    assert_eq!(money.message(), "the quota of this API key is used up");
    assert_eq!(classify(400, None, r#"{"error":{"message":"bad field"}}"#).message(), "bad field");
    assert_eq!(classify(400, None, " ").message(), "bad request without an explanation");
    let image = classify(400, None, r#"{"error":{"message":"Could not process image"}}"#);
    assert!(matches!(image, StreamError::InvalidImage { .. }));
}

#[test]
fn success_that_is_one_json_value_is_an_error_or_no_stream() {
    let said = classify(200, None, r#"{"error":{"code":429,"message":"try again in 1s"}}"#);
    assert_eq!(said.retry(), Retry::Stream { after: Some(Duration::from_secs(1)) });
    assert!(matches!(classify(200, None, r#"{"choices":[]}"#), StreamError::NotAStream { .. }));
}

#[test]
fn errors_inside_of_a_stream() {
    let said = |text: &str| classify_said(Said::of(&serde_json::from_str(text).unwrap()));
    let busy = said(r#"{"error":{"type":"overloaded_error","message":"Overloaded"}}"#);
    assert_eq!(busy.retry(), Retry::Stream { after: None });
    assert!(said(r#"{"error":{"message":"context length exceeded"}}"#).is_context_window());
    assert_eq!(
        said(r#"{"error":{"type":"api_error","message":"x"}}"#).retry(),
        Retry::Stream { after: None }
    );
    assert_eq!(said(r#"{"error":{"type":"invalid_request_error","message":"x"}}"#).retry(), Retry::Final);
    assert_eq!(said(r#"{"error":{"code":502,"message":"upstream"}}"#).retry(), Retry::Stream { after: None });
    assert_eq!(
        said(r#"{"error":{}}"#).message(),
        "stream disconnected before completion: the server gave no reason"
    );
}
