//! The session's client and the turn's: who the requests come from, what is sticky for how long, and the request
//! layer's silent retries (`responses-wire.md §2.2`). Knows no thread and no history.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use codex_auth::{Credentials, Env, Secret};
use codex_model_provider::ProviderInfo;
use codex_protocol::limits::ERROR_BODY_BYTES_MAX;

use crate::classify::FailedAnswer;
use crate::endpoint::Endpoint;
use crate::http_client::HttpClient;
use crate::response_stream::Spent;
use crate::retry::request_backoff;
use crate::tape_run::TapeRun;
use crate::transport_error::send_error;
use crate::{
    ClientIdentity, ModelRequest, PreparedRequest, RequestMetadata, ResponseStream, StreamError, Tape,
    TapeEnd,
};

const TURN_STATE: HeaderName = HeaderName::from_static("x-codex-turn-state");

/// What a session's client is made of.
#[derive(Clone)]
pub struct ClientOptions {
    /// Where requests go and what they carry.
    pub provider: ProviderInfo,
    /// Who sends them.
    pub identity: ClientIdentity,
    /// Where credentials, header values and the terminal's name are looked up.
    pub env: Env,
    /// The recorder, if any.
    pub tape: Option<Arc<dyn Tape>>,
}

/// The client of one session. Making it does nothing; cloning shares it.
#[derive(Clone)]
pub struct ResponsesClient(Arc<Session>);

struct Session {
    options: ClientOptions,
    credentials: Credentials,
    http: HttpClient,
    user_agent: OnceLock<String>,
    spent: Spent,
}

/// The client of one turn: requests of a turn stay with the server that took the first (`responses-wire.md §3.5`).
#[derive(Clone)]
pub struct TurnClient {
    session: Arc<Session>,
    turn_state: Arc<OnceLock<HeaderValue>>,
}

impl ResponsesClient {
    /// Reads nothing and connects to nothing.
    pub fn new(options: ClientOptions) -> Self {
        let credentials = Credentials::new(options.provider.auth.clone(), options.env.clone());
        let http = HttpClient::new(&options.env);
        let spent = Arc::new(Mutex::new(None));
        Self(Arc::new(Session { options, credentials, http, user_agent: OnceLock::new(), spent }))
    }

    /// The provider requests go to.
    pub fn provider(&self) -> &ProviderInfo {
        &self.0.options.provider
    }

    /// Renders a request once, for all its attempts.
    ///
    /// # Errors
    /// When a value of the metadata cannot stand in a header.
    pub fn prepare(
        &self,
        request: &ModelRequest<'_>,
        metadata: &RequestMetadata,
    ) -> Result<PreparedRequest, StreamError> {
        request.render(self.provider(), metadata)
    }

    /// A client for the next turn.
    pub fn turn(&self) -> TurnClient {
        TurnClient { session: Arc::clone(&self.0), turn_state: Arc::default() }
    }
}

/// How one attempt went.
enum Answer {
    Stream(Box<ResponseStream>),
    /// The status, and the error that stands for it.
    Refused {
        status: StatusCode,
        retry_after: Option<Duration>,
        error: StreamError,
    },
    /// No answer at all.
    Unanswered(StreamError),
}

