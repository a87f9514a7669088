//! `{"type":"error", ..}` as a frame: an answer with a status, or a complaint without one
//! (`responses-wire.md §3.4`). Pure but for the clock it is given.

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::socket::disconnected;
use crate::StreamError;
use crate::classify::FailedAnswer;
use crate::decode::error_message;

/// What an error frame says.
#[derive(Debug)]
pub(crate) struct ErrorFrame {
    pub(crate) status: Option<StatusCode>,
    pub(crate) retry_after: Option<String>,
    pub(crate) error: StreamError,
}

impl ErrorFrame {
    /// `url` is the address that is shown.
    pub(crate) fn read(text: &str, url: &str, now: SystemTime) -> Self {
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        let status = frame["status"].as_u64().or_else(|| frame["status_code"].as_u64());
        let status = status.and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok());
        let headers = headers(&frame["headers"]);
        let retry_after = headers.get(http::header::RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let said = || error_message(text).unwrap_or_else(|| "the server reported an error".to_owned());
        let error = match (status, frame["error"]["code"].as_str()) {
            // The connection's state is lost, not the request wrong: a new connection gets the whole input.
            (Some(_), Some("previous_response_not_found" | "websocket_connection_limit_reached"))
            | (None, _) => disconnected(&said()),
            (Some(status), _) => {
                FailedAnswer { status, headers: &headers, body: text.as_bytes(), url }.classify(now)
            }
        };
        Self { status, retry_after, error }
    }
}

/// Headers as a frame carries them; what is no header is left out.
fn headers(object: &Value) -> HeaderMap {
    let fields = object.as_object().into_iter().flatten();
    fields
        .filter_map(|(name, value)| Some((name.parse::<HeaderName>().ok()?, header_value(value)?)))
        .collect()
}

/// A string, a number, or the first of a list of them.
pub(crate) fn header_value(value: &Value) -> Option<HeaderValue> {
    match value {
        Value::String(text) => HeaderValue::from_str(text).ok(),
        Value::Number(number) => HeaderValue::from_str(&number.to_string()).ok(),
        Value::Array(values) => header_value(values.first()?),
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use pretty_assertions::assert_eq;

    use super::ErrorFrame;
    use crate::{Retry, StreamError};

    fn read(text: &str) -> StreamError {
        ErrorFrame::read(text, "http://x", SystemTime::UNIX_EPOCH).error
    }

    // covers: responses-wire 42
    #[test]
    fn a_bad_request_is_final_and_shows_the_frame() {
        let text = r#"{"type":"error","status":400,"error":{"code":"nope","message":"bad"}}"#;
        let error = read(text);
        assert_eq!((error.message(), error.retry()), (text.to_owned(), Retry::Final));
    }

    #[test]
    fn frames_are_answers_with_a_status() {
        let again = Retry::Stream { after: None };
        let check = |frame: &str, retry: Retry| {
            let error = read(frame);
            assert_eq!(error.retry(), retry, "{frame}: {error:?}");
        };
        for status in [401, 403, 404, 500, 503] {
            check(&format!(r#"{{"type":"error","status_code":{status},"error":{{"message":"m"}}}}"#), again);
        }
        for code in ["previous_response_not_found", "websocket_connection_limit_reached"] {
            check(&format!(r#"{{"type":"error","status":400,"error":{{"code":"{code}"}}}}"#), again);
        }
        check(r#"{"type":"error","status":429,"error":{"message":"m"}}"#, Retry::Final);
        check(r#"{"type":"error","status":429,"error":{"type":"usage_limit_reached"}}"#, Retry::Final);
        let wait = Retry::Stream { after: Some(Duration::from_secs(3)) };
        check(r#"{"type":"error","status":429,"headers":{"retry-after":[3]},"error":{"message":"m"}}"#, wait);
        check(r#"{"type":"error","error":{"message":"m"}}"#, again);
        check(r#"{"type":"error","status":"odd","headers":7}"#, again);
        check("not JSON", again);
        assert!(read(r#"{"type":"error","error":{"message":"why"}}"#).message().ends_with(": why"));
    }
}
