//! Where the workspace of a ChatGPT account lives (`responses-wire.md §5.6`): asked before the first request made with
//! a credential, and known until another one is used. Invariant: a credential never goes to an address that is not
//! safe from listeners.

use std::time::Duration;

use http::HeaderValue;
use reqwest::Url;
use serde_json::Value;
use tokio::sync::Mutex;

use codex_auth::{Env, Exchange, ExchangeAnswer, Secret, exchange};
use codex_model_provider::ChatGptBackend;

use crate::StreamError;
use crate::endpoint::Endpoint;

/// The header that names a region.
pub(crate) const REGION_HEADER: &str = "x-openai-account-routing-override";
/// What both fields say when there is nothing to obey.
const ANYWHERE: &str = "NO_CONSTRAINT";
const REGIONS: [&str; 2] = ["us", "us_cr"];

/// What is known, and for which credential.
#[derive(Debug, Default)]
pub(crate) struct AccountRouting(Mutex<Option<(Secret, Route)>>);

/// Where requests of an account go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Route {
    /// In place of scheme, host and port of the provider's address.
    pub(crate) origin: Option<Url>,
    /// The value of [`REGION_HEADER`].
    pub(crate) region: Option<HeaderValue>,
}

/// How the workspace is asked for.
pub(crate) struct RouteQuestion<'a> {
    pub(crate) backend: &'a ChatGptBackend,
    pub(crate) user_agent: &'a str,
    pub(crate) env: &'a Env,
    pub(crate) limit: Duration,
}

impl AccountRouting {
    /// The route for requests with this credential. One question serves everybody who waits for it.
    pub(crate) async fn route(
        &self,
        question: RouteQuestion<'_>,
        secret: &Secret,
    ) -> Result<Route, StreamError> {
        let Some(base) = &question.backend.routing_url else { return Ok(Route::default()) };
        let mut known = self.0.lock().await;
        if let Some((_, route)) = known.as_ref().filter(|(used, _)| used == secret) {
            return Ok(route.clone());
        }
        let url = format!("{}/wham/accounts/check", base.trim_end_matches('/'));
        let route = ask(&question, &url, secret).await?;
        *known = Some((secret.clone(), route.clone()));
        Ok(route)
    }
}

async fn ask(question: &RouteQuestion<'_>, url: &str, secret: &Secret) -> Result<Route, StreamError> {
    let RouteQuestion { backend, user_agent, env, limit } = question;
    Endpoint::require_safe(url)?;
    let mut headers = vec![("user-agent".to_owned(), Secret::new(*user_agent))];
    headers.extend(backend.account_id.iter().map(|id| ("chatgpt-account-id".to_owned(), Secret::new(id))));
    let request = Exchange { bearer: Some(secret.clone()), headers, ..Exchange::get(url, *limit) };
    let answer = exchange(request, env).await.map_err(|error| failed(&error.to_string()))?;
    let ExchangeAnswer { status, .. } = answer;
    if status == 401 {
        return Err(StreamError::unauthorized(url, "the account could not be looked up"));
    }
    if !answer.is_success() {
        return Err(failed(&format!("{url} answered with the status {status}")));
    }
    let body = answer.json().ok_or_else(|| failed(&format!("the answer of {url} is no JSON")))?;
    read(&body, backend.account_id.as_deref()).map_err(|problem| failed(&problem))
}

/// The route of the account, if the answer has one that makes sense.
fn read(body: &Value, account_id: Option<&str>) -> Result<Route, String> {
    let accounts = body["accounts"].as_array().ok_or("the answer has no accounts")?;
    let account = accounts
        .iter()
        .find(|account| account["id"].is_string() && account["id"].as_str() == account_id)
        .ok_or("the workspace of this login is not among its accounts")?;
    let text = |key: &str| account[key].as_str().ok_or(format!("the workspace has no `{key}`"));
    let origin = match text("workspace_backend_origin")? {
        ANYWHERE => None,
        origin => Some(safe_origin(origin).ok_or("`workspace_backend_origin` is no safe https origin")?),
    };
    let region = match text("account_routing_override")? {
        ANYWHERE => None,
        region if REGIONS.contains(&region) => HeaderValue::from_str(region).ok(),
        _ => return Err("`account_routing_override` is none of the known ones".to_owned()),
    };
    Ok(Route { origin, region })
}

/// An https origin: no credentials, no path, no query.
fn safe_origin(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    (url.scheme() == "https" && url.has_host() && bare && url.fragment().is_none() && url.path() == "/")
        .then_some(url)
}

fn failed(problem: &str) -> StreamError {
    StreamError::Routing { problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use pretty_assertions::assert_eq;
    use reqwest::Url;
    use serde_json::{Value, json};

    use super::{Route, read};

    fn answer(origin: Value, region: Value) -> Value {
        let other = json!({"id": "other", "workspace_backend_origin": 7, "account_routing_override": 7});
        let account =
            json!({"id": "acc-1", "workspace_backend_origin": origin, "account_routing_override": region});
        json!({ "accounts": [other, account] })
    }

    #[test]
    fn an_account_may_live_anywhere_or_somewhere() {
        let check = |origin: &str, region: &str, expected: Route| {
            assert_eq!(read(&answer(json!(origin), json!(region)), Some("acc-1")), Ok(expected));
        };
        check("NO_CONSTRAINT", "NO_CONSTRAINT", Route::default());
        let region = |text: &'static str| Some(HeaderValue::from_static(text));
        check("NO_CONSTRAINT", "us_cr", Route { origin: None, region: region("us_cr") });
        let origin = Some(Url::parse("https://eu.example.test:8443").unwrap());
        check("https://eu.example.test:8443", "us", Route { origin, region: region("us") });
    }

    #[test]
    fn an_answer_that_is_odd_is_refused_whole() {
        let refused = |answer: &Value, account: Option<&str>| {
            assert!(read(answer, account).is_err(), "{answer} {account:?}");
        };
        let anywhere = json!("NO_CONSTRAINT");
        for origin in
            ["http://a.test", "https://u@a.test", "https://u:p@a.test", "https://a.test/x", "a.test", ""]
        {
            refused(&answer(json!(origin), anywhere.clone()), Some("acc-1"));
        }
        for region in [json!("eu"), json!(""), json!(null), json!(7)] {
            refused(&answer(anywhere.clone(), region), Some("acc-1"));
        }
        refused(&answer(json!(null), anywhere.clone()), Some("acc-1"));
        refused(&answer(anywhere.clone(), anywhere.clone()), Some("acc-2"));
        refused(&answer(anywhere.clone(), anywhere), None);
        refused(&json!({"accounts": [{}]}), None);
        refused(&json!([]), Some("acc-1"));
    }
}
