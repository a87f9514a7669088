//! Signing in with ChatGPT through the binary, against a scripted sign-in server: both flows, use, and renewal by
//! several processes at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use codex_sim::Reply;
use codex_test_support::TestCodex;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::world::world;

const PAST: u64 = 1_000_000_000;
const FAR: u64 = 4_000_000_000;

/// Answers in order; keeps what it was asked.
struct SignInServer {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for SignInServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SignInServer {
    async fn start(answers: impl IntoIterator<Item = Value>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut answers: VecDeque<Value> = answers.into_iter().collect();
        let task = tokio::spawn({
            let asked = Arc::clone(&asked);
            async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    let request = read_request(&mut stream).await;
                    asked.lock().unwrap().push(request);
                    let (status, body) = match answers.pop_front() {
                        Some(body) => ("200 OK", body.to_string()),
                        None => ("500 Oops", String::new()),
                    };
                    let length = body.len();
                    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}");
                    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
                }
            }
        });
        Self { url, asked, task }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// The first line and the body.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.unwrap();
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return format!("{} {body}", head.lines().next().unwrap());
        }
    }
}

/// A token as the server makes them; the part in the middle is `{"exp":..,...}`.
fn token(expires_at: u64, mark: &str) -> String {
    use base64::Engine as _;
    let claims = json!({
        "exp": expires_at, "email": "a@b.test", "mark": mark,
        "https://api.openai.com/auth": { "chatgpt_plan_type": "pro", "chatgpt_account_id": "acc-1" },
    });
    let body = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("e30.{body}.c2ln")
}

fn tokens(expires_at: u64, mark: &str) -> Value {
    json!({
        "id_token": token(expires_at, "id"),
        "access_token": token(expires_at, mark),
        "refresh_token": format!("refresh-{mark}"),
        "account_id": "acc-1",
    })
}

async fn at_openai(login: Option<Value>, script: impl Into<codex_sim::Script>) -> TestCodex {
    let config = "model = \"gpt-5.5\"\nopenai_base_url = \"$SERVER\"\n";
    let mut world = world().raw_config(config).script(script);
    if let Some(tokens) = login {
        let file = json!({ "auth_mode": "chatgpt", "OPENAI_API_KEY": null, "tokens": tokens });
        world = world.home_file("auth.json", &file.to_string());
    }
    world.build().await.unwrap()
}

fn stored(codex: &TestCodex) -> Value {
    serde_json::from_slice(&std::fs::read(codex.home().join("auth.json")).unwrap()).unwrap()
}

#[tokio::test]
async fn a_code_typed_elsewhere_signs_in() {
    let server = SignInServer::start([
        json!({ "device_auth_id": "d1", "user_code": "AB-12", "interval": "0" }),
        json!({ "authorization_code": "c1", "code_verifier": "v1" }),
        tokens(FAR, "one"),
    ])
    .await;
    let codex = at_openai(None, []).await;
    let login = codex.command(["login", "--device-auth", "--experimental_issuer", &server.url]);
    let out = login.run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(0), ""), "{out:?}");
    assert!(out.stderr.contains(&format!("  {}/codex/device\n  AB-12\n", server.url)), "{out:?}");
    assert_eq!(stored(&codex)["tokens"], tokens(FAR, "one"));

    let status = codex.command(["login", "status", "--offline"]).run().await.unwrap();
    let said = "Logged in with ChatGPT: a@b.test, plan pro (<codex-home>/auth.json)\n";
    assert_eq!((status.code, codex.normaliser().text(&status.stderr).as_str()), (Some(0), said));
    let gone = codex.command(["logout"]).run().await.unwrap();
    assert_eq!(gone.code, Some(0), "{gone:?}");
    assert!(!codex.home().join("auth.json").exists());
}

