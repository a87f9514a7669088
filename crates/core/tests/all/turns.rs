//! Whole turns: the loop, its tools, its lines on disk.

use codex_core::ThreadOrigin;
use codex_protocol::{Event, TurnItem};
use codex_sim::{Item, Reply};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::bench::{Bench, kinds, turn};

// covers: rollouts 3, rollouts 5, rollouts 6
#[tokio::test]
async fn a_turn_with_a_tool_lands_on_disk_in_order() {
    let bench = Bench::new([
        Reply::call("exec_command", &json!({"cmd": "echo hi > made.txt"}), "c1"),
        Reply::say("done"),
    ])
    .await;
    let mut thread = bench.open(ThreadOrigin::New);
    let events = turn(&mut thread, "make it").await;
    thread.close().await;
    bench.server.verify().unwrap();
    assert_eq!(std::fs::read_to_string(bench.repo().join("made.txt")).unwrap(), "hi\n");
    let lines = bench.lines();
    assert_eq!(
        kinds(&lines),
        [
            "session_meta",
            "task_started",
            "message",
            "message",
            "world_state",
            "turn_context",
            "thread_settings_applied",
            "message",
            "UserMessage",
            "function_call",
            "token_usage_record",
            "CommandExecution",
            "function_call_output",
            "token_count",
            "AgentMessage",
            "message",
            "token_usage_record",
            "token_count",
            "task_complete",
        ]
    );
    for (ordinal, line) in lines.iter().enumerate() {
        assert_eq!(line["ordinal"], json!(ordinal));
    }
    assert_eq!(lines[4]["payload"]["full"], json!(true));
    match events.last() {
        Some(Event::TurnCompleted { last_agent_message, usage, .. }) => {
            assert_eq!(last_agent_message.as_deref(), Some("done"));
            assert_eq!(usage.input_tokens, 2400);
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn nothing_is_on_disk_before_the_first_turn() {
    let bench = Bench::new([Reply::say("x")]).await;
    bench.open(ThreadOrigin::New).close().await;
    assert_eq!(crate::bench::rollouts(&bench.home()), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn parallel_calls_answer_in_call_order() {
    let bench = Bench::new([
        Reply::items([
            Item::function_call("exec_command", &json!({"cmd": "sleep 0.3; echo slow"}), "slow"),
            Item::function_call("exec_command", &json!({"cmd": "echo fast"}), "fast"),
            Item::function_call("nonsense", &json!({}), "odd"),
        ]),
        Reply::say("done"),
    ])
    .await;
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "go").await;
    thread.close().await;
    bench.server.verify().unwrap();
    let request = bench.server.request(1).unwrap();
    let outputs: Vec<String> = request
        .input()
        .iter()
        .filter(|item| item["type"] == "function_call_output")
        .map(|item| item["call_id"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(outputs, ["slow", "fast", "odd"]);
    assert_eq!(request.output_text("odd").as_deref(), Some("unsupported call: nonsense"));
}

#[tokio::test]
async fn a_cut_stream_does_not_run_a_finished_call_again() {
    let bench = Bench::new([
        Reply::sse()
            .created()
            .function_call("exec_command", &json!({"cmd": "echo once >> count.txt"}), "c1")
            .cut(),
        Reply::say("done"),
    ])
    .await;
    let mut thread = bench.open(ThreadOrigin::New);
    let events = turn(&mut thread, "go").await;
    thread.close().await;
    bench.server.verify().unwrap();
    assert_eq!(std::fs::read_to_string(bench.repo().join("count.txt")).unwrap(), "once\n");
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Reconnecting { .. })).count(), 1);
    let request = bench.server.request(1).unwrap();
    assert_eq!(request.input_of_type("function_call").len(), 1);
    assert!(request.output_text("c1").is_some());
}

#[tokio::test]
async fn a_second_turn_extends_the_first_ones_input() {
    let bench = Bench::new([Reply::say("one"), Reply::say("two")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    turn(&mut thread, "first").await;
    turn(&mut thread, "second").await;
    thread.close().await;
    bench.server.verify().unwrap();
    let (first, second) = (bench.server.request(0).unwrap(), bench.server.request(1).unwrap());
    let (first, second) = (first.input(), second.input());
    assert_eq!(second[..first.len()], first[..]);
    assert_eq!(second.len(), first.len() + 2, "the answer and the new words, no context again");
}

#[tokio::test]
async fn a_file_change_is_shown_and_stored() {
    let patch = "*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n";
    let bench = Bench::new([Reply::custom_call("apply_patch", patch, "c1"), Reply::say("done")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let events = turn(&mut thread, "go").await;
    thread.close().await;
    bench.server.verify().unwrap();
    assert_eq!(std::fs::read_to_string(bench.repo().join("new.txt")).unwrap(), "hello\n");
    let shown = events
        .iter()
        .filter(|event| matches!(event, Event::ItemCompleted { item: TurnItem::FileChange(_), .. }))
        .count();
    assert_eq!(shown, 1);
    assert!(kinds(&bench.lines()).contains(&"FileChange".to_owned()));
}

// covers: responses-wire 33
#[tokio::test]
async fn a_filtered_answer_is_asked_for_again_with_a_word_to_the_model() {
    let filtered = Reply::sse().created().incomplete("content_filter");
    let bench = Bench::new([filtered, Reply::say("I cannot."), Reply::say("Next.")]).await;
    let mut thread = bench.open(ThreadOrigin::New);
    let events = turn(&mut thread, "go").await;
    turn(&mut thread, "on").await;
    thread.close().await;
    bench.server.verify().unwrap();
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Reconnecting { .. })).count(), 1);
    let told = |request: usize| -> usize {
        let request = bench.server.request(request).unwrap();
        let texts = request.input_texts("developer").into_iter();
        texts.filter(|text| text.starts_with("<content_filter_guidance>")).count()
    };
    assert_eq!([told(0), told(1), told(2)], [0, 1, 1], "it becomes part of the history");
}
