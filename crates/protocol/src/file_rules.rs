//! What a profile means on one machine: every special path replaced by a real one. The one form that is enforced,
//! whether it comes from a sandbox mode or from a profile. Pure; paths are taken as they are, links are the sandbox's work.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::path_glob::pattern_covers;
use crate::{
    EntryPath, FileAccess, FilePermissions, NetworkAccess, PROTECTED_NAMES, PermissionProfile, SpecialPath,
};

/// What `:minimal` stands for: programs, libraries and settings of the system, and what the kernel says about it.
pub const MINIMAL_PATHS: [&str; 14] = [
    "/bin",
    "/sbin",
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc",
    "/nix/store",
    "/run/current-system/sw",
    "/proc",
    "/dev",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
];

/// What the special paths of a profile stand for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// `$TMPDIR`, if it is set to an absolute path.
    pub tmpdir: Option<&'a Path>,
    /// Programs of our own that commands must be able to start wherever they may read.
    pub helpers: &'a [PathBuf],
}

/// What a command may touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permissions {
    /// Everything: no sandbox.
    Unlimited,
    /// What these rules say.
    Limited {
        /// Files.
        files: FileRules,
        /// Connections.
        network: NetworkAccess,
    },
}

impl Permissions {
    /// The rules for files, `None` without limits.
    pub fn files(&self) -> Option<&FileRules> {
        match self {
            Self::Unlimited => None,
            Self::Limited { files, .. } => Some(files),
        }
    }

    /// Whether connections may be opened.
    pub fn network_enabled(&self) -> bool {
        match self {
            Self::Unlimited => true,
            Self::Limited { network, .. } => *network == NetworkAccess::Enabled,
        }
    }

    /// What stays limited when a person lets a command leave the sandbox: what is denied stays denied.
    pub fn lifted(&self) -> Self {
        match self {
            Self::Limited { files, .. } if files.denies() => {
                let mut denied =
                    FileRules { pattern_depth_max: files.pattern_depth_max, ..FileRules::default() };
                denied.add(PathBuf::from("/"), FileAccess::Write);
                denied.protects_names = false;
                files
                    .with(FileAccess::Deny)
                    .for_each(|path| denied.add(path.to_path_buf(), FileAccess::Deny));
                denied.denied_patterns.clone_from(&files.denied_patterns);
                Self::Limited { files: denied, network: NetworkAccess::Enabled }
            }
            Self::Limited { .. } | Self::Unlimited => Self::Unlimited,
        }
    }

    /// Whether these allow nothing that the others do not. In doubt the answer is no.
    pub fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Unlimited) => true,
            (Self::Unlimited, Self::Limited { .. }) => false,
            (Self::Limited { files, .. }, Self::Limited { files: wider, .. }) => {
                (other.network_enabled() || !self.network_enabled()) && files.is_within(wider)
            }
        }
    }

    /// The folders below which writing is allowed, `None` without limits.
    pub fn writable_roots(&self) -> Option<Vec<PathBuf>> {
        self.files().map(|files| files.with(FileAccess::Write).map(Path::to_path_buf).collect())
    }
}

/// Rules for files by absolute path. The longest path wins between `read` and `write`; `deny` holds for everything below
/// it; what no rule allows is closed. Protected names in writable folders stay read-only unless they are named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRules {
    places: BTreeMap<PathBuf, FileAccess>,
    denied_patterns: Vec<String>,
    protects_names: bool,
    /// How deep below the fixed start of a pattern its matches are looked for; `None`: as deep as it takes.
    pub pattern_depth_max: Option<usize>,
}

impl Default for FileRules {
    fn default() -> Self {
        Self {
            places: BTreeMap::new(),
            denied_patterns: Vec::new(),
            protects_names: true,
            pattern_depth_max: None,
        }
    }
}

impl FileRules {
    /// Adds a rule. Of two rules for one path, `deny` beats `write` and `write` beats `read`.
    pub fn add(&mut self, path: PathBuf, access: FileAccess) {
        // A root that may not be read is one that nothing is said about: rules below it open what they name.
        if access == FileAccess::Deny && path == Path::new("/") {
            return;
        }
        let rank = |access| match access {
            FileAccess::Read => 0,
            FileAccess::Write => 1,
            FileAccess::Deny => 2,
        };
        let place = self.places.entry(path).or_insert(access);
        if rank(access) > rank(*place) {
            *place = access;
        }
    }

    /// Denies everything a pattern fits.
    pub fn deny_pattern(&mut self, pattern: String) {
        if !self.denied_patterns.contains(&pattern) {
            self.denied_patterns.push(pattern);
        }
    }

    /// The paths with one kind of rule, in order.
    pub fn with(&self, access: FileAccess) -> impl Iterator<Item = &Path> {
        self.places.iter().filter(move |(_, own)| **own == access).map(|(path, _)| path.as_path())
    }

    /// Every rule with a path of its own, parents first.
    pub fn places(&self) -> impl Iterator<Item = (&Path, FileAccess)> {
        self.places.iter().map(|(path, access)| (path.as_path(), *access))
    }

    /// The patterns whose matches are denied.
    pub fn denied_patterns(&self) -> &[String] {
        &self.denied_patterns
    }

