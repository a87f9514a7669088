//! One small request and its whole answer: is a key accepted, which models does a server have. For everything that is
//! no model stream. Bounded in time and size; redirects are not followed; says nothing of itself in headers.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde_json::Value;

use crate::tls_roots::{CA_VARIABLE, no_roots, system_roots};
use crate::{Env, Secret};

const FORM_TYPE: &str = "application/x-www-form-urlencoded";
/// A server that takes no connection for this long is not there.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(10);
/// A larger answer is cut off and refused.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a `POST` carries.
#[derive(Clone, PartialEq)]
pub enum Payload {
    /// `application/json`
    Json(Value),
    /// `application/x-www-form-urlencoded`, encoded.
    Form(String),
    /// Nothing: a `PUT`.
    Put,
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Both may hold credentials.
        f.write_str(match self {
            Self::Json(_) => "Json(..)",
            Self::Form(_) => "Form(..)",
            Self::Put => "Put",
        })
    }
}

/// What is asked. A `GET`, or with a payload a `POST` or `PUT`.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The whole address.
    pub url: String,
    /// Sent as `authorization: Bearer ..`.
    pub bearer: Option<Secret>,
    /// Further headers, of which the last of a name counts; values may be credentials.
    pub headers: Vec<(String, Secret)>,
    /// What is sent.
    pub payload: Option<Payload>,
    /// From the first byte sent to the last one received.
    pub limit: Duration,
}

impl Exchange {
    /// A plain `GET`.
    pub fn get(url: impl Into<String>, limit: Duration) -> Self {
        Self { url: url.into(), bearer: None, headers: Vec::new(), payload: None, limit }
    }
}

/// What came back, whatever the status.
#[derive(Clone, PartialEq, Eq)]
pub struct ExchangeAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The header `etag`: what this version of the body is called.
    pub etag: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl fmt::Debug for ExchangeAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body may hold tokens.
        write!(f, "ExchangeAnswer({}, {} bytes)", self.status, self.body.len())
    }
}

impl ExchangeAnswer {
    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; `None` when it is none.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// There was no answer. No variant carries a credential: addresses are shown without query and user.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The address or a header is none.
    #[error("{0}")]
    Invalid(String),
    /// Certificates or the client could not be set up.
    #[error("{0}")]
    SetUp(String),
    /// Nobody takes connections there.
    #[error("{url} cannot be reached: {reason}")]
    Unreachable {
        /// The address.
        url: String,
        /// The innermost reason.
        reason: String,
    },
    /// The connection broke, or the answer was no HTTP.
    #[error("{url} did not answer properly: {reason}")]
    Broken {
        /// The address.
        url: String,
        /// The innermost reason.
        reason: String,
    },
    /// The limit has passed.
    #[error("{url} did not answer within {} s", limit.as_secs_f32())]
    Timeout {
        /// The address.
        url: String,
        /// The limit.
        limit: Duration,
    },
    /// The answer is larger than any that makes sense.
    #[error("{url} answered with more than {ANSWER_BYTES_MAX} bytes")]
    TooLarge {
        /// The address.
        url: String,
    },
}

/// Sends one request and reads its answer to the end.
///
/// # Errors
/// When there is no whole answer; a status of failure is an answer.
pub async fn exchange(request: Exchange, env: &Env) -> Result<ExchangeAnswer, ExchangeError> {
    let url = Url::parse(&request.url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| ExchangeError::Invalid(format!("`{}` is no http(s) address", request.url)))?;
    let shown = shown(&url);
    let limit = request.limit;
    let client = client(&url, env).await?;
    let builder = match request.payload {
        Some(Payload::Json(body)) => client.post(url).json(&body),
        Some(Payload::Form(form)) => client.post(url).header(CONTENT_TYPE, FORM_TYPE).body(form),
        Some(Payload::Put) => client.put(url),
        None => client.get(url),
    };
    let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("*/*"))]);
    if let Some(token) = &request.bearer {
        headers.insert(AUTHORIZATION, sensitive("the key", &format!("Bearer {}", token.expose()))?);
    }
    for (name, value) in &request.headers {
        let header = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| ExchangeError::Invalid(format!("`{name}` is no header name")))?;
        headers.insert(header, sensitive(name, value.expose())?);
    }
    match tokio::time::timeout(limit, whole_answer(builder.headers(headers), &shown)).await {
        Ok(answer) => answer,
        Err(_) => Err(ExchangeError::Timeout { url: shown, limit }),
    }
}

async fn whole_answer(
    request: reqwest::RequestBuilder,
    shown: &str,
) -> Result<ExchangeAnswer, ExchangeError> {
    let failed = |error: reqwest::Error| {
        let (url, reason) = (shown.to_owned(), innermost(&error));
        match error.is_connect() {
            true => ExchangeError::Unreachable { url, reason },
            false => ExchangeError::Broken { url, reason },
        }
    };
    let mut response = request.send().await.map_err(failed)?;
    let status = response.status().as_u16();
    let etag = response.headers().get(ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(ExchangeError::TooLarge { url: shown.to_owned() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(ExchangeAnswer { status, etag, body })
}

async fn client(url: &Url, env: &Env) -> Result<Client, ExchangeError> {
    let tls = if url.scheme() == "https" {
        let bundle = env.var(CA_VARIABLE).map(PathBuf::from);
        tokio::task::spawn_blocking(move || system_roots(bundle.as_deref()))
            .await
            .map_err(|error| ExchangeError::SetUp(format!("the certificates could not be loaded: {error}")))?
    } else {
        no_roots()
    };
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls.map_err(ExchangeError::SetUp)?)
        // A redirect would carry the credential elsewhere.
        .redirect(Policy::none())
        .connect_timeout(CONNECT_WAIT_MAX)
        .http1_only();
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    builder
        .build()
        .map_err(|error| ExchangeError::SetUp(format!("the HTTP client could not be built: {error}")))
}

fn sensitive(name: &str, value: &str) -> Result<HeaderValue, ExchangeError> {
    let mut header = HeaderValue::from_str(value)
        .map_err(|_| ExchangeError::Invalid(format!("{name} holds characters no header can carry")))?;
    header.set_sensitive(true);
    Ok(header)
}

/// No proxy can serve an address of this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // Cannot fail for http and https.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.to_string()
}

/// What the TLS library says of a server that answers in the clear is a riddle; the rest of its words stand.
pub fn with_tls_advice(said: String) -> String {
    match said.contains("InvalidContentType") {
        true => format!("the server there does not speak TLS; is its address http://? ({said})"),
        false => said,
    }
}

/// The client's own words name the address a second time, query included; the cause below them does not.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(below) = cause.source() {
        cause = below;
    }
    match std::ptr::addr_eq(cause, error) {
        true => "the request failed".to_owned(),
        false => with_tls_advice(cause.to_string()),
    }
}
