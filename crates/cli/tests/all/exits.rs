//! Exit codes and what is said when a run cannot go on.

use codex_sim::{Reply, Script};
use pretty_assertions::assert_eq;

use crate::world::{errors, failure, scripted, world};

// covers: exec 11
#[tokio::test]
async fn bad_flags_exit_2_and_bad_settings_exit_1() {
    let codex = scripted([]).await;
    for args in [&["--bogus"][..], &["-s", "nothing"], &["-p", "../x"], &["--color", "pink"], &["fork"]] {
        let out = codex.exec(args.iter().copied()).arg("--json").run().await.unwrap();
        assert_eq!((out.code, out.stdout.as_str()), (Some(2), ""), "{args:?} {out:?}");
        assert!(out.stderr.contains("error:"), "{args:?} {out:?}");
    }
    let bad = [
        (&["-c", "model"][..], "Error parsing -c overrides: Invalid override (missing '='): model"),
        (&["-c", "model=3"], "model"),
        (&["-c", "sandbox_mode=loose"], "sandbox_mode"),
        (&["-c", "model_provider=nobody"], "Model provider `nobody` not found"),
        (&["--enable", "no_such_feature"], "Unknown feature flag: no_such_feature"),
        (&["-C", "no/such/folder"], "no/such/folder"),
    ];
    for (args, said) in bad {
        let out = codex.exec(args.iter().copied()).args(["--json", "hi"]).run().await.unwrap();
        assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{args:?} {out:?}");
        assert!(out.stderr.contains(said), "{args:?} {out:?}");
        assert!(!out.stderr.contains("panicked"), "{args:?} {out:?}");
    }
    assert_eq!(codex.server.requests().len(), 0);
}

// covers: exec 12
#[tokio::test]
async fn outside_a_repository() {
    let codex =
        world().no_git().script([Reply::say("a"), Reply::say("b"), Reply::say("c")]).build().await.unwrap();
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{out:?}");
    assert!(out.stderr.contains("git repository"), "{out:?}");
    assert!(out.stderr.contains("--skip-git-repo-check"), "{out:?}");
    assert_eq!(codex.rollouts().unwrap(), []);
    let flags = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "--trust"];
    for flag in flags {
        let out = codex.exec([flag, "hi"]).run().await.unwrap();
        assert_eq!(out.code, Some(0), "{flag} {out:?}");
    }
    codex.server.verify().unwrap();
}

// covers: exec 13, responses-wire 51
#[tokio::test]
async fn a_missing_key() {
    let codex = scripted([]).await;
    let out = codex.exec(["--json", "hi"]).env_remove("SIM_KEY").run().await.unwrap();
    assert_eq!(out.event_types().unwrap(), ["thread.started", "turn.started", "error", "turn.failed"]);
    assert_eq!(failure(&out), "Missing environment variable: `SIM_KEY`.");
    assert_eq!(errors(&out), ["Missing environment variable: `SIM_KEY`."]);
    assert_eq!(codex.server.requests().len(), 0);
}

// covers: exec 14
#[tokio::test]
async fn a_refused_request_is_told_and_not_repeated() {
    let codex = scripted(Reply::status(400).body("that is not allowed")).await;
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    assert_eq!(failure(&out), "that is not allowed");
    assert_eq!(errors(&out), ["that is not allowed"]);
    assert_eq!(codex.server.requests().len(), 1);
    codex.server.verify().unwrap();
}

// covers: exec 2, exec 15
#[tokio::test]
async fn a_failing_server_is_tried_again() {
    for status in [500, 401] {
        let script = Script::new([Reply::status(status).body("try later")]).repeat_last().allow_unused();
        let codex = world()
            .script(script)
            .provider("request_max_retries", "0")
            .provider("stream_max_retries", "2")
            .build()
            .await
            .unwrap();
        let out = codex.exec(["--json", "hi"]).run().await.unwrap();
        let errors = errors(&out);
        assert_eq!(errors.len(), 3, "{out:?}");
        for (index, error) in errors.iter().take(2).enumerate() {
            assert!(error.starts_with(&format!("Reconnecting... {}/2 (", index + 1)), "{status} {error}");
        }
        assert_eq!(failure(&out), errors[2]);
        assert_eq!(codex.server.requests().len(), 3);
        let closing = out.event_types().unwrap();
        let closing = closing.iter().filter(|kind| kind.starts_with("turn.") && *kind != "turn.started");
        assert_eq!(closing.count(), 1);
    }
}

// covers: exec 15
#[tokio::test]
async fn five_attempts_without_a_setting() {
    let codex = world()
        .script(
            Script::new([Reply::status(503).header("retry-after", "0").body("busy")])
                .repeat_last()
                .allow_unused(),
        )
        .provider("request_max_retries", "0")
        .build()
        .await
        .unwrap();
    let out = codex.exec(["--json", "hi"]).run().await.unwrap();
    let errors = errors(&out);
    assert!(errors[4].starts_with("Reconnecting... 5/5 ("), "{errors:?}");
    assert_eq!(errors.len(), 6);
    failure(&out);
}

#[tokio::test]
async fn what_belongs_to_later_versions_says_so() {
    let codex = scripted([]).await;
    let refused = [&["exec", "--worktree", "hi"][..], &["exec", "--cyber-access-program", "standard", "hi"]];
    for args in refused {
        let out = codex.command(args.iter().copied()).run().await.unwrap();
        assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{args:?} {out:?}");
        assert!(out.stderr.contains("not available in this version"), "{args:?} {out:?}");
    }
    assert_eq!(codex.server.requests().len(), 0);
}

// covers: responses-wire 55
#[tokio::test]
async fn providers_that_cannot_be() {
    let reserved = "[model_providers.openai]\nname = \"Mine\"\nbase_url = \"$SERVER\"";
    let unknown = "model_provider = \"x\"\n[model_providers.x]\nname = \"X\"\nbase_url = \"$SERVER\"\nwire_api = \"grpc\"";
    for config in [reserved, unknown] {
        let codex = world().raw_config(config).build().await.unwrap();
        let out = codex.exec(["--json", "hi"]).run().await.unwrap();
        assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{out:?}");
        assert!(out.stderr.starts_with("Error loading config.toml:"), "{out:?}");
        assert_eq!(codex.server.requests().len(), 0);
    }
}