impl TurnClient {
    /// Sends the request, again and again as far as the request layer may, until an answer begins.
    /// Dropping the future cancels it.
    ///
    /// # Errors
    /// When there is no stream; [`StreamError::retry`] says what that means for the stream's layer.
    pub async fn stream(&self, request: &PreparedRequest) -> Result<ResponseStream, StreamError> {
        let session = &*self.session;
        let endpoint = Endpoint::of(&session.options.provider)?;
        let client = session.http.get(&endpoint).await?;
        let mut secret = session.credentials.resolve().await?;
        let mut renewable = session.credentials.can_renew();
        let retries_max = session.options.provider.request_max_retries;
        let mut retries = 0;
        loop {
            session.release_spent().await;
            let (error, wait) = match self.attempt(client, &endpoint, request, secret.as_ref()).await? {
                Answer::Stream(stream) => return Ok(*stream),
                Answer::Refused { status: StatusCode::UNAUTHORIZED, error, .. } => {
                    let Some(refused) = secret.as_ref().filter(|_| renewable) else { return Err(error) };
                    // Once; a second refusal is an ordinary one. Not counted as a retry.
                    renewable = false;
                    secret = session.credentials.renew(refused).await?;
                    continue;
                }
                Answer::Refused { status, error, .. } if !FailedAnswer::is_request_retryable(status) => {
                    return Err(error);
                }
                Answer::Refused { retry_after, error, .. } => (error, retry_after),
                Answer::Unanswered(error @ StreamError::Transport { .. }) => (error, None),
                Answer::Unanswered(error) => return Err(error),
            };
            if retries >= retries_max {
                return Err(error);
            }
            retries += 1;
            let wait = wait.unwrap_or_else(|| request_backoff(retries));
            tracing::info!(%error, retries, wait_ms = wait.as_millis(), "the request is sent again");
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(
        &self,
        client: &reqwest::Client,
        endpoint: &Endpoint,
        request: &PreparedRequest,
        secret: Option<&Secret>,
    ) -> Result<Answer, StreamError> {
        let session = &*self.session;
        let headers = session.headers(request, secret, self.turn_state.get())?;
        let mut tape = TapeRun::start(session.options.tape.as_ref(), &request.body);
        let sent = client.post(endpoint.url.clone()).headers(headers).body(request.body.clone()).send().await;
        let response = match sent {
            Ok(response) => response,
            Err(error) => {
                let error = send_error(error, &endpoint.shown);
                tape.end(TapeEnd::Failed { message: &error.message() });
                return Ok(Answer::Unanswered(error));
            }
        };
        if !response.status().is_success() {
            return Ok(refused(response, endpoint, session.options.provider.stream_idle_timeout, tape).await);
        }
        if let Some(error) = not_a_stream(response.headers(), endpoint) {
            tape.end(TapeEnd::Failed { message: &error.message() });
            return Err(error);
        }
        if let Some(state) = response.headers().get(TURN_STATE) {
            self.turn_state.get_or_init(|| state.clone());
        }
        let idle = session.options.provider.stream_idle_timeout;
        let stream = ResponseStream::new(response, idle, tape, Arc::clone(&session.spent));
        Ok(Answer::Stream(Box::new(stream)))
    }
}

/// Reads the explanation and classifies it.
async fn refused(
    mut response: reqwest::Response,
    endpoint: &Endpoint,
    wait_max: Duration,
    mut tape: TapeRun,
) -> Answer {
    let mut body = Vec::new();
    let read = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = ERROR_BODY_BYTES_MAX - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() >= ERROR_BODY_BYTES_MAX {
                break;
            }
        }
    };
    // Whatever arrived explains more than nothing: a body that stalls or breaks is used as far as it came.
    let _ = tokio::time::timeout(wait_max, read).await;
    let (status, headers) = (response.status(), response.headers());
    let now = SystemTime::now();
    let retry_after = FailedAnswer::retry_after(headers, now);
    let wish = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    tape.end(TapeEnd::Status { status: status.as_u16(), retry_after: wish, body: &body });
    let error = FailedAnswer { status, headers, body: &body, url: &endpoint.shown }.classify(now);
    Answer::Refused { status, retry_after, error }
}

/// A web page with status 200 is what a wrong address answers with.
fn not_a_stream(headers: &HeaderMap, endpoint: &Endpoint) -> Option<StreamError> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    content_type.trim_start().to_ascii_lowercase().starts_with("text/html").then(|| StreamError::NotAStream {
        url: endpoint.shown.clone(),
        content_type: content_type.to_owned(),
    })
}

impl Session {
    /// All headers of one attempt, the client's own first, in the order of `responses-wire.md §1.1`.
    fn headers(
        &self,
        request: &PreparedRequest,
        secret: Option<&Secret>,
        turn_state: Option<&HeaderValue>,
    ) -> Result<HeaderMap, StreamError> {
        let ClientOptions { provider, identity, env, .. } = &self.options;
        let mut headers = HeaderMap::with_capacity(24);
        if provider.is_built_in_openai() {
            put(&mut headers, "version", &identity.version)?;
        }
        put(&mut headers, "x-codex-beta-features", &identity.beta_features)?;
        headers.extend(request.headers.clone());
        if let Some(state) = turn_state {
            headers.insert(TURN_STATE, state.clone());
        }
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(secret) = secret {
            headers.insert(header::AUTHORIZATION, bearer(secret)?);
        }
        put(&mut headers, "originator", &identity.originator)?;
        put(&mut headers, "user-agent", self.user_agent.get_or_init(|| identity.user_agent(env)))?;
        for (name, value) in &provider.http_headers {
            put(&mut headers, name, value.expose())?;
        }
        for (name, variable) in &provider.env_http_headers {
            if let Some(value) = env.var(variable) {
                put(&mut headers, name, &value)?;
            }
        }
        Ok(headers)
    }

    /// Lets go of the last response. If its end has arrived since, the connection is free for this request.
    async fn release_spent(&self) {
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut spent) = spent else { return };
        for _ in 0..4 {
            match spent.chunk().now_or_never() {
                Some(Ok(Some(_))) => {}
                Some(_) => return,
                // The end may be in the socket and only waits for its task to run.
                None => tokio::task::yield_now().await,
            }
        }
    }
}

/// Adds or replaces a header. The value is not shown: it may be a credential.
fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), StreamError> {
    let key = HeaderName::try_from(name)
        .map_err(|_| StreamError::Setup(format!("`{name}` cannot be the name of a header")))?;
    let value = HeaderValue::from_str(value).map_err(|_| {
        StreamError::Setup(format!("the value of the header `{name}` holds forbidden characters"))
    })?;
    headers.insert(key, value);
    Ok(())
}

fn bearer(secret: &Secret) -> Result<HeaderValue, StreamError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", secret.expose())).map_err(|_| {
        StreamError::Setup("the credential holds characters that cannot stand in a header".to_owned())
    })?;
    value.set_sensitive(true);
    Ok(value)
}

impl fmt::Debug for ResponsesClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponsesClient").field("provider", &self.provider().id).finish_non_exhaustive()
    }
}

impl fmt::Debug for TurnClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnClient").field("turn_state", &self.turn_state.get()).finish_non_exhaustive()
    }
}
