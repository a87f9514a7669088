//! Gateways before a model server and Google Cloud, through the binary: whose token goes where, how people sign in, and
//! when tokens are had anew. What is expected was seen of the official program.

use std::os::unix::fs::PermissionsExt as _;

use codex_sim::{Reply, Route, SideAnswer, SideServer};
use codex_stdx::{form_decode, form_encode};
use codex_test_support::{RunningCodex, TestCodex};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::access::with_keyring;
use crate::world::world;

const LAB: &str = "model = \"gpt-5.5\"\nmodel_provider = \"lab\"\n[model_providers.lab]\nname = \"Lab\"\n\
    base_url = \"$SERVER\"\nenv_key = \"LAB_KEY\"\n";

async fn lab(more: &str, script: impl Into<codex_sim::Script>) -> TestCodex {
    let codex = world().raw_config(&format!("{LAB}{more}\n")).env("LAB_KEY", "k-1").script(script);
    codex.build().await.unwrap()
}

/// A program in the folder of the runs, which counts them.
fn counting(codex: &TestCodex, name: &str) -> String {
    codex.write(name, "#!/bin/sh\necho \"$@\" >> runs\necho \"$GOOGLE_APPLICATION_CREDENTIALS\" >> seen\necho \"tok-$(wc -l < runs | tr -d ' ')\"\n").unwrap();
    let path = codex.repo().join(name);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:/usr/bin:/bin", codex.repo().display())
}

#[tokio::test]
async fn a_programs_token_goes_beside_the_providers_own_and_is_had_anew_when_refused() {
    for (delivery, header, first, second) in [
        ("kind = \"header\", name = \"X-Gw\"", "x-gw", "Bearer tok-1", "Bearer tok-2"),
        ("kind = \"header\", name = \"x-gw\", scheme = \"T\"", "x-gw", "T tok-1", "T tok-2"),
        ("kind = \"cookie\", name = \"gw\"", "cookie", "gw=tok-1", "gw=tok-2"),
    ] {
        let gateway = format!(
            "gateway_oauth = {{ credential_export = {{ command = \"gw-token\" }}, delivery = {{ {delivery} }} }}"
        );
        let script = [Reply::error(401, "no", "no"), Reply::say("hello")];
        let codex = lab(&gateway, script).await;
        let path = counting(&codex, "gw-token");
        let out = codex.exec(["--strict-config", "hi"]).env("PATH", path).run().await.unwrap();
        assert_eq!((out.code, out.stdout.as_str()), (Some(0), "hello\n"), "{out:?}");
        for (at, expected) in [first, second].into_iter().enumerate() {
            let sent = codex.server.request(at).unwrap();
            assert_eq!(sent.header(header), Some(expected), "{delivery}");
            assert_eq!(sent.header("authorization"), Some("Bearer k-1"));
        }
        codex.server.verify().unwrap();
    }
}

#[tokio::test]
async fn a_handshake_passes_the_gateway_too() {
    let gateway = "supports_websockets = true\ngateway_oauth = { credential_export = { command = \"gw-token\" }, \
        delivery = { kind = \"header\", name = \"x-gw\" } }";
    let codex = lab(gateway, [Reply::say("hello")]).await;
    let path = counting(&codex, "gw-token");
    let out = codex.exec(["hi"]).env("PATH", path).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let handshakes = codex.server.handshakes();
    assert_eq!(handshakes[0].header("x-gw"), Some("Bearer tok-1"));
}

#[tokio::test]
async fn a_list_of_models_may_be_elsewhere() {
    let listed =
        json!({ "models": [{ "slug": "lab-model", "display_name": "Lab", "context_window": 1234 }] });
    let server = SideServer::start([Route::get("/cat", [SideAnswer::json(200, &listed)])]).await.unwrap();
    let more = format!("model_catalog_url = \"{}/cat?a=1\"\nquery_params = {{ v = \"2\" }}", server.url());
    let config = format!("{LAB}{more}\n").replace("model = \"gpt-5.5\"\n", "");
    let codex = world().raw_config(&config).env("LAB_KEY", "k-1").script([Reply::say("hello")]);
    let codex = codex.build().await.unwrap();
    let out = codex.exec(["hi"]).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(0), "hello\n"), "{out:?}");
    assert_eq!(server.paths(), ["GET /cat?a=1&v=2&client_version=0.169.0"]);
    assert_eq!(server.requests()[0].header("authorization"), Some("Bearer k-1"));
    assert_eq!(codex.server.request(0).unwrap().json()["model"], "lab-model");
    assert!(codex.server.other_requests().is_empty());
}

