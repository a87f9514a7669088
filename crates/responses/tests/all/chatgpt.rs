//! Requests on behalf of a sign-in with ChatGPT: compressed, routed, and recovered when the token is refused.

use std::path::Path;
use std::time::Duration;

use codex_auth::{AbsentLogin, Env, LoginPlace, LoginStore, ProviderAuth};
use codex_model_provider::{ChatGptBackend, ProviderInfo};
use codex_responses::{ClientOptions, RequestCompression, ResponsesClient, Retry, StreamError};
use codex_sim::{RecordedRequest, Reply, Script, SimServer};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::lab::{completed, env, options, options_in, run};

const REFRESH_URL: &str = "CODEX_REFRESH_TOKEN_URL_OVERRIDE";

/// A login whose token says nothing about its end.
fn write_login(home: &Path, access_token: &str) {
    let tokens = json!({
        "id_token": "e30.e30.c2ln",
        "access_token": access_token,
        "refresh_token": "refresh-1",
        "account_id": "acc-1",
    });
    let login = json!({ "auth_mode": "chatgpt", "OPENAI_API_KEY": null, "tokens": tokens });
    std::fs::write(home.join("auth.json"), login.to_string()).unwrap();
}

fn provider(server: &SimServer, home: &Path) -> ProviderInfo {
    let place = LoginPlace {
        codex_home: home.to_owned(),
        store: LoginStore::File,
        forced: None,
        workspaces: Vec::new(),
    };
    let auth = ProviderAuth::StoredLogin { place, absent: AbsentLogin::Refused };
    let account_id = Some("acc-1".to_owned());
    ProviderInfo {
        base_url: server.url(),
        request_max_retries: 0,
        stream_idle_timeout: Duration::from_secs(20),
        chatgpt: Some(ChatGptBackend { account_id, routing_url: Some(server.url()) }),
        ..ProviderInfo::openai(auth)
    }
}

fn client(server: &SimServer, home: &Path) -> ResponsesClient {
    let env: Env = env(&[("TERM", "xterm"), (REFRESH_URL, &format!("{}/oauth/token", server.url()))]);
    ResponsesClient::new(options_in(provider(server, home), env))
}

fn accounts(origin: &str, region: &str) -> Reply {
    Reply::status(200).json(&json!({ "accounts": [{
        "id": "acc-1",
        "workspace_backend_origin": origin,
        "account_routing_override": region,
    }] }))
}

fn anywhere() -> Reply {
    accounts("NO_CONSTRAINT", "NO_CONSTRAINT")
}

fn paths(requests: &[RecordedRequest]) -> Vec<String> {
    requests.iter().map(|request| format!("{} {}", request.method(), request.path())).collect()
}

// covers: responses-wire 52
#[tokio::test]
async fn a_sign_in_sends_compressed_bodies_and_says_its_model() {
    let home = tempfile::tempdir().unwrap();
    write_login(home.path(), "access-1");
    let script =
        Script::new([Reply::say("hi")]).page("/wham/accounts/check", [accounts("NO_CONSTRAINT", "us")]);
    let server = SimServer::start(script).await.unwrap();
    let (events, error) = run(&client(&server, home.path())).await;
    assert!(completed(&events), "{error:?}");
    let request = server.request(0).unwrap();
    let header = |name: &str| request.header(name);
    assert_eq!(header("content-encoding"), Some("zstd"));
    assert_eq!(header("x-codex-routing-hint"), Some("model=gpt-5.5"));
    assert_eq!(header("x-openai-account-routing-override"), Some("us"));
    assert_eq!(request.json()["stream"], true);
    assert_eq!(request.client_metadata("guardian_credits_requested"), Some("true"));
    let asked = server.other_requests();
    assert_eq!(paths(&asked), ["GET /v1/wham/accounts/check"]);
    assert_eq!(asked[0].header("authorization"), Some("Bearer access-1"));
    assert_eq!(asked[0].header("chatgpt-account-id"), Some("acc-1"));
    server.verify().unwrap();
}

// covers: responses-wire 52
#[tokio::test]
async fn an_api_key_another_address_or_the_feature_sends_plain_bodies() {
    let home = tempfile::tempdir().unwrap();
    write_login(home.path(), "access-1");
    let script = Script::new([Reply::say("hi")]).repeat_last().page("/wham/accounts/check", [anywhere()]);
    let server = SimServer::start(script).await.unwrap();
    let signed_in = provider(&server, home.path());
    let with_key = ProviderInfo { chatgpt: None, ..signed_in.clone() };
    let custom = ProviderInfo { id: "lab".to_owned(), ..signed_in.clone() };
    let off = ClientOptions { compression: RequestCompression::Off, ..options(signed_in) };
    for options in [options(with_key), options(custom), off] {
        let (events, error) = run(&ResponsesClient::new(options)).await;
        assert!(completed(&events), "{error:?}");
    }
    for request in server.requests() {
        assert_eq!(request.header("content-encoding"), None);
    }
    assert_eq!(server.other_requests().len(), 1, "only the sign-in at the built-in provider is looked up");
}

