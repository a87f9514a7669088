//! The HTTP client, built on first use. An address without TLS never touches the certificate store; one with TLS
//! reads it once, on a blocking thread.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use tokio::sync::OnceCell;

use codex_auth::{CA_VARIABLE, Env, no_roots, system_roots};

use crate::StreamError;
use crate::endpoint::Endpoint;

/// A connection that is not made by then counts as unreachable.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(30);

/// The clients of a session: one for each kind of address, as an account's home may be of another kind than the
/// configured address.
#[derive(Debug)]
pub(crate) struct HttpClient {
    clients: [OnceCell<reqwest::Client>; 4],
    tls: [OnceCell<Arc<ClientConfig>>; 2],
    ca_bundle: Option<PathBuf>,
}

impl HttpClient {
    pub(crate) fn new(env: &Env) -> Self {
        Self {
            clients: Default::default(),
            tls: Default::default(),
            ca_bundle: env.var(CA_VARIABLE).map(PathBuf::from),
        }
    }

    pub(crate) async fn get(&self, endpoint: &Endpoint) -> Result<&reqwest::Client, StreamError> {
        let kind = usize::from(endpoint.is_https()) + 2 * usize::from(endpoint.is_loopback());
        self.clients[kind].get_or_try_init(|| self.build(endpoint)).await
    }

    /// The TLS settings of every connection to the endpoint.
    pub(crate) async fn tls(&self, endpoint: &Endpoint) -> Result<Arc<ClientConfig>, StreamError> {
        let load = async || {
            if !endpoint.is_https() {
                return no_roots().map(Arc::new).map_err(StreamError::Setup);
            }
            let bundle = self.ca_bundle.clone();
            tokio::task::spawn_blocking(move || system_roots(bundle.as_deref()))
                .await
                .map_err(|error| {
                    StreamError::Setup(format!("the certificates could not be loaded: {error}"))
                })?
                .map(Arc::new)
                .map_err(StreamError::Setup)
        };
        self.tls[usize::from(endpoint.is_https())].get_or_try_init(load).await.cloned()
    }

    async fn build(&self, endpoint: &Endpoint) -> Result<reqwest::Client, StreamError> {
        let tls = self.tls(endpoint).await?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(&tls))
            // A redirect would carry the credential elsewhere and turn the POST into a GET.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_WAIT_MAX)
            .http1_only();
        if endpoint.is_loopback() {
            builder = builder.no_proxy();
        }
        builder
            .build()
            .map_err(|error| StreamError::Setup(format!("the HTTP client could not be built: {error}")))
    }
}
