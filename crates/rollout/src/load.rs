//! Reads a thread from its end (`rollouts.md §6`, §8): its own file, then the files its forks came from.
//!
//! Invariant: what is read is the first line and everything after the last compaction, however large the file; an
//! earlier file of a fork is opened only when the reading gets that far. Reads only.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use codex_protocol::{HistoryBase, HistoryMode, SessionMeta, ThreadId};
use codex_stdx::{LineText, ReverseLine, ReverseLines};

use crate::find::find_part;
use crate::layout::Layout;
use crate::line::{Envelope, trim};
use crate::tail::{More, Tail, TailLine, Want};
use crate::unpack::{open_plain, open_start};
use crate::writer::FileEnd;
use crate::{LoadedThread, RolloutError, SkipReason, ThreadFile, WindowState};

/// A first line longer than this is no first line.
const META_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A loaded thread and how its file ends.
pub(crate) struct Loaded {
    pub(crate) thread: LoadedThread,
    /// How the whole file ends.
    pub(crate) end: FileEnd,
    /// Offset behind the last good line.
    pub(crate) good_end: u64,
    /// How the file would end if it were cut there.
    pub(crate) good_end_is: FileEnd,
}

/// Reads `file` as it is now.
pub(crate) fn load(layout: &Layout, file: &ThreadFile) -> Result<Loaded, RolloutError> {
    let mut segment = Segment::open(file, None)?;
    let size = segment.end;
    let meta = segment.meta.clone();
    let mode = meta.history_mode.unwrap_or(HistoryMode::Legacy);
    let mut tail = Tail::new();
    let mut seen = HashSet::from([file.part]);
    let mut bytes_read = 0;
    let mut last_bytes = None;
    loop {
        let more = segment.read(&mut tail, &mut last_bytes)?;
        if mode == HistoryMode::Paginated && tail.ends_unnumbered() {
            return Err(RolloutError::UnnumberedTail { path: file.path.clone() });
        }
        bytes_read += segment.bytes_read();
        let (More::Yes, Some(base)) = (more, segment.meta.history_base) else { break };
        let child = segment.meta.id;
        if !seen.insert(base.thread_id) {
            return Err(RolloutError::SourceCycle { id: base.thread_id });
        }
        let Some(source) = find_part(layout, base.thread_id) else {
            return Err(RolloutError::MissingSource { id: child, origin: base.thread_id });
        };
        segment = Segment::open(&source, Some(base))?;
        segment.report_short(&mut tail);
    }
    let root_window = segment.meta.context_window.map(|window| window.window_id);
    let collected = tail.finish(mode, size);
    let end = if last_bytes.is_none_or(|last| last.terminated) { FileEnd::Whole } else { FileEnd::Torn };
    let good_end_is = if collected.good_end == size { end } else { FileEnd::Whole };
    let thread = LoadedThread {
        mode,
        path: file.path.clone(),
        history: collected.history,
        turn_context: collected.turn_context,
        world_state: collected.world_state,
        thread_usage: collected.thread_usage,
        last_usage: collected.last_usage,
        window: collected.window.unwrap_or(WindowState {
            number: 0,
            window_id: root_window,
            first_window_id: root_window,
        }),
        next_ordinal: match mode {
            HistoryMode::Legacy => 0,
            HistoryMode::Paginated => collected.last_ordinal.map_or(0, |ordinal| ordinal.saturating_add(1)),
        },
        last_history_sequence: collected.last_history_sequence,
        mid_turn: collected.mid_turn,
        skipped: collected.skipped,
        skipped_total: collected.skipped_total,
        size,
        bytes_read,
        meta,
    };
    Ok(Loaded { thread, end, good_end: collected.good_end, good_end_is })
}

/// The first line of a thread's file; nothing else is read or unpacked.
pub(crate) fn read_meta(file: &ThreadFile) -> Result<SessionMeta, RolloutError> {
    Ok(parse_meta(open_start(file)?, &file.path)?.0)
}

/// One file of a chain of forks, up to where it counts.
pub(crate) struct Segment {
    id: ThreadId,
    part: ThreadId,
    path: PathBuf,
    pub(crate) meta: SessionMeta,
    meta_bytes: u64,
    lines: ReverseLines<File>,
    end: u64,
    /// The file ends before the fork's share of it does.
    short: bool,
}

/// The last line of the file the reading began with.
#[derive(Debug, Clone, Copy)]
struct LastLine {
    terminated: bool,
}

