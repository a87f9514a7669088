//! Secrets in what a run leaves behind: none are there, nobody else can read it, and a masked thread still resumes.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use codex_sim::Reply;
use codex_test_support::{CommandOutput, TestCodex};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::world::{failure, run_command, world};

const TOKEN: &str = "tok-4f9A0bC1dE2fG3hI4jK5";
const LOGIN: &str = "sk-login-7dE2fG3hI4jK5lM6nO7p";
const HEADER: &str = "hdr-0a1B2c3D4e5F6g7H8i9J";
const URL_PASSWORD: &str = "pg-9sT0uV1wX2yZ";
const KEY_LINES: [&str; 2] =
    ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIB", "AQC7VJTUt9Us8cKjMzEfYyjiWA4R4/M2bS1GB4t7NXp98C3S"];

/// Prints every one of them, and a piece of one.
const PRINT_ALL: &str = "printenv DEPLOY_TOKEN DATABASE_URL SIGNING_KEY; cat $CODEX_HOME/auth.json; \
                         cat $CODEX_HOME/config.toml; printf 'tok-4f9A0bC1dE2f'";

fn secrets() -> Vec<&'static str> {
    [&[TOKEN, LOGIN, HEADER, URL_PASSWORD][..], &KEY_LINES].concat()
}

async fn planted(script: Vec<Reply>) -> TestCodex {
    let key = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", KEY_LINES.join("\n"));
    let world = world()
        .script(script)
        .provider(
            "http_headers",
            &format!("{{ \"X-Api-Key\" = \"{HEADER}\", \"X-Region\" = \"eu-central-1\" }}"),
        )
        .env("DEPLOY_TOKEN", TOKEN)
        .env("DATABASE_URL", format!("postgres://app:{URL_PASSWORD}@db:5432/app"))
        .env("SIGNING_KEY", key)
        .env("TOKENIZERS_PARALLELISM", "false")
        .env("SSH_KEY_PATH", "/home/someone/.ssh/id");
    world.build().await.unwrap()
}

/// Runs the binary with this umask.
async fn with_umask(codex: &TestCodex, umask: &str, args: &[&str]) -> CommandOutput {
    let script = format!("umask {umask}; exec \"$0\" \"$@\"");
    let run = codex.program("/bin/sh").args(["-c", &script, env!("CARGO_BIN_EXE_codex")]).args(args);
    run.env("CODEX_LOG", "trace").env("RUST_LOG", "trace").run().await.unwrap()
}

fn below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(below(&path));
        }
        found.insert(path);
    }
    found
}

/// The folders that are codex's own.
fn ours(codex: &TestCodex) -> BTreeSet<PathBuf> {
    below(codex.home()).into_iter().chain(below(&codex.root().join("tmp"))).collect()
}

/// What of the secrets is in these bytes.
fn leaks(bytes: &[u8]) -> Vec<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    secrets().into_iter().filter(|secret| text.contains(secret)).collect()
}

#[track_caller]
fn check_what_is_left(codex: &TestCodex, before: &BTreeSet<PathBuf>) {
    let mut left = ours(codex);
    left.insert(codex.root().join("run.jsonl"));
    let mut wrong = Vec::new();
    let mut threads = 0;
    for path in left.difference(before) {
        let mode = fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            wrong.push(format!("{mode:o} {}", path.display()));
        }
        if path.is_file() && !path.ends_with("auth.json") {
            let found = leaks(&fs::read(path).unwrap());
            if !found.is_empty() {
                wrong.push(format!("{found:?} in {}", path.display()));
            }
        }
        threads += usize::from(path.to_string_lossy().contains("rollout-"));
    }
    assert_eq!((wrong, threads), (Vec::<String>::new(), 2));
}

async fn leaves_no_secret(umask: &str) {
    let said = format!("It is {TOKEN}; TOKENIZERS_PARALLELISM=false, /home/someone/.ssh/id.");
    let refusal = json!({ "error": { "message": format!("Incorrect key: {TOKEN}\u{1b}[2J") } });
    let codex = planted(vec![
        run_command(PRINT_ALL, "c1"),
        Reply::say(&said),
        Reply::say("resumed"),
        Reply::say("forked"),
        Reply::status(400).json(&refusal),
    ])
    .await;
    let before = ours(&codex);
    let login = codex.program("/bin/sh");
    let script = format!("umask {umask}; exec \"$0\" \"$@\"");
    let login = login.args(["-c", &script, env!("CARGO_BIN_EXE_codex"), "login", "--with-api-key"]);
    let login = login.stdin(LOGIN).run().await.unwrap();
    assert_eq!(login.code, Some(0), "{login:?}");

    let cassette = codex.root().join("run.jsonl");
    let record = cassette.to_str().unwrap();
    let prompt = format!("print {TOKEN}");
    let args = ["exec", "--json", "-s", "workspace-write", "--record", record, &prompt];
    let first = with_umask(&codex, umask, &args).await;
    assert_eq!(first.code, Some(0), "{first:?}");
    // The model and whoever started the run see what there is.
    let live = codex.server.request(1).unwrap().json().to_string();
    assert_eq!(secrets().into_iter().filter(|secret| !live.contains(secret)).collect::<Vec<_>>(), [""; 0]);
    assert!(first.stdout.contains(&said), "{first:?}");
    assert!(first.stderr.contains("TRACE"), "{first:?}");
    assert_eq!(leaks(first.stderr.as_bytes()), [""; 0], "{}", first.stderr);

    // The thread opens again, and the model reads on in what was saved.
    let id = first.thread_id().unwrap();
    let resumed = with_umask(&codex, umask, &["exec", "--json", "resume", &id, "on"]).await;
    assert_eq!((resumed.code, resumed.thread_id().unwrap()), (Some(0), id.clone()), "{resumed:?}");
    let sent = codex.server.request(2).unwrap().json().to_string();
    assert_eq!(leaks(sent.as_bytes()), [""; 0]);
    for text in [
        "print [secret:DEPLOY_TOKEN]",
        "It is [secret:DEPLOY_TOKEN]; TOKENIZERS_PARALLELISM=false, /home/someone/.ssh/id.",
        "postgres://app:[secret:DATABASE_URL]@db:5432/app",
        "[secret:SIGNING_KEY]",
        "[secret:auth_json]",
        "[secret:X_Api_Key]",
        "eu-central-1",
    ] {
        assert!(sent.contains(text), "{text}: {sent}");
    }
    assert!(!sent.contains("tok-4f9A0bC1dE2f"), "{sent}");
    let forked = with_umask(&codex, umask, &["exec", "--json", "fork", &id, "aside"]).await;
    assert_eq!(forked.code, Some(0), "{forked:?}");
    check_what_is_left(&codex, &before);

    // A server that quotes the key.
    let failed = with_umask(&codex, umask, &["exec", "--json", "--ephemeral", "no"]).await;
    let message = failure(&failed);
    assert!(message.contains("Incorrect key: [secret:DEPLOY_TOKEN]"), "{message}");
    assert_eq!(leaks(failed.stderr.as_bytes()), [""; 0], "{}", failed.stderr);
    assert!(!failed.stderr.contains('\u{1b}'), "{}", failed.stderr);
}

