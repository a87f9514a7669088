//! Why there is no (more) response. One variant per decision; what to do about it is data: see [`StreamError::retry`].

use std::time::Duration;

use codex_auth::AuthError;
use codex_protocol::ErrorInfo;

use crate::{Retry, UsageLimit};

/// A request or its stream failed (`responses-wire.md §2.3`).
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The credential could not be had.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The provider's settings do not make a request.
    #[error("cannot make a request for the model provider: {0}")]
    Setup(String),
    /// The home of the account's workspace could not be found out.
    #[error("the workspace of this account could not be looked up: {problem}")]
    Routing {
        /// What is wrong.
        problem: String,
    },
    /// Nobody answers at the address.
    #[error("Connection failed: {detail}, url: {url}")]
    Network {
        /// The request's address.
        url: String,
        /// The system's reason.
        detail: String,
    },
    /// The connection broke before the answer began, or could not be made safe.
    #[error("the request failed before an answer began: {detail}, url: {url}")]
    Transport {
        /// The request's address.
        url: String,
        /// The transport's reason.
        detail: String,
    },
    /// A status nothing else stands for.
    #[error(transparent)]
    Status(Box<UnexpectedStatus>),
    /// 500: the server failed.
    #[error("the model server failed (500 Internal Server Error); it may be overloaded")]
    ServerFailed {
        /// The server's wish.
        retry_after: Option<Duration>,
    },
    /// 400: the text is the body as it came.
    #[error("{body}")]
    BadRequest {
        /// The body.
        body: String,
    },
    /// The server refuses this content or model and says why.
    #[error("{message}")]
    Refused {
        /// The server's words.
        message: String,
        /// What it refuses.
        info: ErrorInfo,
    },
    /// An image could not be read by the server.
    #[error("the model server could not use an image in this conversation: {message}")]
    InvalidImage {
        /// The server's words.
        message: String,
    },
    /// The conversation is longer than the model's window.
    #[error("the conversation no longer fits into the model's context window")]
    ContextWindow,
    /// 429 of an unknown kind.
    #[error("too many requests (429): {message}")]
    TooManyRequests {
        /// The server's words.
        message: String,
        /// The server's wish; without one the turn ends.
        retry_after: Option<Duration>,
    },
    /// The stream was refused for its rate.
    #[error("rate limit exceeded: {message}")]
    RateLimited {
        /// The server's words.
        message: String,
        /// The delay they name.
        retry_after: Option<Duration>,
    },
    /// The plan's limit is reached.
    #[error("{0}")]
    UsageLimit(UsageLimit),
    /// The plan does not include this use.
    #[error("this account's plan does not include Codex")]
    UsageNotIncluded,
    /// The key's budget is spent.
    #[error("the quota of this API key is used up")]
    Quota,
    /// The server is out of capacity.
    #[error("the model is out of capacity right now")]
    Overloaded,
    /// The server is busy, and says so in a way that may pass.
    #[error("the model server is overloaded: {message}")]
    Busy {
        /// The server's words.
        message: String,
        /// The server's wish.
        retry_after: Option<Duration>,
    },
    /// A status that no second attempt changes.
    #[error(transparent)]
    Denied(Box<UnexpectedStatus>),
    /// The stream broke off, or the server ended it with an error that may pass.
    #[error("stream disconnected before completion: {message}")]
    Disconnected {
        /// What happened.
        message: String,
        /// The server's wish.
        retry_after: Option<Duration>,
    },
    /// No event within the limit.
    #[error("stream disconnected before completion: idle timeout waiting for SSE ({} s without an event)", limit.as_secs_f64())]
    Idle {
        /// `stream_idle_timeout_ms`.
        limit: Duration,
    },
    /// The server stopped early and says that it meant to.
    #[error("the response is incomplete, reason: {reason}")]
    Incomplete {
        /// `max_output_tokens`, or `unknown`.
        reason: String,
    },
    /// A filter of the server's stopped the answer.
    #[error("stream disconnected before completion: the response is incomplete, reason: content_filter")]
    ContentFilter,
    /// A success that is no event stream.
    #[error("{url} answered with {content_type} instead of an event stream")]
    NotAStream {
        /// The request's address.
        url: String,
        /// The answer's type.
        content_type: String,
    },
    /// The WebSocket failed in a way that may pass.
    #[error(transparent)]
    WebSocket(Box<SocketFailure>),
    /// One event is larger than anything sensible.
    #[error("the server sent an event of more than {} MiB", bytes_max / (1024 * 1024))]
    EventTooLarge {
        /// The limit.
        bytes_max: usize,
    },
}

/// A status that is neither success nor one of the known failures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unexpected status {status} {reason}: {message}, url: {url}{}", tail(cf_ray.as_ref(), request_id.as_ref()))]
pub struct UnexpectedStatus {
    /// The code.
    pub status: u16,
    /// Its name.
    pub reason: String,
    /// `error.message` of the body, or the body.
    pub message: String,
    /// The request's address.
    pub url: String,
    /// `cf-ray`
    pub cf_ray: Option<String>,
    /// `x-request-id`
    pub request_id: Option<String>,
    /// The server's wish.
    pub retry_after: Option<Duration>,
}

/// A request over the WebSocket that failed, and what a person should hear of it.
#[derive(Debug, thiserror::Error)]
#[error("{}", told(cause, *notice))]
pub struct SocketFailure {
    /// What happened.
    pub cause: StreamError,
    /// What it leads to.
    pub notice: Notice,
}

fn told(cause: &StreamError, notice: Notice) -> String {
    match notice {
        Notice::FallBack => format!("the WebSocket connection keeps failing ({cause}); going on over HTTP"),
        Notice::Shown | Notice::Silent => cause.to_string(),
    }
}

