//! `[model_providers.*.gateway_oauth]`: what is read, and what cannot stand. Established by running the official program.

use std::time::Duration;

use codex_config::{
    ConfigError, GatewayDelivery, GatewaySignIn, GatewaySource, ProviderCommandAuth, ProviderGateway,
    ProviderProblem,
};
use pretty_assertions::assert_eq;

use crate::world::World;

fn world(table: &str) -> World {
    World::user(&format!("[model_providers.x]\nname = \"X\"\n{table}\n"))
}

fn read(table: &str) -> ProviderGateway {
    world(table).config().model_providers["x"].gateway.clone().unwrap()
}

fn problem(table: &str) -> ProviderProblem {
    match world(table).error() {
        ConfigError::Provider { problem, .. } => problem,
        other => panic!("{other}"),
    }
}

const SIGN_IN: &str = "authorization_url = \"https://a.b/authorize?x=1\", token_url = \"http://127.0.0.1:1/t\", client_id = \"c\"";

#[test]
fn a_program_or_a_sign_in_and_a_way_to_travel() {
    let command = ProviderCommandAuth {
        command: "tok".to_owned(),
        args: vec!["-q".to_owned()],
        timeout: Duration::from_millis(5000),
        refresh_interval: Duration::from_millis(300_000),
        cwd: None,
    };
    let by_header = |name: &str, scheme: &str| GatewayDelivery::Header {
        name: name.to_owned(),
        scheme: scheme.to_owned(),
    };
    let expected = ProviderGateway {
        source: GatewaySource::Command(command),
        delivery: by_header("authorization", "Bearer"),
    };
    assert_eq!(
        read("gateway_oauth = { credential_export = { command = \"tok\", args = [\"-q\"] } }"),
        expected
    );
    let sign_in = GatewaySignIn {
        authorization_url: "https://a.b/authorize?x=1".to_owned(),
        token_url: "http://127.0.0.1:1/t".to_owned(),
        client_id: "c".to_owned(),
        scopes: vec!["s".to_owned()],
        resource: Some("r".to_owned()),
        redirect_port: Some(7),
        device_authorization_url: Some("http://[::1]:1/d".to_owned()),
    };
    let more = "scopes = [\"s\"], resource = \"r\", redirect_port = 7, device_authorization_url = \"http://[::1]:1/d\"";
    for (delivery, expected) in [
        ("{ kind = \"header\", name = \"X-Gw\" }", by_header("x-gw", "Bearer")),
        ("{ kind = \"header\", name = \"x-gw\", scheme = \"Token\" }", by_header("x-gw", "Token")),
        ("{ kind = \"cookie\", name = \"Gw\" }", GatewayDelivery::Cookie { name: "Gw".to_owned() }),
    ] {
        let table =
            format!("env_key = \"K\"\ngateway_oauth = {{ {SIGN_IN}, {more}, delivery = {delivery} }}");
        let expected = ProviderGateway { source: GatewaySource::SignIn(sign_in.clone()), delivery: expected };
        assert_eq!(read(&table), expected);
    }
}

#[test]
fn what_cannot_stand_is_refused() {
    let conflict = |header: &str, other| ProviderProblem::GatewayConflict(header.to_owned(), other);
    let own = "the provider's credential";
    let headers = "`http_headers` or `env_http_headers`";
    let command = "credential_export = { command = \"t\" }";
    let elsewhere = "delivery = { kind = \"header\", name = \"x-gw\" }";
    for (table, expected) in [
        ("gateway_oauth = {}".to_owned(), ProviderProblem::GatewaySource),
        ("gateway_oauth = { credential_export = {} }".to_owned(), ProviderProblem::GatewaySource),
        ("gateway_oauth = { authorization_url = \"https://a\" }".to_owned(), ProviderProblem::GatewaySource),
        (format!("gateway_oauth = {{ {command}, {SIGN_IN} }}"), ProviderProblem::GatewaySource),
        (
            format!("gateway_oauth = {{ {} }}", SIGN_IN.replace("127.0.0.1", "example.com")),
            ProviderProblem::GatewayUrl("token_url"),
        ),
        (
            format!("gateway_oauth = {{ {} }}", SIGN_IN.replace("a.b", "u@a.b")),
            ProviderProblem::GatewayUrl("authorization_url"),
        ),
        (format!("gateway_oauth = {{ {SIGN_IN}, redirect_port = 0 }}"), ProviderProblem::GatewayClient),
        (
            format!("gateway_oauth = {{ {} }}", SIGN_IN.replace("\"c\"", "\" \"")),
            ProviderProblem::GatewayClient,
        ),
        (
            format!("gateway_oauth = {{ {command}, delivery = {{ kind = \"header\", name = \"a b\" }} }}"),
            ProviderProblem::GatewayName("a b".to_owned()),
        ),
        (
            format!("gateway_oauth = {{ {command}, delivery = {{ kind = \"header\", name = \"Cookie\" }} }}"),
            ProviderProblem::GatewayName("cookie".to_owned()),
        ),
        (format!("env_key = \"K\"\ngateway_oauth = {{ {command} }}"), conflict("authorization", own)),
        (
            format!("requires_openai_auth = true\ngateway_oauth = {{ {command} }}"),
            conflict("authorization", own),
        ),
        (
            format!("http_headers = {{ X-Gw = \"1\" }}\ngateway_oauth = {{ {command}, {elsewhere} }}"),
            conflict("x-gw", headers),
        ),
    ] {
        assert_eq!(problem(&table), expected, "{table}");
    }
}

#[test]
fn google_cloud_has_keys_of_its_own() {
    let config = World::user(
        "model_provider = \"gcp\"\n[model_providers.gcp]\nproject_id = \"p\"\nlocation = \"l\"\ncredential_file = \"c.json\"\n",
    );
    let table = config.config().model_providers["gcp"].clone();
    let expected = (Some("p".to_owned()), Some("l".to_owned()), Some(config.path("home/c.json")));
    assert_eq!((table.project_id, table.location, table.credential_file), expected);
    let odd = World::user("[model_providers.gcp]\naws = { region = \"r\" }\n").error();
    let expected = "the built-in provider does not take `aws`";
    assert!(odd.to_string().contains(expected), "{odd}");
}
