//! What a trusted project held when it was trusted: hashes of the files that act (its settings, rules and skills), in
//! `$CODEX_HOME/trusted_content.toml`, one table for each project root. `config.toml` stays as every reader knows it.
//! Invariant: a file that is new or different since then does not count as trusted; a record in doubt counts as different.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use codex_stdx::{atomic_write, make_private_folder, read_regular};
use ring::digest::{SHA256, digest};
use toml_edit::{DocumentMut, Item, Table, value};

use crate::error::ConfigError;
use crate::files::{CONFIG_FILE_BYTES_MAX, read_config_file};

const RECORD: &str = "trusted_content.toml";

/// How a trusted project stands to what was recorded of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing is recorded: it was trusted before there was a record, or by another program.
    Unrecorded,
    /// Everything that acts is as it was.
    Same,
    /// These files are new or different.
    Changed(Vec<PathBuf>),
}

/// Compares what acts between a project's root and the working folder with what was recorded.
pub(crate) fn standing(codex_home: &Path, root: &Path, cwd: &Path) -> Standing {
    let acting = acting_files(root, cwd);
    let all = || acting.keys().cloned().collect::<Vec<_>>();
    let record = match read_record(codex_home) {
        Ok(record) => record,
        Err(_) if acting.is_empty() => return Standing::Same,
        Err(_) => return Standing::Changed(all()),
    };
    let Some(known) = record.get(&root.to_string_lossy()) else { return Standing::Unrecorded };
    let same =
        |path: &Path, hash: &str| known.get(&*path.to_string_lossy()).and_then(Item::as_str) == Some(hash);
    let changed: Vec<PathBuf> =
        acting.iter().filter(|(path, hash)| !same(path, hash)).map(|(path, _)| path.clone()).collect();
    if changed.is_empty() { Standing::Same } else { Standing::Changed(changed) }
}

/// Records what acts in a project now as what is trusted. Of other folders of the project what was recorded stays.
///
/// # Errors
/// When the record cannot be written.
pub fn remember_trusted(codex_home: &Path, root: &Path, cwd: &Path) -> Result<(), ConfigError> {
    let file = codex_home.join(RECORD);
    // A record that cannot be read says nothing about anybody: it is begun anew.
    let mut record = read_record(codex_home).unwrap_or_default();
    let entry = record.entry(&root.to_string_lossy()).or_insert_with(|| Item::Table(Table::new()));
    if entry.as_table().is_none() {
        *entry = Item::Table(Table::new());
    }
    if let Some(table) = entry.as_table_mut() {
        for (path, hash) in acting_files(root, cwd) {
            table.insert(&path.to_string_lossy(), value(hash));
        }
    }
    let failed = |source| ConfigError::Write { file: file.clone(), source };
    make_private_folder(codex_home).map_err(failed)?;
    atomic_write(&file, record.to_string().as_bytes()).map_err(|err| failed(err.source))
}

fn read_record(codex_home: &Path) -> Result<DocumentMut, ConfigError> {
    let file = codex_home.join(RECORD);
    let text = read_config_file(&file)?.unwrap_or_default();
    text.parse().map_err(|_| ConfigError::Write {
        file,
        source: std::io::Error::from(std::io::ErrorKind::InvalidData),
    })
}

/// The files that act, with a hash of what they hold.
fn acting_files(root: &Path, cwd: &Path) -> BTreeMap<PathBuf, String> {
    let mut acting = BTreeMap::new();
    for dir in cwd.ancestors().take_while(|dir| dir.starts_with(root)) {
        let own = dir.join(".codex");
        let rules = fs::read_dir(own.join("rules")).into_iter().flatten().flatten().map(|entry| entry.path());
        let rules = rules.filter(|path| path.extension().is_some_and(|extension| extension == "rules"));
        // What a skill says is told to the model, which acts on it.
        let skills = fs::read_dir(dir.join(".agents/skills")).into_iter().flatten().flatten();
        let skills = skills.map(|entry| entry.path().join("SKILL.md"));
        for path in rules.chain(skills).chain([own.join("config.toml")]).filter(|path| path.is_file()) {
            let hash = hash_of(&path);
            acting.insert(path, hash);
        }
    }
    acting
}

/// What cannot be read has no hash that could be trusted: its word differs from every hash, and is the same as itself
/// only as long as it cannot be read.
fn hash_of(path: &Path) -> String {
    match read_regular(path, CONFIG_FILE_BYTES_MAX) {
        Ok(bytes) => digest(&SHA256, &bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect(),
        Err(_) => "unreadable".to_owned(),
    }
}
