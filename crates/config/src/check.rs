//! One walk over a merged tree: every value against its row, every key against the table.
//! Owns what is unknown, early or outgrown; after it, readers may rely on the types. Knows no default.

use crate::error::ConfigError;
use crate::features::{find as find_feature, nearest_feature};
use crate::keys::{KeyRow, Kind, Status, find, find_member, member_names, one_of};
use crate::place::Sources;
use crate::suggest::nearest;
use crate::tree::{Node, Table, Value};
use crate::value_error::ValueProblem;
use crate::warning::UnknownKey;

/// What the walk found besides errors.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) unknown: Vec<UnknownKey>,
    pub(crate) later: Vec<String>,
    pub(crate) legacy: Vec<String>,
}

impl Findings {
    /// Adds what another tree's walk found.
    pub(crate) fn append(&mut self, other: Findings) {
        self.unknown.extend(other.unknown);
        self.later.extend(other.later);
        self.legacy.extend(other.legacy);
    }
}

/// Checks a whole tree. The first value of a wrong type is the error.
pub(crate) fn check(root: &Table, sources: &Sources) -> Result<Findings, ConfigError> {
    let mut walk = Walk {
        sources,
        findings: Findings::default(),
        pattern: String::new(),
        path: Vec::new(),
        listed: false,
    };
    walk.members(root)?;
    Ok(walk.findings)
}

/// The row of a member of `features.network_proxy`, which has those of a profile's network table.
fn network_row(feature: &str, member: &str) -> Option<&'static KeyRow> {
    if feature != "network_proxy" || member.contains('.') {
        return None;
    }
    find(&format!("permissions.*.network.{member}"))
}

struct Walk<'a> {
    sources: &'a Sources,
    findings: Findings,
    pattern: String,
    path: Vec<&'a str>,
    /// Whether a table around the current key was already listed as having no effect.
    listed: bool,
}

impl<'a> Walk<'a> {
    fn members(&mut self, table: &'a Table) -> Result<(), ConfigError> {
        for (key, node) in table {
            let stem = self.pattern.len();
            let row = find_member(&mut self.pattern, key);
            self.path.push(key);
            match row {
                Some(row) => {
                    let listed_before = self.listed;
                    self.listed |= self.note(row.status, row.kind, node);
                    self.value(row.kind, node)?;
                    self.listed = listed_before;
                }
                None => {
                    self.pattern.truncate(stem);
                    self.unknown(key, node);
                }
            }
            self.path.pop();
            self.pattern.truncate(stem);
        }
        Ok(())
    }

    fn value(&mut self, kind: Kind, node: &'a Node) -> Result<(), ConfigError> {
        match (kind, &node.value) {
            (Kind::Any, _)
            | (Kind::Bool | Kind::BoolOrStruct | Kind::BoolOrStrings, Value::Boolean(_))
            | (Kind::String | Kind::Path | Kind::Keys, Value::String(_))
            | (Kind::Float, Value::Float(_) | Value::Integer(_))
            | (Kind::List, Value::Array(_))
            | (Kind::OpenTable, Value::Table(_)) => Ok(()),
            (Kind::Int { min, max, .. }, Value::Integer(number)) if (min..=max).contains(number) => Ok(()),
            (Kind::Int { .. }, Value::Integer(_)) => Err(self.fault(
                node,
                ValueProblem::Range { found: node.value.describe(), expected: kind.expected() },
            )),
            (Kind::Enum(words), Value::String(word)) => self.word(node, word, words),
            // The word alone says nothing when its settings live in a table.
            (Kind::EnumOrStruct(_), Value::String(word)) if word == "granular" => Err(self.fault(
                node,
                ValueProblem::Type {
                    found: "the word `granular` alone".to_owned(),
                    expected: "a table `{ granular = { ... } }`".to_owned(),
                },
            )),
            (Kind::EnumOrStruct(words), Value::String(word)) => self.word(node, word, words),
            (Kind::Strings | Kind::Paths | Kind::Keys | Kind::BoolOrStrings, Value::Array(items)) => {
                items.iter().try_for_each(|item| self.string(item))
            }
            (Kind::StringMap, Value::Table(table)) => table.values().try_for_each(|item| self.string(item)),
            (Kind::WordMap(words), Value::Table(table)) => table.iter().try_for_each(|(key, item)| {
                self.path.push(key);
                let found = match &item.value {
                    Value::String(word) => self.word(item, word, words),
                    _ => Err(self.wrong_type(item, one_of(words))),
                };
                self.path.pop();
                found
            }),
            (Kind::Features, Value::Table(table)) => self.features(table),
            (Kind::Struct | Kind::Map | Kind::BoolOrStruct | Kind::EnumOrStruct(_), Value::Table(table)) => {
                self.members(table)
            }
            _ => Err(self.wrong_type(node, kind.expected())),
        }
    }

