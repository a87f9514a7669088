//! Requests over HTTP: one POST per attempt, the request layer's silent retries (`responses-wire.md §2.2`), and the
//! connection of the last response kept for the next request.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, Method, StatusCode, header};

use codex_auth::Secret;
use codex_protocol::limits::ERROR_BODY_BYTES_MAX;

use crate::classify::FailedAnswer;
use crate::endpoint::Endpoint;
use crate::origin::{AttemptFacts, GatewayRecovery, Origin};
use crate::response_stream::Spent;
use crate::retry::request_backoff;
use crate::tape_run::TapeRun;
use crate::transport_error::send_error;
use crate::turn_state::{TURN_STATE, TurnState};
use crate::upload::Upload;
use crate::wire_reader::WireReader;
use crate::{PreparedRequest, ResponseStream, StreamError, TapeEnd};

/// The HTTP side of a session.
#[derive(Default)]
pub(crate) struct HttpTransport {
    spent: Spent,
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

/// What the attempts of one request share.
struct Attempt<'a> {
    origin: &'a Origin,
    turn: &'a TurnState,
    request: &'a PreparedRequest,
    /// The body as it is sent, and whether it is compressed.
    body: (Bytes, bool),
}

impl HttpTransport {
    /// Sends the request, again and again as far as the request layer may, until an answer begins.
    pub(crate) async fn stream(
        &self,
        origin: &Origin,
        turn: &TurnState,
        request: &PreparedRequest,
    ) -> Result<ResponseStream, StreamError> {
        let attempt = Attempt { origin, turn, request, body: origin.wire_body(request).await? };
        let mut secret = origin.credentials.resolve().await?;
        let mut recovery = origin.credentials.recovery();
        let mut gateway = GatewayRecovery::default();
        let retries_max = origin.provider().request_max_retries;
        let mut retries = 0;
        loop {
            self.release_spent().await;
            let (error, wait) = match self.send(&attempt, secret.as_ref()).await? {
                Answer::Stream(stream) => return Ok(*stream),
                Answer::Refused { status: StatusCode::UNAUTHORIZED, error, .. } => {
                    // Not counted as retries.
                    let fresh = match &secret {
                        Some(refused) => recovery.next(refused).await?,
                        None => None,
                    };
                    match fresh {
                        Some(fresh) => secret = Some(fresh),
                        None if gateway.next(origin).await? => {}
                        None => return Err(error),
                    }
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
            // Even no wait at all would last until the clock's next tick.
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
        }
    }

    async fn send(&self, attempt: &Attempt<'_>, secret: Option<&Secret>) -> Result<Answer, StreamError> {
        let Attempt { origin, turn, request, body: (body, packed) } = attempt;
        let (endpoint, region) = match origin.destination(secret).await {
            Ok(found) => found,
            // The credential is as good or bad as the request's own.
            Err(error) if error.is_unauthorized() => {
                return Ok(Answer::Refused { status: StatusCode::UNAUTHORIZED, retry_after: None, error });
            }
            Err(error) => return Err(error),
        };
        let endpoint = &endpoint;
        let client = origin.http.get(endpoint).await?;
        let facts =
            AttemptFacts { secret, turn_state: turn.sticky.get(), region: region.as_ref(), packed: *packed };
        let mut headers = origin.headers(request, facts)?;
        origin.pass_gateway(&mut headers).await?;
        origin.sign(&Method::POST, &endpoint.url, &mut headers, body).await?;
        let mut tape = TapeRun::start(origin.options.tape.as_ref(), &request.body);
        let upload = Upload::default();
        let post = client.post(endpoint.url.clone()).headers(headers).body(upload.body(body.clone()));
        let sent = post.send().await;
        let response = match sent {
            Ok(response) => response,
            Err(error) => {
                let error = send_error(error, &endpoint.shown);
                tape.end(TapeEnd::Failed { message: &error.message() });
                return Ok(Answer::Unanswered(error));
            }
        };
        origin.heard(response.headers());
        if !response.status().is_success() || request.reader.explains_itself(response.headers()) {
            let wait_max = origin.provider().stream_idle_timeout;
            let answer = refused(response, endpoint, wait_max, &request.reader, tape).await;
            upload.stop();
            return Ok(answer);
        }
        if let Some(error) = not_a_stream(response.headers(), endpoint) {
            tape.end(TapeEnd::Failed { message: &error.message() });
            return Err(error);
        }
        if let Some(state) = response.headers().get(TURN_STATE) {
            turn.sticky.get_or_init(|| state.clone());
        }
        let idle = origin.provider().stream_idle_timeout;
        let stream = ResponseStream::over_http(
            response,
            idle,
            tape,
            Arc::clone(&self.spent),
            request.reader.decoder(),
        );
        Ok(Answer::Stream(Box::new(stream)))
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

/// Reads the explanation and classifies it.
async fn refused(
    mut response: reqwest::Response,
    endpoint: &Endpoint,
    wait_max: Duration,
    reader: &WireReader,
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
    let answer = FailedAnswer { status, headers, body: &body, url: &endpoint.shown };
    let error = reader.classify(&answer, now);
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
