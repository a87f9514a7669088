//! Where a thread is cut to go back before a message of the person (`tui.md §8`): before the turn that began with it, or,
//! for a message added to a running turn, before the message itself. Reads only.

use std::collections::HashSet;

use codex_protocol::{HistoryBase, ItemId, TurnId, TurnItem, UserInput};
use serde::Deserialize;

use crate::find::find_part;
use crate::layout::Layout;
use crate::line::{Class, Envelope, trim};
use crate::load::Segment;
use crate::transcript::visible_item;
use crate::{RolloutError, ThreadFile};

/// A place to cut.
#[derive(Debug)]
pub(crate) struct Cut {
    /// Everything before.
    pub(crate) base: HistoryBase,
    /// What the message behind the cut said.
    pub(crate) input: Vec<UserInput>,
}

/// The message, once it is found.
struct Found {
    turn_id: Option<TurnId>,
    input: Vec<UserInput>,
    /// Where to cut when the turn began with another message.
    own: HistoryBase,
    /// The message in the model's form stands right before and goes with it.
    wants_own_item: bool,
    added: bool,
}

/// Finds the place, from the end of the thread.
pub(crate) fn cut_before(layout: &Layout, file: &ThreadFile, before: &ItemId) -> Result<Cut, RolloutError> {
    let mut segment = Segment::open(file, None)?;
    let mut seen = HashSet::from([file.part]);
    let mut found: Option<Found> = None;
    loop {
        while let Some((start, line)) = segment.previous_line()? {
            let Some(line) = Line::read(&line, start, &segment) else { continue };
            match &mut found {
                None => found = line.message(before),
                Some(found) => {
                    if line.begins(found.turn_id) {
                        let base = if found.added { found.own } else { line.base };
                        return Ok(Cut { base, input: std::mem::take(&mut found.input) });
                    }
                    found.before(&line);
                }
            }
        }
        let Some(base) = segment.meta.history_base else { break };
        if !seen.insert(base.thread_id) {
            return Err(RolloutError::SourceCycle { id: base.thread_id });
        }
        let Some(source) = find_part(layout, base.thread_id) else {
            return Err(RolloutError::MissingSource { id: file.id, origin: base.thread_id });
        };
        segment = Segment::open(&source, Some(base))?;
    }
    match found {
        // Its turn has no beginning on disk: cut at the message.
        Some(found) => Ok(Cut { base: found.own, input: found.input }),
        None => Err(RolloutError::NoSuchMessage { id: file.id, item: before.to_string() }),
    }
}

impl Found {
    /// A line that stands earlier in the same thread.
    fn before(&mut self, line: &Line) {
        if std::mem::take(&mut self.wants_own_item) && line.class == Class::ResponseItem {
            self.own = line.base;
        }
        let same_turn = line.turn_id.is_some() && line.turn_id == self.turn_id;
        self.added |= same_turn && matches!(line.item, Some(TurnItem::UserMessage(_)));
    }
}

/// What matters of one line.
struct Line {
    /// Everything before it.
    base: HistoryBase,
    class: Class,
    turn_id: Option<TurnId>,
    item: Option<TurnItem>,
}

impl Line {
    /// `None` for lines that cannot be read or have no number: they belong to what follows them.
    fn read(text: &[u8], start: u64, segment: &Segment) -> Option<Self> {
        #[derive(Deserialize)]
        struct Turn {
            turn_id: Option<TurnId>,
        }
        let envelope = Envelope::parse(std::str::from_utf8(trim(text)).ok()?).ok()?;
        let class = envelope.head().class;
        let ordinal = envelope.ordinal?;
        let turn_id = match class {
            Class::TurnStarted => serde_json::from_str::<Turn>(envelope.payload.get()).ok()?.turn_id,
            _ => None,
        };
        let shown = visible_item(text);
        let base =
            HistoryBase { thread_id: segment.part(), end_ordinal_exclusive: ordinal, end_byte_offset: start };
        let turn_id = turn_id.or(shown.as_ref().and_then(|shown| shown.turn_id));
        Some(Self { base, class, turn_id, item: shown.map(|shown| shown.item) })
    }

    fn message(self, wanted: &ItemId) -> Option<Found> {
        let Self { base: own, turn_id, item: Some(TurnItem::UserMessage(message)), .. } = self else {
            return None;
        };
        let input = message.content;
        (message.id == *wanted).then_some(Found { turn_id, input, own, wants_own_item: true, added: false })
    }

    fn begins(&self, turn_id: Option<TurnId>) -> bool {
        self.class == Class::TurnStarted && (turn_id.is_none() || self.turn_id == turn_id)
    }
}
