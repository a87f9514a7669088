//! Signing in with a browser on this machine: an address to open, and a listener the browser comes back to (OAuth 2.0
//! code flow with PKCE). Invariant: only the browser that was sent out is believed, by its `state`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use codex_stdx::{form_decode, form_encode};
use ring::digest::{SHA256, digest};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::auth_server::random_text;
use crate::{AuthError, AuthServer, ChatGptTokens, Secret};

/// The port the server sends browsers of this client back to.
pub const CALLBACK_PORT: u16 = 1455;
const CALLBACK_PATH: &str = "/auth/callback";
const SCOPE: &str = "openid profile email offline_access api.connectors.read api.connectors.invoke";
/// A person who has not signed in by then does not mean to.
const SIGN_IN_LIMIT: Duration = Duration::from_secs(15 * 60);
/// Browsers open connections they may never use.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);
const CONNECTIONS_MAX: usize = 32;
const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// A sign-in that waits for its browser.
#[derive(Debug)]
pub struct BrowserSignIn {
    server: AuthServer,
    listener: TcpListener,
    redirect_uri: String,
    verifier: Secret,
    state: Secret,
    workspaces: Vec<String>,
}

/// What one request of a browser was about.
enum Visit {
    /// Nothing of ours.
    Other,
    /// It came back from the server.
    Back { stream: TcpStream, outcome: Result<String, AuthError> },
}

impl BrowserSignIn {
    /// Begins to listen on loopback; port 0 takes any. The server knows [`CALLBACK_PORT`].
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn begin(server: AuthServer, port: u16) -> Result<Self, AuthError> {
        let failed = |source| AuthError::CallbackPort { port, source };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self {
            server,
            listener,
            redirect_uri: format!("http://127.0.0.1:{port}{CALLBACK_PATH}"),
            verifier: random_text::<64>(),
            state: random_text::<32>(),
            workspaces: Vec::new(),
        })
    }

    /// Lets the person choose among these workspaces only; among none means all.
    #[must_use]
    pub fn only_for(mut self, workspaces: &[String]) -> Self {
        self.workspaces = workspaces.to_vec();
        self
    }

    /// The address to open.
    pub fn url(&self, originator: &str) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier.expose().as_bytes()));
        let mut query = form_encode([
            ("response_type", "code"),
            ("client_id", self.server.client_id()),
            ("redirect_uri", &self.redirect_uri),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("state", self.state.expose()),
            ("scope", SCOPE),
            ("id_token_add_organizations", "true"),
            ("codex_cli_simplified_flow", "true"),
            ("originator", originator),
        ]);
        if !self.workspaces.is_empty() {
            let allowed = form_encode([("allowed_workspace_id", self.workspaces.join(",").as_str())]);
            query = format!("{query}&{allowed}");
        }
        format!("{}/oauth/authorize?{query}", self.server.issuer())
    }

    /// Waits for the browser to come back, and gets the tokens.
    ///
    /// # Errors
    /// When the person or the server refuses, or nobody comes.
    pub async fn finish(self) -> Result<ChatGptTokens, AuthError> {
        match timeout(SIGN_IN_LIMIT, self.serve()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(AuthError::SignInFailed { problem: "nobody signed in in time".to_owned() }),
        }
    }

    async fn serve(&self) -> Result<ChatGptTokens, AuthError> {
        // Each connection by itself: one that says nothing must not hold up the one that counts.
        let mut visits = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if visits.len() < CONNECTIONS_MAX => {
                    // A connection that died between arrival and accept is nobody's loss.
                    let Ok((stream, _)) = accepted else { continue };
                    let state = self.state.clone();
                    visits.spawn(timeout(REQUEST_LIMIT, visit(stream, state)));
                }
                Some(visit) = visits.join_next() => {
                    let Ok(Ok(Ok(Visit::Back { stream, outcome }))) = visit else { continue };
                    return self.conclude(stream, outcome).await;
                }
            }
        }
    }

    /// The browser is told how it ended, after it has ended.
    async fn conclude(
        &self,
        mut stream: TcpStream,
        outcome: Result<String, AuthError>,
    ) -> Result<ChatGptTokens, AuthError> {
        let tokens = match outcome {
            Ok(code) => self.server.exchange_code(&code, &self.redirect_uri, self.verifier.expose()).await,
            Err(error) => Err(error),
        };
        let (status, text) = match &tokens {
            Ok(_) => ("200 OK", "You are signed in. This page can be closed."),
            Err(_) => ("400 Bad Request", "The sign-in failed. The terminal says why."),
        };
        // The outcome stands whether or not the page arrives.
        let _ = respond(&mut stream, status, text).await;
        tokens
    }
}

async fn visit(mut stream: TcpStream, state: Secret) -> io::Result<Visit> {
    let Some(target) = request_target(&mut stream).await? else { return Ok(Visit::Other) };
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    if path != CALLBACK_PATH {
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
    Ok(Visit::Back { stream, outcome })
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