impl Segment {
    pub(crate) fn open(file: &ThreadFile, base: Option<HistoryBase>) -> Result<Self, RolloutError> {
        let path = file.path.clone();
        let mut opened = open_plain(file)?;
        let size = opened.metadata().map_err(RolloutError::read(&path))?.len();
        let (meta, meta_bytes) = parse_meta(&mut opened, &path)?;
        let (end, short) = match base {
            Some(base) => (size.min(base.end_byte_offset), size < base.end_byte_offset),
            None => (size, false),
        };
        Ok(Self {
            id: file.id,
            part: file.part,
            path,
            meta,
            meta_bytes,
            lines: ReverseLines::new(opened, end),
            end,
            short,
        })
    }

    /// Feeds lines, last first, until the tail has enough or the file is through.
    fn read(&mut self, tail: &mut Tail, last: &mut Option<LastLine>) -> Result<More, RolloutError> {
        while let Some(line) = self.lines.next_line().map_err(RolloutError::read(&self.path))? {
            let ReverseLine { start, end, terminated, text } = line;
            last.get_or_insert(LastLine { terminated });
            let next = end + u64::from(terminated);
            let path = &self.path;
            let more = match text {
                LineText::Whole(text) => tail.take(&TailLine { path, start, next, terminated, text }),
                LineText::Head(head) => match tail.glance(head) {
                    Want::Nothing => tail.pass(next - start),
                    Want::Whole => {
                        let text = self.lines.read_span(start, end).map_err(RolloutError::read(path))?;
                        tail.take(&TailLine { path, start, next, terminated, text: &text })
                    }
                },
            };
            if more == More::No {
                return Ok(More::No);
            }
        }
        Ok(More::Yes)
    }

    /// The next line towards the start that `wanted` keeps, judged by its first bytes.
    pub(crate) fn earlier_line(
        &mut self,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<Vec<u8>>, RolloutError> {
        while let Some(line) = self.lines.next_line().map_err(RolloutError::read(&self.path))? {
            let (start, end) = (line.start, line.end);
            match line.text {
                LineText::Whole(text) if wanted(text) => return Ok(Some(text.to_vec())),
                LineText::Head(head) if wanted(head) => {
                    let text = self.lines.read_span(start, end).map_err(RolloutError::read(&self.path))?;
                    return Ok(Some(text));
                }
                LineText::Whole(_) | LineText::Head(_) => {}
            }
        }
        Ok(None)
    }

    /// Its own id, by which later files refer to it.
    pub(crate) fn part(&self) -> ThreadId {
        self.part
    }

    /// The next line towards the start, with the offset it begins at.
    pub(crate) fn previous_line(&mut self) -> Result<Option<(u64, Vec<u8>)>, RolloutError> {
        let Some(line) = self.lines.next_line().map_err(RolloutError::read(&self.path))? else {
            return Ok(None);
        };
        let (start, end) = (line.start, line.end);
        let text = match line.text {
            LineText::Whole(text) => text.to_vec(),
            LineText::Head(_) => self.lines.read_span(start, end).map_err(RolloutError::read(&self.path))?,
        };
        Ok(Some((start, text)))
    }

    fn report_short(&self, tail: &mut Tail) {
        if self.short {
            let line =
                TailLine { path: &self.path, start: self.end, next: self.end, terminated: true, text: b"" };
            tail.skip(&line, SkipReason::SourceShort { origin: self.id });
        }
    }

    fn bytes_read(&self) -> u64 {
        self.meta_bytes + self.lines.bytes_read()
    }
}

fn parse_meta(reader: impl Read, path: &Path) -> Result<(SessionMeta, u64), RolloutError> {
    let mut text = Vec::new();
    BufReader::new(reader)
        .take(META_BYTES_MAX)
        .read_until(b'\n', &mut text)
        .map_err(RolloutError::read(path))?;
    if text.is_empty() {
        return Err(RolloutError::Empty { path: path.to_owned() });
    }
    let refuse = |reason: String| RolloutError::NotAThread { path: path.to_owned(), reason };
    let line = trim(text.strip_suffix(b"\n").unwrap_or(&text));
    let line =
        std::str::from_utf8(line).map_err(|_| refuse("the first line is not valid UTF-8".to_owned()))?;
    let envelope = Envelope::parse(line)
        .map_err(|error| refuse(format!("the first line is not a `session_meta` line ({error})")))?;
    if envelope.kind != "session_meta" {
        return Err(refuse(format!("the first line is a `{}`, not a `session_meta`", envelope.kind)));
    }
    let meta = serde_json::from_str(envelope.payload.get())
        .map_err(|error| refuse(format!("its `session_meta` cannot be read ({error})")))?;
    Ok((meta, text.len() as u64))
}
