//! `codex login`, `login status` and `logout`, as a person and a script meet them.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use codex_sim::Reply;
use codex_test_support::{CommandOutput, TestCodex};
use nix::sys::termios::{LocalFlags, tcgetattr};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::world::world;

/// A `PATH` without programs: the keyring of whoever runs the tests is not theirs to touch.
const NOWHERE: &str = "/nowhere";
const KEY: &str = "sk-0123456789abcdefghij";

/// A home whose provider is the built-in one, at the scripted server.
async fn at_openai(script: impl Into<codex_sim::Script>) -> TestCodex {
    let config = "model = \"gpt-5.5\"\nopenai_base_url = \"$SERVER\"\n";
    world().raw_config(config).script(script).build().await.unwrap()
}

async fn log_in(codex: &TestCodex, input: &str) -> CommandOutput {
    codex.command(["login", "--with-api-key"]).stdin(input).run().await.unwrap()
}

async fn status(codex: &TestCodex, flags: &[&str]) -> CommandOutput {
    let quiet = if flags.contains(&"--check") { None } else { Some("--offline") };
    let flags = flags.iter().copied().chain(quiet);
    codex.command(["login", "status"]).args(flags).run().await.unwrap()
}

fn stored(codex: &TestCodex) -> Value {
    serde_json::from_slice(&std::fs::read(codex.home().join("auth.json")).unwrap()).unwrap()
}

/// Exit code and both streams, with paths made the same in every run.
fn seen(codex: &TestCodex, out: &CommandOutput) -> (Option<i32>, String, String) {
    let mut normaliser = codex.normaliser();
    (out.code, out.stdout.clone(), normaliser.text(&out.stderr))
}

// covers: config 18
#[tokio::test]
async fn a_key_is_stored_used_and_removed() {
    let codex = at_openai(Reply::say("hello")).await;
    let nobody = status(&codex, &[]).await;
    let said = "Not logged in\n\
        hint: `codex login` signs in with ChatGPT, `codex login --with-api-key` stores a key\n";
    assert_eq!(seen(&codex, &nobody), (Some(1), String::new(), said.to_owned()));

    let saved = log_in(&codex, &format!("  {KEY}\n")).await;
    let said = "Reading the API key from standard input...\n\
        The API key sk-***ghij is saved in <codex-home>/auth.json.\n\
        Whether the server accepts it: `codex login status`.\n";
    assert_eq!(seen(&codex, &saved), (Some(0), String::new(), said.to_owned()));
    assert_eq!(stored(&codex), json!({ "auth_mode": "apikey", "OPENAI_API_KEY": KEY }));
    let mode = std::fs::metadata(codex.home().join("auth.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let known = status(&codex, &[]).await;
    let said = "Logged in with an API key: sk-***ghij (<codex-home>/auth.json)\n";
    assert_eq!(seen(&codex, &known), (Some(0), String::new(), said.to_owned()));
    // Nobody was asked so far.
    assert_eq!(codex.server.other_requests().len(), 0);

    let run = codex.exec(["hi"]).run().await.unwrap();
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "hello\n"), "{run:?}");
    let sent = codex.server.request(0).unwrap();
    assert_eq!(sent.header("authorization"), Some(format!("Bearer {KEY}").as_str()));

    let gone = codex.command(["logout"]).run().await.unwrap();
    assert_eq!((gone.code, gone.stderr.as_str()), (Some(0), "Logged out: the stored login was removed.\n"));
    assert!(!codex.home().join("auth.json").exists());
    let again = codex.command(["logout"]).run().await.unwrap();
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), "Not logged in\n"));
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn no_login_is_told_before_a_request_with_the_way_out() {
    let codex = world().raw_config("model = \"gpt-5.5\"\n").build().await.unwrap();
    let out = codex.exec(["hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("Not logged in"), "{out:?}");
    assert!(out.stderr.contains("codex login --with-api-key"), "{out:?}");
}

#[tokio::test]
async fn what_is_no_key_is_not_stored() {
    let codex = at_openai([]).await;
    for input in ["", " \n", "two words\n", "line\nline\n", &"k".repeat(20_000)] {
        let out = log_in(&codex, input).await;
        assert_eq!(out.code, Some(1), "{input:.20?} {out:?}");
        assert!(out.stderr.contains("API key"), "{out:?}");
        assert!(!codex.home().join("auth.json").exists(), "{input:.20?}");
    }
}

#[tokio::test]
async fn the_server_is_asked_only_when_wanted() {
    let codex = at_openai([]).await;
    log_in(&codex, KEY).await;
    let check = codex
        .command(["login", "status", "--check"])
        .env("OPENAI_ORGANIZATION", "org-1")
        .run()
        .await
        .unwrap();
    assert_eq!(check.code, Some(0), "{check:?}");
    assert!(check.stderr.ends_with("The server accepts it.\n"), "{check:?}");
    let asked = codex.server.other_requests();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].method(), asked[0].path()), ("GET", "/v1/models?client_version=0.169.0"));
    assert_eq!(asked[0].header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(asked[0].header("openai-organization"), Some("org-1"));
}

