//! What a tool is given besides its call: the thread it belongs to, the turn it runs in, the way to stop it and the
//! way to report. Invariant: a command started by a thread's tools does not outlive [`ThreadTools::shutdown`].

use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use codex_network_proxy::ProxySettings;
use codex_protocol::{
    ApprovalId, ApprovalPolicy, BackgroundTerminal, CollaborationMode, Permissions, SandboxPolicy,
    Surroundings, TurnId,
};
use codex_sandbox::{Barrier, CommandOrigin, ShellEnvironmentPolicy, ThreadVariables, environment, may_read};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::approval::Approved;
use crate::blast::{BlastLimits, CheckpointPlan, Past, PastReader, Provenance, SafetyNet};
use crate::command::Commands;
use crate::grants::Grants;
use crate::own_places::own_places;
use crate::shell_snapshot::ShellSnapshot;
use crate::{FormQuestion, Question, Rules, ToolOutcome, ToolProgress};

/// How long the end of the thread waits for killed commands to be gone and reported.
const SHUTDOWN_WAIT_MAX: Duration = Duration::from_secs(2);

/// Everything a running call can reach.
#[derive(Debug, Clone)]
pub struct ToolCx {
    /// What stays the same from turn to turn.
    pub thread: Arc<ThreadTools>,
    /// What belongs to this turn.
    pub turn: Arc<TurnTools>,
    /// Cancelled when the turn is interrupted, and only then: it kills the commands the turn started, those in the
    /// background too.
    pub cancel: CancellationToken,
    /// Where progress goes. Its receiver lives as long as the thread, because commands may outlive their turn.
    pub progress: mpsc::Sender<ToolProgress>,
    /// Where questions to a person go.
    pub asks: mpsc::Sender<Question>,
    /// Where forms of questions to a person go.
    pub forms: mpsc::Sender<FormQuestion>,
}

impl ToolCx {
    /// Reports progress, waiting for room. A receiver that is gone wants no reports.
    pub(crate) async fn report(&self, progress: ToolProgress) {
        let _ = self.progress.send(progress).await;
    }

    /// What neither a command nor a patch may write in any limited mode: our own home, which holds the settings that
    /// limit them.
    pub(crate) fn kept(&self) -> Vec<PathBuf> {
        let roots = self.permissions().writable_roots();
        own_places(&self.thread.setup.variables.codex_home, &roots.unwrap_or_default())
    }

    /// What the turn's policy means on this machine.
    pub(crate) fn permissions(&self) -> Permissions {
        let tmpdir = self.thread.tmpdir();
        let helpers = self.thread.helpers();
        let surroundings = Surroundings { tmpdir: tmpdir.as_deref(), helpers: &helpers };
        let permissions = self.turn.policy.resolve(&self.turn.cwd, surroundings);
        self.thread.grants().on_top_of(permissions, self.turn.turn_id)
    }

    /// Refuses a path that the permission profile denies, wherever links lead. Our own side reads with all rights of the
    /// person, so it asks before it opens what a model names.
    pub(crate) async fn refuse_denied(&self, path: &Path) -> Result<(), ToolOutcome> {
        let Permissions::Limited { files, .. } = self.permissions() else { return Ok(()) };
        let asked = path.to_path_buf();
        // Finding out where links lead blocks.
        let readable = tokio::task::spawn_blocking(move || may_read(&files, &asked)).await.unwrap_or(false);
        if readable {
            return Ok(());
        }
        let text = format!("the permission profile denies reading `{}`", path.display());
        Err(ToolOutcome::failed(text))
    }
}

/// When a model may put questions to the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Questions {
    /// While a plan is made.
    #[default]
    InPlans,
    /// Whenever it needs to (`features.default_mode_request_user_input`).
    Always,
}

/// The facts of one turn.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnTools {
    /// The turn.
    pub turn_id: TurnId,
    /// Where relative paths start; the workspace, and with it the first writable root.
    pub cwd: PathBuf,
    /// What commands and patches may touch.
    pub policy: SandboxPolicy,
    /// What limits the network to some hosts, where the policy has it on; `None` leaves it open.
    pub proxy: Option<Arc<ProxySettings>>,
    /// Whether a person can be asked for more.
    pub approval: ApprovalPolicy,
    /// How person and model work together.
    pub collaboration: CollaborationMode,
    /// When questions may be put to the person.
    pub questions: Questions,
    /// Tokens of one command output the model may be given (its `truncation_policy`).
    pub output_tokens_max: usize,
    /// The model takes images in their original detail.
    pub image_detail_original: bool,
}

/// What a thread's tools are made of.
#[derive(Debug, Clone)]
pub struct ThreadSetup {
    /// Told to every command.
    pub variables: ThreadVariables,
    /// `[shell_environment_policy]`.
    pub environment: ShellEnvironmentPolicy,
    /// The process environment at the start, which the policy selects from.
    pub snapshot: Vec<(OsString, OsString)>,
    /// The shell scripts run in unless a call names another; see [`crate::user_shell`].
    pub shell: PathBuf,
    /// `allow_login_shell`: false makes every shell a plain one.
    pub allow_login_shell: bool,
    /// A folder of programs put at the front of `PATH`.
    pub programs: Option<PathBuf>,
    /// Which kernel mechanisms hold commands.
    pub barrier: Barrier,
    /// What may run unasked and what may never run.
    pub rules: Rules,
    /// Whether login files are captured once instead of being run for every command (feature `shell_snapshot`).
    pub snapshot_shell: bool,
    /// Whether what is typed into running commands is judged (feature `write_stdin_approval`).
    pub asks_before_typing: bool,
    /// What may be deleted without a question; `None`: everything.
    pub blast: Option<BlastLimits>,
    /// How files are copied before commands run; `None`: not at all.
    pub checkpoints: Option<CheckpointPlan>,
    /// What was done before the thread was opened; `None`: it is new.
    pub past: Option<PastReader>,
}

