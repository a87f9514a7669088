//! What services that are no Responses servers say when something is wrong, and what that means for the turn. Their
//! words are looked at because self-hosted servers share no codes. Pure; the clock is an argument.

use std::time::SystemTime;

use codex_protocol::ErrorInfo;
use serde_json::Value;

use crate::StreamError;
use crate::classify::FailedAnswer;
use crate::retry::delay_in_message;

/// Ways to say that a conversation does not fit, in lower case.
const TOO_LONG: [&str; 12] = [
    "context length",
    "context window",
    "context size",
    "context limit",
    "context_length_exceeded",
    "exceed_context_size",
    "prompt is too long",
    "prompt too long",
    "input is too long",
    "too many tokens",
    "maximum number of tokens",
    "reduce the length of the messages",
];
const BAD_IMAGE: [&str; 5] =
    ["invalid image", "invalid_image", "could not process image", "not a valid image", "image exceeds"];
const MESSAGE_CHARS_MAX: usize = 1000;

/// A server's explanation: `{"error": {..}}`, `{"error": ".."}`, `{"message": ".."}` or `{"detail": ".."}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// `type` and `code`, in lower case.
    pub(crate) kind: String,
    pub(crate) message: Option<String>,
    /// A `code` that is a number: an HTTP status in disguise.
    pub(crate) status: Option<u16>,
}

impl Said {
    /// Reads a body or an event. Fields of another shape count as absent.
    pub(crate) fn of(value: &Value) -> Self {
        let error = value.get("error").filter(|error| !error.is_null()).unwrap_or(value);
        let text = |key: &str| error.get(key).and_then(Value::as_str);
        let message = error.as_str().or_else(|| text("message")).or_else(|| text("detail"));
        let kinds = [text("type"), text("code"), text("error_type")];
        Self {
            kind: kinds.into_iter().flatten().collect::<Vec<_>>().join(" ").to_ascii_lowercase(),
            message: message
                .filter(|message| !message.trim().is_empty())
                .map(|message| message.chars().take(MESSAGE_CHARS_MAX).collect()),
            status: error.get("code").and_then(Value::as_u64).and_then(|code| code.try_into().ok()),
        }
    }

    fn is(&self, kind: &str) -> bool {
        self.kind.contains(kind)
    }

    fn mentions(&self, phrases: &[&str]) -> bool {
        let message = self.message.as_deref().unwrap_or_default().to_ascii_lowercase();
        phrases.iter().any(|phrase| message.contains(phrase) || self.kind.contains(phrase))
    }

    fn words(&self) -> String {
        match &self.message {
            Some(message) => message.clone(),
            None if self.kind.is_empty() => "the server gave no reason".to_owned(),
            None => self.kind.clone(),
        }
    }
}

/// The error an answer with a status stands for.
pub(crate) fn classify_answer(answer: &FailedAnswer<'_>, now: SystemTime) -> StreamError {
    let body = serde_json::from_slice::<Value>(answer.body).unwrap_or_default();
    let said = Said::of(&body);
    let retry_after = FailedAnswer::retry_after(answer.headers, now);
    let status = answer.status.as_u16();
    if let Some(error) = of_content(&said).filter(|_| !matches!(status, 401 | 403 | 429)) {
        return error;
    }
    match status {
        200..=299 if body.get("error").is_some() => classify_said(said),
        200..=299 => {
            StreamError::NotAStream { url: answer.url.to_owned(), content_type: "one JSON value".to_owned() }
        }
        400 | 422 => {
            let body = String::from_utf8_lossy(answer.body);
            let plain = if body.trim().is_empty() { "bad request without an explanation" } else { &*body };
            StreamError::BadRequest { body: said.message.unwrap_or_else(|| plain.to_owned()) }
        }
        402 => StreamError::Quota,
        429 if said.is("insufficient_quota") => StreamError::Quota,
        429 => {
            let message = said.words();
            let retry_after = retry_after.or_else(|| delay_in_message(&message));
            StreamError::RateLimited { message, retry_after }
        }
        500 => StreamError::ServerFailed { retry_after },
        503 | 529 => StreamError::Busy { message: said.words(), retry_after },
        408 | 409 | 425 | 501..=599 => answer.unexpected(now),
        _ => match answer.unexpected(now) {
            StreamError::Status(status) => StreamError::Denied(status),
            other => other,
        },
    }
}

/// The error an error inside of a stream stands for.
pub(crate) fn classify_said(said: Said) -> StreamError {
    let message = said.words();
    if said.is("rate_limit") || said.status == Some(429) {
        return StreamError::RateLimited { retry_after: delay_in_message(&message), message };
    }
    if let Some(error) = of_content(&said) {
        return error;
    }
    if said.is("overloaded") || matches!(said.status, Some(503 | 529)) {
        return StreamError::Busy { message, retry_after: None };
    }
    let refused = ["invalid_request", "authentication", "permission", "not_found", "request_too_large"];
    if refused.iter().any(|kind| said.is(kind)) || matches!(said.status, Some(400..=499)) {
        return StreamError::Refused { message, info: ErrorInfo::BadRequest };
    }
    StreamError::Disconnected { message, retry_after: None }
}

/// Errors that the conversation itself or the account causes, whatever the status.
fn of_content(said: &Said) -> Option<StreamError> {
    if said.mentions(&TOO_LONG) {
        return Some(StreamError::ContextWindow);
    }
    if said.is("billing_error")
        || said.is("insufficient_quota")
        || said.mentions(&["credit balance is too low"])
    {
        return Some(StreamError::Quota);
    }
    if said.mentions(&BAD_IMAGE) {
        return Some(StreamError::InvalidImage { message: said.words() });
    }
    None
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
