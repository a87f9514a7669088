//! Signing in with ChatGPT: both flows against a scripted server, and what is stored of them.

use codex_auth::{
    AuthError, AuthServer, BrowserSignIn, DeviceSignIn, Env, Exchange, LoginKind, LoginPlace, Secret,
};
use codex_stdx::form_decode;
use pretty_assertions::assert_eq;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use std::time::Duration;

use crate::auth_server::{AuthServerDouble, token, tokens};

const FAR: u64 = 4_000_000_000;
const CLIENT: &str = "app_EMoamEEZ73f0CkXaXp7hrann";

fn no_env() -> Env {
    Env::of::<&str, &str>([])
}

fn value(pairs: &[(String, String)], name: &str) -> String {
    pairs.iter().find(|(known, _)| known == name).unwrap().1.clone()
}

/// The browser: opens an address, and gives the status and the page.
async fn visit(url: String) -> (u16, String) {
    let answer = codex_auth::exchange(Exchange::get(url, Duration::from_secs(20)), &no_env()).await.unwrap();
    (answer.status, String::from_utf8(answer.body).unwrap())
}

async fn begin(server: &AuthServerDouble) -> (BrowserSignIn, Vec<(String, String)>) {
    let sign_in = BrowserSignIn::begin(AuthServer::new(Some(&server.url), no_env()), 0).await.unwrap();
    let url = sign_in.url("codex_cli_rs");
    let (path, query) = url.split_once('?').unwrap();
    assert_eq!(path, format!("{}/oauth/authorize", server.url));
    (sign_in, form_decode(query))
}

#[tokio::test]
async fn a_browser_comes_back_with_a_code() {
    let server = AuthServerDouble::start([(200, tokens(FAR, "one"))]).await;
    let (sign_in, query) = begin(&server).await;
    let names: Vec<&str> = query.iter().map(|(name, _)| name.as_str()).collect();
    let expected = "response_type client_id redirect_uri code_challenge code_challenge_method state scope \
        id_token_add_organizations codex_cli_simplified_flow originator";
    assert_eq!(names.join(" "), expected);
    assert_eq!(value(&query, "client_id"), CLIENT);
    let back = value(&query, "redirect_uri");
    let finished = tokio::spawn(sign_in.finish());

    // What a browser asks for by itself, and what another page tries, changes nothing.
    let elsewhere = back.replace("/auth/callback", "/favicon.ico");
    assert_eq!(visit(elsewhere).await.0, 404);
    assert_eq!(visit(format!("{back}?code=evil&state=guess")).await.0, 400);
    assert_eq!(visit(format!("{back}?code=evil")).await.0, 400);
    assert_eq!(server.asked(), []);

    let (status, page) = visit(format!("{back}?code=the+code&state={}", value(&query, "state"))).await;
    assert_eq!((status, page.contains("You are signed in")), (200, true), "{page}");
    let signed_in = finished.await.unwrap().unwrap();
    assert_eq!(signed_in.access_token, Secret::new(token(FAR, "one")));
    let who = (signed_in.email(), signed_in.plan(), signed_in.account_id.clone(), signed_in.expires_at());
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(who, (text("a@b.test"), text("pro"), text("acc-1"), Some(FAR)));

    let asked = server.asked();
    assert_eq!((asked.len(), asked[0].0.as_str()), (1, "/oauth/token"));
    let form = form_decode(&asked[0].1);
    assert_eq!(value(&form, "grant_type"), "authorization_code");
    assert_eq!((value(&form, "code"), value(&form, "redirect_uri")), ("the code".to_owned(), back));
    // The verifier is the one the challenge was made of.
    let verifier = value(&form, "code_verifier");
    use base64::Engine as _;
    let hashed = digest(&SHA256, verifier.as_bytes());
    let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hashed);
    assert_eq!(challenge, value(&query, "code_challenge"));
    assert!(verifier.len() >= 43);
}

