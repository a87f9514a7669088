//! What was typed into the terminal UI, across threads: `history.jsonl` (`rollouts.md §1`).
//! Invariant: only its owner can read it; one line a prompt, oldest first; processes that write at once lose nothing;
//! reading costs what is read, not what the file weighs.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use codex_protocol::ThreadId;
use codex_secrets::KnownSecrets;
use codex_stdx::{LineText, ReverseLines, atomic_write, make_private_folder};
use serde::{Deserialize, Serialize};

use crate::lock::{still_named, wait_for};

const FILE_NAME: &str = "history.jsonl";
/// What a full file is cut down to, in percent of its limit, so that not every prompt cuts.
const KEPT_PERCENT: u64 = 80;

/// One prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// The thread it was said in.
    pub session_id: ThreadId,
    /// Unix seconds.
    pub ts: i64,
    /// The text.
    pub text: String,
}

/// The prompts of one home folder.
#[derive(Debug, Clone)]
pub struct PromptLog {
    path: PathBuf,
    bytes_max: Option<u64>,
    secrets: KnownSecrets,
}

impl PromptLog {
    /// The log below this folder, which need not exist; at most `bytes_max` bytes of it are kept.
    pub fn new(codex_home: &Path, bytes_max: Option<u64>) -> Self {
        Self { path: codex_home.join(FILE_NAME), bytes_max, secrets: KnownSecrets::none() }
    }

    /// The same, without these secrets in what is added.
    #[must_use]
    pub fn masking(self, secrets: KnownSecrets) -> Self {
        Self { secrets, ..self }
    }

    /// Adds a prompt; the oldest go when there are too many. Blocking and short.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&self, prompt: &Prompt) -> io::Result<()> {
        let prompt = Prompt { text: self.secrets.mask(&prompt.text).into_owned(), ..prompt.clone() };
        let line = format!("{}\n", serde_json::to_string(&prompt)?);
        let mut file = self.locked()?;
        let len = file.metadata()?.len();
        // A line that was cut off by a full disk stays one bad line.
        let torn = len > 0 && last_byte(&file, len)? != b'\n';
        file.write_all(format!("{}{line}", if torn { "\n" } else { "" }).as_bytes())?;
        match self.bytes_max {
            Some(max) if file.metadata()?.len() > max => self.shorten(&file, max),
            _ => Ok(()),
        }
    }

    /// Up to `prompts_max` prompts, newest first. A file that is not there has none; lines that cannot be read are
    /// passed over. Blocking.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest(&self, prompts_max: usize) -> io::Result<Vec<Prompt>> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let end = file.metadata()?.len();
        let mut lines = ReverseLines::new(file, end);
        let mut prompts = Vec::new();
        while prompts.len() < prompts_max {
            let Some(line) = lines.next_line()? else { break };
            if let LineText::Whole(text) = line.text
                && let Ok(prompt) = serde_json::from_slice(text)
            {
                prompts.push(prompt);
            }
        }
        Ok(prompts)
    }

    /// The file, held against other processes. Who waited for a file that was replaced meanwhile takes the new one.
    fn locked(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            make_private_folder(folder)?;
        }
        loop {
            let mut options = OpenOptions::new();
            options.read(true).append(true).create(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(&self.path)?;
            if !wait_for(&file)? {
                return Err(io::ErrorKind::TimedOut.into());
            }
            if still_named(&file, &self.path) {
                return Ok(file);
            }
        }
    }

    /// Keeps the newest whole lines. The lock is held: nobody adds to the file that goes.
    fn shorten(&self, file: &File, max: u64) -> io::Result<()> {
        let budget = max.saturating_mul(KEPT_PERCENT) / 100;
        let end = file.metadata()?.len();
        let mut lines = ReverseLines::new(file.try_clone()?, end);
        let mut from = end;
        while let Some(line) = lines.next_line()? {
            // The newest one stays, whatever its size.
            if end - line.start > budget && from < end {
                break;
            }
            from = line.start;
        }
        let kept = lines.read_span(from, end)?;
        atomic_write(&self.path, &kept).map_err(io::Error::other)
    }
}

fn last_byte(file: &File, len: u64) -> io::Result<u8> {
    let last = ReverseLines::new(file.try_clone()?, len).read_span(len - 1, len)?;
    Ok(last.first().copied().unwrap_or(b'\n'))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn prompt(number: i64) -> Prompt {
        Prompt {
            session_id: "01a1fcb1-7956-71e3-9cb6-b65e57be8259".parse().unwrap(),
            ts: number,
            text: format!("prompt\n{number}"),
        }
    }

    #[test]
    fn prompts_come_back_newest_first_and_stay_private() {
        let dir = tempfile::tempdir().unwrap();
        let log = PromptLog::new(dir.path(), None);
        assert_eq!(log.newest(9).unwrap(), vec![]);
        for number in 0..5 {
            log.append(&prompt(number)).unwrap();
        }
        assert_eq!(log.newest(2).unwrap(), vec![prompt(4), prompt(3)]);
        assert_eq!(log.newest(9).unwrap().len(), 5);
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(dir.path().join(FILE_NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_torn_line_costs_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        let log = PromptLog::new(dir.path(), None);
        log.append(&prompt(1)).unwrap();
        let mut file = OpenOptions::new().append(true).open(dir.path().join(FILE_NAME)).unwrap();
        file.write_all(b"{\"session").unwrap();
        log.append(&prompt(2)).unwrap();
        assert_eq!(log.newest(9).unwrap(), vec![prompt(2), prompt(1)]);
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many() {
        let dir = tempfile::tempdir().unwrap();
        let log = PromptLog::new(dir.path(), Some(400));
        for number in 0..50 {
            log.append(&prompt(number)).unwrap();
            let len = std::fs::metadata(dir.path().join(FILE_NAME)).unwrap().len();
            assert!(len <= 400, "{len}");
        }
        assert_eq!(log.newest(2).unwrap(), vec![prompt(49), prompt(48)]);
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(dir.path().join(FILE_NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn writers_at_once_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let log = PromptLog::new(dir.path(), Some(1_000_000));
                std::thread::spawn(move || {
                    for number in 0..25 {
                        log.append(&prompt(writer * 100 + number)).unwrap();
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let mut seen: Vec<i64> = PromptLog::new(dir.path(), None)
            .newest(1000)
            .unwrap()
            .into_iter()
            .map(|prompt| prompt.ts)
            .collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 100);
    }
}
