//! Facts about the repository a thread works in. Identity (commit, branch, remote) is read from git's own files,
//! so nothing of the repository runs; whether there are changes is asked of `git status` behind the sandbox.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use codex_protocol::GitInfo;
use codex_stdx::{is_really_there, read_regular};

/// `HEAD`, a loose reference, a pointer to another folder.
const SMALL_BYTES_MAX: u64 = 8 * 1024;
/// A repository's `config`.
const CONFIG_BYTES_MAX: u64 = 1024 * 1024;
/// `packed-refs` of a repository with very many branches.
const PACKED_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A repository found at or above a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Repository {
    /// The work tree's root.
    pub(crate) root: PathBuf,
    /// Commit, branch and origin.
    pub(crate) info: GitInfo,
    /// Every remote's name and address, without credentials.
    pub(crate) remotes: BTreeMap<String, String>,
    /// Whether the repository's own configuration may be handed to git.
    pub(crate) config: GitConfig,
}

/// What a repository's own `config` can make git do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GitConfig {
    /// It names no filter and takes in no other file.
    Plain,
    /// It names filters, which `git status` would run, or files that could; or it could not be read.
    Unsafe,
}

impl Repository {
    /// Looks upward from `cwd`. `None` outside a work tree.
    pub(crate) fn find(cwd: &Path) -> Option<Self> {
        let root = cwd.ancestors().find(|folder| is_really_there(&folder.join(".git")))?;
        let git_dir = git_dir(root)?;
        let common = text(&git_dir.join("commondir"), SMALL_BYTES_MAX)
            .map_or_else(|| git_dir.clone(), |text| git_dir.join(text.trim()));
        let head = text(&git_dir.join("HEAD"), SMALL_BYTES_MAX)?;
        let head = head.trim();
        let (commit_hash, branch) = match head.strip_prefix("ref: ") {
            Some(reference) => (
                commit_of(&git_dir, &common, reference),
                reference.strip_prefix("refs/heads/").filter(|name| *name != ".invalid").map(str::to_owned),
            ),
            None => (full_hash(head), None),
        };
        let text = text(&common.join("config"), CONFIG_BYTES_MAX);
        let remotes = text.as_deref().map(remotes).unwrap_or_default();
        let repository_url = remotes.get("origin").cloned();
        let config = text.as_deref().map_or(GitConfig::Unsafe, judge);
        let info = GitInfo { commit_hash, branch, repository_url };
        Some(Self { root: root.to_path_buf(), info, remotes, config })
    }
}

/// The git folder of a work tree; `.git` may be a file that points elsewhere.
fn git_dir(root: &Path) -> Option<PathBuf> {
    let dot_git = root.join(".git");
    if dot_git.is_dir() {
        return Some(dot_git);
    }
    let text = text(&dot_git, SMALL_BYTES_MAX)?;
    let target = text.strip_prefix("gitdir:")?.trim();
    Some(root.join(target))
}

/// One of git's files, which whoever made the repository may have replaced by a pipe or a device.
fn text(path: &Path, bytes_max: u64) -> Option<String> {
    String::from_utf8(read_regular(path, bytes_max).ok()?).ok()
}

/// Looks for the sections that lead to programs. Words inside a value count too: that only costs an answer.
fn judge(config: &str) -> GitConfig {
    let config = config.to_ascii_lowercase();
    match ["[filter", "[include", "worktreeconfig"].iter().any(|word| config.contains(word)) {
        true => GitConfig::Unsafe,
        false => GitConfig::Plain,
    }
}

