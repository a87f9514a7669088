//! What a client of the HTTP proxy is told instead of an answer: the status, and for what was blocked the decision as
//! JSON (`safety.md §8`; fields as the official program has them).

use serde_json::json;

use crate::{Access, Reason};

/// The answer to a request that was blocked.
pub(crate) fn blocked(access: &Access, reason: Reason) -> String {
    let source = if reason == Reason::Method { "mode_guard" } else { "baseline_policy" };
    let body = json!({
        "status": "blocked",
        "host": access.host.to_string(),
        "reason": reason.code(),
        "decision": "deny",
        "source": source,
        "protocol": access.protocol.word(),
        "port": access.port,
        "message": format!("Network access to \"{}\" was blocked: {reason}.", access.host),
    });
    let error = format!("x-proxy-error: {}\r\n", reason.header());
    answer("403 Forbidden", "application/json", &error, &body.to_string())
}

/// The answer to a request that nobody could read in one way only.
pub(crate) fn bad_request(reason: &str) -> String {
    answer("400 Bad Request", "text/plain", "", &format!("{reason}\n"))
}

/// The answer to a request whose host did not take part.
pub(crate) fn bad_gateway(reason: &str) -> String {
    answer("502 Bad Gateway", "text/plain", "", &format!("{reason}\n"))
}

fn answer(status: &str, kind: &str, more: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{more}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
