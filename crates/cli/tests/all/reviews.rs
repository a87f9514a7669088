//! `codex review` and `codex exec review`: targets, streams, exit codes (`exec.md §1, §4, §6, §9`).

use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::world::{items, scripted};

const VERDICT: &str = r#"{"findings":[],"overall_correctness":"patch is correct","overall_explanation":"All good.","overall_confidence_score":0.9}"#;

#[tokio::test]
async fn each_target_is_named_to_people_and_told_to_the_reviewer() {
    let codex = scripted((0..5).map(|_| Reply::say(VERDICT)).collect::<Vec<_>>()).await;
    let runs = [
        (&["--uncommitted"][..], "current changes", "not committed"),
        (&["--base", "main"], "changes against 'main'", "\"main\""),
        (&["--commit", "0123456789abcdef", "--title", "Tee"], "commit 0123456: Tee", "0123456789abcdef"),
        (&["--commit", "HEAD"], "commit HEAD", "\"HEAD\""),
        (&["look at the locks"], "look at the locks", "look at the locks"),
    ];
    for (at, (args, hint, told)) in runs.into_iter().enumerate() {
        let out = codex.exec(["review"]).args(args.iter().copied()).run().await.unwrap();
        assert_eq!((out.code, out.stdout.as_str()), (Some(0), "All good.\n"), "{args:?} {out:?}");
        assert!(out.stderr.contains(&format!("user\n{hint}\ncodex\nAll good.\n")), "{args:?} {out:?}");
        assert!(!out.stderr.contains("tokens used"), "{out:?}");
        let request = codex.server.request(at).unwrap();
        let said = request.input_texts("user");
        assert!(said.last().unwrap().contains(told), "{said:?}");
    }
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_review_is_one_message_in_json_and_in_the_file() {
    let codex = scripted([Reply::say("No JSON, just words.")]).await;
    let file = codex.home().join("last");
    let out = codex
        .exec(["--json", "review", "--uncommitted", "-o"])
        .arg(file.to_str().unwrap())
        .run()
        .await
        .unwrap();
    assert_eq!(
        out.event_types().unwrap(),
        ["thread.started", "turn.started", "item.completed", "turn.completed"]
    );
    let events = out.events().unwrap();
    assert_eq!(
        events[2]["item"],
        json!({"id": "item_0", "type": "agent_message", "text": "No JSON, just words."})
    );
    assert_eq!(events[3]["usage"]["input_tokens"], json!(0));
    assert_eq!(std::fs::read_to_string(file).unwrap(), "No JSON, just words.");
    assert_eq!(codex.rollouts().unwrap().len(), 2);
}

#[tokio::test]
async fn nothing_to_review_is_an_error_before_any_request() {
    let codex = scripted([]).await;
    for (args, code, said) in [
        (&[][..], 1, "nothing to review"),
        (&[""], 1, "instructions is empty"),
        (&["--base", " "], 1, "branch is empty"),
        (&["--uncommitted", "--base", "main"], 2, "--base"),
        (&["--uncommitted", "look"], 2, "--uncommitted"),
        (&["--commit", "a", "--base", "b"], 2, "--commit"),
        (&["--uncommitted", "--record", "x.json"], 2, "--record"),
    ] {
        let out = codex.exec(["review"]).args(args.iter().copied()).run().await.unwrap();
        assert_eq!((out.code, out.stdout.as_str()), (Some(code), ""), "{args:?} {out:?}");
        assert!(out.stderr.contains(said), "{args:?} {out:?}");
    }
    assert_eq!(codex.rollouts().unwrap(), []);
}

#[tokio::test]
async fn a_review_without_saving_leaves_no_file() {
    let codex = scripted([Reply::say(VERDICT)]).await;
    let out = codex.exec(["review", "--ephemeral", "--uncommitted"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(codex.rollouts().unwrap(), []);
}

fn escalated(call_id: &str) -> Reply {
    let arguments = json!({
        "cmd": "echo x > .git/planted", "login": false,
        "sandbox_permissions": "require_escalated", "justification": "May I?",
    });
    Reply::call("exec_command", &arguments, call_id)
}

#[tokio::test]
async fn a_reviewer_decides_in_a_persons_place() {
    let codex = scripted([
        escalated("c1"),
        Reply::say(r#"{"outcome":"deny","risk_level":"high","rationale":"too much"}"#),
        escalated("c2"),
        Reply::say(r#"{"outcome":"allow"}"#),
        Reply::say("done"),
    ])
    .await;
    let out = codex.exec(["--approve-for-me", "--json", "do it"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let ended = items(&out, "command_execution");
    let ended: Vec<_> = ended.iter().map(|item| (&item["status"], &item["exit_code"])).collect();
    assert_eq!(ended.last().unwrap(), &(&json!("completed"), &json!(0)));
    assert!(ended.contains(&(&json!("declined"), &json!(null))), "{ended:?}");
    assert!(codex.repo().join(".git/planted").exists());
    let sandbox = |at: usize| {
        let body = codex.server.request(at).unwrap().json().clone();
        let text = body["client_metadata"]["x-codex-turn-metadata"].as_str().unwrap().to_owned();
        let metadata: serde_json::Value = serde_json::from_str(&text).unwrap();
        (metadata["sandbox_mode"].clone(), metadata["auto_review_enabled"].clone())
    };
    assert_eq!(sandbox(0), (json!("workspace-write"), json!(true)));
    assert_eq!(sandbox(1), (json!("read-only"), json!(false)));
}

#[tokio::test]
async fn people_are_told_what_the_reviewer_decided() {
    let deny = r#"{"outcome":"deny","risk_level":"high","rationale":"too much"}"#;
    let codex = scripted([escalated("c1"), Reply::say(deny), Reply::say("done")]).await;
    let out = codex.exec(["--approve-for-me", "do it"]).run().await.unwrap();
    assert!(out.stderr.contains("auto review: denied (high risk): too much\n"), "{out:?}");
    assert_eq!(out.stdout, "done\n");
}

#[tokio::test]
async fn without_the_flag_nobody_is_asked_whatever_the_config_says() {
    let codex = crate::world::world()
        .config("approvals_reviewer = \"auto_review\"\napproval_policy = \"on-request\"")
        .script([escalated("c1"), Reply::say("done")])
        .build()
        .await
        .unwrap();
    let out = codex.exec(["do it"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    codex.server.verify().unwrap();
    assert!(!codex.repo().join(".git/planted").exists());
}
