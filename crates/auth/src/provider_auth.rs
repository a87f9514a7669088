//! How a provider authenticates, and the cache of what its command printed.
//! Invariant: a configured credential that cannot be had is an error, never a request without one.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use codex_stdx::{CaptureError, ProgramRun, capture_program};

use crate::access_token::ACCESS_TOKEN_VARIABLE;
use crate::auth_server::RefreshReason;
use crate::refresh::{is_ending, renew};
use crate::{
    AccessTokenKind, AuthError, AuthServer, Env, ExternalLogin, GatewayLogin, LoginKind, LoginMethod,
    LoginPlace, Secret, StoredLogin,
};

/// Bytes of a token command's output that are looked at.
const TOKEN_BYTES_MAX: usize = 64 * 1024;
/// Goes before any stored login.
pub(crate) const API_KEY_VARIABLE: &str = "CODEX_API_KEY";
/// Characters of a failed command's error output that are shown.
const SHOWN_ERROR_CHARS_MAX: usize = 300;

/// Where a provider's credential comes from (`responses-wire.md §5`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderAuth {
    /// Requests carry no credential.
    None,
    /// `env_key`
    EnvKey {
        /// The variable.
        var: String,
        /// `env_key_instructions`, shown when the variable is missing.
        instructions: Option<String>,
    },
    /// `experimental_bearer_token`
    Bearer(Secret),
    /// `[model_providers.<id>.auth]`
    Command(CommandAuth),
    /// A sign-in outside of this program, in place of a stored one.
    External(ExternalLogin),
    /// A sign-in at a gateway before the provider.
    Gateway(GatewayLogin),
    /// `requires_openai_auth`: `CODEX_API_KEY`, else `auth.json`.
    StoredLogin {
        /// Where the login lies, and which kind may be used.
        place: LoginPlace,
        /// What having neither means.
        absent: AbsentLogin,
    },
}

/// What it means that nobody is logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AbsentLogin {
    /// Requests carry no credential: a proxy may add one.
    Anonymous,
    /// The server is known to refuse such requests: say so before one is sent.
    Refused,
}

/// A program whose output is the token (`responses-wire.md §5.3`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandAuth {
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Variables it sees besides those of this process.
    pub env: Vec<(String, String)>,
    /// How long it may take.
    pub timeout: Duration,
    /// After this long the next request runs it again; `None`: only after a 401.
    pub refresh_interval: Option<Duration>,
    /// Its working folder.
    pub cwd: PathBuf,
}

/// The credential of one session.
#[derive(Debug)]
pub struct Credentials {
    auth: ProviderAuth,
    env: Env,
    // Held while the command runs: one run serves every request that waits for it.
    printed: Mutex<Option<Printed>>,
    /// The access token that cannot be renewed any more, and the server's word for why.
    over: Mutex<Option<(Secret, String)>>,
}

#[derive(Debug)]
struct Printed {
    token: Secret,
    at: Instant,
}

impl Credentials {
    /// Nothing is read or run before it is needed.
    pub fn new(auth: ProviderAuth, env: Env) -> Self {
        Self { auth, env, printed: Mutex::new(None), over: Mutex::new(None) }
    }

    /// The credential for the next request; `None` when the provider has none configured.
    ///
    /// # Errors
    /// When one is configured and cannot be had.
    pub async fn resolve(&self) -> Result<Option<Secret>, AuthError> {
        match &self.auth {
            ProviderAuth::None => Ok(None),
            ProviderAuth::EnvKey { var, instructions } => match self.env.var(var) {
                Some(value) => Ok(Some(Secret::new(value))),
                None => Err(AuthError::MissingEnv { var: var.clone(), instructions: instructions.clone() }),
            },
            ProviderAuth::Bearer(token) => Ok(Some(token.clone())),
            ProviderAuth::StoredLogin { place, absent } => match self.env.var(API_KEY_VARIABLE) {
                Some(key) => {
                    place.allow(LoginMethod::ApiKey, API_KEY_VARIABLE)?;
                    Ok(Some(Secret::new(key)))
                }
                None => match (self.access_token(place)?, absent) {
                    (Some(token), _) => Ok(Some(token)),
                    (None, absent) => match (place.usable()?, absent) {
                        (Some(login), _) => self.usable(place, login).await,
                        (None, AbsentLogin::Anonymous) => Ok(None),
                        (None, AbsentLogin::Refused) => Err(AuthError::NotLoggedIn),
                    },
                },
            },
            ProviderAuth::External(login) => login.present().await.map(Some),
            ProviderAuth::Gateway(login) => login.present(&self.env).await.map(Some),
            ProviderAuth::Command(command) => self.printed_by(command, None).await.map(Some),
        }
    }

