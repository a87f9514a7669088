//! The shell blocks of `docs/providers.md` and `docs/authentication.md`, run as they stand: `codex` is the binary, other
//! programs are stand-ins that say what they were asked, and servers are the scripted ones, reached through the settings
//! the pages name. A block that no test here knows is a failure, so that a new one is tried too.

use std::os::unix::fs::{PermissionsExt as _, symlink};

use codex_sim::{Reply, Route, Script, SideAnswer, SideServer};
use codex_test_support::{CodexCommand, CommandOutput, TestCodex};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::gateways::browse;
use crate::world::world;

const PROVIDERS: &str = include_str!("../../../../docs/providers.md");
const AUTHENTICATION: &str = include_str!("../../../../docs/authentication.md");
const PAGES: [&str; 3] = [PROVIDERS, AUTHENTICATION, include_str!("../../../../README.md")];
/// What the pages take for granted beside the binary.
const OTHERS: [&str; 3] = ["ollama", "lms", "gcloud"];
/// Begins the line of each block by which a test finds it.
const BLOCKS: [&str; 6] = [
    "ollama serve",
    "lms server start",
    "export AWS_BEARER_TOKEN_BEDROCK",
    "gcloud auth",
    "codex login --provider lab",
    "codex login status",
];

fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// What is typed in the block that begins so.
fn typed(page: &str, beginning: &str) -> String {
    let lines = |block: &&str| -> Vec<String> {
        block.lines().filter_map(|line| Some(format!("{}\n", line.strip_prefix("$ ")?))).collect()
    };
    let blocks = blocks(page, "console");
    let found = blocks.iter().map(lines).find(|lines| lines[0].starts_with(beginning));
    assert!(found.is_some(), "no block begins with `{beginning}`");
    found.unwrap().concat()
}

/// The settings of the block that holds this text.
fn settings<'a>(page: &'a str, holding: &str) -> &'a str {
    let found = blocks(page, "toml").into_iter().find(|block| block.contains(holding));
    assert!(found.is_some(), "no settings hold `{holding}`");
    found.unwrap()
}

