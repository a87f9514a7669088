//! Fullscreen mode, from the first frame to the shell.

use std::time::Duration;

use codex_sim::{Gate, Item, Reply};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::stage::Stage;

// covers: tui 4, tui 5, tui 10, tui 34, tui 43
#[tokio::test]
async fn a_turn_is_typed_streamed_and_left() {
    let gate = Gate::new();
    let stage = Stage::new([Reply::sse()
        .created()
        .text_delta("Hello ")
        .pause(&gate)
        .text_delta("there")
        .message("Hello there")
        .completed()])
    .await;
    let mut show = stage.show(80, 24);
    show.until_shown("What shall be done?").await;
    show.send("say hello\r").await;
    show.until_shown("• Hello").await;
    assert!(show.rows().contains("› say hello"), "{}", show.rows());
    assert!(show.rows().contains("esc to interrupt"), "{}", show.rows());
    gate.open();
    show.until_shown("Worked for").await;
    assert!(show.rows().contains("• Hello there"), "{}", show.rows());
    show.send("\u{3}").await;
    assert!(show.until_end().await, "{}", show.rows());
    stage.server.verify().unwrap();
    let raw = show.raw_text();
    let (on, off) = (raw.find("\u{1b}[?2004h").unwrap(), raw.rfind("\u{1b}[?2004l").unwrap());
    assert!(on < off);
    for (mode, name) in
        [("1049", "alternate screen"), ("1000", "mouse"), ("1006", "mouse"), ("1004", "focus")]
    {
        let (on, off) = (format!("\u{1b}[?{mode}h"), format!("\u{1b}[?{mode}l"));
        assert!(raw.find(&on).unwrap() < raw.rfind(&off).unwrap(), "{name}");
    }
    assert_eq!(raw.matches("\u{1b}[?2026h").count(), raw.matches("\u{1b}[?2026l").count());
    let (drawn, _) = raw.split_once("\u{1b}[?1049l").unwrap();
    let outside = drawn.split("\u{1b}[?2026h").filter_map(|piece| piece.split_once("\u{1b}[?2026l"));
    assert!(outside.map(|(_, after)| after).all(|after| !after.contains("Hello")), "text outside of a frame");
    assert!(raw.contains("\u{1b}[>1u") && raw.contains("\u{1b}[<1u") && raw.contains("\u{1b}[?25h"));
    assert!(show.rows().contains("codex resume "), "{}", show.rows());
    assert!(show.rows().contains("• Hello there"), "the end of the conversation is gone:\n{}", show.rows());
}

#[tokio::test]
async fn the_conversation_is_left_behind_only_when_wanted() {
    let stage = Stage::new([Reply::say("an answer")]).await.env("TUI_CONFIG", "tui.keep_last_screen=false");
    let mut show = stage.show(80, 24);
    show.until_shown("What shall be done?").await;
    show.send("ask\r").await;
    show.until_shown("Worked for").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await, "{}", show.rows());
    assert!(show.rows().contains("codex resume "), "{}", show.rows());
    assert!(!show.rows().contains("an answer"), "the conversation stays behind:\n{}", show.rows());
}

// covers: tui 61
#[tokio::test]
async fn a_session_without_a_turn_names_only_its_id() {
    let stage = Stage::new(Vec::<Reply>::new()).await;
    let mut show = stage.show(80, 24);
    show.until_shown("gpt-5.5").await;
    show.until("the thread", |show| show.raw_text().contains("state=idle")).await;
    show.until_quiet(Duration::from_millis(300)).await;
    show.send("\u{4}").await;
    assert!(show.until_end().await);
    assert!(show.rows().contains("Session ID: "), "{}", show.rows());
    assert!(!show.rows().contains("codex resume"), "{}", show.rows());
}

// covers: tui 36, tui 37
#[tokio::test]
async fn escape_stops_the_turn_and_the_next_prompt_is_sent() {
    let stage =
        Stage::new([Reply::sse().created().text_delta("partial words").hold(), Reply::say("second answer")])
            .await;
    let mut show = stage.show(80, 24);
    show.until_shown("What shall be done?").await;
    show.send("first\r").await;
    show.until_shown("partial words").await;
    show.send("\u{1b}").await;
    show.until_shown("■ interrupted").await;
    assert!(show.rows().contains("partial words"), "{}", show.rows());
    show.send("second\r").await;
    show.until_shown("second answer").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}

