//! Everything but `exec`: version, help, completion, features, debug.

use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::world::{scripted, world};

#[tokio::test]
async fn the_version_is_the_one_we_are_compatible_with() {
    let codex = scripted([]).await;
    for flag in ["--version", "-V"] {
        let out = codex.command([flag]).env("CODEX_HOME", "/nonexistent").run().await.unwrap();
        assert_eq!(
            (out.code, out.stdout.as_str(), out.stderr.as_str()),
            (Some(0), "codex-cli 0.169.0\n", "")
        );
    }
    let out = codex.command(["exec", "--version"]).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(0), "codex-cli-exec 0.169.0\n"), "{out:?}");
}

#[tokio::test]
async fn help_teaches() {
    let codex = scripted([]).await;
    let root = codex.command(["--help"]).run().await.unwrap();
    assert_eq!(root.code, Some(0), "{root:?}");
    for word in ["exec", "completion", "features", "debug", "codex exec \"fix the failing test\""] {
        assert!(root.stdout.contains(word), "{word}: {root:?}");
    }
    let exec = codex.exec(["--help"]).run().await.unwrap();
    for word in
        ["--json", "--output-schema", "--record", "resume", "fork", "workspace-write", "one JSON line"]
    {
        assert!(exec.stdout.contains(word), "{word}: {exec:?}");
    }
    let usage = "Usage: codex exec [OPTIONS] [PROMPT]\n       codex exec [OPTIONS] <COMMAND> [ARGS]\n";
    assert!(exec.stdout.contains(usage), "{exec:?}");
}

#[tokio::test]
async fn without_a_terminal_the_ui_points_to_exec() {
    let codex = scripted([]).await;
    for args in [&[][..], &["say hi"], &["resume", "--last"], &["--no-alt-screen"]] {
        let out = codex.command(args.iter().copied()).run().await.unwrap();
        assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{args:?}");
        assert!(out.stderr.contains("needs a terminal") && out.stderr.contains("codex exec"), "{out:?}");
    }
}

#[tokio::test]
async fn the_ui_takes_one_thread_or_the_last() {
    let codex = scripted([]).await;
    let out = codex.command(["resume", "--last", "some-name"]).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(2), ""), "{out:?}");
    let out = codex.command(["--ask-for-approval", "untrusted"]).run().await.unwrap();
    assert_eq!(out.code, Some(2), "{out:?}");
}

#[tokio::test]
async fn completion_scripts() {
    let codex = scripted([]).await;
    let default = codex.command(["completion"]).run().await.unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let out = codex.command(["completion", shell]).run().await.unwrap();
        assert_eq!(out.code, Some(0), "{shell} {out:?}");
        assert!(out.stdout.contains("output-last-message"), "{shell}");
        if shell == "bash" {
            assert_eq!(out.stdout, default.stdout);
        }
    }
    let out = codex.command(["completion", "tcl"]).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(2), ""));
}

// covers: config 17
#[tokio::test]
async fn features_in_three_columns() {
    let codex = scripted([]).await;
    let out = codex.command(["features", "list", "--enable", "memories"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let rows: Vec<Vec<&str>> = out
        .stdout
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert!(rows.iter().all(|row| row.len() == 3), "{out:?}");
    assert!(rows.is_sorted_by_key(|row| row[0]));
    assert!(rows.contains(&vec!["memories", "stable", "true"]));
    assert!(rows.contains(&vec!["agent_message_board", "under development", "false"]));
}

#[tokio::test]
async fn features_are_switched_in_the_user_file() {
    let codex = world().config("# mine\n").build().await.unwrap();
    let file = codex.home().join("config.toml");
    let on = codex.command(["features", "enable", "memories"]).run().await.unwrap();
    assert_eq!(on.code, Some(0), "{on:?}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("# mine") && text.contains("memories = true"), "{text}");
    codex.command(["features", "disable", "memories"]).run().await.unwrap();
    assert!(std::fs::read_to_string(&file).unwrap().contains("memories = false"));
    let unknown = codex.command(["features", "enable", "memoirs"]).run().await.unwrap();
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    assert!(unknown.stderr.contains("Unknown feature flag: memoirs"), "{unknown:?}");
}

#[tokio::test]
async fn the_prompt_input_is_what_is_sent() {
    let codex = world().script(Reply::say("hi")).home_file("AGENTS.md", "Be brief.\n").build().await.unwrap();
    let out = codex.command(["debug", "prompt-input", "hello"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(codex.rollouts().unwrap(), []);
    assert_eq!(codex.server.requests().len(), 0);
    let shown: Vec<Value> = serde_json::from_str(&out.stdout).unwrap();
    codex.exec(["hello"]).run().await.unwrap();
    let request = codex.server.request(0).unwrap();
    // What only some providers are sent, and ids, are made anew each time.
    let comparable = |items: &[Value]| {
        let mut items = items.to_vec();
        for item in &mut items {
            let fields = item.as_object_mut().unwrap();
            fields.retain(|key, _| key != "id" && key != "internal_chat_message_metadata_passthrough");
        }
        codex.normaliser().value(&Value::Array(items))
    };
    // The base instructions come first and are not part of it.
    assert_eq!(comparable(&shown), comparable(&request.input()[1..]));
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn the_catalogue_can_be_read_back() {
    let codex = scripted([]).await;
    let bundled = codex.command(["debug", "models", "--bundled"]).run().await.unwrap();
    assert_eq!(bundled.code, Some(0), "{bundled:?}");
    let models: Value = serde_json::from_str(&bundled.stdout).unwrap();
    assert!(models["models"].as_array().unwrap().iter().any(|model| model["slug"] == "gpt-6.1-sol"));
    std::fs::write(codex.home().join("models.json"), &bundled.stdout).unwrap();
    let catalog = format!("model_catalog_json=\"{}\"", codex.home().join("models.json").display());
    let again = codex.command(["debug", "models", "-c", &catalog]).run().await.unwrap();
    assert_eq!(again.stdout, bundled.stdout);
}

#[tokio::test]
async fn logging_only_when_asked_for() {
    let codex = scripted([Reply::say("a"), Reply::say("b")]).await;
    let loud = codex.exec(["--json", "hi"]).env("CODEX_LOG", "debug").run().await.unwrap();
    assert_eq!(loud.code, Some(0), "{loud:?}");
    assert!(loud.stderr.lines().count() > 1, "{loud:?}");
    let quiet = codex.exec(["--json", "hi"]).env("RUST_LOG", "debug").run().await.unwrap();
    assert_eq!(quiet.stderr, "Reading additional input from stdin...\n");
    let bad = codex.exec(["hi"]).env("CODEX_LOG", "a=b=c").run().await.unwrap();
    assert_eq!(bad.code, Some(1), "{bad:?}");
    assert!(bad.stderr.contains("CODEX_LOG"), "{bad:?}");
}
