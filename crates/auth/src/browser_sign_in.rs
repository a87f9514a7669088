//! Signing in with a browser on this machine: an address to open, and a listener the browser comes back to (OAuth 2.0
//! code flow with PKCE).

use codex_stdx::form_encode;

use crate::callback::Callback;
use crate::{AuthError, AuthServer, ChatGptTokens};

/// The port the server sends browsers of this client back to.
pub const CALLBACK_PORT: u16 = 1455;
const CALLBACK_PATH: &str = "/auth/callback";
const SCOPE: &str = "openid profile email offline_access api.connectors.read api.connectors.invoke";

/// A sign-in that waits for its browser.
#[derive(Debug)]
pub struct BrowserSignIn {
    server: AuthServer,
    callback: Callback,
    workspaces: Vec<String>,
}

impl BrowserSignIn {
    /// Begins to listen on loopback; port 0 takes any. The server knows [`CALLBACK_PORT`].
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn begin(server: AuthServer, port: u16) -> Result<Self, AuthError> {
        let callback = Callback::listen(port, CALLBACK_PATH).await?;
        Ok(Self { server, callback, workspaces: Vec::new() })
    }

    /// Lets the person choose among these workspaces only; among none means all.
    #[must_use]
    pub fn only_for(mut self, workspaces: &[String]) -> Self {
        self.workspaces = workspaces.to_vec();
        self
    }

    /// The address to open.
    pub fn url(&self, originator: &str) -> String {
        let challenge = self.callback.challenge();
        let mut query = form_encode([
            ("response_type", "code"),
            ("client_id", self.server.client_id()),
            ("redirect_uri", &self.callback.redirect_uri),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("state", self.callback.state.expose()),
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
        let Callback { redirect_uri, verifier, .. } = &self.callback;
        let (returned, brought) = self.callback.wait().await?;
        let tokens = match brought {
            Ok(code) => self.server.exchange_code(&code, redirect_uri, verifier.expose()).await,
            Err(error) => Err(error),
        };
        returned.tell(&tokens).await;
        tokens
    }
}
