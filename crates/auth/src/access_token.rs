//! Access tokens a person was given: personal ones, which the server says the owner of, and those of Agent Identity,
//! which carry a key (`responses-wire.md §5.11`).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::Value;

use crate::auth_server::success;
use crate::{AgentIdentity, AuthError, AuthServer, Env, Exchange, Secret, exchange};

/// Goes before a stored login, and after `CODEX_API_KEY`.
pub const ACCESS_TOKEN_VARIABLE: &str = "CODEX_ACCESS_TOKEN";
const PERSONAL_PREFIX: &str = "at-";
const ISSUER: &str = "https://chatgpt.com/codex-backend/agent-identity";
const AUDIENCE: &str = "codex-app-server";
const LIMIT: Duration = Duration::from_secs(20);

/// What kind of token a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessTokenKind {
    /// Stands for a person.
    Personal,
    /// Stands for a program, which signs with the key in it.
    Agent,
}

/// Whose a personal token is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenOwner {
    /// The address.
    pub email: Option<String>,
    /// The workspace.
    pub account_id: Option<String>,
}

impl AccessTokenKind {
    /// Judged by its form; `None` for what is no access token.
    pub fn of(token: &Secret) -> Option<Self> {
        if token.expose().starts_with(PERSONAL_PREFIX) {
            return Some(Self::Personal);
        }
        claims(token.expose()).map(|_| Self::Agent)
    }
}

/// Asks the sign-in server whose token it is.
///
/// # Errors
/// When the server does not accept it or cannot be asked.
pub async fn owner_of(token: &Secret, server: &AuthServer, env: &Env) -> Result<TokenOwner, AuthError> {
    let url = format!("{}/api/accounts/v1/user-auth-credential/whoami", server.issuer());
    let request = Exchange { bearer: Some(token.clone()), ..Exchange::get(url, LIMIT) };
    let body = success(&exchange(request, env).await?)?;
    let text = |names: [&str; 2]| names.iter().find_map(|name| body[*name].as_str()).map(str::to_owned);
    Ok(TokenOwner {
        email: text(["email", "user_email"]),
        account_id: text(["chatgpt_account_id", "account_id"]),
    })
}

/// The identity in a token, after its issuer, audience, end and signature were checked with the server's keys.
///
/// # Errors
/// When one of them is wrong or the keys cannot be had.
pub async fn agent_identity_of(
    token: &Secret,
    chatgpt_base_url: &str,
    env: &Env,
) -> Result<AgentIdentity, AuthError> {
    let failed = |problem: &str| AuthError::AgentIdentity { problem: problem.to_owned() };
    let claims = claims(token.expose()).ok_or_else(|| failed("the token is none"))?;
    let audience = &claims["aud"];
    let meant =
        audience == AUDIENCE || audience.as_array().is_some_and(|all| all.iter().any(|one| one == AUDIENCE));
    if claims["iss"] != ISSUER || !meant {
        return Err(failed("the token is for something else"));
    }
    let now = jiff::Timestamp::now().as_second();
    if claims["exp"].as_i64().is_none_or(|end| end <= now) {
        return Err(failed("the token has ended"));
    }
    let url = format!("{}/wham/agent-identities/jwks", chatgpt_base_url.trim_end_matches('/'));
    let keys = success(&exchange(Exchange::get(url, LIMIT), env).await?)?;
    if !is_signed_by_one_of(token.expose(), &keys) {
        return Err(failed("the token's signature is not the server's"));
    }
    AgentIdentity::of_json(&claims).ok_or_else(|| failed("the token lacks the identity or its key"))
}

fn decoded(part: Option<&str>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part?.trim_end_matches('=')).ok()
}

fn claims(token: &str) -> Option<Value> {
    let claims: Value = serde_json::from_slice(&decoded(token.split('.').nth(1))?).ok()?;
    claims["agent_runtime_id"].is_string().then_some(claims)
}

fn is_signed_by_one_of(token: &str, keys: &Value) -> bool {
    let Some((message, signature)) = token.rsplit_once('.') else { return false };
    let header =
        decoded(token.split('.').next()).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let (Some(header), Some(signature)) = (header, decoded(Some(signature))) else { return false };
    if header["alg"] != "RS256" {
        return false;
    }
    let keys = keys["keys"].as_array().map_or(&[][..], Vec::as_slice);
    keys.iter().filter(|key| header["kid"].is_null() || key["kid"] == header["kid"]).any(|key| {
        let (Some(n), Some(e)) = (decoded(key["n"].as_str()), decoded(key["e"].as_str())) else {
            return false;
        };
        let key = RsaPublicKeyComponents { n, e };
        key.verify(&RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature).is_ok()
    })
}
