//! What the composer does with the world: files, editors, pastes.

use codex_sim::{Reply, Script};

use crate::saved::resume_id;
use crate::stage::Stage;

// covers: tui 26
#[tokio::test]
async fn files_of_the_folder_are_found_and_inserted() {
    let stage = Stage::new(Script::new([])).await;
    for file in ["src/zebra.rs", ".git/zebra", "target/zebra.o", ".zebra"] {
        let path = stage.repo().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    std::fs::write(stage.repo().join(".gitignore"), "target\n").unwrap();
    let mut show = stage.show(80, 24);
    show.until_shown("for shortcuts").await;
    show.send("@zeb").await;
    show.until_shown("zebra.rs").await;
    show.until("both files", |show| show.rows().contains(".zebra") && show.rows().contains("select")).await;
    assert!(!show.rows().contains("zebra.o") && !show.rows().contains(".git/"), "{}", show.rows());
    show.send("rs\t").await;
    show.until_shown("› src/zebra.rs").await;
    show.send("\u{3}\u{3}").await;
    assert!(show.until_end().await);
}

fn script(stage: &Stage, name: &str, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;

    let path = stage.repo().join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

// covers: tui 33
#[tokio::test]
async fn an_editor_gets_the_terminal_and_its_text_is_the_draft() {
    for inline in [false, true] {
        let stage = Stage::new([Reply::say("done")]).await;
        // Looks at the draft's modes, talks with the person, and writes.
        let editor = script(
            &stage,
            "my editor",
            "stat -c %a \"$2\" \"$(dirname \"$2\")\"; printf 'editing %s? ' \"$(cat \"$2\")\"; read answer; \
             [ \"$1\" = -w ] && printf '%s\\nsecond\\n' \"$answer\" > \"$2\"\n",
        );
        let stage = stage.env("VISUAL", &format!("'{editor}' -w"));
        let stage = if inline { stage.env("TUI_INLINE", "1") } else { stage };
        let mut show = stage.show(80, 24);
        show.until_shown("for shortcuts").await;
        show.send("draft\u{7}").await;
        show.until_shown("editing draft?").await;
        assert!(show.rows().contains("600\n700"), "{}", show.rows());
        show.send("written\n").await;
        show.until_shown("› written\n  second").await;
        assert!(!show.rows().contains("editing") || inline, "{}", show.rows());
        show.send("!\r").await;
        show.until_shown("Worked for").await;
        assert!(stage.server.requests()[0].json().to_string().contains("written\\nsecond!"));
        show.send("\u{3}").await;
        assert!(show.until_end().await);
    }
}

#[tokio::test]
async fn an_editor_that_fails_leaves_the_draft() {
    let stage = Stage::new(Script::new([])).await;
    for (editor, said) in [
        ("false", "the draft is as it was"),
        ("no-such-editor-anywhere", "cannot be started"),
        ("", "set $VISUAL or $EDITOR"),
    ] {
        let stage = stage.again(&[("EDITOR", editor)]);
        let mut show = stage.show(100, 24);
        show.until_shown("for shortcuts").await;
        show.send("keep me\u{7}").await;
        show.until_shown(said).await;
        show.until_shown("› keep me").await;
        show.send("\u{3}\u{3}").await;
        assert!(show.until_end().await);
    }
}

// covers: tui 17
#[tokio::test]
async fn an_image_of_the_clipboard_is_attached() {
    let stage = Stage::new([Reply::say("seen")]).await;
    let pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    script(&stage, "xclip", &format!("echo {pixel} | base64 -d\n"));
    let path = format!("{}:{}", stage.repo().display(), std::env::var("PATH").unwrap());
    let stage = stage.env("DISPLAY", ":7").env("PATH", &path);
    let mut show = stage.show(80, 24);
    show.until_shown("for shortcuts").await;
    show.send("\u{16}").await;
    show.until_shown("[Image #1]").await;
    show.send(" what is it\r").await;
    show.until_shown("Worked for").await;
    let body = stage.server.requests()[0].json().to_string();
    assert!(body.contains("input_image") && body.contains("data:image/png;base64,"), "{body}");
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}

#[tokio::test]
async fn prompts_of_earlier_runs_are_within_reach() {
    let stage = Stage::new([Reply::say("one"), Reply::say("two")]).await;
    let mut show = stage.show(80, 24);
    show.until_shown("for shortcuts").await;
    show.send("first question\r").await;
    show.until_shown("Worked for").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
    let mut show = stage.show(80, 24);
    show.until_shown("for shortcuts").await;
    show.send("second question\r").await;
    show.until_shown("Worked for").await;
    show.send("\u{1b}[A").await;
    show.until("the newest", |show| show.rows().matches("› second question").count() == 2).await;
    show.send("\u{1b}[A").await;
    show.until_shown("› first question").await;
    show.send("\u{3}\u{12}irst").await;
    show.until_shown("› first question").await;
    show.send("\u{3}\u{3}\u{3}").await;
    assert!(show.until_end().await);
    // Nothing is kept where nothing is wanted.
    let private = stage.again(&[("TUI_CONFIG", "history.persistence=\"none\"")]);
    let mut show = private.show(80, 24);
    // The effort is known once the conversation is open.
    show.until_shown("medium · ~/repo").await;
    show.send("!true\r").await;
    show.until_shown("You ran").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
    let log = std::fs::read_to_string(stage.repo().join("../home/history.jsonl")).unwrap();
    let texts: Vec<String> = log
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(texts, ["first question", "second question"]);
}

// covers: tui 28
#[tokio::test]
async fn a_command_of_the_person_runs_without_a_request_and_is_told_with_the_next() {
    let stage = Stage::new([Reply::say("seen")]).await;
    let mut show = stage.show(80, 24);
    // The effort is known once the conversation is open.
    show.until_shown("medium · ~/repo").await;
    show.send("!echo $((40+2))-bang; pwd\r").await;
    show.until_shown("You ran").await;
    show.until_shown("42-bang").await;
    assert_eq!(stage.server.requests().len(), 0);
    show.send("what was it?\r").await;
    show.until_shown("seen").await;
    show.until_shown("Worked for").await;
    let requests = stage.server.requests();
    assert_eq!(requests.len(), 1);
    let sent = requests[0].json().to_string();
    assert!(sent.contains("<user_shell_command>") && sent.contains("42-bang"), "{sent}");
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}

// covers: tui 55
#[tokio::test]
async fn going_back_to_a_message_drops_what_came_after_it() {
    let stage =
        Stage::new([Reply::say("answer one"), Reply::say("answer two"), Reply::say("answer three")]).await;
    let mut show = stage.show(80, 24);
    show.until_shown("for shortcuts").await;
    for (question, answer) in [("alpha", "answer one"), ("beta", "answer two")] {
        show.send(&format!("{question}\r")).await;
        show.until_shown(answer).await;
        show.until_shown("for shortcuts").await;
    }
    std::fs::write(stage.repo().join("kept"), "as it is").unwrap();
    // The two presses must not be read as one key.
    show.send("\u{1b}").await;
    show.pause().await;
    show.send("\u{1b}").await;
    show.until_shown("enter").await;
    show.pause().await;
    show.send("\r").await;
    show.until_shown("went back to before this message").await;
    show.until_shown("› beta").await;
    assert!(!show.rows().contains("answer two"), "{}", show.rows());
    show.send(" again\r").await;
    show.until_shown("answer three").await;
    show.until_shown("Worked for").await;
    let sent = stage.server.requests()[2].json().to_string();
    assert!(sent.contains("answer one") && sent.contains("beta again"), "{sent}");
    assert!(!sent.contains("answer two") && !sent.contains("\"beta\""), "{sent}");
    assert_eq!(std::fs::read_to_string(stage.repo().join("kept")).unwrap(), "as it is");
    show.send("\u{3}").await;
    assert!(show.until_end().await);
    let id = resume_id(&show);
    let mut show = stage.again(&[("TUI_RESUME", &id)]).show(80, 24);
    show.until_shown("answer three").await;
    show.until_shown("beta again").await;
    assert!(!show.rows().contains("answer two"), "{}", show.rows());
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}
