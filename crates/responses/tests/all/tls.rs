//! TLS end to end: a further authority is trusted when it is named, and only then.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use codex_responses::{ResponsesClient, Retry, StreamError, StreamEvent};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::lab::{completed, env, options_in, provider, run};

const ANSWER: &str = concat!(
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
    "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\"}}\n\n"
);

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/fixtures/tls").join(name)
}

pub(crate) fn server_config() -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = vec![CertificateDer::from_pem_file(fixture("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(fixture("server.key")).unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap()
}

/// One turn against a server whose certificate is signed by the fixtures' authority.
async fn turn(ca_bundle: &Path) -> (Vec<StreamEvent>, Option<StreamError>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/v1", listener.local_addr().unwrap());
    let acceptor = TlsAcceptor::from(Arc::new(server_config()));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            // A client that does not trust the certificate ends the handshake.
            let Ok(mut socket) = acceptor.accept(socket).await else { continue };
            let mut piece = vec![0; 65536];
            let _ = socket.read(&mut piece).await;
            let _ = socket.write_all(ANSWER.as_bytes()).await;
            let _ = socket.shutdown().await;
        }
    });
    let env = env(&[("CODEX_CA_CERTIFICATE", ca_bundle.to_str().unwrap())]);
    run(&ResponsesClient::new(options_in(provider(&url), env))).await
}

#[tokio::test]
async fn a_named_authority_is_trusted() {
    let (events, error) = turn(&fixture("ca.pem")).await;
    assert!(error.is_none() && completed(&events), "{error:?}");
}

#[tokio::test]
async fn a_certificate_of_nobody_known_is_refused_and_said_so() {
    // The server's own certificate is no authority.
    let error = turn(&fixture("server.pem")).await.1.unwrap();
    assert!(matches!(error, StreamError::Transport { .. }), "{error:?}");
    assert_eq!(error.retry(), Retry::Stream { after: None });
    assert!(error.message().to_lowercase().contains("certificate"), "{error}");
}