// threat 18
// threat 34
#[tokio::test]
async fn a_run_leaves_no_secret_and_nothing_that_others_can_read() {
    leaves_no_secret("022").await;
}

// threat 18
#[tokio::test]
async fn nor_does_it_where_the_umask_forbids_nothing() {
    leaves_no_secret("000").await;
}

#[tokio::test]
async fn what_is_masked_is_the_persons_choice_and_not_the_projects() {
    let script = (0..3).flat_map(|_| [run_command("printenv DEPLOY_TOKEN", "c1"), Reply::say("done")]);
    let codex = planted(script.collect()).await;
    codex.write(".codex/config.toml", "[privacy]\nmask_secrets = false\n").unwrap();
    let told = async |args: &[&str]| {
        let out = codex.exec(["--json", "--trust"]).args(args).arg("hi").run().await.unwrap();
        assert_eq!(out.code, Some(0), "{out:?}");
        let rollouts = codex.rollouts().unwrap();
        let newest = rollouts
            .iter()
            .find(|rollout| rollout.path.to_string_lossy().contains(&out.thread_id().unwrap()));
        fs::read_to_string(&newest.unwrap().path).unwrap()
    };
    let masked = told(&[]).await;
    assert!(!masked.contains(TOKEN) && masked.contains("[secret:DEPLOY_TOKEN]"), "{masked}");
    let off = told(&["-c", "privacy.mask_secrets=false"]).await;
    assert!(off.contains(TOKEN), "{off}");
    let excepted = told(&["-c", "privacy.unmasked_variables=[\"deploy_token\"]"]).await;
    assert!(excepted.contains(TOKEN), "{excepted}");
}

#[tokio::test]
async fn a_token_that_a_command_prints_is_known_as_soon_as_it_is_there() {
    let config = "model = \"gpt-5.5\"\nmodel_provider = \"own\"\n[model_providers.own]\nname = \"Own\"\nbase_url = \"$SERVER\"\n\
                  [model_providers.own.auth]\ncommand = \"cat\"\nargs = [\"$CODEX_HOME/token\"]\n";
    let world = world().raw_config(config).home_file("token", TOKEN);
    let script = [run_command("cat $CODEX_HOME/token", "c1"), Reply::say("done")];
    let codex = world.script(script).build().await.unwrap();
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(codex.server.request(1).unwrap().json().to_string().contains(TOKEN));
    let saved = fs::read_to_string(&codex.rollout().unwrap().path).unwrap();
    assert!(!saved.contains(TOKEN) && saved.contains("[secret:auth_command]"), "{saved}");
}

#[tokio::test]
async fn a_thread_opens_again_although_its_folder_and_its_id_are_secrets_now() {
    let script = ["one", "two", "three"].map(Reply::say);
    let codex = world().script(script).build().await.unwrap();
    let folder = codex.root().file_name().unwrap().to_str().unwrap().to_owned();
    let first = codex.exec(["--json", "hi"]).env("ODD_PASSWORD", &folder).run().await.unwrap();
    assert_eq!(first.code, Some(0), "{first:?}");
    let id = first.thread_id().unwrap();
    let resumed =
        codex.exec(["--json", "resume", &id, "on"]).env("ODD_PASSWORD", &folder).env("OTHER_SECRET", &id);
    let resumed = resumed.run().await.unwrap();
    assert_eq!((resumed.code, resumed.thread_id().unwrap()), (Some(0), id.clone()), "{resumed:?}");
    // The newest of this folder: found by its folder.
    let last =
        codex.exec(["--json", "resume", "--last", "on"]).env("ODD_PASSWORD", &folder).run().await.unwrap();
    assert_eq!((last.code, last.thread_id().unwrap()), (Some(0), id.clone()), "{last:?}");
    let rollout = codex.rollout().unwrap();
    let meta = &rollout.lines[0]["payload"];
    assert_eq!((meta["id"].as_str(), meta["cwd"].as_str()), (Some(id.as_str()), codex.repo().to_str()));
    let saved = fs::read_to_string(&rollout.path).unwrap();
    assert!(saved.contains("[secret:ODD_PASSWORD]"), "{saved}");
}
