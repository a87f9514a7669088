//! What a known configuration key is: its type and whether it already has an effect.
//! Owns the row shape and the look-up; the rows are in `keys_table.rs`. Knows no value.

use crate::keys_table::KEYS;

/// The type a key's value must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    String,
    Bool,
    /// An integer between two bounds, under the name messages use for it.
    Int {
        min: i64,
        max: i64,
        name: &'static str,
    },
    Float,
    /// A string naming a file or folder.
    Path,
    Strings,
    Paths,
    /// A sequence whose members are not looked at.
    List,
    /// The name of a key, or a sequence of such names.
    Keys,
    /// A boolean, or a sequence of strings.
    BoolOrStrings,
    /// A table of strings under user-chosen names.
    StringMap,
    /// A table of these words under user-chosen names.
    WordMap(&'static [&'static str]),
    Enum(&'static [&'static str]),
    /// One of the words, or a table with known members.
    EnumOrStruct(&'static [&'static str]),
    /// A table whose members have rows of their own.
    Struct,
    /// A boolean, or a table whose members have rows of their own.
    BoolOrStruct,
    /// A table under user-chosen names; the members' row ends in `*`.
    Map,
    /// A table whose members are not looked at.
    OpenTable,
    /// The feature table, checked against the feature rows.
    Features,
    /// Anything.
    Any,
}

/// Whether a key does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// The value is used.
    Active,
    /// Understood, but nothing reads it yet; a warning says so.
    Later,
    /// A switch for something this program never does: false is true already, true draws the warning.
    Absent,
    /// Kept only so that old files load; nothing will ever read it.
    Legacy,
}

/// One known key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyRow {
    pub(crate) path: &'static str,
    pub(crate) kind: Kind,
    pub(crate) status: Status,
}

pub(crate) const fn row(path: &'static str, kind: Kind, status: Status) -> KeyRow {
    KeyRow { path, kind, status }
}

const fn int(min: i64, max: i64, name: &'static str) -> Kind {
    Kind::Int { min, max, name }
}

pub(crate) const BOOL: Kind = Kind::Bool;
pub(crate) const U8: Kind = int(0, u8::MAX as i64, "u8");
pub(crate) const U16: Kind = int(0, u16::MAX as i64, "u16");
pub(crate) const U32: Kind = int(0, u32::MAX as i64, "u32");
pub(crate) const U64: Kind = int(0, i64::MAX, "u64");
pub(crate) const USIZE: Kind = int(0, i64::MAX, "usize");
pub(crate) const I32: Kind = int(i32::MIN as i64, i32::MAX as i64, "i32");
pub(crate) const I64: Kind = int(i64::MIN, i64::MAX, "i64");
pub(crate) const NONZERO_U64: Kind = int(1, i64::MAX, "a nonzero u64");
pub(crate) const NONZERO_USIZE: Kind = int(1, i64::MAX, "a nonzero usize");

impl Kind {
    /// Whether members of such a table have rows of their own.
    pub(crate) fn has_members(self) -> bool {
        matches!(self, Self::Struct | Self::Map | Self::BoolOrStruct | Self::EnumOrStruct(_))
    }

    /// What a message says was expected.
    pub(crate) fn expected(self) -> String {
        match self {
            Self::String => "a string".to_owned(),
            Self::Bool => "a boolean".to_owned(),
            Self::Int { name, .. } => name.to_owned(),
            Self::Float => "f64".to_owned(),
            Self::Path => "path string".to_owned(),
            Self::Strings => "a sequence of strings".to_owned(),
            Self::Paths => "a sequence of path strings".to_owned(),
            Self::List => "a sequence".to_owned(),
            Self::Keys => "a string or a sequence of strings".to_owned(),
            Self::BoolOrStrings => "a boolean or a sequence of strings".to_owned(),
            Self::StringMap => "a map of strings".to_owned(),
            Self::WordMap(words) => format!("a map whose values are {}", one_of(words)),
            Self::Enum(words) => one_of(words),
            Self::EnumOrStruct(words) => format!("{} or a table", one_of(words)),
            Self::BoolOrStruct => "a boolean or a table".to_owned(),
            Self::Struct | Self::OpenTable | Self::Features => "a table".to_owned(),
            Self::Map => "a map".to_owned(),
            Self::Any => "any value".to_owned(),
        }
    }
}

