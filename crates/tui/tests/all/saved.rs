//! Saved threads: shown again, chosen from a list, begun anew.

use codex_sim::Reply;
use pretty_assertions::assert_eq;

use crate::stage::{Show, Stage};

pub(crate) fn resume_id(show: &Show) -> String {
    let rows = show.rows();
    let at = rows.find("codex resume ").unwrap_or_else(|| panic!("{rows}")) + "codex resume ".len();
    rows[at..].chars().take(36).collect()
}

// covers: tui 58
#[tokio::test]
async fn a_resumed_thread_shows_and_sends_what_was_said() {
    let stage = Stage::new([Reply::say("first answer"), Reply::say("second answer")]).await;
    let mut show = stage.show(80, 30);
    show.until_shown("What shall be done?").await;
    show.send("first question\r").await;
    show.until_shown("Worked for").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
    let id = resume_id(&show);
    for inline in ["", "1"] {
        let stage_again = stage.again(&[("TUI_RESUME", &id), ("TUI_INLINE", inline)]);
        let mut show = stage_again.show(80, 30);
        show.until_shown("first answer").await;
        assert!(show.rows().contains("› first question"), "{}", show.rows());
        if inline.is_empty() {
            show.send("second question\r").await;
            show.until_shown("Worked for").await;
            let request = stage.server.request(1).unwrap();
            let texts = request.input_texts("user");
            let said: Vec<&str> = texts.into_iter().filter(|text| text.ends_with("question")).collect();
            assert_eq!(said, ["first question", "second question"]);
        }
        show.send("\u{3}").await;
        assert!(show.until_end().await);
    }
    stage.server.verify().unwrap();
}

#[tokio::test]
async fn an_unknown_thread_is_one_line_and_a_plain_shell() {
    let stage =
        Stage::new(Vec::<Reply>::new()).await.env("TUI_RESUME", "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000");
    let mut show = stage.show(120, 24);
    show.until_end().await;
    assert!(show.rows().contains("0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000"), "{}", show.rows());
    assert!(show.rows().contains("[ended 1]"), "{}", show.rows());
}

// covers: tui 57
#[tokio::test]
async fn new_forgets_and_resume_lists() {
    let stage = Stage::new([Reply::say("answer one"), Reply::say("answer two")]).await;
    let mut show = stage.show(80, 30);
    show.until_shown("What shall be done?").await;
    show.send("question one\r").await;
    show.until_shown("Worked for").await;
    show.send("/new\r").await;
    show.until("an empty conversation", |show| !show.rows().contains("answer one")).await;
    show.send("question two\r").await;
    show.until_shown("answer two").await;
    let request = stage.server.request(1).unwrap();
    let texts = request.input_texts("user");
    assert!(!texts.iter().any(|text| text.contains("question one")), "{texts:?}");
    show.until_shown("Worked for").await;
    show.send("/resume\r").await;
    show.until_shown("Go on with a saved conversation").await;
    show.until_shown("ago").await;
    show.send("\u{1b}[B\r").await;
    show.until_shown("answer one").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}

// covers: tui 59
#[tokio::test]
async fn a_list_comes_first_and_escape_begins_anew() {
    let stage = Stage::new([Reply::say("kept answer"), Reply::say("fresh answer")]).await;
    let mut show = stage.show(80, 30);
    show.until_shown("What shall be done?").await;
    show.send("kept question\r").await;
    show.until_shown("Worked for").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
    let listed = stage.again(&[("TUI_PICK", "1")]);
    let mut show = listed.show(80, 30);
    show.until_shown("ago").await;
    show.send("nothing like it").await;
    show.until("no row", |show| !show.rows().contains("ago")).await;
    show.send("\u{15}").await;
    show.until_shown("ago").await;
    show.send("\r").await;
    show.until_shown("kept answer").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
    let mut show = listed.show(80, 30);
    show.until_shown("ago").await;
    show.send("\u{1b}").await;
    show.until_shown("What shall be done?").await;
    show.send("fresh question\r").await;
    show.until_shown("fresh answer").await;
    let request = stage.server.request(1).unwrap();
    assert!(!request.input_texts("user").contains(&"kept question"));
    show.until_shown("Worked for").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}
