//! The live commands of a thread: each is started, watched to its end and reported as one item, whoever waits for it.
//! Invariant: every started item is completed, and a command is polled only by the number it was given.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use codex_network_proxy::ProxySettings;
use codex_protocol::limits::{COMMAND_OUTPUT_END_BYTES_MAX, ITEM_OUTPUT_BYTES_MAX};
use codex_protocol::{
    BackgroundTerminal, CallId, CommandExecutionItem, CommandSource, ItemId, ItemStatus, Permissions,
    TurnItem,
};
use codex_sandbox::{
    Collected, CommandSpec, ExecSessions, Process, SessionId, SpawnError, StdinError, spawn_with_live_view,
};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::blast::Run;
use crate::command_kind::classify;
use crate::command_report::{CommandReport, CommandState, aborted};
use crate::network::{Desk, NetworkState, Proxied};
use crate::output_ends::OutputEnds;
use crate::typing::{LetOut, Line};
use crate::utf8_stream::Utf8Stream;
use crate::{ToolCx, ToolOutcome, ToolProgress};

/// Exit code of a command that could not start or that we killed (`tools.md §3`).
const EXIT_KILLED: i32 = -1;

/// Output of a command in the background that a person is shown.
const RECENT_OUTPUT_BYTES_MAX: usize = 2048;

/// How long a person who stops a command waits for its end.
const STOPPED_WAIT_MAX: Duration = Duration::from_secs(2);

/// How long an interrupted call waits for its killed command to be gone, so that its item ends before the call does. That
/// takes a few milliseconds; longer only on a machine that is stuck.
const KILLED_WAIT_MAX: Duration = Duration::from_millis(500);

/// The commands of one thread.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    sessions: ExecSessions,
    live: Mutex<HashMap<SessionId, Arc<Command>>>,
    watchers: TaskTracker,
}

/// A command to start for a call.
#[derive(Debug)]
pub(crate) struct StartCommand {
    /// The call, whose id the item takes.
    pub(crate) call_id: CallId,
    /// The script, as the model wrote it.
    pub(crate) script: String,
    /// What to start.
    pub(crate) spec: CommandSpec,
    /// Who started it.
    pub(crate) source: CommandSource,
    /// Arguments of a shell that does not read login files but what they set up, to be run instead.
    pub(crate) prepared: Option<Vec<String>>,
    /// What limits its network, for a command with a proxy.
    pub(crate) proxy: Option<Arc<ProxySettings>>,
    /// How it came to where it runs.
    pub(crate) let_out: LetOut,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct CommandEnd {
    pub(crate) exit_code: i32,
    pub(crate) wall: Duration,
    /// Output no call has returned.
    pub(crate) output: Collected,
}

/// How a call waits for a command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Poll {
    /// When the call began.
    pub(crate) started: Instant,
    /// How long after that it answers, at the latest.
    pub(crate) wait: Duration,
    /// Tokens of output to show.
    pub(crate) tokens_max: usize,
    /// The tool's name, for an answer that says what failed.
    pub(crate) tool: &'static str,
}

/// One command, from its start until its end has been reported to the model.
#[derive(Debug)]
pub(crate) struct Command {
    id: SessionId,
    process: Arc<Process>,
    /// Output no call has returned yet.
    unread: Mutex<OutputEnds>,
    /// The exit code, once the item is completed.
    ended: watch::Sender<Option<i32>>,
    /// The token of the turn that started it.
    cancel: CancellationToken,
    /// What it was started as.
    item: CommandExecutionItem,
    script: String,
    cwd: PathBuf,
    /// A call has answered while it still ran.
    handed_back: AtomicBool,
    /// The end of its output, for people.
    recent: Mutex<VecDeque<u8>>,
    /// What became of its wishes for the network.
    network: Arc<NetworkState>,
    /// What it may do, as long as it runs.
    permissions: Permissions,
    let_out: LetOut,
    /// What was typed since the last end of a line.
    line: Mutex<Line>,
}

