//! Writing `auth.json`, in the form of `responses-wire.md §5.2, §5.4`.
//! Invariants: the file has mode 0600 before a secret is in it; a reader sees the old login or the new one. The caller
//! holds the lock.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use codex_stdx::atomic_write;
use serde_json::{Map, Value};

use crate::stored_login::FILE_BYTES_MAX;
use crate::{AgentIdentity, ChatGptTokens, Secret, TokenOwner};

/// Fields that belong to one login; all others are kept for whoever wrote them.
const LOGIN_FIELDS: [&str; 8] = [
    "auth_mode",
    "OPENAI_API_KEY",
    "tokens",
    "last_refresh",
    "personal_access_token",
    "account_id",
    "agent_identity",
    "bedrock_api_key",
];

/// What tokens that are written do to the ones in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Former {
    /// They are of another sign-in: nothing of it stays.
    Replaced,
    /// They are of the same one: what else is written about it stays.
    Renewed,
}

/// The fields of a stored text. One that cannot be read has nothing to keep.
pub(crate) type Present = Map<String, Value>;

/// A login with a key.
pub(crate) fn api_key(key: &Secret, present: Present) -> io::Result<Vec<u8>> {
    document([("auth_mode", "apikey".into()), ("OPENAI_API_KEY", key.expose().into())], present)
}

/// A login with tokens, with the present time.
pub(crate) fn tokens(tokens: &ChatGptTokens, former: Former, present: Present) -> io::Result<Vec<u8>> {
    let mut stored = tokens.to_file();
    if let (Former::Renewed, Some(Value::Object(before))) = (former, present.get("tokens")) {
        let unknown = before.iter().filter(|(name, _)| !stored.contains_key(name.as_str()));
        let unknown: Vec<_> = unknown.map(|(name, value)| (name.clone(), value.clone())).collect();
        stored.extend(unknown);
    }
    let fields = [
        ("auth_mode", "chatgpt".into()),
        ("OPENAI_API_KEY", Value::Null),
        ("tokens", Value::Object(stored)),
        ("last_refresh", jiff::Timestamp::now().to_string().into()),
    ];
    document(fields, present)
}

/// A login with a personal access token, and the workspace it is for.
pub(crate) fn access_token(token: &Secret, owner: &TokenOwner, present: Present) -> io::Result<Vec<u8>> {
    let fields = [
        ("auth_mode", "personalAccessToken".into()),
        ("personal_access_token", token.expose().into()),
        ("account_id", owner.account_id.clone().into()),
    ];
    document(fields, present)
}

/// A login with an identity.
pub(crate) fn agent_identity(identity: &AgentIdentity, present: Present) -> io::Result<Vec<u8>> {
    document([("auth_mode", "agentIdentity".into()), ("agent_identity", identity.to_json())], present)
}

fn document<const COUNT: usize>(login: [(&str, Value); COUNT], mut foreign: Present) -> io::Result<Vec<u8>> {
    foreign.retain(|name, _| !LOGIN_FIELDS.contains(&name.as_str()));
    let login = login.into_iter().map(|(name, value)| (name.to_owned(), value));
    let fields: Present = login.chain(foreign).collect();
    Ok(serde_json::to_vec_pretty(&Value::Object(fields))?)
}

/// The fields of a text.
pub(crate) fn fields(bytes: &[u8]) -> Present {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => fields,
        _ => Present::new(),
    }
}

/// The fields of a file.
pub(crate) fn fields_of_file(path: &Path) -> Present {
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)) {
        Ok(_) => fields(&bytes),
        Err(_) => Present::new(),
    }
}

/// Puts a text in the place of the file.
pub(crate) fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    restrict(path)?;
    atomic_write(path, text).map_err(|error| error.source)
}

/// Closes a present file to others; a replaced file keeps the mode it had, so this comes first.
#[cfg(unix)]
fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    match fs::set_permissions(path, fs::Permissions::from_mode(0o600)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(not(unix))]
fn restrict(_path: &Path) -> io::Result<()> {
    Ok(())
}