#[tokio::test]
async fn a_server_that_does_not_accept_the_key_is_an_error() {
    let codex = at_openai([]).await;
    log_in(&codex, KEY).await;
    let check = async |base: &str| {
        let out = status(&codex, &["--check", "-c", &format!("openai_base_url=\"{base}\"")]).await;
        assert_eq!(out.code, Some(1), "{out:?}");
        out.stderr.split_once('\n').unwrap().1.to_owned()
    };
    let refused = check(&answering("401 Unauthorized").await).await;
    assert!(refused.starts_with("The server refuses it (status 401).\n"), "{refused}");
    let unsure = check(&answering("500 Oops").await).await;
    assert_eq!(unsure, "It could not be checked: the server answered with status 500.\n");
    let nobody = check("http://127.0.0.1:1/v1").await;
    assert!(nobody.contains("http://127.0.0.1:1/v1/models cannot be reached"), "{nobody}");
}

/// A server that answers one request with this status.
async fn answering(status: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            asked.push(stream.read_u8().await.unwrap());
        }
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    url
}

#[tokio::test]
async fn rules_of_the_config_are_kept() {
    let codex = at_openai([]).await;
    for (rule, words) in [
        ("forced_login_method=chatgpt", "`forced_login_method` asks for a sign-in with ChatGPT"),
        ("cli_auth_credentials_store=keyring", "the system keyring cannot be used: "),
        ("cli_auth_credentials_store=ephemeral", "would forget the login at once"),
    ] {
        let out = codex.command(["-c", rule, "login", "--with-api-key"]).env("PATH", NOWHERE);
        let out = out.stdin(KEY).run().await.unwrap();
        assert_eq!(out.code, Some(1), "{rule} {out:?}");
        assert!(out.stderr.contains(words) && out.stderr.contains("hint: "), "{rule} {out:?}");
        assert!(!codex.home().join("auth.json").exists(), "{rule}");
    }
    let auto = codex.command(["login", "--with-api-key", "-c", "cli_auth_credentials_store=auto"]);
    assert_eq!(auto.env("PATH", NOWHERE).stdin(KEY).run().await.unwrap().code, Some(0));
    for rule in ["forced_login_method=chatgpt", "cli_auth_credentials_store=keyring"] {
        let out = codex.command(["login", "status", "-c", rule]).env("PATH", NOWHERE).run().await.unwrap();
        assert_eq!(out.code, Some(1), "{rule} {out:?}");
        assert!(out.stderr.starts_with("Not logged in\n"), "{rule} {out:?}");
        let run = codex.exec(["-c", rule, "hi"]).env("PATH", NOWHERE).run().await.unwrap();
        assert_eq!(run.code, Some(1), "{rule} {run:?}");
    }
    assert_eq!(status(&codex, &["-c", "forced_login_method=api"]).await.code, Some(0));
    assert_eq!(codex.server.requests().len(), 0);
}

#[tokio::test]
async fn a_login_of_another_kind_is_named() {
    let login = r#"{"auth_mode":"agent","tokens":{"access_token":"a"}}"#;
    let codex = world().home_file("auth.json", login).build().await.unwrap();
    let out = status(&codex, &[]).await;
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("can be read by others"), "{out:?}");
    assert!(out.stderr.contains("of kind `agent`, which this build does not support yet"), "{out:?}");
}

