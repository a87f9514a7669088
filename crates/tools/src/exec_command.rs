//! `exec_command`: runs a script in the user's shell, inside the turn's sandbox, and hands the process back when it
//! outlives the wait. Invariant: the folder a call names never widens what may be written.

use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_patch::{IMPLICIT_INVOCATION, Intercept, intercept, parse, render_intercepted};
use codex_protocol::limits::{COMMAND_YIELD_MAX, COMMAND_YIELD_MIN};
use codex_protocol::{
    AdditionalPermissions, ApprovalRequest, AskedSandbox, CallKind, CommandExecutionItem, CommandSource,
    Decision, FileAccess, GrantScope, ItemId, ItemStatus, TurnItem,
};
use codex_sandbox::{CommandOrigin, CommandSpec, NETWORK_DISABLED_VARIABLE, StdioMode};
use codex_shell_syntax::{Dialect, only_looks};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::apply_patch::{PatchRun, run_patch};
use crate::approval::Answer;
use crate::arguments::parse_arguments;
use crate::command::{Poll, StartCommand, file_url};
use crate::command_report::tokens_max;
use crate::judgement::{Asked, Judgement, rejected, sandbox_refusal};
use crate::network::limit_network;
use crate::request_permissions::{self, InputPermissions, permissions_schema};
use crate::shell::{Login, argv, choose, is_known_shell};
use crate::spec::{Param, function, plain};
use crate::typing::LetOut;
use crate::{OfferCx, Parallel, ToolCall, ToolCx, ToolDef, ToolOutcome, ToolProgress};

/// How long a call waits when it does not say (`tools.md §2`).
const YIELD_DEFAULT_MS: u64 = 10_000;

pub(crate) const TOOL: ToolDef = ToolDef {
    name: "exec_command",
    kind: CallKind::Function,
    parallel: Parallel::Yes,
    offered: |_| true,
    spec,
    run: |call, cx| Box::pin(async move { run(call, &cx).await.unwrap_or_else(|refused| refused) }),
};

