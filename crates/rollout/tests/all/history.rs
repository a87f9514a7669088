//! What a resumed thread remembers (`rollouts.md §6`).

use codex_protocol::{TokenUsage, WindowId};
use codex_rollout::{SkipReason, WindowState};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::{Home, Lines, told};

fn history(lines: &Lines) -> Vec<String> {
    let home = Home::new();
    home.put(lines.id, &lines.text);
    told(&home.load(lines.id).history)
}

fn text(role: &str, text: &str) -> Value {
    json!({"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]})
}

// covers: rollouts 26
#[test]
fn a_replacement_history_is_all_that_was_before_it() {
    let mut lines = Lines::paginated();
    lines.message("user", "old").line(
        "compacted",
        json!({"message": "s", "replacement_history": [text("user", "kept"), text("developer", "rules"),
               {"type": "new_item"}, 5, text("user", "summary")]}),
    );
    lines.message("user", "new").message("assistant", "answer");
    let home = Home::new();
    home.put(lines.id, &lines.text);
    let thread = home.load(lines.id);
    assert_eq!(
        told(&thread.history),
        ["user: kept", "developer: rules", "user: summary", "user: new", "assistant: answer"]
    );
    let reasons: Vec<&SkipReason> = thread.skipped.iter().map(|skipped| &skipped.reason).collect();
    assert_eq!(reasons.len(), 2);
    assert_eq!(*reasons[0], SkipReason::UnknownItem("new_item".to_owned()));
    assert!(matches!(reasons[1], SkipReason::BadPayload { kind: "compacted", .. }));
}

#[test]
fn of_several_compactions_the_last_counts() {
    let mut lines = Lines::paginated();
    for turn in 0..4 {
        lines.message("user", &format!("q{turn}"));
        lines.line("compacted", json!({"replacement_history": [text("user", &format!("s{turn}"))]}));
    }
    lines.message("user", "q4");
    assert_eq!(history(&lines), ["user: s3", "user: q4"]);
    lines.line("compacted", json!({"replacement_history": []}));
    assert_eq!(history(&lines), Vec::<String>::new());
}

#[test]
fn a_damaged_compaction_brings_back_what_was_before_it() {
    let mut lines = Lines::paginated();
    lines.message("user", "old").line("compacted", json!({"replacement_history": 5})).message("user", "new");
    assert_eq!(history(&lines), ["user: old", "user: new"]);
}

// covers: rollouts 25
#[test]
fn an_old_compaction_keeps_what_people_said_and_its_summary() {
    let mut lines = Lines::legacy();
    lines.message("user", "<environment_context>\n  <cwd>/x</cwd>\n</environment_context>");
    lines.message("user", "# AGENTS.md instructions for /x\n\n<INSTRUCTIONS>\nabc\n</INSTRUCTIONS>");
    lines.message("user", "q1").message("assistant", "a1");
    lines.line(
        "response_item",
        json!({"type": "function_call", "call_id": "c", "name": "n", "arguments": "{}"}),
    );
    lines.line("response_item", json!({"type": "function_call_output", "call_id": "c", "output": "o"}));
    lines.message("user", "q2").line("compacted", json!({"message": "SUMMARY one"}));
    lines.message("user", "q3").message("assistant", "a3");
    lines.line("compacted", json!({"message": "SUMMARY two", "replacement_history": null}));
    lines.message("user", "q4").message("assistant", "a4");
    assert_eq!(
        history(&lines),
        [
            "user: q1",
            "user: q2",
            "user: SUMMARY one",
            "user: q3",
            "user: SUMMARY two",
            "user: q4",
            "assistant: a4"
        ]
    );
}

#[test]
fn an_old_compaction_after_a_new_one_starts_from_the_replacement() {
    let mut lines = Lines::legacy();
    lines.message("user", "q1");
    lines
        .line("compacted", json!({"replacement_history": [text("user", "kept"), text("assistant", "gone")]}));
    lines.message("user", "q2").line("compacted", json!({"message": "sum"})).message("user", "q3");
    assert_eq!(history(&lines), ["user: kept", "user: q2", "user: sum", "user: q3"]);
}

fn four_turns() -> Lines {
    let mut lines = Lines::legacy();
    lines.message("user", "# AGENTS.md instructions for /x");
    for turn in 1..=4 {
        lines.message("developer", &format!("d{turn}"));
        lines.message("user", &format!("<environment_context>{turn}</environment_context>"));
        lines.message("user", &format!("q{turn}")).message("assistant", &format!("a{turn}"));
    }
    lines.message("user", "<turn_aborted>\nx\n</turn_aborted>");
    lines
}

// covers: rollouts 27
#[test]
fn a_rollback_takes_turns_back_with_the_context_given_for_them() {
    let mut lines = four_turns();
    lines.event(json!({"type": "thread_rolled_back", "num_turns": 2}));
    lines.message("user", "q5").message("assistant", "a5");
    let two_turns = [
        "user: # AGENTS.md instructions for /x",
        "developer: d1",
        "user: <environment_context>1</environment_context>",
        "user: q1",
        "assistant: a1",
        "developer: d2",
    ];
    let mut expected: Vec<&str> = two_turns.to_vec();
    expected.extend([
        "user: <environment_context>2</environment_context>",
        "user: q2",
        "assistant: a2",
        "developer: d3",
        "user: q5",
        "assistant: a5",
    ]);
    assert_eq!(history(&lines), expected);
    lines.event(json!({"type": "thread_rolled_back", "num_turns": 2}));
    assert_eq!(history(&lines), two_turns);
}

#[test]
fn a_rollback_of_nothing_or_of_everything() {
    let mut lines = four_turns();
    let whole = history(&lines);
    lines.event(json!({"type": "thread_rolled_back", "num_turns": 0}));
    assert_eq!(history(&lines), whole);
    lines.event(json!({"type": "thread_rolled_back", "num_turns": 9}));
    assert_eq!(history(&lines), ["user: # AGENTS.md instructions for /x", "developer: d1"]);
    lines.event(json!({"type": "thread_rolled_back", "num_turns": u64::MAX}));
    assert_eq!(history(&lines), ["user: # AGENTS.md instructions for /x", "developer: d1"]);
}

#[test]
fn a_rollback_reaches_into_a_replacement_history() {
    let mut lines = Lines::legacy();
    lines.line("compacted", json!({"replacement_history": [text("user", "k1"), text("user", "k2")]}));
    lines.message("user", "q").event(json!({"type": "thread_rolled_back", "num_turns": 2}));
    assert_eq!(history(&lines), ["user: k1"]);
}

#[test]
fn calls_and_outputs_are_left_as_stored() {
    let mut lines = Lines::paginated();
    lines.line("response_item", json!({"type": "function_call_output", "call_id": "c", "output": "o"}));
    lines.line(
        "response_item",
        json!({"type": "function_call", "call_id": "d", "name": "n", "arguments": "{}"}),
    );
    assert_eq!(history(&lines), ["function_call_output", "function_call"]);
}

#[test]
fn the_world_is_the_last_full_state_with_its_patches() {
    let world = |lines: &Lines| {
        let home = Home::new();
        home.put(lines.id, &lines.text);
        home.load(lines.id).world_state
    };
    let mut lines = Lines::paginated();
    assert_eq!(world(&lines), None);
    lines.line("world_state", json!({"full": true, "state": {"a": 0, "z": 1}}));
    lines.line("world_state", json!({"full": true, "state": {"a": 1, "b": {"c": 1, "d": 2}}}));
    lines.message("user", "q").line("world_state", json!({"full": false, "state": {"b": {"c": 5}}}));
    lines.line("world_state", json!({"full": false, "state": {"b": {"c": 6, "d": null}, "e": []}}));
    assert_eq!(world(&lines), Some(json!({"a": 1, "b": {"c": 6}, "e": []})));
    lines.line("compacted", json!({"replacement_history": []}));
    assert_eq!(world(&lines), None, "a compaction forgets it");
    lines.line("world_state", json!({"full": false, "state": {"b": 1}}));
    assert_eq!(world(&lines), None, "a patch on nothing");
    lines.line("world_state", json!({"full": true, "state": {"n": 1}}));
    assert_eq!(world(&lines), Some(json!({"n": 1})));
}

fn tokens(total: u64) -> Value {
    json!({"input_tokens": total, "cached_input_tokens": 0, "cache_write_input_tokens": 0, "output_tokens": 0,
           "reasoning_output_tokens": 0, "total_tokens": total})
}

fn used(total: u64) -> TokenUsage {
    TokenUsage { input_tokens: total, total_tokens: total, ..TokenUsage::default() }
}

#[test]
fn tokens_come_from_the_last_record_of_any_form() {
    let usage = |lines: &Lines| {
        let home = Home::new();
        home.put(lines.id, &lines.text);
        let thread = home.load(lines.id);
        (thread.thread_usage, thread.last_usage)
    };
    let mut lines = Lines::paginated();
    assert_eq!(usage(&lines), (TokenUsage::default(), None));
    lines.event(json!({"type": "token_count", "info": {"total_token_usage": tokens(5),
                       "last_token_usage": tokens(2)}}));
    lines.event(json!({"type": "token_count", "info": null, "rate_limits": {}}));
    assert_eq!(usage(&lines), (used(5), Some(used(2))));
    lines.line("token_usage_record", json!({"usage": tokens(3), "thread_token_usage": tokens(8)}));
    assert_eq!(usage(&lines), (used(8), Some(used(3))));
    lines.line(
        "compacted",
        json!({"replacement_history": [],
               "latest_token_usage_record": {"usage": tokens(4), "thread_token_usage": tokens(12)}}),
    );
    assert_eq!(usage(&lines), (used(12), Some(used(4))));
}

#[test]
fn the_window_is_the_one_the_last_compaction_opened() {
    let window = |lines: &Lines| {
        let home = Home::new();
        home.put(lines.id, &lines.text);
        home.load(lines.id).window
    };
    let id = |text: &str| -> Option<WindowId> { Some(text.parse().expect("id")) };
    let mut lines = Lines::paginated();
    let first = id("01a1fcb1-795a-7ac0-ac81-ccb1d2c5c917");
    assert_eq!(window(&lines), WindowState { number: 0, window_id: first, first_window_id: first });
    lines.line(
        "compacted",
        json!({"replacement_history": [], "window_number": 3, "window_id": "01a1fccb-3842-7ab2-8c30-1d92ee921cb6",
               "first_window_id": "01a1fcb1-795a-7ac0-ac81-ccb1d2c5c917"}),
    );
    lines.message("user", "q");
    let third = id("01a1fccb-3842-7ab2-8c30-1d92ee921cb6");
    assert_eq!(window(&lines), WindowState { number: 3, window_id: third, first_window_id: first });
}

#[test]
fn a_turn_without_its_end_is_open() {
    let open = |lines: &Lines| {
        let home = Home::new();
        home.put(lines.id, &lines.text);
        home.load(lines.id).mid_turn
    };
    let mut lines = Lines::paginated();
    assert!(!open(&lines));
    lines.event(json!({"type": "task_started", "turn_id": "t"})).message("user", "q");
    assert!(open(&lines));
    lines.event(json!({"type": "task_complete", "turn_id": "t"}));
    assert!(!open(&lines));
    lines.event(json!({"type": "task_started"})).event(json!({"type": "turn_aborted"}));
    assert!(!open(&lines));
}

#[test]
fn the_last_turn_context_counts() {
    let home = Home::new();
    let mut lines = Lines::paginated();
    for model in ["one", "two"] {
        let context = crate::support::turn_context(model);
        lines.line("turn_context", serde_json::to_value(&context).expect("json"));
    }
    home.put(lines.id, &lines.text);
    assert_eq!(home.load(lines.id).turn_context.map(|context| context.model), Some("two".to_owned()));
    // An unreadable one is said, and no older one takes its place.
    lines.line("turn_context", json!({"model": 5}));
    home.put(lines.id, &lines.text);
    let thread = home.load(lines.id);
    assert_eq!((thread.turn_context, thread.skipped_total), (None, 1));
}

#[test]
fn places_in_the_history_go_on_from_the_last_known() {
    let home = Home::new();
    let place = |lines: &Lines| {
        home.put(lines.id, &lines.text);
        home.load(lines.id).last_history_sequence
    };
    let mut lines = Lines::paginated();
    assert_eq!(place(&lines), 0);
    lines.message("user", "a").message("user", "b");
    assert_eq!(place(&lines), 2);
    lines.raw(
        "{\"timestamp\":\"t\",\"ordinal\":3,\"type\":\"response_item\",\"payload\":{\"type\":\"message\",\"role\":\"user\",\
         \"content\":[]},\"metadata\":{\"history_sequence\":9}}\n",
    );
    assert_eq!(place(&lines), 9);
    lines.message("user", "c");
    assert_eq!(place(&lines), 10);
    lines.line(
        "compacted",
        json!({"replacement_history": [text("user", "x")], "replacement_history_metadata": [{"history_sequence": 17}]}),
    );
    assert_eq!(place(&lines), 17);
}

/// Samples written by the official program.
#[test]
fn a_thread_of_the_official_program_is_read_whole() {
    let sample = include_str!("../data/spawn_parent.jsonl");
    let home = Home::new();
    let id = "01a1fcc2-8612-75a2-961f-971ecd6f8c4b".parse().expect("id");
    home.put(id, sample);
    let thread = home.load(id);
    assert_eq!(thread.meta.id, id);
    assert_eq!(thread.meta.base_instructions.expect("instructions").text, "<text>");
    let kinds: Vec<String> = told(&thread.history)
        .iter()
        .map(|line| line.split(':').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(kinds, ["developer", "user", "user", "function_call", "function_call_output", "assistant"]);
    let context = thread.turn_context.expect("context");
    assert_eq!((context.model.as_str(), context.comp_hash.as_deref()), ("gpt-5.5", Some("2911")));
    let world = thread.world_state.expect("state");
    assert_eq!(world["environments"]["subagents"], "- 01a1fcc2-8711-7f63-8d26-ead6496035e2: Plato");
    assert_eq!(world["environments"]["timezone"], "Etc/UTC");
    assert_eq!(thread.thread_usage.total_tokens, 2520);
    assert_eq!((thread.next_ordinal, thread.last_history_sequence), (20, 6));
    assert_eq!((thread.mid_turn, thread.skipped_total), (false, 0));

    for (id, sample) in [
        ("01a1fcb4-0a09-7fd3-8a0c-db0acddbaa8b", include_str!("../data/tools.jsonl")),
        ("01a1fcba-6e24-7283-8881-1a489056898b", include_str!("../data/review_child.jsonl")),
    ] {
        let id = id.parse().expect("id");
        home.put(id, sample);
        let thread = home.load(id);
        assert_eq!(thread.skipped, []);
        assert_eq!(thread.next_ordinal, sample.lines().count() as u64);
        let items = sample.lines().filter(|line| line.contains("\"type\":\"response_item\"")).count();
        assert_eq!(thread.history.len(), items);
    }
}

#[test]
fn a_killed_turn_keeps_every_finished_item() {
    let sample = include_str!("../data/tools.jsonl");
    let id = "01a1fcb4-0a09-7fd3-8a0c-db0acddbaa8b".parse().expect("id");
    let lines: Vec<&str> = sample.lines().collect();
    for kept in 1..lines.len() {
        let home = Home::new();
        home.put(id, lines[..kept].join("\n") + "\n");
        let (thread, writer) = home.resume(id);
        let items = lines[..kept].iter().filter(|line| line.contains("\"type\":\"response_item\"")).count();
        assert_eq!((thread.history.len(), writer.next_ordinal()), (items, kept as u64));
    }
}