// covers: responses-wire 53
#[tokio::test]
async fn two_refusals_read_the_login_again_and_then_renew_it_once() {
    let home = tempfile::tempdir().unwrap();
    write_login(home.path(), "access-1");
    let refused = || Reply::error(401, "token_expired", "no");
    let fresh =
        json!({ "id_token": "e30.e30.c2ln", "access_token": "access-2", "refresh_token": "refresh-2" });
    let script = Script::new([refused(), refused(), Reply::say("hi")])
        .page("/wham/accounts/check", [anywhere()])
        .page("/oauth/token", [Reply::status(200).json(&fresh)]);
    let server = SimServer::start(script).await.unwrap();
    let (events, error) = run(&client(&server, home.path())).await;
    assert!(completed(&events), "{error:?}");
    let sent: Vec<_> =
        server.requests().iter().map(|request| request.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(sent, ["Bearer access-1", "Bearer access-1", "Bearer access-2"]);
    let others = server.other_requests();
    let look_up = "GET /v1/wham/accounts/check";
    assert_eq!(paths(&others), [look_up, "POST /v1/oauth/token", look_up], "routing is found out again");
    assert_eq!(others[1].json()["refresh_reason"], "unauthorized_recovery");
    assert_eq!(others[1].json()["refresh_token"], "refresh-1");
    let stored: Value =
        serde_json::from_slice(&std::fs::read(home.path().join("auth.json")).unwrap()).unwrap();
    assert_eq!(stored["tokens"]["access_token"], "access-2");
    assert!(stored["last_refresh"].is_string(), "{stored}");
    server.verify().unwrap();
}

#[tokio::test]
async fn a_login_stored_by_another_process_is_used_at_the_first_refusal() {
    let home = tempfile::tempdir().unwrap();
    write_login(home.path(), "access-1");
    let path = home.path().to_owned();
    let other_process = Reply::computed(move |_| {
        write_login(&path, "access-9");
        Reply::error(401, "token_expired", "no")
    });
    let script = Script::new([other_process, Reply::say("hi")]).page("/wham/accounts/check", [anywhere()]);
    let server = SimServer::start(script).await.unwrap();
    let (events, error) = run(&client(&server, home.path())).await;
    assert!(completed(&events), "{error:?}");
    assert_eq!(server.request(1).unwrap().header("authorization"), Some("Bearer access-9"));
    assert!(
        !paths(&server.other_requests()).iter().any(|path| path.contains("oauth")),
        "nothing was renewed"
    );
    server.verify().unwrap();
}

#[tokio::test]
async fn a_sign_in_that_is_over_ends_the_turn_without_a_further_request() {
    let home = tempfile::tempdir().unwrap();
    write_login(home.path(), "access-1");
    let over = Reply::error(401, "refresh_token_expired", "over");
    let script = Script::new([Reply::status(401), Reply::status(401)])
        .page("/wham/accounts/check", [anywhere()])
        .page("/oauth/token", [over]);
    let server = SimServer::start(script).await.unwrap();
    let error = run(&client(&server, home.path())).await.1.unwrap();
    assert_eq!(error.retry(), Retry::Final);
    assert_eq!(error.error_info(), codex_protocol::ErrorInfo::Unauthorized);
    assert!(error.message().contains("sign in again") || error.hint().is_some(), "{error:?}");
    server.verify().unwrap();
}

#[tokio::test]
async fn a_workspace_that_cannot_be_found_is_no_request() {
    let home = tempfile::tempdir().unwrap();
    write_login(home.path(), "access-1");
    let no_account = Reply::status(200).json(&json!({ "accounts": [] }));
    for answer in [Reply::status(500), no_account, accounts("http://else.test", "us"), Reply::html(200)] {
        let script = Script::new([]).page("/wham/accounts/check", [answer]);
        let server = SimServer::start(script).await.unwrap();
        let error = run(&client(&server, home.path())).await.1.unwrap();
        assert!(matches!(error, StreamError::Routing { .. }), "{error:?}");
        assert_eq!(error.retry(), Retry::Stream { after: None });
        server.verify().unwrap();
    }
}

#[tokio::test]
async fn a_sign_in_never_goes_out_in_the_open() {
    let home = tempfile::tempdir().unwrap();
    write_login(home.path(), "access-1");
    let server = SimServer::start(Script::new([]).page("/wham/accounts/check", [anywhere()])).await.unwrap();
    let mut open = provider(&server, home.path());
    open.base_url = "http://models.test/v1".to_owned();
    let error = run(&ResponsesClient::new(options(open))).await.1.unwrap();
    assert!(matches!(error, StreamError::Setup(_)) && error.message().contains("models.test"), "{error:?}");
}
