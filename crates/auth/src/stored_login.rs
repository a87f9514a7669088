//! `$CODEX_HOME/auth.json`: reading it and judging its permissions. Writing it is `login_file.rs`'s.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::{AuthError, ChatGptTokens, LoginMethod, Secret};

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
    /// Whatever else, and a sign-in whose tokens are missing; kept by name.
    Other(String),
}

impl LoginKind {
    /// The way in that `forced_login_method` knows it by: everything but a key is an account.
    pub fn method(&self) -> LoginMethod {
        match self {
            Self::ApiKey => LoginMethod::ApiKey,
            Self::ChatGpt | Self::Other(_) => LoginMethod::ChatGpt,
        }
    }
}

#[derive(Deserialize)]
struct FileForm {
    auth_mode: Option<String>,
    #[serde(rename = "OPENAI_API_KEY")]
    api_key: Option<String>,
    tokens: Option<Value>,
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
        let form: FileForm = serde_json::from_slice(&bytes).map_err(|error| AuthError::Malformed {
            path: path.clone(),
            line: error.line(),
            column: error.column(),
        })?;
        let api_key = form.api_key.map(Secret::new).filter(|key| !key.is_empty());
        let tokens = form.tokens.as_ref().and_then(ChatGptTokens::from_file);
        let kind = match form.auth_mode.as_deref() {
            Some("apikey") => LoginKind::ApiKey,
            // Files older than `auth_mode`.
            None if api_key.is_some() => LoginKind::ApiKey,
            Some("chatgpt") | None if tokens.is_some() => LoginKind::ChatGpt,
            Some(other) => LoginKind::Other(other.to_owned()),
            None => LoginKind::Other("unknown".to_owned()),
        };
        let bedrock = form
            .bedrock_api_key
            .map(|key| BedrockKey { api_key: Secret::new(key.api_key), region: key.region });
        Ok(Some(Self { kind, api_key, tokens, bedrock, warning, path }))
    }

    /// The credential requests carry, as stored; an `apikey` login without a key has none.
    ///
    /// # Errors
    /// When the login is of a kind this version cannot use.
    pub fn credential(self) -> Result<Option<Secret>, AuthError> {
        match self.kind {
            LoginKind::ApiKey => Ok(self.api_key),
            LoginKind::ChatGpt => Ok(self.tokens.map(|tokens| tokens.access_token)),
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
