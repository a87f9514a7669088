//! Runs the binary under test with a limit: to its end at once, or step by step with signals and conditions.
//! Invariant: no process of a test outlives it; a run that takes too long is killed with its group and told.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::TestError;
use crate::output::CommandOutput;

/// The limit of a run unless a test sets another.
const RUN_LIMIT: Duration = Duration::from_secs(30);

/// How long output may stay open after the process has ended.
const PIPE_LIMIT: Duration = Duration::from_secs(2);

/// What the standard input of a run is.
#[derive(Clone, Debug)]
enum Input {
    Null,
    Bytes(Vec<u8>),
    Open,
}

/// A command that is still being put together.
#[derive(Clone, Debug)]
pub struct CodexCommand {
    program: PathBuf,
    args: Vec<OsString>,
    cwd: PathBuf,
    env: Vec<(OsString, OsString)>,
    input: Input,
    limit: Duration,
}

impl CodexCommand {
    pub(crate) fn new(program: PathBuf, cwd: PathBuf, env: Vec<(OsString, OsString)>) -> CodexCommand {
        CodexCommand { program, args: Vec::new(), cwd, env, input: Input::Null, limit: RUN_LIMIT }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Gives this text as standard input, then its end. Without it standard input is empty.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Input::Bytes(bytes.into());
        self
    }

