//! The session's WebSocket: whether it is used, where its idle connection is, how one is made, and when the session
//! goes on without (`responses-wire.md §3.1, §3.6`).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::timeout;

use codex_auth::Secret;

use super::dial::dial;
use super::frame::{FrameExtras, FramePurpose, response_create};
use super::frame_reader::FrameReader;
use super::handshake::{Refusal, handshake};
use super::keeper::{Connection, Keeper};
use super::response::{SocketResponse, idle};
use super::socket::{LiveSocket, Socket, disconnected};
use super::trace::TraceContext;
use crate::endpoint::Endpoint;
use crate::intake::Intake;
use crate::origin::{AttemptFacts, GatewayRecovery, Origin};
use crate::tape_run::TapeRun;
use crate::turn_state::TurnState;
use crate::{
    Notice, PreparedRequest, ResponseStream, Retry, SocketFailure, StreamError, StreamEvent, TapeEnd,
};

/// The WebSocket side of a session.
#[derive(Default)]
pub(crate) struct SocketTransport {
    slot: Mutex<Slot>,
    /// For the rest of the session. Apart, because connections in the making may find it out.
    http_only: Arc<AtomicBool>,
}

#[derive(Default)]
struct Slot {
    /// The session asked for it.
    wanted: bool,
    keeper: Option<Keeper>,
    /// A credential the server refused over a connection opened with it.
    refused: Option<Secret>,
}

/// How an attempt to use the WebSocket went.
pub(crate) enum Opened {
    Stream(ResponseStream),
    /// There is none: the request goes over HTTP.
    HttpOnly,
}

impl SocketTransport {
    /// Whether requests are to be tried here.
    pub(crate) fn is_in_use(&self) -> bool {
        self.slot().wanted && !self.http_only.load(Ordering::Relaxed)
    }

    /// Begins to use the WebSocket, and prepares a connection in the background unless there is one.
    pub(crate) fn warm(&self, origin: Arc<Origin>, prewarm: PreparedRequest) {
        let mut slot = self.slot();
        slot.wanted = true;
        if slot.keeper.is_none() && !self.http_only.load(Ordering::Relaxed) {
            let http_only = Arc::clone(&self.http_only);
            slot.keeper = Some(Keeper::of(prepared(origin, prewarm, http_only)));
        }
    }

    /// Sends the request. Dropping the future closes the connection, unless it was still in the making.
    pub(crate) async fn open(
        self: &Arc<Self>,
        origin: &Origin,
        turn: &Arc<TurnState>,
        request: &PreparedRequest,
    ) -> Result<Opened, StreamError> {
        match self.send(origin, turn, request).await {
            Ok(response) => Ok(Opened::Stream(ResponseStream::over_socket(response))),
            Err(Refusal::HttpOnly) => {
                self.http_only.store(true, Ordering::Relaxed);
                Ok(Opened::HttpOnly)
            }
            Err(Refusal::Unauthorized(error) | Refusal::Failed(error)) => {
                Err(self.failed(error, turn, origin.provider().stream_max_retries))
            }
        }
    }

    async fn send(
        self: &Arc<Self>,
        origin: &Origin,
        turn: &Arc<TurnState>,
        request: &PreparedRequest,
    ) -> Result<SocketResponse, Refusal> {
        let provider = origin.provider();
        let shown = Endpoint::of(provider)?.shown;
        let purpose = FramePurpose::Answer;
        let used = self.take(provider.websocket_connect_timeout).await;
        if used.is_none() && !self.is_in_use() {
            return Err(Refusal::HttpOnly);
        }
        if let Some(connection) = used {
            match begin(connection, origin, &shown, turn, request, purpose).await {
                Ok(begun) => return Ok(self.response(begun, origin, turn, request)),
                // It had died unnoticed, and took nothing with it: that is no failed attempt.
                Err(error) => tracing::debug!(%error, "an idle connection was dead"),
            }
        }
        let refused = self.slot().refused.take();
        let connection = connect(origin, request, refused).await?;
        let begun = begin(connection, origin, &shown, turn, request, purpose).await?;
        Ok(self.response(begun, origin, turn, request))
    }

