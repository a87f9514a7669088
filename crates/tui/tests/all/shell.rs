//! The program below a real shell with job control, and inside a real tmux.

use std::process::Command;
use std::time::{Duration, Instant};

use codex_sim::Reply;
use pretty_assertions::assert_eq;

use crate::stage::Stage;

const PATIENCE: Duration = Duration::from_secs(20);

// covers: tui 77
#[tokio::test]
async fn a_shell_gets_the_terminal_while_the_program_is_suspended() {
    for inline in ["", "1"] {
        let stage = Stage::new([Reply::say("an answer")]).await.env("TUI_INLINE", inline);
        let mut show = stage.show_shell(80, 24);
        show.until_shown("shell>").await;
        show.send(&format!("{}\r", stage.command_line())).await;
        show.until_shown("What shall be done?").await;
        show.send("a draft").await;
        show.until_shown("› a draft").await;
        show.send("\u{1a}").await;
        show.until_shown("Stopped").await;
        // Typed text is echoed again, and no report of the mouse or of the focus is asked for.
        show.send("echo is-$((40+2))\r").await;
        show.until_shown("is-42").await;
        let raw = show.raw_text();
        for (on, off) in [("\u{1b}[?2004h", "\u{1b}[?2004l"), ("\u{1b}[?1004h", "\u{1b}[?1004l")] {
            let given_back = raw.rfind(off).unwrap();
            assert!(given_back > raw.find(on).unwrap(), "{off:?}");
        }
        show.send("fg\r").await;
        show.until_shown("› a draft").await;
        show.send("\u{15}").await;
        show.until_shown("What shall be done?").await;
        show.send("ask\r").await;
        show.until_shown("an answer").await;
        show.until_shown("Worked for").await;
        show.send("\u{3}").await;
        show.until_shown("[ended 0]").await;
        show.send("exit\r").await;
        show.until_end().await;
    }
}

fn tmux(socket: &str, words: &[&str]) -> String {
    let output = Command::new("tmux").args(["-L", socket, "-f", "/dev/null"]).args(words).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn until_in_tmux(socket: &str, words: &str) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let everything = tmux(socket, &["capture-pane", "-p", "-J", "-S", "-", "-t", "0"]);
        if everything.contains(words) {
            return everything;
        }
        assert!(Instant::now() < deadline, "no `{words}` in\n{everything}");
        tokio::task::yield_now().await;
    }
}

/// Ends the server whatever becomes of the test.
struct Ended(String);

impl Drop for Ended {
    fn drop(&mut self) {
        tmux(&self.0, &["kill-server"]);
    }
}

// covers: tui 65
#[tokio::test(flavor = "multi_thread")]
async fn tmux_keeps_every_line_of_a_long_reply_once() {
    if Command::new("tmux").arg("-V").output().is_err() {
        // Nothing is proved on a machine without it; `.ci/run` installs it.
        eprintln!("skipped: tmux is not installed");
        return;
    }
    let rows: String = (0..120).map(|n| format!("row-{n:04}\n\n")).collect();
    let stage = Stage::new([Reply::sse().created().text_delta(&rows).message(&rows).completed()])
        .await
        .env("TUI_INLINE", "1")
        .env("TUI_PROMPT", "count");
    let socket = format!("codex-test-{}", std::process::id());
    let _ended = Ended(socket.clone());
    let line = stage.command_line_with_environment();
    tmux(&socket, &["new-session", "-d", "-x", "60", "-y", "20", &format!("{line}; read wait")]);
    tmux(&socket, &["set-option", "-g", "history-limit", "5000"]);
    until_in_tmux(&socket, "Worked for").await;
    for (columns, height) in [("60", "12"), ("60", "28"), ("44", "20"), ("90", "24")] {
        tmux(&socket, &["resize-window", "-t", "0", "-x", columns, "-y", height]);
        tmux(&socket, &["send-keys", "-t", "0", "x"]);
        until_in_tmux(&socket, "› x").await;
        tmux(&socket, &["send-keys", "-t", "0", "C-u"]);
        let everything = until_in_tmux(&socket, "What shall be done?").await;
        let counts: Vec<usize> =
            (0..120).map(|n| everything.matches(&format!("row-{n:04}")).count()).collect();
        assert_eq!(counts, vec![1; 120], "{columns}x{height}:\n{everything}");
    }
    tmux(&socket, &["send-keys", "-t", "0", "C-c"]);
    until_in_tmux(&socket, "[ended 0]").await;
}
