//! What the terminal is told beside the screen: title, notifications, modes of the keyboard.

use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::stage::{Show, Stage};

// covers: tui 72
#[tokio::test]
async fn the_title_spins_and_is_emptied() {
    let stage = Stage::new([Reply::sse().created().text_delta("words").hold()]).await;
    let mut show = stage.show(80, 30);
    show.until_shown("What shall be done?").await;
    show.send("go\r").await;
    let spins = |show: &mut Show| {
        ["⠋", "⠙", "⠹"].iter().filter(|dot| show.raw_text().contains(&format!("]0;{dot} repo"))).count() > 1
    };
    show.until("a spinning title", spins).await;
    show.send("\u{1b}").await;
    show.until_shown("■ interrupted").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
    let raw = show.raw_text();
    let last = raw.rfind("\u{1b}]0;").unwrap();
    assert!(raw[last..].starts_with("\u{1b}]0;\u{1b}\\"), "{:?}", &raw[last..last + 20]);
}

// covers: tui 71, tui 72
#[tokio::test]
async fn a_question_is_told_to_who_looks_elsewhere() {
    let asks = Reply::call(
        "exec_command",
        &json!({"cmd": "echo x > /etc/x", "sandbox_permissions": "require_escalated", "justification": "a reason"}),
        "c1",
    );
    for (name, told) in
        [("TERM_PROGRAM", "\u{1b}]9;Run this outside the sandbox? echo x"), ("COLORTERM", "\u{7}")]
    {
        let stage =
            Stage::new([asks.clone(), Reply::say("done")]).await.env("TUI_ASK", "1").env(name, "ghostty");
        let mut show = stage.show(80, 30);
        show.until_shown("What shall be done?").await;
        show.send("\u{1b}[O").await;
        show.send("go\r").await;
        show.until_shown("Run this outside the sandbox?").await;
        show.until("a title that names the block", |show| {
            show.raw_text().contains("]0;[ ! ] Action Required")
        })
        .await;
        show.until("a notification", |show| show.raw_text().contains(told)).await;
        assert_eq!(show.raw_text().matches(told).count(), 1);
        show.send("d").await;
        show.until_shown("Worked for").await;
        show.send("\u{3}").await;
        assert!(show.until_end().await);
    }
}

#[tokio::test]
async fn a_multiplexer_is_asked_for_modified_keys_its_own_way() {
    let stage =
        Stage::new(Vec::<Reply>::new()).await.env("TMUX", "/x,1,0").env("TERM_PROGRAM_VERSION", "3.4");
    let mut show = stage.show(80, 24);
    show.until_shown("What shall be done?").await;
    // Shift+Enter as such a multiplexer reports it.
    show.send("one\u{1b}[13;2utwo").await;
    show.until_shown("› one\n  two").await;
    show.send("\u{3}\u{3}").await;
    assert!(show.until_end().await);
    let raw = show.raw_text();
    assert!(raw.contains("\u{1b}[>4;1m") && raw.contains("\u{1b}[>4;0m"));
    // The background is asked for, and its answer taken out of the keys; nothing else is.
    for query in ["\u{1b}[c", "\u{1b}[6n", "\u{1b}[?u", "\u{1b}]10;?"] {
        assert!(!raw.contains(query), "the terminal was asked {query:?}");
    }
}