    fn response(
        self: &Arc<Self>,
        (reader, secret): Begun,
        origin: &Origin,
        turn: &Arc<TurnState>,
        request: &PreparedRequest,
    ) -> SocketResponse {
        SocketResponse {
            reader,
            request: request.clone(),
            secret,
            transport: Arc::clone(self),
            turn: Arc::clone(turn),
            stream_max_retries: origin.provider().stream_max_retries,
        }
    }

    /// The idle connection, or the one in the making. When the wait is cancelled it stays where it is.
    async fn take(&self, wait_max: Duration) -> Option<Connection> {
        let keeper = self.slot().keeper.take()?;
        let mut loan = Loan { transport: self, keeper: Some(keeper) };
        let connection = loan.keeper.as_mut()?.hand_over(wait_max).await;
        loan.keeper = None;
        connection
    }

    /// Keeps a connection for the next request.
    pub(crate) fn park(&self, connection: Connection) {
        self.slot().keeper = Some(Keeper::of(std::future::ready(Some(connection))));
    }

    /// The next connection is not opened with this credential again, if it can be renewed.
    pub(crate) fn refuse_secret(&self, secret: Option<Secret>) {
        self.slot().refused = secret;
    }

    /// Counts a failed attempt that may be repeated, and says what follows from it.
    pub(crate) fn failed(&self, cause: StreamError, turn: &TurnState, retries_max: u64) -> StreamError {
        if !matches!(cause.retry(), Retry::Stream { .. }) {
            return cause;
        }
        let notice = match turn.count_socket_failure() {
            n if n > retries_max => {
                self.http_only.store(true, Ordering::Relaxed);
                Notice::FallBack
            }
            1 => Notice::Silent,
            _ => Notice::Shown,
        };
        tracing::info!(error = %cause, ?notice, "an attempt over the WebSocket failed");
        StreamError::WebSocket(Box::new(SocketFailure { cause, notice }))
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A keeper while it is waited for.
struct Loan<'a> {
    transport: &'a SocketTransport,
    keeper: Option<Keeper>,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            self.transport.slot().keeper.get_or_insert(keeper);
        }
    }
}

/// A response that has been asked for, and the credential of its connection.
type Begun = (FrameReader<LiveSocket>, Option<Secret>);

/// Connects and has the server prepare; bounded as a whole by the limit of a handshake.
async fn prepared(
    origin: Arc<Origin>,
    prewarm: PreparedRequest,
    http_only: Arc<AtomicBool>,
) -> Option<Connection> {
    let limit = origin.provider().websocket_connect_timeout;
    let failed = match timeout(limit, prepare(&origin, prewarm)).await {
        Ok(Ok(connection)) => return Some(connection),
        Ok(Err(Refusal::HttpOnly)) => {
            http_only.store(true, Ordering::Relaxed);
            return None;
        }
        Ok(Err(Refusal::Unauthorized(error) | Refusal::Failed(error))) => error.message(),
        Err(_) => format!("nothing came of it in {} s", limit.as_secs_f64()),
    };
    tracing::info!(error = failed, "the server was not prepared");
    None
}

async fn prepare(origin: &Origin, prewarm: PreparedRequest) -> Result<Connection, Refusal> {
    let shown = Endpoint::of(origin.provider())?.shown;
    let connection = connect(origin, &prewarm, None).await?;
    // What is sticky within a turn cannot begin before it.
    let no_turn = Arc::default();
    let (mut reader, secret) =
        begin(connection, origin, &shown, &no_turn, &prewarm, FramePurpose::Prewarm).await?;
    while let Some(event) = reader.next().await {
        if let StreamEvent::Completed { response_id, .. } = event? {
            let idle = idle(&mut reader, prewarm, response_id, secret);
            return idle.ok_or_else(|| disconnected("the connection is gone").into());
        }
    }
    Err(disconnected("the prewarm ended without an answer").into())
}

