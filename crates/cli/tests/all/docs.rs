//! `docs/providers.md` followed to the letter: each block of settings is put into a config as it stands, only the address
//! is that of the scripted server, and a run goes there with the credential the page speaks of.

use std::os::unix::fs::PermissionsExt as _;

use codex_sim::{RecordedRequest, Reply};
use codex_test_support::TestCodex;
use pretty_assertions::assert_eq;

use crate::world::world;

const PAGE: &str = include_str!("../../../../docs/providers.md");

/// The block of settings that holds this line.
fn block(line: &str) -> String {
    let blocks = PAGE.split("```toml\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0));
    let mut holding =
        blocks.filter(|block| block.lines().any(|there| there.split(" #").next().unwrap().trim() == line));
    let found = holding.next();
    assert!(found.is_some(), "docs/providers.md has no block with {line}");
    found.unwrap().to_owned()
}

/// A world with these settings, whose `PATH` begins with its own folder.
async fn following(config: &str) -> TestCodex {
    world().raw_config(config).script([Reply::say("hello")]).build().await.unwrap()
}

async fn request_of(codex: &TestCodex, provider: &str, variables: &[(&str, &str)]) -> RecordedRequest {
    let chosen = format!("model_provider={provider}");
    let address = format!("model_providers.{provider}.base_url={}", codex.server.url());
    let run = codex.exec(["--strict-config", "-c", &chosen, "-c", &address, "hi"]);
    let run = variables.iter().fold(run, |run, (name, value)| run.env(*name, value));
    let out = run.run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(0), "hello\n"), "{provider}: {out:?}");
    codex.server.verify().unwrap();
    codex.server.request(0).unwrap()
}

#[tokio::test]
async fn each_kind_of_server_is_reached_with_the_settings_of_the_page() {
    let cases = [
        ("[model_providers.lab]", "lab", "LAB_KEY", "/v1/responses", "authorization", "Bearer k-1"),
        (
            "[model_providers.azure]",
            "azure",
            "AZURE_OPENAI_API_KEY",
            "/v1/responses?api-version=2025-04-01-preview",
            "api-key",
            "k-1",
        ),
        (
            "[model_providers.llama]",
            "vllm",
            "VLLM_API_KEY",
            "/v1/chat/completions",
            "authorization",
            "Bearer k-1",
        ),
        (
            "[model_providers.llama]",
            "openrouter",
            "OPENROUTER_API_KEY",
            "/v1/chat/completions",
            "authorization",
            "Bearer k-1",
        ),
        ("[model_providers.anthropic]", "anthropic", "ANTHROPIC_API_KEY", "/v1/messages", "x-api-key", "k-1"),
    ];
    for (line, provider, variable, path, header, value) in cases {
        let request = request_of(&following(&block(line)).await, provider, &[(variable, "k-1")]).await;
        assert_eq!((request.path(), request.header(header)), (path, Some(value)), "{provider}");
    }
    let local = request_of(&following(&block("[model_providers.llama]")).await, "llama", &[]).await;
    assert_eq!((local.path(), local.header("authorization")), ("/v1/chat/completions", None));
    assert_eq!(local.json()["model"], "qwen3-coder");
}

#[tokio::test]
async fn a_command_prints_the_token_as_on_the_page() {
    let lab = block("[model_providers.lab]");
    let lab: String =
        lab.lines().filter(|line| !line.starts_with("env_key")).map(|line| format!("{line}\n")).collect();
    let codex = following(&format!("{lab}{}", block("[model_providers.lab.auth]"))).await;
    let program = codex.repo().join("lab-token");
    codex.write("lab-token", "#!/bin/sh\necho \"of $1\"\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", codex.repo().display());
    let request = request_of(&codex, "lab", &[("PATH", &path)]).await;
    assert_eq!(request.header("authorization"), Some("Bearer of --fresh"));
}

#[tokio::test]
async fn bedrock_signs_with_the_profile_of_the_page() {
    let codex = following(&block("[model_providers.amazon-bedrock.aws]")).await;
    let folder = codex.user_home().join(".aws");
    std::fs::create_dir_all(&folder).unwrap();
    let keys = "[work]\naws_access_key_id = AKID\naws_secret_access_key = secret\n";
    std::fs::write(folder.join("credentials"), keys).unwrap();
    let request = request_of(&codex, "amazon-bedrock", &[]).await;
    let signed = request.header("authorization").unwrap();
    assert!(
        signed.starts_with("AWS4-HMAC-SHA256 Credential=AKID/")
            && signed.contains("/eu-west-1/bedrock-mantle/"),
        "{signed}"
    );
}
