//! Writing `auth.json`, in the form of `responses-wire.md §5.2, §5.4`.
//! Invariants: the file has mode 0600 before a secret is in it; a reader sees the old login or the new one. The caller
//! holds the lock.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use codex_stdx::atomic_write;
use serde_json::{Map, Value};

use crate::stored_login::FILE_BYTES_MAX;
use crate::{ChatGptTokens, Secret};

/// Fields that belong to one login; all others are kept for whoever wrote them.
const LOGIN_FIELDS: [&str; 4] = ["auth_mode", "OPENAI_API_KEY", "tokens", "last_refresh"];

/// What tokens that are written do to the ones in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Former {
    /// They are of another sign-in: nothing of it stays.
    Replaced,
    /// They are of the same one: what else is written about it stays.
    Renewed,
}

/// Writes a key.
pub(crate) fn write_api_key(path: &Path, key: &Secret) -> io::Result<()> {
    let fields = [("auth_mode", "apikey".into()), ("OPENAI_API_KEY", key.expose().into())];
    write(path, fields, present(path))
}

/// Writes tokens, with the present time.
pub(crate) fn write_tokens(path: &Path, tokens: &ChatGptTokens, former: Former) -> io::Result<()> {
    let present = present(path);
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
    write(path, fields, present)
}

fn write<const COUNT: usize>(
    path: &Path,
    login: [(&str, Value); COUNT],
    mut foreign: Map<String, Value>,
) -> io::Result<()> {
    foreign.retain(|name, _| !LOGIN_FIELDS.contains(&name.as_str()));
    let login = login.into_iter().map(|(name, value)| (name.to_owned(), value));
    let fields: Map<String, Value> = login.chain(foreign).collect();
    let text = serde_json::to_vec_pretty(&Value::Object(fields))?;
    restrict(path)?;
    atomic_write(path, &text).map_err(|error| error.source)
}

/// The fields of the present file. One that cannot be read has nothing to keep.
fn present(path: &Path) -> Map<String, Value> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
    match read.ok().and_then(|_| serde_json::from_slice(&bytes).ok()) {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
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