/// Sends the frame. What the server already knows is left out of it.
async fn begin(
    connection: Connection,
    origin: &Origin,
    shown: &str,
    turn: &Arc<TurnState>,
    request: &PreparedRequest,
    purpose: FramePurpose,
) -> Result<Begun, StreamError> {
    let Connection { mut socket, baseline, secret } = connection;
    let known = baseline.as_ref().and_then(|known| Some((&known.response_id, known.continued_by(request)?)));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let trace = TraceContext::of(origin.env());
    let extras = FrameExtras {
        continues: known,
        purpose,
        turn_state: turn.sticky_text(),
        trace: trace.as_ref(),
        sent_at_ms: u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
    };
    let frame = response_create(request, &extras)?;
    let tape = origin.options.tape.as_ref().filter(|_| purpose == FramePurpose::Answer);
    let mut tape = TapeRun::start(tape, &request.body);
    let idle = origin.provider().stream_idle_timeout;
    let sent = timeout(idle, socket.send(frame)).await;
    if let Err(error) = sent.unwrap_or_else(|_| Err(disconnected("the server does not take the request"))) {
        tape.end(TapeEnd::Failed { message: &error.message() });
        return Err(error);
    }
    let intake = Intake::new(idle, tape, VecDeque::new());
    Ok((FrameReader::new(socket, intake, Arc::clone(turn), shown.to_owned()), secret))
}

/// A new connection. A credential that is refused is renewed once, if it can be.
async fn connect(
    origin: &Origin,
    request: &PreparedRequest,
    refused: Option<Secret>,
) -> Result<Connection, Refusal> {
    let credentials = &origin.credentials;
    let limit = origin.provider().websocket_connect_timeout;
    let mut recovery = credentials.recovery();
    let mut gateway = GatewayRecovery::default();
    let mut secret = match refused.filter(|_| credentials.can_renew()) {
        Some(refused) => credentials.renew(&refused).await.map_err(StreamError::from)?,
        None => credentials.resolve().await.map_err(StreamError::from)?,
    };
    loop {
        let attempt = connected(origin, request, secret.as_ref());
        let outcome = timeout(limit, attempt).await.unwrap_or_else(|_| {
            let detail = format!("no WebSocket within {} s", limit.as_secs_f64());
            let url = Endpoint::of(origin.provider())?.shown;
            Err(StreamError::Transport { url, detail }.into())
        });
        match (outcome, &secret) {
            (Ok(socket), _) => return Ok(Connection { socket, baseline: None, secret }),
            (Err(Refusal::Unauthorized(error)), present) => {
                let fresh = match present {
                    Some(refused) => recovery.next(refused).await.map_err(StreamError::from)?,
                    None => None,
                };
                match fresh {
                    Some(fresh) => secret = Some(fresh),
                    None if gateway.next(origin).await? => {}
                    None => return Err(Refusal::Unauthorized(error)),
                }
            }
            (Err(refusal), _) => return Err(refusal),
        }
    }
}

/// One attempt to connect with this credential.
async fn connected(
    origin: &Origin,
    request: &PreparedRequest,
    secret: Option<&Secret>,
) -> Result<LiveSocket, Refusal> {
    let (endpoint, region) = origin.destination(secret).await.map_err(|error| {
        if error.is_unauthorized() { Refusal::Unauthorized(error) } else { Refusal::Failed(error) }
    })?;
    let tls = origin.http.tls(&endpoint).await?;
    let facts = AttemptFacts { secret, region: region.as_ref(), ..AttemptFacts::default() };
    let mut headers = origin.handshake_headers(request, facts)?;
    origin.pass_gateway(&mut headers).await?;
    let stream = dial(&endpoint, origin.env(), &tls).await?;
    let (socket, headers) = handshake(stream, &endpoint, headers).await?;
    origin.heard(&headers);
    Ok(socket)
}
