//! Rules files through the binary: what `execpolicy check` prints, and what a run does with them.

use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::world::world;

const RULES: &str = "prefix_rule(pattern=[\"touch\"])\n\
    prefix_rule(pattern=[\"git\", \"reset\"], decision=\"forbidden\", justification=\"never reset\")\n";

// covers: safety S26
#[tokio::test]
async fn execpolicy_check_says_what_the_rules_say() {
    let codex = world().home_file("a.rules", RULES).build().await.unwrap();
    let file = codex.home().join("a.rules").display().to_string();
    let check = async |command: &[&str]| {
        let args = ["execpolicy", "check", "--rules", &file, "--"];
        let out = codex.command(args).args(command.iter().copied()).run().await.unwrap();
        (out.code, out.stdout)
    };
    assert_eq!(check(&["ls", "-l"]).await, (Some(0), "{\"matchedRules\":[]}\n".to_owned()));
    let expected = "{\"matchedRules\":[{\"prefixRuleMatch\":{\"matchedPrefix\":[\"git\",\"reset\"],\
         \"decision\":\"forbidden\",\"justification\":\"never reset\"}}],\"decision\":\"forbidden\"}\n";
    assert_eq!(check(&["git", "reset", "--hard"]).await, (Some(0), expected.to_owned()));
    codex.write("bad.rules", "prefix_rule()").unwrap();
    let out = codex.command(["execpolicy", "check", "--rules", "bad.rules", "--", "ls"]).run().await.unwrap();
    assert_eq!(out.code, Some(1));
    assert!(out.stderr.contains("bad.rules:1:1: `pattern`"), "{}", out.stderr);
}

// covers: safety S22, safety S23, safety S24
#[tokio::test]
async fn rules_hold_in_exec() {
    let call =
        |script: &str, id: &str| Reply::call("exec_command", &json!({"cmd": script, "login": false}), id);
    let codex = world()
        .home_file("rules/a.rules", RULES)
        .script([
            call("touch .git/made", "c1"),
            call("touch .git/other > /dev/null", "c2"),
            call("echo a && git reset b", "c3"),
            call("rm -rf x", "c4"),
            Reply::say("done"),
        ])
        .build()
        .await
        .unwrap();
    let out = codex.exec(["-s", "workspace-write", "go"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(codex.repo().join(".git/made").exists(), "an allow rule leaves the sandbox");
    assert!(!codex.repo().join(".git/other").exists(), "a redirection is more than the rule covers");
    let told = |at: usize, id: &str| codex.server.request(at).unwrap().output_text(id).unwrap();
    assert!(told(3, "c3").ends_with("rejected: never reset\\\")\" }"), "{}", told(3, "c3"));
    assert!(told(4, "c4").contains("removal by force"), "{}", told(4, "c4"));
}

#[tokio::test]
async fn rules_are_left_out_when_that_is_asked_for() {
    let call =
        Reply::call("exec_command", &json!({"cmd": "git reset b; touch .git/made", "login": false}), "c1");
    let codex =
        world().home_file("rules/a.rules", RULES).script([call, Reply::say("done")]).build().await.unwrap();
    let out = codex.exec(["--ignore-rules", "-s", "workspace-write", "go"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    assert!(!out.stderr.contains("never reset"), "{}", out.stderr);
    assert!(!codex.repo().join(".git/made").exists(), "it left the sandbox");
}

#[tokio::test]
async fn broken_rules_stop_the_start_with_their_place() {
    let codex = world().home_file("rules/a.rules", "\nprefix_rule(pattern=[])\n").build().await.unwrap();
    let out = codex.exec(["go"]).run().await.unwrap();
    assert_eq!(out.code, Some(1));
    assert!(out.stderr.contains("a.rules:2:1: `pattern` must not be empty"), "{}", out.stderr);
    assert!(out.stderr.contains("hint: "), "{}", out.stderr);
}
