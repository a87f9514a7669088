//! From what the server said to the decision: statuses and bodies, failed and incomplete responses
//! (`responses-wire.md §2.3`). Pure tables; the clock is an argument.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use codex_protocol::ErrorInfo;

use crate::retry::{delay_in_message, retry_after};
use crate::{StreamError, UnexpectedStatus, UsageLimit};

/// Characters of a body without an `error.message` that are shown.
const SHOWN_BODY_CHARS_MAX: usize = 1000;

/// Characters of a web page's title that are shown.
const SHOWN_TITLE_CHARS_MAX: usize = 120;

/// `{"error": {..}}` of a body, or `error` of a failed response. Fields of another shape count as absent.
#[derive(Debug, Default)]
struct ServerError {
    code: String,
    kind: String,
    message: Option<String>,
    plan_type: Option<String>,
    resets_at: Option<i64>,
}

impl ServerError {
    fn from_value(error: &serde_json::Value) -> Self {
        let text = |key: &str| error.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
        Self {
            code: text("code").unwrap_or_default(),
            kind: text("type").unwrap_or_default(),
            message: text("message").filter(|message| !message.is_empty()),
            plan_type: text("plan_type"),
            resets_at: error.get("resets_at").and_then(serde_json::Value::as_i64),
        }
    }

    fn of_body(body: &str) -> Self {
        match serde_json::from_str::<serde_json::Value>(body) {
            Ok(value) => Self::from_value(value.get("error").unwrap_or(&serde_json::Value::Null)),
            Err(_) => Self::default(),
        }
    }

    fn is(&self, name: &str) -> bool {
        self.code == name || self.kind == name
    }
}

/// An answer that is no success.
#[derive(Debug)]
pub(crate) struct FailedAnswer<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) url: &'a str,
}

impl FailedAnswer<'_> {
    /// What the request layer knows: whether the status is worth its retries.
    pub(crate) fn is_request_retryable(status: StatusCode) -> bool {
        status.is_server_error()
    }

    pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
        retry_after(headers.get(http::header::RETRY_AFTER)?.to_str().ok()?, now)
    }

    /// The error that stands for this answer.
    pub(crate) fn classify(&self, now: SystemTime) -> StreamError {
        let body = String::from_utf8_lossy(self.body);
        let error = ServerError::of_body(&body);
        let retry_after = Self::retry_after(self.headers, now);
        match self.status.as_u16() {
            400 => Self::bad_request(error, &body),
            429 if error.is("usage_limit_reached") => StreamError::UsageLimit(UsageLimit {
                plan_type: error.plan_type,
                resets_at: error.resets_at,
                reached: self.header("x-codex-rate-limit-reached-type"),
            }),
            429 if error.is("usage_not_included") => StreamError::UsageNotIncluded,
            429 if error.is("insufficient_quota") => StreamError::Quota,
            429 => StreamError::TooManyRequests { message: shown(error.message, &body), retry_after },
            500 => StreamError::ServerFailed { retry_after },
            503 if error.is("server_is_overloaded") => StreamError::Overloaded,
            503 if error.is("slow_down") => {
                StreamError::RateLimited { message: shown(error.message, &body), retry_after }
            }
            _ => self.unexpected(now),
        }
    }

    /// The error of a status nothing else stands for.
    pub(crate) fn unexpected(&self, now: SystemTime) -> StreamError {
        let body = String::from_utf8_lossy(self.body);
        StreamError::Status(Box::new(UnexpectedStatus {
            status: self.status.as_u16(),
            reason: self.status.canonical_reason().unwrap_or("<unknown status code>").to_owned(),
            message: shown(ServerError::of_body(&body).message, &body),
            url: self.url.to_owned(),
            cf_ray: self.header("cf-ray"),
            request_id: self.header("x-request-id").or_else(|| self.header("request-id")),
            retry_after: Self::retry_after(self.headers, now),
        }))
    }

    fn bad_request(error: ServerError, body: &str) -> StreamError {
        if error.is("context_length_exceeded") {
            return StreamError::ContextWindow;
        }
        let body = if body.trim().is_empty() { "bad request (400) without an explanation" } else { body };
        let Some(message) = error.message.clone() else {
            return StreamError::BadRequest { body: body.to_owned() };
        };
        if error.is("cyber_policy") {
            return StreamError::Refused { message, info: ErrorInfo::CyberPolicy };
        }
        let lower = message.to_ascii_lowercase();
        let about_image = ["invalid_image", "invalid image", "does not represent a valid image"];
        if error.code.starts_with("invalid_image") || about_image.iter().any(|words| lower.contains(words)) {
            return StreamError::InvalidImage { message };
        }
        StreamError::BadRequest { body: body.to_owned() }
    }

    fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?.to_str().ok()?;
        (!value.is_empty()).then(|| value.to_owned())
    }
}

