//! Puts a finished compaction on disk and in the history, in the order of `rollouts.md §4`.

use codex_protocol::{
    Compacted, ContentPart, ContextCompactionItem, Event, EventMsg, ItemId, ItemPassthrough, LineMetadata,
    ResponseId, ResponseItem, Role, RolloutItem, TurnId, TurnItem, WindowId, WorldState,
};
use uuid::Uuid;

use super::{plan, retained};
use crate::context::world::ContextMessage;
use crate::error::RecordError;
use crate::skills;
use crate::thread::session::Session;
use crate::turn::begin;
use crate::turn::input::Summary;

/// Replaces the history. What the person sees of it is one item.
pub(crate) async fn record(
    session: &mut Session,
    turn_id: TurnId,
    summary: Summary,
    response_id: ResponseId,
) -> Result<(), RecordError> {
    let catalog = skills::catalog(session).await;
    let (world, _) = begin::world(session, &catalog);
    let update = world.update(None);
    let mut replacement = Vec::new();
    for message in update.messages {
        replacement.push(context_item(session, turn_id, message)?);
    }
    replacement.extend(plan::kept(session.history.items()));
    let message = match summary {
        Summary::Text(text) => {
            let message = plan::summary_message(&text);
            let part = [("compaction.summary", ContentPart::input_text(message.clone()))];
            replacement.push(session.client_message(turn_id, Role::User, &part)?);
            message
        }
        Summary::Item(item) => {
            replacement.push(item);
            String::new()
        }
    };
    let first = session.history_sequence + 1;
    let metadata: Vec<LineMetadata> =
        (first..).zip(&replacement).map(|(at, _)| LineMetadata::at(at, session.sampled_through)).collect();
    let previous = session.request_facts.template.context_window_id;
    let window_id = WindowId::new_v7();
    let number = session.window.number + 1;
    let first_window = session.window.first_window_id.unwrap_or(previous);
    let compacted = Compacted {
        message,
        replacement_history: replacement.clone(),
        replacement_history_metadata: metadata,
        retained_context: retained::context(session.history.items(), session.window.number),
        window_number: number,
        window_id,
        first_window_id: first_window,
        previous_window_id: previous,
        compaction_response_id: Some(response_id),
        latest_token_usage_record: session.usage.last_record.clone(),
    };
    session.recorder.record_all(&[
        RolloutItem::Compacted(Box::new(compacted)),
        RolloutItem::WorldState(WorldState { full: true, state: update.known.clone() }),
        RolloutItem::TurnContext(Box::new(begin::turn_context(session, turn_id))),
        RolloutItem::EventMsg(Box::new(EventMsg::ThreadSettingsApplied {
            thread_id: session.thread_id,
            thread_settings: begin::thread_settings(session),
        })),
    ])?;
    session.history_sequence += replacement.len() as u64;
    session.history.replace(replacement);
    session.known_world = Some(update.known);
    session.window.number = number;
    session.window.window_id = Some(window_id);
    session.window.first_window_id = Some(first_window);
    session.request_facts.template.context_window_id = window_id;
    let id = ItemId::new(Uuid::now_v7().to_string());
    let item = TurnItem::ContextCompaction(ContextCompactionItem { id });
    session.record_item(turn_id, &item)?;
    session.emitter.emit(Event::ItemCompleted { turn_id, item }).await;
    Ok(())
}

/// Context made anew carries no creation time (`responses-wire.md §1.3`).
fn context_item(
    session: &Session,
    turn_id: TurnId,
    message: ContextMessage,
) -> Result<ResponseItem, RecordError> {
    let (kinds, parts): (Vec<String>, Vec<(&str, ContentPart)>) = message
        .parts
        .into_iter()
        .map(|(kind, text)| (kind.to_owned(), (kind, ContentPart::InputText { text })))
        .unzip();
    let item = session.client_message(turn_id, message.role, &parts)?;
    Ok(item.with_passthrough(&ItemPassthrough {
        turn_id: Some(turn_id),
        create_time: None,
        content_item_kinds: kinds,
    }))
}
