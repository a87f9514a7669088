//! Every row of the tables of `responses-wire.md §2.3`.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use pretty_assertions::assert_eq;

use super::{FailedAnswer, classify_failed, classify_incomplete};
use crate::{Retry, StreamError};
use codex_protocol::ErrorInfo;

fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> StreamError {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    let status = StatusCode::from_u16(status).unwrap();
    FailedAnswer { status, headers: &headers, body: body.as_bytes(), url: "http://x/v1/responses" }
        .classify(SystemTime::UNIX_EPOCH)
}

const STREAM: Retry = Retry::Stream { after: None };

fn error(code: &str, message: &str) -> String {
    serde_json::json!({"error": {"code": code, "message": message}}).to_string()
}

#[test]
fn statuses_decide_what_happens_next() {
    let check = |status: u16, body: &str, retry: Retry, info: ErrorInfo| {
        let error = answer(status, &[], body);
        assert_eq!((error.retry(), error.error_info()), (retry, info), "{status} {body}: {error:?}");
    };
    let plain = &error("", "nope");
    for status in [402, 403, 404, 408, 409, 413, 422, 425, 451, 501, 502, 503, 504, 520, 529, 302] {
        check(status, plain, STREAM, ErrorInfo::HttpConnectionFailed { http_status_code: Some(status) });
    }
    check(401, plain, STREAM, ErrorInfo::Unauthorized);
    check(500, plain, STREAM, ErrorInfo::InternalServerError);
    check(400, plain, Retry::Final, ErrorInfo::Other);
    check(400, "", Retry::Final, ErrorInfo::Other);
    check(400, &error("context_length_exceeded", "long"), Retry::Final, ErrorInfo::ContextWindowExceeded);
    check(400, &error("cyber_policy", "no"), Retry::Final, ErrorInfo::CyberPolicy);
    check(429, plain, Retry::Final, ErrorInfo::ResponseTooManyFailedAttempts { http_status_code: Some(429) });
    check(429, r#"{"error":{"type":"usage_limit_reached"}}"#, Retry::Final, ErrorInfo::UsageLimitExceeded);
    check(429, r#"{"error":{"type":"usage_not_included"}}"#, Retry::Final, ErrorInfo::UsageLimitExceeded);
    check(429, r#"{"error":{"type":"insufficient_quota"}}"#, Retry::Final, ErrorInfo::UsageLimitExceeded);
    check(429, &error("insufficient_quota", "x"), Retry::Final, ErrorInfo::UsageLimitExceeded);
    check(503, &error("server_is_overloaded", "x"), Retry::Final, ErrorInfo::ServerOverloaded);
    check(503, &error("slow_down", "x"), STREAM, ErrorInfo::RateLimitExceeded);
}

#[test]
fn only_server_errors_are_sent_again_silently() {
    let silent = |status| FailedAnswer::is_request_retryable(StatusCode::from_u16(status).unwrap());
    assert!([500, 501, 502, 503, 504, 520, 529].into_iter().all(silent));
    assert!(![400, 401, 403, 404, 408, 425, 429, 451].into_iter().any(silent));
}

#[test]
fn a_retry_after_header_is_the_delay_wherever_a_retry_follows() {
    let wait = |status| answer(status, &[("retry-after", "3")], &error("", "x")).retry();
    let three = Retry::Stream { after: Some(Duration::from_secs(3)) };
    for status in [404, 429, 500, 503] {
        assert_eq!(wait(status), three, "{status}");
    }
    assert_eq!(wait(400), Retry::Final);
    let ignored = answer(429, &[("retry-after-ms", "30")], "").retry();
    assert_eq!(ignored, Retry::Final);
}

#[test]
fn unexpected_statuses_have_the_documented_form() {
    let check = |status, headers: &[(&'static str, &'static str)], body: &str, text: &str| {
        assert_eq!(answer(status, headers, body).message(), text);
    };
    check(404, &[], &error("", "MSG"), "unexpected status 404 Not Found: MSG, url: http://x/v1/responses");
    check(
        403,
        &[("x-request-id", "r1"), ("cf-ray", "c1")],
        "plain words",
        "unexpected status 403 Forbidden: plain words, url: http://x/v1/responses, cf-ray: c1, request id: r1",
    );
    check(
        529,
        &[],
        "",
        "unexpected status 529 <unknown status code>: no explanation was given, url: http://x/v1/responses",
    );
}

#[test]
fn a_400_shows_its_body_and_an_image_has_its_own_message() {
    let body = r#"{"error":{"message":"bad","param":"x"}}"#;
    assert_eq!(answer(400, &[], body).message(), body);
    assert_eq!(answer(400, &[], "plain").message(), "plain");
    for (code, message) in [
        ("invalid_image_format", "unsupported"),
        ("invalid_value", "The image data you provided does not represent a valid image."),
    ] {
        let error = answer(400, &[], &error(code, message));
        assert!(
            matches!(&error, StreamError::InvalidImage { message: said } if said == message),
            "{error:?}"
        );
    }
    assert_eq!(answer(400, &[], &error("cyber_policy", "not that")).message(), "not that");
}

#[test]
fn a_usage_limit_is_explained_by_its_facts() {
    let body = r#"{"error":{"type":"usage_limit_reached","message":"ignored","plan_type":"plus"}}"#;
    assert_eq!(
        answer(429, &[], body).message(),
        "the usage limit is reached; Pro has a higher one, or buy credits"
    );
    let header = [("x-codex-rate-limit-reached-type", "workspace_owner_credits_depleted")];
    assert!(answer(429, &header, body).message().contains("out of credits"));
}

#[test]
fn bodies_of_any_shape_are_survived() {
    for body in
        ["null", "[]", "{\"error\":null}", "{\"error\":\"text\"}", "{\"error\":{\"code\":5}}", "\u{0}", "{"]
    {
        for status in [400, 401, 429, 500, 503] {
            assert!(!answer(status, &[], body).message().is_empty(), "{status} {body:?}");
        }
    }
    let long = "x".repeat(1 << 20);
    assert!(answer(404, &[], &long).message().len() < 2000);
}

fn failed(error: serde_json::Value) -> StreamError {
    classify_failed(&serde_json::json!({"id": "r", "error": error}).to_string())
}

// covers: responses-wire 31, responses-wire 32
#[test]
fn failed_responses_are_final_or_retried_by_code() {
    let of = |code: &str| failed(serde_json::json!({"code": code, "message": "MSG"}));
    for code in
        ["context_length_exceeded", "insufficient_quota", "usage_not_included", "server_is_overloaded"]
    {
        assert_eq!(of(code).retry(), Retry::Final, "{code}");
        assert_ne!(of(code).message(), "MSG", "{code}");
    }
    for code in ["invalid_prompt", "model_not_found", "cyber_policy", "bio_policy"] {
        assert_eq!((of(code).retry(), of(code).message()), (Retry::Final, "MSG".to_owned()), "{code}");
    }
    for code in ["rate_limit_exceeded", "slow_down"] {
        assert_eq!((of(code).retry(), of(code).message()), (STREAM, "rate limit exceeded: MSG".to_owned()));
    }
    for code in
        ["usage_limit_reached", "server_error", "content_filter", "previous_response_not_found", "new"]
    {
        let text = "stream disconnected before completion: MSG".to_owned();
        assert_eq!((of(code).retry(), of(code).message()), (STREAM, text), "{code}");
    }
    let named = failed(serde_json::json!({"code": "rate_limit_exceeded", "message": "try again in 1.5s"}));
    assert_eq!(named.retry(), Retry::Stream { after: Some(Duration::from_millis(1500)) });
    let not_named = failed(serde_json::json!({"code": "slow_down", "message": "try again in 1.5s"}));
    assert_eq!(not_named.retry(), STREAM);
    assert_eq!(failed(serde_json::Value::Null).retry(), STREAM);
    assert_eq!(classify_failed("null").retry(), STREAM);
    assert_eq!(classify_failed("[1").retry(), STREAM);
}

// covers: responses-wire 33
#[test]
fn incomplete_responses_are_final_unless_filtered() {
    let of = |details: serde_json::Value| {
        classify_incomplete(&serde_json::json!({"incomplete_details": details}).to_string())
    };
    let tokens = of(serde_json::json!({"reason": "max_output_tokens"}));
    assert_eq!(
        (tokens.retry(), tokens.message()),
        (Retry::Final, "the response is incomplete, reason: max_output_tokens".to_owned())
    );
    assert!(of(serde_json::Value::Null).message().ends_with("reason: unknown"));
    assert_eq!(of(serde_json::json!({"reason": "content_filter"})).retry(), STREAM);
}

#[test]
fn a_gateways_web_page_is_told_by_its_title() {
    for (body, told) in [
        (
            "<html><head><title>502\n Bad  Gateway</title></head>x</html>",
            "a web page titled \"502 Bad Gateway\"",
        ),
        ("\n<!DOCTYPE HTML><body>é</body>", "a web page"),
        ("<html><title></title>", "a web page"),
        ("<html><title", "a web page"),
        ("not a page", "not a page"),
        ("", "no explanation was given"),
    ] {
        assert_eq!(super::shown(None, body), told, "{body}");
    }
}
