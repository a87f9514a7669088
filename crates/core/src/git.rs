//! Facts about the repository a thread works in. Identity (commit, branch, remote) is read from git's own files,
//! so nothing of the repository runs; whether there are changes is asked of `git status` behind the sandbox.

use std::path::{Path, PathBuf};

use codex_protocol::GitInfo;

/// A repository found at or above a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repository {
    /// The work tree's root.
    pub(crate) root: PathBuf,
    /// Commit, branch and origin.
    pub(crate) info: GitInfo,
}

impl Repository {
    /// Looks upward from `cwd`. `None` outside a work tree.
    pub(crate) fn find(cwd: &Path) -> Option<Self> {
        let root = cwd.ancestors().find(|folder| folder.join(".git").exists())?;
        let git_dir = git_dir(root)?;
        let common = std::fs::read_to_string(git_dir.join("commondir"))
            .map_or_else(|_| git_dir.clone(), |text| git_dir.join(text.trim()));
        let head = std::fs::read_to_string(git_dir.join("HEAD")).ok()?;
        let head = head.trim();
        let (commit_hash, branch) = match head.strip_prefix("ref: ") {
            Some(reference) => (
                commit_of(&git_dir, &common, reference),
                reference.strip_prefix("refs/heads/").filter(|name| *name != ".invalid").map(str::to_owned),
            ),
            None => (full_hash(head), None),
        };
        let repository_url =
            std::fs::read_to_string(common.join("config")).ok().and_then(|text| origin(&text));
        Some(Self { root: root.to_path_buf(), info: GitInfo { commit_hash, branch, repository_url } })
    }
}

/// The git folder of a work tree; `.git` may be a file that points elsewhere.
fn git_dir(root: &Path) -> Option<PathBuf> {
    let dot_git = root.join(".git");
    if dot_git.is_dir() {
        return Some(dot_git);
    }
    let text = std::fs::read_to_string(&dot_git).ok()?;
    let target = text.strip_prefix("gitdir:")?.trim();
    Some(root.join(target))
}

fn commit_of(git_dir: &Path, common: &Path, reference: &str) -> Option<String> {
    if reference.split('/').any(|part| part == ".." || part.is_empty()) {
        return None;
    }
    let loose = [git_dir, common]
        .iter()
        .find_map(|dir| std::fs::read_to_string(dir.join(reference)).ok())
        .and_then(|text| full_hash(text.trim()));
    loose.or_else(|| {
        let packed = std::fs::read_to_string(common.join("packed-refs")).ok()?;
        packed.lines().find_map(|line| {
            let (hash, name) = line.split_once(' ')?;
            (name == reference).then(|| full_hash(hash)).flatten()
        })
    })
}

fn full_hash(text: &str) -> Option<String> {
    let hex = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| text.to_owned())
}

/// `remote.origin.url` of a git config file, without credentials in it.
fn origin(config: &str) -> Option<String> {
    let mut in_origin = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            in_origin = line.replace(' ', "").eq_ignore_ascii_case("[remote\"origin\"]");
        } else if in_origin
            && let Some((key, value)) = line.split_once('=')
            && key.trim().eq_ignore_ascii_case("url")
        {
            return Some(without_credentials(value.trim()));
        }
    }
    None
}

fn without_credentials(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.find('/').unwrap_or(rest.len());
            match rest[..host].rfind('@') {
                Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
                None => url.to_owned(),
            }
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const HASH: &str = "91c13202cf20b131bcd97b694a49798d2fd5bf48";

    fn write(dir: &Path, path: &str, text: &str) {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn found(dir: &Path) -> GitInfo {
        Repository::find(dir).unwrap().info
    }

    #[test]
    fn loose_packed_and_detached_heads() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(root, ".git/HEAD", "ref: refs/heads/main\n");
        assert_eq!(found(root), GitInfo { branch: Some("main".to_owned()), ..GitInfo::default() });
        write(root, ".git/packed-refs", &format!("# pack-refs\n{HASH} refs/heads/main\n"));
        assert_eq!(found(root).commit_hash.as_deref(), Some(HASH));
        write(root, ".git/refs/heads/main", &format!("{}\n", HASH.replace('9', "8")));
        assert_eq!(found(root).commit_hash, Some(HASH.replace('9', "8")));
        write(root, ".git/HEAD", HASH);
        assert_eq!(found(root), GitInfo { commit_hash: Some(HASH.to_owned()), ..GitInfo::default() });
    }

    #[test]
    fn a_linked_work_tree_finds_its_commit() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(root, "main/.git/refs/heads/topic", HASH);
        write(root, "main/.git/worktrees/w/HEAD", "ref: refs/heads/topic");
        write(root, "main/.git/worktrees/w/commondir", "../..\n");
        write(root, "w/.git", &format!("gitdir: {}/main/.git/worktrees/w\n", root.display()));
        write(root, "w/sub/x", "");
        let repository = Repository::find(&root.join("w/sub")).unwrap();
        assert_eq!(repository.root, root.join("w"));
        assert_eq!(repository.info.commit_hash.as_deref(), Some(HASH));
    }

    #[test]
    fn the_remote_is_told_without_credentials() {
        let text = "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://user:secret@host/x.git\n";
        assert_eq!(origin(text).as_deref(), Some("https://host/x.git"));
        assert_eq!(origin("[remote \"origin\"]\nurl=git@host:x.git").as_deref(), Some("git@host:x.git"));
        assert_eq!(origin("[remote \"other\"]\nurl=x"), None);
    }
}
