//! The first run: log in, trust, and on to the conversation; nothing chosen blindly, nothing secret shown.

use codex_sim::Reply;
use pretty_assertions::assert_eq;

use crate::stage::Stage;

#[tokio::test]
async fn a_key_is_typed_unseen_then_the_folder_is_trusted() {
    for inline in ["", "1"] {
        let stage = Stage::new([Reply::say("an answer")])
            .await
            .env("TUI_FIRST", "login trust")
            .env("TUI_INLINE", inline);
        let mut show = stage.show(80, 24);
        show.until_shown("How do you want to log in?").await;
        show.pause().await;
        show.send("3").await;
        show.until_shown("Your API key").await;
        show.send("sk-wrong").await;
        show.until_shown("8 characters, not shown").await;
        show.send("\r").await;
        show.until_shown("the folder is full").await;
        show.pause().await;
        show.send("3").await;
        show.until_shown("Your API key").await;
        show.send("\u{1b}[200~sk-secret-42\n\u{1b}[201~").await;
        show.until_shown("12 characters, not shown").await;
        show.send("\r").await;
        show.until_shown("saved 12 letters").await;
        show.until_shown("Do you trust the files in this folder?").await;
        show.pause().await;
        show.send("\r").await;
        show.until_shown("a warning").await;
        show.until_shown("What shall be done?").await;
        assert!(show.rows().contains("/ lists commands"), "{}", show.rows());
        show.send("ask\r").await;
        show.until_shown("an answer").await;
        show.until_shown("Worked for").await;
        show.send("\u{3}").await;
        assert!(show.until_end().await);
        for secret in ["sk-wrong", "sk-secret"] {
            assert!(!show.raw_text().contains(secret), "the key was shown");
        }
    }
}

#[tokio::test]
async fn nothing_is_chosen_by_a_key_that_came_too_early() {
    let stage = Stage::new(Vec::<Reply>::new()).await.env("TUI_FIRST", "trust");
    let mut show = stage.show(80, 24);
    // Typed ahead, before anything is shown.
    show.send("\r").await;
    show.until_shown("Do you trust the files in this folder?").await;
    show.pause().await;
    assert!(show.rows().contains("Do you trust"), "{}", show.rows());
    show.send("\u{1b}").await;
    show.until_shown("What shall be done?").await;
    assert!(!show.rows().contains("a warning"), "the folder was trusted: {}", show.rows());
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}

#[tokio::test]
async fn a_code_can_be_given_up_and_the_demo_chosen() {
    let stage = Stage::new(Vec::<Reply>::new()).await.env("TUI_FIRST", "login");
    let mut show = stage.show(80, 24);
    show.until_shown("How do you want to log in?").await;
    show.pause().await;
    show.send("2").await;
    show.until_shown("ABCD-1234").await;
    assert!(show.rows().contains("https://sign.in/device"), "{}", show.rows());
    show.send("\u{1b}").await;
    show.until_shown("How do you want to log in?").await;
    show.pause().await;
    show.send("4").await;
    assert!(show.until_end().await);
    assert!(show.rows().contains("[the demo is wanted]"), "{}", show.rows());
}

// covers: tui 4
#[tokio::test]
async fn leaving_the_login_leaves_a_clean_shell() {
    let stage = Stage::new(Vec::<Reply>::new()).await.env("TUI_FIRST", "login trust");
    let mut show = stage.show(40, 10);
    show.until_shown("How do you want to log in?").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
    let raw = show.raw_text();
    for off in ["\u{1b}[?1049l", "\u{1b}[?2004l", "\u{1b}[?1000l", "\u{1b}[<1u", "\u{1b}[?25h"] {
        assert!(raw.contains(off), "{off:?} is missing");
    }
    assert_eq!(stage.server.requests().len(), 0);
}

#[tokio::test]
async fn a_logout_leaves_with_one_line() {
    let stage = Stage::new(Vec::<Reply>::new()).await.env("TUI_FIRST", "nothing");
    let mut show = stage.show(80, 24);
    show.until_shown("What shall be done?").await;
    show.send("/logout").await;
    show.until_shown("remove the stored login").await;
    show.send("\r").await;
    assert!(show.until_end().await);
    assert!(show.raw_text().contains("nobody is logged in any more"), "{}", show.raw_text());
}

#[tokio::test]
async fn where_there_is_no_login_none_is_removed() {
    let stage = Stage::new(Vec::<Reply>::new()).await;
    let mut show = stage.show(80, 24);
    show.until_shown("What shall be done?").await;
    show.send("/logout").await;
    show.until_shown("remove the stored login").await;
    show.send("\r").await;
    show.until_shown("there is no login here").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}
