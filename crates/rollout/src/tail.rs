//! Collects what the next request needs from lines that arrive last first, and says when it has enough.
//!
//! Invariant: a line before the last compaction with a replacement history is looked at only for settings that
//! were not met after it, and only within [`LOOKBACK_BYTES_MAX`]. Pure over lines; knows no files.

use std::path::Path;

use codex_protocol::{
    ContentPart, HistoryMode, ItemKind, ResponseItem, Role, TokenUsage, TurnContext, WorldState,
};
use serde_json::Value;

use crate::history::{Step, is_persons_message, replay};
use crate::line::{Class, Envelope, LineHead, quick_head, trim};
use crate::payload::{Compacted, RolledBack, Sequence, TokenCount, UsageRecord, merge};
use crate::{SkipReason, Skipped, WindowState};

/// Lines that were left out are told one by one up to here, then only counted.
const SKIPPED_MAX: usize = 64;
/// How far before the last compaction settings are looked for.
pub(crate) const LOOKBACK_BYTES_MAX: u64 = 256 * 1024;

/// One line, as the file reader hands it over.
pub(crate) struct TailLine<'a> {
    pub(crate) path: &'a Path,
    pub(crate) start: u64,
    /// Offset behind its newline, or behind its last byte if it has none.
    pub(crate) next: u64,
    pub(crate) terminated: bool,
    pub(crate) text: &'a [u8],
}

/// What to do with a line of which only the head was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    Whole,
    Nothing,
}

/// Whether earlier lines are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum More {
    Yes,
    No,
}

/// Which items still matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    All,
    /// Before a compaction of an old file.
    PersonsMessages,
    /// Before a replacement history; the offset budget that is left for settings.
    SettingsOnly,
}

/// The state of collecting; see the module.
pub(crate) struct Tail {
    phase: Phase,
    /// Last first.
    steps: Vec<Step>,
    /// The last good line: its ordinal, and the offset behind it.
    last_good: Option<(Option<u64>, u64)>,
    turn_context: Option<Option<TurnContext>>,
    world: World,
    usage: Option<(TokenUsage, Option<TokenUsage>)>,
    window: Option<WindowState>,
    compactions: u64,
    /// The last known place in the history and the items met after it.
    sequence: Option<u64>,
    items_after_sequence: u64,
    mid_turn: Option<bool>,
    lookback_left: u64,
    skipped: Vec<Skipped>,
    skipped_total: u64,
}

enum World {
    /// Patches met so far, last first.
    Patches(Vec<Value>),
    Known(Value),
    /// The model was told nothing that still counts.
    Void,
}

/// All that was collected.
pub(crate) struct Collected {
    pub(crate) history: Vec<ResponseItem>,
    pub(crate) last_ordinal: Option<u64>,
    /// Offset behind the last good line of the file the reading began with.
    pub(crate) good_end: u64,
    pub(crate) turn_context: Option<TurnContext>,
    pub(crate) world_state: Option<Value>,
    pub(crate) thread_usage: TokenUsage,
    pub(crate) last_usage: Option<TokenUsage>,
    pub(crate) window: Option<WindowState>,
    pub(crate) last_history_sequence: u64,
    pub(crate) mid_turn: bool,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) skipped_total: u64,
}

impl Tail {
    pub(crate) fn new() -> Self {
        Self {
            phase: Phase::All,
            steps: Vec::new(),
            last_good: None,
            turn_context: None,
            world: World::Patches(Vec::new()),
            usage: None,
            window: None,
            compactions: 0,
            sequence: None,
            items_after_sequence: 0,
            mid_turn: None,
            lookback_left: LOOKBACK_BYTES_MAX,
            skipped: Vec::new(),
            skipped_total: 0,
        }
    }

    /// Whether a long line must be read whole, judged by its first bytes.
    pub(crate) fn glance(&mut self, head: &[u8]) -> Want {
        match quick_head(head) {
            Some(head) if self.last_good.is_some() && !self.needs(head.class) => {
                self.note_turn(head);
                Want::Nothing
            }
            _ => Want::Whole,
        }
    }

    /// Counts a line that is not needed against the budget.
    pub(crate) fn pass(&mut self, bytes: u64) -> More {
        if self.phase == Phase::SettingsOnly {
            self.lookback_left = self.lookback_left.saturating_sub(bytes);
        }
        self.more()
    }

