//! The token of a sign-in at a gateway before a provider: had once by a person, renewed by this program. Invariant: a
//! refresh token is spent with the lock held, and only while it is still the stored one.

use std::path::PathBuf;
use std::time::Duration;

use codex_stdx::form_encode;

use crate::auth_server::{final_code, success};
use crate::gateway_store::{GatewayStore, GatewayTokens};
use crate::{AuthError, Env, Exchange, ExchangeAnswer, LoginStore, Payload, Secret, exchange, fingerprint};

const LIMIT: Duration = Duration::from_secs(30);

/// An OAuth server at which people sign in for a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayServer {
    /// Where a browser is sent.
    pub authorization_url: String,
    /// Where codes and refresh tokens are exchanged.
    pub token_url: String,
    /// Who this client is there.
    pub client_id: String,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// For whom the token is (RFC 8707).
    pub resource: Option<String>,
    /// The port the browser comes back to; `None`: any.
    pub redirect_port: Option<u16>,
    /// Where codes for browsers on other devices are had (RFC 8628).
    pub device_authorization_url: Option<String>,
}

/// A provider's sign-in at its gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayLogin {
    pub(crate) server: GatewayServer,
    pub(crate) store: GatewayStore,
}

impl GatewayLogin {
    /// Reads nothing and asks nobody.
    pub fn new(
        provider: impl Into<String>,
        server: GatewayServer,
        codex_home: impl Into<PathBuf>,
        store: LoginStore,
    ) -> Self {
        let resource = server.resource.as_deref().unwrap_or_default();
        let of = fingerprint(&[&server.token_url, &server.client_id, resource]);
        let (codex_home, provider) = (codex_home.into(), provider.into());
        Self { server, store: GatewayStore { codex_home, store, provider, server: of } }
    }

    /// Forgets the sign-in; whether there was one.
    ///
    /// # Errors
    /// When the store cannot be changed.
    pub async fn forget(&self) -> Result<bool, AuthError> {
        let _lock = self.store.lock().await?;
        self.store.forget()
    }

    /// The token for the next request; one that is about to end is renewed first.
    pub(crate) async fn present(&self, env: &Env) -> Result<Secret, AuthError> {
        let tokens = self.store.find()?.ok_or_else(|| self.signed_out(None))?;
        match tokens.is_ending() && tokens.refresh_token.is_some() {
            true => self.other_than(&tokens.access_token, env).await,
            false => Ok(tokens.access_token),
        }
    }

    /// A token other than the refused one: what another process has stored meanwhile, else a new one.
    pub(crate) async fn other_than(&self, refused: &Secret, env: &Env) -> Result<Secret, AuthError> {
        if let Some(other) = self.stored_other_than(refused)? {
            return Ok(other);
        }
        let _lock = self.store.lock().await?;
        if let Some(other) = self.stored_other_than(refused)? {
            return Ok(other);
        }
        let tokens = self.store.find()?.ok_or_else(|| self.signed_out(None))?;
        let Some(refresh_token) = &tokens.refresh_token else {
            return Err(self.signed_out(Some("token_refused".to_owned())));
        };
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
        let answer = self.ask(&self.server.token_url, &fields, env).await?;
        if let Some(code) = final_code(&answer) {
            // It will never work again, and is not tried again.
            self.store.forget()?;
            return Err(self.signed_out(Some(code)));
        }
        let renewed = GatewayTokens::from_answer(&success(&answer)?, Some(&tokens)).ok_or_else(no_token)?;
        self.store.put(&renewed)?;
        Ok(renewed.access_token)
    }

    fn stored_other_than(&self, refused: &Secret) -> Result<Option<Secret>, AuthError> {
        let stored = self.store.find()?.ok_or_else(|| self.signed_out(None))?;
        Ok((stored.access_token != *refused && !stored.is_ending()).then_some(stored.access_token))
    }

    /// Stores the tokens a sign-in ended with.
    pub(crate) async fn keep(&self, answer: &ExchangeAnswer) -> Result<(), AuthError> {
        let tokens = GatewayTokens::from_answer(&success(answer)?, None).ok_or_else(no_token)?;
        let _lock = self.store.lock().await?;
        self.store.put(&tokens)
    }

    /// Asks the server something, as this client and for this resource.
    pub(crate) async fn ask(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        env: &Env,
    ) -> Result<ExchangeAnswer, AuthError> {
        let ours = [
            ("client_id", Some(self.server.client_id.as_str())),
            ("resource", self.server.resource.as_deref()),
        ];
        let ours = ours.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
        let form = form_encode(fields.iter().copied().chain(ours));
        let request = Exchange { payload: Some(Payload::Form(form)), ..Exchange::get(url, LIMIT) };
        Ok(exchange(request, env).await?)
    }

    fn signed_out(&self, code: Option<String>) -> AuthError {
        AuthError::GatewaySignedOut { provider: self.store.provider.clone(), code }
    }
}

fn no_token() -> AuthError {
    AuthError::SignInFailed { problem: "the gateway's server answered without a token".to_owned() }
}
