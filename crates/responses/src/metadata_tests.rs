//! The three projections of one snapshot, compared.

use std::path::PathBuf;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use codex_auth::ProviderAuth;
use codex_model_provider::{ChatGptBackend, ProviderInfo};
use codex_protocol::{SandboxMode, ThreadId};

use super::{ForkedFrom, HistoryInitialization, RequestKind, RequestMetadata, SubAgent, Workspace};

fn snapshot() -> RequestMetadata {
    let id = "01a1fd57-f0b2-7020-818c-7912ca39975a";
    RequestMetadata {
        installation_id: "c061717e-d9a8-48b1-84a2-a23f44ad0dc3".to_owned(),
        session_id: id.parse::<ThreadId>().map(|id| codex_protocol::SessionId::from_uuid(id.uuid())).unwrap(),
        thread_id: id.parse().unwrap(),
        agent_name: "/root".to_owned(),
        turn_id: "01a1fd57-f0f4-7fc1-bc36-6262713507cb".parse().unwrap(),
        window_number: 0,
        context_window_id: "01a1fd57-f0bf-7e31-b4ae-b1fe4afc45a1".parse().unwrap(),
        request_kind: RequestKind::Turn,
        history_initialization: HistoryInitialization::New,
        forked_from: None,
        sub_agent: None,
        extra: vec![],
        root_turn_id: "01a1fd57-f0f4-7fc1-bc36-6262713507cb".parse().unwrap(),
        thread_source: Some("user".to_owned()),
        turn_trigger: Some("exec".to_owned()),
        sandbox: "seccomp".to_owned(),
        sandbox_mode: SandboxMode::ReadOnly,
        auto_review_enabled: false,
        node_repl_auto_review_required: false,
        node_repl_disabled: false,
        workspaces: vec![Workspace {
            path: PathBuf::from("/tmp/repo"),
            remote_urls: vec![],
            latest_git_commit_hash: Some("d2b0c6877dc767a86bec48b924353a263f899468".to_owned()),
            has_changes: Some(false),
        }],
        turn_started_at_unix_ms: 1_795_251_761_403,
        analytics_enabled: true,
        model: "gpt-5.5".to_owned(),
        reasoning_effort: Some("medium".to_owned()),
    }
}

/// One header of a real request, as it was observed, with an invented path.
const OBSERVED: &str = concat!(
    r#"{"installation_id":"c061717e-d9a8-48b1-84a2-a23f44ad0dc3","#,
    r#""session_id":"01a1fd57-f0b2-7020-818c-7912ca39975a","thread_id":"01a1fd57-f0b2-7020-818c-7912ca39975a","#,
    r#""agent_name":"/root","turn_id":"01a1fd57-f0f4-7fc1-bc36-6262713507cb","#,
    r#""window_id":"01a1fd57-f0b2-7020-818c-7912ca39975a:0","window_number":0,"#,
    r#""context_window_id":"01a1fd57-f0bf-7e31-b4ae-b1fe4afc45a1","request_kind":"turn","#,
    r#""history_initialization":"new","root_turn_id":"01a1fd57-f0f4-7fc1-bc36-6262713507cb","#,
    r#""thread_source":"user","turn_trigger":"exec","sandbox":"seccomp","sandbox_mode":"read-only","#,
    r#""auto_review_enabled":false,"node_repl_auto_review_required":false,"node_repl_disabled":false,"#,
    r#""workspaces":{"/tmp/repo":{"latest_git_commit_hash":"d2b0c6877dc767a86bec48b924353a263f899468","#,
    r#""has_changes":false}},"turn_started_at_unix_ms":1795251761403,"analytics_enabled":true,"#,
    r#""model":"gpt-5.5","reasoning_effort":"medium"}"#
);

#[test]
fn the_turn_metadata_is_the_observed_string() {
    assert_eq!(snapshot().render().turn_metadata, OBSERVED);
}

// covers: responses-wire 3, responses-wire 4
#[test]
fn all_projections_say_the_same() {
    let mut metadata = snapshot();
    metadata.window_number = 3;
    metadata.workspaces[0].path = PathBuf::from("/tmp/ü");
    let rendered = metadata.render();
    let headers = rendered.headers(true).unwrap();
    let header = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
    let client = rendered.client_metadata(&ProviderInfo::openai(ProviderAuth::None));
    let turn: Value = serde_json::from_str(&header("x-codex-turn-metadata")).unwrap();

    assert_eq!(client["x-codex-turn-metadata"], json!(header("x-codex-turn-metadata")));
    for name in ["thread-id", "session-id", "x-client-request-id"] {
        assert_eq!(json!(header(name)), turn["thread_id"], "{name}");
    }
    assert_eq!(json!(header("x-codex-window-id")), turn["window_id"]);
    assert_eq!(turn["window_id"], json!(format!("{}:3", metadata.thread_id)));
    assert_eq!(header("x-openai-internal-codex-responses-lite"), "true");
    assert!(turn["workspaces"]["/tmp/ü"].is_object());
    assert_eq!(
        client,
        json!({
            "x-codex-installation-id": turn["installation_id"],
            "session_id": turn["session_id"],
            "thread_id": turn["thread_id"],
            "turn_id": turn["turn_id"],
            "root_turn_id": turn["root_turn_id"],
            "x-codex-window-id": turn["window_id"],
            "x-codex-turn-metadata": header("x-codex-turn-metadata"),
            "mcp_attribution": "{\"status\":\"none\"}",
        })
    );
    assert!(
        rendered
            .client_metadata(&ProviderInfo::custom("lab", "Lab", "http://x"))
            .get("mcp_attribution")
            .is_none()
    );
    assert!(!rendered.headers(false).unwrap().contains_key("x-openai-internal-codex-responses-lite"));
}

