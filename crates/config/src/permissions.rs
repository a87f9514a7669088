//! `[permissions.NAME]` and `default_permissions`: permission profiles as a person writes them (`safety.md §4`).
//! Owns the reading of profiles and which one is chosen; what a profile means is `codex_protocol`'s. Invariant: a rule
//! that cannot be understood is an error of the profile, never a rule left out.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use codex_protocol::{
    EntryPath, FileAccess, FilePermissions, NamedProfile, NetworkAccess, PermissionEntry, PermissionProfile,
    SandboxMode, SandboxPolicy, SpecialPath, is_pattern, pattern_fault,
};

use crate::error::ConfigError;
use crate::features::Features;
use crate::place::{Layer, Place};
use crate::tree::{Node, Value};
use crate::value_error::ValueProblem;
use crate::view::{View, resolve_path};

/// The built-in profiles and the modes they are.
pub const BUILTIN_PROFILES: [(&str, SandboxMode); 3] = [
    (":read-only", SandboxMode::ReadOnly),
    (":workspace", SandboxMode::WorkspaceWrite),
    (":danger-full-access", SandboxMode::DangerFullAccess),
];

const ACCESS_WORDS: &[&str] = &["read", "write", "deny"];
const SPECIAL_PATHS: &[&str] = &[":root", ":minimal", ":tmpdir", ":slash_tmp", ":workspace_roots"];
/// Profiles built on one another at most.
const CHAIN_MAX: usize = 32;

/// What decides about files and network besides the mode.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PermissionProfiles {
    /// The profile that is in force; `None` leaves it to `sandbox_mode`.
    pub chosen: Option<ChosenProfile>,
    /// Whether the profile or the mode was named for this run, or by an administrator: then nothing recorded counts.
    pub typed: bool,
    /// Every profile of the configuration that can be used.
    pub named: BTreeMap<String, NamedProfile>,
}

/// A profile that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChosenProfile {
    /// One of [`BUILTIN_PROFILES`].
    Builtin(SandboxMode),
    /// One of the configuration.
    Named(Box<NamedProfile>),
}

impl PermissionProfiles {
    /// Reads all profiles. One that is not in force may be broken; the chosen one may not.
    pub(crate) fn read(view: View<'_>, features: &Features) -> Result<Self, ConfigError> {
        let proxied = features.enabled("network_proxy");
        let names = view.sub(&["permissions"]).map(|sub| sub.table.keys().cloned().collect::<Vec<_>>());
        let mut named = BTreeMap::new();
        for name in names.unwrap_or_default() {
            if let Ok(profile) = (Reader { view, name: &name, proxied }).read() {
                named.insert(name, profile);
            }
        }
        let chosen = match view.str(&["default_permissions"]) {
            Some(name) if is_chosen(view) => Some(choose(view, name, proxied)?),
            _ => None,
        };
        let keys = ["default_permissions", "sandbox_mode"];
        let typed = keys.iter().any(|key| layer_of(view, key) >= Some(Layer::Override));
        Ok(Self { chosen, typed, named })
    }
}

fn layer_of(view: View<'_>, key: &str) -> Option<Layer> {
    let node = view.node(&[key])?;
    view.sources.get(node.origin.source).map(|source| source.layer)
}

/// A mode asked for in a higher layer beats the profile. A project's mode never does: it could open what a profile denies.
fn is_chosen(view: View<'_>) -> bool {
    match (layer_of(view, "default_permissions"), layer_of(view, "sandbox_mode")) {
        (None, _) => false,
        (Some(_), None | Some(Layer::Project)) => true,
        (Some(profile), Some(mode)) => profile >= mode,
    }
}

fn choose(view: View<'_>, name: &str, proxied: bool) -> Result<ChosenProfile, ConfigError> {
    if let Some((_, mode)) = BUILTIN_PROFILES.iter().find(|(id, _)| *id == name) {
        return Ok(ChosenProfile::Builtin(*mode));
    }
    if name.starts_with(':') || view.sub(&["permissions", name]).is_none() {
        return Err(unknown_profile(view, name, view.place(&["default_permissions"])));
    }
    let profile = Reader { view, name, proxied }.read()?;
    Ok(ChosenProfile::Named(Box::new(profile)))
}

