//! Finding and joining the instructions people leave in AGENTS.md files (`config.md §7`).
//! Reads files; never fails a turn: what cannot be read is named in a warning.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use codex_stdx::open_regular;

const OVERRIDE_NAME: &str = "AGENTS.override.md";
const NAME: &str = "AGENTS.md";
const JOINT: &str = "\n\n--- project-doc ---\n\n";

/// Where and how much to read.
#[derive(Debug, Clone)]
pub(crate) struct Search<'a> {
    /// `$CODEX_HOME`.
    pub(crate) home: &'a Path,
    /// The project's root; files are looked for from here down to `cwd`.
    pub(crate) project_root: &'a Path,
    /// The working folder.
    pub(crate) cwd: &'a Path,
    /// Names tried after AGENTS.md.
    pub(crate) fallback_names: &'a [String],
    /// One budget over all project files, in bytes; 0 turns them off.
    pub(crate) project_bytes_max: usize,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Home text, then project texts, root first; `None` when there is none.
    pub(crate) text: Option<String>,
    /// The files the text is from, in its order.
    pub(crate) files: Vec<PathBuf>,
    /// One sentence for each file that was cut or could not be read.
    pub(crate) warnings: Vec<String>,
}

/// Looks for instructions.
pub(crate) fn find(search: &Search<'_>) -> Found {
    let mut found = Found::default();
    let home = [OVERRIDE_NAME, NAME]
        .iter()
        .filter_map(|name| read(search.home.join(name), usize::MAX, &mut found.warnings))
        .find(|doc| !doc.text.trim().is_empty())
        .map(|doc| {
            found.files.push(doc.path);
            doc.text.trim().to_owned()
        });
    let project = project_text(search, &mut found);
    let total = home.as_ref().map_or(0, String::len) + project.as_ref().map_or(0, String::len);
    if home.is_some() && project.is_some() && total > search.project_bytes_max {
        found.warnings.push(format!(
            "Instructions from the home folder and the project together hold {total} bytes, more than the {} of \
             `project_doc_max_bytes`.",
            search.project_bytes_max
        ));
    }
    found.text = match (home, project) {
        (Some(home), Some(project)) => Some(format!("{home}{JOINT}{project}")),
        (home, project) => home.or(project),
    };
    found
}

/// The block the model reads, or the block that replaces all earlier ones.
pub(crate) fn block(cwd: &Path, text: &str, news: News) -> String {
    let replaces = match news {
        News::First => "",
        News::Replaces => "This replaces every earlier block of AGENTS.md instructions.\n\n",
    };
    format!(
        "# AGENTS.md instructions for {}\n\n<INSTRUCTIONS>\n{replaces}{text}\n</INSTRUCTIONS>",
        cwd.to_string_lossy()
    )
}

/// Whether the model has seen instructions before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum News {
    /// It has not.
    First,
    /// It has, and these take their place.
    Replaces,
}

fn project_text(search: &Search<'_>, found: &mut Found) -> Option<String> {
    let mut left = search.project_bytes_max;
    let mut texts: Vec<String> = Vec::new();
    for folder in folders(search.project_root, search.cwd) {
        if left == 0 {
            break;
        }
        let names = [OVERRIDE_NAME, NAME].into_iter().chain(search.fallback_names.iter().map(String::as_str));
        let doc = names.map(|name| folder.join(name)).find_map(|path| read(path, left, &mut found.warnings));
        let Some(doc) = doc.filter(|doc| !doc.text.trim().is_empty()) else { continue };
        left = left.saturating_sub(doc.loaded);
        found.files.push(doc.path);
        texts.push(doc.text);
    }
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

/// Folders from `root` down to `cwd`; only `cwd` when it is not below `root`.
fn folders(root: &Path, cwd: &Path) -> Vec<PathBuf> {
    if !cwd.starts_with(root) {
        return vec![cwd.to_path_buf()];
    }
    let mut folders: Vec<PathBuf> =
        cwd.ancestors().take_while(|folder| folder.starts_with(root)).map(Path::to_path_buf).collect();
    folders.reverse();
    folders
}

struct Doc {
    path: PathBuf,
    text: String,
    loaded: usize,
}

/// Reads at most `bytes_max` bytes; `None` when there is no such file.
fn read(path: PathBuf, bytes_max: usize, warnings: &mut Vec<String>) -> Option<Doc> {
    let file = match open_regular(&path) {
        Ok(file) => file,
        Err(error) => {
            // A folder, a pipe or a device of that name holds no instructions.
            let absent = [ErrorKind::NotFound, ErrorKind::NotADirectory, ErrorKind::InvalidInput];
            if !absent.contains(&error.kind()) {
                warnings.push(format!("Could not read instructions from {}: {error}.", path.display()));
            }
            return None;
        }
    };
    let meta = file.metadata().ok()?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    if let Err(error) = file.take(limit).read_to_end(&mut bytes) {
        warnings.push(format!("Could not read instructions from {}: {error}.", path.display()));
        return None;
    }
    let loaded = bytes.len();
    if meta.len() > limit {
        warnings.push(format!(
            "Loaded only {loaded} of {} bytes from {}; raise `project_doc_max_bytes` or shorten the file.",
            meta.len(),
            path.display()
        ));
    }
    Some(Doc { path, text: String::from_utf8_lossy(&bytes).into_owned(), loaded })
}

#[cfg(test)]
#[path = "agents_md_tests.rs"]
mod tests;
