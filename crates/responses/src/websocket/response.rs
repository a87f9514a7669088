//! One response over the session's WebSocket: what becomes of the connection when it ends, and what an error means
//! for the session.

use std::sync::Arc;

use codex_auth::Secret;

use super::delta::Baseline;
use super::frame_reader::FrameReader;
use super::keeper::Connection;
use super::socket::LiveSocket;
use super::transport::SocketTransport;
use crate::turn_state::TurnState;
use crate::{PreparedRequest, StreamError, StreamEvent};

/// The events of one response. Dropping it unfinished closes the connection.
pub(crate) struct SocketResponse {
    pub(crate) reader: FrameReader<LiveSocket>,
    pub(crate) request: PreparedRequest,
    pub(crate) secret: Option<Secret>,
    pub(crate) transport: Arc<SocketTransport>,
    pub(crate) turn: Arc<TurnState>,
    pub(crate) stream_max_retries: u64,
}

impl SocketResponse {
    pub(crate) async fn next(&mut self) -> Option<Result<StreamEvent, StreamError>> {
        match self.reader.next().await? {
            Err(error) => {
                if self.reader.unauthorized {
                    self.transport.refuse_secret(self.secret.take());
                }
                Some(Err(self.transport.failed(error, &self.turn, self.stream_max_retries)))
            }
            Ok(event) => {
                if let StreamEvent::Completed { response_id, .. } = &event {
                    self.turn.forget_socket_failures();
                    let (request, secret) = (self.request.clone(), self.secret.take());
                    if let Some(connection) = idle(&mut self.reader, request, response_id.clone(), secret) {
                        self.transport.park(connection);
                    }
                }
                Some(Ok(event))
            }
        }
    }
}

/// The connection of a response that was completed, ready for the next.
pub(crate) fn idle(
    reader: &mut FrameReader<LiveSocket>,
    request: PreparedRequest,
    response_id: codex_protocol::ResponseId,
    secret: Option<Secret>,
) -> Option<Connection> {
    let socket = reader.socket.take()?;
    let output = std::mem::take(&mut reader.output);
    let baseline = reader.output_is_whole().then_some(Baseline { request, output, response_id });
    Some(Connection { socket, baseline, secret })
}

impl std::fmt::Debug for SocketResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SocketResponse").finish_non_exhaustive()
    }
}
