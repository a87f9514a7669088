//! Trees on disk from their JSON form and back, and one patch run the way the tool runs it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use codex_patch::{
    IMPLICIT_INVOCATION, Intercept, PatchPlan, REJECTED_OUTSIDE, WriteScope, intercept, parse,
    render_intercepted, render_outcome, verify,
};
use serde::Deserialize;

pub(crate) type Tree = BTreeMap<String, Node>;

/// A file or link of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Node {
    Text(String),
    WithMode { text: String, mode: String },
    Bytes { base64: String },
    Link { symlink: String },
    HardLink { hard: String },
}

/// A working folder inside a folder nothing may be written to.
pub(crate) struct Workspace {
    _temp: tempfile::TempDir,
    pub(crate) outer: PathBuf,
    pub(crate) cwd: PathBuf,
}

impl Workspace {
    pub(crate) fn new(tree: &Tree) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let outer = temp.path().canonicalize().unwrap();
        let cwd = outer.join("cwd");
        fs::create_dir(&cwd).unwrap();
        // Hard links last: their other name has to exist.
        let (links, files): (Vec<_>, Vec<_>) =
            tree.iter().partition(|(_, node)| matches!(node, Node::HardLink { .. }));
        for (name, node) in files.into_iter().chain(links) {
            let path = cwd.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match node {
                Node::Text(text) => fs::write(path, text).unwrap(),
                Node::WithMode { text, mode } => {
                    fs::write(&path, text).unwrap();
                    set_mode(&path, mode);
                }
                Node::Bytes { base64 } => fs::write(path, STANDARD.decode(base64).unwrap()).unwrap(),
                Node::Link { symlink } => link(symlink, &path),
                Node::HardLink { hard } => fs::hard_link(cwd.join(hard), path).unwrap(),
            }
        }
        Self { _temp: temp, outer, cwd }
    }

    pub(crate) fn scope(&self) -> WriteScope {
        WriteScope::below([&self.cwd])
    }

    pub(crate) fn expand(&self, text: &str) -> String {
        text.replace("$CWD", self.cwd.to_str().unwrap()).replace("$OUTER", self.outer.to_str().unwrap())
    }

    pub(crate) fn normalize(&self, text: &str) -> String {
        text.replace(self.cwd.to_str().unwrap(), "$CWD")
    }

    /// Whether the tree is exactly `expected`; a mode counts where `expected` names one.
    pub(crate) fn assert_tree(&self, name: &str, expected: &Tree) {
        let found = read_tree(&self.cwd);
        let names = |tree: Vec<&String>| tree.into_iter().cloned().collect::<Vec<_>>();
        assert_eq!(names(found.keys().collect()), names(expected.keys().collect()), "{name}: files");
        for (file, node) in expected {
            match (node, &found[file]) {
                (Node::Link { symlink }, Found::Link(target)) => {
                    assert_eq!(symlink, target, "{name}: {file}")
                }
                (Node::Text(text), Found::File { bytes, .. }) => {
                    assert_eq!(text, &String::from_utf8_lossy(bytes), "{name}: {file}");
                }
                (Node::WithMode { text, mode }, Found::File { bytes, mode: found_mode }) => {
                    assert_eq!(text, &String::from_utf8_lossy(bytes), "{name}: {file}");
                    assert_eq!(mode, found_mode, "{name}: mode of {file}");
                }
                (Node::Bytes { base64 }, Found::File { bytes, .. }) => {
                    assert_eq!(base64, &STANDARD.encode(bytes), "{name}: {file}");
                }
                (wanted, found) => panic!("{name}: {file} is {found:?}, not {wanted:?}"),
            }
        }
        let outside: Vec<_> =
            fs::read_dir(&self.outer).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(outside, ["cwd"], "{name}: something was written outside");
    }
}

#[derive(Debug)]
enum Found {
    File { bytes: Vec<u8>, mode: String },
    Link(String),
}

fn read_tree(root: &Path) -> BTreeMap<String, Found> {
    let mut found = BTreeMap::new();
    let mut pending = vec![root.to_owned()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if metadata.is_symlink() {
                found.insert(name, Found::Link(path.read_link().unwrap().to_str().unwrap().to_owned()));
            } else if metadata.is_dir() {
                pending.push(path);
            } else {
                found.insert(name, Found::File { bytes: fs::read(&path).unwrap(), mode: mode_of(&path) });
            }
        }
    }
    found
}

/// What the model reads, wall times as `T`; the plan when there was one.
pub(crate) fn run_tool(workspace: &Workspace, input: &str) -> (String, Option<PatchPlan>) {
    let patch = match parse(input) {
        Ok(patch) => patch,
        Err(error) => return (error.model_text(), None),
    };
    run_patch(workspace, &patch, &workspace.cwd)
}

fn run_patch(workspace: &Workspace, patch: &codex_patch::Patch, cwd: &Path) -> (String, Option<PatchPlan>) {
    let plan = match verify(patch, cwd) {
        Ok(plan) => plan,
        Err(error) => return (error.model_text(), None),
    };
    let scope = workspace.scope();
    if plan.check(&scope).is_err() {
        return (REJECTED_OUTSIDE.to_owned(), None);
    }
    let text = match plan.apply(&scope) {
        Ok(applied) => render_outcome(0, Duration::ZERO, &applied.summary),
        Err(error) => render_outcome(1, Duration::ZERO, &error.model_text()),
    };
    (text.replace("Wall time: 0 seconds", "Wall time: T seconds"), Some(plan))
}

/// The same for a shell script; `None` when the shell has to run it.
pub(crate) fn run_script(workspace: &Workspace, script: &str) -> Option<String> {
    let (text, workdir) = match intercept(script) {
        Intercept::NotPatch => return None,
        Intercept::Implicit => return Some(IMPLICIT_INVOCATION.to_owned()),
        Intercept::Patch { text, workdir } => (text, workdir),
    };
    let patch = match parse(&text) {
        Ok(patch) => patch.without_environment(),
        Err(error) => return Some(error.model_text()),
    };
    let cwd = workdir.map_or_else(|| workspace.cwd.clone(), |dir| workspace.cwd.join(dir));
    Some(match run_patch(workspace, &patch, &cwd) {
        (outcome, Some(_)) => render_intercepted(Duration::ZERO, &outcome)
            .replace("Wall time: 0.0000 seconds", "Wall time: T seconds"),
        (refusal, None) => refusal,
    })
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let bits = u32::from_str_radix(mode, 8).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(bits)).unwrap();
}

#[cfg(unix)]
pub(crate) fn mode_of(path: &Path) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    format!("{:o}", fs::metadata(path).unwrap().permissions().mode() & 0o777)
}

#[cfg(unix)]
fn link(target: &str, path: &Path) {
    std::os::unix::fs::symlink(target, path).unwrap();
}

#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: &str) {}

#[cfg(not(unix))]
pub(crate) fn mode_of(_path: &Path) -> String {
    String::new()
}

#[cfg(not(unix))]
fn link(target: &str, path: &Path) {
    std::os::windows::fs::symlink_file(target, path).unwrap();
}

/// A tree of plain text files.
pub(crate) fn texts<const N: usize>(files: [(&str, &str); N]) -> Tree {
    files.into_iter().map(|(name, text)| (name.to_owned(), Node::Text(text.to_owned()))).collect()
}
