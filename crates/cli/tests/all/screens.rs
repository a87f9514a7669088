//! The terminal UI of the binary itself, in a terminal of its own: which thread it opens, what it does with a login.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};

use codex_sim::Reply;
use codex_test_support::{SIM_KEY, TestCodex};
use nix::pty::Winsize;
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::world::{scripted, world};

/// A person before the UI.
struct Terminal {
    far: File,
    /// Keeps the terminal there until everything is read.
    _near: File,
    child: Child,
    seen: Vec<u8>,
}

impl Terminal {
    fn start(codex: &TestCodex, args: &[&str]) -> Self {
        let size = Winsize { ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        let pair = nix::pty::openpty(&size, None).unwrap();
        let (far, near) = (File::from(pair.master), File::from(pair.slave));
        let end = || Stdio::from(near.try_clone().unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_codex"));
        // A sandbox that is chosen leaves no question about trust.
        command.args(["--sandbox", "read-only", "--no-alt-screen"]).args(args).current_dir(codex.repo());
        command
            .env_clear()
            .env("SIM_KEY", SIM_KEY)
            .env("CODEX_HOME", codex.home())
            .env("HOME", codex.user_home());
        command.env("TERM", "xterm-256color").env("SHELL", "/bin/sh").env("PATH", "/usr/bin:/bin");
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        Self { far, _near: near, child, seen: Vec::new() }
    }

    /// Reads until this is shown after what was waited for before.
    fn wait_for(&mut self, text: &str) {
        let mut buffer = [0; 4096];
        loop {
            let shown = String::from_utf8_lossy(&self.seen);
            if let Some(at) = shown.find(text) {
                self.seen = shown[at + text.len()..].as_bytes().to_vec();
                return;
            }
            let count = self.far.read(&mut buffer).unwrap();
            self.seen.extend_from_slice(&buffer[..count]);
        }
    }

    fn send(&mut self, keys: &str) {
        self.far.write_all(keys.as_bytes()).unwrap();
    }

    /// Says something and waits for the answer.
    fn ask(&mut self, text: &str, answer: &str) {
        self.send(text);
        self.send("\r");
        self.wait_for(answer);
        self.wait_for("Worked for");
    }

    fn leave(mut self) -> ExitStatus {
        self.send("\u{3}");
        self.wait_for("To go on with it");
        self.child.wait().unwrap()
    }
}

/// What the person said in a request.
fn said(codex: &TestCodex, request: usize) -> Vec<String> {
    let request = codex.server.request(request).unwrap();
    request
        .input_texts("user")
        .into_iter()
        .filter(|text| text.ends_with("question"))
        .map(str::to_owned)
        .collect()
}

// covers: tui 60
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_thread_is_resumed_and_forked() {
    let replies = ["answer one", "answer two", "answer three", "answer four"].map(Reply::say);
    let codex = scripted(replies).await;
    for prompt in ["older question", "first question"] {
        assert_eq!(codex.exec([prompt]).run().await.unwrap().code, Some(0));
    }
    assert_eq!(codex.rollouts().unwrap().len(), 2);

    let mut terminal = Terminal::start(&codex, &["resume", "--last"]);
    terminal.wait_for("answer two");
    terminal.wait_for("What shall be done?");
    terminal.ask("second question", "answer three");
    assert!(terminal.leave().success());
    assert_eq!(said(&codex, 2), ["first question", "second question"]);
    assert_eq!(codex.rollouts().unwrap().len(), 2, "resumed in its own file");

    let mut terminal = Terminal::start(&codex, &["fork", "--last"]);
    terminal.wait_for("answer three");
    terminal.wait_for("What shall be done?");
    terminal.ask("third question", "answer four");
    assert!(terminal.leave().success());
    assert_eq!(said(&codex, 3), ["first question", "second question", "third question"]);
    let forked = |meta: &Value| meta["forked_from_id"].as_str().map(str::to_owned);
    let rollouts = codex.rollouts().unwrap();
    let metas: Vec<&Value> = rollouts.iter().flat_map(|file| file.payloads("session_meta")).collect();
    let source = metas.iter().find_map(|meta| forked(meta)).unwrap();
    let fork = metas.iter().find(|meta| forked(meta).is_some()).unwrap();
    assert_ne!(fork["id"], source.as_str());
    assert!(metas.iter().any(|meta| meta["id"] == source.as_str()), "{metas:?}");
    codex.server.verify().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_logout_removes_what_is_stored() {
    let login = "{\"auth_mode\":\"apikey\",\"OPENAI_API_KEY\":\"sk-0123456789abcdefghij\"}";
    let codex = world().home_file("auth.json", login).build().await.unwrap();
    let mut terminal = Terminal::start(&codex, &[]);
    terminal.wait_for("What shall be done?");
    terminal.send("/logout");
    terminal.wait_for("remove the stored login");
    terminal.send("\r");
    terminal.wait_for("Logged out: the stored login was removed.");
    assert!(terminal.child.wait().unwrap().success());
    assert!(!codex.home().join("auth.json").exists());
}