impl Commands {
    /// Starts a command and watches it. A command that does not start is reported as a failed item.
    pub(crate) async fn start(&self, start: StartCommand, cx: &ToolCx) -> Result<Arc<Command>, ToolOutcome> {
        if self.watchers.is_closed() {
            return Err(ToolOutcome::interrupted("aborted"));
        }
        let item = new_item(&start);
        let mut start = start;
        if let Some(prepared) = start.prepared.take() {
            start.spec.args = prepared.into_iter().map(Into::into).collect();
        }
        let script = start.script;
        let source = start.source;
        let proxy = start.proxy;
        let cwd = start.spec.cwd.clone();
        let permissions = start.spec.permissions.clone();
        let let_out = start.let_out;
        // What comes into being while a command of the model runs is the thread's own.
        let run =
            (source != CommandSource::UserShell).then(|| cx.thread.provenance().begins(SystemTime::now()));
        let (signal, pieces) = mpsc::channel(1);
        let process = match spawn_with_live_view(start.spec, signal).await {
            Ok(process) => Arc::new(process),
            Err(error) => {
                run.inspect(|run| cx.thread.provenance().ends(*run, SystemTime::now()));
                return Err(not_started(item, &error, cx).await);
            }
        };
        let network = Arc::new(NetworkState::default());
        let proxied = match proxy {
            None => None,
            Some(settings) => {
                let desk = Desk::new(settings, &item, Arc::clone(&process), Arc::clone(&network), cx.clone());
                match desk.open() {
                    Ok(proxied) => Some(proxied),
                    Err(error) => return Err(not_started(item, &error, cx).await),
                }
            }
        };
        let (id, pruned) = self.sessions.insert(Arc::clone(&process));
        if let Some(pruned) = pruned {
            self.live().remove(&pruned.id);
        }
        let process_id = (source != CommandSource::UserShell).then(|| id.to_string());
        let item = CommandExecutionItem { process_id, ..item };
        let command = Arc::new(Command {
            id,
            item: item.clone(),
            script,
            cwd,
            handed_back: AtomicBool::new(false),
            recent: Mutex::default(),
            process,
            unread: Mutex::new(OutputEnds::new(COMMAND_OUTPUT_END_BYTES_MAX)),
            ended: watch::Sender::new(None),
            cancel: cx.cancel.clone(),
            network,
            permissions,
            let_out,
            line: Mutex::default(),
        });
        self.live().insert(id, Arc::clone(&command));
        let watcher = Watcher {
            command: Arc::clone(&command),
            item,
            run,
            all: OutputEnds::new(ITEM_OUTPUT_BYTES_MAX / 2),
            delta: Utf8Stream::default(),
            delta_bytes_left: ITEM_OUTPUT_BYTES_MAX,
            proxied,
        };
        self.watchers.spawn(watcher.run(pieces, cx.clone()));
        Ok(command)
    }

    /// The command behind a number, until its end has been reported.
    pub(crate) fn get(&self, id: SessionId) -> Option<Arc<Command>> {
        self.sessions.get(id)?;
        self.live().get(&id).cloned()
    }

    /// The commands that outlived their call, oldest first.
    pub(crate) fn terminals(&self) -> Vec<BackgroundTerminal> {
        let mut terminals: Vec<_> = self.live().values().filter_map(|command| command.terminal()).collect();
        terminals.sort_by_key(|terminal| Reverse(terminal.running_for));
        terminals
    }

    /// Kills commands that outlived their call, and waits until they have ended; `None`: all.
    pub(crate) async fn stop_terminals(&self, process_id: Option<&str>) {
        let stopped: Vec<Arc<Command>> = self
            .live()
            .values()
            .filter(|command| command.terminal().is_some())
            .filter(|command| process_id.is_none_or(|wanted| command.id.to_string() == wanted))
            .cloned()
            .collect();
        for command in &stopped {
            command.process.kill_group();
        }
        for command in &stopped {
            let mut ended = command.ended.subscribe();
            let _ = tokio::time::timeout(STOPPED_WAIT_MAX, exit_code(&mut ended)).await;
        }
    }

    /// Kills everything and waits until every item is completed.
    pub(crate) async fn shutdown(&self) {
        self.watchers.close();
        self.sessions.kill_all().await;
        self.watchers.wait().await;
        self.live().clear();
    }

    fn forget(&self, id: SessionId) {
        self.sessions.remove(id);
        self.live().remove(&id);
    }

    /// Whether the command left the table without being reported: it was killed to make room or at the end.
    fn was_removed(&self, command: &Command) -> bool {
        !self.sessions.get(command.id).is_some_and(|process| Arc::ptr_eq(&process, &command.process))
    }

