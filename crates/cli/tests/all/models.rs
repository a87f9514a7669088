//! Lists of models through the binary: asked for, kept, looked at again when the server mentions a newer one.

use codex_sim::{Reply, Script};
use codex_test_support::TestCodex;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::world::{items, world};

const COMMAND: &str = "model_provider = \"lab\"\n[model_providers.lab]\nname = \"Lab\"\nbase_url = \"$SERVER\"\n\
    [model_providers.lab.auth]\ncommand = \"echo\"\nargs = [\"tok\"]\n";

fn house() -> Value {
    json!({ "models": [{ "slug": "house", "display_name": "House", "visibility": "list", "priority": 1,
        "default_reasoning_level": "high", "supported_reasoning_levels": [{ "effort": "high", "description": "d" }] }] })
}

async fn lab(top: &str, script: Script) -> TestCodex {
    let config = format!("{top}\n{COMMAND}");
    world().raw_config(&config).script(script.models(house()).models_etag("\"e1\"")).build().await.unwrap()
}

fn asked(codex: &TestCodex) -> Vec<String> {
    let others = codex.server.other_requests();
    others.iter().map(|request| format!("{} {}", request.method(), request.path())).collect()
}

const ASK: &str = "GET /v1/models?client_version=0.169.0";

// covers: responses-wire 54
#[tokio::test]
async fn a_newer_list_that_is_mentioned_is_asked_for() {
    let mentioning = |etag: &str| Reply::say("hi").header("x-models-etag", etag);
    let script = Script::new([mentioning("\"e1\""), mentioning("\"e2\""), mentioning("\"e1\"")]);
    let codex = lab("model = \"gpt-5.5\"", script).await;
    // The list is unknown at first, and the answer names the one that came.
    assert_eq!(codex.exec(["one"]).run().await.unwrap().code, Some(0));
    assert_eq!(asked(&codex), [ASK]);
    assert_eq!(codex.exec(["two"]).run().await.unwrap().code, Some(0));
    assert_eq!(asked(&codex), [ASK, ASK]);
    assert_eq!(codex.exec(["three"]).run().await.unwrap().code, Some(0));
    assert_eq!(asked(&codex), [ASK, ASK]);
    let sent = codex.server.other_requests();
    assert_eq!(sent[1].header("if-none-match"), Some("\"e1\""));
    assert_eq!(sent[1].header("authorization"), Some("Bearer tok"));
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_model_only_the_server_knows_is_known_from_the_first_turn() {
    let codex = lab("model = \"house\"", Script::new([Reply::say("hi")])).await;
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!((out.code, items(&out, "error")), (Some(0), vec![]), "{out:?}");
    assert_eq!(codex.server.request(0).unwrap().json()["reasoning"]["effort"], "high");
    assert_eq!(asked(&codex), [ASK]);
    let listed = codex.command(["debug", "models"]).run().await.unwrap();
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed["models"][0]["display_name"], "House");
    assert_eq!(asked(&codex), [ASK]);
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn without_a_server_the_built_in_list_stands() {
    let codex =
        world().raw_config(&COMMAND.replace("$SERVER", "http://127.0.0.1:9/v1")).build().await.unwrap();
    let out = codex.command(["debug", "models"]).run().await.unwrap();
    let listed: Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!((out.code, &listed["models"][0]["slug"]), (Some(0), &json!("gpt-6.1-sol")), "{out:?}");
    assert!(out.stderr.starts_with("The server's list of models was not had: "), "{out:?}");
}
