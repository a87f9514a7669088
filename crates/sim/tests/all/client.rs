//! A tiny HTTP client for the tests: posts bodies, reads streams piece by piece.

use std::time::Duration;

use serde_json::Value;

/// No test waits longer than this for anything.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn client() -> reqwest::Client {
    // A second installation is refused, which is fine: the first one holds.
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub(crate) async fn post(url: &str, body: &Value) -> reqwest::Response {
    try_post(url, body).await.unwrap()
}

pub(crate) async fn try_post(url: &str, body: &Value) -> reqwest::Result<reqwest::Response> {
    let request = client().post(format!("{url}/responses")).header("Session-Id", "s1").body(body.to_string());
    tokio::time::timeout(LIMIT, request.send()).await.expect("no answer within the limit")
}

pub(crate) async fn post_text(url: &str, body: &Value) -> (u16, String) {
    let response = post(url, body).await;
    (response.status().as_u16(), response.text().await.unwrap())
}

/// Reads until the text read so far fulfils the condition.
pub(crate) async fn read_until(
    response: &mut reqwest::Response,
    text: &mut String,
    holds: impl Fn(&str) -> bool,
) {
    while !holds(text) {
        let chunk = tokio::time::timeout(LIMIT, response.chunk()).await.expect("nothing arrives").unwrap();
        text.push_str(std::str::from_utf8(&chunk.expect("the stream ended early")).unwrap());
    }
}

/// The JSON of every `data:` line.
pub(crate) fn events(stream: &str) -> Vec<Value> {
    let data = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|json| serde_json::from_str(json).unwrap()).collect()
}

pub(crate) fn event_types(stream: &str) -> Vec<String> {
    events(stream).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}
