//! Heads of HTTP/1 messages: read within limits, checked, and written anew for the next hop.
//! Invariants: nothing of a head is passed on as it came; a body has one end or the message is refused.

use std::fmt::Write as _;
use std::io;

use httparse::{EMPTY_HEADER, Header, Request, Response, Status};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::decision::Intent;
use crate::framing::{Chunks, Framing};
use crate::target::{Absolute, Authority, HTTP_PORT};

/// A head at most, bytes.
pub(crate) const HEAD_BYTES_MAX: usize = 64 * 1024;
const HEADERS_MAX: usize = 128;
const READ_BYTES: usize = 4 * 1024;

/// Headers that concern one connection only; those that `Connection` names come on top.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "upgrade",
    "http2-settings",
    "host",
];

/// What a client asks of the proxy.
#[derive(Debug, PartialEq)]
pub(crate) enum Asked {
    /// `CONNECT`
    Tunnel(Authority),
    /// A request to pass on.
    Forward(Forward),
}

/// A plain request, ready to be sent on.
#[derive(Debug, PartialEq)]
pub(crate) struct Forward {
    pub(crate) authority: Authority,
    pub(crate) intent: Intent,
    /// The head for the host.
    pub(crate) head: String,
    pub(crate) body: Framing,
    /// Whether the answer has no body whatever its head says.
    pub(crate) is_head: bool,
}

/// An answer of a host, ready to be handed down.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Framing,
    /// Another head follows (`100 Continue`).
    pub(crate) interim: bool,
}

/// Reads up to the empty line. `buffer` may hold bytes already; afterwards it holds what came behind the head.
/// `None` at the end of the stream before any byte.
pub(crate) async fn read_head(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
) -> io::Result<Option<Vec<u8>>> {
    const END: &[u8] = b"\r\n\r\n";
    let mut searched = 0usize;
    loop {
        let from = searched.saturating_sub(END.len());
        if let Some(at) = buffer[from..].windows(END.len()).position(|window| window == END) {
            let rest = buffer.split_off(from + at + END.len());
            return Ok(Some(std::mem::replace(buffer, rest)));
        }
        searched = buffer.len();
        if buffer.len() >= HEAD_BYTES_MAX {
            return Err(io::Error::other("the head is longer than 64 KiB"));
        }
        let mut piece = [0; READ_BYTES];
        match stream.read(&mut piece).await? {
            0 if buffer.is_empty() => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => buffer.extend_from_slice(&piece[..length]),
        }
    }
}

/// Reads a request of a client.
pub(crate) fn parse_request(head: &[u8]) -> Result<Asked, &'static str> {
    let mut headers = [EMPTY_HEADER; HEADERS_MAX];
    let mut request = Request::new(&mut headers);
    match request.parse(head) {
        Ok(Status::Complete(length)) if length == head.len() && ends_lines_in_full(head) => {}
        _ => return Err("the request head is not valid"),
    }
    let (Some(method), Some(target)) = (request.method, request.path) else {
        return Err("the request head is not valid");
    };
    let headers = &*request.headers;
    if method == "CONNECT" {
        let authority = Authority::parse(target, None)?;
        check_host(headers, &authority, None)?;
        return Ok(Asked::Tunnel(authority));
    }
    let Absolute { authority, path } = Absolute::parse(target)?;
    check_host(headers, &authority, Some(HTTP_PORT))?;
    let body = match framing(headers)? {
        Some(framing) => framing,
        None => Framing::Length(0),
    };
    let host = match authority.port {
        HTTP_PORT => host_text(&authority),
        _ => authority.to_string(),
    };
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    write_headers(&mut head, headers)?;
    let intent = if matches!(method, "GET" | "HEAD" | "OPTIONS") { Intent::Read } else { Intent::Change };
    Ok(Asked::Forward(Forward { authority, intent, head, body, is_head: method == "HEAD" }))
}

/// Parsers differ about lines that end without a carriage return.
fn ends_lines_in_full(head: &[u8]) -> bool {
    head.windows(2).all(|pair| pair[1] != b'\n' || pair[0] == b'\r')
}

