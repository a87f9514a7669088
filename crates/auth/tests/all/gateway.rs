//! Sign-ins at gateways: one refresh for many who need it, and none for tokens of another server.

use codex_auth::{
    Credentials, Env, GatewayLogin, GatewayServer, LoginStore, ProviderAuth, Secret, fingerprint,
};
use codex_sim::{Route, SideAnswer, SideServer};
use pretty_assertions::assert_eq;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinSet;

fn server(url: &str, client_id: &str) -> GatewayServer {
    GatewayServer {
        authorization_url: format!("{url}/authorize"),
        token_url: format!("{url}/token"),
        client_id: client_id.to_owned(),
        scopes: Vec::new(),
        resource: None,
        redirect_port: None,
        device_authorization_url: None,
    }
}

fn credentials(home: &TempDir, server: GatewayServer) -> Credentials {
    let login = GatewayLogin::new("lab", server, home.path(), LoginStore::File);
    Credentials::new(ProviderAuth::Gateway(login), Env::of::<&str, &str>([]))
}

/// A home with a sign-in whose token has ended.
fn home_with_ended_token(url: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let token_url = format!("{url}/token");
    let entry = json!({ "server": fingerprint(&[&token_url, "c", ""]), "access_token": "at-0",
        "refresh_token": "rt-0", "expires_at": 1 });
    let all = json!({ "other": { "kept": true }, "lab": entry });
    std::fs::write(home.path().join("gateway_tokens.json"), all.to_string()).unwrap();
    home
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_need_a_token_spend_one_refresh_token() {
    let token = json!({ "access_token": "at-1", "refresh_token": "rt-1", "expires_in": "3600" });
    let gateway = SideServer::start([Route::post("/token", [SideAnswer::json(200, &token)])]).await.unwrap();
    let home = home_with_ended_token(&gateway.url());
    let mut all = JoinSet::new();
    for _ in 0..20 {
        // Each with nothing in common but the file, as processes are.
        let credentials = credentials(&home, server(&gateway.url(), "c"));
        all.spawn(async move { credentials.resolve().await.unwrap() });
    }
    assert_eq!(all.join_all().await, vec![Some(Secret::new("at-1")); 20]);
    assert_eq!(gateway.paths(), ["POST /token"]);
    let stored = std::fs::read(home.path().join("gateway_tokens.json")).unwrap();
    let stored: serde_json::Value = serde_json::from_slice(&stored).unwrap();
    assert_eq!(
        (&stored["lab"]["refresh_token"], &stored["other"]),
        (&json!("rt-1"), &json!({ "kept": true }))
    );
}

#[tokio::test]
async fn tokens_of_another_client_or_server_are_not_used() {
    let home = home_with_ended_token("http://127.0.0.1:1");
    for server in [server("http://127.0.0.1:1", "d"), server("http://127.0.0.1:2", "c")] {
        let error = credentials(&home, server).resolve().await.unwrap_err();
        assert_eq!(error.to_string(), "nobody is signed in at the gateway of the provider `lab`");
    }
    // The one they are of cannot be reached: that is another matter.
    let error = credentials(&home, server("http://127.0.0.1:1", "c")).resolve().await.unwrap_err();
    assert!(error.to_string().starts_with("http://127.0.0.1:1/token cannot be reached"), "{error}");
}
