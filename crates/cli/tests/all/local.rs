//! `--oss`: a local model server, played by the scripted one.

use codex_sim::{Reply, Script};
use codex_test_support::TestCodex;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::world::world;

async fn local(config: &str, models: &[&str], script: impl Into<Script>) -> TestCodex {
    let models: Vec<_> = models.iter().map(|id| json!({ "id": id })).collect();
    let script = script.into().models(json!({ "object": "list", "data": models }));
    let login = r#"{"auth_mode":"apikey","OPENAI_API_KEY":"sk-stored"}"#;
    world().raw_config(config).home_file("auth.json", login).script(script).build().await.unwrap()
}

fn server(codex: &TestCodex) -> (&'static str, String) {
    ("CODEX_OSS_BASE_URL", codex.server.url())
}

#[tokio::test]
async fn ollama_runs_its_default_model_without_a_credential() {
    let codex = local("model = \"gpt-5.5\"\n", &["gpt-oss:20b"], Reply::say("hello")).await;
    let (name, value) = server(&codex);
    let args = ["--oss", "--local-provider", "ollama", "hi"];
    let out = codex.exec(args).env(name, value).env("CODEX_API_KEY", "sk-env").run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(0), "hello\n"), "{out:?}");
    let mut asked: Vec<_> =
        codex.server.other_requests().iter().map(|asked| asked.path().to_owned()).collect();
    // Then the list for menus, which nothing waits for.
    let list = asked.split_off(3);
    assert_eq!(
        (asked, list),
        (
            ["/v1/models", "/api/version", "/api/tags"].map(str::to_owned).to_vec(),
            vec!["/v1/models".to_owned()]
        )
    );
    let models = codex
        .command(["debug", "models", "-c", "model_provider=ollama"])
        .env(name, server(&codex).1)
        .run()
        .await
        .unwrap();
    let models: serde_json::Value = serde_json::from_str(&models.stdout).unwrap();
    assert_eq!(models["models"][0]["slug"], "gpt-oss:20b");
    let sent = codex.server.request(0).unwrap();
    assert_eq!((sent.header("authorization"), &sent.json()["model"]), (None, &json!("gpt-oss:20b")));
    assert_eq!(codex.rollout().unwrap().lines[0]["payload"]["model_provider"], "ollama");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn lm_studio_is_chosen_by_the_key_and_loads_first() {
    let script = [Reply::status(200).body("{}"), Reply::say("hello")];
    let codex = local("oss_provider = \"lmstudio\"\n", &["openai/gpt-oss-20b"], script).await;
    let (name, value) = server(&codex);
    let out = codex.exec(["--oss", "hi"]).env(name, value).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(0), "hello\n"), "{out:?}");
    assert!(!out.stderr.contains("oss_provider"), "{out:?}");
    let load = codex.server.request(0).unwrap();
    assert_eq!(load.json(), &json!({ "model": "openai/gpt-oss-20b", "input": "", "max_output_tokens": 1 }));
    assert_eq!((load.header("originator"), load.header("user-agent")), (None, None));
    assert_eq!(codex.server.request(1).unwrap().json()["model"], "openai/gpt-oss-20b");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_configured_local_provider_needs_no_flag() {
    let config = "model_provider = \"ollama\"\nmodel = \"mine:1b\"\n";
    let codex = local(config, &["mine:1b"], Reply::say("hello")).await;
    let (name, value) = server(&codex);
    let out = codex.exec(["hi"]).env(name, value).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(codex.server.request(0).unwrap().json()["model"], "mine:1b");
}

#[tokio::test]
async fn what_is_missing_is_told_before_anything_begins() {
    let codex = local("", &["a:1b", "b:2b"], []).await;
    let (name, value) = server(&codex);
    let oss = ["--oss", "--local-provider", "ollama", "hi"];
    let no_model = codex.exec(oss).env(name, value).run().await.unwrap();
    assert_eq!((no_model.code, no_model.stdout.as_str()), (Some(1), ""), "{no_model:?}");
    let said = "Ollama does not have the model `gpt-oss:20b`\n\
        hint: run `ollama pull gpt-oss:20b`, or choose one it has with -m: a:1b, b:2b\n";
    assert!(no_model.stderr.ends_with(said), "{no_model:?}");
    let off = codex.exec(oss).env(name, "http://127.0.0.1:1/v1").run().await.unwrap();
    assert_eq!(off.code, Some(1), "{off:?}");
    assert!(off.stderr.contains("Ollama is not running: http://127.0.0.1:1/v1/models"), "{off:?}");
    assert!(off.stderr.contains("hint: start it with `ollama serve`"), "{off:?}");
    let unnamed = codex.exec(["--oss", "hi"]).run().await.unwrap();
    assert_eq!(unnamed.code, Some(1), "{unnamed:?}");
    assert!(unnamed.stderr.contains("--local-provider"), "{unnamed:?}");
    assert_eq!(codex.rollouts().unwrap(), []);
    codex.server.verify().unwrap();
}
