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

#[tokio::test]
async fn what_would_be_lost_is_said_with_the_limits_and_stops_in_every_mode() {
    let codex = world().home_file("rules/a.rules", "prefix_rule(pattern=[\"rm\"])\n").build().await.unwrap();
    let work = codex.repo().join("notes");
    std::fs::create_dir(&work).unwrap();
    for at in 0..3 {
        std::fs::write(work.join(format!("{at}.txt")), "12345").unwrap();
    }
    let why = async |args: &[&str]| {
        let out = codex.command(["approvals", "why"]).args(args.iter().copied()).run().await.unwrap();
        assert_eq!(out.code, Some(0), "{out:?}");
        out.stdout
    };
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let limit = ["-c", "blast_radius.max_files=2"];
    let few = read(&why(&["--json", "--", "rm", "-r", "notes"]).await);
    assert_eq!(few["answer"], json!({"verdict": "runsOutside"}));
    let place = format!("delete {} (3 files, 15 B)", work.canonicalize().unwrap().display());
    let mut expected = json!({
        "files": 3, "bytes": 15, "maxFiles": 50, "maxBytes": 100_000_000, "counted": true, "unknown": false,
        "places": [place], "amount": "3 files (15 B)",
    });
    assert_eq!(few["losses"], expected);
    let reason = "It would delete or write over 3 files (15 B) that this thread did not make.";
    expected["maxFiles"] = json!(2);
    expected["stops"] = json!(reason);
    let many = read(&why(&[&limit[..], &["--json", "--", "rm", "-r", "notes"]].concat()).await);
    assert_eq!(many["losses"], expected);
    assert_eq!(many["answer"], json!({"verdict": "asked", "yesRuns": "outside", "reason": reason}));
    for mode in ["read-only", "danger-full-access"] {
        let args = [&limit[..], &["-s", mode, "-a", "never", "--json", "--", "rm", "-r", "notes"]].concat();
        assert_eq!(read(&why(&args).await)["answer"]["verdict"], "refused", "{mode}");
    }
    let text = why(&[&limit[..], &["--", "rm", "-r", "notes"]].concat()).await;
    let told = format!(
        "Loses      3 files (15 B) that no thread made\n             {place}\n           \
         goes unasked up to 2 files and 100000000 bytes in the workspace\n           \
         stops in every mode and whatever a rule allows: {reason}\n"
    );
    assert!(text.contains(&told), "{text}");
    assert!(work.join("0.txt").exists(), "nothing runs");
}
