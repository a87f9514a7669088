//! Where sign-ins at gateways are kept: `$CODEX_HOME/gateway_tokens.json` (mode 0600) with one entry a provider, or one
//! keyring entry a provider, as `cli_auth_credentials_store` says. The form is this program's own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_stdx::{LockFile, LockFileError};
use serde_json::{Value, json};

use crate::keyring::Keyring;
use crate::{AuthError, LoginStore, Secret, login_file};

const FILE_NAME: &str = "gateway_tokens.json";
const LOCK_NAME: &str = "gateway_tokens.json.lock";
/// Longer than any holder may take.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(40);
/// A token that ends sooner is renewed before it is used.
const MARGIN_S: i64 = 60;

/// The tokens of one sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GatewayTokens {
    pub(crate) access_token: Secret,
    pub(crate) refresh_token: Option<Secret>,
    /// Seconds since 1970; `None` when the server does not say.
    pub(crate) expires_at: Option<i64>,
}

/// The place of one provider's sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GatewayStore {
    pub(crate) codex_home: PathBuf,
    pub(crate) store: LoginStore,
    pub(crate) provider: String,
    /// Of which server and client the tokens are: others are of no use.
    pub(crate) server: String,
}

/// A token, known as a secret from now on.
fn token(text: &str) -> Secret {
    Secret::new(text).known_as("gateway_oauth")
}

impl GatewayTokens {
    /// From an answer of a token endpoint. What it leaves out is as it was `before`.
    pub(crate) fn from_answer(answer: &Value, before: Option<&Self>) -> Option<Self> {
        let text = |name: &str| answer[name].as_str().filter(|text| !text.is_empty()).map(token);
        let lasts = answer["expires_in"].as_i64().or_else(|| answer["expires_in"].as_str()?.parse().ok());
        Some(Self {
            access_token: text("access_token")?,
            refresh_token: text("refresh_token")
                .or_else(|| before.and_then(|before| before.refresh_token.clone())),
            expires_at: lasts.map(|seconds: i64| now().saturating_add(seconds)),
        })
    }

    /// Whether it has ended, or is about to.
    pub(crate) fn is_ending(&self) -> bool {
        self.expires_at.is_some_and(|end| end <= now().saturating_add(MARGIN_S))
    }
}

impl GatewayStore {
    /// What is kept, if it is of this server.
    pub(crate) fn find(&self) -> Result<Option<GatewayTokens>, AuthError> {
        let entry = match self.keyring() {
            None => self.in_file(),
            Some(keyring) => match (keyring.read(), self.store) {
                (Ok(Some(text)), _) => serde_json::from_slice(&text).unwrap_or_default(),
                (Ok(None), LoginStore::Keyring) => Value::Null,
                (Err(problem), LoginStore::Keyring) => return Err(AuthError::Keyring { problem }),
                (Ok(None) | Err(_), _) => self.in_file(),
            },
        };
        let text = |name: &str| entry[name].as_str().filter(|text| !text.is_empty()).map(token);
        if entry["server"].as_str() != Some(self.server.as_str()) {
            return Ok(None);
        }
        Ok(text("access_token").map(|access_token| GatewayTokens {
            access_token,
            refresh_token: text("refresh_token"),
            expires_at: entry["expires_at"].as_i64(),
        }))
    }

    /// Keeps tokens in place of what was kept. The caller holds the lock.
    pub(crate) fn put(&self, tokens: &GatewayTokens) -> Result<(), AuthError> {
        let entry = json!({
            "server": self.server,
            "access_token": tokens.access_token.expose(),
            "refresh_token": tokens.refresh_token.as_ref().map(Secret::expose),
            "expires_at": tokens.expires_at,
        });
        match (self.keyring().map(|keyring| keyring.write(entry.to_string().as_bytes())), self.store) {
            (Some(Ok(())), _) => Ok(()),
            (Some(Err(problem)), LoginStore::Keyring) => Err(AuthError::Keyring { problem }),
            (Some(Err(_)) | None, _) => self.change_file(Some(entry)),
        }
    }

    /// Forgets what is kept, of whatever server; whether there was anything. The caller holds the lock.
    pub(crate) fn forget(&self) -> Result<bool, AuthError> {
        let mut found = false;
        if let Some(keyring) = self.keyring() {
            match (keyring.read(), self.store) {
                (Ok(Some(_)), _) => {
                    found = true;
                    keyring.remove().map_err(|problem| AuthError::Keyring { problem })?;
                }
                (Err(problem), LoginStore::Keyring) => return Err(AuthError::Keyring { problem }),
                (Ok(None) | Err(_), _) => {}
            }
        }
        if !self.in_file().is_null() {
            found = true;
            self.change_file(None)?;
        }
        Ok(found)
    }

    /// Held by whoever changes a sign-in, so that a refresh token is spent once.
    pub(crate) async fn lock(&self) -> Result<LockFile, AuthError> {
        let path = self.codex_home.join(LOCK_NAME);
        let held = tokio::task::spawn_blocking(move || LockFile::hold(&path, LOCK_WAIT_MAX)).await;
        let held = held.map_err(|error| AuthError::SignInFailed { problem: error.to_string() })?;
        held.map_err(|error| match error {
            LockFileError::Io { path, source } => AuthError::Unwritable { path, source },
            LockFileError::Held { path, waited } => AuthError::Locked { path, waited_s: waited.as_secs() },
        })
    }

    fn keyring(&self) -> Option<Keyring> {
        let wanted = matches!(self.store, LoginStore::Keyring | LoginStore::Auto);
        wanted.then(|| Keyring::of_part(&self.codex_home, &self.provider))
    }

    fn in_file(&self) -> Value {
        login_file::fields_of_file(&self.path()).remove(&self.provider).unwrap_or_default()
    }

    fn change_file(&self, entry: Option<Value>) -> Result<(), AuthError> {
        let path = self.path();
        let mut all = login_file::fields_of_file(&path);
        match entry {
            Some(entry) => all.insert(self.provider.clone(), entry),
            None => all.remove(&self.provider),
        };
        write(&path, &Value::Object(all)).map_err(|source| AuthError::Unwritable { path, source })
    }

    fn path(&self) -> PathBuf {
        self.codex_home.join(FILE_NAME)
    }
}

fn write(path: &Path, all: &Value) -> std::io::Result<()> {
    login_file::write(path, &serde_json::to_vec_pretty(all)?)
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}