fn commit_of(git_dir: &Path, common: &Path, reference: &str) -> Option<String> {
    if reference.split('/').any(|part| part == ".." || part.is_empty()) {
        return None;
    }
    let loose = [git_dir, common]
        .iter()
        .find_map(|dir| text(&dir.join(reference), SMALL_BYTES_MAX))
        .and_then(|text| full_hash(text.trim()));
    loose.or_else(|| {
        let packed = text(&common.join("packed-refs"), PACKED_BYTES_MAX)?;
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

/// `remote.NAME.url` of a git config file, the first one of each name.
fn remotes(config: &str) -> BTreeMap<String, String> {
    let mut remotes = BTreeMap::new();
    let mut name = None;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            name = remote_name(line);
        } else if let Some(name) = name
            && let Some((key, value)) = line.split_once('=')
            && key.trim().eq_ignore_ascii_case("url")
        {
            remotes.entry(name.to_owned()).or_insert_with(|| without_credentials(value.trim()));
        }
    }
    remotes
}

/// NAME of a heading `[remote "NAME"]`. Names with escapes are none that git itself would make.
fn remote_name(heading: &str) -> Option<&str> {
    let (section, rest) = heading.strip_prefix('[')?.split_once('"')?;
    let (name, _) = rest.split_once('"')?;
    section.trim().eq_ignore_ascii_case("remote").then_some(name)
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

    // threat 6
    #[test]
    fn a_config_that_leads_to_programs_is_not_handed_to_git() {
        let plain = "[core]\n\tbare = false\n[branch \"main\"]\n\tremote = origin\n";
        assert_eq!(judge(plain), GitConfig::Plain);
        for section in [
            "[filter \"x\"]\n\tclean = evil\n",
            "[core] [FILTER \"x\"] process = evil",
            "[include]\n\tpath = ../evil\n",
            "[includeIf \"gitdir:/\"]\n\tpath = ../evil\n",
            "[extensions]\n\tworktreeConfig = true\n",
        ] {
            assert_eq!(judge(&format!("{plain}{section}")), GitConfig::Unsafe, "{section}");
        }
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), ".git/HEAD", "ref: refs/heads/main\n");
        assert_eq!(Repository::find(dir.path()).unwrap().config, GitConfig::Unsafe);
        write(dir.path(), ".git/config", plain);
        assert_eq!(Repository::find(dir.path()).unwrap().config, GitConfig::Plain);
    }

    #[cfg(unix)]
    #[test]
    fn pipes_and_devices_in_the_place_of_gits_files_are_no_facts() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let pipe = |path: &str| {
            assert!(std::process::Command::new("mkfifo").arg(root.join(path)).status().unwrap().success());
        };
        write(root, ".git/x", "");
        pipe(".git/config");
        pipe(".git/packed-refs");
        write(root, ".git/HEAD", "ref: refs/heads/main");
        assert_eq!(found(root), GitInfo { branch: Some("main".to_owned()), ..GitInfo::default() });
        std::fs::remove_file(root.join(".git/HEAD")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", root.join(".git/HEAD")).unwrap();
        assert_eq!(Repository::find(root), None);
        std::fs::remove_dir_all(root.join(".git")).unwrap();
        pipe(".git");
        assert_eq!(Repository::find(root), None);
    }

    #[cfg(unix)]
    #[test]
    fn what_stands_in_for_a_missing_git_folder_does_not_hide_the_one_above() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), ".git/HEAD", "ref: refs/heads/main\n");
        let stand_in = dir.path().join("sub/.git");
        std::fs::create_dir_all(&stand_in).unwrap();
        std::fs::set_permissions(&stand_in, std::fs::Permissions::from_mode(0o555)).unwrap();
        assert_eq!(Repository::find(&dir.path().join("sub")).unwrap().root, dir.path());
    }

    // threat 5
    #[test]
    fn names_with_shell_words_are_only_text() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), ".git/HEAD", "ref: refs/heads/x;$(touch pwn)\u{3000}`id`\n");
        assert_eq!(found(dir.path()).branch.as_deref(), Some("x;$(touch pwn)\u{3000}`id`"));
        for outside in ["ref: ../../../etc/passwd", "ref: /etc/passwd", "ref: refs//x"] {
            write(dir.path(), ".git/HEAD", outside);
            assert_eq!(found(dir.path()).commit_hash, None, "{outside}");
        }
    }

    #[test]
    fn remotes_are_told_without_credentials() {
        let text = "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://user:secret@host/x.git\n\
                    \turl = https://second/x.git\n[Remote \"up\"]\nurl=git@host:y.git\n[branch \"main\"]\nurl = no\n";
        let found: Vec<(String, String)> = remotes(text).into_iter().collect();
        let expected = [("origin", "https://host/x.git"), ("up", "git@host:y.git")];
        assert_eq!(found, expected.map(|(name, url)| (name.to_owned(), url.to_owned())));
        assert_eq!(remotes("[remote]\nurl=x\n[remote \"torn\nurl=y").len(), 0);
    }
}
