//! `--json`: which lines, in which order, with which fields.

use codex_sim::{Item, Reply};
use pretty_assertions::assert_eq;
use serde_json::json;
use uuid::Uuid;

use crate::world::{items, normal_events, run_command, scripted, world};

fn usage(responses: u64) -> serde_json::Value {
    json!({
        "input_tokens": 1200 * responses,
        "cached_input_tokens": 200 * responses,
        "cache_write_input_tokens": 0,
        "output_tokens": 60 * responses,
        "reasoning_output_tokens": 10 * responses,
    })
}

// covers: exec 1, exec 2
#[tokio::test]
async fn a_short_run() {
    let codex = scripted(Reply::say("hi")).await;
    let out = codex.exec(["--json", "hello"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let thread_id = Uuid::parse_str(&out.thread_id().unwrap()).unwrap();
    assert_eq!(thread_id.get_version_num(), 7);
    let expected = [
        json!({"type": "thread.started", "thread_id": "<uuidv7-1>"}),
        json!({"type": "turn.started"}),
        json!({"type": "item.completed", "item": {"id": "item_0", "type": "agent_message", "text": "hi"}}),
        json!({"type": "turn.completed", "usage": usage(1)}),
    ];
    assert_eq!(normal_events(&codex, &out), expected);
    let request = codex.server.request(0).unwrap();
    assert_eq!(request.json()["prompt_cache_key"], out.thread_id().unwrap());
    codex.server.verify().unwrap();
}

// covers: exec 3, exec 4, exec 5, tools T9
#[tokio::test]
async fn a_command_that_fails() {
    let reply = Reply::items([
        Item::reasoning("first I look", "secret"),
        Item::message_in_phase("Looking.", "commentary"),
        Item::function_call("exec_command", &json!({"cmd": "echo boo >&2; exit 3"}), "c1"),
    ]);
    let codex = scripted([reply, Reply::say("done")]).await;
    let out = codex.exec(["--json", "try"]).run().await.unwrap();
    let running = json!({
        "id": "item_2", "type": "command_execution", "command": "/bin/sh -lc 'echo boo >&2; exit 3'",
        "aggregated_output": "", "exit_code": null, "status": "in_progress",
    });
    let failed = json!({
        "id": "item_2", "type": "command_execution", "command": "/bin/sh -lc 'echo boo >&2; exit 3'",
        "aggregated_output": "boo\n", "exit_code": 3, "status": "failed",
    });
    let expected = [
        json!({"type": "thread.started", "thread_id": "<uuidv7-1>"}),
        json!({"type": "turn.started"}),
        json!({"type": "item.completed", "item": {"id": "item_0", "type": "reasoning", "text": "first I look"}}),
        json!({"type": "item.completed", "item": {"id": "item_1", "type": "agent_message", "text": "Looking."}}),
        json!({"type": "item.started", "item": running}),
        json!({"type": "item.completed", "item": failed}),
        json!({"type": "item.completed", "item": {"id": "item_3", "type": "agent_message", "text": "done"}}),
        json!({"type": "turn.completed", "usage": usage(2)}),
    ];
    assert_eq!(normal_events(&codex, &out), expected);
    let output = codex.server.request(1).unwrap().output_text("c1").unwrap();
    assert!(output.contains("Process exited with code 3"), "{output}");
    codex.server.verify().unwrap();
}

// covers: exec 6
#[tokio::test]
async fn a_patch_of_three_files() {
    let patch = "*** Begin Patch\n*** Add File: new.txt\n+new\n*** Delete File: b.txt\n*** Update File: a.txt\n@@\n-one\n+two\n*** End Patch\n";
    let codex = world()
        .script([Reply::custom_call("apply_patch", patch, "p1"), Reply::say("done")])
        .file("a.txt", "one\n")
        .file("b.txt", "gone\n")
        .build()
        .await
        .unwrap();
    let out = codex.exec(["--json", "-s", "workspace-write", "edit"]).run().await.unwrap();
    let mut normaliser = codex.normaliser();
    let changes: Vec<_> = items(&out, "file_change").iter().map(|item| normaliser.value(item)).collect();
    let expected = json!({
        "id": "item_0", "type": "file_change", "status": "completed",
        "changes": [
            {"path": "<repo>/a.txt", "kind": "update"},
            {"path": "<repo>/b.txt", "kind": "delete"},
            {"path": "<repo>/new.txt", "kind": "add"},
        ],
    });
    assert_eq!(changes, [expected]);
    assert_eq!(codex.git(["status", "--short"]).await.unwrap(), " M a.txt\n D b.txt\n?? new.txt\n");
    assert_eq!(codex.read("a.txt").unwrap(), "two\n");
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn a_plan_is_a_todo_list() {
    let plan = |first: &str, call_id: &str| {
        let steps = json!({"plan": [{"step": "A", "status": first}, {"step": "B", "status": "pending"}]});
        Reply::call("update_plan", &steps, call_id)
    };
    let codex = world()
        .script([plan("in_progress", "c1"), plan("completed", "c2"), Reply::say("done")])
        .config("tools.update_plan.enabled = true")
        .build()
        .await
        .unwrap();
    let out = codex.exec(["--json", "plan"]).run().await.unwrap();
    let list = |first: bool| {
        let items = json!([{"text": "A", "completed": first}, {"text": "B", "completed": false}]);
        json!({"id": "item_0", "type": "todo_list", "items": items})
    };
    let expected = [
        json!({"type": "item.started", "item": list(false)}),
        json!({"type": "item.updated", "item": list(true)}),
        json!({"type": "item.completed", "item": {"id": "item_1", "type": "agent_message", "text": "done"}}),
        json!({"type": "item.completed", "item": list(true)}),
        json!({"type": "turn.completed", "usage": usage(3)}),
    ];
    assert_eq!(normal_events(&codex, &out)[2..], expected);
    codex.server.verify().unwrap();
}

// covers: exec 7
#[tokio::test]
async fn usage_counts_earlier_turns() {
    let codex = scripted([run_command("true", "c1"), Reply::say("a"), Reply::say("b")]).await;
    let first = codex.exec(["--json", "one"]).run().await.unwrap();
    assert_eq!(first.events().unwrap().last().unwrap()["usage"], usage(2));
    let id = first.thread_id().unwrap();
    let second = codex.exec(["--json", "resume", &id, "two"]).run().await.unwrap();
    assert_eq!(second.events().unwrap().last().unwrap()["usage"], usage(3));
    assert_eq!(second.thread_id().unwrap(), id);
    codex.server.verify().unwrap();
}

#[tokio::test]
async fn warnings_are_error_items() {
    let codex = world()
        .model("no-such-model")
        .script(Reply::say("hi"))
        .config("no_such_key = 1")
        .build()
        .await
        .unwrap();
    let out = codex.exec(["--json", "hello"]).run().await.unwrap();
    assert_eq!(out.code, Some(0), "{out:?}");
    let types = out.event_types().unwrap();
    assert_eq!(types[0], "thread.started");
    let messages: Vec<_> =
        items(&out, "error").iter().map(|item| item["message"].as_str().unwrap().to_owned()).collect();
    assert!(messages.iter().any(|text| text.contains("`no_such_key`")), "{messages:?}");
    assert!(messages.iter().any(|text| text.contains("no-such-model")), "{messages:?}");
    codex.server.verify().unwrap();
}
