//! A stage: scripted server, home, repository, pseudo terminal, and an emulator that shows what a person would see.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use codex_sim::{Script, SimServer};
use pty_process::{OwnedReadPty, OwnedWritePty, Size};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// How long a test waits for something to appear.
const PATIENCE: Duration = Duration::from_secs(20);
const SCROLLBACK: usize = 5_000;

pub(crate) struct Stage {
    pub(crate) server: Arc<SimServer>,
    dir: Arc<TempDir>,
    env: Vec<(String, String)>,
}

/// The running program.
pub(crate) struct Show {
    reader: OwnedReadPty,
    writer: OwnedWritePty,
    child: tokio::process::Child,
    screen: vt100::Parser,
    /// Every byte that was written.
    pub(crate) raw: Vec<u8>,
    ended: bool,
}

impl Stage {
    pub(crate) async fn new(script: impl Into<Script>) -> Self {
        let server = SimServer::start(script).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        for folder in ["home", "repo/.git/refs/heads"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        std::fs::write(dir.path().join("repo/.git/HEAD"), "ref: refs/heads/main\n").unwrap();
        Self { server: Arc::new(server), dir: Arc::new(dir), env: Vec::new() }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same home, repository and server with other surroundings.
    pub(crate) fn again(&self, env: &[(&str, &str)]) -> Self {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { server: Arc::clone(&self.server), dir: Arc::clone(&self.dir), env }
    }

    pub(crate) fn repo(&self) -> PathBuf {
        self.dir.path().join("repo")
    }

    /// Waits until a saved thread holds this text.
    pub(crate) async fn until_saved(&self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        let sessions = self.dir.path().join("home/sessions");
        let holds = |path: &Path| std::fs::read_to_string(path).is_ok_and(|saved| saved.contains(text));
        while !files_below(&sessions).iter().any(|path| holds(path)) {
            assert!(Instant::now() < deadline, "no {text} was saved");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Runs the program with pipes in place of a terminal.
    pub(crate) async fn without_terminal(&self) -> std::process::Output {
        tokio::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", crate::child::NAME, "--nocapture", "--test-threads=1"])
            .env("TUI_STAGE", self.dir.path())
            .env("TUI_SERVER", self.server.url())
            .stdin(std::process::Stdio::null())
            .output()
            .await
            .unwrap()
    }

    /// The program as a shell would be told to start it.
    pub(crate) fn command_line(&self) -> String {
        let program = std::env::current_exe().unwrap();
        format!("'{}' --exact {} --nocapture --test-threads=1", program.display(), crate::child::NAME)
    }

    /// The same with everything it needs to know.
    pub(crate) fn command_line_with_environment(&self) -> String {
        let known = [
            ("SIM_KEY".to_owned(), "key".to_owned()),
            ("SHELL".to_owned(), "/bin/sh".to_owned()),
            ("HOME".to_owned(), self.dir.path().display().to_string()),
            ("TUI_STAGE".to_owned(), self.dir.path().display().to_string()),
            ("TUI_SERVER".to_owned(), self.server.url()),
        ];
        let words: Vec<String> =
            known.iter().chain(&self.env).map(|(name, value)| format!("{name}='{value}'")).collect();
        format!("env {} {}", words.join(" "), self.command_line())
    }

    /// Starts a shell with job control that knows everything the program needs.
    pub(crate) fn show_shell(&self, columns: u16, rows: u16) -> Show {
        let shell = pty_process::Command::new("bash").args(["--norc", "--noprofile", "-i"]);
        self.start(shell.env_clear().env("PS1", "shell> "), columns, rows)
    }

    /// Starts the program on a terminal of this size.
    pub(crate) fn show(&self, columns: u16, rows: u16) -> Show {
        let program = pty_process::Command::new(std::env::current_exe().unwrap());
        let words = ["--exact", crate::child::NAME, "--nocapture", "--test-threads=1"];
        self.start(program.args(words).env_clear(), columns, rows)
    }

    fn start(&self, command: pty_process::Command, columns: u16, rows: u16) -> Show {
        let (pty, pts) = pty_process::open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let mut command = command
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm-256color")
            .env("HOME", self.dir.path())
            .env("SIM_KEY", "key")
            .env("TUI_STAGE", self.dir.path())
            .env("TUI_SERVER", self.server.url());
        for (name, value) in &self.env {
            command = command.env(name, value);
        }
        let child = command.kill_on_drop(true).spawn(pts).unwrap();
        let (reader, writer) = pty.into_split();
        Show {
            reader,
            writer,
            child,
            screen: vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), SCROLLBACK),
            raw: Vec::new(),
            ended: false,
        }
    }
}

impl Show {
    /// Types or pastes bytes.
    pub(crate) async fn send(&mut self, bytes: &str) {
        self.writer.write_all(bytes.as_bytes()).await.unwrap();
    }

    /// The visible rows, without trailing blanks.
    pub(crate) fn rows(&self) -> String {
        let columns = self.screen.screen().size().1.get();
        let rows: Vec<String> =
            self.screen.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n")
    }

    /// The scrollback and the visible rows.
    pub(crate) fn everything(&mut self) -> String {
        let (rows, columns) = self.screen.screen().size();
        let (rows, columns) = (rows.get(), columns.get());
        let screen = self.screen.screen_mut();
        screen.set_scrollback(SCROLLBACK);
        let above = screen.scrollback();
        let mut lines = Vec::new();
        for offset in (1..=above).rev() {
            screen.set_scrollback(offset);
            lines.extend(screen.rows(0, columns).take(1));
        }
        screen.set_scrollback(0);
        lines.extend(screen.rows(0, columns).take(usize::from(rows)));
        lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
    }

    /// Another size, as a window manager gives it.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.screen.screen_mut().set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
        self.writer.resize(Size::new(rows, columns)).unwrap();
    }

    pub(crate) fn pid(&self) -> i32 {
        i32::try_from(self.child.id().unwrap()).unwrap()
    }

    /// Reads until the screen is as wanted.
    pub(crate) async fn until(&mut self, what: &str, mut seen: impl FnMut(&mut Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !seen(self) {
            assert!(Instant::now() < deadline && !self.ended, "no {what}; the screen:\n{}", self.rows());
            self.read(Duration::from_millis(200)).await;
        }
    }

    pub(crate) async fn until_shown(&mut self, text: &str) {
        self.until(&format!("`{text}`"), |show| show.rows().contains(text)).await;
    }

    /// Reads for a while; whether anything came.
    pub(crate) async fn read(&mut self, limit: Duration) -> bool {
        let mut buffer = vec![0; 65536];
        match tokio::time::timeout(limit, self.reader.read(&mut buffer)).await {
            Err(_) => false,
            Ok(Ok(count)) if count > 0 => {
                self.raw.extend_from_slice(&buffer[..count]);
                self.screen.process(&buffer[..count]);
                true
            }
            // Linux answers EIO when the other side is closed.
            Ok(_) => {
                self.ended = true;
                false
            }
        }
    }

    /// Waits until a step of the first run takes keys.
    pub(crate) async fn pause(&mut self) {
        let until = Instant::now() + Duration::from_millis(400);
        while Instant::now() < until {
            self.read(Duration::from_millis(50)).await;
        }
    }

    /// Reads until nothing more comes for `quiet`.
    pub(crate) async fn until_quiet(&mut self, quiet: Duration) {
        while self.read(quiet).await {}
    }

    /// Reads until the program has ended; whether it ended well.
    pub(crate) async fn until_end(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while !self.ended {
            assert!(Instant::now() < deadline, "the program goes on; the screen:\n{}", self.rows());
            self.read(Duration::from_millis(200)).await;
        }
        self.child.wait().await.unwrap().success()
    }

    /// Waits until the program has ended, without reading what it writes.
    pub(crate) async fn until_gone(&mut self) {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("the program goes on").unwrap();
    }

    pub(crate) fn raw_text(&self) -> String {
        String::from_utf8_lossy(&self.raw).into_owned()
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