/// What a person should hear of an error that is tried again (`responses-wire.md §3.4, §3.6`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// That it is tried again.
    Shown,
    /// Nothing: it counts as an attempt, but this one is made in silence.
    Silent,
    /// That the session goes on over HTTP from here. The next attempt is made at once, and attempts are counted
    /// anew: none of those before counts any more.
    FallBack,
}

fn tail(cf_ray: Option<&String>, request_id: Option<&String>) -> String {
    let cf_ray = cf_ray.map(|ray| format!(", cf-ray: {ray}")).unwrap_or_default();
    let request_id = request_id.map(|id| format!(", request id: {id}")).unwrap_or_default();
    cf_ray + &request_id
}

impl StreamError {
    /// What to do about it, in the stream's layer. The request's layer is already behind.
    pub fn retry(&self) -> Retry {
        match self {
            Self::WebSocket(failure) => match failure.notice {
                Notice::FallBack => Retry::Stream { after: Some(Duration::ZERO) },
                Notice::Shown | Notice::Silent => failure.cause.retry(),
            },
            Self::Network { .. } => Retry::Network,
            Self::Transport { .. } | Self::Idle { .. } | Self::Routing { .. } | Self::ContentFilter => {
                Retry::Stream { after: None }
            }
            Self::Status(status) => Retry::Stream { after: status.retry_after },
            Self::TooManyRequests { retry_after: None, .. } => Retry::Final,
            Self::TooManyRequests { retry_after, .. }
            | Self::ServerFailed { retry_after }
            | Self::RateLimited { retry_after, .. }
            | Self::Busy { retry_after, .. }
            | Self::Disconnected { retry_after, .. } => Retry::Stream { after: *retry_after },
            Self::Auth(_)
            | Self::Setup(_)
            | Self::BadRequest { .. }
            | Self::Refused { .. }
            | Self::InvalidImage { .. }
            | Self::ContextWindow
            | Self::UsageLimit(_)
            | Self::UsageNotIncluded
            | Self::Quota
            | Self::Overloaded
            | Self::Denied(_)
            | Self::Incomplete { .. }
            | Self::NotAStream { .. }
            | Self::EventTooLarge { .. } => Retry::Final,
        }
    }

    /// What a person should hear of it when it is tried again.
    pub fn notice(&self) -> Notice {
        match self {
            Self::WebSocket(failure) => failure.notice,
            _ => Notice::Shown,
        }
    }

    /// One or two sentences for a person.
    pub fn message(&self) -> String {
        self.to_string()
    }

    /// The class, for programs.
    pub fn error_info(&self) -> ErrorInfo {
        match self {
            Self::WebSocket(failure) => failure.cause.error_info(),
            Self::Auth(_) => ErrorInfo::Unauthorized,
            Self::Status(status) | Self::Denied(status) if status.status == 401 => ErrorInfo::Unauthorized,
            Self::Status(status) | Self::Denied(status) => {
                ErrorInfo::HttpConnectionFailed { http_status_code: Some(status.status) }
            }
            Self::TooManyRequests { .. } => {
                ErrorInfo::ResponseTooManyFailedAttempts { http_status_code: Some(429) }
            }
            Self::RateLimited { .. } => ErrorInfo::RateLimitExceeded,
            Self::Refused { info, .. } => *info,
            Self::ServerFailed { .. } => ErrorInfo::InternalServerError,
            Self::ContextWindow => ErrorInfo::ContextWindowExceeded,
            Self::UsageLimit(_) | Self::UsageNotIncluded | Self::Quota => ErrorInfo::UsageLimitExceeded,
            Self::Overloaded | Self::Busy { .. } => ErrorInfo::ServerOverloaded,
            _ => ErrorInfo::Other,
        }
    }

    /// The way out, when there is one that is not plain from the message.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::WebSocket(failure) => return failure.cause.hint(),
            Self::Auth(error) => return error.hint(),
            Self::Status(status) | Self::Denied(status) if status.status == 401 => {
                "the credential was not accepted: check `env_key` of the model provider, CODEX_API_KEY or the stored login"
            }
            Self::Status(status) if status.status == 404 => {
                "check `base_url` of the model provider (requests go to {base_url}/responses) and the model's name"
            }
            Self::Denied(status) if matches!(status.status, 404 | 405) => {
                "check `base_url` and `wire_api` of the model provider and the model's name"
            }
            Self::NotAStream { .. } => {
                "this looks like a web page, not an API: is `base_url` of the model provider right?"
            }
            Self::Network { .. } => "is the server running, and is `base_url` of the model provider right?",
            Self::ContextWindow => "start a new thread, or resume one with less in it",
            Self::InvalidImage { .. } => "start a new thread without the image",
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// A refused credential, where there was no answer to take the words from.
    pub(crate) fn unauthorized(url: &str, message: &str) -> Self {
        Self::Status(Box::new(UnexpectedStatus {
            status: 401,
            reason: "Unauthorized".to_owned(),
            message: message.to_owned(),
            url: url.to_owned(),
            cf_ray: None,
            request_id: None,
            retry_after: None,
        }))
    }

    /// Whether the credential was refused.
    pub(crate) fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Status(status) if status.status == 401)
    }

    /// Whether a filter of the server's stopped the answer: the model is told before it is asked again.
    pub fn is_content_filter(&self) -> bool {
        match self {
            Self::WebSocket(failure) => failure.cause.is_content_filter(),
            error => matches!(error, Self::ContentFilter),
        }
    }

    /// Whether the conversation is too long: the one failure a shorter history repairs.
    pub fn is_context_window(&self) -> bool {
        matches!(self, Self::ContextWindow)
    }
}
