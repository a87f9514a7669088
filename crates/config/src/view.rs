//! Reading a checked tree: typed look-ups by path, relative paths and `~` resolved.
//! Relies on `check`: a value of another type than its row reads as absent. Knows no default.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::place::{Place, Sources};
use crate::tree::{Node, Table, Value, get};

/// A table of a checked tree and the sources it came from.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) table: &'a Table,
    pub(crate) sources: &'a Sources,
    pub(crate) home_dir: Option<&'a Path>,
}

impl<'a> View<'a> {
    pub(crate) fn node(&self, path: &[&str]) -> Option<&'a Node> {
        get(self.table, path)
    }

    /// The table at a path, as a view of its own.
    pub(crate) fn sub(&self, path: &[&str]) -> Option<View<'a>> {
        match &self.node(path)?.value {
            Value::Table(table) => Some(View { table, ..*self }),
            _ => None,
        }
    }

    pub(crate) fn str(&self, path: &[&str]) -> Option<&'a str> {
        as_str(self.node(path)?)
    }

    pub(crate) fn string(&self, path: &[&str]) -> Option<String> {
        self.str(path).map(str::to_owned)
    }

    pub(crate) fn bool(&self, path: &[&str]) -> Option<bool> {
        match self.node(path)?.value {
            Value::Boolean(flag) => Some(flag),
            _ => None,
        }
    }

    pub(crate) fn i64(&self, path: &[&str]) -> Option<i64> {
        match self.node(path)?.value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn u64(&self, path: &[&str]) -> Option<u64> {
        u64::try_from(self.i64(path)?).ok()
    }

    pub(crate) fn usize(&self, path: &[&str]) -> Option<usize> {
        usize::try_from(self.i64(path)?).ok()
    }

    pub(crate) fn strings(&self, path: &[&str]) -> Option<Vec<String>> {
        match &self.node(path)?.value {
            Value::Array(items) => Some(items.iter().filter_map(as_str).map(str::to_owned).collect()),
            _ => None,
        }
    }

    pub(crate) fn string_map(&self, path: &[&str]) -> Option<BTreeMap<String, String>> {
        match &self.node(path)?.value {
            Value::Table(table) => Some(
                table
                    .iter()
                    .filter_map(|(key, node)| Some((key.clone(), as_str(node)?.to_owned())))
                    .collect(),
            ),
            _ => None,
        }
    }

    pub(crate) fn path(&self, path: &[&str]) -> Option<PathBuf> {
        self.resolve(self.node(path)?)
    }

    pub(crate) fn paths(&self, path: &[&str]) -> Option<Vec<PathBuf>> {
        match &self.node(path)?.value {
            Value::Array(items) => Some(items.iter().filter_map(|item| self.resolve(item)).collect()),
            _ => None,
        }
    }

    /// The tables of a list of tables, each as a view of its own.
    pub(crate) fn tables(&self, path: &[&str]) -> Vec<View<'a>> {
        let items = match self.node(path).map(|node| &node.value) {
            Some(Value::Array(items)) => items.as_slice(),
            _ => &[],
        };
        let view = |item: &'a Node| match &item.value {
            Value::Table(table) => Some(View { table, ..*self }),
            _ => None,
        };
        items.iter().filter_map(view).collect()
    }

    /// The place of the value at a path.
    pub(crate) fn place(&self, path: &[&str]) -> Option<Box<Place>> {
        self.node(path).map(|node| Box::new(self.sources.value_place(&node.origin)))
    }

    fn resolve(&self, node: &Node) -> Option<PathBuf> {
        Some(resolve_path(as_str(node)?, self.sources.base(&node.origin), self.home_dir))
    }
}

fn as_str(node: &Node) -> Option<&str> {
    match &node.value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Expands a leading `~` and makes the rest absolute against `base`.
pub(crate) fn resolve_path(text: &str, base: &Path, home_dir: Option<&Path>) -> PathBuf {
    match (text.strip_prefix('~'), home_dir) {
        (Some(""), Some(home)) => home.to_path_buf(),
        (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        _ => base.join(text),
    }
}
