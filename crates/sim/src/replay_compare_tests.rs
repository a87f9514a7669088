//! Tests of what counts as a difference between two runs, and of what is rewritten for the new one.

use pretty_assertions::assert_eq;
use serde_json::json;

use super::*;

fn pairs() -> Vec<PathPair> {
    let pair = |recorded: &str, actual: &str, label: &str| PathPair {
        recorded: recorded.to_owned(),
        actual: actual.to_owned(),
        label: label.to_owned(),
    };
    vec![pair("/rec/repo", "/now/work", "<cwd>"), pair("/rec/repo/home", "/now/home", "<codex-home>")]
}

fn output(text: &str) -> Value {
    json!({ "type": "function_call_output", "call_id": "c1", "output": text })
}

#[test]
fn what_differs_by_nature_is_no_difference() {
    let recorded = json!({
        "model": "m",
        "prompt_cache_key": "01976a5b-0c2e-7abc-8def-000000000001",
        "client_metadata": { "turn_id": "1" },
        "input": [
            { "id": "msg_01976a5b-0c2e-7abc-8def-000000000002", "text": "in /rec/repo on 2026-01-01" },
            output("Chunk ID: aaaaaa\nWall time: 0.1000 seconds\nrunning with session ID 17\n/rec/repo/home/x"),
        ],
    });
    let actual = json!({
        "input": [
            { "text": "in /now/work on 2027-02-03", "id": "msg_01976a5b-0c2e-7abc-8def-00000000000f" },
            output("Chunk ID: bbbbbb\nWall time: 2.5000 seconds\nrunning with session ID 4711\n/now/home/x"),
        ],
        "client_metadata": { "turn_id": "2", "more": "" },
        "model": "m",
    });
    let old = comparable(&recorded, &pairs(), Side::Recorded);
    let new = comparable(&actual, &pairs(), Side::Actual);
    assert_eq!(old, new);
    assert_eq!(difference(&old, &new), None);
}

#[test]
fn a_difference_in_a_long_text_is_shown_line_by_line() {
    let body = |line: &str| json!({ "text": format!("one\ntwo\n{line}\nfour \\n\nfive\nsix\nseven") });
    let diff = difference(&body("three"), &body("drei")).unwrap();
    let expected = r#"--- recorded
+++ this run
@@ -1,7 +1,7 @@
 {
   "text": "one\n
     two\n
-    three\n
+    drei\n
     four \\n\n
     five\n
     six\n
"#;
    assert_eq!(diff, expected);
}

#[test]
fn a_huge_difference_is_cut() {
    let diff =
        difference(&json!({ "a": "x".repeat(100_000) }), &json!({ "a": "ü".repeat(100_000) })).unwrap();
    assert!(diff.len() < DIFF_BYTES_MAX + 100);
    assert!(diff.ends_with("(the rest of the difference is left out)\n"));
}

#[test]
fn recorded_folders_and_sessions_become_the_actual_ones() {
    let mut sessions = HashMap::new();
    let recorded = json!({ "input": [output("Process running with session ID 17\nOutput:")] });
    let actual = json!({ "input": [output("Process running with session ID 4711\nOutput:")] });
    learn_sessions(&recorded, &actual, &mut sessions);
    assert_eq!(sessions, HashMap::from([(17, 4711)]));

    let call =
        |arguments: Value| json!({ "item": { "type": "function_call", "arguments": arguments.to_string() } });
    let event = call(json!({ "session_id": 17, "chars": "cd /rec/repo\n" })).to_string();
    let rewritten: Value = serde_json::from_str(&rewrite_event(&event, &pairs(), &sessions)).unwrap();
    assert_eq!(rewritten, call(json!({ "session_id": 4711, "chars": "cd /now/work\n" })));

    let other = call(json!({ "session_id": 18, "workdir": "/rec/repository" })).to_string();
    assert_eq!(rewrite_event(&other, &pairs(), &sessions), other);
}