/// A gateway's server that signs in, renews once and then no more.
async fn gateway_server() -> SideServer {
    let token = |mark: &str, lasts: u64| {
        let body = json!({ "access_token": format!("at-{mark}"), "refresh_token": format!("rt-{mark}"),
            "token_type": "Bearer", "expires_in": lasts });
        SideAnswer::json(200, &body)
    };
    let over = json!({ "error": "invalid_grant" });
    SideServer::start([Route::post(
        "/token",
        [token("one", 3600), token("two", 3600), SideAnswer::json(400, &over)],
    )])
    .await
    .unwrap()
}

fn signing_in(server: &SideServer) -> String {
    let url = server.url();
    format!(
        "gateway_oauth = {{ authorization_url = \"{url}/authorize?x=1\", token_url = \"{url}/token\", client_id = \"c\", \
         scopes = [\"a\", \"b\"], resource = \"res\", delivery = {{ kind = \"header\", name = \"x-gw\" }} }}"
    )
}

/// Goes where the sign-in sends a browser back to; the address it was sent to.
pub(crate) async fn browse(run: &RunningCodex) -> String {
    let shown = run.wait_for_stderr(|text| text.contains("Waiting.")).await.unwrap();
    let url = shown.lines().find(|line| line.starts_with("http")).unwrap().to_owned();
    let query = form_decode(url.split_once('?').unwrap().1);
    let value = |name: &str| query.iter().find(|(key, _)| key == name).unwrap().1.clone();
    let back = value("redirect_uri");
    let (host, path) = back.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut browser = TcpStream::connect(host).await.unwrap();
    let state = form_encode([("state", value("state").as_str())]);
    let request = format!("GET /{path}?code=c1&{state} HTTP/1.1\r\nhost: {host}\r\n\r\n");
    browser.write_all(request.as_bytes()).await.unwrap();
    let mut page = String::new();
    browser.read_to_string(&mut page).await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    url
}

fn form(server: &SideServer, at: usize) -> Vec<(String, String)> {
    let fields = form_decode(std::str::from_utf8(server.requests()[at].body()).unwrap());
    let random = ["redirect_uri", "code_verifier"];
    fields.into_iter().filter(|(name, _)| !random.contains(&name.as_str())).collect()
}

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_person_signs_in_once_and_tokens_are_renewed_until_the_sign_in_is_over() {
    let server = gateway_server().await;
    let refused = || Reply::error(401, "no", "no");
    let script = [Reply::say("hello"), refused(), Reply::say("again"), refused()];
    let codex = lab(&signing_in(&server), script).await;
    let nobody = codex.exec(["hi"]).run().await.unwrap();
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    assert!(nobody.stderr.contains("nobody is signed in at the gateway of the provider `lab`"), "{nobody:?}");
    assert!(nobody.stderr.contains("codex login --provider lab"), "{nobody:?}");
    assert_eq!((codex.server.requests().len(), server.paths().len()), (0, 0));

    let run = codex.command(["login", "--provider", "lab"]).spawn().unwrap();
    let url = browse(&run).await;
    assert!(
        url.starts_with(&format!("{}/authorize?x=1&response_type=code&client_id=c&", server.url())),
        "{url}"
    );
    assert!(url.ends_with("&scope=a+b&resource=res"), "{url}");
    let out = run.wait().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let expected = fields(&[
        ("grant_type", "authorization_code"),
        ("code", "c1"),
        ("client_id", "c"),
        ("resource", "res"),
    ]);
    assert_eq!(form(&server, 0), expected);
    let file = codex.home().join("gateway_tokens.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let run = async || codex.exec(["hi"]).run().await.unwrap();
    assert_eq!(run().await.code, Some(0));
    assert_eq!(codex.server.request(0).unwrap().header("x-gw"), Some("Bearer at-one"));
    // Refused, renewed, accepted.
    assert_eq!(run().await.code, Some(0));
    assert_eq!(codex.server.request(2).unwrap().header("x-gw"), Some("Bearer at-two"));
    let expected = fields(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", "rt-one"),
        ("client_id", "c"),
        ("resource", "res"),
    ]);
    assert_eq!(form(&server, 1), expected);
    // Refused for good: said once by the server, and remembered.
    let over = run().await;
    assert_eq!(over.code, Some(1), "{over:?}");
    assert!(over.stderr.contains("gateway of the provider `lab` any more (invalid_grant)"), "{over:?}");
    assert_eq!(run().await.code, Some(1));
    assert_eq!((codex.server.requests().len(), server.paths().len()), (4, 3));
    let gone = codex.command(["logout", "--provider", "lab"]).run().await.unwrap();
    assert_eq!((gone.code, gone.stderr.as_str()), (Some(0), "Not signed in at the gateway\n"));
}

