//! Deletions through the binary: held up, copied and brought back.

use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::world::world;

fn call(script: &str, id: &str) -> Reply {
    Reply::call("exec_command", &json!({"cmd": script, "login": false, "shell": "/bin/sh"}), id)
}

#[tokio::test]
async fn what_a_command_removed_is_listed_and_comes_back() {
    let codex = world()
        .file("notes/plan.md", "the plan")
        .file("notes/other.md", "other")
        .script([call("x=rm; $x -r notes; ls", "c1"), Reply::say("done")])
        .build()
        .await
        .unwrap();
    codex.git(["rm", "-r", "-q", "--cached", "notes"]).await.unwrap();
    let out = codex.exec(["--json", "-s", "workspace-write", "go"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let id = out.thread_id().unwrap();
    assert!(!codex.repo().join("notes").exists());
    let plan = std::fs::canonicalize(codex.repo()).unwrap().join("notes/plan.md");
    let other = plan.with_file_name("other.md");
    let list = codex.command(["restore", "--json"]).run().await.unwrap();
    let report: Value = serde_json::from_str(&list.stdout).unwrap();
    let paths: Vec<_> = report["files"].as_array().unwrap().iter().map(|file| &file["path"]).collect();
    assert_eq!(paths, [other.to_str().unwrap(), plan.to_str().unwrap()]);
    assert_eq!((&report["threadId"], &report["partial"]), (&json!(id), &json!(false)));
    let list = codex.command(["restore", &id]).run().await.unwrap();
    assert!(list.stdout.contains(&format!("codex restore {id} --all")), "{list:?}");
    assert!(!plan.exists(), "listing changes nothing");
    let one = codex.command(["restore", &id, "--file", "notes/plan.md"]).run().await.unwrap();
    assert_eq!((one.code, one.stdout.as_str()), (Some(0), format!("restored {}\n", plan.display()).as_str()));
    assert_eq!(std::fs::read_to_string(&plan).unwrap(), "the plan");
    assert!(!other.exists());
    codex.command(["restore", "--all"]).run().await.unwrap();
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "other");
    let wrong = codex.command(["restore", "--file", "nowhere"]).run().await.unwrap();
    assert_eq!(wrong.code, Some(2));
}

#[tokio::test]
async fn exec_refuses_what_would_delete_too_much_but_for_the_bypass() {
    let script = || [call("rm -r data", "c1"), Reply::say("done")];
    let many = |mut world: codex_test_support::TestCodexBuilder| {
        for at in 0..60 {
            world = world.file(&format!("data/{at}"), "x");
        }
        world
    };
    let codex = many(world()).script(script()).build().await.unwrap();
    codex.exec(["-s", "danger-full-access", "go"]).run().await.unwrap();
    let told = codex.server.request(1).unwrap().output_text("c1").unwrap();
    assert!(told.contains("It would delete or write over 60 files (60 B)"), "{told}");
    assert!(told.contains("nobody may be asked"), "{told}");
    assert!(codex.repo().join("data/0").exists());
    let codex = many(world()).script(script()).build().await.unwrap();
    codex.exec(["--dangerously-bypass-approvals-and-sandbox", "go"]).run().await.unwrap();
    assert!(!codex.repo().join("data").exists());
    let codex =
        many(world().config("[blast_radius]\nmax_files = 60\n")).script(script()).build().await.unwrap();
    codex.exec(["-s", "workspace-write", "go"]).run().await.unwrap();
    assert!(!codex.repo().join("data").exists());
}
