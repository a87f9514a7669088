//! Going back: the conversation is cut before a message, on disk first, then in memory (`tui.md §8`).
//! Invariant: the former file stays as it is; the next request holds nothing that was cut; files are not touched.

use codex_protocol::{Event, ItemId, TurnId};
use codex_responses::HistoryInitialization;
use codex_rollout::{LoadedThread, ThreadStore};

use super::aside::refused;
use super::clock::Moment;
use super::session::Session;
use crate::history::History;
use crate::restore;

/// Goes back to before a message of the person.
pub(crate) async fn rewind(session: &mut Session, before: ItemId) {
    let store = ThreadStore::new(&session.config.codex_home);
    match session.recorder.rewind(&store, &before) {
        Some(Ok((loaded, input))) => {
            let mid_turn = loaded.mid_turn;
            restore_to(session, loaded);
            if mid_turn && let Err(error) = session.record_aborted(TurnId::new_v7(), Moment::now()) {
                tracing::warn!(%error, "the cut turn has no end on disk");
            }
            session.emitter.emit(Event::Rewound { before, input }).await;
        }
        Some(Err(error)) => {
            let way_out = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
            refused(session, format!("Not gone back: {error}{way_out}.")).await;
        }
        None => refused(session, "A thread that is not saved cannot go back.".to_owned()).await,
    }
}

/// The state as it would be after resuming the shorter thread.
fn restore_to(session: &mut Session, loaded: LoadedThread) {
    session.usage.thread = loaded.thread_usage;
    session.usage.last = loaded.last_usage;
    session.usage.last_record = None;
    session.known_world = loaded.world_state;
    session.history_sequence = loaded.last_history_sequence;
    session.sampled_through = loaded.last_history_sequence;
    session.settings_recorded = false;
    session.items_started.clear();
    let window_id = loaded.window.window_id.or(session.window.window_id);
    session.window = codex_rollout::WindowState { window_id, ..loaded.window };
    let template = &mut session.request_facts.template;
    template.window_number = session.window.number;
    if let Some(window_id) = window_id {
        template.context_window_id = window_id;
    }
    template.history_initialization = HistoryInitialization::ColdResume;
    session.history = History::restored(restore::sendable(loaded.history));
}