    /// Keeps standard input open for [`RunningCodex::write_stdin`].
    #[must_use]
    pub fn stdin_open(mut self) -> Self {
        self.input = Input::Open;
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Leaves out an environment variable.
    #[must_use]
    pub fn env_remove(mut self, name: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self
    }

    /// Runs in this folder.
    #[must_use]
    pub fn cwd(mut self, cwd: impl Into<PathBuf>) -> Self {
        self.cwd = cwd.into();
        self
    }

    /// Sets the limit of the whole run (30 s without it).
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs to the end.
    pub async fn run(self) -> Result<CommandOutput, TestError> {
        self.spawn()?.wait().await
    }

    /// Starts and returns at once.
    pub fn spawn(self) -> Result<RunningCodex, TestError> {
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(&self.cwd).env_clear().envs(self.env.iter().cloned());
        command.stdin(if matches!(self.input, Input::Null) { Stdio::null() } else { Stdio::piped() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // Its own group, so that a run that hangs can be killed with everything it started.
        #[cfg(unix)]
        command.process_group(0);
        #[cfg(unix)]
        default_signals(&mut command);
        let started = Instant::now();
        let mut child =
            command.spawn().map_err(TestError::io(format!("start {}", self.program.display())))?;
        let stdout = child.stdout.take().map(Capture::start);
        let stderr = child.stderr.take().map(Capture::start);
        let mut stdin = child.stdin.take();
        let writer = match self.input {
            Input::Bytes(bytes) => stdin.take().map(|mut stdin| {
                tokio::spawn(async move {
                    // A program that stops reading is no failure of the writer.
                    let _ = stdin.write_all(&bytes).await;
                })
            }),
            Input::Null | Input::Open => None,
        };
        let pid = child.id().unwrap_or_default();
        Ok(RunningCodex {
            child,
            pid,
            stdin,
            writer,
            stdout,
            stderr,
            started,
            limit: self.limit,
            state: RunState::Running,
        })
    }
}

/// Gives the program the signals a person's shell gives it, whatever this process was started to ignore.
#[cfg(unix)]
fn default_signals(command: &mut Command) {
    use nix::sys::signal::{SigHandler, Signal as Number, signal};
    // SAFETY: sigaction is async-signal-safe and no handler of ours is installed.
    unsafe {
        command.pre_exec(|| {
            for number in [Number::SIGINT, Number::SIGTERM, Number::SIGHUP, Number::SIGQUIT, Number::SIGPIPE]
            {
                signal(number, SigHandler::SigDfl)?;
            }
            Ok(())
        });
    }
}

/// A signal to a running command. On Windows only `Kill` exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// A polite request to end.
    Terminate,
    /// The terminal went away.
    Hangup,
    /// Ctrl-\.
    Quit,
    /// The end, without a say.
    Kill,
}

/// A started command. Dropping it kills the process and its group.
#[derive(Debug)]
pub struct RunningCodex {
    child: Child,
    pid: u32,
    stdin: Option<ChildStdin>,
    writer: Option<JoinHandle<()>>,
    stdout: Option<Capture>,
    stderr: Option<Capture>,
    started: Instant,
    limit: Duration,
    state: RunState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RunState {
    Running,
    /// Reaped; what it left behind has been dealt with.
    Ended,
}

impl Drop for RunningCodex {
    fn drop(&mut self) {
        if self.state == RunState::Running {
            self.kill_group();
        }
    }
}

impl RunningCodex {
    /// The process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Standard output so far.
    pub fn stdout_so_far(&self) -> String {
        self.stdout.as_ref().map(Capture::text).unwrap_or_default()
    }

    /// Standard error so far.
    pub fn stderr_so_far(&self) -> String {
        self.stderr.as_ref().map(Capture::text).unwrap_or_default()
    }

    /// Waits until standard output so far fulfils the condition. Fails when it ends before that.
    pub async fn wait_for_stdout(&self, holds: impl Fn(&str) -> bool) -> Result<String, TestError> {
        self.wait_for("standard output", self.stdout.as_ref(), holds).await
    }

    /// Waits until standard error so far fulfils the condition. Fails when it ends before that.
    pub async fn wait_for_stderr(&self, holds: impl Fn(&str) -> bool) -> Result<String, TestError> {
        self.wait_for("standard error", self.stderr.as_ref(), holds).await
    }

    async fn wait_for(
        &self,
        name: &str,
        capture: Option<&Capture>,
        holds: impl Fn(&str) -> bool,
    ) -> Result<String, TestError> {
        let vain = || TestError::WaitedInVain {
            what: format!("a condition on {name}"),
            seen: format!("--- stdout\n{}\n--- stderr\n{}", self.stdout_so_far(), self.stderr_so_far()),
        };
        let mut seen = capture.ok_or_else(vain)?.seen.subscribe();
        let left = self.limit.saturating_sub(self.started.elapsed());
        let wait = seen.wait_for(|seen| seen.ended || holds(&seen.text()));
        let text = match tokio::time::timeout(left, wait).await {
            Ok(Ok(seen)) => seen.text(),
            Ok(Err(_)) | Err(_) => return Err(vain()),
        };
        if holds(&text) { Ok(text) } else { Err(vain()) }
    }

    /// Sends a signal to the process, not to its children.
    pub fn signal(&mut self, signal: Signal) -> Result<(), TestError> {
        self.send(signal).map_err(TestError::io(format!("send {signal:?} to process {}", self.pid)))
    }

    #[cfg(unix)]
    fn send(&mut self, signal: Signal) -> io::Result<()> {
        use nix::sys::signal::Signal as Unix;
        let signal = match signal {
            Signal::Interrupt => Unix::SIGINT,
            Signal::Terminate => Unix::SIGTERM,
            Signal::Hangup => Unix::SIGHUP,
            Signal::Quit => Unix::SIGQUIT,
            Signal::Kill => Unix::SIGKILL,
        };
        nix::sys::signal::kill(self.unix_pid()?, signal).map_err(io::Error::from)
    }

    #[cfg(not(unix))]
    fn send(&mut self, signal: Signal) -> io::Result<()> {
        match signal {
            Signal::Kill => self.child.start_kill(),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    #[cfg(unix)]
    fn unix_pid(&self) -> io::Result<nix::unistd::Pid> {
        match i32::try_from(self.pid) {
            // 0 would mean our own group.
            Ok(pid) if pid > 0 => Ok(nix::unistd::Pid::from_raw(pid)),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Writes to standard input (needs [`CodexCommand::stdin_open`]).
    pub async fn write_stdin(&mut self, text: &str) -> Result<(), TestError> {
        let failed = TestError::io("write to standard input");
        let Some(stdin) = &mut self.stdin else { return Err(failed(io::ErrorKind::BrokenPipe.into())) };
        let written = async {
            stdin.write_all(text.as_bytes()).await?;
            stdin.flush().await
        };
        written.await.map_err(failed)
    }

    /// Ends standard input.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Stops reading standard output and closes our end: the process meets a broken pipe. What was read stays in the
    /// output of [`RunningCodex::wait`].
    pub fn close_stdout(&mut self) {
        if let Some(stdout) = &self.stdout {
            stdout.reader.abort();
        }
    }

    /// Waits for the end; kills the process and its group and fails when the limit has passed.
    pub async fn wait(mut self) -> Result<CommandOutput, TestError> {
        // The end of input is part of waiting for the end: nobody can write to it any more.
        self.stdin = None;
        let left = self.limit.saturating_sub(self.started.elapsed());
        let mut output = CommandOutput::default();
        let ended = tokio::time::timeout(left, self.child.wait()).await;
        output.elapsed = self.started.elapsed();
        let timed_out = ended.is_err();
        if timed_out {
            self.kill_group();
        } else if let Ok(status) = ended {
            output.set_status(status.map_err(TestError::io("wait for the command"))?);
        }
        if let Some(writer) = self.writer.take() {
            writer.abort();
        }
        let captures = (Capture::finish(self.stdout.take()), Capture::finish(self.stderr.take()));
        let ((stdout, out_held), (stderr, err_held)) = tokio::join!(captures.0, captures.1);
        output.stdout = String::from_utf8_lossy(&stdout).into_owned();
        output.stderr = String::from_utf8_lossy(&stderr).into_owned();
        output.stdout_bytes = stdout;
        output.pipe_held_open = out_held || err_held;
        if output.pipe_held_open {
            self.kill_group();
        }
        self.state = RunState::Ended;
        if timed_out {
            return Err(TestError::TimedOut { limit: self.limit, output: Box::new(output) });
        }
        Ok(output)
    }

    fn kill_group(&mut self) {
        #[cfg(unix)]
        if let Ok(pid) = self.unix_pid() {
            // The group may be gone already; the process itself is killed below either way.
            let _ = nix::sys::signal::killpg(pid, nix::sys::signal::Signal::SIGKILL);
        }
        let _ = self.child.start_kill();
    }
}

/// What a stream has given so far.
#[derive(Debug, Default)]
struct Seen {
    bytes: Vec<u8>,
    ended: bool,
}

impl Seen {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A task that reads a stream into memory.
#[derive(Debug)]
struct Capture {
    seen: watch::Sender<Seen>,
    reader: JoinHandle<()>,
}

impl Capture {
    fn start(mut stream: impl AsyncRead + Unpin + Send + 'static) -> Capture {
        let seen = watch::Sender::new(Seen::default());
        let sender = seen.clone();
        let reader = tokio::spawn(async move {
            let mut block = vec![0; 64 * 1024];
            // An error ends the stream like its end does.
            while let Ok(count @ 1..) = stream.read(&mut block).await {
                sender.send_modify(|seen| seen.bytes.extend_from_slice(&block[..count]));
            }
            sender.send_modify(|seen| seen.ended = true);
        });
        Capture { seen, reader }
    }

    fn text(&self) -> String {
        self.seen.borrow().text()
    }

    /// Everything read, and whether the stream was still open long after the process had ended.
    async fn finish(capture: Option<Capture>) -> (Vec<u8>, bool) {
        let Some(mut capture) = capture else { return (Vec::new(), false) };
        let held = tokio::time::timeout(PIPE_LIMIT, &mut capture.reader).await.is_err();
        capture.reader.abort();
        (std::mem::take(&mut capture.seen.send_replace(Seen::default()).bytes), held)
    }
}