#[tokio::test]
async fn a_code_typed_elsewhere_signs_in_at_a_gateway() {
    let device = json!({ "device_code": "d1", "user_code": "AB-12", "verification_uri": "https://gw.test/device",
        "interval": 0 });
    let pending = json!({ "error": "authorization_pending" });
    let token = json!({ "access_token": "at-1" });
    let server = SideServer::start([
        Route::post("/device", [SideAnswer::json(200, &device)]),
        Route::post("/token", [SideAnswer::json(400, &pending), SideAnswer::json(200, &token)]),
    ])
    .await
    .unwrap();
    let url = server.url();
    let gateway = format!("device_authorization_url = \"{url}/device\", delivery");
    let codex = lab(&signing_in(&server).replace("delivery", &gateway), [Reply::say("hello")]).await;
    let out = codex.command(["login", "--provider", "lab", "--device-auth"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(out.stderr.contains("  https://gw.test/device\n  AB-12\n"), "{out:?}");
    assert_eq!(form(&server, 0), fields(&[("scope", "a b"), ("client_id", "c"), ("resource", "res")]));
    assert_eq!(
        form(&server, 2)[..2],
        fields(&[("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", "d1"),])
    );
    assert_eq!(codex.exec(["hi"]).run().await.unwrap().code, Some(0));
    assert_eq!(codex.server.request(0).unwrap().header("x-gw"), Some("Bearer at-1"));
    let gone = codex.command(["logout", "--provider", "lab"]).run().await.unwrap();
    assert_eq!(gone.stderr, "Logged out: the sign-in at the gateway was removed.\n");
    let odd = codex.command(["login", "--provider", "ollama"]).run().await.unwrap();
    assert_eq!(odd.code, Some(1), "{odd:?}");
    assert!(odd.stderr.contains("`ollama` has no gateway at which people sign in"), "{odd:?}");
}

#[tokio::test]
async fn google_cloud_is_asked_with_the_token_of_its_own_program() {
    let config = "model_provider = \"gcp\"\n[model_providers.gcp]\ncredential_file = \"sa.json\"\n";
    let script = [Reply::error(401, "no", "no"), Reply::say("hello")];
    let codex = world().raw_config(config).script(script).build().await.unwrap();
    let path = counting(&codex, "gcloud");
    let nowhere = codex.exec(["hi"]).env("PATH", path.clone()).run().await.unwrap();
    assert_eq!(nowhere.code, Some(1), "{nowhere:?}");
    for part in ["no project is named for Google Cloud", "`project_id`", "GOOGLE_CLOUD_PROJECT=<project>"] {
        assert!(nowhere.stderr.contains(part), "{nowhere:?}");
    }
    let at = format!("model_providers.gcp.base_url={}", codex.server.url());
    let out = codex.exec(["-c", &at, "hi"]).env("PATH", path).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(0), "hello\n"), "{out:?}");
    let sent = codex.server.request(1).unwrap();
    assert_eq!(sent.header("authorization"), Some("Bearer tok-2"));
    assert_eq!(sent.json()["model"], Value::from("gpt-6.1-sol"));
    assert!(codex.server.other_requests().is_empty());
    let said = |name: &str| std::fs::read_to_string(codex.repo().join(name)).unwrap();
    assert_eq!(said("runs"), "auth application-default print-access-token\n".repeat(2));
    assert_eq!(said("seen"), format!("{}\n", codex.home().join("sa.json").display()).repeat(2));
}

#[tokio::test]
async fn a_keyring_keeps_the_sign_in_and_no_file_does() {
    let device =
        json!({ "device_code": "d1", "user_code": "AB-12", "verification_uri": "https://gw.test/device" });
    let server = SideServer::start([
        Route::post("/device", [SideAnswer::json(200, &device)]),
        Route::post("/token", [SideAnswer::json(200, &json!({ "access_token": "at-1" }))]),
    ])
    .await
    .unwrap();
    let gateway = format!("device_authorization_url = \"{}/device\", delivery", server.url());
    let codex = lab(&signing_in(&server).replace("delivery", &gateway), [Reply::say("hello")]).await;
    let tools = tempfile::tempdir().unwrap();
    let path = with_keyring(tools.path());
    let in_keyring = ["-c", "cli_auth_credentials_store=keyring"];
    let run = async |args: &[&str]| {
        let run = codex.command(args.iter().copied().chain(in_keyring)).env("PATH", path.clone());
        run.run().await.unwrap()
    };
    let out = run(&["login", "--provider", "lab", "--device-auth"]).await;
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(!codex.home().join("gateway_tokens.json").exists());
    let out = run(&["exec", "hi"]).await;
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(codex.server.request(0).unwrap().header("x-gw"), Some("Bearer at-1"));
    let out = run(&["logout", "--provider", "lab"]).await;
    assert_eq!(out.stderr, "Logged out: the sign-in at the gateway was removed.\n");
    assert_eq!(std::fs::read_dir(tools.path()).unwrap().count(), 1);
}