fn unknown_profile(view: View<'_>, name: &str, place: Option<Box<Place>>) -> ConfigError {
    let own = view.sub(&["permissions"]).map(|sub| sub.table.keys().cloned().collect::<Vec<_>>());
    let builtin = BUILTIN_PROFILES.iter().map(|(id, _)| (*id).to_owned());
    let known = builtin.chain(own.unwrap_or_default()).collect();
    ConfigError::UnknownPermissions { place, name: name.to_owned(), known }
}

/// Reads one profile and those it builds on.
struct Reader<'a> {
    view: View<'a>,
    name: &'a str,
    /// Whether the network is reached through the proxy.
    proxied: bool,
}

/// What a chain of profiles adds up to; later ones replace what earlier ones say about the same path.
#[derive(Default)]
struct Sum {
    entries: BTreeMap<(String, String), PermissionEntry>,
    roots: BTreeMap<PathBuf, bool>,
    depth: Option<usize>,
    /// `network.enabled`, and whether something limits it.
    network: bool,
    limited: bool,
}

impl Reader<'_> {
    fn read(&self) -> Result<NamedProfile, ConfigError> {
        let mut chain = vec![self.name.to_owned()];
        let mut builtin = None;
        while let Some(base) = chain.last().and_then(|name| self.extends(name)) {
            if let Some((_, mode)) = BUILTIN_PROFILES.iter().find(|(id, _)| *id == base) {
                builtin = Some(*mode);
                break;
            }
            let place = || chain.last().and_then(|name| self.view.place(&["permissions", name, "extends"]));
            if self.view.sub(&["permissions", base]).is_none() {
                return Err(unknown_profile(self.view, base, place()));
            }
            if chain.iter().any(|name| name == base) || chain.len() == CHAIN_MAX {
                let chain = format!("{} -> {base}", chain.join(" -> "));
                return Err(ConfigError::PermissionsCycle { place: place(), chain });
            }
            chain.push(base.to_owned());
        }
        if builtin == Some(SandboxMode::DangerFullAccess) {
            let place = self.view.place(&["permissions", self.name]);
            return Err(ConfigError::PermissionsCycle {
                place,
                chain: format!("{} -> :danger-full-access, which has no rules to build on", self.name),
            });
        }
        let mut sum = Sum::default();
        sum.start_with(builtin);
        for name in chain.iter().rev() {
            self.add(name, &mut sum)?;
        }
        // Hosts and sockets are the proxy's matter: rules for them without one must not turn the whole network on.
        let network = match sum.network && (self.proxied || !sum.limited) {
            true => NetworkAccess::Enabled,
            false => NetworkAccess::Restricted,
        };
        let file_system = FilePermissions::Restricted {
            entries: sum.entries.into_values().collect(),
            glob_scan_depth_max: sum.depth,
        };
        Ok(NamedProfile {
            id: self.name.to_owned(),
            extends: self.extends(self.name).map(str::to_owned),
            workspace_roots: sum.roots.into_iter().filter(|(_, on)| *on).map(|(path, _)| path).collect(),
            profile: PermissionProfile::Managed { file_system, network },
        })
    }

    fn extends(&self, name: &str) -> Option<&str> {
        self.view.str(&["permissions", name, "extends"])
    }

    fn add(&self, name: &str, sum: &mut Sum) -> Result<(), ConfigError> {
        let Some(view) = self.view.sub(&["permissions", name]) else { return Ok(()) };
        if let Some(roots) = view.sub(&["workspace_roots"]) {
            for (text, node) in roots.table {
                let Value::Boolean(on) = node.value else {
                    return Err(self.wrong(name, &["workspace_roots", text], node, "a boolean"));
                };
                let base = view.sources.base(&node.origin);
                sum.roots.insert(resolve_path(text, base, view.home_dir), on);
            }
        }
        if let Some(network) = view.sub(&["network"]) {
            self.add_network(name, network, sum)?;
        }
        let Some(files) = view.node(&["filesystem"]) else { return Ok(()) };
        let Value::Table(table) = &files.value else {
            return Err(self.wrong(name, &["filesystem"], files, "a table"));
        };
        for (key, node) in table {
            if key == "glob_scan_max_depth" {
                let depth = match node.value {
                    Value::Integer(depth) => usize::try_from(depth).ok().filter(|depth| *depth > 0),
                    _ => None,
                };
                let wrong = || self.wrong(name, &["filesystem", key], node, "a nonzero usize");
                sum.depth = Some(depth.ok_or_else(wrong)?);
                continue;
            }
            match &node.value {
                Value::Table(subpaths) => {
                    for (subpath, node) in subpaths {
                        let access = self.access(name, &["filesystem", key, subpath], node)?;
                        let entry = self.entry(name, key, Some(subpath), access, node)?;
                        sum.entries.insert((key.clone(), subpath.clone()), entry);
                    }
                }
                _ => {
                    let access = self.access(name, &["filesystem", key], node)?;
                    let entry = self.entry(name, key, None, access, node)?;
                    sum.entries.insert((key.clone(), ".".to_owned()), entry);
                }
            }
        }
        Ok(())
    }

    fn add_network(&self, name: &str, view: View<'_>, sum: &mut Sum) -> Result<(), ConfigError> {
        if let Some(node) = view.node(&["enabled"]) {
            let Value::Boolean(enabled) = node.value else {
                return Err(self.wrong(name, &["network", "enabled"], node, "a boolean"));
            };
            sum.network = enabled;
        }
        sum.limited |= ["domains", "unix_sockets", "proxy_url", "socks_url"]
            .iter()
            .any(|key| view.node(&[key]).is_some())
            || view.str(&["mode"]) == Some("limited");
        Ok(())
    }

    fn access(&self, name: &str, path: &[&str], node: &Node) -> Result<FileAccess, ConfigError> {
        let Value::String(word) = &node.value else {
            return Err(self.wrong(name, path, node, "`read`, `write` or `deny`"));
        };
        FileAccess::from_word(word).ok_or_else(|| {
            let problem = ValueProblem::Word { found: word.clone(), accepted: ACCESS_WORDS };
            self.fault(name, path, node, problem)
        })
    }

    fn entry(
        &self,
        name: &str,
        key: &str,
        subpath: Option<&str>,
        access: FileAccess,
        node: &Node,
    ) -> Result<PermissionEntry, ConfigError> {
        let path: Vec<&str> = ["filesystem", key].into_iter().chain(subpath).collect();
        let refuse = |expected: &str| {
            let found = format!("path `{}`", subpath.unwrap_or(key));
            let problem = ValueProblem::Range { found, expected: expected.to_owned() };
            self.fault(name, &path, node, problem)
        };
        let below = subpath.filter(|subpath| *subpath != ".");
        if let Some(below) = below
            && !Path::new(below).components().all(|part| matches!(part, Component::Normal(_)))
        {
            return Err(refuse("a path below that one, without `.` or `..`"));
        }
        let target = match key {
            _ if !key.starts_with(':') => self.path_entry(key, below, node, &refuse)?,
            ":workspace_roots" => {
                EntryPath::special(SpecialPath::ProjectRoots { subpath: below.map(PathBuf::from) })
            }
            _ if below.is_some() => return Err(refuse("sub paths of `:workspace_roots` or of a path only")),
            ":root" => EntryPath::special(SpecialPath::Root),
            ":minimal" => EntryPath::special(SpecialPath::Minimal),
            ":tmpdir" => EntryPath::special(SpecialPath::Tmpdir),
            ":slash_tmp" => EntryPath::special(SpecialPath::SlashTmp),
            _ => return Err(refuse(&format!("a path, or one of {}", SPECIAL_PATHS.join(", ")))),
        };
        if let Some(pattern) = pattern_of(&target) {
            if let Some(fault) = pattern_fault(&pattern) {
                return Err(refuse(&format!("a pattern that can be read: {fault}")));
            }
            if access != FileAccess::Deny {
                return Err(refuse("a path without `*`, `?` and `[` (patterns are for `deny` only)"));
            }
        }
        Ok(PermissionEntry::new(target, access))
    }

    fn path_entry(
        &self,
        key: &str,
        below: Option<&str>,
        node: &Node,
        refuse: &dyn Fn(&str) -> ConfigError,
    ) -> Result<EntryPath, ConfigError> {
        if !(key.starts_with('/') || key == "~" || key.starts_with("~/")) {
            return Err(refuse("an absolute path, one below `~`, or a special one that begins with `:`"));
        }
        if Path::new(key).components().any(|part| part == Component::ParentDir) {
            return Err(refuse("a path without `..`"));
        }
        let mut path = resolve_path(key, self.view.sources.base(&node.origin), self.view.home_dir);
        if !path.is_absolute() {
            return Err(refuse("an absolute path: the home folder is not known"));
        }
        if let Some(below) = below {
            path.push(below);
        }
        // `/dir/**` is another spelling of the folder and what is in it.
        let whole = path.to_str().and_then(|text| text.strip_suffix("/**")).map(PathBuf::from);
        let path = whole.unwrap_or(path);
        let path = if path.as_os_str().is_empty() { PathBuf::from("/") } else { path };
        Ok(match path.to_str() {
            Some(pattern) if is_pattern(&path) => EntryPath::GlobPattern { pattern: pattern.to_owned() },
            _ => EntryPath::Path { path },
        })
    }

    fn wrong(&self, name: &str, path: &[&str], node: &Node, expected: &str) -> ConfigError {
        let problem = ValueProblem::Type { found: node.value.describe(), expected: expected.to_owned() };
        self.fault(name, path, node, problem)
    }

    fn fault(&self, name: &str, path: &[&str], node: &Node, problem: ValueProblem) -> ConfigError {
        let place = Box::new(self.view.sources.value_place(&node.origin));
        let key = format!("permissions.{name}.{}", path.join("."));
        ConfigError::Value { place, key, problem: Box::new(problem) }
    }
}

