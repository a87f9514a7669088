//! Local model servers, scripted: what is asked of them, and what is told when they are not ready.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use codex_auth::{Env, ProviderAuth};
use codex_model_provider::{LocalService, NotReady};
use pretty_assertions::assert_eq;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const OLLAMA: &[(&str, u16, &str)] = &[
    ("GET /v1/models", 200, r#"{"data":[{"id":"gpt-oss:20b"}]}"#),
    ("GET /api/version", 200, r#"{"version":"0.14.0"}"#),
    ("GET /api/tags", 200, r#"{"models":[{"name":"gpt-oss:20b"},{"name":"llama3.2:latest"}]}"#),
];
const LM_STUDIO: &[(&str, u16, &str)] = &[
    ("GET /v1/models", 200, r#"{"data":[{"id":"openai/gpt-oss-20b"}]}"#),
    ("POST /v1/responses", 200, "{}"),
];

/// A server with fixed answers; other paths get a 404.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn start(answers: &[(&'static str, u16, &'static str)]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let answers: BTreeMap<_, _> =
            answers.iter().map(|(line, status, body)| (*line, (*status, *body))).collect();
        let task = tokio::spawn({
            let asked = Arc::clone(&asked);
            async move {
                // One client asks one thing after the other.
                while let Ok((stream, _)) = listener.accept().await {
                    let _ = serve(stream, &answers, &asked).await;
                }
            }
        });
        Self { url, asked, task }
    }

    fn env(&self) -> Env {
        Env::of([("CODEX_OSS_BASE_URL", self.url.clone())])
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    answers: &BTreeMap<&str, (u16, &str)>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    let (head, body) = loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            break (head, body);
        }
    };
    let line = head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1");
    assert!(!head.contains("authorization"), "{head}");
    asked.lock().unwrap().push(if body.is_empty() { line.to_owned() } else { format!("{line} {body}") });
    let (status, body) = answers.get(line).copied().unwrap_or((404, "not found"));
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await
}

fn with<'a>(
    base: &[(&'a str, u16, &'a str)],
    changed: (&'a str, u16, &'a str),
) -> Vec<(&'a str, u16, &'a str)> {
    base.iter().map(|row| if row.0 == changed.0 { changed } else { *row }).collect()
}

#[test]
fn the_providers_carry_no_credential() {
    let env = Env::of::<&str, &str>([]);
    let facts = LocalService::ALL.map(|service| {
        let provider = service.provider(&env);
        assert_eq!(provider.auth, ProviderAuth::None);
        assert_eq!(LocalService::of_id(service.id()), Some(service));
        (provider.id, provider.base_url, service.default_model())
    });
    assert_eq!(
        facts,
        [
            ("ollama".to_owned(), "http://localhost:11434/v1".to_owned(), "gpt-oss:20b"),
            ("lmstudio".to_owned(), "http://localhost:1234/v1".to_owned(), "openai/gpt-oss-20b"),
        ]
    );
    let env = Env::of([("CODEX_OSS_BASE_URL", "http://box:9/v1/")]);
    assert_eq!(LocalService::LmStudio.base_url(&env), "http://box:9/v1");
    assert_eq!(LocalService::of_id("ollama-chat"), None);
}

#[tokio::test]
async fn ollama_is_asked_whether_it_can() {
    let server = Server::start(OLLAMA).await;
    LocalService::Ollama.make_ready("gpt-oss:20b", &server.env()).await.unwrap();
    assert_eq!(server.asked(), ["GET /v1/models", "GET /api/version", "GET /api/tags"]);
    LocalService::Ollama.make_ready("llama3.2", &server.env()).await.unwrap();
}