// covers: responses-wire 56
#[test]
fn resume_and_fork_name_themselves_and_compaction_names_no_model() {
    let turn = |metadata: &RequestMetadata| -> Value {
        serde_json::from_str(&metadata.render().turn_metadata).unwrap()
    };
    let mut resumed = snapshot();
    resumed.history_initialization = HistoryInitialization::ColdResume;
    assert_eq!(turn(&resumed)["history_initialization"], "cold_resume");

    let mut forked = snapshot();
    let source: ThreadId = "01a1fcc2-8612-75a2-961f-971ecd6f8c4b".parse().unwrap();
    forked.history_initialization = HistoryInitialization::ColdFork;
    forked.forked_from = Some(ForkedFrom { thread_id: source, ordinal_exclusive: Some(9) });
    let forked = turn(&forked);
    assert_eq!(
        (
            &forked["history_initialization"],
            &forked["forked_from_thread_id"],
            &forked["forked_from_ordinal_exclusive"]
        ),
        (&json!("cold_fork"), &json!(source), &json!(9))
    );

    let mut compacting = snapshot();
    compacting.request_kind = RequestKind::Compaction(crate::CompactionFacts {
        trigger: crate::CompactionTrigger::Auto,
        implementation: crate::CompactionImplementation::Local,
        phase: crate::CompactionPhase::MidTurn,
    });
    let compacting = turn(&compacting);
    assert_eq!(compacting["request_kind"], "compaction");
    assert_eq!(
        compacting["compaction"],
        json!({
            "trigger": "auto",
            "reason": "context_limit",
            "implementation": "responses",
            "phase": "mid_turn",
            "strategy": "memento",
        })
    );
    assert!(compacting.get("model").is_none() && compacting.get("reasoning_effort").is_none());
}

#[test]
fn a_sub_agent_names_its_parent_everywhere() {
    let parent_thread: ThreadId = "01a1fcc2-8612-75a2-961f-971ecd6f8c4b".parse().unwrap();
    let mut metadata = snapshot();
    metadata.sub_agent = Some(SubAgent {
        parent_thread_id: parent_thread,
        parent_turn_id: "01a1fcc2-8612-75a2-961f-971ecd6f8c4c".parse().unwrap(),
        kind: "review".to_owned(),
    });
    let rendered = metadata.render();
    let headers = rendered.headers(false).unwrap();
    let client = rendered.client_metadata(&ProviderInfo::custom("lab", "Lab", "http://x"));
    let turn: Value = serde_json::from_str(&rendered.turn_metadata).unwrap();
    assert_eq!(headers["x-codex-parent-thread-id"], parent_thread.to_string().as_str());
    assert_eq!(headers["x-openai-subagent"], "review");
    assert_eq!(client["x-codex-parent-thread-id"], json!(parent_thread));
    assert_eq!(client["x-openai-subagent"], "review");
    assert_eq!(client["parent_turn_id"], turn["parent_turn_id"]);
    assert_eq!(
        (&turn["parent_thread_id"], &turn["subagent_kind"]),
        (&json!(parent_thread), &json!("review"))
    );
    let keys: Vec<_> = turn.as_object().unwrap().keys().map(String::as_str).collect();
    let from = keys.iter().position(|key| *key == "history_initialization").unwrap();
    let order = ["parent_thread_id", "parent_turn_id", "root_turn_id", "subagent_kind", "thread_source"];
    assert_eq!(keys[from + 1..from + 6], order);
}

#[test]
fn extras_are_added_and_never_replace_what_is_ours() {
    let mut metadata = snapshot();
    let own: Value = serde_json::from_str(&metadata.render().turn_metadata).unwrap();
    let extra = [("ticket", "A-1"), ("thread_id", "x"), ("subagent_kind", "x"), ("compaction", "x")];
    metadata.extra = extra.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    let rendered = metadata.render();
    let turn: Value = serde_json::from_str(&rendered.turn_metadata).unwrap();
    let mut expected = own;
    expected["ticket"] = json!("A-1");
    assert_eq!(turn, expected);
    let client = rendered.client_metadata(&ProviderInfo::custom("lab", "Lab", "http://x"));
    assert_eq!(client["x-codex-turn-metadata"], json!(rendered.turn_metadata));
    assert!(client.get("ticket").is_none());
}

#[test]
fn only_the_service_behind_a_sign_in_hears_of_reviewer_credits() {
    let metadata = snapshot();
    let rendered = metadata.render();
    let credits = |provider: &ProviderInfo| {
        rendered.client_metadata(provider).get("guardian_credits_requested").cloned()
    };
    let mut provider = ProviderInfo::openai(ProviderAuth::None);
    assert_eq!(credits(&provider), None);
    provider.chatgpt = Some(ChatGptBackend { account_id: None, routing_url: None });
    assert_eq!(credits(&provider), Some(json!("true")));
    provider.id = "other".to_owned();
    assert_eq!(credits(&provider), None);
}