/// The tools' state of one thread: its settings and its live commands.
#[derive(Debug)]
pub struct ThreadTools {
    setup: ThreadSetup,
    commands: Commands,
    approved: Approved,
    grants: Grants,
    provenance: Provenance,
    safety_net: SafetyNet,
    past: Past,
    shell_snapshot: ShellSnapshot,
}

impl ThreadTools {
    /// A thread without commands.
    pub fn new(setup: ThreadSetup) -> Self {
        Self {
            setup,
            commands: Commands::default(),
            approved: Approved::default(),
            grants: Grants::default(),
            provenance: Provenance::default(),
            safety_net: SafetyNet::default(),
            past: Past::default(),
            shell_snapshot: ShellSnapshot::default(),
        }
    }

    /// Kills all live commands and waits, within a limit, until they are gone and their items are completed. The
    /// progress receiver must be drained or dropped meanwhile.
    pub async fn shutdown(&self) {
        self.shell_snapshot.end().await;
        if tokio::time::timeout(SHUTDOWN_WAIT_MAX, self.commands.shutdown()).await.is_err() {
            tracing::warn!("commands were killed but did not go away in time");
        }
    }

    /// The commands that outlived the call that started them, oldest first.
    pub fn terminals(&self) -> Vec<BackgroundTerminal> {
        self.commands.terminals()
    }

    /// Kills commands that outlived their call and waits, within a limit, until they are gone; `None`: all of them. The
    /// progress receiver must be drained meanwhile.
    pub async fn stop_terminals(&self, process_id: Option<&str>) {
        self.commands.stop_terminals(process_id).await;
    }

    /// Lets an action that a reviewer refused pass once, when exactly it is asked for again; whether the question is known.
    pub fn let_pass(&self, id: &ApprovalId) -> bool {
        self.approved.let_pass(id)
    }

    pub(crate) fn approved(&self) -> &Approved {
        &self.approved
    }

    pub(crate) fn grants(&self) -> &Grants {
        &self.grants
    }

    /// Which files the thread made.
    pub(crate) fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Whether the file was made before the thread was opened, by itself or by a thread it continues. Blocking.
    pub(crate) fn made_before(&self, path: &Path, meta: &Metadata) -> bool {
        let reader = self.setup.past.as_ref();
        reader.is_some_and(|reader| self.past.made(reader, self.codex_home(), path, meta))
    }

    /// The copies of what commands may remove.
    pub(crate) fn safety_net(&self) -> &SafetyNet {
        &self.safety_net
    }

    /// What login files set up.
    pub(crate) fn shell_snapshot(&self) -> &ShellSnapshot {
        &self.shell_snapshot
    }

    /// Our own home.
    pub(crate) fn codex_home(&self) -> &Path {
        &self.setup.variables.codex_home
    }

    /// The variables a script can name, as far as they are known before it runs.
    pub(crate) fn environment_for_reading(&self) -> Vec<(OsString, OsString)> {
        self.environment(CommandOrigin::ToolCall(""), &SandboxPolicy::ReadOnly)
    }

    pub(crate) fn setup(&self) -> &ThreadSetup {
        &self.setup
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.setup.rules
    }

    pub(crate) fn commands(&self) -> &Commands {
        &self.commands
    }

    /// `$TMPDIR` of our own environment: no setting for commands can move this writable root.
    pub(crate) fn tmpdir(&self) -> Option<PathBuf> {
        self.variable("TMPDIR").map(PathBuf::from).filter(|dir| dir.is_absolute())
    }

    /// Our own programs on the `PATH` of commands, and what their links lead to.
    fn helpers(&self) -> Vec<PathBuf> {
        let Some(programs) = &self.setup.programs else { return Vec::new() };
        let entries = std::fs::read_dir(programs).into_iter().flatten().flatten();
        let targets = entries.filter_map(|entry| std::fs::canonicalize(entry.path()).ok());
        let mut helpers: Vec<PathBuf> = targets.chain([programs.clone()]).collect();
        helpers.sort();
        helpers.dedup();
        helpers
    }

    /// The value of a variable we were started with.
    pub(crate) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.setup.snapshot.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_os_str())
    }

    /// The whole environment of a command.
    pub(crate) fn environment(
        &self,
        origin: CommandOrigin<'_>,
        policy: &SandboxPolicy,
    ) -> Vec<(OsString, OsString)> {
        let ThreadSetup { variables, environment: selection, snapshot, programs, .. } = &self.setup;
        let mut env = environment(snapshot.iter().cloned(), selection, variables, origin, policy);
        if let Some(programs) = programs
            && let Some((_, path)) = env.iter_mut().find(|(name, _)| name == "PATH")
        {
            let folders = std::iter::once(programs.clone()).chain(std::env::split_paths(path));
            // A folder whose name holds the separator cannot be put into PATH; commands then do without it.
            if let Ok(joined) = std::env::join_paths(folders) {
                *path = joined;
            }
        }
        env
    }
}
