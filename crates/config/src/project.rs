//! Which project the working folder belongs to, and whether its own configuration may be read.
//! Invariant: nothing inside the project decides its trust (`config.md §2`). Writes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use codex_stdx::{is_really_there, read_regular};

use crate::tree::{Table, Value, get};
use crate::trusted_content::{Standing, standing};
use crate::view::resolve_path;
use crate::words::TrustLevel;

/// The markers of a project root when nothing is configured.
pub(crate) const DEFAULT_MARKERS: [&str; 1] = [".git"];

/// A file with the path of a git folder is not longer than this.
const GIT_POINTER_BYTES_MAX: u64 = 4096;

/// The project around the working folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Nearest parent (or the folder itself) holding a marker; the working folder when there is none.
    pub root: PathBuf,
    /// Whether a marker was found.
    pub marker_found: bool,
    /// What the person said about the working folder; `None` when nothing was said.
    pub trust: Option<TrustLevel>,
    /// Files that act and are new or different since the project was trusted: until it is trusted again nothing of it acts,
    /// and `trust` is `None`.
    pub changed_files: Vec<PathBuf>,
    /// Whether the project is trusted, but nothing is recorded of what it holds; see [`crate::remember_trusted`].
    pub unrecorded: bool,
    /// Project configuration files that exist but were not read, for want of trust.
    pub ignored_files: Vec<PathBuf>,
}

/// A project and the configuration files to read, root first.
pub(crate) struct Discovered {
    pub(crate) project: Project,
    pub(crate) files: Vec<PathBuf>,
}

/// The nearest parent of `cwd`, itself included, that holds one of the markers.
pub fn find_project_root(cwd: &Path, markers: &[String]) -> Option<PathBuf> {
    let is_root = |dir: &&Path| markers.iter().any(|marker| is_really_there(&dir.join(marker)));
    cwd.ancestors().find(is_root).map(Path::to_path_buf)
}

/// What the layers outside the project say about folders.
pub(crate) struct TrustList<'a> {
    pub(crate) trees: &'a [&'a Table],
    pub(crate) home_dir: Option<&'a Path>,
    /// The root is trusted for this run by flag.
    pub(crate) trust_root: bool,
}

impl TrustList<'_> {
    /// The level of one folder; later trees win.
    fn level(&self, dir: &Path) -> Option<TrustLevel> {
        self.trees.iter().rev().find_map(|tree| {
            let Value::Table(projects) = &tree.get("projects")?.value else { return None };
            // The spelling of the folder as it is goes before other spellings of it.
            let exact = projects.get(dir.to_str()?).map(|node| &node.value);
            let named = exact.or_else(|| {
                let canonical = fs::canonicalize(dir).ok();
                projects
                    .iter()
                    .find(|(key, _)| {
                        let named = resolve_path(key, Path::new("/"), self.home_dir);
                        named == dir || Some(&named) == canonical.as_ref()
                    })
                    .map(|(_, node)| &node.value)
            });
            let Value::Table(entry) = named? else { return None };
            let Value::String(word) = &get(entry, &["trust_level"])?.value else { return None };
            TrustLevel::from_word(word)
        })
    }

    /// Whether a folder is trusted here.
    pub(crate) fn trusts(&self, dir: &Path) -> bool {
        self.level(dir) == Some(TrustLevel::Trusted)
    }

    fn is_empty(&self) -> bool {
        !self.trust_root && self.trees.iter().all(|tree| !tree.contains_key("projects"))
    }
}

impl Discovered {
    /// Compares a trusted project with what was recorded when it was trusted. One that changed is not trusted.
    pub(crate) fn compare(&mut self, codex_home: &Path, cwd: &Path) {
        if self.project.trust != Some(TrustLevel::Trusted) {
            return;
        }
        match standing(codex_home, &self.project.root, cwd) {
            Standing::Same => {}
            Standing::Unrecorded => self.project.unrecorded = true,
            Standing::Changed(files) => {
                self.project.trust = None;
                self.project.changed_files = files;
                self.project.ignored_files.append(&mut self.files);
            }
        }
    }
}

/// Finds the project of `cwd` and its configuration files. A folder inherits the trust of its parent in the
/// project unless it is listed itself; a linked git worktree has the trust of its main folder.
pub(crate) fn discover(cwd: &Path, markers: &[String], trust: &TrustList<'_>) -> Discovered {
    let found = find_project_root(cwd, markers);
    let marker_found = found.is_some();
    let root = found.unwrap_or_else(|| cwd.to_path_buf());
    let mut dirs: Vec<&Path> = cwd.ancestors().take_while(|dir| dir.starts_with(&root)).collect();
    dirs.reverse();
    let listed = |dir: &Path| if trust.is_empty() { None } else { trust.level(dir) };
    let mut level = None;
    let mut files = Vec::new();
    let mut ignored_files = Vec::new();
    for dir in dirs {
        let own = if dir == root && trust.trust_root { Some(TrustLevel::Trusted) } else { listed(dir) };
        let own = own.or_else(|| {
            if dir == root && !trust.is_empty() {
                main_worktree(dir).and_then(|main| listed(&main))
            } else {
                None
            }
        });
        level = own.or(level);
        let file = dir.join(".codex").join("config.toml");
        if !file.is_file() {
            continue;
        }
        if level == Some(TrustLevel::Trusted) {
            files.push(file);
        } else {
            ignored_files.push(file);
        }
    }
    Discovered {
        project: Project {
            root,
            marker_found,
            trust: level,
            changed_files: Vec::new(),
            unrecorded: false,
            ignored_files,
        },
        files,
    }
}

/// The main folder of a linked git worktree. A `.git` file alone proves nothing, since anyone can write one:
/// the repository it names must point back to it.
fn main_worktree(root: &Path) -> Option<PathBuf> {
    let link = root.join(".git");
    if !fs::symlink_metadata(&link).ok()?.is_file() {
        return None;
    }
    let short = |path: &Path| String::from_utf8(read_regular(path, GIT_POINTER_BYTES_MAX).ok()?).ok();
    let text = short(&link)?;
    let entry = root.join(text.trim().strip_prefix("gitdir:")?.trim());
    let back = short(&entry.join("gitdir"))?;
    if fs::canonicalize(entry.join(back.trim())).ok()? != fs::canonicalize(&link).ok()? {
        return None;
    }
    let worktrees = entry.parent()?;
    let git_dir = worktrees.parent()?;
    let shaped = worktrees.file_name()? == "worktrees" && git_dir.file_name()? == ".git";
    if shaped { git_dir.parent().map(Path::to_path_buf) } else { None }
}
