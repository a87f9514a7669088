//! Credentials and configured headers on the wire.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use codex_auth::{CommandAuth, ProviderAuth, RequestSigner, Secret, Signing, UnsignedRequest};
use codex_model_provider::{ModelProvider, ProviderInfo};
use codex_responses::{ClientOptions, ResponsesClient, Retry, StreamError};
use codex_sim::{Reply, Script, SimServer};
use pretty_assertions::assert_eq;

use crate::dialogue::Dialogue;
use crate::lab::{completed, env, options, options_in, play, provider, run};

pub(crate) fn command(dir: &std::path::Path) -> ProviderAuth {
    ProviderAuth::Command(CommandAuth {
        env: Vec::new(),
        command: "sh".to_owned(),
        args: vec!["-c".to_owned(), "echo x >> runs; echo token-$(wc -l < runs)".to_owned()],
        timeout: Duration::from_secs(20),
        refresh_interval: None,
        cwd: dir.to_owned(),
    })
}

fn credentials(server: &SimServer) -> Vec<Option<String>> {
    server.requests().iter().map(|request| request.header("authorization").map(str::to_owned)).collect()
}

// covers: responses-wire 50
#[tokio::test]
async fn a_401_runs_the_token_command_once_more() {
    let dir = tempfile::tempdir().unwrap();
    let server = SimServer::start([Reply::status(401), Reply::say("hi")]).await.unwrap();
    let auth = command(dir.path());
    let no_retries = ProviderInfo { auth, request_max_retries: 0, ..provider(&server.url()) };
    let (events, error) = run(&ResponsesClient::new(options(no_retries))).await;
    assert!(error.is_none() && completed(&events), "{error:?}");
    let token = |n: u32| Some(format!("Bearer token-{n}"));
    assert_eq!(credentials(&server), [token(1), token(2)]);
}

#[tokio::test]
async fn a_second_401_is_an_ordinary_one() {
    let dir = tempfile::tempdir().unwrap();
    let server = SimServer::start(Script::new([Reply::status(401)]).repeat_last()).await.unwrap();
    let auth = command(dir.path());
    let client = ResponsesClient::new(options(ProviderInfo { auth, ..provider(&server.url()) }));
    let error = run(&client).await.1.unwrap();
    assert!(matches!(&error, StreamError::Status(answer) if answer.status == 401), "{error:?}");
    assert_eq!((error.retry(), server.requests().len()), (Retry::Stream { after: None }, 2));
}

