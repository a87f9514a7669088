//! Where copies lie: `CODEX_HOME/checkpoints/THREAD/`, with `objects/` and one `TURN.jsonl` for each checkpoint. Readable
//! by their owner only. Owns names, modes and how long things are kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::CheckpointError;
use crate::manifest::{Head, Kept};
use crate::restore::RESTORE;

/// How long and how much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Copies of threads that were not written to for so long go.
    pub age_max: Duration,
    /// Over so many bytes the oldest threads go.
    pub bytes_max: u64,
}

/// All copies of one home folder.
#[derive(Debug, Clone)]
pub struct CheckpointStore {
    folder: PathBuf,
}

/// The copies of one thread.
#[derive(Debug, Clone)]
pub struct ThreadShelf {
    folder: PathBuf,
}

impl CheckpointStore {
    /// Below this home folder; nothing is made yet.
    pub fn new(codex_home: &Path) -> Self {
        Self { folder: codex_home.join("checkpoints") }
    }

    /// The copies of one thread.
    pub fn thread(&self, thread: &str) -> ThreadShelf {
        ThreadShelf { folder: self.folder.join(thread) }
    }

    /// Takes away what is kept too long or is too much; the thread named last stays. Blocking.
    pub fn prune(&self, retention: Retention, keep: &str, now: SystemTime) {
        let mut threads: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(modified) = entry.metadata().and_then(|meta| meta.modified()) else { continue };
            if entry.file_name() != keep {
                threads.push((modified, size_of(&path), path));
            }
        }
        threads.sort_by_key(|(modified, ..)| std::cmp::Reverse(*modified));
        let mut total = size_of(&self.folder.join(keep));
        for (modified, bytes, path) in threads {
            total = total.saturating_add(bytes);
            let old = now.duration_since(modified).is_ok_and(|age| age > retention.age_max);
            // A folder that cannot be removed is tried again the next time.
            if (old || total > retention.bytes_max) && fs::remove_dir_all(&path).is_ok() {
                total = total.saturating_sub(bytes);
            }
        }
    }
}

fn size_of(folder: &Path) -> u64 {
    let size = |folder: PathBuf| -> u64 {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.metadata().ok())
            .filter(|meta| meta.is_file())
            .map(|meta| meta.len())
            .sum()
    };
    size(folder.to_owned()) + size(folder.join("objects"))
}

impl ThreadShelf {
    /// Makes the folders.
    pub(crate) fn prepare(&self) -> Result<(), CheckpointError> {
        let objects = self.folder.join("objects");
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(&objects).map_err(CheckpointError::of("cannot make", &objects))
    }

    /// A new file among the copies.
    pub(crate) fn new_object(&self, name: &str) -> io::Result<File> {
        private(&self.folder.join("objects").join(name), false)
    }

    pub(crate) fn object(&self, name: &str) -> Result<File, CheckpointError> {
        let path = self.folder.join("objects").join(name);
        codex_stdx::open_regular(&path).map_err(CheckpointError::of("cannot read", &path))
    }

    pub(crate) fn remove_object(&self, name: &str) {
        // A copy that stays goes with its thread.
        let _ = fs::remove_file(self.folder.join("objects").join(name));
    }

    /// Writes the head of a checkpoint, or goes on with one that has it.
    pub(crate) fn write(&self, head: &Head, kept: &[Kept]) -> Result<(), CheckpointError> {
        let path = self.folder.join(format!("{}.jsonl", head.turn));
        let failed = || CheckpointError::of("cannot write", &path);
        let begun = path.symlink_metadata().is_ok();
        let mut text = Vec::new();
        if !begun {
            line(&mut text, head).map_err(failed())?;
        }
        for kept in kept {
            line(&mut text, kept).map_err(failed())?;
        }
        let mut file = private(&path, true).map_err(failed())?;
        file.write_all(&text).and_then(|()| file.flush()).map_err(failed())
    }

    /// Every checkpoint, newest first. Lines that cannot be read are passed over.
    pub(crate) fn checkpoints(&self) -> Vec<(Head, Vec<Kept>)> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.extension().is_none_or(|extension| extension != "jsonl") {
                continue;
            }
            let Ok(file) = codex_stdx::open_regular(&path) else { continue };
            let mut lines = BufReader::new(file).lines().map_while(Result::ok);
            let head = lines.next().and_then(|line| serde_json::from_str::<Head>(&line).ok());
            let Some(head) = head else { continue };
            all.push((head, lines.filter_map(|line| serde_json::from_str(&line).ok()).collect()));
        }
        // What is brought back in the moment a copy was made comes after it.
        all.sort_by(|(a, _): &(Head, Vec<Kept>), (b, _)| {
            let key = |head: &Head| (head.taken_at_ms, head.turn.starts_with(RESTORE));
            key(b).cmp(&key(a)).then_with(|| b.turn.cmp(&a.turn))
        });
        all
    }
}

fn line(text: &mut Vec<u8>, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *text, value)?;
    text.push(b'\n');
    Ok(())
}

/// A file of our own that nobody else can read.
fn private(path: &Path, appends: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    if appends {
        options.append(true).create(true);
    } else {
        options.write(true).create_new(true);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
