//! Where the tokens of the next request go, by the kind of its items. Estimates; pure but for reading the session.

use codex_protocol::{
    ContentPart, ContextReport, ItemKind, ItemPassthrough, MessageBody, ResponseItem, Role, limits,
};

use crate::thread::session::Session;

/// What introduces the block of AGENTS.md instructions (`rollouts.md §7`).
const AGENTS_MD_KIND: &str = "agents_md.instructions";

/// Adds everything up.
pub(crate) fn report(session: &Session) -> ContextReport {
    let mut report = ContextReport {
        counted: session.usage.last,
        context_window: session.settings.context_window,
        compact_at: session.settings.compact_at,
        tools: tokens(session.tool_specs.iter().map(|spec| spec.get().len()).sum()),
        ..ContextReport::default()
    };
    for item in &session.prefix {
        match item.kind() {
            ItemKind::AdditionalTools => report.tools += tokens(item.json().len()),
            _ => report.instructions += tokens(item.json().len()),
        }
    }
    for item in session.history.items() {
        count(&mut report, item);
    }
    report
}

fn count(report: &mut ContextReport, item: &ResponseItem) {
    let whole = tokens(item.json().len());
    match item.kind() {
        ItemKind::Message(Role::Assistant) => report.agent_messages += whole,
        ItemKind::Message(role) => message(report, item, role),
        ItemKind::Reasoning => report.reasoning += whole,
        ItemKind::Compaction => report.summaries += whole,
        _ if item.is_call_output() => report.tool_output += whole,
        _ => report.tool_calls += whole,
    }
}

/// Each part of a message by the kind it was recorded with.
fn message(report: &mut ContextReport, item: &ResponseItem, role: &Role) {
    let Ok(body) = item.body::<MessageBody>() else { return };
    let kinds = item
        .passthrough_json()
        .and_then(|text| serde_json::from_str::<ItemPassthrough>(text).ok())
        .map(|passthrough| passthrough.content_item_kinds)
        .unwrap_or_default();
    for (at, part) in body.content.iter().enumerate() {
        let size = match part {
            ContentPart::InputText { text } | ContentPart::OutputText { text } => tokens(text.len()),
            // What a picture costs does not follow from its bytes.
            ContentPart::InputImage { .. } => u64::try_from(limits::IMAGE_TOKENS_ESTIMATE).unwrap_or(0),
            ContentPart::Other => 0,
        };
        let kind = kinds.get(at).map_or("", String::as_str);
        let group = match (kind, role) {
            (AGENTS_MD_KIND, _) => &mut report.agents_md,
            ("generic.developer_instructions", _) => &mut report.instructions,
            ("compaction.summary", _) => &mut report.summaries,
            (kind, _) if kind.starts_with("user.") => &mut report.user_messages,
            ("", Role::User) => &mut report.user_messages,
            _ => &mut report.environment,
        };
        *group = group.saturating_add(size);
    }
}

fn tokens(bytes: usize) -> u64 {
    u64::try_from(bytes / limits::BYTES_PER_TOKEN).unwrap_or(u64::MAX)
}
