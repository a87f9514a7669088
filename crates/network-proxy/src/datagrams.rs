//! SOCKS5 datagrams: one socket for all that a command sends, a task for each pair of sender and target.
//! Invariants: a datagram goes to exactly the address that was judged, and only answers from there come back; without an
//! open association nothing is passed on.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use codex_execpolicy::NetworkProtocol;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::connection::Common;
use crate::dial::DialError;
use crate::socks::{read_target, target_bytes};
use crate::target::Authority;
use crate::{Access, Intent};

/// Pairs of sender and target at a time; datagrams of further ones are lost.
const FLOWS_MAX: usize = 64;
/// Datagrams of a flow that wait for the decision.
const QUEUE_MAX: usize = 32;
/// A flow without a datagram in either direction ends.
const IDLE_MAX: Duration = Duration::from_secs(60);
/// The longest datagram there is.
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// The command's socket and how many associations are open.
#[derive(Debug, Clone)]
pub(crate) struct Relay {
    socket: Arc<UdpSocket>,
    address: SocketAddr,
    open: Arc<AtomicUsize>,
}

/// An open association; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Association(Relay);

impl Association {
    /// Where the command sends its datagrams.
    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address
    }
}

impl Drop for Association {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

type Flow = (SocketAddr, Vec<u8>);

impl Relay {
    pub(crate) fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        let socket = UdpSocket::from_std(socket)?;
        let address = socket.local_addr()?;
        Ok(Self { socket: Arc::new(socket), address, open: Arc::default() })
    }

    pub(crate) fn associate(&self) -> Association {
        self.open.fetch_add(1, Ordering::Relaxed);
        Association(self.clone())
    }

    /// Serves until it is dropped.
    pub(crate) async fn run(self, common: Common) -> io::Result<()> {
        let mut flows: HashMap<Flow, mpsc::Sender<Vec<u8>>> = HashMap::new();
        let mut tasks: JoinSet<Flow> = JoinSet::new();
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        loop {
            let (length, sender) = tokio::select! {
                received = self.socket.recv_from(&mut buffer) => received?,
                Some(ended) = tasks.join_next() => {
                    if let Ok(flow) = ended {
                        flows.remove(&flow);
                    }
                    continue;
                }
            };
            if self.open.load(Ordering::Relaxed) == 0 {
                continue;
            }
            let Some((target, payload)) = unwrap(&buffer[..length]).await else { continue };
            let flow = (sender, target_bytes(&target));
            if !flows.contains_key(&flow) {
                if flows.len() >= FLOWS_MAX {
                    continue;
                }
                let (queue, queued) = mpsc::channel(QUEUE_MAX);
                flows.insert(flow.clone(), queue);
                let task = serve_flow(self.socket.clone(), common.clone(), sender, target, queued);
                let flow = flow.clone();
                tasks.spawn(async move {
                    if let Err(error) = task.await {
                        tracing::debug!(%error, "datagrams of a command ended");
                    }
                    flow
                });
            }
            // A datagram too many is lost, as anywhere on its way.
            let _ = flows.get(&flow).map(|queue| queue.try_send(payload.to_vec()));
        }
    }
}

async fn serve_flow(
    ours: Arc<UdpSocket>,
    common: Common,
    sender: SocketAddr,
    target: Authority,
    mut queued: mpsc::Receiver<Vec<u8>>,
) -> io::Result<()> {
    let header = [&[0, 0, 0], target_bytes(&target).as_slice()].concat();
    let access = Access {
        host: target.host,
        port: target.port,
        protocol: NetworkProtocol::Socks5Udp,
        intent: Intent::Unseen,
    };
    let addresses = match common.addresses(&access).await {
        Ok(addresses) => addresses,
        Err(DialError::Blocked(_)) => {
            common.told().await;
            return Ok(());
        }
        Err(error) => return Err(io::Error::other(error)),
    };
    let Some(address) = addresses.first() else { return Ok(()) };
    let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let host = UdpSocket::bind(any).await?;
    // A connected socket hears nobody else.
    host.connect(address).await?;
    common.opened(&access, address.ip()).await;
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        let step = async {
            tokio::select! {
                payload = queued.recv() => match payload {
                    Some(payload) => host.send(&payload).await.map(|_| true),
                    None => Ok(false),
                },
                received = host.recv(&mut buffer) => {
                    let answer = [header.as_slice(), &buffer[..received?]].concat();
                    ours.send_to(&answer, sender).await.map(|_| true)
                }
            }
        };
        match timeout(IDLE_MAX, step).await {
            Ok(Ok(true)) => {}
            // A host may refuse a datagram and take the next.
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            Ok(Ok(false)) | Err(_) => return Ok(()),
            Ok(Err(error)) => return Err(error),
        }
    }
}

/// Target and content of a datagram; `None` for what is none and for fragments, which are not supported.
async fn unwrap(datagram: &[u8]) -> Option<(Authority, &[u8])> {
    let mut rest = datagram.strip_prefix(&[0, 0, 0])?;
    let target = read_target(&mut rest).await.ok()??;
    Some((target, rest))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[tokio::test]
    async fn a_datagram_names_its_target() {
        let target = Authority::parse("good.com:53", None).unwrap();
        let datagram = [&[0, 0, 0], target_bytes(&target).as_slice(), b"ask"].concat();
        assert_eq!(unwrap(&datagram).await, Some((target, &b"ask"[..])));
        assert_eq!(unwrap(&[0, 0, 1, 1, 8, 8, 8, 8, 0, 53]).await, None);
        assert_eq!(unwrap(&[0, 0, 0, 3, 200, b'a']).await, None);
        assert_eq!(unwrap(&[]).await, None);
    }
}
