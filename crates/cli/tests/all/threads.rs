//! Resume and fork from the command line: which thread, which file, which refusal.

use codex_sim::{Gate, Reply};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::world::{items, scripted, world};

// covers: exec 20
#[tokio::test]
async fn an_unknown_name_begins_a_new_thread() {
    let codex = scripted([Reply::say("a"), Reply::say("b")]).await;
    let first = codex.exec(["--json", "one"]).run().await.unwrap();
    let out = codex.exec(["--json", "resume", "no-such-name", "two"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_ne!(out.thread_id(), first.thread_id());
    assert_eq!(codex.rollouts().unwrap().len(), 2);
    let said = items(&out, "error");
    assert!(said[0]["message"].as_str().unwrap().contains("no-such-name"), "{said:?}");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn an_unknown_id_is_refused() {
    let codex = scripted([]).await;
    let id = "01a1fd6e-1182-7ba1-a9f5-0dd079b630f1";
    for command in ["resume", "fork"] {
        let out = codex.exec(["--json", command, id, "hi"]).run().await.unwrap();
        assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{out:?}");
        assert!(out.stderr.contains(id), "{out:?}");
    }
    assert_eq!(codex.rollouts().unwrap(), []);
}

#[tokio::test]
async fn a_resumed_thread_keeps_its_source_and_a_fork_has_its_own() {
    let codex = scripted(["a", "b", "c"].map(Reply::say)).await;
    let first = codex.exec(["--json", "--thread-source", "robot", "one"]).run().await.unwrap();
    let id = first.thread_id().unwrap();
    codex.exec(["--thread-source", "other", "resume", &id, "two"]).run().await.unwrap();
    codex.exec(["fork", &id, "three"]).run().await.unwrap();
    let requests = codex.server.requests();
    let sources: Vec<_> =
        requests.iter().map(|request| request.turn_metadata()["thread_source"].clone()).collect();
    assert_eq!(sources, ["robot", "robot", "user"]);
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_thread_by_id_in_capitals_and_by_name() {
    let codex = scripted([Reply::say("a"), Reply::say("b"), Reply::say("c")]).await;
    let id = codex.exec(["--json", "one"]).run().await.unwrap().thread_id().unwrap();
    let shouted = codex.exec(["--json", "resume", &id.to_uppercase(), "two"]).run().await.unwrap();
    assert_eq!(shouted.thread_id().unwrap(), id);
    let name = json!({"id": id, "thread_name": "my work", "updated_at": "2026-11-21T00:00:00Z"});
    std::fs::write(codex.home().join("session_index.jsonl"), format!("{name}\n")).unwrap();
    let named = codex.exec(["--json", "resume", "my work", "three"]).run().await.unwrap();
    assert_eq!(named.thread_id().unwrap(), id);
    assert_eq!(codex.server.request(2).unwrap().input_texts("user").last().copied(), Some("three"));
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn the_last_thread_is_the_last_of_this_folder() {
    let codex = scripted(["a", "b", "c", "d", "e"].map(Reply::say)).await;
    std::fs::create_dir(codex.repo().join("sub")).unwrap();
    let here = codex.exec(["--json", "one"]).run().await.unwrap().thread_id().unwrap();
    let there = codex.exec(["--json", "-C", "sub", "two"]).run().await.unwrap().thread_id().unwrap();
    let last = codex.exec(["--json", "resume", "--last", "three"]).run().await.unwrap();
    assert_eq!(last.thread_id().unwrap(), here);
    let anywhere = codex.exec(["--json", "resume", "--last", "--all", "more"]).run().await.unwrap();
    assert_eq!(anywhere.thread_id().unwrap(), here, "the one that was written last");
    // The piped text is the prompt when `--last` stands alone.
    let any = codex.exec(["--json", "-C", "sub", "resume", "--last"]).stdin("four").run().await.unwrap();
    assert_eq!(any.thread_id().unwrap(), there);
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn no_last_thread_begins_a_new_one() {
    let codex = scripted([Reply::say("a")]).await;
    let out = codex.exec(["--json", "resume", "--last", "hi"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(codex.rollout().unwrap().lines[0]["payload"]["id"], out.thread_id().unwrap());
    codex.server.verify().unwrap();
}

// covers: exec 21, rollouts 20
#[tokio::test]
async fn a_fork_without_a_prompt_is_only_made() {
    let codex = scripted([Reply::say("a"), Reply::say("b")]).await;
    let parent = codex.exec(["--json", "one"]).run().await.unwrap().thread_id().unwrap();
    let out = codex.exec(["--json", "fork", &parent]).stdin("never read").run().await.unwrap();
    assert_eq!(
        (out.code, out.event_types().unwrap()),
        (Some(0), vec!["thread.started".to_owned()]),
        "{out:?}"
    );
    assert_eq!(out.stderr, "");
    assert_eq!(codex.server.requests().len(), 1);
    let fork = out.thread_id().unwrap();
    assert_ne!(fork, parent);
    let rollouts = codex.rollouts().unwrap();
    let file = rollouts.iter().find(|rollout| rollout.path.to_string_lossy().contains(&fork)).unwrap();
    let base = &file.lines[0]["payload"]["history_base"];
    assert_eq!(file.lines[0]["ordinal"], base["end_ordinal_exclusive"], "{:?}", file.lines[0]);
    // It can be resumed like any other.
    let resumed = codex.exec(["--json", "resume", &fork, "two"]).run().await.unwrap();
    assert_eq!(resumed.thread_id().unwrap(), fork);
    let request = codex.server.request(1).unwrap();
    let texts = request.input_texts("user");
    assert!(texts.contains(&"one") && texts.contains(&"two"), "{texts:?}");
    codex.server.verify().unwrap();
}

// covers: exec 24, rollouts 29
#[tokio::test]
async fn two_writers_of_one_thread() {
    let gate = Gate::new();
    let held = Reply::sse().created().pause(&gate).message("b").completed();
    let codex = scripted([Reply::say("a"), held, Reply::say("c")]).await;
    let id = codex.exec(["--json", "one"]).run().await.unwrap().thread_id().unwrap();
    let first = codex.exec(["--json", "resume", &id, "two"]).spawn().unwrap();
    gate.reached().await;
    let second = codex.exec(["--json", "resume", &id, "three"]).run().await.unwrap();
    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(!second.stdout.contains("agent_message"), "{second:?}");
    // A fork of it is allowed.
    let fork = codex.exec(["--json", "fork", &id]).run().await.unwrap();
    assert_eq!(fork.code, Some(0), "{fork:?}");
    gate.open();
    let first = first.wait().await.unwrap();
    assert_eq!(first.code, Some(0), "{first:?}");
    // The lock died with its holder.
    let third = codex.exec(["--json", "resume", &id, "four"]).run().await.unwrap();
    assert_eq!(third.code, Some(0), "{third:?}");
    codex.server.verify().unwrap();
}

// covers: rollouts 30
#[tokio::test]
async fn a_thread_of_another_provider_is_refused() {
    let codex = world()
        .script(Reply::say("a"))
        .config("[model_providers.other]\nname = \"Other\"\nbase_url = \"$SERVER\"")
        .build()
        .await
        .unwrap();
    let id = codex.exec(["--json", "one"]).run().await.unwrap().thread_id().unwrap();
    let args = ["--json", "-c", "model_provider=other", "resume", &id, "two"];
    let out = codex.exec(args).run().await.unwrap();
    assert_eq!((out.code, out.stdout.as_str()), (Some(1), ""), "{out:?}");
    assert!(out.stderr.contains("`sim`") && out.stderr.contains("`other`"), "{out:?}");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn flags_may_stand_before_or_after_the_sub_command() {
    let codex = scripted([Reply::say("a"), Reply::say("b"), Reply::say("c")]).await;
    let id = codex.exec(["--json", "one"]).run().await.unwrap().thread_id().unwrap();
    let before = codex
        .command(["-c", "model_verbosity=high", "exec", "--json", "-s", "workspace-write", "-m", "gpt-5.5"])
        .args(["-o", "last.txt", "resume", &id, "two"])
        .run()
        .await
        .unwrap();
    assert_eq!(before.code, Some(0), "{before:?}");
    assert_eq!(codex.read("last.txt").unwrap(), "b");
    let request = codex.server.request(1).unwrap();
    assert_eq!(request.json()["text"]["verbosity"], "high");
    assert_eq!(request.turn_metadata()["sandbox_mode"], "workspace-write");
    let after = codex
        .exec([
            "-c",
            "model_verbosity=high",
            "resume",
            &id,
            "three",
            "--json",
            "-m",
            "gpt-5.5",
            "-o",
            "after.txt",
        ])
        .args(["--skip-git-repo-check", "-c", "model_verbosity=low"])
        .run()
        .await
        .unwrap();
    assert_eq!(after.code, Some(0), "{after:?}");
    assert_eq!(codex.read("after.txt").unwrap(), "c");
    assert_eq!(codex.server.request(2).unwrap().json()["text"]["verbosity"], "low");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_resume_is_a_resume_or_the_last_one() {
    let codex = scripted([]).await;
    let out = codex.exec(["resume", "--last", "an-id", "prompt"]).run().await.unwrap();
    assert_eq!(out.code, Some(2), "{out:?}");
    assert!(out.stderr.contains("--last"), "{out:?}");
}

#[tokio::test]
async fn a_thread_is_put_away_taken_back_and_deleted() {
    let codex = scripted([Reply::say("a")]).await;
    let id = codex.exec(["--json", "one"]).run().await.unwrap().thread_id().unwrap();
    let name = json!({"id": id, "thread_name": "my work", "updated_at": "2026-11-21T00:00:00Z"});
    std::fs::write(codex.home().join("session_index.jsonl"), format!("{name}\n")).unwrap();
    for (command, code) in [
        (["unarchive", "my work"].as_slice(), 1),
        (&["archive", "my work"], 0),
        (&["archive", &id], 1),
        (&["exec", "resume", &id, "two"], 1),
        (&["unarchive", &id], 0),
        (&["delete", &id], 2),
        (&["delete", "--force", "my work"], 2),
        (&["delete", "--force", &id], 0),
        (&["delete", "--force", &id], 1),
    ] {
        let out = codex.command(command.iter().copied()).run().await.unwrap();
        assert_eq!(out.code, Some(code), "{command:?}: {out:?}");
    }
    assert_eq!(codex.rollouts().unwrap(), []);
}