#[derive(Debug, Deserialize)]
struct Input {
    cmd: String,
    workdir: Option<PathBuf>,
    shell: Option<String>,
    login: Option<bool>,
    tty: Option<bool>,
    yield_time_ms: Option<u64>,
    max_output_tokens: Option<u64>,
    sandbox_permissions: Option<SandboxPermissions>,
    justification: Option<String>,
    prefix_rule: Option<Vec<String>>,
    additional_permissions: Option<InputPermissions>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SandboxPermissions {
    UseDefault,
    RequireEscalated,
    WithAdditionalPermissions,
}

fn spec(offer: &OfferCx) -> Value {
    let permissions = match offer.additional_permissions {
        false => json!({
            "type": "string",
            "description": "Whether the command stays inside the sandbox (use_default, the default) or asks to run \
                            outside of it (require_escalated).",
            "enum": ["use_default", "require_escalated"],
        }),
        true => json!({
            "type": "string",
            "description": "Whether the command stays inside the sandbox (use_default, the default), asks for what \
                            additional_permissions names and stays inside otherwise (with_additional_permissions), or \
                            asks to run outside of it (require_escalated).",
            "enum": ["use_default", "with_additional_permissions", "require_escalated"],
        }),
    };
    let prefix_rule = json!({
        "type": "array",
        "description": "With require_escalated only: the first words of the command that could be allowed for \
                        good, such as [\"git\", \"fetch\"].",
        "items": {"type": "string"},
    });
    let mut params = vec![
        Param::required("cmd", plain("string", "The script.")),
        Param::optional(
            "justification",
            plain("string", "With require_escalated only: the question put to the user."),
        ),
        Param::optional(
            "login",
            plain("boolean", "Whether the shell reads its login files first. Default true."),
        ),
        Param::optional(
            "max_output_tokens",
            plain("number", "Tokens of output to return; the middle of longer output is cut. Default 10000."),
        ),
        Param::optional("prefix_rule", prefix_rule),
        Param::optional("sandbox_permissions", permissions),
        Param::optional("shell", plain("string", "The shell to use. Default is the user's.")),
        Param::optional(
            "tty",
            plain(
                "boolean",
                "Whether the script gets a terminal, which programs that ask questions need. Default false: \
                     no terminal and no input.",
            ),
        ),
        Param::optional(
            "workdir",
            plain(
                "string",
                "The folder to run in. Default is the working directory; relative paths start there.",
            ),
        ),
        Param::optional(
            "yield_time_ms",
            plain("number", "Milliseconds to wait for the end, from 250 to 30000. Default 10000."),
        ),
    ];
    if offer.additional_permissions {
        let description = "With with_additional_permissions only: what this command needs besides.";
        params.push(Param::optional("additional_permissions", permissions_schema(description)));
    }
    function(
        "exec_command",
        "Runs a shell script and returns its output. A script that is still running after yield_time_ms goes on as \
         a session; use its id with write_stdin to wait for it or type into it.",
        params,
    )
}

async fn run(call: ToolCall, cx: &ToolCx) -> Result<ToolOutcome, ToolOutcome> {
    let started = Instant::now();
    let input: Input = parse_arguments(&call)?;
    let workdir = input.workdir.as_deref().map_or_else(|| cx.turn.cwd.clone(), |dir| cx.turn.cwd.join(dir));
    match intercept(&input.cmd) {
        Intercept::NotPatch => {}
        Intercept::Implicit => return Err(ToolOutcome::failed(IMPLICIT_INVOCATION)),
        Intercept::Patch { text, workdir: below } => {
            let cwd = below.map_or_else(|| workdir.clone(), |below| workdir.join(below));
            return run_intercepted(&call, &text, cwd, started, cx).await;
        }
    }
    let wait = input.yield_time_ms.unwrap_or(YIELD_DEFAULT_MS);
    let poll = Poll {
        started,
        wait: Duration::from_millis(wait).clamp(COMMAND_YIELD_MIN, COMMAND_YIELD_MAX),
        tokens_max: tokens_max(input.max_output_tokens, cx.turn.output_tokens_max),
        tool: TOOL.name,
    };
    let mut spec = command_spec(&call, &input, &workdir, cx);
    let (sandbox, let_out) = allowed_sandbox(&call, &input, &workdir, cx).await?;
    if sandbox == AskedSandbox::Left {
        spec.permissions = spec.permissions.lifted();
    } else if let Some(more) = additional(&call, &input, &workdir, cx).await? {
        spec.permissions = spec.permissions.with(&more);
    }
    let nowhere = spec.permissions.writable_roots().is_some_and(|roots| roots.is_empty());
    if !nowhere && !only_looks(Dialect::of_shell(&spec.program.to_string_lossy()), &input.cmd) {
        cx.keep_copies(Vec::new()).await;
    }
    if spec.permissions.network_enabled() {
        // Whoever gave this command the network gave it more than the turn has.
        spec.env.retain(|(name, _)| name != NETWORK_DISABLED_VARIABLE);
    }
    let proxy = limit_network(&mut spec, cx.turn.proxy.as_ref());
    let prepared = prepared(&spec, &input.cmd, cx);
    let start = StartCommand {
        prepared,
        call_id: call.call_id.clone(),
        spec,
        proxy,
        script: input.cmd,
        source: CommandSource::UnifiedExecStartup,
        let_out,
    };
    let command = cx.thread.commands().start(start, cx).await?;
    Ok(command.poll(poll, cx).await)
}

/// The arguments of a shell that has what login files set up, once that has been captured.
fn prepared(spec: &CommandSpec, script: &str, cx: &ToolCx) -> Option<Vec<String>> {
    let is_login = spec.args.first().is_some_and(|flag| flag == "-lc");
    if !is_login || !cx.thread.setup().snapshot_shell {
        return None;
    }
    let shell = Path::new(&spec.program);
    let snapshot = cx.thread.shell_snapshot();
    let may_read =
        |path: &Path| spec.permissions.files().is_none_or(|files| files.access(path) != FileAccess::Deny);
    let prepared = snapshot.around(shell, script, may_read);
    if prepared.is_none() {
        snapshot.begin(&cx.thread, shell);
    }
    prepared
}

/// What this command alone gets besides, a person's consent included where it is needed.
async fn additional(
    call: &ToolCall,
    input: &Input,
    workdir: &Path,
    cx: &ToolCx,
) -> Result<Option<AdditionalPermissions>, ToolOutcome> {
    if input.sandbox_permissions != Some(SandboxPermissions::WithAdditionalPermissions) {
        return Ok(None);
    }
    let asked = input.additional_permissions.clone().unwrap_or_default().asked(workdir);
    if !asked.is_empty() && asked.is_covered_by(&cx.permissions()) {
        return Ok(None);
    }
    if let Some(refusal) = sandbox_refusal(cx.turn.approval) {
        return Err(ToolOutcome::failed(refusal));
    }
    if asked.is_empty() {
        return Err(ToolOutcome::failed(
            "sandbox_permissions with_additional_permissions requires additional_permissions",
        ));
    }
    let grant = request_permissions::ask(&call.call_id, &asked, input.justification.clone(), cx).await?;
    if grant.permissions.is_empty() {
        return Err(declined(call, input, workdir, "rejected by user", cx).await);
    }
    if grant.scope == GrantScope::Session {
        cx.thread.grants().add(cx.turn.turn_id, &grant);
    }
    Ok(Some(grant.permissions))
}

/// The sandbox the command may run in, a person's consent included where it is needed.
async fn allowed_sandbox(
    call: &ToolCall,
    input: &Input,
    workdir: &Path,
    cx: &ToolCx,
) -> Result<(AskedSandbox, LetOut), ToolOutcome> {
    let command = command_argv((input.shell.as_deref(), input.login), &input.cmd, cx);
    let asked = Asked {
        script: &input.cmd,
        argv: &command,
        escalated: input.sandbox_permissions == Some(SandboxPermissions::RequireEscalated),
        prefix_rule: input.prefix_rule.as_deref(),
        known_shell: is_known_shell(
            Path::new(command.first().map_or("", String::as_str)),
            &cx.thread.setup().shell,
        ),
        unsandboxed: cx.turn.policy.is_unlimited(),
        approval: cx.turn.approval,
    };
    let (sandbox, question) = match cx.thread.rules().judge(&asked) {
        Judgement::Run(sandbox) => (sandbox, None),
        Judgement::Refuse(text) => {
            tracing::info!(justification = ?input.justification, "command refused");
            return Err(ToolOutcome::failed(text));
        }
        Judgement::Ask { sandbox, rule, reason } => (sandbox, Some((rule, reason))),
    };
    // Permissions for this command alone widen what it can hit.
    let wider = input.sandbox_permissions == Some(SandboxPermissions::WithAdditionalPermissions);
    let hits = if wider { AskedSandbox::Left } else { sandbox };
    let stop = cx.stop_before_script(&input.cmd, workdir, hits).await;
    let (rule, reason) = match (&stop, question) {
        (None, None) => {
            let by_rule = sandbox == AskedSandbox::Left;
            return Ok((sandbox, if by_rule { LetOut::ByRule } else { LetOut::Asked }));
        }
        (Some(stop), _) if !cx.may_ask_about_losses() => {
            return Err(ToolOutcome::failed(rejected(&command, &stop.refusal())));
        }
        // A rule would let the same go the next time, whatever there is then.
        (Some(stop), question) => (None, joined(question.and_then(|(_, reason)| reason), &stop.reason)),
        (None, Some((rule, reason))) => (rule, reason),
    };
    let request =
        ApprovalRequest::Command { command, cwd: workdir.to_path_buf(), sandbox, rule: rule.clone() };
    let reason = match (&input.justification, &stop) {
        (Some(said), Some(stop)) => joined(Some(said.clone()), &stop.reason),
        (said, _) => said.clone().or(reason),
    };
    let losses = stop.map(|stop| Box::new(stop.losses));
    let named = losses.iter().flat_map(|losses| losses.list.iter().map(|loss| loss.path.clone()));
    let places = cx.outside_workspace(named.collect());
    let decision = match cx.ask_about(&call.call_id, request, reason, losses).await {
        Answer::Decided(decision) => decision,
        Answer::Refused(why) => return Err(declined(call, input, workdir, &why, cx).await),
    };
    if matches!(decision, Decision::Approve | Decision::ApproveForSession | Decision::ApproveWithRule) {
        cx.keep_copies(places).await;
    }
    match decision {
        Decision::Approve | Decision::ApproveForSession => Ok((sandbox, LetOut::Asked)),
        Decision::ApproveWithRule => {
            if let Some(rule) = rule
                && let Err(error) = cx.thread.rules().allow(&rule)
            {
                // The command was consented to; only the lasting part failed.
                cx.report(ToolProgress::Warning(error.to_string())).await;
            }
            Ok((sandbox, LetOut::Asked))
        }
        Decision::Decline | Decision::Grant(_) => {
            Err(declined(call, input, workdir, "rejected by user", cx).await)
        }
        Decision::Cancel => Err(ToolOutcome::interrupted("aborted")),
    }
}

fn joined(first: Option<String>, second: &str) -> Option<String> {
    Some(first.map_or_else(|| second.to_owned(), |first| format!("{first}\n{second}")))
}

/// A command that was declined: shown as such, and the model is told (`tools.md §3`).
async fn declined(call: &ToolCall, input: &Input, workdir: &Path, why: &str, cx: &ToolCx) -> ToolOutcome {
    let item = |status| {
        TurnItem::CommandExecution(CommandExecutionItem {
            id: ItemId::new(call.call_id.as_str()),
            process_id: None,
            command: command_argv((input.shell.as_deref(), input.login), &input.cmd, cx),
            cwd: file_url(workdir),
            parsed_cmd: Vec::new(),
            source: CommandSource::UnifiedExecStartup,
            status,
            aggregated_output: String::new(),
            exit_code: None,
            duration: None,
        })
    };
    cx.report(ToolProgress::ItemStarted(item(ItemStatus::InProgress))).await;
    cx.report(ToolProgress::ItemCompleted(item(ItemStatus::Declined))).await;
    let message = format!("Rejected({why:?})");
    ToolOutcome::failed(format!("exec_command failed: CreateProcess {{ message: {message:?} }}"))
}

/// The whole argument vector of a script.
fn command_argv((shell, login): (Option<&str>, Option<bool>), script: &str, cx: &ToolCx) -> Vec<String> {
    let setup = cx.thread.setup();
    let shell = choose(shell, &setup.shell, cx.thread.variable("PATH"));
    let login = match login.unwrap_or(true) && setup.allow_login_shell {
        true => Login::Yes,
        false => Login::No,
    };
    argv(&shell, login, script)
}

async fn run_intercepted(
    call: &ToolCall,
    text: &str,
    cwd: PathBuf,
    started: Instant,
    cx: &ToolCx,
) -> Result<ToolOutcome, ToolOutcome> {
    let patch = parse(text).map_err(|error| ToolOutcome::failed(error.model_text()))?;
    let run = PatchRun { call_id: call.call_id.clone(), patch: patch.without_environment(), cwd };
    // Only what was carried out gets the command's header; a refusal stands alone.
    let report = run_patch(run, cx).await?;
    Ok(report.outcome(|text| render_intercepted(started.elapsed(), &text)))
}

fn command_spec(call: &ToolCall, input: &Input, workdir: &Path, cx: &ToolCx) -> CommandSpec {
    let setup = cx.thread.setup();
    let call_id = call.call_id.as_str();
    let (origin, stdio) = match input.tty {
        Some(true) => (CommandOrigin::TerminalToolCall(call_id), StdioMode::DEFAULT_PTY),
        Some(false) | None => (CommandOrigin::ToolCall(call_id), StdioMode::Pipes),
    };
    let mut argv = command_argv((input.shell.as_deref(), input.login), &input.cmd, cx).into_iter();
    CommandSpec {
        program: argv.next().unwrap_or_default().into(),
        args: argv.map(Into::into).collect(),
        cwd: workdir.to_path_buf(),
        env: cx.thread.environment(origin, &cx.turn.policy),
        permissions: cx.permissions(),
        kept: cx.kept(),
        stdio,
        barrier: setup.barrier,
        proxy: None,
    }
}
