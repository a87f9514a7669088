//! Dedicated flags as a layer of their own above `-c`.
//! Owns which key each flag stands for; the values are typed, so nothing here can be of a wrong type.

use std::path::PathBuf;

use crate::error::ConfigError;
use crate::place::{Layer, Origin, Source, Sources};
use crate::request::{LoadRequest, Oss};
use crate::tree::{Node, Table, Value, get, put};

const LOCAL_PROVIDERS: [&str; 2] = ["ollama", "lmstudio"];

/// Lays the flags of a request over a tree.
pub(crate) fn apply_flags(
    tree: &mut Table,
    sources: &mut Sources,
    request: &LoadRequest,
) -> Result<(), ConfigError> {
    let flags = &request.flags;
    let mut layer = FlagLayer { tree, sources, base: &request.cwd };
    layer.word("model", flags.model.as_deref());
    layer.word("model_provider", flags.model_provider.as_deref());
    layer.word("sandbox_mode", flags.sandbox_mode.map(|mode| mode.as_str()));
    layer.word("default_permissions", flags.permission_profile.as_deref());
    layer.word("approval_policy", flags.approval_policy.map(|policy| policy.as_str()));
    layer.word("approvals_reviewer", flags.approvals_reviewer.map(|reviewer| reviewer.as_str()));
    layer.word("web_search", flags.web_search.map(|mode| mode.as_str()));
    if let Oss::Yes { local_provider } = &flags.oss {
        let provider = local_provider.clone().or_else(|| layer.text("oss_provider"));
        let found = match &provider {
            Some(id) if LOCAL_PROVIDERS.contains(&id.as_str()) => None,
            Some(id) => Some(format!("`{id}` is none")),
            None => Some("none was named".to_owned()),
        };
        if let Some(found) = found {
            return Err(ConfigError::OssProvider { found });
        }
        layer.leave_model_of_another_provider(provider.as_deref());
        layer.word("model_provider", provider.as_deref());
    }
    layer.add_dirs(&flags.add_dirs);
    Ok(())
}

struct FlagLayer<'a> {
    tree: &'a mut Table,
    sources: &'a mut Sources,
    base: &'a PathBuf,
}

impl FlagLayer<'_> {
    fn origin(&mut self, text: String) -> Origin {
        let value = 0..text.len();
        let source =
            self.sources.add(Source { layer: Layer::Flag, file: None, base: self.base.clone(), text });
        Origin { source, key: value.clone(), value }
    }

    fn text(&self, key: &str) -> Option<String> {
        match &get(self.tree, &[key])?.value {
            Value::String(text) => Some(text.clone()),
            _ => None,
        }
    }

    fn word(&mut self, key: &str, word: Option<&str>) {
        let Some(word) = word else { return };
        let origin = self.origin(format!("{key} = {word}"));
        // Not merged: a word replaces a table (`approval_policy = { granular = ... }`).
        self.tree.insert(key.to_owned(), Node { value: Value::String(word.to_owned()), origin });
    }

    /// A model in a file is meant for the provider in that file: `--oss` with another one takes that one's default.
    /// What was typed stays.
    fn leave_model_of_another_provider(&mut self, provider: Option<&str>) {
        let typed = get(self.tree, &["model"]).is_some_and(|node| {
            let layer = self.sources.get(node.origin.source).map(|source| source.layer);
            matches!(layer, Some(Layer::Override | Layer::Flag))
        });
        if !typed && self.text("model_provider").as_deref() != provider {
            self.tree.remove("model");
        }
    }

    /// Adds to the roots of the files rather than replacing them.
    fn add_dirs(&mut self, dirs: &[PathBuf]) {
        if dirs.is_empty() {
            return;
        }
        let path = ["sandbox_workspace_write".to_owned(), "writable_roots".to_owned()];
        let mut roots = match get(self.tree, &["sandbox_workspace_write", "writable_roots"]) {
            Some(Node { value: Value::Array(items), .. }) => items.clone(),
            _ => Vec::new(),
        };
        for dir in dirs {
            let text = dir.to_string_lossy().into_owned();
            let origin = self.origin(text.clone());
            // A shell has expanded `~` already; what is left of it is a folder's name.
            let value = Value::String(self.base.join(text).to_string_lossy().into_owned());
            roots.push(Node { value, origin });
        }
        let origin = self.origin("--add-dir".to_owned());
        put(self.tree, &path, Node { value: Value::Array(roots), origin });
    }
}
