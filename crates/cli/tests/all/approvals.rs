//! `codex approvals`: what is explained is what happens, and a history is judged by other rules without running.

use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::world::world;

const RULES: &str = "prefix_rule(pattern=[\"touch\"])\n\
    prefix_rule(pattern=[\"git\", \"push\"], decision=\"prompt\", justification=\"goes out\")\n";

#[tokio::test]
async fn why_names_parts_rules_and_their_places() {
    let codex = world().home_file("rules/a.rules", RULES).env("SHELL", "/bin/sh").build().await.unwrap();
    let rule = codex.home().join("rules/a.rules").display().to_string();
    let why = async |args: &[&str]| {
        let out = codex.command(["approvals", "why"]).args(args.iter().copied()).run().await.unwrap();
        assert_eq!(out.code, Some(0), "{out:?}");
        out.stdout
    };
    let expected = format!(
        "Command    touch a && git push origin\n\
         Runs as    /bin/sh -lc SCRIPT\n\
         Reading    plain commands; an allow rule for each can let it out of the sandbox\n\
         Parts      touch a\n             allow `touch` at {rule}:1\n           git push origin\n             \
         prompt `git push` at {rule}:2: goes out\n\
         Policy     approval on-request, sandbox workspace-write (network off)\n\
         Answer     a person is asked first\n           yes runs it within the limits of the mode\n           \
         the person is told: goes out\n"
    )
    .replace("yes runs it within the limits of the mode", "yes runs it within the mode's limits");
    assert_eq!(why(&["-s", "workspace-write", "--", "touch a && git push origin"]).await, expected);
    let json: Value = serde_json::from_str(&why(&["--json", "--", "git", "push", "a b"]).await).unwrap();
    assert_eq!(json["command"], "git push 'a b'");
    assert_eq!(json["answer"], json!({"verdict": "asked", "yesRuns": "inSandbox", "reason": "goes out"}));
    let json: Value = serde_json::from_str(&why(&["--json", "--", "touch", "x"]).await).unwrap();
    assert_eq!(json["answer"], json!({"verdict": "runsOutside"}));
    let json: Value =
        serde_json::from_str(&why(&["--json", "-a", "never", "--", "rm", "-rf", "x"]).await).unwrap();
    assert_eq!((&json["answer"]["verdict"], &json["removesByForce"]), (&json!("refused"), &json!(true)));
    let hidden = why(&["--", "echo \u{1b}[2K\u{202e}x"]).await;
    assert!(!hidden.contains(['\u{1b}', '\u{202e}']), "{hidden:?}");
}

#[tokio::test]
async fn a_history_is_judged_by_other_rules() {
    let call = |script: &str, id: &str| {
        Reply::call("exec_command", &json!({"cmd": script, "login": false, "shell": "/bin/sh"}), id)
    };
    let codex = world()
        .home_file("tried", "prefix_rule(pattern=[\"echo\"])\n")
        .script([
            call("echo a", "c1"),
            call("echo a", "c2"),
            call("rm -rf gone", "c3"),
            call("ls $x", "c4"),
            Reply::say("done"),
        ])
        .build()
        .await
        .unwrap();
    let out = codex.exec(["--json", "go"]).run().await.unwrap();
    let id = out.thread_id().unwrap();
    let tried = codex.home().join("tried").display().to_string();
    let args = ["approvals", "test", "--json", "--rules", &tried, "--thread", &id];
    let out = codex.command(args).run().await.unwrap();
    let report: Value = serde_json::from_str(&out.stdout).unwrap();
    let expected = json!({
        "threads": 1,
        "commands": 4,
        "now": {"runsInSandbox": 3, "asked": 1},
        "tried": {"runsInSandbox": 1, "runsOutside": 2, "asked": 1},
        "list": [
            {"command": "echo a", "escalated": false, "times": 2, "now": "runsInSandbox", "tried": "runsOutside"},
            {"command": "rm -rf gone", "escalated": false, "times": 1, "now": "asked", "tried": "asked"},
            {"command": "ls $x", "escalated": false, "times": 1, "now": "runsInSandbox", "tried": "runsInSandbox"},
        ],
    });
    assert_eq!(report, expected);
    let out = codex.command(["approvals", "test"]).run().await.unwrap();
    assert!(out.stdout.starts_with("4 commands of 1 threads, 3 different ones"), "{out:?}");
    assert!(out.stdout.ends_with("\nasked: rm -rf gone\n"), "{out:?}");
    let out = codex.command(["approvals", "test", "--rules", &tried]).run().await.unwrap();
    assert!(out.stdout.ends_with("\nrun in the sandbox -> run outside (2 times): echo a\n"), "{out:?}");
}
