//! Ways to a WebSocket: through a proxy, over TLS, with a credential that has to be renewed.

use std::sync::Arc;

use codex_model_provider::ProviderInfo;
use codex_responses::{ResponsesClient, StreamError};
use codex_sim::{Handshake, Reply, Script, SimServer};
use pretty_assertions::assert_eq;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::auth::command;
use crate::dialogue::Dialogue;
use crate::lab::{env, options, options_in, play, provider};
use crate::tls::{fixture, server_config};

fn socket_provider(url: &str) -> ProviderInfo {
    ProviderInfo { supports_websockets: true, ..provider(url) }
}

/// A proxy that answers CONNECT with this line and leads everywhere to the server. Gives its address, and the first
/// request it gets.
async fn proxy(server: &SimServer, answer: &'static str) -> (String, JoinSet<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let port = server.port();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(socket.read_u8().await.unwrap());
        }
        socket.write_all(format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes()).await.unwrap();
        let mut upstream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let _ = copy_bidirectional(&mut socket, &mut upstream).await;
        String::from_utf8(asked).unwrap()
    });
    (address, tasks)
}

#[tokio::test]
async fn a_proxy_is_asked_for_a_tunnel() {
    let server = SimServer::start([Reply::say("hi")]).await.unwrap();
    let (address, mut tasks) = proxy(&server, "200 OK").await;
    let env = env(&[("HTTP_PROXY", &format!("http://u:p@{address}"))]);
    let client = ResponsesClient::new(options_in(socket_provider("http://api.test/v1"), env));
    let mut dialogue = Dialogue::warmed(client);
    assert_eq!(dialogue.turn("hello").await, []);
    drop(dialogue);
    assert_eq!(server.handshakes()[0].header("host"), Some("api.test"));
    let asked = tasks.join_next().await.unwrap().unwrap();
    assert!(asked.starts_with("CONNECT api.test:80 HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("Proxy-Authorization: Basic dTpw\r\n"), "{asked}");
    server.verify().unwrap();
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named() {
    let server = SimServer::start(Script::new([])).await.unwrap();
    let (address, mut tasks) = proxy(&server, "403 Forbidden").await;
    let env = env(&[("ALL_PROXY", &format!("http://{address}"))]);
    let client = ResponsesClient::new(options_in(socket_provider("https://api.test/v1"), env));
    // Lets the preparation fail first, whose place in the proxy is the only one.
    let dialogue = Dialogue::warmed(client);
    let asked = tasks.join_next().await.unwrap().unwrap();
    assert!(asked.starts_with("CONNECT api.test:443 HTTP/1.1\r\n"), "{asked}");
    let (_, error) = play(&dialogue.client.turn(), &dialogue.prepare()).await;
    let error = error.unwrap();
    // The kernel refuses the next connection, or resets one that it had queued already.
    let is_gone = matches!(error, StreamError::Network { .. } | StreamError::WebSocket(_));
    assert!(is_gone, "the proxy is gone: {error:?}");
    assert!(server.handshakes().is_empty());
}

#[tokio::test]
async fn a_socket_over_tls_trusts_the_named_authority() {
    let server = SimServer::start([Reply::say("hi")]).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/v1", listener.local_addr().unwrap());
    let acceptor = TlsAcceptor::from(Arc::new(server_config()));
    let port = server.port();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        let mut socket = acceptor.accept(socket).await.unwrap();
        let mut upstream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let _ = copy_bidirectional(&mut socket, &mut upstream).await;
    });
    let env = env(&[("CODEX_CA_CERTIFICATE", fixture("ca.pem").to_str().unwrap())]);
    let client = ResponsesClient::new(options_in(socket_provider(&url), env));
    let mut dialogue = Dialogue::warmed(client);
    assert_eq!(dialogue.turn("hello").await, []);
    assert_eq!(server.requests()[0].connection(), Some(0));
    server.verify().unwrap();
}

#[tokio::test]
async fn a_refused_credential_is_renewed_for_the_next_connection() {
    let dir = tempfile::tempdir().unwrap();
    let unauthorized = || Reply::error(401, "expired", "no");
    let script =
        Script::new([unauthorized(), Reply::say("hi")]).handshakes([Handshake::refuse(unauthorized())]);
    let server = SimServer::start(script).await.unwrap();
    let provider = ProviderInfo { auth: command(dir.path()), ..socket_provider(&server.url()) };
    let mut dialogue = Dialogue::warmed(ResponsesClient::new(options(provider)));
    assert_eq!(dialogue.turn("hello").await, []);
    let handshakes = server.handshakes();
    let sent: Vec<_> = handshakes.iter().filter_map(|handshake| handshake.header("authorization")).collect();
    assert_eq!(sent, ["Bearer token-1", "Bearer token-2", "Bearer token-3"]);
    server.verify().unwrap();
}
