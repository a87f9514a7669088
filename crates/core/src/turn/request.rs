//! From the session's state to one model request. Every part is taken from state that is already on disk.

use codex_model_provider::ModelInfo;
use codex_protocol::{ErrorInfo, ResponseItem, TurnError, TurnId};
use codex_responses::{
    CompactionFacts, CompactionImplementation, CompactionTrigger, ModelRequest, OutputSchema,
    PreparedRequest, PromptCacheKey, RequestKind, RequestMetadata,
};

use super::input::{Ask, Notice, RetryClass, StreamFailure, SummaryAsk};
use super::source;
use crate::compact::ask::Summariser;
use crate::thread::clock::Moment;
use crate::thread::session::Session;

/// Encodes the request for the history as it stands.
pub(crate) fn prepare(
    session: &Session,
    turn_id: TurnId,
    started: Moment,
    output_schema: Option<OutputSchema<'_>>,
    ask: Ask,
) -> Result<PreparedRequest, StreamFailure> {
    let mut tail: Vec<ResponseItem> = Vec::new();
    let mut metadata = metadata(session, turn_id, started);
    let mut request = step(session, output_schema);
    if let Ask::Summary(ask) = ask {
        let summariser = Summariser::of(session.client.provider());
        let item = summariser.request_item(session.config.compact_prompt.as_deref());
        tail.push(item.map_err(|error| failed(error.to_string()))?);
        request.input = shortened(session.history.items(), ask)?;
        request.output_schema = None;
        if summariser == Summariser::Model {
            request.tools = &[];
            request.parallel_tool_calls = false;
        }
        if let Some(former) =
            session.former_model.as_ref().filter(|_| ask.trigger == CompactionTrigger::ModelChanged)
        {
            request.model = former;
            request.reasoning_effort = settings_effort(session, former);
            // Tools as an item are for the present model.
            request.prefix = session.prefix.split_last().map_or(&[], |(base, _)| std::slice::from_ref(base));
        }
        metadata.request_kind = RequestKind::Compaction(facts(summariser, ask));
    }
    request.tail = &tail;
    session.client.prepare(&request, &metadata).map_err(|error| source::failure(&error))
}

/// The next step of a turn.
fn step<'a>(session: &'a Session, output_schema: Option<OutputSchema<'a>>) -> ModelRequest<'a> {
    let settings = &session.settings;
    ModelRequest {
        model: &settings.model,
        prefix: &session.prefix,
        input: session.history.items(),
        tail: &[],
        tools: &session.tool_specs,
        parallel_tool_calls: true,
        reasoning_effort: settings.effort.as_deref(),
        reasoning_summary: Some(&settings.summary),
        verbosity: settings.verbosity.as_deref(),
        service_tier: settings.service_tier.as_deref(),
        output_schema,
        prompt_cache_key: match &session.lineage {
            Some(lineage) => lineage.prompt_cache_key(),
            None => PromptCacheKey::Thread(session.thread_id),
        },
    }
}

/// The configured effort, else the model's own.
fn settings_effort<'a>(session: &'a Session, model: &'a ModelInfo) -> Option<&'a str> {
    session.settings.effort_asked.as_deref().or(model.default_reasoning_level.as_deref())
}

/// Warms the connection up in the background, where the provider has one that stays open. Returns at once.
pub(crate) fn preconnect(session: &Session) {
    session.client.preconnect(&step(session, None), &session.request_facts.template);
}

/// The history without its oldest items, which did not fit. An output goes with its call.
fn shortened(history: &[ResponseItem], ask: SummaryAsk) -> Result<&[ResponseItem], StreamFailure> {
    let mut rest = history.get(ask.dropped..).unwrap_or_default();
    while let Some((first, others)) = rest.split_first()
        && ask.dropped > 0
        && first.is_call_output()
    {
        rest = others;
    }
    if rest.is_empty() {
        return Err(failed(
            "The history is too long for the model even after leaving all of it out.".to_owned(),
        ));
    }
    Ok(rest)
}

fn failed(message: String) -> StreamFailure {
    let error = TurnError { message: message.clone(), codex_error_info: ErrorInfo::Other, hint: None };
    StreamFailure { error, cause: message, retry: RetryClass::Final, notice: Notice::Shown, filtered: false }
}

fn facts(summariser: Summariser, ask: SummaryAsk) -> CompactionFacts {
    let implementation = match summariser {
        Summariser::Model => CompactionImplementation::Local,
        Summariser::Server => CompactionImplementation::Remote,
    };
    CompactionFacts { trigger: ask.trigger, implementation, phase: ask.phase }
}

/// The one snapshot that headers, `client_metadata` and turn metadata are rendered from.
fn metadata(session: &Session, turn_id: TurnId, started: Moment) -> RequestMetadata {
    let facts = &session.request_facts;
    RequestMetadata {
        turn_id,
        root_turn_id: session.root_turn(turn_id),
        sub_agent: session.lineage.map(|lineage| lineage.sub_agent()),
        window_number: session.window.number,
        workspaces: session.workspace.facts(),
        turn_started_at_unix_ms: started.unix_ms(),
        ..facts.template.clone()
    }
}
