//! Inline mode: the terminal's own scrollback holds the conversation, every line once.

use std::time::Duration;

use codex_sim::Reply;
use pretty_assertions::assert_eq;

use crate::stage::{Show, Stage};

fn numbered(from: usize, to: usize) -> String {
    (from..to).map(|n| format!("row-{n:04}\n\n")).collect()
}

fn occurrences(show: &mut Show, from: usize, to: usize) -> Vec<usize> {
    let everything = show.everything();
    (from..to).map(|n| everything.matches(&format!("row-{n:04}")).count()).collect()
}

// covers: tui 63, tui 65
#[tokio::test]
async fn a_long_reply_is_in_the_scrollback_once() {
    let mut reply = Reply::sse().created();
    for start in (0..300).step_by(20) {
        reply = reply.text_delta(&numbered(start, start + 20));
    }
    let stage = Stage::new([reply.message(&numbered(0, 300)).completed()]).await.env("TUI_INLINE", "1");
    let mut show = stage.show(60, 20);
    show.until_shown("What shall be done?").await;
    show.send("count\r").await;
    show.until_shown("Worked for").await;
    show.until_quiet(Duration::from_millis(300)).await;
    assert_eq!(occurrences(&mut show, 0, 300), vec![1; 300], "{}", show.everything());
    // Height alone rewrites nothing, width prints everything again.
    for (columns, rows) in [(60, 12), (60, 30), (40, 30), (100, 24)] {
        show.resize(columns, rows);
        show.until_quiet(Duration::from_millis(400)).await;
        assert_eq!(occurrences(&mut show, 0, 300), vec![1; 300], "{columns}x{rows}: {}", show.everything());
    }
    show.send("\u{3}").await;
    assert!(show.until_end().await);
    assert_eq!(occurrences(&mut show, 0, 300), vec![1; 300], "after leaving: {}", show.everything());
    let everything = show.everything();
    assert!(everything.contains("codex resume "), "{everything}");
    assert!(!everything.contains("What shall be done?"), "the composer stays behind:\n{everything}");
    assert!(!show.raw_text().contains("\u{1b}[?1049h"));
}

#[tokio::test]
async fn the_pager_goes_over_the_screen_and_gives_it_back() {
    let stage = Stage::new([Reply::say("an answer")]).await.env("TUI_INLINE", "1");
    let mut show = stage.show(60, 20);
    show.until_shown("What shall be done?").await;
    show.send("ask\r").await;
    show.until_shown("Worked for").await;
    show.until_quiet(Duration::from_millis(300)).await;
    let before = show.rows();
    show.send("\u{14}").await;
    show.until_shown("── Conversation").await;
    assert!(show.rows().contains("an answer"), "{}", show.rows());
    show.send("q").await;
    show.until("the screen below", |show| show.rows() == before).await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}
