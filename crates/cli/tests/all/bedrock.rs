//! Amazon Bedrock through the binary: a key or a signature, a region or an error, its own models.

use codex_sim::Reply;
use codex_test_support::TestCodex;
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::world::world;

const CONFIG: &str = "model_provider = \"amazon-bedrock\"\n[model_providers.amazon-bedrock]\nbase_url = \"$SERVER\"\n\
    http_headers = { x-team = \"t\" }\n[model_providers.amazon-bedrock.aws]\nregion = \"eu-west-1\"\n";

async fn bedrock(config: &str, replies: impl Into<codex_sim::Script>) -> TestCodex {
    world().raw_config(config).script(replies).build().await.unwrap()
}

#[tokio::test]
async fn requests_are_signed_over_what_is_sent() {
    let codex = bedrock(CONFIG, [Reply::say("hello")]).await;
    let run = codex.exec(["hi"]).env("AWS_ACCESS_KEY_ID", "AKID").env("AWS_SECRET_ACCESS_KEY", "key");
    let run = run.env("AWS_SESSION_TOKEN", "session").env("AWS_REGION", "elsewhere-1");
    let out = run.run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(0), "hello\n"), "{out:?}");
    let sent = codex.server.request(0).unwrap();
    let authorization = sent.header("authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"), "{authorization}");
    assert!(authorization.contains("/eu-west-1/bedrock-mantle/aws4_request, "), "{authorization}");
    let signed = authorization.split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap();
    let expected = "accept;content-type;host;session-id;thread-id;x-amz-date;x-amz-security-token;\
        x-amzn-mantle-client-agent;x-client-request-id;x-codex-beta-features;x-codex-turn-metadata;x-codex-window-id;x-team";
    assert_eq!(signed, expected);
    assert_eq!(sent.header("x-amzn-mantle-client-agent"), Some("codex"));
    assert_eq!(sent.header("x-amz-security-token"), Some("session"));
    assert_eq!(sent.json()["model"], "openai.gpt-6.1-sol");
    assert!(!sent.json().to_string().contains("internal_chat_message_metadata_passthrough"));
    assert_eq!(codex.server.handshakes().len(), 0);
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_key_goes_before_a_signature_and_needs_no_region_at_ones_own_address() {
    let config =
        "model_provider = \"amazon-bedrock\"\n[model_providers.amazon-bedrock]\nbase_url = \"$SERVER\"\n";
    let codex = bedrock(config, [Reply::say("hello"), Reply::say("again")]).await;
    let out = codex.exec(["hi"]).env("AWS_BEARER_TOKEN_BEDROCK", "bkey").run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(codex.server.request(0).unwrap().header("authorization"), Some("Bearer bkey"));
    // The login the official wizard stores.
    let login = r#"{"auth_mode":"bedrockApiKey","bedrock_api_key":{"api_key":"stored","region":"eu-1"}}"#;
    std::fs::write(codex.home().join("auth.json"), login).unwrap();
    assert_eq!(codex.exec(["hi"]).run().await.unwrap().code, Some(0));
    assert_eq!(codex.server.request(1).unwrap().header("authorization"), Some("Bearer stored"));
}

#[tokio::test]
async fn what_is_missing_is_told_before_a_request() {
    let no_region = bedrock("model_provider = \"amazon-bedrock\"\n", []).await;
    let out = no_region.exec(["hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("no AWS region is named for Amazon Bedrock"), "{out:?}");
    assert!(out.stderr.contains("AWS_REGION=<region>"), "{out:?}");
    let no_credentials = bedrock(CONFIG, []).await;
    let out = no_credentials.exec(["hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("there are no AWS credentials"), "{out:?}");
    assert_eq!(no_credentials.server.requests().len(), 0);
    let more = "[model_providers.amazon-bedrock]\nname = \"Mine\"\n";
    let out = bedrock(more, []).await.exec(["hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.stderr.contains("the built-in provider does not take `name`"), "{out:?}");
}

#[tokio::test]
async fn its_models_are_a_list_of_its_own() {
    let codex = bedrock(CONFIG, []).await;
    let out = codex.command(["debug", "models"]).run().await.unwrap();
    let listed: Value = serde_json::from_str(&out.stdout).unwrap();
    let slugs: Vec<&str> =
        listed["models"].as_array().unwrap().iter().map(|model| model["slug"].as_str().unwrap()).collect();
    assert_eq!((slugs.len(), slugs[0]), (9, "openai.gpt-6.1-sol"));
    assert_eq!(codex.server.other_requests().len(), 0);
}
