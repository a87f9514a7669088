//! The door for credentials that cover a whole request: whoever signs sees exactly what is sent, and sees each
//! attempt anew. Knows neither how requests are made nor what is in them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use reqwest::header::HeaderMap;
use reqwest::{Method, Url};

use crate::AuthError;

/// One attempt of a request, final but for what its signer adds.
#[derive(Clone, Copy)]
pub struct UnsignedRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// The address, with its query.
    pub url: &'a Url,
    /// Every header but `host` and `content-length`, which follow from the address and the body. Which of them are
    /// covered is the signer's choice.
    pub headers: &'a HeaderMap,
    /// The bytes on the wire: encoded, and compressed if they are compressed.
    pub body: &'a [u8],
}

/// What a signer comes to.
pub type Signing<'a> = Pin<Box<dyn Future<Output = Result<HeaderMap, AuthError>> + Send + 'a>>;

/// Signs requests. Called once per attempt, as signatures age.
pub trait RequestSigner: fmt::Debug + Send + Sync {
    /// The headers to add to the request; a header of the same name is replaced.
    fn sign<'a>(&'a self, request: UnsignedRequest<'a>) -> Signing<'a>;
}

impl fmt::Debug for UnsignedRequest<'_> {
    /// Headers and query may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsignedRequest").field("method", self.method).finish_non_exhaustive()
    }
}
