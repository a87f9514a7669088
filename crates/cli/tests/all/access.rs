//! Access tokens, Agent Identity, workspaces and the keyring, through the binary.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use codex_sim::{RecordedRequest, Reply, Route, Script, SideAnswer, SideServer};
use codex_test_support::TestCodex;
use pretty_assertions::assert_eq;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::screens::Terminal;
use crate::world::world;

fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/agent_identity.json")).unwrap()
}

async fn at_openai(top: &str, script: impl Into<Script>) -> TestCodex {
    let config = format!("model = \"gpt-5.5\"\nopenai_base_url = \"$SERVER\"\n{top}\n");
    world().raw_config(&config).script(script).build().await.unwrap()
}

fn stored(codex: &TestCodex) -> Value {
    serde_json::from_slice(&fs::read(codex.home().join("auth.json")).unwrap()).unwrap()
}

#[tokio::test]
async fn a_personal_token_is_stored_once_the_server_knows_its_owner() {
    let owner = json!({ "email": "a@b.test", "chatgpt_account_id": "acc-1" });
    let path = "/api/accounts/v1/user-auth-credential/whoami";
    let answers =
        [SideAnswer::json(401, &json!({ "error": "unknown token" })), SideAnswer::json(200, &owner)];
    let server = SideServer::start([Route::get(path, answers)]).await.unwrap();
    let codex = at_openai("", [Reply::say("hello"), Reply::say("again")]).await;
    let url = server.url();
    let log_in = async |token: &str| {
        let login = codex.command(["login", "--with-access-token", "--experimental_issuer", &url]);
        login.stdin(token).run().await.unwrap()
    };
    let odd = log_in("sk-no-token").await;
    assert_eq!((odd.code, server.paths().len()), (Some(1), 0), "{odd:?}");
    let refused = log_in("at-1").await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("status 401: unknown token"), "{refused:?}");
    assert!(!codex.home().join("auth.json").exists());
    let accepted = log_in("at-2\n").await;
    assert_eq!(accepted.code, Some(0), "{accepted:?}");
    assert!(accepted.stderr.contains("The access token of a@b.test is saved in "), "{accepted:?}");
    assert_eq!(server.requests()[1].header("authorization"), Some("Bearer at-2"));
    let expected =
        json!({ "auth_mode": "personalAccessToken", "personal_access_token": "at-2", "account_id": "acc-1" });
    assert_eq!(stored(&codex), expected);

    assert_eq!(codex.exec(["hi"]).run().await.unwrap().code, Some(0));
    let sent = codex.server.request(0).unwrap();
    assert_eq!(sent.header("authorization"), Some("Bearer at-2"));
    assert_eq!(sent.header("chatgpt-account-id"), Some("acc-1"));
    let other = codex.exec(["hi"]).env("CODEX_ACCESS_TOKEN", "at-3").run().await.unwrap();
    assert_eq!(other.code, Some(0), "{other:?}");
    let sent = codex.server.request(1).unwrap();
    assert_eq!(
        (sent.header("authorization"), sent.header("chatgpt-account-id")),
        (Some("Bearer at-3"), None)
    );
}

