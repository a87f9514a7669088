//! The recorder's seat: everything that went over the wire, without headers and thus without credentials.

use bytes::Bytes;

/// Listens to every attempt. Called on the request's own task: implementations must be quick.
pub trait Tape: Send + Sync {
    /// A request body is about to be sent. Gives the number the rest of this attempt is reported under.
    fn request(&self, body: &Bytes) -> u64;
    /// The data of one event arrived; it has not been looked at yet.
    fn event(&self, request: u64, data: &[u8]);
    /// The attempt ended. Called exactly once for each request.
    fn end(&self, request: u64, outcome: TapeEnd<'_>);
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TapeEnd<'a> {
    /// With `response.completed`.
    Completed,
    /// With a status other than 2xx.
    Status {
        /// The status code.
        status: u16,
        /// The `retry-after` header as it was sent.
        retry_after: Option<&'a str>,
        /// The first bytes of the body.
        body: &'a [u8],
    },
    /// With any other error.
    Failed {
        /// The error's message.
        message: &'a str,
    },
    /// The turn lost interest.
    Cancelled,
}
