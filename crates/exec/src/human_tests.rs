//! A run as a person reads it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use codex_protocol::{
    AgentMessageItem, AgentMessagePart, ApprovalPolicy, CollaborationMode, CommandSource, ErrorInfo,
    Reconnect, ThreadId, TurnError, TurnId,
};
use pretty_assertions::assert_eq;

use super::*;

fn id(text: &str) -> ItemId {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).unwrap()
}

fn options(paint: Paint, stdout: Target, stderr: Target) -> HumanOptions {
    HumanOptions {
        prompt: Some("hello".to_owned()),
        approval: "never",
        reasoning: Reasoning::Shown,
        raw_reasoning: Reasoning::Hidden,
        paint,
        stdout,
        stderr,
    }
}

fn info(sandbox: SandboxPolicy) -> Event {
    Event::ThreadStarted(Box::new(ThreadInfo {
        thread_id: "01a1fcb2-0314-7711-8798-653c1e16d4d6".parse::<ThreadId>().unwrap(),
        rollout_path: None,
        cwd: PathBuf::from("/project"),
        model: "gpt-5.4".to_owned(),
        provider: "lab".to_owned(),
        reasoning_effort: None,
        reasoning_summary: None,
        sandbox,
        history_items: 0,
        approval: ApprovalPolicy::OnRequest,
        collaboration: CollaborationMode::Default,
        name: None,
        agents_md: Vec::new(),
        context_window: None,
        usage: TokenUsage::default(),
        last_usage: None,
        approvals_reviewer: codex_protocol::ApprovalsReviewer::User,
        git_branch: None,
        forked_from: None,
    }))
}

fn completed(item: TurnItem) -> Event {
    Event::ItemCompleted { turn_id: TurnId::new_v7(), item }
}

fn message(text: &str) -> Event {
    let content = vec![AgentMessagePart::Text { text: text.to_owned() }];
    completed(TurnItem::AgentMessage(AgentMessageItem { id: id("m"), content, phase: None }))
}

fn ended(text: &str) -> Event {
    let usage = TokenUsage {
        input_tokens: 1200,
        cached_input_tokens: 200,
        output_tokens: 60,
        ..TokenUsage::default()
    };
    let last_agent_message = Some(text.to_owned());
    Event::TurnCompleted { turn_id: TurnId::new_v7(), last_agent_message, usage }
}

fn command(status: ItemStatus, exit_code: Option<i32>, output: &str) -> CommandExecutionItem {
    CommandExecutionItem {
        id: id("c"),
        process_id: None,
        command: ["/bin/sh", "-c", "ls -l"].map(str::to_owned).to_vec(),
        cwd: "file:///project".to_owned(),
        parsed_cmd: Vec::new(),
        source: CommandSource::UnifiedExecStartup,
        status,
        aggregated_output: output.to_owned(),
        exit_code,
        duration: Some(Duration::from_millis(12)),
    }
}

