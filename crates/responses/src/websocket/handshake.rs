//! From a stream of bytes to a WebSocket, and what a refusal means (`responses-wire.md §3.2, §3.6`).

use std::time::SystemTime;

use codex_protocol::limits::SSE_EVENT_BYTES_MAX;
use codex_websocket::{HandshakeError, Refused};
use http::{HeaderMap, Request, StatusCode, header};

use super::dial::BoxedStream;
use super::socket::LiveSocket;
use crate::StreamError;
use crate::classify::FailedAnswer;
use crate::endpoint::Endpoint;

/// Why there is no WebSocket.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The server speaks HTTP only, and says so.
    HttpOnly,
    /// The credential was not accepted.
    Unauthorized(StreamError),
    /// Anything else.
    Failed(StreamError),
}

impl From<StreamError> for Refusal {
    fn from(error: StreamError) -> Self {
        Self::Failed(error)
    }
}

/// Asks the server to make the connection a WebSocket.
pub(crate) async fn handshake(
    stream: BoxedStream,
    endpoint: &Endpoint,
    headers: HeaderMap,
) -> Result<(LiveSocket, HeaderMap), Refusal> {
    let request = request(endpoint, headers).map_err(|error| {
        StreamError::Setup(format!("the WebSocket handshake could not be written: {error}"))
    })?;
    match codex_websocket::handshake(stream, request, SSE_EVENT_BYTES_MAX).await {
        Ok(opened) => Ok((LiveSocket(opened.socket), opened.headers)),
        Err(HandshakeError::Refused(refusal)) => Err(refused(&refusal, endpoint)),
        Err(error) => {
            let (url, detail) = (endpoint.shown.clone(), format!("WebSocket handshake: {error}"));
            Err(Refusal::Failed(StreamError::Transport { url, detail }))
        }
    }
}

fn request(endpoint: &Endpoint, mut headers: HeaderMap) -> Result<Request<()>, http::Error> {
    let url = &endpoint.url;
    let scheme = if endpoint.is_https() { "wss" } else { "ws" };
    let authority = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut request = Request::get(format!("{scheme}://{authority}{}{query}", url.path())).body(())?;
    // Which host is meant is not for configuration to say.
    headers.insert(header::HOST, authority.try_into()?);
    *request.headers_mut() = headers;
    Ok(request)
}

fn refused(refusal: &Refused, endpoint: &Endpoint) -> Refusal {
    let Refused { status, headers, body } = refusal;
    let status = *status;
    let now = SystemTime::now();
    let answer = FailedAnswer { status, headers, body, url: &endpoint.shown };
    match status {
        StatusCode::UPGRADE_REQUIRED => Refusal::HttpOnly,
        StatusCode::UNAUTHORIZED => Refusal::Unauthorized(answer.classify(now)),
        // There was no request yet that could be bad: something on the way does not know WebSockets.
        StatusCode::BAD_REQUEST => Refusal::Failed(answer.unexpected(now)),
        status if status.is_success() => Refusal::Failed(answer.unexpected(now)),
        _ => Refusal::Failed(answer.classify(now)),
    }
}