    /// The tries a refused credential is worth (`responses-wire.md §5.3, §5.5`).
    pub fn recovery(&self) -> Recovery<'_> {
        Recovery { credentials: self, tried: 0 }
    }

    /// Whether a key or token in the environment goes before whatever is stored.
    pub fn has_key_of_environment(&self) -> bool {
        [API_KEY_VARIABLE, ACCESS_TOKEN_VARIABLE].iter().any(|variable| self.env.var(variable).is_some())
    }

    /// Whether a 401 is worth one more try with a fresh credential.
    pub fn can_renew(&self) -> bool {
        match &self.auth {
            ProviderAuth::Command(_) | ProviderAuth::External(_) | ProviderAuth::Gateway(_) => true,
            ProviderAuth::StoredLogin { place, .. } => {
                let signed_in =
                    || matches!(place.usable(), Ok(Some(login)) if login.kind == LoginKind::ChatGpt);
                !self.has_key_of_environment() && signed_in()
            }
            _ => false,
        }
    }

    /// A credential other than the one the server just refused, as far as the source has one.
    ///
    /// # Errors
    /// As for [`Self::resolve`].
    pub async fn renew(&self, refused: &Secret) -> Result<Option<Secret>, AuthError> {
        match &self.auth {
            ProviderAuth::Command(command) => self.printed_by(command, Some(refused)).await.map(Some),
            ProviderAuth::External(login) => login.other_than(refused).await.map(Some),
            ProviderAuth::Gateway(login) => login.other_than(refused, &self.env).await.map(Some),
            ProviderAuth::StoredLogin { place, .. } if self.can_renew() => {
                self.renewed(place, refused, RefreshReason::Refused).await.map(Some)
            }
            _ => self.resolve().await,
        }
    }

    /// The personal access token of the environment.
    fn access_token(&self, place: &LoginPlace) -> Result<Option<Secret>, AuthError> {
        let Some(token) = self.env.var(ACCESS_TOKEN_VARIABLE).map(Secret::new) else { return Ok(None) };
        place.allow(LoginMethod::ChatGpt, ACCESS_TOKEN_VARIABLE)?;
        place.allow_workspace(None, ACCESS_TOKEN_VARIABLE)?;
        match AccessTokenKind::of(&token) {
            Some(AccessTokenKind::Agent) => Err(AuthError::AgentIdentity {
                problem: "it is only for models of the provider `openai`".to_owned(),
            }),
            Some(AccessTokenKind::Personal) | None => Ok(Some(token)),
        }
    }

    /// What the login holds; an access token that is about to end is renewed first.
    async fn usable(&self, place: &LoginPlace, login: StoredLogin) -> Result<Option<Secret>, AuthError> {
        match &login.tokens {
            Some(tokens) if login.kind == LoginKind::ChatGpt && is_ending(tokens) => {
                self.renewed(place, &tokens.access_token, RefreshReason::Expiry).await.map(Some)
            }
            _ => login.credential(),
        }
    }

    /// A new access token. A sign-in that is over stays over until another one is stored, and is not asked about again.
    async fn renewed(
        &self,
        place: &LoginPlace,
        stale: &Secret,
        reason: RefreshReason,
    ) -> Result<Secret, AuthError> {
        let mut over = self.over.lock().await;
        if let Some((token, code)) = &*over
            && token == stale
            && !self.changed_since(place, stale)?
        {
            return Err(AuthError::SignInOver { code: code.clone() });
        }
        let server = AuthServer::new(None, self.env.clone());
        let renewed = renew(place, &server, stale, reason).await;
        *over = match &renewed {
            Err(AuthError::SignInOver { code }) => Some((stale.clone(), code.clone())),
            _ => None,
        };
        renewed
    }

    fn changed_since(&self, place: &LoginPlace, stale: &Secret) -> Result<bool, AuthError> {
        let tokens = place.usable()?.and_then(|login| login.tokens);
        Ok(tokens.is_none_or(|tokens| tokens.access_token != *stale))
    }

    async fn printed_by(&self, auth: &CommandAuth, refused: Option<&Secret>) -> Result<Secret, AuthError> {
        let mut printed = self.printed.lock().await;
        if let Some(cached) = &*printed {
            let fresh = auth.refresh_interval.is_none_or(|interval| cached.at.elapsed() < interval);
            if fresh && refused != Some(&cached.token) {
                return Ok(cached.token.clone());
            }
        }
        // A refused token is gone even if the command fails now.
        *printed = None;
        let token = run(auth).await?.known_as("auth command");
        *printed = Some(Printed { token: token.clone(), at: Instant::now() });
        Ok(token)
    }
}