    fn live(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Command>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Command {
    /// Types into the command's terminal.
    pub(crate) fn write(&self, text: &str) -> Result<(), StdinError> {
        self.process.write_stdin(text.as_bytes().to_vec())?;
        self.line().typed(text);
        Ok(())
    }

    /// What it was started as.
    pub(crate) fn script(&self) -> &str {
        &self.script
    }

    /// The whole argument vector.
    pub(crate) fn argv(&self) -> &[String] {
        &self.item.command
    }

    /// Where it was started.
    pub(crate) fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// Its item.
    pub(crate) fn item_id(&self) -> &ItemId {
        &self.item.id
    }

    /// What it may do.
    pub(crate) fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    /// How it came to where it runs.
    pub(crate) fn let_out(&self) -> LetOut {
        self.let_out
    }

    /// What was typed since the last end of a line.
    pub(crate) fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the end of the command, the time given or an interruption, and reports what is new.
    pub(crate) async fn poll(&self, poll: Poll, cx: &ToolCx) -> ToolOutcome {
        let mut ended = self.ended.subscribe();
        let state = tokio::select! {
            biased;
            code = exit_code(&mut ended) => {
                cx.thread.commands().forget(self.id);
                if let Some(blocked) = self.network.blocked() {
                    let tool = poll.tool;
                    return ToolOutcome::failed(format!("{tool} failed: ProcessFailed {{ message: {blocked:?} }}"));
                }
                CommandState::Exited(code)
            }
            () = cx.cancel.cancelled() => {
                if self.cancel.is_cancelled() {
                    // The watcher kills it; there is nothing to do when that takes longer.
                    let _ = tokio::time::timeout(KILLED_WAIT_MAX, exit_code(&mut ended)).await;
                    cx.thread.commands().forget(self.id);
                }
                return ToolOutcome::interrupted(aborted(poll.started.elapsed()));
            }
            () = self.network.wait_apart_from_questions(poll.started, poll.wait) => {
                self.handed_back.store(true, Ordering::Relaxed);
                CommandState::Running(self.id)
            }
        };
        let report = CommandReport {
            wall: poll.started.elapsed(),
            state,
            output: self.unread().take(),
            tokens_max: poll.tokens_max,
        };
        ToolOutcome::done(report.render())
    }

    /// Waits for the end of a command nobody polls.
    pub(crate) async fn end(&self, cx: &ToolCx) -> CommandEnd {
        let exit_code = exit_code(&mut self.ended.subscribe()).await;
        cx.thread.commands().forget(self.id);
        CommandEnd { exit_code, wall: self.process.started().elapsed(), output: self.unread().take() }
    }

    /// What a person is told of a command in the background; `None` when it is not there or has ended.
    fn terminal(&self) -> Option<BackgroundTerminal> {
        if !self.handed_back.load(Ordering::Relaxed) || self.ended.borrow().is_some() {
            return None;
        }
        let recent: Vec<u8> =
            self.recent.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        Some(BackgroundTerminal {
            process_id: self.id.to_string(),
            item_id: self.item.id.clone(),
            command: self.script.clone(),
            cwd: self.cwd.clone(),
            running_for: self.process.started().elapsed(),
            recent_output: String::from_utf8_lossy(&recent).into_owned(),
        })
    }

    fn unread(&self) -> MutexGuard<'_, OutputEnds> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn exit_code(ended: &mut watch::Receiver<Option<i32>>) -> i32 {
    match ended.wait_for(Option::is_some).await.map(|code| *code) {
        Ok(Some(code)) => code,
        // The command holds the sender, so this is the end of the runtime.
        _ => std::future::pending().await,
    }
}

/// The task that sees a command through.
struct Watcher {
    command: Arc<Command>,
    item: CommandExecutionItem,
    /// What says which files it made.
    run: Option<Run>,
    /// Output since the start, for the item.
    all: OutputEnds,
    delta: Utf8Stream,
    delta_bytes_left: usize,
    proxied: Option<Proxied>,
}

impl Watcher {
    /// `pieces` only says that there is output; the process holds it, whole and in order.
    async fn run(mut self, mut pieces: mpsc::Receiver<Vec<u8>>, cx: ToolCx) {
        cx.report(ToolProgress::ItemStarted(TurnItem::CommandExecution(self.item.clone()))).await;
        let mut killed = false;
        loop {
            tokio::select! {
                piece = pieces.recv() => match piece {
                    Some(_) => self.take_output(&cx),
                    None => break,
                },
                () = self.command.cancel.cancelled(), if !killed => {
                    killed = true;
                    self.command.process.kill_group();
                }
            }
        }
        let code = self.command.process.wait().await;
        if let Some(proxied) = self.proxied.take() {
            proxied.close().await;
        }
        self.run.inspect(|run| cx.thread.provenance().ends(*run, SystemTime::now()));
        self.take_output(&cx);
        let torn = self.delta.finish();
        self.send_delta(torn, &cx);
        let killed = killed || cx.thread.commands().was_removed(&self.command);
        let blocked = self.command.network.blocked();
        let code = if killed || blocked.is_some() { EXIT_KILLED } else { code };
        self.item.status = if code == 0 { ItemStatus::Completed } else { ItemStatus::Failed };
        self.item.exit_code = Some(code);
        self.item.duration = Some(self.command.process.started().elapsed());
        self.item.aggregated_output = aggregated(&self.all.take());
        if let Some(blocked) = blocked {
            self.item.aggregated_output.push_str(&format!("\n{blocked}"));
        }
        cx.report(ToolProgress::ItemCompleted(TurnItem::CommandExecution(self.item))).await;
        self.command.ended.send_replace(Some(code));
    }

    fn take_output(&mut self, cx: &ToolCx) {
        let piece = self.command.process.take_new_output();
        if piece.is_empty() {
            return;
        }
        self.all.push(&piece);
        self.command.unread().push(&piece);
        let mut recent = self.command.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.extend(piece.head.iter().chain(&piece.tail));
        let extra = recent.len().saturating_sub(RECENT_OUTPUT_BYTES_MAX);
        recent.drain(..extra);
        drop(recent);
        // Once one piece is too much for the rest of the allowance, all later ones are left out as well.
        let bytes = piece.head.len() + piece.tail.len();
        let Some(left) = self.delta_bytes_left.checked_sub(bytes) else {
            self.delta_bytes_left = 0;
            return;
        };
        self.delta_bytes_left = left;
        let mut delta = self.delta.push(&piece.head);
        delta.push_str(&self.delta.push(&piece.tail));
        self.send_delta(delta, cx);
    }

    /// A reader that is behind loses pieces; the completed item has them all. Half of the queue is left to items,
    /// which wait for room and would hold up the call.
    fn send_delta(&self, delta: String, cx: &ToolCx) {
        if !delta.is_empty() && cx.progress.capacity() > cx.progress.max_capacity() / 2 {
            let item_id = self.item.id.clone();
            let _ = cx.progress.try_send(ToolProgress::OutputDelta { item_id, delta });
        }
    }
}

/// The item's output: whole, or both ends around a line that says what is missing.
fn aggregated(output: &Collected) -> String {
    if output.omitted_bytes == 0 {
        let whole = [output.head.as_slice(), output.tail.as_slice()].concat();
        return String::from_utf8_lossy(&whole).into_owned();
    }
    let (head, tail) = (String::from_utf8_lossy(&output.head), String::from_utf8_lossy(&output.tail));
    format!("{head}\n... {} bytes omitted ...\n{tail}", output.omitted_bytes)
}

fn new_item(start: &StartCommand) -> CommandExecutionItem {
    let argv = std::iter::once(&start.spec.program).chain(&start.spec.args);
    CommandExecutionItem {
        id: ItemId::new(start.call_id.as_str()),
        process_id: None,
        command: argv.map(|word| word.to_string_lossy().into_owned()).collect(),
        cwd: file_url(&start.spec.cwd),
        parsed_cmd: classify(&start.script),
        source: start.source,
        status: ItemStatus::InProgress,
        aggregated_output: String::new(),
        exit_code: None,
        duration: None,
    }
}

async fn not_started(mut item: CommandExecutionItem, error: &SpawnError, cx: &ToolCx) -> ToolOutcome {
    tracing::warn!(%error, "command not started");
    cx.report(ToolProgress::ItemStarted(TurnItem::CommandExecution(item.clone()))).await;
    item.status = ItemStatus::Failed;
    item.exit_code = Some(EXIT_KILLED);
    item.duration = Some(Duration::ZERO);
    item.aggregated_output = format!("Failed to create unified exec process: {error}");
    let answer = create_process_failure(&item.aggregated_output);
    cx.report(ToolProgress::ItemCompleted(TurnItem::CommandExecution(item))).await;
    ToolOutcome::failed(answer)
}

/// The wrapper around the reason a command was not started (`tools.md §3`).
fn create_process_failure(reason: &str) -> String {
    let message = format!("Rejected({reason:?})");
    format!("exec_command failed: CreateProcess {{ message: {message:?} }}")
}

/// An absolute path as a `file://` URL.
pub(crate) fn file_url(path: &Path) -> String {
    let mut url = String::from("file://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                url.push(char::from(*byte))
            }
            byte => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn the_failure_wrapper_quotes_twice() {
        assert_eq!(
            create_process_failure("no \"x\""),
            r#"exec_command failed: CreateProcess { message: "Rejected(\"no \\\"x\\\"\")" }"#
        );
    }

    #[test]
    fn folders_become_urls() {
        assert_eq!(file_url(Path::new("/a b/ü-1.x")), "file:///a%20b/%C3%BC-1.x");
    }
}
