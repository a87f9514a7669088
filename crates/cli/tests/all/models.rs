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

/// A server of another wire, in the forms of vLLM and of Anthropic.
#[tokio::test]
async fn models_of_other_wires_are_listed_chosen_and_kept() {
    let cases = [
        (
            "chat",
            json!({ "object": "list", "data": [{ "id": "house-1", "max_model_len": 40_000 }, { "id": "house-2" }] }),
        ),
        (
            "messages",
            json!({ "data": [{ "type": "model", "id": "house-1", "display_name": "House", "max_input_tokens": 40_000 },
            { "type": "model", "id": "house-2", "display_name": "House 2" }], "has_more": false }),
        ),
    ];
    for (wire, list) in cases {
        let config = format!(
            "model_provider = \"lab\"\n[model_providers.lab]\nname = \"Lab\"\nbase_url = \"$SERVER\"\n\
            wire_api = \"{wire}\"\nenv_key = \"LAB_KEY\"\n"
        );
        let script = Script::new([Reply::say("hi"), Reply::say("hi")]).models(list);
        let codex = world().raw_config(&config).script(script).build().await.unwrap();
        // No model is named: it is the first of the list, and no word about facts that are missing.
        let out = codex.exec(["--json", "hi"]).env("LAB_KEY", "k-1").run().await.unwrap();
        assert_eq!((out.code, items(&out, "error")), (Some(0), vec![]), "{wire}: {out:?}");
        assert_eq!(codex.server.request(0).unwrap().json()["model"], "house-1");
        assert_eq!(asked(&codex).len(), 1, "{wire}: {:?}", asked(&codex));
        // Of another only the name is known; the person says the rest.
        let named = ["--json", "-m", "house-2", "-c", "model_context_window=9000", "hi"];
        let out = codex.exec(named).env("LAB_KEY", "k-1").run().await.unwrap();
        assert_eq!((out.code, items(&out, "error")), (Some(0), vec![]), "{wire}: {out:?}");
        let out = codex.command(["debug", "models"]).env("LAB_KEY", "k-1").run().await.unwrap();
        let listed: Value = serde_json::from_str(&out.stdout).unwrap();
        let facts = |at: usize| {
            (listed["models"][at]["slug"].clone(), listed["models"][at]["context_window"].clone())
        };
        assert_eq!(
            (facts(0), facts(1).0),
            ((json!("house-1"), json!(40_000)), json!("house-2")),
            "{wire}: {out:?}"
        );
        assert_eq!(asked(&codex).len(), 1, "{wire}: a young list is not asked for again");
        codex.server.verify().unwrap();
    }
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