    fn string(&self, node: &Node) -> Result<(), ConfigError> {
        match node.value {
            Value::String(_) => Ok(()),
            _ => Err(self.wrong_type(node, Kind::String.expected())),
        }
    }

    fn word(&self, node: &Node, word: &str, accepted: &'static [&'static str]) -> Result<(), ConfigError> {
        if accepted.contains(&word) {
            return Ok(());
        }
        Err(self.fault(node, ValueProblem::Word { found: word.to_owned(), accepted }))
    }

    /// `[features]`: booleans under known names; a table sets its `enabled` and its dotted flags.
    fn features(&mut self, table: &'a Table) -> Result<(), ConfigError> {
        for (name, node) in table {
            self.path.push(name);
            match &node.value {
                Value::Table(members) if self.has_table_form(name) => {
                    for (member, inner) in members {
                        self.path.push(member);
                        let flag = format!("{name}.{member}");
                        if member == "enabled" || find_feature(&flag).is_some() {
                            self.boolean(inner)?;
                        } else if name == "multi_agent_v2" {
                            self.findings.later.push(self.dotted());
                        } else if let Some(row) = network_row(name, member) {
                            self.note(row.status, row.kind, inner);
                            self.value(row.kind, inner)?;
                        } else {
                            self.unknown_feature(&flag, inner);
                        }
                        self.path.pop();
                    }
                }
                _ if find_feature(name).is_none() => self.unknown_feature(name, node),
                _ => self.boolean(node)?,
            }
            self.path.pop();
        }
        Ok(())
    }

    fn has_table_form(&self, name: &str) -> bool {
        matches!(name, "multi_agent_v2" | "network_proxy" | "guardianv2")
    }

    fn boolean(&self, node: &Node) -> Result<(), ConfigError> {
        match node.value {
            Value::Boolean(_) => Ok(()),
            _ => Err(self.wrong_type(node, Kind::Bool.expected())),
        }
    }

    /// Lists a key that has no effect; `true` when it was listed, which covers everything below it.
    /// A top-level table is not listed itself, its members are: `tui.theme` says more than `tui`.
    fn note(&mut self, status: Status, kind: Kind, node: &Node) -> bool {
        if self.listed {
            return false;
        }
        let with_members = matches!(&node.value, Value::Table(table) if !table.is_empty());
        let opens = self.path.len() == 1 && with_members && kind.has_members();
        match status {
            Status::Later if !opens => self.findings.later.push(self.dotted()),
            Status::Absent if !matches!(node.value, Value::Boolean(false)) => {
                self.findings.later.push(self.dotted());
            }
            Status::Legacy => self.findings.legacy.push(self.dotted()),
            // A switch that was replaced by the top-level `web_search` mode.
            Status::Active if kind == Kind::BoolOrStruct && matches!(node.value, Value::Boolean(_)) => {
                self.findings.legacy.push(self.dotted());
            }
            Status::Active | Status::Later | Status::Absent => return false,
        }
        true
    }

    fn unknown(&mut self, key: &str, node: &Node) {
        let near = nearest(key, member_names(&self.pattern)).map(|near| self.beside(near));
        self.push_unknown(node, near);
    }

    fn unknown_feature(&mut self, flag: &str, node: &Node) {
        let near = nearest_feature(flag).map(|near| format!("features.{near}"));
        self.push_unknown(node, near);
    }

    fn push_unknown(&mut self, node: &Node, suggestion: Option<String>) {
        let place = self.sources.key_place(&node.origin);
        self.findings.unknown.push(UnknownKey { place, key: self.dotted(), suggestion });
    }

    /// The path of a key standing beside the current one.
    fn beside(&self, key: &str) -> String {
        let mut path = self.path.clone();
        path.pop();
        path.push(key);
        dotted(&path)
    }

    fn dotted(&self) -> String {
        dotted(&self.path)
    }

    fn wrong_type(&self, node: &Node, expected: String) -> ConfigError {
        self.fault(node, ValueProblem::Type { found: node.value.describe(), expected })
    }

    fn fault(&self, node: &Node, problem: ValueProblem) -> ConfigError {
        ConfigError::Value {
            place: Box::new(self.sources.value_place(&node.origin)),
            key: self.dotted(),
            problem: Box::new(problem),
        }
    }
}

/// Joins keys with dots, quoting those that are not plain.
pub(crate) fn dotted(path: &[&str]) -> String {
    let mut out = String::new();
    for key in path {
        if !out.is_empty() {
            out.push('.');
        }
        let plain =
            !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        if plain {
            out.push_str(key);
        } else {
            out.push_str(&format!("{key:?}"));
        }
    }
    out
}
