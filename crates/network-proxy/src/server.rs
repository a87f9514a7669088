//! The proxy of one command: accepts from its listeners until it is closed.
//! Invariant: every connection is a task of the proxy; none outlives it.

use std::io;
use std::net;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::connection::Common;
use crate::datagrams::Relay;
use crate::{Notice, ProxySettings, Resolver, forward, socks};

/// Connections of one command at a time; further ones wait to be accepted.
const CONNECTIONS_MAX: usize = 256;
/// Pause after accepting failed, which it does while descriptors are short.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The sockets a command reaches; non-blocking.
#[derive(Debug)]
pub struct Listeners {
    /// For HTTP.
    pub http: net::TcpListener,
    /// For SOCKS5.
    pub socks: Option<net::TcpListener>,
    /// For SOCKS5 datagrams.
    pub datagrams: Option<net::UdpSocket>,
}

/// A running proxy. Dropping it ends it and all its connections.
#[derive(Debug)]
pub struct NetworkProxy {
    task: JoinHandle<()>,
    closing: CancellationToken,
}

impl NetworkProxy {
    /// Serves the listeners. Hosts are asked about, and what happens is told, through `notices`; it ends when the proxy has.
    ///
    /// # Errors
    /// When the runtime cannot watch the sockets.
    pub fn serve(
        listeners: Listeners,
        settings: Arc<ProxySettings>,
        resolver: Resolver,
        notices: mpsc::Sender<Notice>,
    ) -> io::Result<Self> {
        let http = TcpListener::from_std(listeners.http)?;
        let socks = listeners.socks.map(TcpListener::from_std).transpose()?;
        let datagrams = listeners.datagrams.filter(|_| settings.socks5_udp);
        let relay = datagrams.map(Relay::new).transpose()?;
        let common = Common { settings, resolver, notices };
        let closing = CancellationToken::new();
        let task = tokio::spawn(run(http, socks, relay, common, closing.clone()));
        Ok(Self { task, closing })
    }

    /// Ends all connections and waits until they are gone.
    pub async fn close(mut self) {
        self.closing.cancel();
        let _ = (&mut self.task).await;
    }
}

impl Drop for NetworkProxy {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

async fn run(
    http: TcpListener,
    socks: Option<TcpListener>,
    relay: Option<Relay>,
    common: Common,
    closing: CancellationToken,
) {
    let mut connections: JoinSet<io::Result<()>> = JoinSet::new();
    let mut relaying: JoinSet<io::Result<()>> = JoinSet::new();
    if let Some(relay) = relay.clone() {
        relaying.spawn(relay.run(common.clone()));
    }
    loop {
        let room = connections.len() < CONNECTIONS_MAX;
        let accepted = tokio::select! {
            () = closing.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = http.accept(), if room => accepted.map(|(client, _)| (client, Door::Http)),
            accepted = accept(socks.as_ref()), if room => accepted.map(|client| (client, Door::Socks)),
        };
        match accepted {
            Ok((client, door)) => {
                let _ = client.set_nodelay(true);
                let common = common.clone();
                match door {
                    Door::Http => connections.spawn(forward::serve(client, common)),
                    Door::Socks => connections.spawn(socks::serve(client, common, relay.clone())),
                };
            }
            Err(error) => {
                tracing::warn!(%error, "the network proxy cannot accept");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    connections.shutdown().await;
    relaying.shutdown().await;
}

#[derive(Debug, Clone, Copy)]
enum Door {
    Http,
    Socks,
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(client, _)| client),
        None => std::future::pending().await,
    }
}
