//! `[model_providers.*]`.

use std::collections::BTreeMap;
use std::time::Duration;

use codex_config::{
    ConfigError, ProviderAws, ProviderAwsCommand, ProviderCommandAuth, ProviderConfig, ProviderProblem,
    SecretText,
};
use codex_protocol::WireApi;
use pretty_assertions::assert_eq;

use crate::world::World;

fn named(name: &str) -> ProviderConfig {
    ProviderConfig {
        name: name.to_owned(),
        wire_api: WireApi::Responses,
        base_url: None,
        env_key: None,
        env_key_instructions: None,
        experimental_bearer_token: None,
        auth: None,
        gateway: None,
        aws: None,
        project_id: None,
        location: None,
        credential_file: None,
        model_catalog_url: None,
        query_params: BTreeMap::new(),
        http_headers: BTreeMap::new(),
        env_http_headers: BTreeMap::new(),
        request_max_retries: 4,
        stream_max_retries: 5,
        stream_idle_timeout: Duration::from_millis(300_000),
        websocket_connect_timeout: Duration::from_millis(15_000),
        requires_openai_auth: false,
        supports_websockets: false,
    }
}

#[test]
fn a_name_is_enough() {
    let config = World::user("model_provider = \"x\"\n[model_providers.x]\nname = \"X\"\n").config();
    assert_eq!(config.model_provider, "x");
    assert_eq!(config.model_providers, BTreeMap::from([("x".to_owned(), named("X"))]));
}

#[test]
fn every_key_is_read() {
    let world = World::user(
        r#"
        [model_providers.x]
        name = "X"
        base_url = "http://127.0.0.1:1/v1"
        env_key = "X_KEY"
        env_key_instructions = "ask"
        experimental_bearer_token = "tok"
        wire_api = "responses"
        query_params = { "api-version" = "1" }
        http_headers = { a = "b" }
        env_http_headers = { c = "D" }
        request_max_retries = 1000
        stream_max_retries = 0
        stream_idle_timeout_ms = 7
        websocket_connect_timeout_ms = 8
        requires_openai_auth = true
        supports_websockets = true
        [model_providers.y]
        name = "Y"
        wire_api = "messages"
        [model_providers.y.auth]
        command = "get-token"
        args = ["-q"]
        timeout_ms = 9
        refresh_interval_ms = 10
        cwd = "bin"
        [model_providers.amazon-bedrock]
        base_url = "http://b"
        aws = { profile = "p", region = "r", credential_export = { command = "aws", args = ["x"] }, auth_refresh = { command = "sso", timeout_ms = 5 } }
        "#,
    );
    let secret = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), SecretText::new(value))]);
    let x = ProviderConfig {
        base_url: Some("http://127.0.0.1:1/v1".to_owned()),
        env_key: Some("X_KEY".to_owned()),
        env_key_instructions: Some("ask".to_owned()),
        experimental_bearer_token: Some(SecretText::new("tok")),
        query_params: secret("api-version", "1"),
        http_headers: secret("a", "b"),
        env_http_headers: BTreeMap::from([("c".to_owned(), "D".to_owned())]),
        request_max_retries: 100,
        stream_max_retries: 0,
        stream_idle_timeout: Duration::from_millis(7),
        websocket_connect_timeout: Duration::from_millis(8),
        requires_openai_auth: true,
        supports_websockets: true,
        ..named("X")
    };
    let y = ProviderConfig {
        wire_api: WireApi::Messages,
        auth: Some(ProviderCommandAuth {
            command: "get-token".to_owned(),
            args: vec!["-q".to_owned()],
            timeout: Duration::from_millis(9),
            refresh_interval: Duration::from_millis(10),
            cwd: Some(world.path("home/bin")),
        }),
        ..named("Y")
    };
    let bedrock = ProviderConfig {
        base_url: Some("http://b".to_owned()),
        aws: Some(ProviderAws {
            profile: Some("p".to_owned()),
            region: Some("r".to_owned()),
            credential_export: Some(ProviderAwsCommand {
                command: "aws".to_owned(),
                args: vec!["x".to_owned()],
                timeout: Duration::from_millis(60_000),
            }),
            auth_refresh: Some(ProviderAwsCommand {
                command: "sso".to_owned(),
                args: vec![],
                timeout: Duration::from_millis(5),
            }),
        }),
        ..named("")
    };
    let expected = [("amazon-bedrock", bedrock), ("x", x), ("y", y)].map(|(id, p)| (id.to_owned(), p));
    assert_eq!(world.config().model_providers, BTreeMap::from(expected));
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let config = World::user(
        "[model_providers.x]\nname = \"X\"\nexperimental_bearer_token = \"s3cret\"\nhttp_headers = { a = \"s3cret\" }",
    )
    .config();
    assert!(!format!("{config:?}").contains("s3cret"));
}

#[test]
fn tables_that_cannot_stand_are_refused() {
    let table = [
        ("[model_providers.openai]\nname = \"x\"", ProviderProblem::Reserved),
        ("[model_providers.ollama]\nname = \"x\"", ProviderProblem::Reserved),
        ("[model_providers.lmstudio]\n", ProviderProblem::Reserved),
        ("[model_providers.x]\nbase_url = \"b\"", ProviderProblem::NameMissing),
        ("[model_providers.x]\nname = \" \"", ProviderProblem::NameMissing),
        ("[model_providers.x]\nname = \"x\"\naws = { region = \"r\" }", ProviderProblem::AwsElsewhere),
        ("[model_providers.amazon-bedrock]\nname = \"x\"", ProviderProblem::NotChangeable("name".to_owned())),
        (
            "[model_providers.x]\nname = \"x\"\nenv_key = \"K\"\nauth = { command = \"c\" }",
            ProviderProblem::AuthConflict("env_key"),
        ),
        (
            "[model_providers.x]\nname = \"x\"\nexperimental_bearer_token = \"K\"\nauth = { command = \"c\" }",
            ProviderProblem::AuthConflict("experimental_bearer_token"),
        ),
        (
            "[model_providers.x]\nname = \"x\"\nrequires_openai_auth = true\nauth = { command = \"c\" }",
            ProviderProblem::AuthConflict("requires_openai_auth"),
        ),
        ("[model_providers.x]\nname = \"x\"\nauth = { args = [] }", ProviderProblem::AuthCommandMissing),
    ];
    for (user, expected) in table {
        match World::user(user).error() {
            ConfigError::Provider { problem, place, .. } => {
                assert_eq!(problem, expected, "for {user}");
                assert!(place.file.is_some(), "for {user}");
            }
            other => panic!("for {user}: {other}"),
        }
        assert!(World::user(user).error().hint().is_some(), "for {user}");
    }
}
