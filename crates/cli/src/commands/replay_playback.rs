//! Plays the turns of a cassette again: the recorded model, real threads, real tools.
//! Invariant: no key and no network beyond loopback is needed, and each turn goes through the same code as `exec`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser as _;
use codex_config::{FlagOverrides, LoadRequest, Loaded, UserLayer, load};
use codex_core::{Deltas, FrontEnd, Persistence, StartThread, ThreadOrigin};
use codex_exec::{ColorChoice, ExecOutcome, ExecRun, Format, Interrupts, OnMissing, Streams};
use codex_protocol::{ApprovalPolicy, SandboxMode, ThreadId};
use codex_secrets::Secrets;
use codex_sim::{
    Cassette, Exchange, ReplayMode, ReplayOptions, ReplayReport, ReplayServer, RunFolders, ThreadOp,
    TurnRecord,
};

use super::replay_error::ReplayError;
use super::replay_trust::{sandbox, shaping};
use crate::args::ConfigArgs;

/// The key of the built-in provider. The recorded model wants none, but the provider does; as a cassette shows it, so
/// that a command that prints it prints what was recorded.
const KEY_VARIABLE: &str = "CODEX_API_KEY";
const KEY_AS_RECORDED: &str = "[secret:CODEX_API_KEY]";

/// Where and how a cassette is played.
#[derive(Debug, Clone)]
pub(crate) struct PlaybackOptions {
    /// What a request that differs leads to.
    pub(crate) mode: ReplayMode,
    /// The working folder, without links on the way.
    pub(crate) cwd: PathBuf,
    /// Where threads are saved; must exist.
    pub(crate) codex_home: PathBuf,
    /// The user's home folder.
    pub(crate) home_dir: Option<PathBuf>,
    /// Instead of the recorded sandbox.
    pub(crate) sandbox: Option<SandboxMode>,
    /// How events are shown.
    pub(crate) format: Format,
    /// Whether text is coloured.
    pub(crate) color: ColorChoice,
    /// The environment of threads and commands.
    pub(crate) env: Vec<(OsString, OsString)>,
}

/// A cassette that is being played.
#[derive(Debug)]
pub(crate) struct Playback {
    server: ReplayServer,
    turns: Vec<PlannedTurn>,
    /// The thread each played turn ran in.
    threads: Vec<Option<ThreadId>>,
    provider: Vec<String>,
    options: PlaybackOptions,
}

/// One turn as recorded.
#[derive(Debug, Clone)]
pub(crate) struct PlannedTurn {
    /// From 1.
    pub(crate) number: usize,
    /// The prompt and its settings.
    pub(crate) record: TurnRecord,
    /// Whether its last answer was whole.
    pub(crate) ended_well: bool,
    /// Position (from 0) of the turn whose thread it goes on with.
    source: Option<usize>,
}

impl Playback {
    /// Starts the recorded model. Checks that every turn can be played before the first one is.
    pub(crate) async fn start(
        cassette: Cassette,
        mut options: PlaybackOptions,
    ) -> Result<Playback, ReplayError> {
        let turns = plan(&cassette)?;
        let tmp_dir = options.env.iter().find(|(name, _)| name == "TMPDIR").map(|(_, value)| value.into());
        let folders =
            RunFolders { cwd: options.cwd.clone(), codex_home: options.codex_home.clone(), tmp_dir };
        let first_party = speaks_first_party(&cassette);
        let paths = cassette.path_pairs(&folders);
        let secrets = Secrets::from_env(options.env.iter().map(|(name, value)| (name, value)));
        let server =
            ReplayServer::start(cassette, ReplayOptions { mode: options.mode, paths, secrets }).await?;
        let provider = provider(&server.url(), first_party);
        if first_party && options.env.iter().all(|(name, _)| name != KEY_VARIABLE) {
            options.env.push((KEY_VARIABLE.into(), KEY_AS_RECORDED.into()));
        }
        Ok(Playback { server, turns, threads: Vec::new(), provider, options })
    }

    /// The recorded turns, in order.
    pub(crate) fn turns(&self) -> &[PlannedTurn] {
        &self.turns
    }

    /// Plays the next turn and shows it on `streams`.
    pub(crate) async fn play_next(&mut self, streams: Streams) -> Result<ExecOutcome, ReplayError> {
        let position = self.threads.len();
        let (turn, flags, start, warnings) = self.prepare(position)?;
        let run = ExecRun {
            start,
            on_missing: OnMissing::Fail,
            prompt: Some(turn.record.prompt),
            review: None,
            images: flags.images,
            output_schema: flags.output_schema,
            last_message_file: None,
            format: self.options.format,
            color: self.options.color,
            warnings,
            before_turn: None,
        };
        let outcome = codex_exec::run(run, streams, Interrupts::Process).await;
        self.threads.push(outcome.thread_id);
        Ok(outcome)
    }

    /// What the UI needs for the first recorded turn.
    pub(crate) fn first_start(&self) -> Result<(StartThread, Vec<String>), ReplayError> {
        let (_, _, start, warnings) = self.prepare(0)?;
        Ok((start, warnings))
    }

