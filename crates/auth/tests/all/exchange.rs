//! Small requests against a server of one connection.

use std::time::Duration;

use codex_auth::{Env, Exchange, ExchangeAnswer, ExchangeError, Payload, Secret, exchange};
use pretty_assertions::assert_eq;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const LIMIT: Duration = Duration::from_secs(20);

/// Answers one request with these bytes and gives back what was asked; holds the connection when they are empty.
async fn server(answer: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = String::new();
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer).await.unwrap();
            asked.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
            let whole = asked.split_once("\r\n\r\n").is_some_and(|(head, body)| {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                body.len() >= length.map_or(0, |length| length.parse().unwrap())
            });
            if whole && !answer.is_empty() {
                break;
            }
            if count == 0 {
                return asked;
            }
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        asked
    });
    (url, task)
}

fn no_env() -> Env {
    Env::of::<&str, &str>([])
}

#[tokio::test]
async fn a_get_carries_the_key_and_no_word_about_us() {
    let (url, asked) = server("HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\n{}").await;
    let request = Exchange {
        bearer: Some(Secret::new("k1")),
        headers: vec![("x-team".to_owned(), Secret::new("t"))],
        ..Exchange::get(format!("{url}/v1/models"), LIMIT)
    };
    let answer = exchange(request, &no_env()).await.unwrap();
    assert_eq!(answer, ExchangeAnswer { status: 401, etag: None, body: b"{}".to_vec() });
    let asked = asked.await.unwrap();
    let host = url.strip_prefix("http://").unwrap();
    let mut lines: Vec<&str> = asked.trim_end().lines().collect();
    lines[1..].sort_unstable();
    let host = format!("host: {host}");
    assert_eq!(
        lines,
        ["GET /v1/models HTTP/1.1", "accept: */*", "authorization: Bearer k1", &host, "x-team: t"]
    );
}

#[tokio::test]
async fn a_body_makes_it_a_post() {
    let (url, asked) = server("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{\"a\": 1}").await;
    let request = Exchange { payload: Some(Payload::Json(json!({"b": 2}))), ..Exchange::get(url, LIMIT) };
    assert_eq!(exchange(request, &no_env()).await.unwrap().json(), Some(json!({"a": 1})));
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("POST / HTTP/1.1\r\n") && asked.ends_with("\r\n\r\n{\"b\":2}"), "{asked}");
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let (url, _) =
        server("HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(exchange(Exchange::get(url, LIMIT), &no_env()).await.unwrap().status, 302);
}

#[tokio::test]
async fn what_is_no_answer_is_told_without_secrets() {
    let fails = async |url: &str, limit| exchange(Exchange::get(url, limit), &no_env()).await.unwrap_err();
    let nobody = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let error = fails(&format!("http://u:p@127.0.0.1:{port}/v1?key=secret"), LIMIT).await;
    let text = error.to_string();
    assert!(matches!(error, ExchangeError::Unreachable { .. }), "{error:?}");
    assert!(text.starts_with(&format!("http://127.0.0.1:{port}/v1 cannot be reached: ")), "{text}");
    assert!(!text.contains("secret") && !text.contains("u:p"), "{text}");

    let (url, _) = server("garbage\r\n\r\n").await;
    assert!(matches!(fails(&url, LIMIT).await, ExchangeError::Broken { .. }));

    let (url, _) = server("").await;
    assert!(matches!(fails(&url, Duration::from_millis(50)).await, ExchangeError::Timeout { .. }));

    for url in ["", "api.test/v1", "ftp://api.test", "http://"] {
        assert!(matches!(fails(url, LIMIT).await, ExchangeError::Invalid(_)), "{url}");
    }
    let bad = Exchange { bearer: Some(Secret::new("a\nb")), ..Exchange::get("http://127.0.0.1:1", LIMIT) };
    let error = exchange(bad, &no_env()).await.unwrap_err();
    assert_eq!(error.to_string(), "the key holds characters no header can carry");
}

#[tokio::test]
async fn a_ca_bundle_that_cannot_be_used_is_named() {
    let env = Env::of([("CODEX_CA_CERTIFICATE", "/nonexistent/ca.pem")]);
    let error = exchange(Exchange::get("https://127.0.0.1:1", LIMIT), &env).await.unwrap_err();
    assert!(error.to_string().starts_with("CODEX_CA_CERTIFICATE names /nonexistent/ca.pem"), "{error}");
}
