//! The server that signs people in, and what is asked of its token endpoints. Knows no file and no terminal.

use std::time::Duration;

use codex_stdx::form_encode;
use serde_json::{Value, json};

use crate::{AuthError, ChatGptTokens, Env, Exchange, ExchangeAnswer, Payload, Secret, exchange};

/// How this client is known to the server (`responses-wire.md §5.5`).
const CLIENT_ID: &str = "app_EMoamEEZ73f0CkXaXp7hrann";
const ISSUER: &str = "https://auth.openai.com";
/// Goes before the issuer's own token endpoint when tokens are renewed.
const REFRESH_URL_VARIABLE: &str = "CODEX_REFRESH_TOKEN_URL_OVERRIDE";
const LIMIT: Duration = Duration::from_secs(30);
/// Characters of a server's words that are shown.
const SHOWN_CHARS_MAX: usize = 300;
/// Codes after which a refresh token will never work again.
const FINAL_CODES: [&str; 4] =
    ["refresh_token_expired", "refresh_token_reused", "refresh_token_invalidated", "invalid_grant"];

/// Where people sign in.
#[derive(Debug, Clone)]
pub struct AuthServer {
    issuer: String,
    env: Env,
}

/// Why an access token is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefreshReason {
    /// It is about to end.
    Expiry,
    /// It was refused.
    Refused,
}

impl AuthServer {
    /// The server with this issuer; without one, that of ChatGPT.
    pub fn new(issuer: Option<&str>, env: Env) -> Self {
        let issuer = issuer.unwrap_or(ISSUER).trim_end_matches('/').to_owned();
        Self { issuer, env }
    }

    /// Its address, without a slash at the end.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The id this client goes by.
    pub(crate) fn client_id(&self) -> &'static str {
        CLIENT_ID
    }

    /// Tokens for a code that a sign-in ended with.
    pub(crate) async fn exchange_code(
        &self,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<ChatGptTokens, AuthError> {
        let form = form_encode([
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT_ID),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ]);
        let answer = self.post(&format!("{}/oauth/token", self.issuer), Payload::Form(form)).await?;
        let body = success(&answer)?;
        ChatGptTokens::from_answer(&body, None).ok_or_else(|| no_tokens("the sign-in"))
    }

    /// New tokens for old ones. The old refresh token is spent, whether or not the answer arrives.
    pub(crate) async fn refresh(
        &self,
        tokens: &ChatGptTokens,
        reason: RefreshReason,
    ) -> Result<ChatGptTokens, AuthError> {
        let mut body = json!({ "client_id": CLIENT_ID, "grant_type": "refresh_token" });
        if reason == RefreshReason::Refused {
            body["refresh_reason"] = "unauthorized_recovery".into();
        }
        body["refresh_token"] = tokens.refresh_token.expose().into();
        let url = self.env.var(REFRESH_URL_VARIABLE);
        let url = url.unwrap_or_else(|| format!("{}/oauth/token", self.issuer));
        let answer = self.post(&url, Payload::Json(body)).await?;
        if let Some(code) = final_code(&answer) {
            return Err(AuthError::SignInOver { code });
        }
        let body = success(&answer)?;
        ChatGptTokens::from_answer(&body, Some(tokens)).ok_or_else(|| no_tokens("the renewal"))
    }

    /// Asks something of the server and gives its answer, whatever the status.
    pub(crate) async fn post(&self, url: &str, payload: Payload) -> Result<ExchangeAnswer, AuthError> {
        let request = Exchange { payload: Some(payload), ..Exchange::get(url, LIMIT) };
        Ok(exchange(request, &self.env).await?)
    }
}

/// The body of an answer of success; else an error with the server's words.
pub(crate) fn success(answer: &ExchangeAnswer) -> Result<Value, AuthError> {
    if answer.is_success() {
        return answer.json().ok_or_else(|| no_tokens("the server"));
    }
    let body = answer.json().unwrap_or_default();
    let said = ["error_description", "message"].iter().find_map(|name| body[name].as_str());
    let error = &body["error"];
    let said = said.or_else(|| error["message"].as_str()).or_else(|| error.as_str()).unwrap_or_default();
    // The server may quote what it was sent; what it was sent is secret only in fields it does not quote.
    let said: String = said.chars().filter(|char| !char.is_control()).take(SHOWN_CHARS_MAX).collect();
    Err(AuthError::SignInRefused { status: answer.status, said })
}

fn no_tokens(what: &str) -> AuthError {
    AuthError::SignInFailed { problem: format!("{what} answered without tokens") }
}

pub(crate) fn final_code(answer: &ExchangeAnswer) -> Option<String> {
    if answer.is_success() {
        return None;
    }
    let body = answer.json()?;
    let error = &body["error"];
    let code = [&error["code"], error, &body["code"]].into_iter().find_map(Value::as_str)?;
    FINAL_CODES.contains(&code).then(|| code.to_owned())
}

/// Text no one can guess, for addresses and forms.
pub(crate) fn random_text<const BYTES: usize>() -> Secret {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    Secret::new(URL_SAFE_NO_PAD.encode(rand::random::<[u8; BYTES]>()))
}
