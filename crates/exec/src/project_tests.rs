//! Whole runs as events, and the lines they give, byte for byte.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use codex_protocol::{
    AbortReason, AgentMessageItem, AgentMessagePart, ApprovalPolicy, CollaborationMode, CommandSource,
    ErrorInfo, ReasoningItem, SandboxPolicy, ThreadId, ThreadInfo, TurnError, TurnId, WebSearchItem,
};
use pretty_assertions::assert_eq;

use super::*;

fn turn_id() -> TurnId {
    TurnId::new_v7()
}

fn id(text: &str) -> ItemId {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).unwrap()
}

fn lines(events: &[Event]) -> Vec<String> {
    let mut projection = JsonProjection::default();
    let lines = events.iter().flat_map(|event| projection.push(event));
    lines.map(|line| serde_json::to_string(&line).unwrap()).collect()
}

fn message(text: &str) -> TurnItem {
    let content = vec![AgentMessagePart::Text { text: text.to_owned() }];
    TurnItem::AgentMessage(AgentMessageItem { id: id("msg_1"), content, phase: None })
}

fn command(status: ItemStatus, exit_code: Option<i32>, output: &str) -> TurnItem {
    TurnItem::CommandExecution(CommandExecutionItem {
        id: id("call_1"),
        process_id: None,
        command: ["/bin/bash", "-lc", "echo boo >&2; exit 3"].map(str::to_owned).to_vec(),
        cwd: "file:///project".to_owned(),
        parsed_cmd: Vec::new(),
        source: CommandSource::UnifiedExecStartup,
        status,
        aggregated_output: output.to_owned(),
        exit_code,
        duration: Some(Duration::from_millis(5)),
    })
}

fn patch(status: ItemStatus) -> TurnItem {
    let update = FileChange::Update { unified_diff: "@@".to_owned(), move_path: None };
    let changes = BTreeMap::from([
        (PathBuf::from("/project/new.txt"), FileChange::Add { content: "x".to_owned() }),
        (PathBuf::from("/project/a.txt"), update),
        (PathBuf::from("/project/b.txt"), FileChange::Delete { content: String::new() }),
    ]);
    let (stdout, stderr) = (String::new(), String::new());
    TurnItem::FileChange(FileChangeItem { id: id("call_2"), changes, status, stdout, stderr })
}

fn started(item: TurnItem) -> Event {
    Event::ItemStarted { turn_id: turn_id(), item }
}

fn completed(item: TurnItem) -> Event {
    Event::ItemCompleted { turn_id: turn_id(), item }
}

fn ended(input_tokens: u64) -> Event {
    let usage = TokenUsage {
        input_tokens,
        cached_input_tokens: 1400,
        cache_write_input_tokens: 0,
        output_tokens: 420,
        reasoning_output_tokens: 70,
        total_tokens: input_tokens + 420,
    };
    Event::TurnCompleted { turn_id: turn_id(), last_agent_message: None, usage }
}

fn info() -> ThreadInfo {
    ThreadInfo {
        thread_id: "01a1fcb3-2ec5-7220-a350-961e5ee1efb2".parse::<ThreadId>().unwrap(),
        rollout_path: None,
        cwd: PathBuf::from("/project"),
        model: "gpt-5.5".to_owned(),
        provider: "sim".to_owned(),
        reasoning_effort: None,
        reasoning_summary: None,
        sandbox: SandboxPolicy::ReadOnly,
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
    }
}