/// `` one of `a`, `b` ``, or `` `a` `` alone.
pub(crate) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    if quoted.len() == 1 { quoted.concat() } else { format!("one of {}", quoted.join(", ")) }
}

/// The row of a path pattern such as `model_providers.*.name`.
pub(crate) fn find(pattern: &str) -> Option<&'static KeyRow> {
    KEYS.binary_search_by(|row| row.path.cmp(pattern)).ok().and_then(|at| KEYS.get(at))
}

/// The row of the member `key` of the table at `pattern`, whose own pattern is left in `pattern`.
/// A quoted key with a dot in it never matches a path of several keys.
pub(crate) fn find_member(pattern: &mut String, key: &str) -> Option<&'static KeyRow> {
    let stem = pattern.len();
    if !key.contains('.') {
        push(pattern, key);
        if let Some(row) = find(pattern) {
            return Some(row);
        }
        pattern.truncate(stem);
    }
    push(pattern, "*");
    find(pattern)
}

fn push(pattern: &mut String, key: &str) {
    if !pattern.is_empty() {
        pattern.push('.');
    }
    pattern.push_str(key);
}

/// The names of the members a table may have, without user-chosen ones.
pub(crate) fn member_names(pattern: &str) -> impl Iterator<Item = &'static str> {
    let stem = if pattern.is_empty() { String::new() } else { format!("{pattern}.") };
    KEYS.iter().filter_map(move |row| {
        let name = row.path.strip_prefix(stem.as_str())?;
        (!name.contains('.') && name != "*").then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::{Kind, find, find_member, member_names};
    use crate::features_table::FEATURES;
    use crate::keys_table::KEYS;

    /// The observed keys, their placeholders written as `*`.
    fn observed() -> Vec<String> {
        let text = include_str!("../tests/data/keys_observed.json");
        let keys: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).unwrap();
        let star = |part: &str| if part == "x" || part.starts_with('<') { "*" } else { part }.to_owned();
        keys.keys().map(|key| key.split('.').map(star).collect::<Vec<_>>().join(".")).collect()
    }

    #[test]
    fn both_tables_are_sorted_and_without_doubles() {
        assert!(KEYS.windows(2).all(|pair| pair[0].path < pair[1].path));
        assert!(FEATURES.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn every_observed_key_has_a_row() {
        let missing: Vec<_> = observed()
            .into_iter()
            .filter(|key| find(key).is_none() && !key.starts_with("features."))
            .collect();
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn every_row_with_members_has_some_and_every_member_has_a_parent() {
        for row in KEYS {
            let stem = format!("{}.", row.path);
            let members = KEYS.iter().any(|other| other.path.starts_with(&stem));
            assert_eq!(members, row.kind.has_members(), "{}", row.path);
            if let Some((parent, _)) = row.path.rsplit_once('.') {
                assert!(find(parent).is_some_and(|parent| parent.kind.has_members()), "{}", row.path);
            }
        }
    }

    #[test]
    fn members_match_by_name_then_by_star() {
        let look = |stem: &str, key: &str| find_member(&mut stem.to_owned(), key).map(|row| row.path);
        assert_eq!(look("", "model"), Some("model"));
        assert_eq!(look("agents", "enabled"), Some("agents.enabled"));
        assert_eq!(look("agents", "reviewer"), Some("agents.*"));
        assert_eq!(look("", "history.max_bytes"), None);
        assert_eq!(look("model_providers", "a.b"), Some("model_providers.*"));
        assert_eq!(find("features").map(|row| row.kind), Some(Kind::Features));
        let mut tools: Vec<_> = member_names("tools").collect();
        tools.sort();
        assert_eq!(
            tools,
            ["client_search_provider", "experimental_request_user_input", "update_plan", "web_search"]
        );
    }
}
