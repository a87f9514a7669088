//! What git would not list: `.gitignore`, `.ignore`, `.git/info/exclude` and the person's global excludes.
//! Invariant: an ignore file is read only when it is a regular file of moderate size; a pipe or an endless file in
//! its place is as good as none.

use std::path::Path;
use std::sync::Arc;

use codex_stdx::read_regular;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Larger ignore files are left out.
const IGNORE_BYTES_MAX: u64 = 1 << 20;

/// Rules of one folder and of those above it.
#[derive(Debug, Clone)]
pub(crate) struct Ignores {
    rules: Arc<Vec<Gitignore>>,
    above: Option<Arc<Ignores>>,
}

impl Ignores {
    /// The rules that hold in `root`: its own, those of the folders above it up to the top of the repository, and
    /// the person's.
    pub(crate) fn of_root(root: &Path) -> Self {
        let (global, _) = Gitignore::global();
        let mut ignores = Self { rules: Arc::new(vec![global]), above: None };
        let top = root.ancestors().find(|folder| folder.join(".git").exists());
        let mut folders: Vec<&Path> = match top {
            Some(top) => root.ancestors().take_while(|folder| folder.starts_with(top)).collect(),
            None => vec![root],
        };
        folders.reverse();
        if let Some(top) = top {
            let exclude = rules(top, &top.join(".git/info/exclude"));
            ignores = ignores.with(exclude.into_iter().collect());
        }
        for folder in folders {
            ignores = ignores.below(folder);
        }
        ignores
    }

    /// The rules in a folder below.
    pub(crate) fn below(&self, folder: &Path) -> Self {
        // The later of two files of one folder is asked first.
        let names = [".gitignore", ".ignore"];
        self.with(names.iter().filter_map(|name| rules(folder, &folder.join(name))).collect())
    }

    fn with(&self, rules: Vec<Gitignore>) -> Self {
        if rules.is_empty() {
            return self.clone();
        }
        Self { rules: Arc::new(rules), above: Some(Arc::new(self.clone())) }
    }

    /// Whether git would leave this path out.
    pub(crate) fn hides(&self, path: &Path, is_folder: bool) -> bool {
        let mut level = Some(self);
        while let Some(here) = level {
            for rules in here.rules.iter().rev() {
                match rules.matched(path, is_folder) {
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                    Match::None => {}
                }
            }
            level = here.above.as_deref();
        }
        false
    }
}

fn rules(folder: &Path, file: &Path) -> Option<Gitignore> {
    let bytes = read_regular(file, IGNORE_BYTES_MAX).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let mut builder = GitignoreBuilder::new(folder);
    for line in text.trim_start_matches('\u{feff}').lines() {
        // A line that git would not understand either hides nothing.
        let _ = builder.add_line(None, line);
    }
    builder.build().ok().filter(|rules| !rules.is_empty())
}
