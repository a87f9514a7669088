//! The story of the demo: the prompts, and what the scripted model answers to each. Words and calls only; it runs
//! nothing. Invariant: no command depends on the user's shell, login files, locale or git settings.

use codex_sim::{Item, Reply};
use serde_json::{Value, json};

/// The task of the new thread.
pub(super) const FIX: &str = "The tests fail since version 1.10.0 came out. Find out why, fix it with a small change, and run the tests again.";

/// The question the thread is resumed with.
pub(super) const RESUME: &str =
    "Does version_latest now cope with versions of different length, in any order? Show me.";

/// The question its fork begins with.
pub(super) const FORK: &str = "Write a commit message for the fix. Do not commit.";

const PATCH: &str = r#"*** Begin Patch
*** Update File: lib/version.sh
@@
         if [ "${_a:-0}" != "${_b:-0}" ]; then
-            if expr "x$_a" '<' "x$_b" >/dev/null; then
+            if [ "${_a:-0}" -lt "${_b:-0}" ]; then
                 echo -1
*** End Patch
"#;

const REPORT: &str = "\
The tests pass: 6 checks, 0 failed.

The cause: `version_compare` compared the parts of a version as text, and as text `10` comes before `9`. So 1.10.0 \
counted as older than 1.9.0, and `version_latest`, which relies on it, chose the wrong version.

The fix is one line in `lib/version.sh`: parts are now compared as numbers (`-lt`). An empty part counts as 0, as before.";

const MESSAGE: &str = "\
```
Compare version parts as numbers

As text, 10 comes before 9, so version_compare took 1.10.0 for older
than 1.9.0 and version_latest chose the wrong version.
```

One line changed in `lib/version.sh`; nothing was committed.";

/// The answers, in the order of the requests.
pub(super) fn replies() -> Vec<Reply> {
    let mut replies = fix();
    replies.extend(resume());
    replies.extend(fork());
    replies
}

fn fix() -> Vec<Reply> {
    vec![
        Reply::items([
            say_while_working(
                "I will read the code and its tests, see what fails, fix the cause and run the tests again.",
            ),
            plan("plan_1", [Doing, Todo, Todo]),
            command("read_1", "cat lib/version.sh"),
            command("read_2", "cat tests.sh"),
        ]),
        Reply::items([command("test_1", "sh tests.sh")]),
        Reply::items([
            say_while_working(
                "Both failures have one cause: the parts of a version are compared as text, and as text 10 comes before 9.",
            ),
            plan("plan_2", [Done, Doing, Todo]),
            Item::custom_tool_call("apply_patch", PATCH, "patch_1"),
        ]),
        Reply::items([plan("plan_3", [Done, Done, Doing]), command("test_2", "sh tests.sh")]),
        Reply::items([plan("plan_4", [Done, Done, Done])]),
        Reply::say(REPORT),
    ]
}

fn resume() -> Vec<Reply> {
    let script = r#"sh -c '. ./lib/version.sh; printf "%s\n" 1.10 1.9 1.10.1 1.2 | version_latest'"#;
    vec![
        Reply::items([command("show_1", script)]),
        Reply::say(
            "Yes. Of 1.10, 1.9, 1.10.1 and 1.2, in this order, it prints 1.10.1: a missing part counts as 0, so 1.10.1 is newer than 1.10.",
        ),
    ]
}

fn fork() -> Vec<Reply> {
    vec![Reply::items([command("diff_1", "git diff --numstat")]), Reply::say(MESSAGE)]
}

enum Progress {
    Todo,
    Doing,
    Done,
}
use Progress::{Doing, Done, Todo};

fn plan(call_id: &str, progress: [Progress; 3]) -> Value {
    let steps = ["Read the code and run its tests", "Fix the cause", "Run the tests again"];
    let steps = steps.into_iter().zip(progress).map(|(step, progress)| {
        let status = match progress {
            Todo => "pending",
            Doing => "in_progress",
            Done => "completed",
        };
        json!({ "step": step, "status": status })
    });
    Item::function_call("update_plan", &json!({ "plan": steps.collect::<Vec<_>>() }), call_id)
}

/// Login files may print anything, so the shell is asked not to read them.
fn command(call_id: &str, script: &str) -> Value {
    Item::function_call("exec_command", &json!({ "cmd": script, "login": false }), call_id)
}

fn say_while_working(text: &str) -> Value {
    Item::message_in_phase(text, "commentary")
}
