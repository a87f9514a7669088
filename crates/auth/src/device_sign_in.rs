//! Signing in with a browser on any device: a code the person types there, while this machine asks whether it is done.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::auth_server::success;
use crate::{AuthError, AuthServer, ChatGptTokens, Payload, Secret};

/// A code is good for that long.
const CODE_LIMIT: Duration = Duration::from_secs(15 * 60);
const INTERVAL: Duration = Duration::from_secs(5);
const INTERVAL_MIN: Duration = Duration::from_millis(100);
const INTERVAL_MAX: Duration = Duration::from_secs(60);

/// A sign-in that waits for the person.
#[derive(Debug)]
pub struct DeviceSignIn {
    server: AuthServer,
    device: Secret,
    user_code: String,
    interval: Duration,
}

impl DeviceSignIn {
    /// Asks for a code.
    ///
    /// # Errors
    /// When the server has none to give.
    pub async fn begin(server: AuthServer) -> Result<Self, AuthError> {
        let url = format!("{}/api/accounts/deviceauth/usercode", server.issuer());
        let ask = Payload::Json(json!({ "client_id": server.client_id() }));
        let body = success(&server.post(&url, ask).await?)?;
        let (Some(device), Some(code)) = (body["device_auth_id"].as_str(), body["user_code"].as_str()) else {
            return Err(AuthError::SignInFailed { problem: "the server gave no code".to_owned() });
        };
        Ok(Self {
            device: Secret::new(device),
            user_code: code.to_owned(),
            interval: interval(&body),
            server,
        })
    }

    /// The page on which the code is typed.
    pub fn url(&self) -> String {
        format!("{}/codex/device", self.server.issuer())
    }

    /// What is typed there.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Asks again and again until the person has typed the code, and gets the tokens.
    ///
    /// # Errors
    /// When the server refuses or the code is too old.
    pub async fn finish(self) -> Result<ChatGptTokens, AuthError> {
        let granted = timeout(CODE_LIMIT, self.wait_for_person()).await;
        let granted = granted.map_err(|_| AuthError::SignInFailed {
            problem: "the code was not typed in time".to_owned(),
        })??;
        let (Some(code), Some(verifier)) =
            (granted["authorization_code"].as_str(), granted["code_verifier"].as_str())
        else {
            return Err(AuthError::SignInFailed { problem: "the server granted nothing".to_owned() });
        };
        let redirect_uri = format!("{}/deviceauth/callback", self.server.issuer());
        self.server.exchange_code(code, &redirect_uri, verifier).await
    }

    async fn wait_for_person(&self) -> Result<Value, AuthError> {
        let url = format!("{}/api/accounts/deviceauth/token", self.server.issuer());
        let ask = json!({ "device_auth_id": self.device.expose(), "user_code": self.user_code });
        loop {
            let answer = self.server.post(&url, Payload::Json(ask.clone())).await?;
            // Not yet.
            if !matches!(answer.status, 403 | 404) {
                return success(&answer);
            }
            sleep(self.interval).await;
        }
    }
}

/// `interval`, a number or its text, in seconds.
fn interval(body: &Value) -> Duration {
    let value = &body["interval"];
    let seconds = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
    seconds.map_or(INTERVAL, |seconds| Duration::from_secs(seconds).clamp(INTERVAL_MIN, INTERVAL_MAX))
}