fn host_text(authority: &Authority) -> String {
    let text = authority.to_string();
    text.rsplit_once(':').map_or(text.clone(), |(host, _)| host.to_owned())
}

/// A `Host` header must name the host of the request line: the one is judged, the other may be believed.
fn check_host(
    headers: &[Header<'_>],
    authority: &Authority,
    default: Option<u16>,
) -> Result<(), &'static str> {
    const WRONG: &str = "the Host header does not match the request target";
    let mut hosts = headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
    let Some(host) = hosts.next() else { return Ok(()) };
    let text = std::str::from_utf8(host.value).map_err(|_| WRONG)?.trim();
    // In CONNECT some name the host alone.
    let named = Authority::parse(text, default.or(Some(authority.port))).map_err(|_| WRONG)?;
    if named == *authority && hosts.next().is_none() { Ok(()) } else { Err(WRONG) }
}

/// How the headers delimit a body; `None` when they do not.
fn framing(headers: &[Header<'_>]) -> Result<Option<Framing>, &'static str> {
    let values = |name: &'static str| {
        headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
    };
    let mut encodings = values("transfer-encoding");
    let mut lengths = values("content-length");
    match (encodings.next(), lengths.next()) {
        (None, None) => Ok(None),
        (Some(encoding), None) if encodings.next().is_none() => {
            match encoding.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                true => Ok(Some(Framing::Chunked(Chunks::default()))),
                false => Err("the transfer encoding is not supported"),
            }
        }
        (None, Some(length)) if lengths.next().is_none() => {
            let text = std::str::from_utf8(length).unwrap_or_default().trim();
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let length = text.parse().ok().filter(|_| digits);
            length.map(|length| Some(Framing::Length(length))).ok_or("the content length is not a number")
        }
        _ => Err("the length of the body is given twice"),
    }
}

/// Writes what is for the far end, and that this connection carries one message.
fn write_headers(head: &mut String, headers: &[Header<'_>]) -> Result<(), &'static str> {
    let named: Vec<String> = headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case("connection"))
        .flat_map(|header| {
            String::from_utf8_lossy(header.value)
                .to_ascii_lowercase()
                .split(',')
                .map(|name| name.trim().to_owned())
                .collect::<Vec<_>>()
        })
        // These say where the body ends.
        .filter(|name| !matches!(name.as_str(), "transfer-encoding" | "content-length"))
        .collect();
    for header in headers {
        let name = header.name.to_ascii_lowercase();
        if HOP_BY_HOP.contains(&name.as_str()) || named.contains(&name) {
            continue;
        }
        let value = std::str::from_utf8(header.value).map_err(|_| "a header is not text")?;
        // Writing to a string cannot fail.
        let _ = write!(head, "{}: {value}\r\n", header.name);
    }
    head.push_str("Connection: close\r\n\r\n");
    Ok(())
}

/// Reads the answer of a host.
pub(crate) fn parse_answer(head: &[u8], is_head: bool) -> Result<Answer, &'static str> {
    let mut headers = [EMPTY_HEADER; HEADERS_MAX];
    let mut response = Response::new(&mut headers);
    match response.parse(head) {
        Ok(Status::Complete(length)) if length == head.len() => {}
        _ => return Err("the answer's head is not valid"),
    }
    let (Some(code), Some(version)) = (response.code, response.version) else {
        return Err("the answer's head is not valid");
    };
    if code == 101 {
        return Err("the host changed the protocol, which nobody asked for");
    }
    let interim = (100..200).contains(&code);
    let headers = &*response.headers;
    let body = match interim || is_head || matches!(code, 204 | 304) {
        true => Framing::Length(0),
        false => framing(headers)?.unwrap_or(Framing::UntilClose),
    };
    let reason = response.reason.unwrap_or_default();
    let mut head = format!("HTTP/1.{version} {code} {reason}\r\n");
    write_headers(&mut head, headers)?;
    Ok(Answer { head, body, interim })
}

#[cfg(test)]
#[path = "http_head_tests.rs"]
mod tests;
