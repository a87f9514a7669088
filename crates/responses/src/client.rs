//! The session's client and the turn's: what is shared for how long, and which transport a request takes.
//! Knows no thread and no history.

use std::fmt;
use std::sync::Arc;

use codex_model_provider::{ModelList, ModelProvider, ProviderInfo};

use crate::http_transport::HttpTransport;
use crate::origin::Origin;
use crate::turn_state::TurnState;
use crate::websocket::{Opened, SocketTransport};
use crate::{
    ClientIdentity, ModelRequest, PreparedRequest, RequestKind, RequestMetadata, ResponseStream, StreamError,
    Tape,
};

/// What a session's client is made of.
#[derive(Clone)]
pub struct ClientOptions {
    /// Where requests go, what they carry and what proves who asks.
    pub provider: Arc<ModelProvider>,
    /// Who sends them.
    pub identity: ClientIdentity,
    /// Whether bodies may be compressed.
    pub compression: RequestCompression,
    /// The models of the provider, told when the server mentions a newer list.
    pub models: Option<ModelList>,
    /// The recorder, if any.
    pub tape: Option<Arc<dyn Tape>>,
}

/// Whether request bodies are compressed for the service that is known to understand it
/// (`features.enable_request_compression`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestCompression {
    /// Sent as they are, to everybody.
    Off,
    /// Compressed with zstd for the service behind a sign-in with ChatGPT.
    Zstd,
}

/// The client of one session. Making it does nothing; cloning shares it.
#[derive(Clone)]
pub struct ResponsesClient(Arc<Session>);

struct Session {
    origin: Arc<Origin>,
    http: HttpTransport,
    socket: Arc<SocketTransport>,
}

/// The client of one turn: requests of a turn stay with the server that took the first (`responses-wire.md §3.5`).
#[derive(Clone)]
pub struct TurnClient {
    session: Arc<Session>,
    turn: Arc<TurnState>,
}

impl ResponsesClient {
    /// Reads nothing and connects to nothing.
    pub fn new(options: ClientOptions) -> Self {
        let socket = Arc::new(SocketTransport::default());
        let origin = Arc::new(Origin::new(options));
        Self(Arc::new(Session { origin, http: HttpTransport::default(), socket }))
    }

    /// The provider requests go to.
    pub fn provider(&self) -> &ProviderInfo {
        self.0.origin.provider()
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

    /// Lets the session use a WebSocket where the provider has one, and begins at once, in the background, to connect
    /// it and to prepare the server for the first request (`responses-wire.md §3.3`). `request` is that request as far
    /// as it is known: its history is not used, and a turn's facts in `metadata` are left out. Returns immediately;
    /// what goes wrong is nobody's loss. Sessions that never call this, or outside a tokio runtime, speak HTTP.
    pub fn preconnect(&self, request: &ModelRequest<'_>, metadata: &RequestMetadata) {
        if !self.provider().supports_websockets || tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let metadata = RequestMetadata { request_kind: RequestKind::Prewarm, ..metadata.clone() };
        match self.prepare(&request.prewarm(), &metadata) {
            Ok(prewarm) => self.0.socket.warm(Arc::clone(&self.0.origin), prewarm),
            Err(error) => tracing::warn!(%error, "the server could not be prepared"),
        }
    }

    /// A client for the next turn.
    pub fn turn(&self) -> TurnClient {
        TurnClient { session: Arc::clone(&self.0), turn: Arc::default() }
    }
}

impl TurnClient {
    /// Sends the request until an answer begins: over the session's WebSocket while it has one, else over HTTP with
    /// the request layer's silent retries. Dropping the future cancels it.
    ///
    /// # Errors
    /// When there is no stream; [`StreamError::retry`] says what that means for the stream's layer.
    pub async fn stream(&self, request: &PreparedRequest) -> Result<ResponseStream, StreamError> {
        let Session { origin, http, socket } = &*self.session;
        if socket.is_in_use() {
            // Boxed: a handshake's future is large, and most streams have none.
            let opening = Box::pin(SocketTransport::open(socket, origin, &self.turn, request));
            if let Opened::Stream(stream) = opening.await? {
                return Ok(stream);
            }
        }
        http.stream(origin, &self.turn, request).await
    }
}

impl fmt::Debug for ResponsesClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponsesClient").field("provider", &self.provider().id).finish_non_exhaustive()
    }
}

impl fmt::Debug for TurnClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnClient").field("turn", &self.turn).finish_non_exhaustive()
    }
}
