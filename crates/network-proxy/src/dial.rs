//! Looking a host up and connecting to it. Invariant: a name is looked up once, all its addresses are judged, and the
//! connection goes to one of exactly these (threat 20, rebinding).

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use codex_execpolicy::HostName;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::{Access, ProxySettings, Reason, judge_addresses};

/// How long a look-up may take.
const RESOLVE_WAIT_MAX: Duration = Duration::from_secs(15);
/// How long one address may take to answer.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(15);
/// Addresses of one host that are tried.
const ADDRESSES_MAX: usize = 8;

/// A look-up under way.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Looks names up.
#[derive(Clone)]
pub struct Resolver(Arc<dyn Fn(String) -> Resolving + Send + Sync>);

impl Resolver {
    /// The system's.
    pub fn system() -> Self {
        Self::new(|name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        })
    }

    /// One of the caller's.
    pub fn new(look_up: impl Fn(String) -> Resolving + Send + Sync + 'static) -> Self {
        Self(Arc::new(look_up))
    }

    async fn addresses(&self, host: &HostName) -> Result<Vec<IpAddr>, DialError> {
        let name = match host {
            HostName::Address(address) => return Ok(vec![*address]),
            HostName::Name(name) => name,
        };
        let found = match timeout(RESOLVE_WAIT_MAX, (self.0)(name.clone())).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return Err(DialError::Unknown(error.to_string())),
            Err(_) => return Err(DialError::Unknown("the look-up took too long".to_owned())),
        };
        match found.is_empty() {
            true => Err(DialError::Unknown("it has no address".to_owned())),
            false => Ok(found),
        }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    /// The addresses may not be reached.
    #[error("{0}")]
    Blocked(Reason),
    /// The name has no address.
    #[error("the host cannot be looked up: {0}")]
    Unknown(String),
    /// Nobody answers.
    #[error("the host cannot be reached: {0}")]
    Unreachable(io::Error),
}

/// The addresses of an allowed host, judged.
pub(crate) async fn addresses(
    access: &Access,
    settings: &ProxySettings,
    resolver: &Resolver,
) -> Result<Vec<SocketAddr>, DialError> {
    let found = resolver.addresses(&access.host).await?;
    if let Some(reason) = judge_addresses(access, settings, &found) {
        return Err(DialError::Blocked(reason));
    }
    Ok(found.into_iter().take(ADDRESSES_MAX).map(|address| SocketAddr::new(address, access.port)).collect())
}

/// Connects to the first of the judged addresses that answers.
pub(crate) async fn connect(addresses: &[SocketAddr]) -> Result<(TcpStream, IpAddr), DialError> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match timeout(CONNECT_WAIT_MAX, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Small messages go out at once; that a system cannot do this is no reason to fail.
                let _ = stream.set_nodelay(true);
                return Ok((stream, address.ip()));
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(DialError::Unreachable(last))
}
