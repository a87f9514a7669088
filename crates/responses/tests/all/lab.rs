//! A client, its settings and a request, for tests that only care about one thing.

use std::sync::Arc;
use std::time::Duration;

use codex_auth::Env;
use codex_model_provider::{ModelCatalog, ModelProvider, ProviderInfo};
use codex_protocol::{ContentPart, ItemId, ItemPrefix, ResponseItem, Role, SandboxMode, SessionId, ThreadId};
use codex_protocol::{TurnId, WindowId};
use codex_responses::{
    ClientIdentity, ClientOptions, HistoryInitialization, ModelRequest, PreparedRequest, PromptCacheKey,
    RequestCompression, RequestKind, RequestMetadata, ResponsesClient, StreamError, StreamEvent, TurnClient,
};

pub(crate) fn env(pairs: &[(&str, &str)]) -> Env {
    Env::of(pairs.iter().copied())
}

/// A provider whose silent retries are few.
pub(crate) fn provider(base_url: &str) -> ProviderInfo {
    ProviderInfo {
        request_max_retries: 1,
        stream_idle_timeout: Duration::from_secs(20),
        ..ProviderInfo::custom("lab", "Lab", base_url)
    }
}

pub(crate) fn options(provider: ProviderInfo) -> ClientOptions {
    options_in(provider, env(&[("TERM", "xterm")]))
}

/// The same where other variables are set.
pub(crate) fn options_in(provider: ProviderInfo, env: Env) -> ClientOptions {
    ClientOptions {
        provider: Arc::new(ModelProvider::new(provider, None, env, "0.169.0")),
        identity: ClientIdentity::new("codex_exec", "0.169.0"),
        compression: RequestCompression::Zstd,
        models: None,
        tape: None,
    }
}

pub(crate) fn client(base_url: &str) -> ResponsesClient {
    ResponsesClient::new(options(provider(base_url)))
}

pub(crate) fn metadata() -> RequestMetadata {
    let (thread_id, turn_id) = (ThreadId::new_v7(), TurnId::new_v7());
    RequestMetadata {
        installation_id: "c061717e-d9a8-48b1-84a2-a23f44ad0dc3".to_owned(),
        session_id: SessionId::from_uuid(thread_id.uuid()),
        thread_id,
        agent_name: "/root".to_owned(),
        turn_id,
        window_number: 0,
        context_window_id: WindowId::new_v7(),
        request_kind: RequestKind::Turn,
        history_initialization: HistoryInitialization::New,
        forked_from: None,
        sub_agent: None,
        extra: vec![],
        root_turn_id: turn_id,
        thread_source: Some("user".to_owned()),
        turn_trigger: Some("exec".to_owned()),
        sandbox: "seccomp".to_owned(),
        sandbox_mode: SandboxMode::ReadOnly,
        auto_review_enabled: false,
        node_repl_auto_review_required: false,
        node_repl_disabled: false,
        workspaces: vec![],
        turn_started_at_unix_ms: 0,
        analytics_enabled: true,
        model: "gpt-5.5".to_owned(),
        reasoning_effort: Some("medium".to_owned()),
    }
}

pub(crate) fn request(client: &ResponsesClient) -> PreparedRequest {
    request_saying(client, "say hi")
}

pub(crate) fn request_saying(client: &ResponsesClient, words: &str) -> PreparedRequest {
    let metadata = metadata();
    let model = ModelCatalog::bundled().model_info("gpt-5.5").into_info();
    let prompt = [ContentPart::input_text(words)];
    let input =
        [ResponseItem::message(Some(&ItemId::new_v7(ItemPrefix::Message)), Role::User, &prompt).unwrap()];
    let request = ModelRequest {
        model: &model,
        prefix: &[],
        input: &input,
        tail: &[],
        tools: &[],
        parallel_tool_calls: true,
        reasoning_effort: None,
        reasoning_summary: None,
        verbosity: None,
        service_tier: None,
        output_schema: None,
        prompt_cache_key: PromptCacheKey::Thread(metadata.thread_id),
    };
    client.prepare(&request, &metadata).unwrap()
}

/// Everything the stream gives until it ends.
pub(crate) async fn play(
    turn: &TurnClient,
    request: &PreparedRequest,
) -> (Vec<StreamEvent>, Option<StreamError>) {
    let mut events = Vec::new();
    let mut stream = match turn.stream(request).await {
        Ok(stream) => stream,
        Err(error) => return (events, Some(error)),
    };
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(event),
            Err(error) => return (events, Some(error)),
        }
    }
    (events, None)
}

/// The one turn of a test about what the client makes of a server's answers.
pub(crate) async fn run(client: &ResponsesClient) -> (Vec<StreamEvent>, Option<StreamError>) {
    play(&client.turn(), &request(client)).await
}

pub(crate) fn completed(events: &[StreamEvent]) -> bool {
    matches!(events.last(), Some(StreamEvent::Completed { .. }))
}