    fn prepare(
        &self,
        position: usize,
    ) -> Result<(PlannedTurn, RecordedFlags, StartThread, Vec<String>), ReplayError> {
        let no_such_turn = ReplayError::NoSuchTurn { turn: position + 1 };
        let turn = self.turns.get(position).ok_or(no_such_turn)?.clone();
        let flags = RecordedFlags::read(&turn)?;
        let (overrides, ignored) = shaping(&flags.config.overrides);
        let loaded = self.config(&turn, &flags, overrides)?;
        let warnings = ignored.into_iter().chain(loaded.warnings.iter().map(ToString::to_string)).collect();
        let start = StartThread {
            config: Arc::new(loaded.config),
            origin: self.origin(&turn)?,
            persistence: Persistence::Saved,
            front_end: FrontEnd {
                originator: "codex_exec".to_owned(),
                client_name: "codex_exec".to_owned(),
                source: "exec".to_owned(),
                turn_trigger: Some("exec".to_owned()),
            },
            thread_source: None,
            approval: ApprovalPolicy::Never,
            login: None,
            env: self.options.env.clone(),
            tape: None,
            deltas: Deltas::Unwanted,
        };
        Ok((turn, flags, start, warnings))
    }

    /// Stops the recorded model and tells how the requests compared.
    pub(crate) async fn finish(self) -> ReplayReport {
        self.server.stop().await;
        self.server.report()
    }

    fn origin(&self, turn: &PlannedTurn) -> Result<ThreadOrigin, ReplayError> {
        let source = turn.source.and_then(|source| self.threads.get(source).copied().flatten());
        match (turn.record.op, source) {
            (ThreadOp::New, _) => Ok(ThreadOrigin::New),
            (ThreadOp::Resume, Some(thread)) => Ok(ThreadOrigin::resume(thread)),
            (ThreadOp::Fork, Some(thread)) => Ok(ThreadOrigin::fork(thread)),
            (ThreadOp::Resume | ThreadOp::Fork, None) => {
                Err(ReplayError::SourceNotPlayed { turn: turn.number })
            }
        }
    }

    fn config(
        &self,
        turn: &PlannedTurn,
        flags: &RecordedFlags,
        mut overrides: Vec<String>,
    ) -> Result<Loaded, ReplayError> {
        let options = &self.options;
        if let Some(effort) = &turn.record.reasoning_effort {
            overrides.push(format!("model_reasoning_effort={effort:?}"));
        }
        // Last, so that no recorded flag leads to another server.
        overrides.extend(self.provider.iter().cloned());
        let sandbox = sandbox(turn.number, turn.sandbox()?, options.sandbox)?;
        let request = LoadRequest {
            home_dir: options.home_dir.clone(),
            overrides,
            enable: flags.config.enable.clone(),
            disable: flags.config.disable.clone(),
            // The run is the recorded one, not one with the settings of whoever plays it.
            user_layer: UserLayer::Skip,
            flags: FlagOverrides {
                model: turn.record.model.clone(),
                sandbox_mode: Some(sandbox),
                approval_policy: Some(ApprovalPolicy::Never),
                ..FlagOverrides::default()
            },
            ..LoadRequest::new(&options.codex_home, &options.cwd)
        };
        Ok(load(&request)?)
    }
}

impl PlannedTurn {
    fn sandbox(&self) -> Result<SandboxMode, ReplayError> {
        let modes = [SandboxMode::ReadOnly, SandboxMode::WorkspaceWrite, SandboxMode::DangerFullAccess];
        let recorded = modes.into_iter().find(|mode| mode.as_str() == self.record.sandbox_mode);
        recorded.ok_or_else(|| ReplayError::SandboxMode {
            turn: self.number,
            mode: self.record.sandbox_mode.clone(),
        })
    }
}

/// The turns, each with the one it goes on with.
fn plan(cassette: &Cassette) -> Result<Vec<PlannedTurn>, ReplayError> {
    let mut turns = Vec::new();
    for (record, number) in cassette.prompts().iter().zip(1_u64..) {
        let source = cassette.source_turn(number).and_then(|source| usize::try_from(source - 1).ok());
        let turn = turns.len() + 1;
        if record.op != ThreadOp::New && source.is_none() {
            let thread = record.source_thread.clone().unwrap_or_else(|| "it does not name".to_owned());
            return Err(ReplayError::SourceNotRecorded { turn, op: record.op, thread });
        }
        let last = cassette.exchanges.iter().rev().find(|exchange| exchange.turn == number);
        let ended_well = last.is_some_and(Exchange::is_complete);
        turns.push(PlannedTurn { number: turn, record: record.clone(), ended_well, source });
    }
    Ok(turns)
}

/// Whether the recorded run talked to the provider named OpenAI, whose items carry more fields.
fn speaks_first_party(cassette: &Cassette) -> bool {
    cassette.exchanges.iter().any(|exchange| {
        let items = exchange.body["input"].as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().any(|item| item.get("internal_chat_message_metadata_passthrough").is_some())
    })
}

/// The overrides that lead every request to the recorded model.
fn provider(url: &str, first_party: bool) -> Vec<String> {
    if first_party {
        return vec!["model_provider=\"openai\"".to_owned(), format!("openai_base_url=\"{url}\"")];
    }
    vec![
        "model_providers.replay.name=\"Replay\"".to_owned(),
        format!("model_providers.replay.base_url=\"{url}\""),
        "model_provider=\"replay\"".to_owned(),
    ]
}

/// The flags of a recorded run that shape its requests.
#[derive(Debug, clap::Parser)]
#[command(no_binary_name = true, disable_help_flag = true, disable_version_flag = true)]
struct RecordedFlags {
    #[command(flatten)]
    config: ConfigArgs,
    #[arg(short, long = "image")]
    images: Vec<PathBuf>,
    #[arg(long)]
    output_schema: Option<PathBuf>,
}

impl RecordedFlags {
    fn read(turn: &PlannedTurn) -> Result<RecordedFlags, ReplayError> {
        let flags = &turn.record.flags;
        RecordedFlags::try_parse_from(flags).map_err(|error| ReplayError::Flags {
            turn: turn.number,
            flags: flags.join(" "),
            why: error.to_string().lines().next().unwrap_or_default().to_owned(),
        })
    }
}