// covers: exec 4, exec 5, exec 6
#[test]
fn a_turn_with_tools() {
    let warning = "Model metadata for `gpt-5.4` not found.".to_owned();
    let reasoning = |summary: &[&str]| {
        let summary_text = summary.iter().map(|part| (*part).to_owned()).collect();
        TurnItem::Reasoning(ReasoningItem { id: id("rs_1"), summary_text, raw_content: Vec::new() })
    };
    let events = [
        Event::ThreadStarted(Box::new(info())),
        Event::Warning { message: warning },
        Event::TurnStarted { turn_id: turn_id() },
        completed(reasoning(&[])),
        completed(reasoning(&["r1", "r2"])),
        started(message("")),
        completed(message("w")),
        started(command(ItemStatus::InProgress, None, "")),
        started(patch(ItemStatus::InProgress)),
        completed(command(ItemStatus::Failed, Some(3), "boo\n")),
        completed(patch(ItemStatus::Completed)),
        ended(8400),
        Event::ThreadClosed,
    ];
    let expected = [
        r#"{"type":"thread.started","thread_id":"01a1fcb3-2ec5-7220-a350-961e5ee1efb2"}"#,
        r#"{"type":"item.completed","item":{"id":"item_0","type":"error","message":"Model metadata for `gpt-5.4` not found."}}"#,
        r#"{"type":"turn.started"}"#,
        r#"{"type":"item.completed","item":{"id":"item_1","type":"reasoning","text":"r1\nr2"}}"#,
        r#"{"type":"item.completed","item":{"id":"item_2","type":"agent_message","text":"w"}}"#,
        r#"{"type":"item.started","item":{"id":"item_3","type":"command_execution","command":"/bin/bash -lc 'echo boo >&2; exit 3'","aggregated_output":"","exit_code":null,"status":"in_progress"}}"#,
        r#"{"type":"item.started","item":{"id":"item_4","type":"file_change","changes":[{"path":"/project/a.txt","kind":"update"},{"path":"/project/b.txt","kind":"delete"},{"path":"/project/new.txt","kind":"add"}],"status":"in_progress"}}"#,
        r#"{"type":"item.completed","item":{"id":"item_3","type":"command_execution","command":"/bin/bash -lc 'echo boo >&2; exit 3'","aggregated_output":"boo\n","exit_code":3,"status":"failed"}}"#,
        r#"{"type":"item.completed","item":{"id":"item_4","type":"file_change","changes":[{"path":"/project/a.txt","kind":"update"},{"path":"/project/b.txt","kind":"delete"},{"path":"/project/new.txt","kind":"add"}],"status":"completed"}}"#,
        r#"{"type":"turn.completed","usage":{"input_tokens":8400,"cached_input_tokens":1400,"cache_write_input_tokens":0,"output_tokens":420,"reasoning_output_tokens":70}}"#,
    ];
    assert_eq!(lines(&events), expected);
}

#[test]
fn a_plan_is_completed_when_the_turn_ends() {
    let plan = |first| {
        let step = |text: &str, status| PlanStep { step: text.to_owned(), status };
        let plan = vec![step("A", first), step("B", PlanStepStatus::InProgress)];
        Event::PlanUpdated { turn_id: turn_id(), explanation: None, plan }
    };
    let events = [
        plan(PlanStepStatus::Pending),
        plan(PlanStepStatus::Completed),
        completed(message("done")),
        ended(3600),
    ];
    let expected = [
        r#"{"type":"item.started","item":{"id":"item_0","type":"todo_list","items":[{"text":"A","completed":false},{"text":"B","completed":false}]}}"#,
        r#"{"type":"item.updated","item":{"id":"item_0","type":"todo_list","items":[{"text":"A","completed":true},{"text":"B","completed":false}]}}"#,
        r#"{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"done"}}"#,
        r#"{"type":"item.completed","item":{"id":"item_0","type":"todo_list","items":[{"text":"A","completed":true},{"text":"B","completed":false}]}}"#,
    ];
    assert_eq!(lines(&events)[..4], expected);
}

#[test]
fn a_search_has_both_ids() {
    let action = serde_json::json!({ "type": "search", "query": "rust", "queries": ["rust", "codex"] });
    let search = WebSearchItem { id: id("ws_1"), query: "rust".to_owned(), action };
    let item = TurnItem::WebSearch(search);
    let body = r#""item":{"id":"item_0","type":"web_search","id":"ws_1","query":"rust","action":{"type":"search","query":"rust","queries":["rust","codex"]}}}"#;
    let expected =
        [format!(r#"{{"type":"item.started",{body}"#), format!(r#"{{"type":"item.completed",{body}"#)];
    assert_eq!(lines(&[started(item.clone()), completed(item)]), expected);
}

#[test]
fn failures_and_notices() {
    let retry = |attempt| Event::Reconnecting { attempt, reason: "cut".to_owned(), delay: Duration::ZERO };
    let error = TurnError {
        message: "no".to_owned(),
        codex_error_info: ErrorInfo::Other,
        hint: Some("h".to_owned()),
    };
    let events = [
        retry(Reconnect::Attempt { n: 1, max: 5 }),
        retry(Reconnect::Network),
        Event::TurnFailed { turn_id: turn_id(), error },
    ];
    let expected = [
        r#"{"type":"error","message":"Reconnecting... 1/5 (cut)"}"#,
        r#"{"type":"error","message":"Reconnecting... waiting for network (cut)"}"#,
        r#"{"type":"error","message":"no"}"#,
        r#"{"type":"turn.failed","error":{"message":"no"}}"#,
    ];
    assert_eq!(lines(&events), expected);
    let aborted = Event::TurnAborted { turn_id: turn_id(), reason: AbortReason::Interrupted };
    assert_eq!(lines(&[aborted]), Vec::<String>::new());
}

// Two responses may use the same item id; a program counts `item_N` and must see two items.
// covers: exec 3
#[test]
fn an_id_used_again_is_a_new_item() {
    let events = [completed(message("a")), completed(message("b"))];
    let expected = [
        r#"{"type":"item.completed","item":{"id":"item_0","type":"agent_message","text":"a"}}"#,
        r#"{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"b"}}"#,
    ];
    assert_eq!(lines(&events), expected);
}
