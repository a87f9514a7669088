//! `codex approvals`: why a command would run, be asked about or be refused, and what rules would have made of the
//! commands of saved threads. Reads only; nothing runs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use codex_config::Config;
use codex_core::{SavedThreads, StartError, exec_policy, loss_scene};
use codex_execpolicy::{ExecPolicy, load_files};
use codex_protocol::{ApprovalPolicy, AskedSandbox, SandboxPolicy};
use codex_rollout::{AgentThreads, ListFilter, RolloutError, ThreadFile, ThreadRef, ThreadStore};
use codex_tools::{
    Asked, Explanation, Judgement, LossForecast, PastCommand, explain, forecast_losses, is_known_shell,
    user_shell,
};
use serde::Serialize;

use crate::args::{ApprovalsArgs, ApprovalsCommand, RootArgs, Surroundings};
use crate::commands::approvals_text::{self, WhyReport};
use crate::commands::print::print;
use crate::commands::tui::with_default_sandbox;
use crate::error::{CliError, say};
use crate::process::Process;
use crate::runtime::block_on;
use crate::settings::Flags;

/// Explains or replays.
pub(crate) fn run(args: ApprovalsArgs, root: RootArgs, process: &Process) -> Result<ExitCode, CliError> {
    match args.command {
        ApprovalsCommand::Why { surroundings, escalated, command } => {
            let json = surroundings.json;
            let court = Court::open(root, surroundings, process)?;
            let command = PastCommand::of_words(&command, escalated)
                .ok_or_else(|| CliError::Usage("the command holds a NUL byte".to_owned()))?;
            let rules = exec_policy(&court.config)?;
            let argv = court.argv(&command);
            let explanation = court.explain(&command, &argv, &rules);
            let losses = block_on(court.forecast(&command, &explanation.judgement))?;
            let report = WhyReport::new(&command, argv, &explanation, losses, &court.config, court.approval);
            match json {
                true => print_json(&report),
                false => print(approvals_text::why(&report).as_bytes()),
            }
        }
        ApprovalsCommand::Test { surroundings, rules, thread, last, all } => {
            let json = surroundings.json;
            let court = Court::open(root, surroundings, process)?;
            let present = exec_policy(&court.config)?;
            let tried = if rules.is_empty() { None } else { Some(load_files(&rules)?) };
            let history = history(&court.config, thread.as_deref(), last)?;
            let report = block_on(replay(&court, &history, &present, tried.as_ref()))?;
            match json {
                true => print_json(&report),
                false => print(approvals_text::test(&report, all).as_bytes()),
            }
        }
    }
}

fn print_json(report: &impl Serialize) -> Result<ExitCode, CliError> {
    let text = serde_json::to_string_pretty(report);
    let text =
        text.map_err(|error| CliError::Usage(format!("the answer cannot be written as JSON: {error}")))?;
    print(format!("{text}\n").as_bytes())
}

/// The settings that commands are judged with.
struct Court {
    config: std::sync::Arc<Config>,
    policy: SandboxPolicy,
    approval: ApprovalPolicy,
    shell: String,
    /// The environment commands would get theirs from.
    env: Vec<(OsString, OsString)>,
}

impl Court {
    /// As the terminal UI would begin in this folder.
    fn open(root: RootArgs, surroundings: Surroundings, process: &Process) -> Result<Self, CliError> {
        let Surroundings { config, sandbox, approval, cd, json: _ } = surroundings;
        let bypass = root.agent.dangerously_bypass_approvals_and_sandbox;
        let mut flags = Flags {
            config: root.config.with(config),
            agent: root.agent,
            place: root.place,
            approval: if bypass { Some(ApprovalPolicy::Never) } else { approval.map(ApprovalPolicy::from) },
            ..Flags::default()
        };
        flags.place.sandbox = sandbox.or(flags.place.sandbox);
        flags.place.cd = cd.or(flags.place.cd);
        let settings = flags.load(process)?;
        for warning in &settings.warnings {
            say(&format!("warning: {warning}\n"));
        }
        let config = with_default_sandbox(settings.config);
        Ok(Self {
            policy: config.sandbox_policy(),
            approval: config.approval_policy.unwrap_or(ApprovalPolicy::OnRequest),
            shell: user_shell(&process.env).display().to_string(),
            env: process.env.clone(),
            config,
        })
    }

    fn argv(&self, command: &PastCommand) -> Vec<String> {
        command.argv(&self.shell, self.config.allow_login_shell)
    }

    fn explain(&self, command: &PastCommand, argv: &[String], rules: &ExecPolicy) -> Explanation {
        let asked = Asked {
            script: &command.script,
            argv,
            escalated: command.escalated,
            prefix_rule: command.prefix_rule.as_deref(),
            known_shell: is_known_shell(
                Path::new(argv.first().map_or("", String::as_str)),
                Path::new(&self.shell),
            ),
            unsandboxed: self.policy == SandboxPolicy::DangerFullAccess,
            approval: self.approval,
        };
        explain(&asked, rules)
    }

    /// What it would take away if it ran here and now; `None` when it takes away nothing or nobody looks.
    async fn forecast(&self, command: &PastCommand, judgement: &Judgement) -> Option<LossForecast> {
        let sandbox = match judgement {
            Judgement::Run(sandbox) | Judgement::Ask { sandbox, .. } => *sandbox,
            Judgement::Refuse(_) => AskedSandbox::Kept,
        };
        let scene = loss_scene(&self.config, sandbox, &self.env)?;
        let workdir = command.workdir.as_deref().unwrap_or(Path::new(""));
        forecast_losses(&command.script, &self.config.cwd.join(workdir), scene).await
    }

