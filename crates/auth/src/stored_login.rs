//! `$CODEX_HOME/auth.json`: reading it and judging its permissions. Writing it is `login_file.rs`'s.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::{AgentIdentity, AgentSource, AuthError, ChatGptTokens, LoginMethod, Secret};

/// Below `$CODEX_HOME`.
pub(crate) const FILE_NAME: &str = "auth.json";
/// A larger file is no login.
pub(crate) const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What `auth.json` holds (`responses-wire.md §5.2`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLogin {
    /// How the person logged in.
    pub kind: LoginKind,
    /// The key of an `apikey` login.
    pub api_key: Option<Secret>,
    /// The tokens of a `chatgpt` login.
    pub tokens: Option<ChatGptTokens>,
    /// The token of a `personalAccessToken` login.
    pub access_token: Option<Secret>,
    /// The workspace of such a login, as far as it was known when it was stored.
    pub account_id: Option<String>,
    /// The identity of an `agentIdentity` login.
    pub agent: Option<AgentSource>,
    /// The key of a `bedrockApiKey` login.
    pub bedrock: Option<BedrockKey>,
    /// Set when others on this machine can read the file.
    pub warning: Option<String>,
    path: PathBuf,
}

/// A key for Amazon Bedrock, with the region it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BedrockKey {
    /// The key.
    pub api_key: Secret,
    /// Where it is used unless another region is named.
    pub region: Option<String>,
}

/// `auth_mode`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginKind {
    /// `apikey`
    ApiKey,
    /// `chatgpt`, with tokens.
    ChatGpt,
    /// `personalAccessToken`
    AccessToken,
    /// `agentIdentity`
    AgentIdentity,
    /// Whatever else, and a sign-in whose tokens are missing; kept by name.
    Other(String),
}

impl LoginKind {
    /// The way in that `forced_login_method` knows it by: everything but a key is an account.
    pub fn method(&self) -> LoginMethod {
        match self {
            Self::ApiKey => LoginMethod::ApiKey,
            Self::ChatGpt | Self::AccessToken | Self::AgentIdentity | Self::Other(_) => LoginMethod::ChatGpt,
        }
    }
}

#[derive(Deserialize)]
struct FileForm {
    auth_mode: Option<String>,
    #[serde(rename = "OPENAI_API_KEY")]
    api_key: Option<String>,
    tokens: Option<Value>,
    personal_access_token: Option<String>,
    account_id: Option<String>,
    agent_identity: Option<Value>,
    bedrock_api_key: Option<BedrockForm>,
}

#[derive(Deserialize)]
struct BedrockForm {
    api_key: String,
    region: Option<String>,
}

impl StoredLogin {
    /// Reads the login of a home; `None` when nobody logged in.
    ///
    /// # Errors
    /// When the file exists and is unreadable or malformed.
    pub fn read(codex_home: &Path) -> Result<Option<Self>, AuthError> {
        let path = codex_home.join(FILE_NAME);
        let unreadable = |source| AuthError::Unreadable { path: path.clone(), source };
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let warning = exposed(&file.metadata().map_err(unreadable)?, &path);
        let mut bytes = Vec::new();
        file.by_ref().take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(unreadable)?;
        Self::of_bytes(&bytes, path, warning).map(Some)
    }

    /// The login a text holds. `path` names where the text lies.
    pub(crate) fn of_bytes(bytes: &[u8], path: PathBuf, warning: Option<String>) -> Result<Self, AuthError> {
        let form: FileForm = serde_json::from_slice(bytes).map_err(|error| AuthError::Malformed {
            path: path.clone(),
            line: error.line(),
            column: error.column(),
        })?;
        let stored = |text: String| Secret::new(text).known_as(FILE_NAME);
        let api_key = form.api_key.map(stored).filter(|key| !key.is_empty());
        let tokens = form.tokens.as_ref().and_then(ChatGptTokens::from_file);
        let kind = match form.auth_mode.as_deref() {
            Some("apikey") => LoginKind::ApiKey,
            // Files older than `auth_mode`.
            None if api_key.is_some() => LoginKind::ApiKey,
            Some("personalAccessToken") if form.personal_access_token.is_some() => LoginKind::AccessToken,
            Some("agentIdentity") => LoginKind::AgentIdentity,
            Some("chatgpt") | None if tokens.is_some() => LoginKind::ChatGpt,
            Some(other) => LoginKind::Other(other.to_owned()),
            None => LoginKind::Other("unknown".to_owned()),
        };
        let bedrock =
            form.bedrock_api_key.map(|key| BedrockKey { api_key: stored(key.api_key), region: key.region });
        let agent = match &form.agent_identity {
            Some(Value::String(token)) => Some(AgentSource::Token(stored(token.clone()))),
            Some(identity) => AgentIdentity::of_json(identity).map(AgentSource::Known),
            None => None,
        };
        let access_token = form.personal_access_token.map(stored);
        Ok(Self {
            kind,
            api_key,
            tokens,
            access_token,
            account_id: form.account_id,
            agent,
            bedrock,
            warning,
            path,
        })
    }

    /// The workspace the login is for, when it names one.
    pub fn workspace(&self) -> Option<&str> {
        match self.kind {
            LoginKind::ChatGpt => self.tokens.as_ref()?.account_id.as_deref(),
            LoginKind::AccessToken => self.account_id.as_deref(),
            LoginKind::AgentIdentity => match self.agent.as_ref()? {
                AgentSource::Known(identity) => identity.account_id.as_deref(),
                AgentSource::Token(_) => None,
            },
            LoginKind::ApiKey | LoginKind::Other(_) => None,
        }
    }

    /// The credential requests carry, as stored; an `apikey` login without a key has none.
    ///
    /// # Errors
    /// When the login is of a kind this version cannot use.
    pub fn credential(self) -> Result<Option<Secret>, AuthError> {
        match self.kind {
            LoginKind::ApiKey => Ok(self.api_key),
            LoginKind::ChatGpt => Ok(self.tokens.map(|tokens| tokens.access_token)),
            LoginKind::AccessToken => Ok(self.access_token),
            // It is no credential to send: requests are signed with it, and only those of the built-in provider.
            LoginKind::AgentIdentity => Err(AuthError::AgentIdentity {
                problem: match self.agent {
                    Some(_) => "it is only for models of the provider `openai`".to_owned(),
                    None => format!("its id or its key is missing in {}", self.path.display()),
                },
            }),
            LoginKind::Other(kind) => Err(AuthError::LoginKindUnsupported { kind, path: self.path }),
        }
    }
}

#[cfg(unix)]
fn exposed(metadata: &fs::Metadata, path: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;

    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        format!(
            "{} can be read by others on this machine (mode {mode:04o}): run `chmod 600 {}`",
            path.display(),
            path.display()
        )
    })
}

#[cfg(not(unix))]
fn exposed(_metadata: &fs::Metadata, _path: &Path) -> Option<String> {
    None
}
