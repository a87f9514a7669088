//! From the session's state to one model request. Every part is taken from state that is already on disk.

use codex_protocol::{ResponseItem, TurnId};
use codex_responses::{ModelRequest, PreparedRequest, RequestMetadata, StreamError};
use serde_json::value::RawValue;

use crate::thread::clock::Moment;
use crate::thread::session::Session;

/// Encodes the request for the history as it stands.
pub(crate) fn prepare(
    session: &Session,
    turn_id: TurnId,
    started: Moment,
    output_schema: Option<&RawValue>,
) -> Result<PreparedRequest, StreamError> {
    let settings = &session.settings;
    let tail: [ResponseItem; 0] = [];
    let request = ModelRequest {
        model: &settings.model,
        prefix: &session.prefix,
        input: session.history.items(),
        tail: &tail,
        tools: &session.tool_specs,
        parallel_tool_calls: true,
        reasoning_effort: settings.effort.as_deref(),
        reasoning_summary: settings.summary.as_deref(),
        verbosity: settings.verbosity.as_deref(),
        service_tier: settings.service_tier.as_deref(),
        output_schema,
        prompt_cache_key: session.thread_id,
    };
    session.client.prepare(&request, &metadata(session, turn_id, started))
}

/// The one snapshot that headers, `client_metadata` and turn metadata are rendered from.
fn metadata(session: &Session, turn_id: TurnId, started: Moment) -> RequestMetadata {
    let facts = &session.request_facts;
    RequestMetadata {
        turn_id,
        root_turn_id: turn_id,
        window_number: session.window.number,
        workspaces: session.workspace.facts(),
        turn_started_at_unix_ms: started.unix_ms(),
        ..facts.template.clone()
    }
}