#[tokio::test]
async fn a_connection_that_says_nothing_holds_nobody_up() {
    let server = AuthServerDouble::start([(200, tokens(FAR, "one"))]).await;
    let (sign_in, query) = begin(&server).await;
    let back = value(&query, "redirect_uri");
    let finished = tokio::spawn(sign_in.finish());
    let address = back.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    let _silent = tokio::net::TcpStream::connect(address).await.unwrap();
    visit(format!("{back}?code=c&state={}", value(&query, "state"))).await;
    finished.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_refusal_is_told_in_the_terminal_and_on_the_page() {
    let fails = async |answers: Vec<(u16, Value)>, query_tail: &str| {
        let server = AuthServerDouble::start(answers).await;
        let (sign_in, query) = begin(&server).await;
        let back = value(&query, "redirect_uri");
        let finished = tokio::spawn(sign_in.finish());
        let (status, page) = visit(format!("{back}?state={}&{query_tail}", value(&query, "state"))).await;
        assert_eq!((status, page.contains("failed")), (400, true), "{page}");
        finished.await.unwrap().unwrap_err().to_string()
    };
    let denied = fails(vec![], "error=access_denied&error_description=You+said+no").await;
    assert_eq!(denied, "the sign-in failed: You said no");
    assert_eq!(fails(vec![], "code=").await, "the sign-in failed: no code was given");
    let answer = json!({ "error": { "message": "bad code", "code": "x" } });
    let refused = fails(vec![(400, answer)], "code=c").await;
    assert_eq!(refused, "the sign-in server answered with status 400: bad code");
    let empty = fails(vec![(200, json!({}))], "code=c").await;
    assert_eq!(empty, "the sign-in failed: the sign-in answered without tokens");
}

#[tokio::test]
async fn a_taken_port_names_the_other_way() {
    let taken = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = BrowserSignIn::begin(AuthServer::new(None, no_env()), port).await.unwrap_err();
    assert!(matches!(error, AuthError::CallbackPort { port: named, .. } if named == port));
    assert!(error.hint().unwrap().contains("--device-auth"));
}

#[tokio::test]
async fn a_code_is_typed_on_another_device() {
    let server = AuthServerDouble::start([
        (200, json!({ "device_auth_id": "d1", "user_code": "AB-12", "interval": "0" })),
        (403, json!({})),
        (404, json!({})),
        (200, json!({ "authorization_code": "c1", "code_challenge": "x", "code_verifier": "v1" })),
        (200, tokens(FAR, "one")),
    ])
    .await;
    let sign_in = DeviceSignIn::begin(AuthServer::new(Some(&server.url), no_env())).await.unwrap();
    assert_eq!((sign_in.url(), sign_in.user_code()), (format!("{}/codex/device", server.url), "AB-12"));
    let signed_in = sign_in.finish().await.unwrap();
    assert_eq!(signed_in.refresh_token, Secret::new("refresh-one"));
    let base = "/api/accounts/deviceauth";
    let wait = (format!("{base}/token"), r#"{"device_auth_id":"d1","user_code":"AB-12"}"#.to_owned());
    let callback = format!("{}/deviceauth/callback", server.url);
    let form = codex_stdx::form_encode([
        ("grant_type", "authorization_code"),
        ("client_id", CLIENT),
        ("code", "c1"),
        ("redirect_uri", &callback),
        ("code_verifier", "v1"),
    ]);
    let ask = (format!("{base}/usercode"), format!(r#"{{"client_id":"{CLIENT}"}}"#));
    let redeem = ("/oauth/token".to_owned(), form);
    assert_eq!(server.asked(), [ask, wait.clone(), wait.clone(), wait, redeem]);
}

#[tokio::test]
async fn a_server_without_codes_is_told() {
    let begin = async |status, body| {
        let server = AuthServerDouble::start([(status, body)]).await;
        let begun = DeviceSignIn::begin(AuthServer::new(Some(&server.url), no_env())).await;
        begun.unwrap_err().to_string()
    };
    assert_eq!(begin(404, json!({})).await, "the sign-in server answered with status 404");
    assert_eq!(begin(200, json!({})).await, "the sign-in failed: the server gave no code");
}

#[tokio::test]
async fn a_sign_in_is_stored_in_the_known_form() {
    let server = AuthServerDouble::start([
        (200, json!({ "device_auth_id": "d1", "user_code": "AB-12", "interval": 0 })),
        (200, json!({ "authorization_code": "c1", "code_verifier": "v1" })),
        (200, tokens(FAR, "one")),
    ])
    .await;
    let sign_in = DeviceSignIn::begin(AuthServer::new(Some(&server.url), no_env())).await.unwrap();
    let signed_in = sign_in.finish().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let place = LoginPlace::of(home.path());
    std::fs::write(place.file(), r#"{"auth_mode":"apikey","OPENAI_API_KEY":"k","mine":1}"#).unwrap();
    place.save_tokens(&signed_in).unwrap();
    let mut stored: Value = serde_json::from_slice(&std::fs::read(place.file()).unwrap()).unwrap();
    let last_refresh = stored["last_refresh"].take();
    assert!(last_refresh.as_str().unwrap().ends_with('Z'), "{last_refresh}");
    let expected = json!({
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": null,
        "tokens": {
            "id_token": token(FAR, "id"),
            "access_token": token(FAR, "one"),
            "refresh_token": "refresh-one",
            "account_id": "acc-1",
        },
        "last_refresh": null,
        "mine": 1,
    });
    assert_eq!(stored, expected);
    let login = place.usable().unwrap().unwrap();
    assert_eq!((login.kind, login.tokens, login.warning), (LoginKind::ChatGpt, Some(signed_in), None));
}
