//! The client's handshake (RFC 6455 §4.1): one request, and an answer that is a WebSocket or an ordinary refusal.
//! No limit of time of its own: callers have one.

use bytes::{Buf as _, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::accept::{accept_key, new_key};
use crate::{DEFLATE_OFFER, Deflate, InvalidExtension, Role, WebSocket};

/// A longer head is no answer.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Headers of an answer that are looked at.
const HEADERS_MAX: usize = 200;
/// Bytes of a refusal's body that are read.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// An ordinary answer instead of a WebSocket.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// The first bytes of its body.
    pub body: Vec<u8>,
}

/// There is no WebSocket.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The server answered otherwise.
    #[error("the server answered with the status {}", .0.status)]
    Refused(Box<Refused>),
    /// The connection broke.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The request cannot be written.
    #[error("the request is invalid: {0}")]
    Request(String),
    /// The answer is none to this request.
    #[error("{0}")]
    Answer(String),
    /// The server chose what was not offered.
    #[error(transparent)]
    Extension(#[from] InvalidExtension),
}

/// A connection that became a WebSocket.
pub struct Opened<S> {
    /// The WebSocket.
    pub socket: WebSocket<S>,
    /// The answer's headers.
    pub headers: HeaderMap,
}

/// Asks the server to make the connection a WebSocket, offering compression. `request` is a `GET` with its `host` and
/// whatever the server wants to know; the handshake's own headers are added. Messages may be `message_bytes_max` long.
///
/// # Errors
/// When the server refuses, or its answer is none.
pub async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    mut request: Request<()>,
    message_bytes_max: usize,
) -> Result<Opened<S>, HandshakeError> {
    let key = new_key();
    stream.write_all(&written(&mut request, &key)?).await?;
    stream.flush().await?;
    let mut read = BytesMut::new();
    let (status, headers) = loop {
        if let Some(head) = take_head(&mut read)? {
            break head;
        }
        if read.len() > HEAD_BYTES_MAX {
            return Err(HandshakeError::Answer("the answer's head is too long".to_owned()));
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Err(HandshakeError::Answer("the connection ended before an answer".to_owned()));
        }
    };
    if status != StatusCode::SWITCHING_PROTOCOLS {
        let body = body(&mut stream, &headers, read).await;
        return Err(HandshakeError::Refused(Box::new(Refused { status, headers, body })));
    }
    verify(&headers, &key)?;
    let chosen = headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS).iter();
    let deflate = Deflate::of_answer(chosen.map(|value| value.to_str().unwrap_or("?")))?;
    let socket = WebSocket::new(stream, Role::Client, message_bytes_max, deflate).with_read(read);
    Ok(Opened { socket, headers })
}

fn written(request: &mut Request<()>, key: &str) -> Result<Vec<u8>, HandshakeError> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let mut out = format!("GET {target} HTTP/1.1\r\n").into_bytes();
    let mut line = |name: &HeaderName, value: &[u8]| {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    };
    let headers = request.headers_mut();
    // Some servers want to read the host first.
    let host = headers.remove(header::HOST);
    let host = host.ok_or_else(|| HandshakeError::Request("there is no host".to_owned()))?;
    line(&header::HOST, host.as_bytes());
    let own: [(HeaderName, &[u8]); 4] = [
        (header::CONNECTION, b"Upgrade"),
        (header::UPGRADE, b"websocket"),
        (header::SEC_WEBSOCKET_VERSION, b"13"),
        (header::SEC_WEBSOCKET_KEY, key.as_bytes()),
    ];
    for (name, value) in &own {
        line(name, value);
        // These are the handshake's to say.
        headers.remove(name);
    }
    headers.remove(header::SEC_WEBSOCKET_EXTENSIONS);
    for (name, value) in headers.iter() {
        line(name, value.as_bytes());
    }
    line(&header::SEC_WEBSOCKET_EXTENSIONS, DEFLATE_OFFER.as_bytes());
    out.extend_from_slice(b"\r\n");
    Ok(out)
}

/// The head of an answer, taken off the front once it is whole.
fn take_head(read: &mut BytesMut) -> Result<Option<(StatusCode, HeaderMap)>, HandshakeError> {
    let mut fields = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut fields);
    let no_http =
        |error: &dyn std::error::Error| HandshakeError::Answer(format!("the answer is no HTTP: {error}"));
    let length = match response.parse(read).map_err(|error| no_http(&error))? {
        httparse::Status::Partial => return Ok(None),
        httparse::Status::Complete(length) => length,
    };
    let status = StatusCode::from_u16(response.code.unwrap_or_default()).map_err(|error| no_http(&error))?;
    let mut headers = HeaderMap::with_capacity(response.headers.len());
    for field in response.headers.iter() {
        let name = HeaderName::from_bytes(field.name.as_bytes()).map_err(|error| no_http(&error))?;
        let value = HeaderValue::from_bytes(field.value).map_err(|error| no_http(&error))?;
        headers.append(name, value);
    }
    read.advance(length);
    Ok(Some((status, headers)))
}

fn verify(headers: &HeaderMap, key: &str) -> Result<(), HandshakeError> {
    let has = |name: HeaderName, wanted: &str| {
        let mut tokens = headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        tokens.any(|token| token.trim().eq_ignore_ascii_case(wanted))
    };
    let missing =
        |what: &str| Err(HandshakeError::Answer(format!("the answer has no valid `{what}` header")));
    if !has(header::UPGRADE, "websocket") {
        return missing("upgrade");
    }
    if !has(header::CONNECTION, "upgrade") {
        return missing("connection");
    }
    let accept = headers.get(header::SEC_WEBSOCKET_ACCEPT);
    if accept.is_none_or(|value| value.as_bytes() != accept_key(key.as_bytes()).as_bytes()) {
        return missing("sec-websocket-accept");
    }
    if headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
        return Err(HandshakeError::Answer("the server chose a subprotocol nobody asked for".to_owned()));
    }
    Ok(())
}

/// As much of a refusal's body as arrives: it explains, and is not needed.
async fn body<S: AsyncRead + Unpin>(stream: &mut S, headers: &HeaderMap, mut read: BytesMut) -> Vec<u8> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    let chunked =
        text(header::TRANSFER_ENCODING).is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let wanted = length.unwrap_or(BODY_BYTES_MAX).min(BODY_BYTES_MAX);
    loop {
        if chunked && let (body, true) = unchunked(&read) {
            return body;
        }
        let enough = if chunked { read.len() >= 2 * BODY_BYTES_MAX } else { read.len() >= wanted };
        if enough || !matches!(stream.read_buf(&mut read).await, Ok(count) if count > 0) {
            break;
        }
    }
    let mut body = if chunked { unchunked(&read).0 } else { read.to_vec() };
    body.truncate(wanted);
    body
}

/// The bodies of the whole chunks, and whether the last one was among them.
fn unchunked(mut bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Ok(httparse::Status::Complete((head, length))) = httparse::parse_chunk_size(bytes) {
        let Some(chunk) =
            usize::try_from(length).ok().and_then(|length| bytes.get(head..head.checked_add(length)?))
        else {
            return (body, false);
        };
        if chunk.is_empty() {
            return (body, true);
        }
        body.extend_from_slice(chunk);
        bytes = bytes.get(head + chunk.len()..).unwrap_or_default();
        bytes = bytes.strip_prefix(b"\r\n").unwrap_or_default();
    }
    (body, false)
}
