//! Credentials of a profile that signs in with AWS IAM Identity Center: the token `aws sso login` left behind is
//! exchanged for credentials of the role. Never signs in itself.

use std::fs;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::Value;

use super::credentials::AwsCredentials;
use super::profile::{AwsFiles, Section};
use crate::fingerprint::hex;
use crate::{AuthError, Env, Exchange, Secret, exchange};

const LIMIT: Duration = Duration::from_secs(20);

/// The credentials of a profile with SSO settings; `None` when it has none.
pub(crate) async fn credentials(
    name: &str,
    profile: &Section,
    files: &AwsFiles,
    env: &Env,
) -> Result<Option<AwsCredentials>, AuthError> {
    let (Some(account), Some(role)) = (profile.get("sso_account_id"), profile.get("sso_role_name")) else {
        return Ok(None);
    };
    let failed = |problem: String| AuthError::Aws { problem, hint: sign_in(name) };
    let session = profile.get("sso_session");
    let settings = match session {
        Some(session) => files.sso_session(session).unwrap_or(profile),
        None => profile,
    };
    // The file is called by the session's name, or by the address people sign in at.
    let Some(key) = session.or_else(|| profile.get("sso_start_url")) else {
        return Err(failed(format!("the profile `{name}` names neither `sso_session` nor `sso_start_url`")));
    };
    let Some(region) = settings.get("sso_region") else {
        return Err(failed(format!("the profile `{name}` names no `sso_region`")));
    };
    let token = stored_token(key, files)
        .ok_or_else(|| failed(format!("nobody is signed in for the profile `{name}`")))?;
    let base = env.var("AWS_ENDPOINT_URL_SSO");
    let base = base.unwrap_or_else(|| format!("https://portal.sso.{region}.amazonaws.com"));
    let query = codex_stdx::form_encode([("role_name", role.as_str()), ("account_id", account.as_str())]);
    let request = Exchange {
        headers: vec![("x-amz-sso_bearer_token".to_owned(), token)],
        ..Exchange::get(format!("{}/federation/credentials?{query}", base.trim_end_matches('/')), LIMIT)
    };
    let answer = exchange(request, env).await?;
    if !answer.is_success() {
        let status = answer.status;
        return Err(failed(format!("the sign-in of the profile `{name}` was refused (status {status})")));
    }
    let body = answer.json().unwrap_or_default();
    let role = &body["roleCredentials"];
    let text = |field: &str| role[field].as_str().filter(|text| !text.is_empty()).map(Secret::new);
    let (Some(access_key_id), Some(secret_access_key)) = (text("accessKeyId"), text("secretAccessKey"))
    else {
        return Err(failed(format!("the profile `{name}` was given no credentials")));
    };
    let end = role["expiration"].as_u64().map(|ms| SystemTime::UNIX_EPOCH + Duration::from_millis(ms));
    Ok(Some(AwsCredentials {
        access_key_id,
        secret_access_key,
        session_token: text("sessionToken"),
        expires_at: end,
    }))
}

/// What `aws sso login` keeps, if it has not ended.
fn stored_token(key: &str, files: &AwsFiles) -> Option<Secret> {
    let name = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes()).as_ref());
    let bytes = fs::read(files.sso_cache()?.join(format!("{name}.json"))).ok()?;
    let stored: Value = serde_json::from_slice(&bytes).ok()?;
    let end = stored["expiresAt"].as_str()?.replace("UTC", "Z").parse::<Timestamp>().ok()?;
    (end > Timestamp::now())
        .then(|| stored["accessToken"].as_str().map(|token| Secret::new(token).known_as("AWS SSO")))?
}

fn sign_in(profile: &str) -> String {
    format!("run `aws sso login --profile {profile}`, or name such a command as `aws.auth_refresh`")
}
