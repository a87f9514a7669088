//! Renewing access tokens: when, how often, and what a refusal means.

use std::fs;
use std::sync::Arc;

use codex_auth::{AbsentLogin, AuthError, Credentials, Env, LoginPlace, ProviderAuth, Secret};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::auth_server::{AuthServerDouble, token, tokens};

const PAST: u64 = 1_000_000_000;
const FAR: u64 = 4_000_000_000;

/// A home with a sign-in whose access token ends then.
fn signed_in(expires_at: u64, mark: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    store(&home, expires_at, mark);
    home
}

fn store(home: &TempDir, expires_at: u64, mark: &str) {
    let mut stored = tokens(expires_at, mark);
    stored["account_id"] = "chosen".into();
    stored["owner"] = "unknown field".into();
    let file = json!({ "auth_mode": "chatgpt", "OPENAI_API_KEY": null, "tokens": stored, "other": true });
    fs::write(home.path().join("auth.json"), file.to_string()).unwrap();
}

fn credentials(home: &TempDir, server: &AuthServerDouble) -> Credentials {
    let url = format!("{}/renew", server.url);
    let auth =
        ProviderAuth::StoredLogin { place: LoginPlace::of(home.path()), absent: AbsentLogin::Anonymous };
    Credentials::new(auth, Env::of([("CODEX_REFRESH_TOKEN_URL_OVERRIDE", url)]))
}

fn stored(home: &TempDir) -> Value {
    serde_json::from_slice(&fs::read(home.path().join("auth.json")).unwrap()).unwrap()
}

#[tokio::test]
async fn a_token_that_has_not_ended_is_used_as_it_is() {
    let server = AuthServerDouble::start([]).await;
    let home = signed_in(FAR, "one");
    assert_eq!(credentials(&home, &server).resolve().await.unwrap(), Some(Secret::new(token(FAR, "one"))));
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn a_token_that_has_ended_is_renewed_and_stored() {
    let server = AuthServerDouble::start([(200, tokens(FAR, "two"))]).await;
    let home = signed_in(PAST, "one");
    let credentials = credentials(&home, &server);
    let fresh = Some(Secret::new(token(FAR, "two")));
    assert_eq!(credentials.resolve().await.unwrap(), fresh);
    assert_eq!(credentials.resolve().await.unwrap(), fresh);
    let body = r#"{"client_id":"app_EMoamEEZ73f0CkXaXp7hrann","grant_type":"refresh_token","refresh_token":"refresh-one"}"#;
    assert_eq!(server.asked(), [("/renew".to_owned(), body.to_owned())]);
    let file = stored(&home);
    assert_eq!((&file["tokens"]["refresh_token"], &file["other"]), (&json!("refresh-two"), &json!(true)));
    // What the sign-in was made for, and what others wrote about it, stays.
    assert_eq!(file["tokens"]["account_id"], "chosen");
    assert_eq!(file["tokens"]["owner"], "unknown field");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(home.path().join("auth.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_with_the_reason() {
    let server = AuthServerDouble::start([(200, json!({ "access_token": token(FAR, "two") }))]).await;
    let home = signed_in(FAR, "one");
    let credentials = credentials(&home, &server);
    assert!(credentials.can_renew());
    let renewed = credentials.renew(&Secret::new(token(FAR, "one"))).await.unwrap();
    assert_eq!(renewed, Some(Secret::new(token(FAR, "two"))));
    let asked: Value = serde_json::from_str(&server.asked()[0].1).unwrap();
    assert_eq!(asked["refresh_reason"], "unauthorized_recovery");
    // What the answer leaves out is as it was.
    assert_eq!(stored(&home)["tokens"]["refresh_token"], "refresh-one");
}

#[tokio::test]
async fn what_another_process_has_stored_is_taken_instead() {
    let server = AuthServerDouble::start([]).await;
    let home = signed_in(FAR, "one");
    let credentials = credentials(&home, &server);
    let refused = credentials.resolve().await.unwrap().unwrap();
    store(&home, FAR, "two");
    assert_eq!(credentials.renew(&refused).await.unwrap(), Some(Secret::new(token(FAR, "two"))));
    assert_eq!(server.asked(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_renews() {
    let server = Arc::new(AuthServerDouble::start([(200, tokens(FAR, "two"))]).await);
    let home = Arc::new(signed_in(PAST, "one"));
    let mut all = JoinSet::new();
    for _ in 0..20 {
        let (server, home) = (Arc::clone(&server), Arc::clone(&home));
        // Credentials of their own share nothing but the file, as processes do.
        all.spawn(async move { credentials(&home, &server).resolve().await.unwrap() });
    }
    let all = all.join_all().await;
    assert_eq!(all, vec![Some(Secret::new(token(FAR, "two"))); 20]);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_sign_in_that_is_over_is_not_asked_about_again_until_it_changes() {
    let over = |body| (401, body);
    let server = AuthServerDouble::start([
        over(json!({ "error": { "code": "refresh_token_expired", "message": "m" } })),
        (200, tokens(FAR, "three")),
    ])
    .await;
    let home = signed_in(PAST, "one");
    let credentials = credentials(&home, &server);
    for _ in 0..2 {
        let error = credentials.resolve().await.unwrap_err();
        assert!(
            matches!(&error, AuthError::SignInOver { code } if code == "refresh_token_expired"),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("codex login"));
    }
    assert_eq!(server.asked().len(), 1);
    assert_eq!(stored(&home)["tokens"]["refresh_token"], "refresh-one");
    store(&home, PAST, "two");
    assert_eq!(credentials.resolve().await.unwrap(), Some(Secret::new(token(FAR, "three"))));
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again() {
    let server = AuthServerDouble::start([(503, json!({})), (200, tokens(FAR, "two"))]).await;
    let home = signed_in(PAST, "one");
    let credentials = credentials(&home, &server);
    let error = credentials.resolve().await.unwrap_err();
    assert!(matches!(error, AuthError::SignInRefused { status: 503, .. }), "{error}");
    assert_eq!(credentials.resolve().await.unwrap(), Some(Secret::new(token(FAR, "two"))));
}

#[tokio::test]
async fn a_key_is_not_renewed() {
    let server = AuthServerDouble::start([]).await;
    let home = tempfile::tempdir().unwrap();
    LoginPlace::of(home.path()).save_api_key(&Secret::new("k")).unwrap();
    assert!(!credentials(&home, &server).can_renew());
}