    /// Whether everything may be read but for what is denied.
    pub fn reads_everything(&self) -> bool {
        matches!(self.places.get(Path::new("/")), Some(FileAccess::Read | FileAccess::Write))
    }

    /// Whether something is denied that would otherwise be open.
    pub fn denies(&self) -> bool {
        !self.denied_patterns.is_empty() || self.with(FileAccess::Deny).next().is_some()
    }

    /// The protected names of one writable folder that no rule names.
    pub fn protected_names(&self, root: &Path) -> impl Iterator<Item = &'static str> {
        // One that was opened by its own rule is open as a whole.
        let opened = root.file_name().is_some_and(|name| PROTECTED_NAMES.iter().any(|own| name == *own));
        PROTECTED_NAMES
            .into_iter()
            .filter(move |name| self.protects_names && !opened && !self.places.contains_key(&root.join(name)))
    }

    /// Whether no path is more open here than there.
    fn is_within(&self, other: &Self) -> bool {
        let patterns_kept = other.denied_patterns.iter().all(|own| self.denied_patterns.contains(own));
        let depth_kept = self.denied_patterns.is_empty() || self.pattern_depth_max == other.pattern_depth_max;
        if !patterns_kept || !depth_kept || (other.protects_names && !self.protects_names) {
            return false;
        }
        // Access changes only at a path of a rule and at a protected name, so these stand for all paths.
        let names = |rules: &Self| {
            let below = |root: &Path| PROTECTED_NAMES.map(|name| root.join(name));
            rules.with(FileAccess::Write).flat_map(below).collect::<Vec<_>>()
        };
        let paths = [self, other].into_iter().flat_map(|rules| {
            let own = rules.places.keys().cloned();
            own.chain(names(rules))
        });
        let openness = |access| match access {
            FileAccess::Deny => 0,
            FileAccess::Read => 1,
            FileAccess::Write => 2,
        };
        paths.into_iter().all(|path| openness(self.access(&path)) <= openness(other.access(&path)))
    }

    /// What may be done with a path, links aside.
    pub fn access(&self, path: &Path) -> FileAccess {
        let denied = |dir: &Path| self.places.get(dir) == Some(&FileAccess::Deny);
        if path.ancestors().any(denied)
            || self.denied_patterns.iter().any(|pattern| pattern_covers(pattern, path))
        {
            return FileAccess::Deny;
        }
        let nearest = path.ancestors().find_map(|dir| Some((dir, *self.places.get(dir)?)));
        match nearest {
            None => FileAccess::Deny,
            Some((root, FileAccess::Write)) => {
                let kept = self.protected_names(root).any(|name| path.starts_with(root.join(name)));
                if kept { FileAccess::Read } else { FileAccess::Write }
            }
            Some((_, access)) => access,
        }
    }
}

impl PermissionProfile {
    /// What the profile means here. Workspace roots that were not filled in ([`Self::with_roots`]) stand for nothing.
    pub fn resolve(&self, surroundings: Surroundings<'_>) -> Permissions {
        let Self::Managed { file_system, network } = self else { return Permissions::Unlimited };
        let mut files = FileRules::default();
        let entries = match file_system {
            FilePermissions::Unrestricted => {
                files.add(PathBuf::from("/"), FileAccess::Write);
                [].as_slice()
            }
            FilePermissions::Restricted { entries, glob_scan_depth_max } => {
                files.pattern_depth_max = *glob_scan_depth_max;
                entries.as_slice()
            }
        };
        // Marked entries repeat what holds for every writable root anyway.
        for entry in entries.iter().filter(|entry| entry.missing_path_behavior.is_none()) {
            match &entry.path {
                EntryPath::Path { path } => files.add(path.clone(), entry.access),
                EntryPath::GlobPattern { pattern } if entry.access == FileAccess::Deny => {
                    files.deny_pattern(pattern.clone());
                }
                EntryPath::GlobPattern { .. } => {}
                EntryPath::Special { value } => {
                    for path in special(value, surroundings) {
                        files.add(path, entry.access);
                    }
                }
            }
        }
        for helper in surroundings.helpers {
            if files.access(helper) == FileAccess::Deny && !files.denies_by_name(helper) {
                files.add(helper.clone(), FileAccess::Read);
            }
        }
        Permissions::Limited { files, network: *network }
    }
}

impl FileRules {
    /// Whether a rule says `deny` about a path, rather than none saying anything.
    fn denies_by_name(&self, path: &Path) -> bool {
        path.ancestors().any(|dir| self.places.get(dir) == Some(&FileAccess::Deny))
            || self.denied_patterns.iter().any(|pattern| pattern_covers(pattern, path))
    }
}

fn special(value: &SpecialPath, surroundings: Surroundings<'_>) -> Vec<PathBuf> {
    match value {
        SpecialPath::Root => vec![PathBuf::from("/")],
        SpecialPath::Minimal => MINIMAL_PATHS.map(PathBuf::from).to_vec(),
        SpecialPath::Tmpdir => surroundings.tmpdir.map(Path::to_path_buf).into_iter().collect(),
        SpecialPath::SlashTmp => vec![PathBuf::from("/tmp")],
        SpecialPath::ProjectRoots { .. } | SpecialPath::Unknown => Vec::new(),
    }
}

#[cfg(test)]
#[path = "file_rules_tests.rs"]
mod tests;