async fn at(config: &str, script: impl Into<Script>) -> TestCodex {
    let codex = world().raw_config(config).script(script).build().await.unwrap();
    let bin = codex.root().join("bin");
    std::fs::create_dir(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_codex"), bin.join("codex")).unwrap();
    for name in OTHERS {
        let script = format!("#!/bin/sh\necho \"{name} $*\" >> \"$HOME/asked\"\necho tok-1\n");
        std::fs::write(bin.join(name), script).unwrap();
        std::fs::set_permissions(bin.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    codex
}

/// A shell that stops at the first line that fails.
fn shell(codex: &TestCodex, script: &str) -> CodexCommand {
    let path = format!("{}:/usr/bin:/bin", codex.root().join("bin").display());
    codex.program("/bin/sh").args(["-ec", &format!("{script}\nwait\n")]).env("PATH", path)
}

fn succeeded(out: &CommandOutput) {
    assert_eq!(out.code, Some(0), "{out:?}");
}

fn asked(codex: &TestCodex) -> Vec<String> {
    let text = std::fs::read_to_string(codex.user_home().join("asked")).unwrap_or_default();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn every_block_is_known() {
    let all = [PROVIDERS, AUTHENTICATION].map(|page| blocks(page, "console")).concat();
    for block in &all {
        let known = |beginning: &&str| block.starts_with(&format!("$ {beginning}"));
        assert!(BLOCKS.iter().any(known), "nobody tries this block:\n{block}");
    }
    assert_eq!(all.len(), BLOCKS.len());
}

#[tokio::test]
async fn local_servers_are_used_as_the_page_says() {
    for (beginning, model, expected, script) in [
        (
            "ollama serve",
            "gpt-oss:20b",
            ["ollama pull gpt-oss:20b", "ollama serve"],
            vec![Reply::say("hello")],
        ),
        (
            "lms server start",
            "openai/gpt-oss-20b",
            ["lms get openai/gpt-oss-20b", "lms server start"],
            vec![Reply::status(200).body("{}"), Reply::say("hello")],
        ),
    ] {
        let models = json!({ "object": "list", "data": [{ "id": model }] });
        let codex = at("", Script::new(script).models(models)).await;
        let run = shell(&codex, &typed(PROVIDERS, beginning));
        let out = run.env("CODEX_OSS_BASE_URL", codex.server.url()).run().await.unwrap();
        succeeded(&out);
        assert!(out.stdout.ends_with("hello\n"), "{out:?}");
        assert_eq!(asked(&codex), expected);
        codex.server.verify().unwrap();
    }
}

#[tokio::test]
async fn clouds_are_used_as_the_page_says() {
    let at_ours = async |id: &str| {
        at(&format!("[model_providers.{id}]\nbase_url = \"$SERVER\"\n"), [Reply::say("hello")]).await
    };
    let codex = at_ours("amazon-bedrock").await;
    succeeded(&shell(&codex, &typed(PROVIDERS, "export AWS_BEARER")).run().await.unwrap());
    assert_eq!(codex.server.request(0).unwrap().header("authorization"), Some("Bearer ..."));

    let codex = at_ours("gcp").await;
    succeeded(&shell(&codex, &typed(PROVIDERS, "gcloud auth")).run().await.unwrap());
    assert_eq!(codex.server.request(0).unwrap().header("authorization"), Some("Bearer tok-1"));
    let expected =
        ["gcloud auth application-default login", "gcloud auth application-default print-access-token"];
    assert_eq!(asked(&codex), expected);
    // The settings beside it are settings.
    let strict = ["features", "list", "--strict-config"];
    let codex = at(settings(PROVIDERS, "[model_providers.gcp]"), []).await;
    succeeded(&codex.command(strict).run().await.unwrap());
}

#[tokio::test]
async fn a_gateway_is_signed_in_at_as_the_page_says() {
    let token = SideAnswer::json(200, &json!({ "access_token": "at-1" }));
    let server = SideServer::start([Route::post("/token", [token])]).await.unwrap();
    let gateway =
        settings(PROVIDERS, "authorization_url").replace("https://gateway.lab.example", &server.url());
    let lab = settings(PROVIDERS, "env_key_instructions").replace("https://models.lab.example/v1", "$SERVER");
    let codex = at(&format!("{lab}{gateway}"), [Reply::say("hello")]).await;
    let run = shell(&codex, &typed(PROVIDERS, "codex login --provider lab")).env("LAB_KEY", "k-1");
    let run = run.spawn().unwrap();
    browse(&run).await;
    let out = run.wait().await.unwrap();
    succeeded(&out);
    assert!(out.stderr.ends_with("Logged out: the sign-in at the gateway was removed.\n"), "{out:?}");
    let sent = codex.server.request(0).unwrap();
    assert_eq!(
        (sent.header("authorization"), sent.header("x-gateway-token")),
        (Some("Bearer k-1"), Some("Bearer at-1"))
    );
}

#[tokio::test]
async fn logins_work_as_the_page_says() {
    let config = "model = \"gpt-5.5\"\nopenai_base_url = \"$SERVER\"\n";
    for (line, bearer) in [
        ("export CODEX_API_KEY=sk-...", "Bearer sk-..."),
        ("export CODEX_ACCESS_TOKEN=at-...", "Bearer at-..."),
    ] {
        assert!(AUTHENTICATION.contains(&format!("`{line}`")));
        let codex = at(config, [Reply::say("hello")]).await;
        succeeded(&shell(&codex, &format!("{line}\ncodex exec hi")).run().await.unwrap());
        assert_eq!(codex.server.request(0).unwrap().header("authorization"), Some(bearer));
    }
    let codex = at(config, []).await;
    let store = "printenv OPENAI_API_KEY | codex login --with-api-key";
    assert!(AUTHENTICATION.contains(&format!("`{}`", store.replace('|', "\\|"))));
    let script = format!("{store}\n{}", typed(AUTHENTICATION, "codex login status"));
    let out = shell(&codex, &script).env("OPENAI_API_KEY", "sk-0123456789abcdefghij").run().await.unwrap();
    succeeded(&out);
    assert!(out.stderr.ends_with("Logged out: the stored login was removed.\n"), "{out:?}");
    // Asked by `status` and by `status --check`.
    assert_eq!(codex.server.other_requests().len(), 2);
}

#[tokio::test]
async fn every_command_of_the_pages_is_understood() {
    let codex = at("", []).await;
    let mut tried = 0;
    for page in PAGES {
        // Every second piece stands between backticks, but for fences, whose lines are looked at by themselves.
        let inline = page.split('`').skip(1).step_by(2).map(str::to_owned);
        let fenced = page.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned);
        for line in inline.chain(fenced) {
            let line = line.replace("\\|", "|").split(" #").next().unwrap().to_owned();
            let last = line.split(['|', '&']).next_back().unwrap().split(['<', '>']).next().unwrap().trim();
            let is_command = last.starts_with("codex ") && !last.contains(" -- ") && !last.contains('\n');
            if is_command {
                let out = shell(&codex, &format!("{last} --help")).run().await.unwrap();
                assert_eq!(out.code, Some(0), "`{last}` is not understood: {out:?}");
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "only {tried} commands were found");
}
