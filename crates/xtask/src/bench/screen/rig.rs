//! A program on a pseudo terminal with an emulator in front: keys go in, the screen, bytes, CPU time and memory come
//! out. Answers what programs ask a terminal, as a terminal would. Knows no binary by name.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use pty_process::{OwnedReadPty, OwnedWritePty, Size};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

pub(crate) const COLUMNS: u16 = 120;
pub(crate) const ROWS: u16 = 40;
/// Clock ticks of `/proc` in a second, on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;
/// Every UI switches bracketed paste on when it takes the terminal.
const ENTERED: &[u8] = b"\x1b[?2004h";
/// Questions to the terminal, and what it says.
const ANSWERS: [(&[u8], &[u8]); 5] = [
    (b"\x1b[6n", b"\x1b[1;1R"),
    (b"\x1b[c", b"\x1b[?62;22c"),
    (b"\x1b[?u", b"\x1b[?0u"),
    (b"\x1b]10;?", b"\x1b]10;rgb:dddd/dddd/dddd\x1b\\"),
    (b"\x1b]11;?", b"\x1b]11;rgb:1111/1111/1111\x1b\\"),
];

/// The running program.
pub(crate) struct Rig {
    reader: OwnedReadPty,
    writer: OwnedWritePty,
    child: tokio::process::Child,
    screen: vt100::Parser,
    /// When the program was started.
    pub(crate) begun: Instant,
    /// Bytes it wrote so far.
    pub(crate) bytes: usize,
    pid: u32,
    /// It took the terminal: what stands there before is the terminal's echo.
    entered: bool,
    buffer: Vec<u8>,
}

impl Rig {
    /// Starts the program on a terminal of [`COLUMNS`] by [`ROWS`].
    pub(crate) fn start(
        program: &[OsString],
        dir: &Path,
        environment: &[(OsString, OsString)],
    ) -> anyhow::Result<Self> {
        let (pty, pts) = pty_process::open()?;
        pty.resize(Size::new(ROWS, COLUMNS))?;
        let (binary, arguments) = program.split_first().context("no program given")?;
        let command = pty_process::Command::new(binary)
            .args(arguments)
            .current_dir(dir)
            .env_clear()
            .envs(environment.iter().cloned())
            .kill_on_drop(true);
        let begun = Instant::now();
        let child = command.spawn(pts)?;
        let pid = child.id().context("the program ended at once")?;
        let (reader, writer) = pty.into_split();
        let (rows, columns) = (ROWS.try_into()?, COLUMNS.try_into()?);
        Ok(Self {
            reader,
            writer,
            child,
            screen: vt100::Parser::new(rows, columns, 0),
            begun,
            bytes: 0,
            pid,
            entered: false,
            buffer: vec![0; 65536],
        })
    }

    /// Types.
    pub(crate) async fn send(&mut self, keys: &str) -> anyhow::Result<()> {
        Ok(self.writer.write_all(keys.as_bytes()).await?)
    }

    /// The visible rows as one text.
    pub(crate) fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Reads until the screen is as wanted; the moment of the read that made it so.
    pub(crate) async fn until(
        &mut self,
        what: &str,
        patience: Duration,
        seen: impl Fn(&str) -> bool,
    ) -> anyhow::Result<Instant> {
        let deadline = Instant::now() + patience;
        let mut at = Instant::now();
        while !self.entered || !seen(&self.text()) {
            let left = deadline.saturating_duration_since(Instant::now());
            ensure!(!left.is_zero(), "no {what} within {patience:?}; the screen:\n{}", self.text());
            self.read(left).await?;
            at = Instant::now();
        }
        Ok(at)
    }

    /// Reads for this long.
    pub(crate) async fn watch(&mut self, time: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.read(left).await?;
        }
    }

    /// Reads until nothing comes for `quiet`, at most for `limit`.
    pub(crate) async fn settle(&mut self, quiet: Duration, limit: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + limit;
        loop {
            let before = self.bytes;
            self.read(quiet).await?;
            if self.bytes == before || Instant::now() >= end {
                return Ok(());
            }
        }
    }

    async fn read(&mut self, limit: Duration) -> anyhow::Result<()> {
        let read = match tokio::time::timeout(limit, self.reader.read(&mut self.buffer)).await {
            Err(_) => return Ok(()),
            Ok(Ok(count)) if count > 0 => self.buffer.get(..count).unwrap_or_default(),
            Ok(_) => bail!("the program ended; the screen:\n{}", self.text()),
        };
        self.bytes += read.len();
        self.entered |= read.windows(ENTERED.len()).any(|window| window == ENTERED);
        self.screen.process(read);
        for (question, answer) in ANSWERS {
            if read.windows(question.len()).any(|window| window == question) {
                self.writer.write_all(answer).await?;
            }
        }
        Ok(())
    }

    /// User and system time so far, in seconds.
    pub(crate) fn cpu_s(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        // The name may hold blanks; it ends with the last parenthesis.
        let (_, rest) = stat.rsplit_once(')').context("no process figures")?;
        let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_SECOND)
    }

    /// The largest resident size so far.
    pub(crate) fn peak_mib(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let line =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no memory figures")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kib / 1024.0)
    }

    /// Ends the program.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}