#[tokio::test]
async fn a_key_in_the_environment_is_mentioned() {
    let codex = world().env("CODEX_API_KEY", KEY).build().await.unwrap();
    let out = status(&codex, &[]).await;
    let said = "Not logged in\nCODEX_API_KEY is set: its key is used, whatever is stored.\n";
    assert_eq!((out.code, out.stderr.as_str()), (Some(1), said));
}

#[tokio::test]
async fn a_way_in_that_is_ruled_out_names_the_other() {
    let codex = at_openai([]).await;
    let forced = ["-c", "forced_login_method=api"];
    for flags in [&["login"][..], &["login", "--device-auth"]] {
        let out = codex.command(flags.iter().copied()).args(forced).run().await.unwrap();
        assert_eq!(out.code, Some(1), "{out:?}");
        assert!(out.stderr.contains("codex login --with-api-key"), "{out:?}");
    }
    let both = codex.command(["login", "--with-api-key", "--device-auth"]).run().await.unwrap();
    assert_eq!(both.code, Some(2), "{both:?}");
}

/// The far end of a terminal in which `codex login --with-api-key` waits for the key.
struct Asked {
    terminal: File,
    near: File,
    child: std::process::Child,
    shown: String,
}

impl Asked {
    fn start(codex: &TestCodex) -> Self {
        let pair = nix::pty::openpty(None, None).unwrap();
        let (terminal, near) = (File::from(pair.master), File::from(pair.slave));
        let end = || Stdio::from(near.try_clone().unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_codex"));
        command.args(["login", "--with-api-key"]).current_dir(codex.repo()).env_clear();
        command.env("CODEX_HOME", codex.home()).env("HOME", codex.user_home()).env("TERM", "xterm");
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        Self { terminal, near, child, shown: String::new() }
    }

    fn wait_for(&mut self, text: &str) {
        let mut buffer = [0; 1024];
        while !self.shown.contains(text) {
            let count = self.terminal.read(&mut buffer).unwrap();
            self.shown.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        }
    }

    fn shows_typing(&self) -> bool {
        tcgetattr(&self.near).unwrap().local_flags.contains(LocalFlags::ECHO)
    }
}

#[tokio::test]
async fn a_typed_key_is_not_shown() {
    let codex = at_openai([]).await;
    let mut asked = Asked::start(&codex);
    asked.wait_for("API key (not shown): ");
    assert!(!asked.shows_typing());
    asked.terminal.write_all(format!("wrong\u{15}{KEY}x\u{7f}\r").as_bytes()).unwrap();
    asked.wait_for("login status`.");
    assert!(asked.child.wait().unwrap().success());
    assert!(!asked.shown.contains(KEY) && !asked.shown.contains("wrong"), "{}", asked.shown);
    assert!(asked.shows_typing());
    assert_eq!(stored(&codex)["OPENAI_API_KEY"], KEY);
}

#[tokio::test]
async fn a_question_can_be_left() {
    let codex = at_openai([]).await;
    let mut asked = Asked::start(&codex);
    asked.wait_for("API key (not shown): ");
    asked.terminal.write_all(b"sk-\x03").unwrap();
    asked.wait_for("No API key was given.");
    assert_eq!(asked.child.wait().unwrap().code(), Some(1));
    assert!(asked.shows_typing());
    assert!(!codex.home().join("auth.json").exists());
}

// covers: responses-wire 50
#[tokio::test]
async fn a_command_is_run_again_when_its_token_is_refused() {
    let config = "model = \"gpt-5.5\"\nmodel_provider = \"lab\"\n[model_providers.lab]\nname = \"Lab\"\n\
        base_url = \"$SERVER\"\n[model_providers.lab.auth]\ncommand = \"sh\"\n\
        args = [\"-c\", \"echo >> $CODEX_HOME/runs; echo token-$(wc -l < $CODEX_HOME/runs | tr -d ' ')\"]\n";
    let script = [Reply::error(401, "invalid_token", "no"), Reply::say("hello")];
    let codex = world().raw_config(config).script(script).build().await.unwrap();
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(out.events_of_type("error").unwrap(), Vec::<Value>::new());
    let requests = codex.server.requests();
    let sent: Vec<_> = requests.iter().map(|request| request.header("authorization").unwrap()).collect();
    assert_eq!(sent, ["Bearer token-1", "Bearer token-2"]);
    codex.server.verify().unwrap();
}