#[tokio::test]
async fn lm_studio_is_asked_to_load_the_model() {
    let server = Server::start(LM_STUDIO).await;
    LocalService::LmStudio.make_ready("openai/gpt-oss-20b", &server.env()).await.unwrap();
    let load = r#"POST /v1/responses {"model":"openai/gpt-oss-20b","input":"","max_output_tokens":1}"#;
    assert_eq!(server.asked(), ["GET /v1/models", load]);
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let nobody = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/v1", nobody.local_addr().unwrap());
    drop(nobody);
    let env = Env::of([("CODEX_OSS_BASE_URL", url.clone())]);
    for (service, command) in
        [(LocalService::Ollama, "`ollama serve`"), (LocalService::LmStudio, "`lms server start`")]
    {
        let error = service.make_ready("m", &env).await.unwrap_err();
        let text = error.to_string();
        let begin = format!("{} is not running: {url}/models cannot be reached: ", service.name());
        assert!(text.starts_with(&begin), "{text}");
        assert!(error.hint().contains(command) && error.hint().contains("CODEX_OSS_BASE_URL"), "{error:?}");
    }
}

#[tokio::test]
async fn a_model_that_is_not_there_names_the_command_and_the_others() {
    let server = Server::start(OLLAMA).await;
    let error = LocalService::Ollama.make_ready("qwen3", &server.env()).await.unwrap_err();
    assert_eq!(error.to_string(), "Ollama does not have the model `qwen3`");
    assert_eq!(
        error.hint(),
        "run `ollama pull qwen3`, or choose one it has with -m: gpt-oss:20b, llama3.2:latest"
    );
    let server = Server::start(&with(LM_STUDIO, ("GET /v1/models", 200, r#"{"data":[]}"#))).await;
    let error = LocalService::LmStudio.make_ready("qwen3", &server.env()).await.unwrap_err();
    assert_eq!(error.hint(), "run `lms get qwen3`");
    assert_eq!(server.asked(), ["GET /v1/models"]);
}

#[tokio::test]
async fn an_ollama_without_the_api_is_too_old() {
    let ready = async |version: &'static str| {
        let server = Server::start(&with(OLLAMA, ("GET /api/version", 200, version))).await;
        LocalService::Ollama.make_ready("gpt-oss:20b", &server.env()).await
    };
    for old in [r#"{"version":"0.13.2"}"#, r#"{"version":"0.9.12-rc1"}"#] {
        assert!(matches!(ready(old).await, Err(NotReady::TooOld { .. })), "{old}");
    }
    for fine in
        [r#"{"version":"0.13.3"}"#, r#"{"version":"v1.0.0"}"#, r#"{"version":"0.0.0"}"#, "{}", "x", ""]
    {
        assert!(ready(fine).await.is_ok(), "{fine}");
    }
}

#[tokio::test]
async fn what_a_server_does_not_tell_is_taken_to_be_fine() {
    // A gateway that passes on nothing but the API.
    let server = Server::start(&[("GET /v1/models", 200, r#"{"data":[{"id":"m"}]}"#)]).await;
    LocalService::Ollama.make_ready("m", &server.env()).await.unwrap();
    let listed = LocalService::Ollama.make_ready("other", &server.env()).await;
    assert!(matches!(listed, Err(NotReady::NoModel { .. })), "{listed:?}");
    let server = Server::start(&[]).await;
    LocalService::Ollama.make_ready("m", &server.env()).await.unwrap();
}

#[tokio::test]
async fn a_model_that_does_not_fit_is_told_in_the_servers_words() {
    let fails = async |body: &'static str| {
        let server = Server::start(&with(LM_STUDIO, ("POST /v1/responses", 500, body))).await;
        LocalService::LmStudio.make_ready("openai/gpt-oss-20b", &server.env()).await.unwrap_err().to_string()
    };
    let begin = "LM Studio could not load the model `openai/gpt-oss-20b`:";
    assert_eq!(fails(r#"{"error":{"message":"out of memory"}}"#).await, format!("{begin} out of memory"));
    assert_eq!(fails(r#"{"error":"no"}"#).await, format!("{begin} no"));
    assert_eq!(fails("oops").await, format!("{begin} it answered with status 500"));
}
