//! Hostile text and hostile surroundings.

use codex_sim::Reply;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::stage::Stage;

const EVIL: &str =
    "a\u{1b}]52;c;aGk=\u{7}b\u{1b}]0;owned\u{7}c\u{1b}[2Jd\u{1b}[201~e\u{9b}31mf\u{1b}Pq\u{1b}\\g";

#[tokio::test]
async fn text_of_models_and_tools_never_reaches_the_terminal_raw() {
    for inline in ["", "1"] {
        let stage = Stage::new([
            Reply::call(
                "exec_command",
                &json!({"cmd": "printf 'x\\033]52;c;aGk=\\007\\033]0;owned\\007\\033[2Jy\\n'"}),
                "c1",
            ),
            Reply::sse().created().text_delta(EVIL).message(EVIL).completed(),
        ])
        .await
        .env("TUI_INLINE", inline);
        let mut show = stage.show(100, 30);
        show.until_shown("What shall be done?").await;
        show.send("attack\r").await;
        show.until_shown("Worked for").await;
        let raw = show.raw_text();
        for evil in ["\u{1b}]52", "\u{1b}]0;owned", "\u{1b}[201~", "\u{9b}", "\u{1b}Pq"] {
            assert!(!raw.contains(evil), "{evil:?} came through");
        }
        show.send("\u{3}").await;
        assert!(show.until_end().await);
    }
}

// covers: tui 6
#[tokio::test]
async fn without_colours_no_colour_is_written() {
    let stage = Stage::new([
        Reply::call("exec_command", &json!({"cmd": "false"}), "c1"),
        Reply::say("**bold** `code`"),
    ])
    .await
    .env("NO_COLOR", "1");
    let mut show = stage.show(80, 24);
    show.until_shown("What shall be done?").await;
    show.send("go\r").await;
    show.until_shown("Worked for").await;
    show.send("\u{3}").await;
    assert!(show.until_end().await);
    let raw = show.raw_text();
    for piece in raw.split("\u{1b}[").skip(1) {
        let end = piece.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(0);
        if piece[end..].starts_with('m') {
            let colour = piece[..end]
                .split(';')
                .filter_map(|code| code.parse::<u8>().ok())
                .any(|code| (30..=48).contains(&code) || (90..=107).contains(&code));
            assert!(!colour, "colour in {:?}", &piece[..end]);
        }
    }
}

/// What must be written before the shell can have the terminal.
const WAY_BACK: [&str; 5] = ["\u{1b}[?1049l", "\u{1b}[?2004l", "\u{1b}[?1000l", "\u{1b}[<1u", "\u{1b}[?25h"];

// covers: tui 80
#[tokio::test]
async fn a_signal_gives_the_terminal_back() {
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let stage = Stage::new([Reply::say("hi")]).await;
        let mut show = stage.show(80, 24);
        show.until_shown("What shall be done?").await;
        show.send("hello\r").await;
        show.until_shown("Worked for").await;
        kill(Pid::from_raw(show.pid()), signal).unwrap();
        show.until_end().await;
        let raw = show.raw_text();
        for off in WAY_BACK {
            assert!(raw.contains(off), "{off:?} is missing after {signal}");
        }
        assert!(show.rows().contains("codex resume "), "{}", show.rows());
    }
}

#[tokio::test]
async fn a_failure_gives_the_terminal_back_and_names_the_thread() {
    let stage = Stage::new([Reply::say("hi")]).await;
    let pipe = stage.repo().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let stage = stage.env("TUI_PANIC", &pipe.display().to_string());
    let mut show = stage.show(80, 24);
    show.until_shown("What shall be done?").await;
    show.send("hello\r").await;
    show.until_shown("Worked for").await;
    tokio::fs::write(&pipe, "broken").await.unwrap();
    show.until("the way back", |show| show.raw_text().contains("The conversation is saved")).await;
    show.until_end().await;
    let raw = show.raw_text();
    let told = raw.find("a failure of the program: broken").unwrap();
    for off in WAY_BACK {
        assert!(raw.find(off).unwrap() < told, "{off:?} comes too late");
    }
    assert!(raw.contains("go on with: codex resume ") && raw.contains("[ended 1]"), "{raw}");
    assert!(!raw[told..].contains("\u{1b}[?2026h"), "it is drawn on");
}

// covers: tui 8
#[tokio::test]
async fn a_dumb_terminal_is_asked_about() {
    let stage = Stage::new(Vec::<Reply>::new()).await.env("TERM", "dumb");
    let mut show = stage.show(80, 24);
    show.until_shown("Go on? [y/N]").await;
    show.send("n\r").await;
    show.until_end().await;
    assert!(show.rows().contains("codex exec"), "{}", show.rows());
    assert!(!show.raw_text().contains("\u{1b}[?1049h"));
}

// covers: tui 7
#[tokio::test]
async fn without_a_terminal_there_is_an_error() {
    let stage = Stage::new(Vec::<Reply>::new()).await;
    let output = stage.without_terminal().await;
    assert!(String::from_utf8_lossy(&output.stdout).contains("[ended 1]"), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("needs a terminal"), "{output:?}");
}

#[tokio::test]
async fn after_a_suspension_the_screen_and_the_draft_are_back() {
    for inline in ["", "1"] {
        let stage = Stage::new([Reply::say("hi")]).await.env("TUI_INLINE", inline);
        let mut show = stage.show(80, 24);
        show.until_shown("What shall be done?").await;
        show.send("a draft").await;
        show.until_shown("› a draft").await;
        // No shell waits behind this terminal, so the system continues the program at once.
        show.send("\u{1a}").await;
        show.until("the modes off and on", |show| show.raw_text().matches("\u{1b}[?2004h").count() == 2)
            .await;
        show.until_shown("› a draft").await;
        assert!(show.raw_text().contains("\u{1b}[?2004l"));
        show.send("\r").await;
        show.until_shown("Worked for").await;
        show.send("\u{3}").await;
        assert!(show.until_end().await);
    }
}

#[tokio::test]
async fn a_terminal_that_reads_nothing_any_more_does_not_hold_the_program() {
    let long: String = (0..20_000).map(|n| format!("line {n}\n\n")).collect();
    let stage = Stage::new([Reply::say(&long)]).await.env("TUI_INLINE", "1").env("TUI_MUTE", "1");
    let mut show = stage.show(80, 24);
    show.until_shown("What shall be done?").await;
    show.send("hello\r").await;
    // Nothing is read from here on, and far more is written than a terminal keeps.
    stage.until_saved("task_complete").await;
    kill(Pid::from_raw(show.pid()), Signal::SIGTERM).unwrap();
    show.until_gone().await;
}