    /// Takes one line.
    pub(crate) fn take(&mut self, line: &TailLine<'_>) -> More {
        let text = trim(line.text);
        if !text.is_empty()
            && let Err(reason) = self.take_text(line, text)
        {
            let torn =
                !line.terminated && matches!(reason, SkipReason::NotALine(_) | SkipReason::InvalidUtf8);
            self.skip(line, if torn { SkipReason::Torn } else { reason });
        }
        self.pass(line.next - line.start)
    }

    pub(crate) fn skip(&mut self, line: &TailLine<'_>, reason: SkipReason) {
        self.skipped_total += 1;
        if self.skipped.len() < SKIPPED_MAX {
            self.skipped.push(Skipped { path: line.path.to_owned(), offset: line.start, reason });
        }
    }

    /// Whether the last good line has no ordinal.
    pub(crate) fn ends_unnumbered(&self) -> bool {
        matches!(self.last_good, Some((None, _)))
    }

    fn take_text(&mut self, line: &TailLine<'_>, text: &[u8]) -> Result<(), SkipReason> {
        if let Some(head) = quick_head(text)
            && self.last_good.is_some()
            && !self.needs(head.class)
            && text.ends_with(b"}")
        {
            self.note_turn(head);
            return Ok(());
        }
        let text = std::str::from_utf8(text).map_err(|_| SkipReason::InvalidUtf8)?;
        let envelope = Envelope::parse(text).map_err(|error| SkipReason::NotALine(error.to_string()))?;
        let head = envelope.head();
        self.last_good.get_or_insert((head.ordinal, line.next));
        if !self.needs(head.class) {
            self.note_turn(head);
            return Ok(());
        }
        let payload = envelope.payload.get();
        match head.class {
            Class::ResponseItem => self.take_item(&envelope)?,
            Class::Compacted => self.take_compacted(line, payload)?,
            Class::TurnContext => {
                let parsed = parse("turn_context", payload);
                self.turn_context = Some(parsed.as_ref().ok().cloned());
                parsed?;
            }
            Class::WorldState => self.take_world(parse("world_state", payload)?),
            Class::TokenUsage => {
                let record: UsageRecord = parse("token_usage_record", payload)?;
                self.usage = Some((record.thread_token_usage, record.usage));
            }
            Class::TokenCount => {
                let count: TokenCount = parse("event_msg", payload)?;
                self.usage = count.info.map(|info| (info.total_token_usage, info.last_token_usage));
            }
            Class::RolledBack => {
                let rolled_back: RolledBack = parse("event_msg", payload)?;
                self.steps.push(Step::RollBack(rolled_back.num_turns));
                // What was told in the turns taken back is no longer known to the model.
                self.void_world();
            }
            Class::Unknown => return Err(SkipReason::UnknownType(envelope.kind.into_owned())),
            Class::TurnStarted | Class::TurnEnded | Class::Other => {}
        }
        Ok(())
    }

    /// Whether a line of this class must be parsed.
    fn needs(&self, class: Class) -> bool {
        match class {
            Class::ResponseItem | Class::Compacted | Class::RolledBack => self.phase != Phase::SettingsOnly,
            Class::TurnContext => self.turn_context.is_none(),
            Class::WorldState => matches!(self.world, World::Patches(_)),
            Class::TokenUsage | Class::TokenCount => self.usage.is_none(),
            Class::TurnStarted | Class::TurnEnded | Class::Other => false,
            Class::Unknown => true,
        }
    }

    fn note_turn(&mut self, head: LineHead) {
        match head.class {
            Class::TurnStarted => _ = self.mid_turn.get_or_insert(true),
            Class::TurnEnded => _ = self.mid_turn.get_or_insert(false),
            _ => {}
        }
    }

    fn more(&self) -> More {
        let known = self.turn_context.is_some() && self.usage.is_some() && self.mid_turn.is_some();
        match self.phase {
            Phase::SettingsOnly if known || self.lookback_left == 0 => More::No,
            _ => More::Yes,
        }
    }

