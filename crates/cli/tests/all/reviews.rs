//! `codex review` and `codex exec review`: targets, streams, exit codes (`exec.md §1, §4, §6, §9`).

use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::world::scripted;

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
