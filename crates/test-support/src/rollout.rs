//! Finds and reads the thread files a run left in its home (`rollouts.md`). Knows where they are, not what they mean.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::TestError;
use crate::output::json_lines;

/// One rollout file.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// Where it is.
    pub path: PathBuf,
    /// Its lines.
    pub lines: Vec<Value>,
}

impl Rollout {
    /// Reads a rollout file; every line must be JSON.
    pub fn read(path: &Path) -> Result<Rollout, TestError> {
        let bytes = fs::read(path).map_err(TestError::io(format!("read {}", path.display())))?;
        let lines = json_lines(&path.display().to_string(), &String::from_utf8_lossy(&bytes))?;
        Ok(Rollout { path: path.to_owned(), lines })
    }

    /// The lines of this `type` (`session_meta`, `response_item`, `event_msg`, …).
    pub fn lines_of_type(&self, line_type: &str) -> Vec<&Value> {
        self.lines.iter().filter(|line| line["type"] == line_type).collect()
    }

    /// The payloads of the lines of this `type`.
    pub fn payloads(&self, line_type: &str) -> Vec<&Value> {
        self.lines_of_type(line_type).into_iter().map(|line| &line["payload"]).collect()
    }
}

/// All `rollout-*.jsonl` files below a folder, by path; none when the folder is missing.
pub(crate) fn find(folder: &Path) -> Result<Vec<PathBuf>, TestError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.map_err(TestError::io(format!("list {}", folder.display())))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.starts_with("rollout-") && name.ends_with(".jsonl") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
