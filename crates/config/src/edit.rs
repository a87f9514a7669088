//! Edits of the person's own `config.toml`: trust a project, switch a feature, keep a choice made on the screen.
//! Invariant: comments and order survive, and a reader sees the old file or the new one, never half of it.

use std::path::Path;

use codex_stdx::{atomic_write, make_private_folder};
use toml_edit::{Array, DocumentMut, Item, Table, value};

use crate::error::ConfigError;
use crate::features::{is_known_feature, nearest_feature};
use crate::files::read_config_file;
use crate::place::{Layer, Source, Sources, place_in};
use crate::requirements::Requirements;

/// What an edit did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    /// The file was written.
    Yes,
    /// The file already said so.
    Unchanged,
}

/// Adds `[projects."ROOT"] trust_level = "trusted"` to the user file, making file and folder when absent.
///
/// # Errors
/// A project that is marked untrusted stays so: the person must change the entry.
pub fn trust_project(codex_home: &Path, root: &Path) -> Result<Edited, ConfigError> {
    let file = codex_home.join("config.toml");
    let mut doc = open(&file)?;
    let projects = table_at(doc.as_item_mut(), "projects", &file, Shape::Hidden)?;
    let entry = table_at(projects, &root.to_string_lossy(), &file, Shape::Header)?;
    match entry.get("trust_level").and_then(Item::as_str) {
        Some("trusted") => return Ok(Edited::Unchanged),
        Some("untrusted") => {
            return Err(ConfigError::ExplicitlyUntrusted { file, root: root.to_path_buf() });
        }
        _ => {}
    }
    insert(entry, "trust_level", value("trusted"));
    save(codex_home, &file, &doc)
}

/// Sets one flag in `[features]` of the user file (`codex features enable NAME`).
pub fn set_feature(codex_home: &Path, name: &str, on: bool) -> Result<Edited, ConfigError> {
    if !is_known_feature(name) {
        return Err(ConfigError::UnknownFeature { name: name.to_owned(), suggestion: nearest_feature(name) });
    }
    let file = codex_home.join("config.toml");
    let mut doc = open(&file)?;
    let features = table_at(doc.as_item_mut(), "features", &file, Shape::Header)?;
    // A table keeps its other members.
    let (target, key) = match features.get(name).is_some_and(Item::is_table_like) {
        true => (table_at(features, name, &file, Shape::Header)?, "enabled"),
        false => (features, name),
    };
    if target.get(key).and_then(Item::as_bool) == Some(on) {
        return Ok(Edited::Unchanged);
    }
    insert(target, key, value(on));
    save(codex_home, &file, &doc)
}

/// What a choice on the screen leaves behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// A string.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
    /// A list of strings.
    Texts(Vec<String>),
    /// The key is taken out: its default counts again.
    Absent,
}

/// Sets one key of the user file, `["tui", "theme"]` for `tui.theme`; tables on the way are made.
///
/// # Errors
/// When the file is no TOML, something on the way is no table, or the file cannot be written.
pub fn set_setting(codex_home: &Path, key: &[&str], wanted: &SettingValue) -> Result<Edited, ConfigError> {
    let file = codex_home.join("config.toml");
    let mut doc = open(&file)?;
    let Some((name, tables)) = key.split_last() else { return Ok(Edited::Unchanged) };
    let mut table = doc.as_item_mut();
    for at in tables {
        if *wanted == SettingValue::Absent && table.get(at).is_none() {
            return Ok(Edited::Unchanged);
        }
        table = table_at(table, at, &file, Shape::Header)?;
    }
    let old = table.get(name);
    let (same, item) = match wanted {
        SettingValue::Text(text) => (old.and_then(Item::as_str) == Some(text), value(text)),
        SettingValue::Flag(on) => (old.and_then(Item::as_bool) == Some(*on), value(*on)),
        SettingValue::Texts(texts) => {
            let has = |array: &Array| {
                array.iter().map(toml_edit::Value::as_str).eq(texts.iter().map(|t| Some(t.as_str())))
            };
            (old.and_then(Item::as_array).is_some_and(has), value(texts.iter().collect::<Array>()))
        }
        SettingValue::Absent => (old.is_none(), Item::None),
    };
    if same {
        return Ok(Edited::Unchanged);
    }
    if item.is_none() {
        if let Some(table) = table.as_table_like_mut() {
            table.remove(name);
        }
    } else {
        insert(table, name, item);
    }
    save(codex_home, &file, &doc)
}

/// Whether the administrator's `requirements.toml` in `system_dir` lets `config.toml` be made to say this: whoever writes it
/// asks first, so that nothing is written that the next start would refuse.
///
/// # Errors
/// [`ConfigError::NotAllowed`], which names that file and what it allows; or that file cannot be read or believed.
pub fn may_write(system_dir: &Path, key: &[&str], value: &SettingValue) -> Result<(), ConfigError> {
    match Requirements::read(system_dir, &mut Sources::default())? {
        Some(requirements) => requirements.into_limits().written(key, value),
        None => Ok(()),
    }
}

/// How a table that has to be made is written.
#[derive(Clone, Copy)]
enum Shape {
    /// With a header of its own.
    Header,
    /// Without one; only the tables below it have headers.
    Hidden,
}

fn open(file: &Path) -> Result<DocumentMut, ConfigError> {
    let text = read_config_file(file)?.unwrap_or_default();
    text.parse::<DocumentMut>().map_err(|err| {
        let message = err.message().lines().collect::<Vec<_>>().join(", ");
        let span = err.span().unwrap_or(0..0);
        let base = file.parent().unwrap_or(Path::new("")).to_path_buf();
        let source = Source { layer: Layer::User, file: Some(file.to_path_buf()), base, text };
        ConfigError::Syntax { place: Box::new(place_in(&source, span)), message }
    })
}

/// The table at `key`, made when absent.
fn table_at<'a>(
    parent: &'a mut Item,
    key: &str,
    file: &Path,
    shape: Shape,
) -> Result<&'a mut Item, ConfigError> {
    let refused = || ConfigError::NotEditable { file: file.to_path_buf(), key: key.to_owned() };
    let inline = parent.is_inline_table();
    let table = parent.as_table_like_mut().ok_or_else(refused)?;
    if table.get(key).is_none() {
        let item = if inline {
            value(toml_edit::InlineTable::new())
        } else {
            let mut made = Table::new();
            made.set_implicit(matches!(shape, Shape::Hidden));
            Item::Table(made)
        };
        table.insert(key, item);
    }
    table.get_mut(key).filter(|item| item.is_table_like()).ok_or_else(refused)
}

fn insert(table: &mut Item, key: &str, item: Item) {
    if let Some(table) = table.as_table_like_mut() {
        // Replacing the value in place keeps the comment beside it.
        match table.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) => {
                if let Ok(mut new) = item.into_value() {
                    *new.decor_mut() = old.decor().clone();
                    *old = new;
                }
            }
            None => {
                table.insert(key, item);
            }
        }
    }
}

fn save(codex_home: &Path, file: &Path, doc: &DocumentMut) -> Result<Edited, ConfigError> {
    let failed = |source| ConfigError::Write { file: file.to_path_buf(), source };
    make_private_folder(codex_home).map_err(failed)?;
    atomic_write(file, doc.to_string().as_bytes())
        .map_err(|err| ConfigError::Write { file: file.to_path_buf(), source: err.source })?;
    Ok(Edited::Yes)
}
