//! The listener on this machine that a browser comes back to after a sign-in (RFC 8252). Invariant: only the browser that
//! was sent out is believed, by its `state`. Knows no server.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use codex_stdx::form_decode;
use ring::digest::{SHA256, digest};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::auth_server::random_text;
use crate::{AuthError, Secret};

/// A person who has not signed in by then does not mean to.
const SIGN_IN_LIMIT: Duration = Duration::from_secs(15 * 60);
/// Browsers open connections they may never use.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);
const CONNECTIONS_MAX: usize = 32;
const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// A listener that waits for one browser, and the secrets of that sign-in (PKCE).
#[derive(Debug)]
pub(crate) struct Callback {
    listener: TcpListener,
    path: &'static str,
    /// Where the browser is to come back to.
    pub(crate) redirect_uri: String,
    /// What proves that whoever exchanges the code has asked for it.
    pub(crate) verifier: Secret,
    /// What the browser brings back.
    pub(crate) state: Secret,
}

/// A browser that came back and waits to be told how it ended.
#[derive(Debug)]
pub(crate) struct Returned(TcpStream);

/// What it brought: a code, or why there is none.
pub(crate) type Brought = Result<String, AuthError>;

/// What one request of a browser was about.
enum Visit {
    /// Nothing of ours.
    Other,
    /// It came back from the server.
    Back(Returned, Brought),
}

impl Callback {
    /// Begins to listen on loopback; port 0 takes any.
    pub(crate) async fn listen(port: u16, path: &'static str) -> Result<Self, AuthError> {
        let failed = |source| AuthError::CallbackPort { port, source };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self {
            listener,
            path,
            redirect_uri: format!("http://127.0.0.1:{port}{path}"),
            verifier: random_text::<64>(),
            state: random_text::<32>(),
        })
    }

    /// What the server is told of the verifier.
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier.expose().as_bytes()))
    }

    /// Waits for the browser.
    pub(crate) async fn wait(&self) -> Result<(Returned, Brought), AuthError> {
        let waited = timeout(SIGN_IN_LIMIT, self.serve()).await;
        waited.map_err(|_| AuthError::SignInFailed { problem: "nobody signed in in time".to_owned() })
    }

    async fn serve(&self) -> (Returned, Brought) {
        // Each connection by itself: one that says nothing must not hold up the one that counts.
        let mut visits = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if visits.len() < CONNECTIONS_MAX => {
                    // A connection that died between arrival and accept is nobody's loss.
                    let Ok((stream, _)) = accepted else { continue };
                    let (path, state) = (self.path, self.state.clone());
                    visits.spawn(timeout(REQUEST_LIMIT, visit(stream, path, state)));
                }
                Some(visit) = visits.join_next() => {
                    if let Ok(Ok(Ok(Visit::Back(returned, brought)))) = visit {
                        return (returned, brought);
                    }
                }
            }
        }
    }
}

impl Returned {
    /// Tells the browser how it ended, after it has ended.
    pub(crate) async fn tell<T>(mut self, result: &Result<T, AuthError>) {
        let (status, text) = match result {
            Ok(_) => ("200 OK", "You are signed in. This page can be closed."),
            Err(_) => ("400 Bad Request", "The sign-in failed. The terminal says why."),
        };
        // The outcome stands whether or not the page arrives.
        let _ = respond(&mut self.0, status, text).await;
    }
}

async fn visit(mut stream: TcpStream, callback_path: &str, state: Secret) -> io::Result<Visit> {
    let Some(target) = request_target(&mut stream).await? else { return Ok(Visit::Other) };
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    if path != callback_path {
        respond(&mut stream, "404 Not Found", "Nothing is here.").await?;
        return Ok(Visit::Other);
    }
    let query = form_decode(query);
    let value = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    if value("state").is_none_or(|given| given != state.expose()) {
        respond(&mut stream, "400 Bad Request", "This page belongs to another sign-in.").await?;
        return Ok(Visit::Other);
    }
    let outcome = match (value("code"), value("error")) {
        (Some(code), None) if !code.is_empty() => Ok(code),
        (_, error) => {
            let said = value("error_description").or(error).unwrap_or_else(|| "no code was given".to_owned());
            let problem = said.chars().filter(|char| !char.is_control()).take(300).collect();
            Err(AuthError::SignInFailed { problem })
        }
    };
    Ok(Visit::Back(Returned(stream), outcome))
}

/// The path and query of a `GET`; `None` for anything else. The head is read whole: a browser whose request is not
/// read may take the answer for a broken connection.
async fn request_target(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut buffer = [0; 2048];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut buffer).await?;
        if count == 0 || head.len() + count > REQUEST_BYTES_MAX {
            return Ok(None);
        }
        head.extend_from_slice(&buffer[..count]);
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    Ok(match (words.next(), words.next()) {
        (Some("GET"), Some(target)) => Some(target.to_owned()),
        _ => None,
    })
}

async fn respond(stream: &mut TcpStream, status: &str, text: &str) -> io::Result<()> {
    let page = format!("<!doctype html><meta charset=\"utf-8\"><title>codex</title><p>{text}</p>\n");
    let length = page.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {length}\r\n\
         cache-control: no-store\r\nconnection: close\r\n\r\n{page}"
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}
