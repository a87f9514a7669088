//! Where things lie below the home folder and how thread files are named (`rollouts.md §1`).
//! Invariant: names and folders only; opens nothing.

use std::path::{Path, PathBuf};

use codex_protocol::ThreadId;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::Packing;

const ID_LEN: usize = 36;

/// The folders and files of saved threads.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    home: PathBuf,
}

impl Layout {
    pub(crate) fn new(home: PathBuf) -> Self {
        Self { home }
    }

    pub(crate) fn sessions(&self) -> PathBuf {
        self.home.join("sessions")
    }

    pub(crate) fn archived(&self) -> PathBuf {
        self.home.join("archived_sessions")
    }

    pub(crate) fn locks(&self) -> PathBuf {
        self.home.join("thread-writer-locks")
    }

    pub(crate) fn index(&self) -> PathBuf {
        self.home.join("session_index.jsonl")
    }

    pub(crate) fn index_lock(&self) -> PathBuf {
        self.home.join("session_index.jsonl.lock")
    }

    /// The file of a thread made at `created`, with the folder and the stamp in local time.
    pub(crate) fn rollout(&self, id: ThreadId, created: Timestamp, zone: &TimeZone) -> PathBuf {
        let local = created.to_zoned(zone.clone());
        let stamp = local.strftime("%Y-%m-%dT%H-%M-%S");
        self.day(created, zone).join(format!("rollout-{stamp}-{id}.jsonl"))
    }

    /// The file in which a thread goes on after going back (`tui.md §8`).
    pub(crate) fn later_part(
        &self,
        id: ThreadId,
        part: ThreadId,
        created: Timestamp,
        zone: &TimeZone,
    ) -> PathBuf {
        let stamp = created.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H-%M-%S").to_string();
        self.day(created, zone).join(format!("rollout-{stamp}-{id}_{part}.jsonl"))
    }

    /// The date folder of an instant.
    pub(crate) fn day(&self, at: Timestamp, zone: &TimeZone) -> PathBuf {
        self.sessions().join(at.to_zoned(zone.clone()).strftime("%Y/%m/%d").to_string())
    }

    /// Where a file with this name belongs when it is not archived: its date folder, or the root if the name has
    /// no date.
    pub(crate) fn home_of(&self, file_name: &str) -> PathBuf {
        let date = file_name.strip_prefix("rollout-").and_then(|rest| rest.get(..10)).filter(|date| {
            date.bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
        });
        match date {
            Some(date) => self.sessions().join(date.replace('-', "/")).join(file_name),
            None => self.sessions().join(file_name),
        }
    }
}

/// The thread, the file's own id and the form a file's name stands for; `None` for other files.
pub(crate) fn parse_file_name(name: &str) -> Option<(ThreadId, ThreadId, Packing)> {
    let rest = name.strip_prefix("rollout-")?;
    let (stem, packing) = match rest.strip_suffix(".jsonl") {
        Some(stem) => (stem, Packing::Plain),
        None => (rest.strip_suffix(".jsonl.zst")?, Packing::Zstd),
    };
    let last_id = |text: &str| -> Option<(usize, ThreadId)> {
        let at = text.len().checked_sub(ID_LEN)?;
        Some((at, text.get(at..)?.parse().ok()?))
    };
    let (at, part) = last_id(stem)?;
    let before = stem.get(..at)?;
    let (id, before) = match before.strip_suffix('_') {
        Some(first) => last_id(first).map(|(at, id)| (id, &first[..at]))?,
        None => (part, before),
    };
    before.ends_with('-').then_some((id, part, packing))
}

/// When a thread was made, from its UUIDv7; `None` for other UUIDs.
pub(crate) fn created_at(id: ThreadId) -> Option<Timestamp> {
    let (seconds, nanos) = id.uuid().get_timestamp()?.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
}

/// The plain sibling of a packed file.
pub(crate) fn plain_path(packed: &Path) -> PathBuf {
    packed.with_extension("")
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const ID: &str = "01a1fcb1-7956-71e3-9cb6-b65e57be8259";

    fn id() -> ThreadId {
        ID.parse().expect("id")
    }

    // covers: rollouts 1
    #[test]
    fn file_and_folder_are_named_in_local_time() {
        let layout = Layout::new("/home/a/.codex".into());
        let created: Timestamp = "2026-11-20T22:30:15.9Z".parse().expect("time");
        let east = TimeZone::fixed(jiff::tz::offset(3));
        assert_eq!(
            layout.rollout(id(), created, &east),
            PathBuf::from(format!(
                "/home/a/.codex/sessions/2026/11/21/rollout-2026-11-21T01-30-15-{ID}.jsonl"
            ))
        );
    }

    #[test]
    fn only_rollout_names_are_thread_files() {
        let name = |text: &str| parse_file_name(text);
        assert_eq!(
            name(&format!("rollout-2026-11-21T06-10-38-{ID}.jsonl")),
            Some((id(), id(), Packing::Plain))
        );
        assert_eq!(name(&format!("rollout-x-{ID}.jsonl.zst")), Some((id(), id(), Packing::Zstd)));
        let part: ThreadId = "01a1fe1b-b647-7083-ae1f-1c816beb3479".parse().expect("id");
        assert_eq!(name(&format!("rollout-x-{ID}_{part}.jsonl")), Some((id(), part, Packing::Plain)));
        assert_eq!(name(&format!("rollout-x-y_{part}.jsonl")), None);
        assert_eq!(name(&format!("foo-{ID}.jsonl")), None);
        assert_eq!(name(&format!("rollout-{ID}.jsonl")), None);
        assert_eq!(name(&format!("rollout-x{ID}.jsonl")), None);
        assert_eq!(name("rollout-äöü-é.jsonl"), None);
        assert_eq!(name(&format!("rollout-2026-{ID}.jsonl.tmp")), None);
    }

    #[test]
    fn an_archived_file_goes_back_to_the_folder_its_name_tells() {
        let layout = Layout::new("/h".into());
        let name = format!("rollout-2026-11-21T06-10-38-{ID}.jsonl");
        assert_eq!(layout.home_of(&name), PathBuf::from(format!("/h/sessions/2026/11/21/{name}")));
        assert_eq!(layout.home_of("rollout-ünused-x"), PathBuf::from("/h/sessions/rollout-ünused-x"));
    }

    #[test]
    fn a_v7_id_tells_when_it_was_made() {
        assert_eq!(created_at(id()).map(|at| at.as_millisecond()), Some(0x01a1_fcb1_7956));
        assert_eq!(created_at("4f1b6b0e-52e4-4f0e-9c3c-0123456789ab".parse().expect("id")), None);
    }
}
