//! The terminal UI of the binary itself, in a terminal of its own: which thread it opens, what it does with a login.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};

use codex_sim::Reply;
use codex_test_support::{SIM_KEY, TestCodex};
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::poll::{PollFd, PollFlags, poll};
use nix::pty::Winsize;
use pretty_assertions::assert_eq;
use serde_json::Value;

use crate::world::{scripted, world};

/// A first run takes no keys for a moment, so that none is taken by mistake.
const SETTLED_MS: u16 = 600;
/// How long something may take to appear.
const PATIENCE_MS: u16 = 60_000;

/// A person before the UI.
pub(crate) struct Terminal {
    far: File,
    /// Keeps the terminal there until everything is read.
    _near: File,
    child: Child,
    seen: Vec<u8>,
}

impl Terminal {
    fn start(codex: &TestCodex, args: &[&str]) -> Self {
        // A sandbox that is chosen leaves no question about trust.
        let all: Vec<&str> =
            ["--sandbox", "read-only", "--no-alt-screen"].iter().chain(args).copied().collect();
        Self::bare(codex, &all, Some(SIM_KEY))
    }

    /// With these arguments only, and with or without a key in the environment.
    fn bare(codex: &TestCodex, args: &[&str], key: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_codex"));
        command.args(args).current_dir(codex.repo());
        command
            .env_clear()
            .envs(key.map(|key| ("SIM_KEY", key)))
            .env("CODEX_HOME", codex.home())
            .env("HOME", codex.user_home())
            .env("TMPDIR", codex.user_home());
        command.env("TERM", "xterm-256color").env("SHELL", "/bin/sh").env("PATH", "/usr/bin:/bin");
        Self::of(command)
    }

    /// Of a command that is ready to be started.
    pub(crate) fn of(mut command: Command) -> Self {
        let size = Winsize { ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        let pair = nix::pty::openpty(&size, None).unwrap();
        // A program that inherited an end would keep the terminal open for itself.
        for end in [&pair.master, &pair.slave] {
            fcntl(end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).unwrap();
        }
        let (far, near) = (File::from(pair.master), File::from(pair.slave));
        let end = || Stdio::from(near.try_clone().unwrap());
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        Self { far, _near: near, child, seen: Vec::new() }
    }

    /// Reads until this is shown after what was waited for before.
    pub(crate) fn wait_for(&mut self, text: &str) {
        loop {
            let shown = String::from_utf8_lossy(&self.seen);
            if let Some(at) = shown.find(text) {
                self.seen = shown[at + text.len()..].as_bytes().to_vec();
                return;
            }
            assert!(self.read(PATIENCE_MS), "no {text:?} in {:?}", String::from_utf8_lossy(&self.seen));
        }
    }

    /// Reads what comes within so many milliseconds; false when nothing does.
    fn read(&mut self, limit: u16) -> bool {
        let mut buffer = [0; 4096];
        let mut ends = [PollFd::new(self.far.as_fd(), PollFlags::POLLIN)];
        if poll(&mut ends, limit).unwrap() == 0 {
            return false;
        }
        let count = self.far.read(&mut buffer).unwrap();
        self.seen.extend_from_slice(&buffer[..count]);
        true
    }

    /// Reads until nothing has come for a while: what was just shown takes keys then.
    fn settle(&mut self) {
        while self.read(SETTLED_MS) {}
    }

    fn send(&mut self, keys: &str) {
        self.far.write_all(keys.as_bytes()).unwrap();
    }

    /// Says something and waits for the answer.
    pub(crate) fn ask(&mut self, text: &str, answer: &str) {
        self.send(text);
        self.send("\r");
        self.wait_for(answer);
        self.wait_for("Worked for");
    }

    pub(crate) fn leave(mut self) -> ExitStatus {
        self.send("\u{3}");
        self.wait_for("To go on with it");
        self.child.wait().unwrap()
    }

    /// Leaves a thread in which nothing was said.
    pub(crate) fn leave_nothing(mut self) -> ExitStatus {
        self.send("\u{3}");
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

// covers: tui 62
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_of_the_command_line_are_the_first_message() {
    let codex = scripted([Reply::say("answer one")]).await;
    let mut terminal = Terminal::start(&codex, &["first question"]);
    terminal.wait_for("answer one");
    terminal.wait_for("Worked for");
    assert!(terminal.leave().success());
    assert_eq!(said(&codex, 0), ["first question"]);
    codex.server.verify().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_run_keeps_the_key_and_the_trust() {
    // Nothing is sent: there is only the real server to send it to.
    let codex = world().raw_config("features.responses_websockets = false\n").build().await.unwrap();
    let mut terminal = Terminal::bare(&codex, &["--no-alt-screen"], None);
    terminal.wait_for("How do you want to log in?");
    terminal.settle();
    terminal.send("3");
    terminal.wait_for("Your API key");
    terminal.settle();
    terminal.send("sk-0123456789abcdefghij\r");
    terminal.wait_for("Do you trust the files in this folder?");
    terminal.settle();
    terminal.send("1");
    terminal.wait_for("lists commands");
    terminal.settle();
    terminal.send("\u{3}");
    assert!(terminal.child.wait().unwrap().success());
    let stored = codex.home().join("auth.json");
    assert_eq!(std::fs::metadata(&stored).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(std::fs::read_to_string(stored).unwrap().contains("sk-0123456789abcdefghij"));
    let config = std::fs::read_to_string(codex.home().join("config.toml")).unwrap();
    assert!(config.contains("trust_level = \"trusted\""), "{config}");

    // The second run asks nothing.
    let mut terminal = Terminal::bare(&codex, &["--no-alt-screen"], None);
    terminal.wait_for("What shall be done?");
    terminal.send("\u{3}");
    assert!(terminal.child.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_is_played_in_the_ui() {
    let codex = scripted([]).await;
    let mut terminal = Terminal::bare(&codex, &["demo", "--tui"], None);
    terminal.wait_for("messages lie");
    terminal.settle();
    terminal.send("\r");
    terminal.wait_for("Worked for");
    terminal.settle();
    terminal.send("\u{15}\u{3}");
    terminal.wait_for("What the demo made: ");
    assert!(terminal.child.wait().unwrap().success());
    assert_eq!(codex.server.requests().len(), 0);
}