fn pattern_of(target: &EntryPath) -> Option<String> {
    match target {
        EntryPath::GlobPattern { pattern } => Some(pattern.clone()),
        EntryPath::Special { value: SpecialPath::ProjectRoots { subpath: Some(subpath) } }
            if is_pattern(subpath) =>
        {
            Some(format!("/{}", subpath.display()))
        }
        EntryPath::Path { .. } | EntryPath::Special { .. } => None,
    }
}

impl Sum {
    fn start_with(&mut self, builtin: Option<SandboxMode>) {
        let policy = match builtin {
            Some(SandboxMode::ReadOnly) => SandboxPolicy::ReadOnly,
            Some(SandboxMode::WorkspaceWrite) => SandboxPolicy::workspace_write(),
            Some(SandboxMode::DangerFullAccess) | None => return,
        };
        let mut special = vec![(":root", FileAccess::Read)];
        if policy != SandboxPolicy::ReadOnly {
            special.extend([":workspace_roots", ":tmpdir", ":slash_tmp"].map(|key| (key, FileAccess::Write)));
        }
        for (key, access) in special {
            let value = match key {
                ":root" => SpecialPath::Root,
                ":tmpdir" => SpecialPath::Tmpdir,
                ":slash_tmp" => SpecialPath::SlashTmp,
                _ => SpecialPath::ProjectRoots { subpath: None },
            };
            let entry = PermissionEntry::special(value, access);
            self.entries.insert((key.to_owned(), ".".to_owned()), entry);
        }
    }
}
