//! A stream of bytes to the endpoint: name, proxy, TLS. Knows no HTTP beyond what a proxy wants, and no limit of
//! time: callers have one.

use std::error::Error;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use codex_auth::Env;

use crate::StreamError;
use crate::endpoint::Endpoint;
use crate::proxy::proxy_for;
use crate::transport_error::{caused_by_network, innermost};

/// A peer that is gone is noticed after about this long, with or without traffic.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// An open connection of any kind.
pub(crate) trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for T {}

pub(crate) type BoxedStream = Box<dyn ByteStream>;

/// Opens a connection that carries bytes to the endpoint and back.
pub(crate) async fn dial(
    endpoint: &Endpoint,
    env: &Env,
    tls: &ClientConfig,
) -> Result<BoxedStream, StreamError> {
    let failed = |error: Failed| error.of(&endpoint.shown);
    // An upgrade is HTTP/1.1's.
    let mut tls = tls.clone();
    tls.alpn_protocols = vec![b"http/1.1".to_vec()];
    let tls = Arc::new(tls);
    let (host, port) = (endpoint.host(), endpoint.port());
    let stream = match proxy_for(endpoint, env) {
        None => tcp(host, port).await.map_err(failed)?,
        Some(proxy) => through(&proxy, endpoint, &tls).await.map_err(failed)?,
    };
    if endpoint.is_https() { secured(stream, host, &tls).await.map_err(failed) } else { Ok(stream) }
}

/// Why there is no connection.
enum Failed {
    /// Nobody could be asked.
    Network(String),
    /// Somebody was, in vain.
    Refused(String),
}

impl Failed {
    fn of(self, url: &str) -> StreamError {
        let url = url.to_owned();
        match self {
            Self::Network(detail) => StreamError::Network { url, detail },
            Self::Refused(detail) => StreamError::Transport { url, detail },
        }
    }

    fn refused(error: &(dyn Error + 'static)) -> Self {
        Self::Refused(innermost(error))
    }
}

async fn tcp(host: &str, port: u16) -> Result<BoxedStream, Failed> {
    let found = tokio::net::lookup_host((host, port)).await;
    let addresses: Vec<SocketAddr> = found.map_err(|error| Failed::Network(error.to_string()))?.collect();
    if addresses.is_empty() {
        return Err(Failed::Network(format!("no address is known for {host}")));
    }
    // The connector races the address families, which a plain connect does not.
    let mut connector = HttpConnector::new_with_resolver(Once::of(addresses.into_iter()));
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_keepalive(Some(KEEPALIVE));
    connector.set_keepalive_interval(Some(KEEPALIVE / 3));
    connector.set_keepalive_retries(Some(3));
    #[cfg(target_os = "linux")]
    connector.set_tcp_user_timeout(Some(KEEPALIVE));
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let stream = connector.call(uri("http", &host, port)?).await.map_err(|error| {
        if caused_by_network(&error) { Failed::Network(innermost(&error)) } else { Failed::refused(&error) }
    })?;
    Ok(Box::new(stream.into_inner()))
}

async fn secured(stream: BoxedStream, host: &str, tls: &Arc<ClientConfig>) -> Result<BoxedStream, Failed> {
    let name = ServerName::try_from(host.to_owned()).map_err(|error| Failed::refused(&error))?;
    let connector = TlsConnector::from(Arc::clone(tls));
    let stream = connector.connect(name, stream).await.map_err(|error| Failed::Refused(error.to_string()))?;
    Ok(Box::new(stream))
}

async fn through(
    proxy: &Intercept,
    endpoint: &Endpoint,
    tls: &Arc<ClientConfig>,
) -> Result<BoxedStream, Failed> {
    let at = proxy.uri();
    let scheme = at.scheme_str().unwrap_or("http");
    let host = at.host().unwrap_or_default().trim_matches(['[', ']']);
    let usual = match scheme {
        "http" => 80,
        "https" => 443,
        _ => 1080,
    };
    let mut stream = tcp(host, at.port_u16().unwrap_or(usual)).await?;
    if scheme == "https" {
        stream = secured(stream, host, tls).await?;
    }
    let scheme_of_target = if endpoint.is_https() { "https" } else { "http" };
    let target = uri(scheme_of_target, endpoint.url.host_str().unwrap_or_default(), endpoint.port())?;
    let stream = Once::of(TokioIo::new(stream));
    let opened = match scheme {
        "socks4" | "socks4a" => {
            let mut socks = SocksV4::new(at.clone(), stream).local_dns(scheme == "socks4");
            socks.call(target).await.map_err(|error| error.to_string())
        }
        "socks5" | "socks5h" => {
            let mut socks = SocksV5::new(at.clone(), stream).local_dns(scheme == "socks5");
            if let Some((user, password)) = proxy.raw_auth() {
                socks = socks.with_auth(user.to_owned(), password.to_owned());
            }
            socks.call(target).await.map_err(|error| error.to_string())
        }
        _ => {
            let mut tunnel = Tunnel::new(at.clone(), stream);
            if let Some(auth) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(auth.clone());
            }
            tunnel.call(target).await.map_err(|error| innermost(&error))
        }
    };
    let opened = opened.map_err(|detail| Failed::Refused(format!("the proxy {host}: {detail}")))?;
    Ok(opened.into_inner())
}

fn uri(scheme: &str, host: &str, port: u16) -> Result<Uri, Failed> {
    format!("{scheme}://{host}:{port}/")
        .parse()
        .map_err(|error: http::uri::InvalidUri| Failed::refused(&error))
}

/// A service that gives what it was made of, once: for connectors that want to make their own connections.
#[derive(Clone)]
struct Once<T>(Option<T>);

impl<T> Once<T> {
    fn of(value: T) -> Self {
        Self(Some(value))
    }
}

impl<T, Request> Service<Request> for Once<T> {
    type Response = T;
    type Error = io::Error;
    type Future = Ready<Result<T, io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request) -> Self::Future {
        ready(self.0.take().ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}