    fn take_item(&mut self, envelope: &Envelope<'_>) -> Result<(), SkipReason> {
        let sequence = envelope
            .metadata
            .and_then(|metadata| serde_json::from_str::<Sequence>(metadata.get()).ok())
            .map(|metadata| metadata.history_sequence);
        self.note_sequence(sequence);
        let item = ResponseItem::from_raw(envelope.payload)
            .map_err(|error| SkipReason::BadPayload { kind: "response_item", error: error.to_string() })?;
        if let ItemKind::Unknown(kind) = item.kind() {
            return Err(SkipReason::UnknownItem(kind.clone()));
        }
        if self.phase == Phase::All || is_persons_message(&item) {
            self.steps.push(Step::Item(item));
        }
        Ok(())
    }

    fn note_sequence(&mut self, sequence: Option<u64>) {
        if self.sequence.is_none() {
            self.sequence = sequence;
            self.items_after_sequence += u64::from(sequence.is_none());
        }
    }

    fn take_compacted(&mut self, line: &TailLine<'_>, payload: &str) -> Result<(), SkipReason> {
        let compacted: Compacted<'_> = parse("compacted", payload)?;
        self.compactions += 1;
        if self.window.is_none() {
            self.window = compacted.window_number.map(|number| WindowState {
                number,
                window_id: compacted.window_id(),
                first_window_id: compacted.first_window_id(),
            });
        }
        if let (None, Some(record)) = (&self.usage, &compacted.latest_token_usage_record) {
            self.usage = Some((record.thread_token_usage, record.usage));
        }
        // A state told before a compaction is told again after it.
        self.void_world();
        let Some(raw_items) = &compacted.replacement_history else {
            let words = ContentPart::input_text(compacted.message.as_deref().unwrap_or_default());
            let summary = ResponseItem::message(None, Role::User, &[words])
                .map_err(|error| SkipReason::BadPayload { kind: "compacted", error: error.to_string() })?;
            self.steps.push(Step::Summarise(summary));
            self.phase = Phase::PersonsMessages;
            return Ok(());
        };
        let mut items = Vec::with_capacity(raw_items.len());
        for raw in raw_items {
            match ResponseItem::from_raw(raw) {
                Ok(item) => match item.kind() {
                    ItemKind::Unknown(kind) => self.skip(line, SkipReason::UnknownItem(kind.clone())),
                    _ => items.push(item),
                },
                Err(error) => {
                    let error = error.to_string();
                    self.skip(line, SkipReason::BadPayload { kind: "compacted", error });
                }
            }
        }
        self.note_sequence(compacted.history_sequence().or(Some(items.len() as u64)));
        self.steps.push(Step::Replace(items));
        self.phase = Phase::SettingsOnly;
        Ok(())
    }

    fn take_world(&mut self, world: WorldState) {
        let World::Patches(patches) = &mut self.world else { return };
        if !world.full {
            patches.push(world.state);
            return;
        }
        let mut state = world.state;
        for patch in patches.drain(..).rev() {
            merge(&mut state, patch);
        }
        self.world = World::Known(state);
    }

    fn void_world(&mut self) {
        if matches!(self.world, World::Patches(_)) {
            self.world = World::Void;
        }
    }

    /// Puts everything together; `fallback_end` is the end of a file without a good line.
    pub(crate) fn finish(self, mode: HistoryMode, fallback_end: u64) -> Collected {
        let (last_ordinal, good_end) = self.last_good.unwrap_or((None, fallback_end));
        let history = replay(self.steps.into_iter().rev());
        let (thread_usage, last_usage) = self.usage.unwrap_or_default();
        let window = self.window.or_else(|| {
            // Old compactions do not say which window they open.
            let number = self.compactions;
            (number > 0 && mode == HistoryMode::Legacy)
                .then_some(WindowState { number, ..WindowState::default() })
        });
        Collected {
            history,
            last_ordinal,
            good_end,
            turn_context: self.turn_context.flatten(),
            world_state: match self.world {
                World::Known(state) => Some(state),
                World::Patches(_) | World::Void => None,
            },
            thread_usage,
            last_usage,
            window,
            last_history_sequence: self.sequence.unwrap_or(0) + self.items_after_sequence,
            mid_turn: self.mid_turn.unwrap_or(false),
            skipped: self.skipped,
            skipped_total: self.skipped_total,
        }
    }
}

fn parse<'a, T: serde::Deserialize<'a>>(kind: &'static str, payload: &'a str) -> Result<T, SkipReason> {
    serde_json::from_str(payload).map_err(|error| SkipReason::BadPayload { kind, error: error.to_string() })
}
