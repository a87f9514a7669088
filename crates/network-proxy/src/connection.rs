//! What every connection of a command shares: the settings, the way to ask, and the steps from a wish to a socket.
//! Invariant: who serves the command hears of a blocked request before the command does.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

use crate::dial::{self, DialError};
use crate::{Access, Notice, ProxySettings, Reason, Resolver};

/// The shared part.
#[derive(Debug, Clone)]
pub(crate) struct Common {
    pub(crate) settings: Arc<ProxySettings>,
    pub(crate) resolver: Resolver,
    pub(crate) notices: mpsc::Sender<Notice>,
}

impl Common {
    /// Judges a host and its addresses.
    pub(crate) async fn addresses(&self, access: &Access) -> Result<Vec<SocketAddr>, DialError> {
        let (answer, answered) = oneshot::channel();
        let asked = Notice::Asked { access: access.clone(), answer };
        let allowed = match self.notices.send(asked).await {
            Ok(()) => answered.await.unwrap_or(Err(Reason::NotAllowed)),
            Err(_) => Err(Reason::NotAllowed),
        };
        let found = match allowed {
            Ok(()) => dial::addresses(access, &self.settings, &self.resolver).await,
            Err(reason) => Err(DialError::Blocked(reason)),
        };
        if let Err(DialError::Blocked(reason)) = &found {
            tracing::info!(host = %access.host, port = access.port, reason = reason.code(), "network access blocked");
            self.tell(Notice::Blocked { access: access.clone(), reason: *reason }).await;
        }
        found
    }

    /// Judges, looks up and connects.
    pub(crate) async fn connect(&self, access: &Access) -> Result<(TcpStream, IpAddr), DialError> {
        let addresses = self.addresses(access).await?;
        let (stream, address) = dial::connect(&addresses).await?;
        self.opened(access, address).await;
        Ok((stream, address))
    }

    /// Reports a connection.
    pub(crate) async fn opened(&self, access: &Access, address: IpAddr) {
        tracing::debug!(host = %access.host, port = access.port, %address, "network access");
        self.tell(Notice::Opened { access: access.clone(), address }).await;
    }

    /// Reports that the command knows that something was blocked.
    pub(crate) async fn told(&self) {
        self.tell(Notice::Told).await;
    }

    async fn tell(&self, notice: Notice) {
        // Nobody to hear it is nobody to serve: the proxy is about to end.
        let _ = self.notices.send(notice).await;
    }
}
