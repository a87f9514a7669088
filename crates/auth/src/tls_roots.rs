//! Which certificate authorities are believed: the system's and those of `CODEX_CA_CERTIFICATE`. Reads files; opens
//! no connection.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Names a bundle of further certificate authorities, PEM.
pub const CA_VARIABLE: &str = "CODEX_CA_CERTIFICATE";

/// Settings for connections with TLS. Reads the certificate store: call it on a blocking thread.
///
/// # Errors
/// One sentence: what is wrong with the bundle, or that there is no authority at all.
pub fn system_roots(bundle: Option<&Path>) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!(%error, "a system certificate could not be loaded");
    }
    roots.add_parsable_certificates(native.certs);
    if let Some(path) = bundle {
        let failed = |reason: String| format!("{CA_VARIABLE} names {}, {reason}", path.display());
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
    if let (true, Some(error)) = (roots.is_empty(), native.errors.first()) {
        return Err(format!(
            "no certificate authority could be loaded{}: {error}; name a PEM file with {CA_VARIABLE}",
            named_store()
        ));
    }
    if roots.is_empty() {
        return Err(format!(
            "no certificate authorities found: install ca-certificates or set {CA_VARIABLE}"
        ));
    }
    with_roots(roots)
}

/// The variable that took the place of the system's store, as it may be at fault.
fn named_store() -> String {
    let named =
        ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().find_map(|name| Some((name, std::env::var(name).ok()?)));
    named.map(|(name, value)| format!(" ({name} names {value})")).unwrap_or_default()
}

/// Settings that trust nobody, for addresses without TLS.
///
/// # Errors
/// When TLS cannot be set up at all.
pub fn no_roots() -> Result<ClientConfig, String> {
    with_roots(RootCertStore::empty())
}

fn with_roots(roots: RootCertStore) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS could not be set up: {error}"))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
