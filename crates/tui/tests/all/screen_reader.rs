//! Plain lines for screen readers: each item once, nothing drawn again, everything answered by words and numbers.

use std::time::Duration;

use codex_sim::Reply;
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::stage::{Show, Stage};

const PATCH: &str = "*** Begin Patch\n*** Add File: made.txt\n+one\n+two\n*** End Patch";

async fn send_line(show: &mut Show, text: &str) {
    for key in text.chars() {
        show.send(key.encode_utf8(&mut [0; 4])).await;
        show.read(Duration::from_millis(15)).await;
    }
    show.send("\r").await;
}

/// What the terminal was told besides text: nothing but the end of the line being typed may ever be cleared.
fn codes(raw: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = raw;
    while let Some(at) = rest.find('\u{1b}') {
        rest = &rest[at + 1..];
        let end = rest.find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |end| end + 1);
        let code = rest[..end].to_owned();
        if !found.contains(&code) {
            found.push(code);
        }
        rest = &rest[end..];
    }
    found.sort();
    found
}

async fn until_said(show: &mut Show, text: &str) {
    show.until(&format!("`{text}`"), |show| show.everything().contains(text.trim_end())).await;
}

#[tokio::test]
async fn a_turn_with_a_command_a_question_and_a_patch_is_said_once() {
    let asks = json!({
        "cmd": "echo hello; exit 0", "sandbox_permissions": "require_escalated", "justification": "to see it"
    });
    let stage = Stage::new([
        Reply::call("exec_command", &asks, "c1"),
        Reply::custom_call("apply_patch", PATCH, "c2"),
        Reply::sse()
            .created()
            .text_delta("First sentence. Sec")
            .text_delta("ond **one**. And\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
            .message("First sentence. Second **one**. And\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
            .completed(),
    ])
    .await
    .env("TUI_LINEAR", "1")
    .env("TUI_ASK", "1");
    let mut show = stage.show(60, 20);
    until_said(&mut show, "You: ").await;
    show.until_quiet(Duration::from_millis(300)).await;
    send_line(&mut show, "do itt\u{7f} now").await;
    until_said(&mut show, "Answer, a number, or y or n: ").await;
    assert!(show.everything().contains("Question: Run this outside the sandbox?"), "{}", show.everything());
    // Long enough on the screen to be meant.
    show.until_quiet(Duration::from_millis(500)).await;
    send_line(&mut show, "maybe").await;
    until_said(&mut show, "that was no answer").await;
    send_line(&mut show, "y").await;
    until_said(&mut show, "Done, worked for").await;
    until_said(&mut show, "You: ").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
    let everything = show.everything();
    for once in [
        "You: do it now",
        "Question: Run this outside",
        "1. Yes, this once",
        "You approved once: echo hello; exit 0",
        "Ran: echo hello; exit 0, exit 0\nhello\n",
        "made.txt +2 -0",
        "Codex: First sentence.",
        "Second one.",
        "codex resume ",
    ] {
        assert_eq!(everything.matches(once).count(), 1, "{once:?} in\n{everything}");
    }
    assert!(!everything.chars().any(|c| matches!(c, '\u{2500}'..='\u{259f}' | '•' | '›')), "{everything}");
    assert!(!everything.contains("**"), "{everything}");
    assert_eq!(codes(&show.raw_text()), ["[?2004h", "[?2004l", "[K"]);
    stage.server.verify().unwrap();
}

#[tokio::test]
async fn lists_are_numbered_and_answered_by_numbers() {
    let stage = Stage::new([Reply::say("an answer")]).await.env("TUI_LINEAR", "1");
    let mut show = stage.show(80, 24);
    until_said(&mut show, "You: ").await;
    send_line(&mut show, "hello").await;
    until_said(&mut show, "Done, worked for").await;
    send_line(&mut show, "/status").await;
    until_said(&mut show, "gpt-5.5").await;
    send_line(&mut show, "/resume").await;
    until_said(&mut show, "Saved conversations of this folder:").await;
    until_said(&mut show, "Number: ").await;
    assert!(show.everything().contains("1. "), "{}", show.everything());
    send_line(&mut show, "1").await;
    show.until("the thread again", |show| show.everything().matches("Codex: an answer").count() == 2).await;
    send_line(&mut show, "/help").await;
    until_said(&mut show, "/resume: ").await;
    show.send("\r").await;
    show.until_quiet(Duration::from_millis(300)).await;
    show.send("\u{4}").await;
    assert!(show.until_end().await, "{}", show.everything());
    assert_eq!(codes(&show.raw_text()), ["[?2004h", "[?2004l", "[K"]);
}

#[tokio::test]
async fn a_first_run_is_answered_by_numbers() {
    let stage = Stage::new(Vec::<Reply>::new()).await.env("TUI_FIRST", "login trust").env("TUI_LINEAR", "1");
    let mut show = stage.show(80, 24);
    until_said(&mut show, "3. Paste an API key").await;
    show.pause().await;
    // Enter alone chooses nothing.
    show.send("\r").await;
    until_said(&mut show, "that was no answer").await;
    send_line(&mut show, "3").await;
    until_said(&mut show, "API key: ").await;
    send_line(&mut show, "sk-secret").await;
    until_said(&mut show, "Do you trust the files in this folder?").await;
    show.pause().await;
    send_line(&mut show, "1").await;
    until_said(&mut show, "Warning: a warning").await;
    until_said(&mut show, "You: ").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
    assert!(!show.raw_text().contains("secret"), "the key was shown");
}
