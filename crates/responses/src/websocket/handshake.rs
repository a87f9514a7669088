//! From a stream of bytes to a WebSocket, and what a refusal means (`responses-wire.md §3.2, §3.6`).

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;

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
    match client_async_with_config(request, stream, Some(LiveSocket::config())).await {
        Ok((socket, response)) => Ok((LiveSocket(socket), response.into_parts().0.headers)),
        Err(Error::Http(response)) => {
            let body = response.body().as_deref().unwrap_or_default();
            Err(refused(response.status(), response.headers(), body, endpoint))
        }
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
    let own: [(HeaderName, HeaderValue); 5] = [
        (header::HOST, authority.try_into()?),
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
        (header::SEC_WEBSOCKET_KEY, generate_key().try_into()?),
    ];
    // The handshake's own headers are not for configuration to replace.
    for (name, value) in own {
        headers.insert(name, value);
    }
    *request.headers_mut() = headers;
    Ok(request)
}

fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8], endpoint: &Endpoint) -> Refusal {
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
