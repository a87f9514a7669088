//! Credentials that the machine hands out: a container's agent, or the metadata service of an instance. Either is asked
//! only when the environment or the profile names it.

use std::time::Duration;

use super::credentials::AwsCredentials;
use crate::{AuthError, Env, Exchange, ExchangeAnswer, Payload, Secret, exchange};

/// Both are on the machine or next to it.
const LIMIT: Duration = Duration::from_secs(5);
const CONTAINER: &str = "http://169.254.170.2";
const INSTANCE: &str = "http://169.254.169.254";

/// From the container's agent; `None` when no variable names it.
pub(crate) async fn of_container(env: &Env) -> Result<Option<AwsCredentials>, AuthError> {
    let relative = env.var("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("{CONTAINER}{path}"));
    let Some(url) = relative.or_else(|| env.var("AWS_CONTAINER_CREDENTIALS_FULL_URI")) else {
        return Ok(None);
    };
    let token = match env.var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(file) => {
            let read = std::fs::read_to_string(&file);
            Some(read.map_err(|source| AuthError::Unreadable { path: file.into(), source })?)
        }
        None => env.var("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    };
    let headers = token.map(|token| ("authorization".to_owned(), Secret::new(token))).into_iter().collect();
    let answer = exchange(Exchange { headers, ..Exchange::get(url, LIMIT) }, env).await?;
    read(&answer, "the container's agent").map(Some)
}

/// From the metadata service, second version.
pub(crate) async fn of_instance(env: &Env) -> Result<AwsCredentials, AuthError> {
    let base = env.var("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or_else(|| INSTANCE.to_owned());
    let base = base.trim_end_matches('/');
    let ttl = ("x-aws-ec2-metadata-token-ttl-seconds".to_owned(), Secret::new("21600"));
    let ask_token = Exchange {
        headers: vec![ttl],
        payload: Some(Payload::Put),
        ..Exchange::get(format!("{base}/latest/api/token"), LIMIT)
    };
    let token = Secret::new(text(&exchange(ask_token, env).await?)?);
    let ask = async |path: String| {
        let headers = vec![("x-aws-ec2-metadata-token".to_owned(), token.clone())];
        exchange(Exchange { headers, ..Exchange::get(path, LIMIT) }, env).await
    };
    let roles = format!("{base}/latest/meta-data/iam/security-credentials/");
    let listed = text(&ask(roles.clone()).await?)?;
    let role = listed.lines().next().unwrap_or_default().trim();
    read(&ask(format!("{roles}{role}")).await?, "the instance's metadata service")
}

fn read(answer: &ExchangeAnswer, who: &str) -> Result<AwsCredentials, AuthError> {
    let credentials = answer.json().filter(|_| answer.is_success());
    credentials.as_ref().and_then(AwsCredentials::of_json).ok_or_else(|| nothing(who, answer.status))
}

fn text(answer: &ExchangeAnswer) -> Result<String, AuthError> {
    match answer.is_success() {
        true => Ok(String::from_utf8_lossy(&answer.body).into_owned()),
        false => Err(nothing("the instance's metadata service", answer.status)),
    }
}

fn nothing(who: &str, status: u16) -> AuthError {
    AuthError::Aws {
        problem: format!("{who} gave no credentials (status {status})"),
        hint: "check that a role is given to this machine".to_owned(),
    }
}
