//! The loopback HTTP/1.1 listener under the scripted and the replaying server.
//! Owns its accept loop and connection tasks: all of them end when it is stopped or dropped. Knows no scripts.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame as HttpFrame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::SimError;
use crate::request::RecordedRequest;
use crate::sse::{Frame, StreamPlan, play};
use crate::websocket;

/// Frames a streamed body may be ahead of its connection.
const FRAMES_AHEAD_MAX: usize = 1;

/// What a handler decides about one request.
pub(crate) enum Answer {
    Plain {
        status: u16,
        headers: Vec<(String, String)>,
        body: Bytes,
    },
    Stream {
        status: u16,
        headers: Vec<(String, String)>,
        plan: StreamPlan,
    },
    /// Close the connection without an answer.
    Drop,
}

pub(crate) type AnswerFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// What a handler decides about one WebSocket handshake.
pub(crate) enum Upgrade {
    Refuse(Answer),
    Accept { connection: usize, headers: Vec<(String, String)> },
}

pub(crate) type UpgradeFuture = Pin<Box<dyn Future<Output = Upgrade> + Send>>;

/// Decides answers. One handler serves all connections. Without the last three a server speaks plain HTTP only.
pub(crate) trait Handler: Send + Sync + 'static {
    fn answer(self: Arc<Self>, request: RecordedRequest) -> AnswerFuture;

    fn upgrade(self: Arc<Self>, request: RecordedRequest) -> UpgradeFuture {
        Box::pin(async move { Upgrade::Refuse(self.answer(request).await) })
    }

    fn frame(self: Arc<Self>, _request: RecordedRequest) -> AnswerFuture {
        Box::pin(std::future::ready(Answer::Drop))
    }

    fn fault(&self, _why: String) {}
}

/// A listening server. Dropping it cancels its tasks; [`Listener::stop`] also waits for them.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

impl Listener {
    pub(crate) async fn start<H: Handler>(handler: Arc<H>) -> Result<Listener, SimError> {
        let bind = |source| SimError::Bind { source };
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(bind)?;
        let address = socket.local_addr().map_err(bind)?;
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(accept(socket, handler, tasks.clone(), cancel.clone()));
        Ok(Listener { address, cancel, tasks })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn stop(&self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

async fn accept<H: Handler>(
    socket: TcpListener,
    handler: Arc<H>,
    tasks: TaskTracker,
    cancel: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            () = cancel.cancelled() => return,
        };
        // A connection that died between arrival and accept is nobody's loss.
        let Ok((stream, _)) = accepted else { continue };
        tasks.spawn(serve(stream, handler.clone(), tasks.clone(), cancel.clone()));
    }
}

async fn serve<H: Handler>(
    stream: TcpStream,
    handler: Arc<H>,
    tasks: TaskTracker,
    cancel: CancellationToken,
) {
    // Small frames must travel at once: tests count on seeing what was sent before a pause.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (handler, tasks, cancel) = (handler.clone(), tasks.clone(), cancel.clone());
        async move {
            if websocket::is_handshake(&request) {
                return upgrade(request, handler, &tasks, &cancel).await;
            }
            let recorded = record(request).await.map_err(|_| Cut)?;
            render(handler.answer(recorded).await, &tasks, &cancel)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // How a connection ended is the client's to judge; the server's own view is its record of requests.
    tokio::select! {
        _ = connection => {}
        () = cancel.cancelled() => {}
    }
}

/// Answers a handshake; the connection that comes of it is served by a task of its own.
async fn upgrade<H: Handler>(
    mut request: hyper::Request<Incoming>,
    handler: Arc<H>,
    tasks: &TaskTracker,
    cancel: &CancellationToken,
) -> Result<hyper::Response<AnswerBody>, Cut> {
    let upgrading = hyper::upgrade::on(&mut request);
    let key = request.headers().get(http::header::SEC_WEBSOCKET_KEY).cloned();
    let recorded = record(request).await.map_err(|_| Cut)?;
    let (connection, mut headers) = match handler.clone().upgrade(recorded.clone()).await {
        Upgrade::Refuse(answer) => return render(answer, tasks, cancel),
        Upgrade::Accept { connection, headers } => (connection, headers),
    };
    let deflate = websocket::agreed(&headers);
    headers.extend(websocket::accept_headers(key.as_ref().map(HeaderValue::as_bytes).unwrap_or_default()));
    let cancel = cancel.clone();
    tasks.spawn(async move {
        let serve = async {
            let Ok(socket) = upgrading.await else { return };
            websocket::serve(TokioIo::new(socket), handler, recorded, connection, deflate).await;
        };
        tokio::select! {
            () = serve => {}
            () = cancel.cancelled() => {}
        }
    });
    let mut response = hyper::Response::new(Full::new(Bytes::new()).map_err(|never| match never {}).boxed());
    *response.status_mut() = http::StatusCode::SWITCHING_PROTOCOLS;
    add_headers(&mut response, headers)?;
    Ok(response)
}

async fn record(request: hyper::Request<Incoming>) -> Result<RecordedRequest, hyper::Error> {
    let (head, body) = request.into_parts();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let body = body.collect().await?.to_bytes();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    Ok(RecordedRequest::new(head.method.as_str(), path, headers, body))
}

type AnswerBody = BoxBody<Bytes, Cut>;

fn render(
    answer: Answer,
    tasks: &TaskTracker,
    cancel: &CancellationToken,
) -> Result<hyper::Response<AnswerBody>, Cut> {
    let (status, headers, body) = match answer {
        Answer::Drop => return Err(Cut),
        Answer::Plain { status, headers, body } => {
            (status, headers, Full::new(body).map_err(|never: Infallible| match never {}).boxed())
        }
        Answer::Stream { status, headers, plan } => {
            let (sender, frames) = mpsc::channel(FRAMES_AHEAD_MAX);
            tasks.spawn(play(plan, sender, cancel.clone()));
            (status, headers, StreamBody { frames, turn: BodyTurn::Take }.boxed())
        }
    };
    let mut response = hyper::Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(status).map_err(|_| Cut)?;
    add_headers(&mut response, headers)?;
    Ok(response)
}

fn add_headers(
    response: &mut hyper::Response<AnswerBody>,
    headers: Vec<(String, String)>,
) -> Result<(), Cut> {
    for (name, value) in headers {
        let name = HeaderName::try_from(name).map_err(|_| Cut)?;
        response.headers_mut().append(name, HeaderValue::try_from(value).map_err(|_| Cut)?);
    }
    Ok(())
}

/// The error that makes hyper close a connection at once.
#[derive(Debug)]
struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the script closes the connection here")
    }
}

impl std::error::Error for Cut {}

/// A streamed body. After each frame it is pending once, which makes hyper flush that frame before it asks again:
/// pieces arrive as pieces, and a cut loses nothing that was sent before it.
struct StreamBody {
    frames: mpsc::Receiver<Frame>,
    turn: BodyTurn,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BodyTurn {
    Take,
    Flush,
}

impl Body for StreamBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<HttpFrame<Bytes>, Cut>>> {
        if self.turn == BodyTurn::Flush {
            self.turn = BodyTurn::Take;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let frame = std::task::ready!(self.frames.poll_recv(cx));
        self.turn = BodyTurn::Flush;
        Poll::Ready(frame.map(|frame| match frame {
            Frame::Data(bytes) => Ok(HttpFrame::data(bytes)),
            Frame::Cut => Err(Cut),
        }))
    }
}
