//! From a request to one `Config`: reads the layers, folds them lowest first, checks, warns.
//! Invariant: the order here is the precedence of `config.md §2`. Knows no default.

use std::path::{Path, PathBuf};

use crate::check::{Findings, check};
use crate::config::{Config, Parts, build};
use crate::error::ConfigError;
use crate::features::{Features, is_known_feature, nearest_feature};
use crate::files::read_config_file;
use crate::flags::apply_flags;
use crate::judge::judge;
use crate::network;
use crate::overrides;
use crate::place::{Layer, Origin, Source, Sources, place_in};
use crate::policy_file::check_policy_file;
use crate::project::{DEFAULT_MARKERS, Discovered, TrustList, discover};
use crate::project_keys::strip;
use crate::request::{LoadRequest, ProjectTrust, Strictness, UserLayer};
use crate::requirements::Requirements;
use crate::tree::{Node, Table, Value, overlay, parse_document, put};
use crate::view::View;
use crate::warning::{ConfigWarning, UnknownKey};

/// A configuration and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// All layers folded.
    pub config: Config,
    /// In the order they should be shown.
    pub warnings: Vec<ConfigWarning>,
}

/// Reads every layer and folds them.
///
/// # Errors
/// The first thing that is wrong, naming its file, line and key.
pub fn load(request: &LoadRequest) -> Result<Loaded, ConfigError> {
    Loader { request, sources: Sources::default(), warnings: Vec::new() }.run()
}

struct Loader<'a> {
    request: &'a LoadRequest,
    sources: Sources,
    warnings: Vec<ConfigWarning>,
}