fn shown(message: Option<String>, body: &str) -> String {
    message.unwrap_or_else(|| match body.trim() {
        "" => "no explanation was given".to_owned(),
        body if looks_like_html(body) => match html_title(body) {
            Some(title) => format!("a web page titled \"{title}\""),
            None => "a web page".to_owned(),
        },
        body => body.chars().take(SHOWN_BODY_CHARS_MAX).collect(),
    })
}

/// What gateways answer in place of the API.
fn looks_like_html(body: &str) -> bool {
    let start = body.get(..15).unwrap_or(body).to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

/// The title of a page, on one line.
fn html_title(body: &str) -> Option<String> {
    let lower = body.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find('<')?;
    let title = body.get(start..end)?.split_whitespace().collect::<Vec<_>>().join(" ");
    let title: String = title.chars().take(SHOWN_TITLE_CHARS_MAX).collect();
    (!title.is_empty()).then_some(title)
}

#[derive(Deserialize)]
struct FailedResponse {
    #[serde(default)]
    error: serde_json::Value,
    #[serde(default)]
    incomplete_details: serde_json::Value,
}

/// The error of a `response.failed` event; `response` is its JSON.
pub(crate) fn classify_failed(response: &str) -> StreamError {
    let failed = serde_json::from_str::<FailedResponse>(response).ok();
    let error = failed.map(|failed| ServerError::from_value(&failed.error)).unwrap_or_default();
    let message = error.message.unwrap_or_else(|| match error.code.as_str() {
        "" => "the server ended the response with an error and gave no reason".to_owned(),
        code => format!("the server ended the response with the error `{code}`"),
    });
    match error.code.as_str() {
        "context_length_exceeded" => StreamError::ContextWindow,
        "insufficient_quota" => StreamError::Quota,
        "usage_not_included" => StreamError::UsageNotIncluded,
        "server_is_overloaded" => StreamError::Overloaded,
        "invalid_prompt" => StreamError::Refused { message, info: ErrorInfo::InvalidPrompt },
        "model_not_found" => StreamError::Refused { message, info: ErrorInfo::ModelNotFound },
        "cyber_policy" => StreamError::Refused { message, info: ErrorInfo::CyberPolicy },
        "bio_policy" => StreamError::Refused { message, info: ErrorInfo::BioPolicy },
        "rate_limit_exceeded" => {
            StreamError::RateLimited { retry_after: delay_in_message(&message), message }
        }
        "slow_down" => StreamError::RateLimited { retry_after: None, message },
        _ => StreamError::Disconnected { message, retry_after: None },
    }
}

/// The error of a `response.incomplete` event; `response` is its JSON.
pub(crate) fn classify_incomplete(response: &str) -> StreamError {
    let details = serde_json::from_str::<FailedResponse>(response).map(|failed| failed.incomplete_details);
    let reason = details
        .ok()
        .and_then(|details| details.get("reason")?.as_str().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned());
    if reason == "content_filter" {
        return StreamError::ContentFilter;
    }
    StreamError::Incomplete { reason }
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