// covers: responses-wire 51
#[tokio::test]
async fn a_credential_that_cannot_be_had_sends_nothing() {
    let server = SimServer::start(Script::new([Reply::say("hi")]).allow_unused()).await.unwrap();
    let missing = ProviderAuth::EnvKey { var: "LAB_KEY".to_owned(), instructions: None };
    let ProviderAuth::Command(command) = command(std::path::Path::new(".")) else { panic!("not a command") };
    let failing =
        ProviderAuth::Command(CommandAuth { args: vec!["-c".to_owned(), "exit 1".to_owned()], ..command });
    for (auth, text) in [
        (missing, "Missing environment variable: `LAB_KEY`."),
        (failing, "the auth command `sh` failed (exit status: 1)"),
    ] {
        let client = ResponsesClient::new(options(ProviderInfo { auth, ..provider(&server.url()) }));
        let error = run(&client).await.1.unwrap();
        assert_eq!((error.message(), error.retry()), (text.to_owned(), Retry::Final));
        assert!(error.hint().is_some());
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn configured_headers_and_query_are_sent() {
    let server = SimServer::start([Reply::say("hi")]).await.unwrap();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let secret = |name: &str, value: &str| (name.to_owned(), Secret::new(value));
    let lab = ProviderInfo {
        query_params: vec![secret("api-version", "2026 01")],
        http_headers: vec![secret("User-Agent", "mine/1"), secret("X-Extra", "e")],
        env_http_headers: vec![pair("x-set", "SET"), pair("x-blank", "BLANK"), pair("x-unset", "UNSET")],
        ..provider(&server.url())
    };
    let env = env(&[("SET", "yes"), ("BLANK", " ")]);
    run(&ResponsesClient::new(options_in(lab, env))).await;
    let request = server.request(0).unwrap();
    let header = |name: &str| request.header(name);
    assert_eq!((header("user-agent"), header("x-extra")), (Some("mine/1"), Some("e")));
    assert_eq!((header("x-set"), header("x-blank"), header("x-unset")), (Some("yes"), None, None));
    assert_eq!(header("authorization"), None);
    assert_eq!(request.path(), "/v1/responses?api-version=2026%2001");
    server.verify().unwrap();
}

#[tokio::test]
async fn a_header_that_cannot_be_is_named_without_its_value() {
    for (name, value) in [("bad name", "v"), ("x-bad", "se\ncret"), ("x-bad", "a\0secret")] {
        let lab = ProviderInfo {
            http_headers: vec![(name.to_owned(), Secret::new(value))],
            ..provider("http://127.0.0.1:9/v1")
        };
        let message = run(&ResponsesClient::new(options(lab))).await.1.unwrap().message();
        assert!(message.contains(name) && !message.contains("cret"), "{message}");
    }
    let auth = ProviderAuth::Bearer(Secret::new("tok\u{7f}en"));
    let lab = ProviderInfo { auth, ..provider("http://127.0.0.1:9/v1") };
    let error = run(&ResponsesClient::new(options(lab))).await.1.unwrap();
    assert!(matches!(&error, StreamError::Setup(text) if !text.contains("tok")), "{error:?}");
}

#[tokio::test]
async fn a_missing_ca_bundle_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let bundle = dir.path().join("ca.pem");
    let with_bundle = |supports_websockets| {
        let env = env(&[("CODEX_CA_CERTIFICATE", bundle.to_str().unwrap())]);
        let lab = ProviderInfo { supports_websockets, ..provider("https://127.0.0.1:9/v1") };
        ResponsesClient::new(options_in(lab, env))
    };
    let error_of = async |supports_websockets| {
        let client = with_bundle(supports_websockets);
        let dialogue = Dialogue::warmed(client);
        play(&dialogue.client.turn(), &dialogue.prepare()).await.1.unwrap().message()
    };
    for socket in [false, true] {
        let message = error_of(socket).await;
        assert!(message.contains("CODEX_CA_CERTIFICATE") && message.contains("ca.pem"), "{message}");
    }
    std::fs::write(&bundle, "no certificate here").unwrap();
    for socket in [false, true] {
        let message = error_of(socket).await;
        assert!(message.contains("ca.pem, which holds no certificate"), "{message}");
    }
}

/// Adds the number of the attempt, and keeps what it was shown.
#[derive(Debug, Default)]
struct CountingSigner(Mutex<Vec<(String, String, Vec<u8>)>>);

impl RequestSigner for CountingSigner {
    fn sign<'a>(&'a self, request: UnsignedRequest<'a>) -> Signing<'a> {
        let mut seen = self.0.lock().unwrap();
        let shown = format!("{} {}", request.method, request.url.path());
        let thread = request.headers["thread-id"].to_str().unwrap().to_owned();
        seen.push((shown, thread, request.body.to_vec()));
        let signed = [("authorization", format!("Signed {}", seen.len()))];
        let signed = signed.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Box::pin(std::future::ready(Ok(signed.into_iter().collect())))
    }
}

#[tokio::test]
async fn a_signer_sees_the_final_bytes_of_every_attempt() {
    let server = SimServer::start([Reply::status(502), Reply::say("hi")]).await.unwrap();
    let signer = Arc::new(CountingSigner::default());
    let options = {
        let server = ModelProvider::new(provider(&server.url()), Some(signer.clone()), env(&[]), "0.169.0");
        ClientOptions { provider: Arc::new(server), ..options(provider("http://127.0.0.1:9")) }
    };
    let (_, error) = run(&ResponsesClient::new(options)).await;
    assert!(error.is_none(), "{error:?}");
    let signed = |n: u32| Some(format!("Signed {n}"));
    assert_eq!(credentials(&server), [signed(1), signed(2)]);
    let seen = signer.0.lock().unwrap();
    let sent: Vec<_> = server
        .requests()
        .iter()
        .map(|request| {
            let thread = request.header("thread-id").unwrap().to_owned();
            ("POST /v1/responses".to_owned(), thread, request.body().to_vec())
        })
        .collect();
    assert_eq!(*seen, sent);
}