impl Loader<'_> {
    fn run(mut self) -> Result<Loaded, ConfigError> {
        let mut tree = self.lower_layers()?;
        let upper = self.command_line()?;
        let managed = self.request.system_dir.join("managed_config.toml");
        check_policy_file(&managed)?;
        let managed = self.file(Layer::Managed, &managed)?;
        let managed = managed.unwrap_or_default();
        let requirements = Requirements::read(&self.request.system_dir, &mut self.sources)?;

        let found = self.find_project(&[&tree, &upper, &managed]);
        for file in &found.files {
            self.project_file(file, &mut tree)?;
        }
        if !found.project.changed_files.is_empty() {
            let (root, files) = (found.project.root.clone(), found.project.changed_files.clone());
            self.warnings.push(ConfigWarning::ProjectChanged { root, files });
        }
        overlay(&mut tree, upper);
        // Flags are typed, so the tree is checked without them: they must not hide a fault in a file.
        let mut findings = check(&tree, &self.sources)?;
        judge(&tree, &self.sources, self.request)?;
        apply_flags(&mut tree, &mut self.sources, self.request)?;
        if !managed.is_empty() {
            findings.append(check(&managed, &self.sources)?);
            overlay(&mut tree, managed);
            judge(&tree, &self.sources, self.request)?;
        }

        let features = read_features(&tree);
        if !features.enabled("network_proxy") {
            findings.later.extend(network::idle_keys(&tree));
        }
        let mut config = build(
            View { table: &tree, sources: &self.sources, home_dir: self.request.home_dir.as_deref() },
            Parts {
                codex_home: &self.request.codex_home,
                cwd: &self.request.cwd,
                project: found.project,
                rule_files: self.request.rule_files,
                features,
                sqlite_home_env: self.request.sqlite_home_env.as_deref(),
            },
        )?;
        if let Some(requirements) = requirements {
            self.warnings.extend(requirements.apply(&mut config)?);
        }
        let silent = matches!(
            tree.get("suppress_unstable_features_warning"),
            Some(Node { value: Value::Boolean(true), .. })
        );
        self.report(findings, &config.features, silent)?;
        Ok(Loaded { config, warnings: self.warnings })
    }

    /// System, user and profile.
    fn lower_layers(&mut self) -> Result<Table, ConfigError> {
        let request = self.request;
        let system = request.system_dir.join("config.toml");
        check_policy_file(&system)?;
        let mut files: Vec<(Layer, PathBuf)> = vec![(Layer::System, system)];
        if request.user_layer == UserLayer::Read {
            files.push((Layer::User, request.codex_home.join("config.toml")));
        }
        if let Some(profile) = &request.profile {
            files.push((Layer::Profile, request.codex_home.join(format!("{profile}.config.toml"))));
        }
        let mut tree = Table::new();
        for (layer, path) in files {
            if let Some(table) = self.file(layer, &path)? {
                overlay(&mut tree, table);
            }
        }
        Ok(tree)
    }

    /// `-c` in order, then `--enable`, then `--disable`.
    fn command_line(&mut self) -> Result<Table, ConfigError> {
        let request = self.request;
        let mut tree = Table::new();
        for text in &request.overrides {
            let source = self.typed_source(Layer::Override, text.clone());
            overrides::apply(text, source, &mut tree)?;
        }
        for (names, on) in [(&request.enable, true), (&request.disable, false)] {
            for name in names {
                if !is_known_feature(name) {
                    return Err(ConfigError::UnknownFeature {
                        name: name.clone(),
                        suggestion: nearest_feature(name),
                    });
                }
                let source = self.typed_source(Layer::Flag, format!("features.{name}={on}"));
                let origin = Origin { source, key: 0..0, value: 0..0 };
                put(
                    &mut tree,
                    &["features".to_owned(), name.clone()],
                    Node { value: Value::Boolean(on), origin },
                );
            }
        }
        Ok(tree)
    }

    fn typed_source(&mut self, layer: Layer, text: String) -> usize {
        self.sources.add(Source { layer, file: None, base: self.request.cwd.clone(), text })
    }

    fn file(&mut self, layer: Layer, path: &Path) -> Result<Option<Table>, ConfigError> {
        parse_file(&mut self.sources, layer, path)
    }

    fn find_project(&self, trees: &[&Table]) -> Discovered {
        let markers = trees.iter().rev().find_map(|table| {
            View { table, sources: &self.sources, home_dir: None }.strings(&["project_root_markers"])
        });
        let markers = markers.unwrap_or_else(|| DEFAULT_MARKERS.map(str::to_owned).to_vec());
        let trust = TrustList {
            trees,
            home_dir: self.request.home_dir.as_deref(),
            trust_root: self.request.flags.trust == ProjectTrust::TrustRoot,
        };
        let mut found = discover(&self.request.cwd, &markers, &trust);
        // Who trusts the project in the command itself means it as it is now.
        let typed = TrustList { trees: trees.get(1..).unwrap_or_default(), ..trust };
        if !trust.trust_root && !typed.trusts(&found.project.root) {
            found.compare(&self.request.codex_home, &self.request.cwd);
        }
        // In the person's own home folder the project file and the user file are one.
        let user_file = self.request.codex_home.join("config.toml");
        found.files.retain(|file| *file != user_file);
        found.project.ignored_files.retain(|file| *file != user_file);
        found
    }

    fn project_file(&mut self, path: &Path, tree: &mut Table) -> Result<(), ConfigError> {
        let Some(mut table) = self.file(Layer::Project, path)? else { return Ok(()) };
        let keys = strip(&mut table);
        if !keys.is_empty() {
            self.warnings.push(ConfigWarning::ProjectKeysIgnored { file: path.to_path_buf(), keys });
        }
        overlay(tree, table);
        Ok(())
    }

    fn report(
        &mut self,
        mut findings: Findings,
        features: &Features,
        unfinished_silent: bool,
    ) -> Result<(), ConfigError> {
        findings.unknown.sort_by(|a, b| position(a).cmp(&position(b)));
        if self.request.strictness == Strictness::Strict
            && let Some(UnknownKey { place, key, suggestion }) = findings.unknown.first().cloned()
        {
            return Err(ConfigError::UnknownKey { place: Box::new(place), key, suggestion });
        }
        if !findings.unknown.is_empty() {
            self.warnings.push(ConfigWarning::UnknownKeys(findings.unknown));
        }
        findings.later.extend(features.not_in_effect().map(|name| format!("features.{name}")));
        if !findings.later.is_empty() {
            self.warnings.push(ConfigWarning::NotInEffect(findings.later));
        }
        if !findings.legacy.is_empty() {
            self.warnings.push(ConfigWarning::Legacy(findings.legacy));
        }
        let names = features.unfinished();
        if !names.is_empty() && !unfinished_silent {
            let user_file = self.request.codex_home.join("config.toml");
            self.warnings.push(ConfigWarning::UnfinishedFeatures { names, user_file });
        }
        Ok(())
    }
}

fn position(key: &UnknownKey) -> (Layer, Option<&Path>, usize, usize) {
    (key.place.layer, key.place.file.as_deref(), key.place.line, key.place.column)
}

/// Reads and parses one file into a tree, keeping its text for messages.
pub(crate) fn parse_file(
    sources: &mut Sources,
    layer: Layer,
    path: &Path,
) -> Result<Option<Table>, ConfigError> {
    let Some(text) = read_config_file(path)? else { return Ok(None) };
    let base = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let source = sources.add(Source { layer, file: Some(path.to_path_buf()), base, text });
    let Some(kept) = sources.get(source) else { return Ok(None) };
    match parse_document(&kept.text, source) {
        Ok(table) => Ok(Some(table)),
        Err(problem) => {
            let place = Box::new(place_in(kept, problem.span));
            Err(ConfigError::Syntax { place, message: problem.message })
        }
    }
}

/// The flags a checked tree sets; a table sets its `enabled` and its dotted flags.
fn read_features(tree: &Table) -> Features {
    let mut features = Features::default();
    let Some(Node { value: Value::Table(table), .. }) = tree.get("features") else { return features };
    for (name, node) in table {
        match &node.value {
            Value::Boolean(on) => {
                features.set(name, *on);
            }
            Value::Table(members) => {
                for (member, inner) in members {
                    if let Value::Boolean(on) = inner.value {
                        let flag =
                            if member == "enabled" { name.clone() } else { format!("{name}.{member}") };
                        features.set(&flag, on);
                    }
                }
            }
            _ => {}
        }
    }
    features
}
