//! The mouse, as a terminal reports it.

use codex_sim::Reply;
use pretty_assertions::assert_eq;

use crate::stage::Stage;

/// A report of the left button: pressed, moved while pressed, let go.
fn report(what: &str, column: usize, row: usize) -> String {
    let (code, end) = match what {
        "press" => (0, 'M'),
        "drag" => (32, 'M'),
        _ => (0, 'm'),
    };
    format!("\u{1b}[<{code};{};{}{end}", column + 1, row + 1)
}

// covers: tui 78
#[tokio::test]
async fn marked_text_reaches_the_clipboard_as_it_was_said() {
    let text = "a reply that is too long for one row of this narrow screen";
    let stage = Stage::new([Reply::say(text)]).await;
    let mut show = stage.show(40, 20);
    show.until_shown("What shall be done?").await;
    show.send("hello\r").await;
    show.until_shown("Worked for").await;
    let rows = show.rows();
    let first = rows.lines().position(|row| row.starts_with("• a reply")).unwrap();
    let last = rows.lines().position(|row| row.contains("narrow screen")).unwrap();
    let end = rows.lines().nth(last).unwrap().len();
    show.send(&format!(
        "{}{}{}",
        report("press", 2, first),
        report("drag", end, last),
        report("up", end, last)
    ))
    .await;
    show.until_shown("marked text was sent").await;
    let raw = show.raw_text();
    let (_, copied) = raw.split_once("\u{1b}]52;c;").unwrap();
    let copied = copied.split(['\u{7}', '\u{1b}']).next().unwrap();
    use base64::Engine as _;
    assert_eq!(base64::engine::general_purpose::STANDARD.decode(copied).unwrap(), text.as_bytes());
    show.send("\u{3}").await;
    assert!(show.until_end().await);
}
