//! A sign-in server on loopback: scripted answers in order, requests kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

pub(crate) struct AuthServerDouble {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<(String, String)>>>,
    task: JoinHandle<()>,
}

impl Drop for AuthServerDouble {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Answers = Arc<Mutex<VecDeque<(u16, Value)>>>;

impl AuthServerDouble {
    pub(crate) async fn start(answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answers: Answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        let task = tokio::spawn({
            let asked = Arc::clone(&asked);
            async move {
                let mut connections = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    connections.spawn(serve(stream, Arc::clone(&answers), Arc::clone(&asked)));
                }
            }
        });
        Self { url, asked, task }
    }

    /// Paths and bodies so far.
    pub(crate) fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, answers: Answers, asked: Arc<Mutex<Vec<(String, String)>>>) {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    let (path, body) = loop {
        let count = stream.read(&mut buffer).await.unwrap_or_default();
        if count == 0 {
            return;
        }
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            break (head.split(' ').nth(1).unwrap().to_owned(), body.to_owned());
        }
    };
    asked.lock().unwrap().push((path, body));
    let (status, body) = answers.lock().unwrap().pop_front().unwrap_or((500, json!("nothing left")));
    let body = body.to_string();
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// A token that ends at this second.
pub(crate) fn token(expires_at: u64, mark: &str) -> String {
    let claims = json!({
        "exp": expires_at, "email": "a@b.test", "mark": mark,
        "https://api.openai.com/auth": { "chatgpt_plan_type": "pro", "chatgpt_account_id": "acc-1" },
    });
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// An answer of the token endpoint.
pub(crate) fn tokens(expires_at: u64, mark: &str) -> Value {
    json!({
        "id_token": token(expires_at, "id"),
        "access_token": token(expires_at, mark),
        "refresh_token": format!("refresh-{mark}"),
        "token_type": "Bearer",
    })
}