/// Standard output and standard error of the events.
fn shown(options: HumanOptions, events: &[Event]) -> (String, String) {
    let mut projection = HumanProjection::new(options);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    for chunk in events.iter().flat_map(|event| projection.push(event)) {
        match chunk {
            Chunk::Out(bytes) => out.extend(bytes),
            Chunk::Err(bytes) => err.extend(bytes),
        }
    }
    (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

const HEADER: &str = "OpenAI Codex v0.169.0\n--------\nworkdir: /project\nmodel: gpt-5.4\nprovider: lab\n\
    approval: never\nsandbox: read-only\nreasoning effort: none\nreasoning summaries: none\n\
    session id: 01a1fcb2-0314-7711-8798-653c1e16d4d6\n--------\nuser\nhello\n";

#[test]
fn the_streams_of_a_short_run() {
    let warning = Event::Warning { message: "Unknown model.".to_owned() };
    let events = [info(SandboxPolicy::ReadOnly), warning, message("done"), ended("done")];
    let (out, err) = shown(options(Paint::Off, Target::Bytes, Target::Bytes), &events);
    assert_eq!(out, "done\n");
    assert_eq!(err, format!("{HEADER}warning: Unknown model.\ncodex\ndone\ntokens used\n1,060\n"));
}

#[test]
fn a_person_who_sees_both_streams_sees_the_message_once() {
    let events = [message("done"), ended("done")];
    let (out, err) = shown(options(Paint::Off, Target::Terminal, Target::Terminal), &events);
    assert_eq!((out.as_str(), err.as_str()), ("", "codex\ndone\ntokens used\n1,060\n"));
}

#[test]
fn commands_are_headed_once() {
    let started = Event::ItemStarted {
        turn_id: TurnId::new_v7(),
        item: TurnItem::CommandExecution(command(ItemStatus::InProgress, None, "")),
    };
    let done = completed(TurnItem::CommandExecution(command(ItemStatus::Failed, Some(2), "no")));
    let plain = || options(Paint::Off, Target::Bytes, Target::Bytes);
    let (_, err) = shown(plain(), &[started.clone(), done.clone()]);
    assert_eq!(err, "exec\n/bin/sh -c 'ls -l' in /project\n exited 2 in 12ms:\nno\n\n");
    let (_, err) = shown(plain(), &[started, message("meanwhile"), done]);
    let expected = "exec\n/bin/sh -c 'ls -l' in /project\ncodex\nmeanwhile\n\
        exec\n/bin/sh -c 'ls -l' in /project\n exited 2 in 12ms:\nno\n\n";
    assert_eq!(err, expected);
}

#[test]
fn a_patch_shows_its_files() {
    let update = FileChange::Update { unified_diff: "@@ -1 +1 @@\n-a\n+b\n".to_owned(), move_path: None };
    let changes = BTreeMap::from([
        (PathBuf::from("/project/src/a.txt"), update),
        (PathBuf::from("/project/new.txt"), FileChange::Add { content: "x".to_owned() }),
    ]);
    let item = FileChangeItem {
        id: id("p"),
        changes,
        status: ItemStatus::Completed,
        stdout: String::new(),
        stderr: String::new(),
    };
    let events = [info(SandboxPolicy::ReadOnly), completed(TurnItem::FileChange(item))];
    let (_, err) = shown(options(Paint::Off, Target::Bytes, Target::Bytes), &events);
    let patch = "apply patch\npatch: completed\nA new.txt\nM src/a.txt\n@@ -1 +1 @@\n-a\n+b\n\n";
    assert_eq!(err, format!("{HEADER}{patch}"));
}

#[test]
fn colours_and_errors() {
    let error = TurnError {
        message: "no".to_owned(),
        codex_error_info: ErrorInfo::Other,
        hint: Some("try again".to_owned()),
    };
    let attempt = Reconnect::Attempt { n: 1, max: 5 };
    let events = [
        Event::Reconnecting { attempt, reason: "cut".to_owned(), delay: Duration::ZERO },
        Event::TurnFailed { turn_id: TurnId::new_v7(), error },
        message("x"),
    ];
    let (_, err) = shown(options(Paint::On, Target::Bytes, Target::Bytes), &events);
    let expected = "\u{1b}[31;1mERROR:\u{1b}[0m Reconnecting... 1/5 (cut)\n\u{1b}[31;1mERROR:\u{1b}[0m no\n\
        \u{1b}[2mhint:\u{1b}[0m try again\n\u{1b}[35;3mcodex\u{1b}[0m\nx\n";
    assert_eq!(err, expected);
}

// threat 36
#[test]
fn nothing_foreign_moves_the_cursor() {
    let evil = "\u{1b}[2J\u{9b}31m\u{7}";
    let done = completed(TurnItem::CommandExecution(command(ItemStatus::Completed, Some(0), evil)));
    let warning = Event::Warning { message: evil.to_owned() };
    let events = [message(evil), warning, done, ended(evil)];
    let (out, err) = shown(options(Paint::Off, Target::Terminal, Target::Bytes), &events);
    assert_eq!(out, "\\x1b[2J\\x9b31m\\x07\n");
    assert!(err.contains('\u{1b}'), "a file gets the bytes as they are");
    let (_, err) = shown(options(Paint::Off, Target::Bytes, Target::Terminal), &events);
    assert!(!err.contains(['\u{1b}', '\u{9b}', '\u{7}']), "{err:?}");
}

#[test]
fn sandboxes_by_name() {
    assert_eq!(sandbox(&SandboxPolicy::DangerFullAccess), "danger-full-access");
    assert_eq!(sandbox(&SandboxPolicy::workspace_write()), "workspace-write [workdir, /tmp, $TMPDIR]");
    let policy = SandboxPolicy::WorkspaceWrite {
        writable_roots: vec![PathBuf::from("/srv")],
        network_access: true,
        exclude_tmpdir_env_var: true,
        exclude_slash_tmp: true,
    };
    assert_eq!(sandbox(&policy), "workspace-write [workdir, /srv] (network access enabled)");
}