#[tokio::test]
async fn a_browser_signs_in() {
    let server = SignInServer::start([tokens(FAR, "one")]).await;
    let codex = at_openai(None, []).await;
    let flags = ["login", "--experimental_port", "0", "--experimental_issuer", &server.url];
    let run = codex.command(flags).spawn().unwrap();
    let shown = run.wait_for_stderr(|text| text.contains("Waiting.")).await.unwrap();
    let address = shown.lines().find(|line| line.starts_with(&server.url)).unwrap();
    let parameter = |name: &str| {
        let pair = address.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        pair.unwrap().replace("%3A", ":").replace("%2F", "/")
    };
    let back = parameter("redirect_uri");
    let (host, path) = back.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut browser = TcpStream::connect(host).await.unwrap();
    let state = parameter("state");
    let request = format!("GET /{path}?code=c1&state={state} HTTP/1.1\r\nhost: {host}\r\n\r\n");
    browser.write_all(request.as_bytes()).await.unwrap();
    let mut page = String::new();
    browser.read_to_string(&mut page).await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("You are signed in"), "{page}");
    let out = run.wait().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(out.stderr.contains("Logged in with ChatGPT: a@b.test"), "{out:?}");
    assert_eq!(stored(&codex)["tokens"], tokens(FAR, "one"));
    let asked = server.asked();
    assert!(asked[0].starts_with("POST /oauth/token HTTP/1.1 grant_type=authorization_code&"), "{asked:?}");
}

#[tokio::test]
async fn a_sign_in_that_fails_stores_nothing() {
    let server = SignInServer::start([]).await;
    let codex = at_openai(None, []).await;
    let flags = ["login", "--device-auth", "--experimental_issuer", &server.url];
    let out = codex.command(flags).run().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.ends_with("the sign-in server answered with status 500\n"), "{out:?}");
    assert!(!codex.home().join("auth.json").exists());
}

#[tokio::test]
async fn a_turn_carries_the_token_and_the_workspace() {
    let codex = at_openai(Some(tokens(FAR, "one")), Reply::say("hello")).await;
    let out = codex.exec(["hi"]).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(0), "hello\n"), "{out:?}");
    let sent = codex.server.request(0).unwrap();
    let bearer = format!("Bearer {}", token(FAR, "one"));
    assert_eq!(sent.header("authorization"), Some(bearer.as_str()));
    assert_eq!(sent.header("chatgpt-account-id"), Some("acc-1"));
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn several_processes_spend_one_refresh_token() {
    let server = SignInServer::start([tokens(FAR, "two")]).await;
    let codex = Arc::new(at_openai(Some(tokens(PAST, "one")), []).await);
    let url = format!("{}/renew", server.url);
    let mut all = JoinSet::new();
    for _ in 0..20 {
        let (codex, url) = (Arc::clone(&codex), url.clone());
        all.spawn(async move {
            let check = codex.command(["login", "status", "--check"]);
            check.env("CODEX_REFRESH_TOKEN_URL_OVERRIDE", url).run().await.unwrap()
        });
    }
    for out in all.join_all().await {
        assert_eq!(out.code, Some(0), "{out:?}");
    }
    assert_eq!(server.asked().len(), 1);
    let bearer = format!("Bearer {}", token(FAR, "two"));
    for asked in codex.server.other_requests() {
        assert_eq!(asked.header("authorization"), Some(bearer.as_str()));
        assert_eq!(asked.header("chatgpt-account-id"), Some("acc-1"));
    }
    assert_eq!(stored(&codex)["tokens"]["refresh_token"], "refresh-two");
}

#[tokio::test]
async fn a_renewal_that_fails_sends_nothing() {
    let codex = at_openai(Some(tokens(PAST, "one")), []).await;
    let refused = SignInServer::start([]).await;
    let env = ("CODEX_REFRESH_TOKEN_URL_OVERRIDE", refused.url.clone());
    let out = codex.exec(["hi"]).env(env.0, env.1).run().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("the sign-in server answered with status 500"), "{out:?}");
    assert_eq!(codex.server.requests().len(), 0);
}
