//! Requests signed by AWS Signature Version 4, over the bytes that are sent. Credentials are had once and kept until
//! they end.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::Mutex;

use super::chain::AwsSettings;
use super::credentials::AwsCredentials;
use crate::{AuthError, Env, RequestSigner, Signing, UnsignedRequest};

/// Headers that proxies may change, and which therefore stay out of the signature (`responses-wire.md §5.9`).
const UNSIGNED: [&str; 4] = ["authorization", "content-length", "originator", "user-agent"];

/// Signs for one service in one region.
#[derive(Debug)]
pub struct AwsSigner {
    settings: AwsSettings,
    env: Env,
    // Held while they are had: one look-up serves every request that waits for it.
    credentials: Mutex<Option<AwsCredentials>>,
}

impl AwsSigner {
    /// Reads nothing before the first request.
    pub fn new(settings: AwsSettings, env: Env) -> Self {
        Self { settings, env, credentials: Mutex::new(None) }
    }

    async fn credentials(&self) -> Result<AwsCredentials, AuthError> {
        let mut kept = self.credentials.lock().await;
        if let Some(good) = kept.as_ref().filter(|kept| kept.are_good_at(SystemTime::now())) {
            return Ok(good.clone());
        }
        let fresh = self.settings.credentials(&self.env).await?.known();
        *kept = Some(fresh.clone());
        Ok(fresh)
    }
}

impl RequestSigner for AwsSigner {
    fn sign<'a>(&'a self, request: UnsignedRequest<'a>) -> Signing<'a> {
        Box::pin(async move {
            let credentials = self.credentials().await?;
            let scope = Scope { region: &self.settings.region, service: self.settings.service };
            signature(scope, &credentials, request, SystemTime::now())
        })
    }
}

/// What a signature is good for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

/// The headers that sign this request at that time.
pub(crate) fn signature(
    scope: Scope<'_>,
    credentials: &AwsCredentials,
    request: UnsignedRequest<'_>,
    now: SystemTime,
) -> Result<HeaderMap, AuthError> {
    let failed = |problem: String| AuthError::Aws { problem, hint: String::new() };
    let identity = Credentials::new(
        credentials.access_key_id.expose(),
        credentials.secret_access_key.expose(),
        credentials.session_token.as_ref().map(|token| token.expose().to_owned()),
        credentials.expires_at,
        "codex",
    )
    .into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| failed(error.to_string()))?
        .into();
    let host = host(request.url);
    let mut headers = vec![("host", host.as_str())];
    for (name, value) in request.headers {
        if UNSIGNED.contains(&name.as_str()) {
            continue;
        }
        let value = value.to_str().map_err(|_| failed(format!("the header `{name}` cannot be signed")))?;
        headers.push((name.as_str(), value));
    }
    let body = SignableBody::Bytes(request.body);
    let signable =
        SignableRequest::new(request.method.as_str(), request.url.as_str(), headers.into_iter(), body)
            .map_err(|error| failed(error.to_string()))?;
    let output = sign(signable, &params).map_err(|error| failed(error.to_string()))?;
    let (instructions, _) = output.into_parts();
    let mut signed = HeaderMap::new();
    for (name, value) in instructions.headers() {
        let bad = |_| failed(format!("the header `{name}` of the signature cannot be sent"));
        let header: HeaderName = name.parse().map_err(|_| failed(format!("`{name}` is no header")))?;
        let mut value = HeaderValue::from_str(value).map_err(bad)?;
        value.set_sensitive(true);
        signed.insert(header, value);
    }
    Ok(signed)
}

/// As it will stand in the request: without the port that goes without saying.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
#[path = "signer_tests.rs"]
mod tests;
