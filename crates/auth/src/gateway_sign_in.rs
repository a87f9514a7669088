//! A person's sign-in at a gateway: with a browser on this machine (RFC 6749 with PKCE), or with a code typed on another
//! device (RFC 8628). What it ends with is stored; nobody sees it.

use std::time::Duration;

use codex_stdx::form_encode;
use tokio::time::{sleep, timeout};

use crate::auth_server::success;
use crate::callback::Callback;
use crate::{AuthError, Env, ExchangeAnswer, GatewayLogin, Secret};

const CALLBACK_PATH: &str = "/callback";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const CODE_LIMIT: Duration = Duration::from_secs(15 * 60);
/// When the server names none, and by how much it grows when the server asks for patience.
const INTERVAL: Duration = Duration::from_secs(5);
const INTERVAL_MIN: Duration = Duration::from_millis(100);
const INTERVAL_MAX: Duration = Duration::from_secs(60);

/// A sign-in that waits for its browser.
#[derive(Debug)]
pub struct GatewayBrowserSignIn {
    login: GatewayLogin,
    env: Env,
    callback: Callback,
}

/// A sign-in that waits for a code to be typed elsewhere.
#[derive(Debug)]
pub struct GatewayDeviceSignIn {
    login: GatewayLogin,
    env: Env,
    device: Secret,
    url: String,
    user_code: String,
    interval: Duration,
}

impl GatewayBrowserSignIn {
    /// Begins to listen on loopback.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn begin(login: GatewayLogin, env: Env) -> Result<Self, AuthError> {
        let callback = Callback::listen(login.server.redirect_port.unwrap_or(0), CALLBACK_PATH).await?;
        Ok(Self { login, env, callback })
    }

    /// The address to open.
    pub fn url(&self) -> String {
        let (server, challenge, scopes) =
            (&self.login.server, self.callback.challenge(), self.login.server.scopes.join(" "));
        let fields = [
            ("response_type", Some("code")),
            ("client_id", Some(server.client_id.as_str())),
            ("redirect_uri", Some(self.callback.redirect_uri.as_str())),
            ("code_challenge", Some(challenge.as_str())),
            ("code_challenge_method", Some("S256")),
            ("state", Some(self.callback.state.expose())),
            ("scope", Some(scopes.as_str()).filter(|scopes| !scopes.is_empty())),
            ("resource", server.resource.as_deref()),
        ];
        let query = form_encode(fields.iter().filter_map(|(name, value)| Some((*name, (*value)?))));
        let mark = if server.authorization_url.contains('?') { '&' } else { '?' };
        format!("{}{mark}{query}", server.authorization_url)
    }

    /// Waits for the browser to come back, and stores the tokens.
    ///
    /// # Errors
    /// When the person or the server refuses, or nobody comes.
    pub async fn finish(self) -> Result<(), AuthError> {
        let (returned, brought) = self.callback.wait().await?;
        let result = match brought {
            Ok(code) => self.exchange(&code).await,
            Err(error) => Err(error),
        };
        returned.tell(&result).await;
        result
    }

    async fn exchange(&self, code: &str) -> Result<(), AuthError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.callback.redirect_uri.as_str()),
            ("code_verifier", self.callback.verifier.expose()),
        ];
        let answer = self.login.ask(&self.login.server.token_url, &fields, &self.env).await?;
        self.login.keep(&answer).await
    }
}

impl GatewayDeviceSignIn {
    /// Asks for a code.
    ///
    /// # Errors
    /// When the server has none to give, or no such server is configured.
    pub async fn begin(login: GatewayLogin, env: Env) -> Result<Self, AuthError> {
        let failed = |problem: &str| AuthError::SignInFailed { problem: problem.to_owned() };
        let Some(url) = login.server.device_authorization_url.clone() else {
            return Err(failed("`gateway_oauth` names no `device_authorization_url`"));
        };
        let scopes = login.server.scopes.join(" ");
        let fields = [("scope", scopes.as_str())];
        let fields = if scopes.is_empty() { &[][..] } else { &fields[..] };
        let body = success(&login.ask(&url, fields, &env).await?)?;
        let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let page = text("verification_uri_complete").or_else(|| text("verification_uri"));
        let (Some(device), Some(user_code), Some(url)) = (text("device_code"), text("user_code"), page)
        else {
            return Err(failed("the gateway's server gave no code"));
        };
        let interval = body["interval"].as_f64().filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
        let interval = interval.map_or(INTERVAL, |seconds| {
            Duration::from_secs_f64(seconds.min(INTERVAL_MAX.as_secs_f64())).max(INTERVAL_MIN)
        });
        Ok(Self { login, env, device: Secret::new(device), url, user_code, interval })
    }

    /// The page on which the code is typed.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What is typed there.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Asks again and again until the person has typed the code, and stores the tokens.
    ///
    /// # Errors
    /// When the server refuses or the code is too old.
    pub async fn finish(self) -> Result<(), AuthError> {
        let granted = timeout(CODE_LIMIT, self.wait_for_person()).await;
        let granted = granted.map_err(|_| AuthError::SignInFailed {
            problem: "the code was not typed in time".to_owned(),
        })??;
        self.login.keep(&granted).await
    }

    async fn wait_for_person(&self) -> Result<ExchangeAnswer, AuthError> {
        let fields = [("grant_type", DEVICE_GRANT), ("device_code", self.device.expose())];
        let mut interval = self.interval;
        loop {
            let answer = self.login.ask(&self.login.server.token_url, &fields, &self.env).await?;
            let error = answer.json().unwrap_or_default()["error"].as_str().unwrap_or_default().to_owned();
            match error.as_str() {
                "authorization_pending" => {}
                "slow_down" => interval = (interval + INTERVAL).min(INTERVAL_MAX),
                _ => return Ok(answer),
            }
            sleep(interval).await;
        }
    }
}