fn assertion(sent: &RecordedRequest) -> Value {
    let header = sent.header("authorization").unwrap().strip_prefix("AgentAssertion ").unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

#[tokio::test]
async fn an_identity_signs_model_requests_with_one_task() {
    let jwks = json!({ "keys": [{ "kid": "k1", "kty": "RSA", "n": fixture()["n"], "e": "AQAB" }] });
    let server = SideServer::start([
        Route::get("/backend-api/wham/agent-identities/jwks", [SideAnswer::json(200, &jwks)]),
        Route::post(
            "/backend-api/v1/agent/run-1/task/register",
            [
                SideAnswer::json(200, &json!({ "task_id": "task-1" })),
                // `task-2`, sealed by libsodium for the key.
                SideAnswer::json(200, &json!({ "encrypted_task_id": fixture()["sealed_task"] })),
            ],
        ),
    ])
    .await
    .unwrap();
    let top = format!("chatgpt_base_url = \"{}/backend-api\"", server.url());
    let script = [Reply::status(500), Reply::say("hello"), Reply::say("again")];
    let codex = at_openai(&top, script).await;
    let token = fixture()["token"].as_str().unwrap().to_owned();
    let forged = format!("{}A", &token[..token.len() - 1]);
    let out = codex.command(["login", "--with-access-token"]).stdin(forged).run().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("the token's signature is not the server's"), "{out:?}");
    let out = codex.command(["login", "--with-access-token"]).stdin(token).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(stored(&codex)["agent_identity"]["agent_runtime_id"], "run-1");

    let out = codex.exec(["hi"]).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(0), "hello\n"), "{out:?}");
    assert_eq!(codex.server.handshakes().len(), 0);
    let key = STANDARD.decode(fixture()["key"].as_str().unwrap()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&key).unwrap();
    let public = UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref().to_vec());
    let check = |text: String, signature: &Value| {
        public.verify(text.as_bytes(), &STANDARD.decode(signature.as_str().unwrap()).unwrap()).unwrap();
    };
    for sent in codex.server.requests() {
        let said = assertion(&sent);
        let names: Vec<&String> = said.as_object().unwrap().keys().collect();
        assert_eq!(names, ["agent_runtime_id", "signature", "task_id", "timestamp"]);
        let (id, task, at) = (&said["agent_runtime_id"], &said["task_id"], &said["timestamp"]);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        check(format!("{}:{}:{}", text(id), text(task), text(at)), &said["signature"]);
        assert_eq!((sent.header("chatgpt-account-id"), text(task)), (Some("acc-1"), "task-1".to_owned()));
    }
    assert_eq!(codex.server.requests().len(), 2);
    // The keys once for each login; the task once for the run, although the request was sent twice.
    let asked = server.requests();
    assert_eq!(asked.iter().filter(|request| request.path().ends_with("/task/register")).count(), 1);
    let registered = asked[2].json();
    check(format!("run-1:{}", registered["timestamp"].as_str().unwrap()), &registered["signature"]);
    // The next run registers a task of its own, which the server seals.
    assert_eq!(codex.exec(["hi"]).run().await.unwrap().code, Some(0));
    assert_eq!(assertion(&codex.server.request(2).unwrap())["task_id"], "task-2");
    // Lists of models and other servers carry no assertion.
    assert!(codex.server.other_requests().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_of_the_environment_is_a_login_for_the_terminal_ui() {
    let config = "model = \"gpt-5.5\"\nchatgpt_base_url = \"http://127.0.0.1:1/backend-api\"\n";
    let codex = world().raw_config(config).build().await.unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_codex"));
    command.args(["--sandbox", "read-only", "--no-alt-screen"]).current_dir(codex.repo()).env_clear();
    command.env("CODEX_HOME", codex.home()).env("HOME", codex.user_home()).env("PATH", "/usr/bin:/bin");
    command.env("TERM", "xterm-256color").env("SHELL", "/bin/sh").env("CODEX_ACCESS_TOKEN", "at-1");
    let mut terminal = Terminal::of(command);
    // Not the question how to log in.
    terminal.wait_for("What shall be done?");
    assert!(terminal.leave_nothing().success());
}

#[tokio::test]
async fn an_identity_without_its_key_sends_nothing() {
    let codex = at_openai("", []).await;
    let login = r#"{"auth_mode":"agentIdentity","agent_identity":{"agent_runtime_id":"run-2"}}"#;
    fs::write(codex.home().join("auth.json"), login).unwrap();
    let out = codex.exec(["hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("its id or its key is missing in "), "{out:?}");
    assert_eq!(codex.server.requests().len(), 0);
}

#[tokio::test]
async fn only_the_workspaces_that_are_allowed_are_used() {
    let codex = at_openai("forced_chatgpt_workspace_id = [\"ws-1\", \"ws-2\"]", Reply::say("hello")).await;
    let login = |account: &str| {
        let text = json!({ "auth_mode": "chatgpt", "OPENAI_API_KEY": null, "tokens":
            { "id_token": "e30.e30.x", "access_token": "e30.e30.x", "refresh_token": "r", "account_id": account } });
        fs::write(codex.home().join("auth.json"), text.to_string()).unwrap();
    };
    login("ws-3");
    let out = codex.exec(["hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(
        out.stderr.contains("`forced_chatgpt_workspace_id` does not allow its workspace `ws-3`"),
        "{out:?}"
    );
    let status = codex.command(["login", "status", "--offline"]).run().await.unwrap();
    assert_eq!(status.code, Some(1), "{status:?}");
    assert_eq!(codex.server.requests().len(), 0);
    login("ws-2");
    assert_eq!(codex.exec(["hi"]).run().await.unwrap().code, Some(0));
    let flags = ["login", "--experimental_port", "0", "--experimental_issuer", "http://127.0.0.1:9"];
    let run = codex.command(flags).spawn().unwrap();
    let shown = run.wait_for_stderr(|text| text.contains("Waiting.")).await.unwrap();
    assert!(shown.contains("&allowed_workspace_id=ws-1%2Cws-2"), "{shown}");
}

#[tokio::test]
async fn a_status_asks_the_server_and_lives_without_it() {
    let codex = at_openai("", []).await;
    codex.command(["login", "--with-api-key"]).stdin("sk-0123456789abcdefghij").run().await.unwrap();
    let asked = codex.command(["login", "status"]).run().await.unwrap();
    assert_eq!(asked.code, Some(0), "{asked:?}");
    assert!(asked.stderr.ends_with("The server accepts it.\n"), "{asked:?}");
    assert_eq!(codex.server.other_requests().len(), 1);
    let nobody = ["login", "status", "-c", "openai_base_url=\"http://127.0.0.1:9/v1\""];
    let lenient = codex.command(nobody).run().await.unwrap();
    assert_eq!(lenient.code, Some(0), "{lenient:?}");
    assert!(lenient.stderr.contains("It could not be checked: "), "{lenient:?}");
    let strict = codex.command(nobody).args(["--check"]).run().await.unwrap();
    assert_eq!(strict.code, Some(1), "{strict:?}");
}

/// Keeps secrets in files beside itself, as the real program does in the keyring.
const SECRET_TOOL: &str = "#!/bin/sh\ncd \"$(dirname \"$0\")\" || exit 1\n\
    case \"$1\" in\n\
    store) cat > \"kept-$6\" ;;\n\
    lookup) [ -e \"kept-$5\" ] && cat \"kept-$5\" ;;\n\
    clear) rm -f \"kept-$5\" ;;\n\
    esac\n";

/// Puts a keyring's program into a folder; the `PATH` that begins there.
pub(crate) fn with_keyring(tools: &Path) -> String {
    let tool = tools.join("secret-tool");
    fs::write(&tool, SECRET_TOOL).unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:/usr/bin:/bin", tools.display())
}

#[tokio::test]
async fn a_keyring_keeps_the_login_and_no_file_does() {
    let tools = tempfile::tempdir().unwrap();
    let path = with_keyring(tools.path());
    for store in ["keyring", "auto"] {
        let codex =
            at_openai(&format!("cli_auth_credentials_store = \"{store}\""), Reply::say("hello")).await;
        let login = codex.command(["login", "--with-api-key"]).env("PATH", path.clone());
        let out = login.stdin("sk-0123456789abcdefghij").run().await.unwrap();
        assert_eq!(out.code, Some(0), "{out:?}");
        assert!(out.stderr.contains("is saved in the system keyring."), "{out:?}");
        assert!(!codex.home().join("auth.json").exists());
        assert_eq!(codex.exec(["hi"]).env("PATH", path.clone()).run().await.unwrap().code, Some(0));
        let sent = codex.server.request(0).unwrap();
        assert_eq!(sent.header("authorization"), Some("Bearer sk-0123456789abcdefghij"));
        let out = codex.command(["logout"]).env("PATH", path.clone()).run().await.unwrap();
        assert_eq!(out.code, Some(0), "{out:?}");
        let status = codex.command(["login", "status"]).env("PATH", path.clone()).run().await.unwrap();
        assert_eq!(status.code, Some(1), "{status:?}");
        assert_eq!(fs::read_dir(tools.path()).unwrap().count(), 1);
    }
    // Without a keyring `auto` means the file.
    let codex = at_openai("cli_auth_credentials_store = \"auto\"", []).await;
    let empty = tempfile::tempdir().unwrap();
    let login = codex.command(["login", "--with-api-key"]).env("PATH", empty.path());
    let out = login.stdin("sk-0123456789abcdefghij").run().await.unwrap();
    assert_eq!((out.code, codex.home().join("auth.json").exists()), (Some(0), true), "{out:?}");
}
