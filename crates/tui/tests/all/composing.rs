//! What the composer does with the world: files, editors, pastes.

use codex_sim::{Reply, Script};

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