/// The way from a refused credential to an accepted one. One per request; none of its tries counts as a retry.
#[derive(Debug)]
pub struct Recovery<'a> {
    credentials: &'a Credentials,
    tried: u8,
}

impl Recovery<'_> {
    /// The credential for one more try; `None` when the refusal stands. A token command runs again once, and whoever lends
    /// tokens is asked once. A sign-in
    /// with ChatGPT is read again, as another process may have renewed it, and at the second refusal renewed.
    ///
    /// # Errors
    /// When the credential cannot be had.
    pub async fn next(&mut self, refused: &Secret) -> Result<Option<Secret>, AuthError> {
        self.tried = self.tried.saturating_add(1);
        match (&self.credentials.auth, self.tried) {
            (ProviderAuth::Command(_) | ProviderAuth::External(_) | ProviderAuth::Gateway(_), 1) => {
                self.credentials.renew(refused).await
            }
            (ProviderAuth::StoredLogin { .. }, 1) if self.credentials.can_renew() => {
                self.credentials.resolve().await
            }
            (ProviderAuth::StoredLogin { .. }, 2) if self.credentials.can_renew() => {
                self.credentials.renew(refused).await
            }
            _ => Ok(None),
        }
    }
}

/// What a command prints, trimmed.
pub(crate) async fn run(auth: &CommandAuth) -> Result<Secret, AuthError> {
    let failed = |problem: String| AuthError::Command { command: auth.command.clone(), problem };
    let output = capture_program(&ProgramRun {
        program: &auth.command,
        args: &auth.args,
        env: &auth.env,
        cwd: &auth.cwd,
        timeout: auth.timeout,
        output_bytes_max: TOKEN_BYTES_MAX,
    })
    .await
    .map_err(|error| {
        failed(match error {
            CaptureError::Start(source) => format!("could not be started: {source}"),
            CaptureError::Wait(source) => format!("could not be waited for: {source}"),
            CaptureError::Timeout(limit) => format!("did not finish within {} ms", limit.as_millis()),
        })
    })?;
    if !output.status.success() {
        let said: String =
            String::from_utf8_lossy(&output.stderr).trim().chars().take(SHOWN_ERROR_CHARS_MAX).collect();
        let said = if said.is_empty() { said } else { format!(": {said}") };
        return Err(failed(format!("failed ({}){said}", output.status)));
    }
    let token = Secret::new(String::from_utf8_lossy(&output.stdout));
    if token.is_empty() {
        return Err(AuthError::CommandSilent { command: auth.command.clone() });
    }
    Ok(token)
}
