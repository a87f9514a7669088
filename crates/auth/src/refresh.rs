//! Renewing the access token of a sign-in. A refresh token works once, so that of two processes only one may spend it.
//! Invariant: it is spent with the lock held, and only if the file still holds it.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::auth_server::RefreshReason;
use crate::jwt::Claims;
use crate::{AuthError, AuthServer, ChatGptTokens, LoginKind, LoginPlace, Secret};

/// An access token that ends sooner is renewed before it is used.
const MARGIN_S: u64 = 60;

/// Whether the access token has ended, or is about to.
pub(crate) fn is_ending(tokens: &ChatGptTokens) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    tokens.expires_at().is_some_and(|end| end <= now + MARGIN_S)
}

/// Whether a token says that it has ended.
pub(crate) fn has_ended(token: &Secret) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Claims::of(token.expose()).expires_at.is_some_and(|end| end <= now)
}

/// An access token other than the stale one: what another process has stored meanwhile, else a new one.
pub(crate) async fn renew(
    place: &LoginPlace,
    server: &AuthServer,
    stale: &Secret,
    reason: RefreshReason,
) -> Result<Secret, AuthError> {
    if let Some(fresh) = stored_meanwhile(place, stale)? {
        return Ok(fresh.access_token);
    }
    let waiting = place.clone();
    let _lock = tokio::task::spawn_blocking(move || waiting.lock())
        .await
        .map_err(|error| AuthError::SignInFailed { problem: error.to_string() })??;
    let tokens = match stored_meanwhile(place, stale)? {
        Some(fresh) => return Ok(fresh.access_token),
        None => stored(place)?,
    };
    let renewed = server.refresh(&tokens, reason).await?;
    place.put_renewed(&renewed)?;
    Ok(renewed.access_token)
}

/// Tokens that somebody else has put there since the stale one was read.
fn stored_meanwhile(place: &LoginPlace, stale: &Secret) -> Result<Option<ChatGptTokens>, AuthError> {
    Ok(Some(stored(place)?).filter(|tokens| tokens.access_token != *stale && !is_ending(tokens)))
}

fn stored(place: &LoginPlace) -> Result<ChatGptTokens, AuthError> {
    let login = place.usable()?.filter(|login| login.kind == LoginKind::ChatGpt);
    login.and_then(|login| login.tokens).ok_or(AuthError::NotLoggedIn)
}