// covers: tui 45, tui 46
#[tokio::test]
async fn commands_show_their_last_lines_and_all_of_them_on_demand() {
    let stage = Stage::new([
        Reply::call(
            "exec_command",
            &json!({"cmd": "for n in 1 2 3 4 5 6 7; do echo line-$n; done; exit 3"}),
            "c1",
        ),
        Reply::say("done"),
    ])
    .await;
    let mut show = stage.show(80, 30);
    show.until_shown("What shall be done?").await;
    show.send("count\r").await;
    show.until_shown("Worked for").await;
    let rows = show.rows();
    assert!(rows.contains("Exited (status 3) for n in"), "{rows}");
    assert!(rows.contains("└ line-5") && rows.contains("+ 4 lines (^t to expand)"), "{rows}");
    assert!(!rows.contains("line-4"), "{rows}");
    show.send("\u{14}").await;
    show.until_shown("line-1").await;
    show.until_shown("✗ (3)").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}

// covers: tui 40
#[tokio::test]
async fn messages_wait_for_the_turn_and_are_sent_in_order() {
    let gate = Gate::new();
    let stage = Stage::new([
        Reply::sse().created().text_delta("working on it").pause(&gate).message("working on it").completed(),
        Reply::say("second done"),
        Reply::say("third done"),
    ])
    .await;
    let mut show = stage.show(80, 30);
    show.until_shown("What shall be done?").await;
    show.send("first\r").await;
    show.until_shown("working on it").await;
    show.send("second\t").await;
    show.until_shown("Queued for the next turn").await;
    show.send("third\t").await;
    show.until_shown("↳ third").await;
    assert_eq!(stage.server.requests().len(), 1);
    gate.open();
    show.until_shown("third done").await;
    let requests = stage.server.requests();
    let texts: Vec<Option<&str>> =
        requests.iter().map(|request| request.input_texts("user").last().copied()).collect();
    assert_eq!(texts, [Some("first"), Some("second"), Some("third")]);
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}

// covers: tui 39
#[tokio::test]
async fn a_steer_goes_in_after_the_next_tool_call() {
    let gate = Gate::new();
    let stage = Stage::new([
        Reply::sse()
            .created()
            .text_delta("looking")
            .pause(&gate)
            .message("looking")
            .function_call("exec_command", &json!({"cmd": "echo x"}), "c1")
            .completed(),
        Reply::say("done"),
    ])
    .await;
    let mut show = stage.show(80, 30);
    show.until_shown("What shall be done?").await;
    show.send("first\r").await;
    show.until_shown("looking").await;
    show.send("also this\r").await;
    show.until_shown("Goes in at the next step").await;
    gate.open();
    show.until_shown("Worked for").await;
    assert!(show.rows().contains("› also this") && !show.rows().contains("↳"), "{}", show.rows());
    let request = stage.server.request(1).unwrap();
    assert_eq!(request.input_texts("user").last(), Some(&"also this"));
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}

// covers: tui 9
#[tokio::test]
async fn idle_writes_nothing() {
    let stage = Stage::new([Reply::say("hi")]).await;
    let mut show = stage.show(80, 24);
    show.until_shown("What shall be done?").await;
    show.send("hello\r").await;
    show.until_shown("Worked for").await;
    show.until_quiet(Duration::from_millis(400)).await;
    assert!(!show.read(Duration::from_secs(5)).await, "something was written");
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}

// covers: tui 47
#[tokio::test]
async fn a_patch_shows_its_rows() {
    let patch =
        "*** Begin Patch\n*** Update File: a.txt\n@@\n-old words here\n+new words here\n*** End Patch\n";
    let stage =
        Stage::new([Reply::items([Item::custom_tool_call("apply_patch", patch, "c1")]), Reply::say("done")])
            .await;
    std::fs::write(stage.repo().join("a.txt"), "old words here\n").unwrap();
    let mut show = stage.show(80, 30);
    show.until_shown("What shall be done?").await;
    show.send("edit\r").await;
    show.until_shown("Worked for").await;
    let rows = show.rows();
    assert!(rows.contains("• Edited a.txt (+1 -1)"), "{rows}");
    assert!(rows.contains("1 -old words here") && rows.contains("1 +new words here"), "{rows}");
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}

// covers: tui 64
#[tokio::test]
async fn small_terminals_keep_the_draft() {
    let stage = Stage::new(Vec::<Reply>::new()).await;
    let mut show = stage.show(80, 24);
    show.until_shown("What shall be done?").await;
    show.send("keep these words").await;
    show.until_shown("keep these words").await;
    for (columns, rows) in [(20, 6), (10, 3), (1, 1), (80, 24)] {
        show.resize(columns, rows);
        show.until_quiet(Duration::from_millis(300)).await;
    }
    show.until_shown("keep these words").await;
    show.send("\u{3}\u{3}").await;
    assert!(show.until_end().await);
}
