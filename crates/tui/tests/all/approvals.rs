//! Questions before something runs, on a real terminal: without a yes nothing happens.

use std::time::Duration;

use codex_sim::Reply;
use serde_json::json;

use crate::stage::Stage;

fn touch(file: &str, call_id: &str) -> Reply {
    let arguments = json!({
        "cmd": format!("echo run >> {file}"),
        "sandbox_permissions": "require_escalated",
        "justification": "May I leave a mark?",
    });
    Reply::call("exec_command", &arguments, call_id)
}

// covers: tui 51, tui 53
#[tokio::test]
async fn nothing_runs_before_the_answer_and_yes_runs_it_once() {
    let stage = Stage::new([touch("mark", "c1"), Reply::say("all done")]).await.env("TUI_ASK", "1");
    let mark = stage.repo().join("mark");
    let mut show = stage.show(80, 30);
    show.until_shown("What shall be done?").await;
    show.send("leave a mark\r").await;
    show.until_shown("Run this outside the sandbox?").await;
    assert!(show.rows().contains("$ echo run >> mark"), "{}", show.rows());
    assert!(show.rows().contains("May I leave a mark?"), "{}", show.rows());
    show.until_quiet(Duration::from_millis(700)).await;
    assert!(!mark.exists());
    // Letters that mean nothing here reach neither the question nor the composer.
    show.send("zzz").await;
    show.until_quiet(Duration::from_millis(300)).await;
    assert!(!mark.exists() && !show.rows().contains("zzz"));
    show.send("y").await;
    show.until_shown("all done").await;
    show.until_shown("✔ approved once: echo run >> mark (May I leave a mark?)").await;
    assert_eq!(std::fs::read_to_string(&mark).unwrap(), "run\n");
    show.until_shown("Worked for").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}

// covers: tui 51
#[tokio::test]
async fn no_and_escape_run_nothing_and_end_the_turn() {
    for key in ["n", "\u{1b}"] {
        let stage = Stage::new([touch("mark", "c1"), Reply::say("instead")]).await.env("TUI_ASK", "1");
        let mut show = stage.show(80, 30);
        show.until_shown("What shall be done?").await;
        show.send("leave a mark\r").await;
        show.until_shown("Run this outside the sandbox?").await;
        show.send(key).await;
        show.until_shown("✗ cancelled: echo run >> mark").await;
        show.until_shown("interrupted").await;
        show.send("do that instead\r").await;
        show.until_shown("Worked for").await;
        let request = stage.server.request(1).unwrap();
        assert!(request.input_texts("user").contains(&"do that instead"));
        assert!(!stage.repo().join("mark").exists());
        show.send("\u{3}").await;
        assert!(show.until_end().await);
        stage.server.verify().unwrap();
    }
}
