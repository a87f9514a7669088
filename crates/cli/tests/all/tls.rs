//! The binary and a server whose certificate a private authority signed: believed when a variable names the authority,
//! and only then; a file at fault is named.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use codex_sim::Reply;
use codex_test_support::{CommandOutput, TestCodex};
use pretty_assertions::assert_eq;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::world::world;

const CONFIG: &str = "model = \"gpt-5.5\"\nmodel_provider = \"lab\"\n[model_providers.lab]\nname = \"Lab\"\n\
    base_url = \"$SERVER\"\nrequest_max_retries = 0\nstream_max_retries = 0\n";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../responses/tests/all/fixtures/tls").join(name)
}

/// Speaks TLS before the scripted server; its address.
async fn tls_front(port: u16, tasks: &mut JoinSet<()>) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = vec![CertificateDer::from_pem_file(fixture("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(fixture("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/v1", listener.local_addr().unwrap());
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            connections.spawn(async move {
                // A client that does not trust the certificate ends the handshake.
                let Ok(mut socket) = acceptor.accept(socket).await else { return };
                let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let _ = copy_bidirectional(&mut socket, &mut server).await;
            });
        }
    });
    url
}

async fn exec(codex: &TestCodex, url: &str, variables: &[(&str, &Path)], more: &[&str]) -> CommandOutput {
    let address = format!("model_providers.lab.base_url={url}");
    let run = codex.exec([&["-c", &address][..], more, &["hi"]].concat());
    let run = variables.iter().fold(run, |run, (name, path)| run.env(*name, path.to_str().unwrap()));
    run.run().await.unwrap()
}

#[tokio::test]
async fn a_private_authority_is_believed_when_a_variable_names_it() {
    let answers = (0..4).map(|_| Reply::say("hello")).collect::<Vec<_>>();
    let codex = world().raw_config(CONFIG).script(answers).build().await.unwrap();
    let mut tasks = JoinSet::new();
    let url = tls_front(codex.server.port(), &mut tasks).await;
    let (ca, missing) = (fixture("ca.pem"), fixture("missing.pem"));
    let other = fixture("server.pem");
    for variable in ["SSL_CERT_FILE", "CODEX_CA_CERTIFICATE"] {
        let out = exec(&codex, &url, &[(variable, &ca)], &[]).await;
        assert_eq!((out.code, out.stdout.as_str()), (Some(0), "hello\n"), "{variable}: {out:?}");
    }
    // Both transports, and both variables: what is named comes on top of the store that is named.
    let socket = ["-c", "model_providers.lab.supports_websockets=true"];
    let out = exec(&codex, &url, &[("SSL_CERT_FILE", &ca)], &socket).await;
    assert_eq!((out.code, codex.server.handshakes().len()), (Some(0), 1), "{out:?}");
    let both = [("SSL_CERT_FILE", other.as_path()), ("CODEX_CA_CERTIFICATE", &ca)];
    assert_eq!(exec(&codex, &url, &both, &[]).await.code, Some(0));

    let stranger = exec(&codex, &url, &[], &[]).await;
    assert_eq!(stranger.code, Some(1), "{stranger:?}");
    assert!(stranger.stderr.contains("certificate"), "{stranger:?}");
    for variable in ["SSL_CERT_FILE", "CODEX_CA_CERTIFICATE"] {
        let out = exec(&codex, &url, &[(variable, &missing)], &[]).await;
        assert_eq!(out.code, Some(1), "{out:?}");
        for part in [variable, "missing.pem"] {
            assert!(out.stderr.contains(part), "{variable}: no {part} in {out:?}");
        }
    }
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_server_without_tls_is_told_from_one_with_a_bad_certificate() {
    let codex = world().raw_config(CONFIG).script([]).build().await.unwrap();
    let url = codex.server.url().replace("http://", "https://");
    let out = exec(&codex, &url, &[], &[]).await;
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("the server there does not speak TLS; is its address http://?"), "{out:?}");
    let asked = ["login", "status", "--check", "-c", &format!("openai_base_url={url}")];
    codex.command(["login", "--with-api-key"]).stdin("sk-0123456789abcdefghij").run().await.unwrap();
    let out = codex.command(asked).run().await.unwrap();
    assert!(out.stderr.contains("the server there does not speak TLS"), "{out:?}");
}
