//! Taking on a role: AWS's Security Token Service gives credentials of the role for credentials that may take it on, or
//! for a token of a foreign sign-in. The service is asked for JSON; what answers in XML only, as stand-ins of other
//! makers do, is understood too.

use std::path::Path;
use std::time::{Duration, SystemTime};

use codex_stdx::{form_encode, read_regular};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::credentials::AwsCredentials;
use super::role::Role;
use super::signer::{Scope, signature};
use crate::{AuthError, Env, Exchange, ExchangeAnswer, Payload, Secret, UnsignedRequest, exchange};

const LIMIT: Duration = Duration::from_secs(20);
const VERSION: &str = "2011-06-15";
const ENDPOINT_VARIABLE: &str = "AWS_ENDPOINT_URL_STS";
const FORM_TYPE: &str = "application/x-www-form-urlencoded";
/// More than any token of a sign-in.
const TOKEN_BYTES_MAX: u64 = 64 * 1024;
/// Characters of the service's words that are shown.
const SHOWN_CHARS_MAX: usize = 300;

/// Takes on the role with credentials that may do so.
pub(crate) async fn assume(
    role: &Role,
    by: &AwsCredentials,
    region: &str,
    env: &Env,
) -> Result<AwsCredentials, AuthError> {
    let form = form(role, "AssumeRole", &[]);
    ask(role, form, Some(by), region, env).await
}

/// Takes on the role with the token in a file, such as the one a cluster gives each of its programs.
pub(crate) async fn assume_with_token(
    role: &Role,
    file: &str,
    region: &str,
    env: &Env,
) -> Result<AwsCredentials, AuthError> {
    let path = Path::new(file).to_owned();
    let unreadable = |source| AuthError::Unreadable { path: path.clone(), source };
    let bytes = read_regular(&path, TOKEN_BYTES_MAX).map_err(unreadable)?;
    let token = Secret::new(String::from_utf8_lossy(&bytes));
    if token.is_empty() {
        return Err(role.wrong(format!("the token file {file} is empty")));
    }
    let form = form(role, "AssumeRoleWithWebIdentity", &[("WebIdentityToken", token.expose())]);
    ask(role, form, None, region, env).await
}

fn form(role: &Role, action: &str, more: &[(&str, &str)]) -> String {
    let duration = role.duration.map(|duration| duration.as_secs().to_string());
    let fields = [
        ("Action", action),
        ("Version", VERSION),
        ("RoleArn", &role.arn),
        ("RoleSessionName", &role.session_name),
    ];
    let asked = [("ExternalId", role.external_id.as_deref()), ("DurationSeconds", duration.as_deref())];
    let asked = asked.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
    form_encode(fields.into_iter().chain(asked).chain(more.iter().copied()))
}

async fn ask(
    role: &Role,
    form: String,
    by: Option<&AwsCredentials>,
    region: &str,
    env: &Env,
) -> Result<AwsCredentials, AuthError> {
    let region = role.region.as_deref().unwrap_or(region);
    let endpoint = env.var(ENDPOINT_VARIABLE).unwrap_or_else(|| endpoint(region));
    let url = format!("{}/", endpoint.trim_end_matches('/'));
    let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(FORM_TYPE))]);
    if let Some(by) = by {
        let url = Url::parse(&url)
            .map_err(|_| role.wrong(format!("the address of the service, `{url}`, is none")))?;
        let request =
            UnsignedRequest { method: &Method::POST, url: &url, headers: &headers, body: form.as_bytes() };
        headers = signature(Scope { region, service: "sts" }, by, request, SystemTime::now())?;
    }
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let headers = headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), Secret::new(String::from_utf8_lossy(value.as_bytes())))
    });
    let request = Exchange {
        headers: headers.filter(|(name, _)| name != CONTENT_TYPE.as_str()).collect(),
        payload: Some(Payload::Form(form)),
        ..Exchange::get(url, LIMIT)
    };
    let answer = exchange(request, env).await?;
    match credentials(&answer).filter(|_| answer.is_success()) {
        Some(found) => Ok(found),
        None => {
            let said = refusal(&answer);
            let status = answer.status;
            Err(role.wrong(format!("the role `{}` was not given (status {status}){said}", role.arn)))
        }
    }
}

/// The service in a region, which also says to which part of the cloud it belongs.
fn endpoint(region: &str) -> String {
    let ending = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://sts.{region}.{ending}")
}

fn credentials(answer: &ExchangeAnswer) -> Option<AwsCredentials> {
    let Some(body) = answer.json() else {
        let text = String::from_utf8_lossy(&answer.body);
        let part = |name: &str| element(&text, name).unwrap_or_default();
        return AwsCredentials::of_json(&json!({
            "AccessKeyId": part("AccessKeyId"),
            "SecretAccessKey": part("SecretAccessKey"),
            "SessionToken": part("SessionToken"),
            "Expiration": part("Expiration"),
        }));
    };
    // `{ActionResponse: {ActionResult: {Credentials}}}`
    let inner = |value: &Value| value.as_object()?.values().find(|value| value.is_object()).cloned();
    let found = inner(&body)?.as_object()?.values().find(|value| value["Credentials"].is_object())?.clone();
    AwsCredentials::of_json(&found)
}

/// The service's own words, in either form.
fn refusal(answer: &ExchangeAnswer) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    let error = answer.json().map(|body| body["Error"].clone()).unwrap_or_default();
    let part =
        |name: &str| error[name].as_str().or_else(|| element(&text, name)).unwrap_or_default().to_owned();
    let said = format!("{} {}", part("Code"), part("Message"));
    let said: String = said.trim().chars().filter(|char| !char.is_control()).take(SHOWN_CHARS_MAX).collect();
    if said.is_empty() { said } else { format!(": {said}") }
}

/// What stands between the first `<name>` and its end. Keys and times need no unescaping.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let rest = xml.split_once(&format!("<{name}>"))?.1;
    Some(rest.split_once("</")?.0.trim())
}