    async fn verdict(&self, command: &PastCommand, rules: &ExecPolicy) -> (Verdict, bool) {
        let judgement = self.explain(command, &self.argv(command), rules).judgement;
        let forecast = self.forecast(command, &judgement).await;
        let stops = forecast.is_some_and(|forecast| forecast.reason.is_some());
        (Verdict::of(&judgement, if stops { Loss::Stops } else { Loss::Goes }, self.approval), stops)
    }
}

/// What becomes of a command, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Verdict {
    /// It runs in the sandbox of the mode.
    RunsInSandbox,
    /// It runs outside of it, by a rule.
    RunsOutside,
    /// A person is asked.
    Asked,
    /// It does not run.
    Refused,
}

impl Verdict {
    /// What follows from a judgement and from what would be lost, which stops whatever the rules say.
    pub(crate) fn of(judgement: &Judgement, loss: Loss, approval: ApprovalPolicy) -> Self {
        match judgement {
            Judgement::Refuse(_) => Self::Refused,
            _ if loss == Loss::Stops && approval == ApprovalPolicy::Never => Self::Refused,
            _ if loss == Loss::Stops => Self::Asked,
            Judgement::Run(AskedSandbox::Kept) => Self::RunsInSandbox,
            Judgement::Run(AskedSandbox::Left) => Self::RunsOutside,
            Judgement::Ask { .. } => Self::Asked,
        }
    }
}

/// Whether what would be lost stops a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    /// It may go, if there is any.
    Goes,
    /// It stops for a question.
    Stops,
}

/// The commands of saved threads.
struct History {
    threads: usize,
    commands: Vec<PastCommand>,
}

fn history(config: &Config, thread: Option<&str>, last: usize) -> Result<History, CliError> {
    let store = ThreadStore::new(&config.codex_home);
    let failed = |error: RolloutError| CliError::Start(StartError::from(error));
    let files: Vec<ThreadFile> = match thread {
        Some(text) => {
            let thread = ThreadRef::parse(text);
            let id = ThreadRef::Id(SavedThreads::new(&config.codex_home).identify(&thread)?);
            let file = store.find(&id).map_err(failed)?;
            vec![file.ok_or(StartError::NotFound(id))?]
        }
        None => {
            let filter =
                ListFilter { limit: Some(last), agents: AgentThreads::Shown, ..ListFilter::default() };
            store.list(&filter).map_err(failed)?.into_iter().map(|thread| thread.file).collect()
        }
    };
    let mut commands = Vec::new();
    for file in &files {
        match store.calls(file) {
            Ok((_, calls)) => {
                let read = calls.iter().filter_map(|call| PastCommand::of_call(&call.name, &call.arguments));
                commands.extend(read);
            }
            Err(error) if thread.is_some() => return Err(failed(error)),
            Err(error) => say(&format!("warning: a thread is left out: {error}\n")),
        }
    }
    Ok(History { threads: files.len(), commands })
}

/// What a history would have come to.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestReport {
    /// Threads looked at.
    pub(crate) threads: usize,
    /// Commands in them, repeated ones included.
    pub(crate) commands: usize,
    /// How many of each, with the present rules.
    pub(crate) now: BTreeMap<Verdict, usize>,
    /// How many of each, with the rules that were tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tried: Option<BTreeMap<Verdict, usize>>,
    /// Every command once, those met most first.
    pub(crate) list: Vec<Judged>,
}

/// One command of the history.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Judged {
    pub(crate) command: String,
    /// It asked to leave the sandbox.
    pub(crate) escalated: bool,
    pub(crate) times: usize,
    pub(crate) now: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tried: Option<Verdict>,
    /// Whether it would stop now because of what it would delete.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) loses_too_much: bool,
}

async fn replay(
    court: &Court,
    history: &History,
    now: &ExecPolicy,
    tried: Option<&ExecPolicy>,
) -> TestReport {
    let mut met: Vec<(&PastCommand, usize)> = Vec::new();
    let mut places: BTreeMap<(&str, bool, Option<&[String]>), usize> = BTreeMap::new();
    for command in &history.commands {
        let key = (command.script.as_str(), command.escalated, command.prefix_rule.as_deref());
        let at = *places.entry(key).or_insert(met.len());
        match met.get_mut(at) {
            Some((_, times)) => *times += 1,
            None => met.push((command, 1)),
        }
    }
    let mut report = TestReport {
        threads: history.threads,
        commands: history.commands.len(),
        now: BTreeMap::new(),
        tried: tried.map(|_| BTreeMap::new()),
        list: Vec::new(),
    };
    for (command, times) in met {
        let (verdict, stops) = court.verdict(command, now).await;
        *report.now.entry(verdict).or_default() += times;
        let other = match tried {
            Some(rules) => Some(court.verdict(command, rules).await.0),
            None => None,
        };
        if let (Some(counts), Some(other)) = (&mut report.tried, other) {
            *counts.entry(other).or_default() += times;
        }
        let (command, escalated) = (command.script.clone(), command.escalated);
        report.list.push(Judged {
            command,
            escalated,
            times,
            now: verdict,
            tried: other,
            loses_too_much: stops,
        });
    }
    report.list.sort_by_key(|judged| std::cmp::Reverse(judged.times));
    report
}
