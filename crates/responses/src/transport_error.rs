//! What a failed send or a broken body means. Knows reqwest's errors, so that nothing else has to.

use std::error::Error;
use std::io;

use codex_auth::with_tls_advice;

use crate::StreamError;

/// A request that got no answer.
pub(crate) fn send_error(error: reqwest::Error, url: &str) -> StreamError {
    let url = url.to_owned();
    let detail = innermost(&error);
    if error.is_builder() {
        return StreamError::Setup(detail);
    }
    if unreachable(&error) {
        StreamError::Network { url, detail }
    } else {
        StreamError::Transport { url, detail }
    }
}

/// A stream that broke.
pub(crate) fn body_error(error: reqwest::Error) -> StreamError {
    StreamError::Disconnected {
        message: format!("transport error: {}", innermost(&error)),
        retry_after: None,
    }
}

/// Whether nobody could be asked at all, which is the network's state and not the server's.
fn unreachable(error: &reqwest::Error) -> bool {
    error.is_connect() && (error.is_dns() || error.is_timeout() || caused_by_network(error))
}

/// Whether the system says somewhere below that nobody answers.
pub(crate) fn caused_by_network(error: &(dyn Error + 'static)) -> bool {
    sources(error).any(|source| {
        source.downcast_ref::<io::Error>().is_some_and(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::NetworkUnreachable
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkDown
                    | io::ErrorKind::AddrNotAvailable
                    | io::ErrorKind::TimedOut
            )
        })
    })
}

fn sources<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// The deepest cause: the outer ones only name layers.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    let deepest = sources(error).skip(1).last().map(ToString::to_string);
    let deepest = deepest.filter(|text| !text.is_empty()).map(with_tls_advice);
    deepest.unwrap_or_else(|| "error sending request".to_owned())
}
