//! The HTTP client, built on first use. An address without TLS never touches the certificate store; one with TLS
//! reads it once, on a blocking thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::OnceCell;

use codex_auth::Env;

use crate::StreamError;
use crate::endpoint::Endpoint;

/// A connection that is not made by then counts as unreachable.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(30);
/// Names a bundle of further certificate authorities, PEM.
const CA_VARIABLE: &str = "CODEX_CA_CERTIFICATE";

/// A client for one endpoint.
#[derive(Debug)]
pub(crate) struct HttpClient {
    client: OnceCell<reqwest::Client>,
    tls: OnceCell<Arc<ClientConfig>>,
    ca_bundle: Option<PathBuf>,
}

impl HttpClient {
    pub(crate) fn new(env: &Env) -> Self {
        Self {
            client: OnceCell::new(),
            tls: OnceCell::new(),
            ca_bundle: env.var(CA_VARIABLE).map(PathBuf::from),
        }
    }

    pub(crate) async fn get(&self, endpoint: &Endpoint) -> Result<&reqwest::Client, StreamError> {
        self.client.get_or_try_init(|| self.build(endpoint)).await
    }

    /// The TLS settings of every connection to the endpoint.
    pub(crate) async fn tls(&self, endpoint: &Endpoint) -> Result<Arc<ClientConfig>, StreamError> {
        let load = async || {
            if !endpoint.is_https() {
                return tls_config(RootCertStore::empty()).map(Arc::new);
            }
            let bundle = self.ca_bundle.clone();
            tokio::task::spawn_blocking(move || roots(bundle.as_deref()).and_then(tls_config))
                .await
                .map_err(|error| {
                    StreamError::Setup(format!("the certificates could not be loaded: {error}"))
                })?
                .map(Arc::new)
        };
        self.tls.get_or_try_init(load).await.cloned()
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

fn tls_config(roots: RootCertStore) -> Result<ClientConfig, StreamError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| StreamError::Setup(format!("TLS could not be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn roots(bundle: Option<&Path>) -> Result<RootCertStore, StreamError> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!(%error, "a system certificate could not be loaded");
    }
    roots.add_parsable_certificates(native.certs);
    if let Some(path) = bundle {
        let failed =
            |reason: String| StreamError::Setup(format!("{CA_VARIABLE} names {}, {reason}", path.display()));
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(|error| failed(format!("which cannot be read as PEM: {error}")))?;
        if certificates.is_empty() {
            return Err(failed("which holds no certificate".to_owned()));
        }
        for certificate in certificates {
            roots
                .add(certificate)
                .map_err(|error| failed(format!("which holds a bad certificate: {error}")))?;
        }
    }
    if roots.is_empty() {
        let advice =
            format!("no certificate authorities found: install ca-certificates or set {CA_VARIABLE}");
        return Err(StreamError::Setup(advice));
    }
    Ok(roots)
}
