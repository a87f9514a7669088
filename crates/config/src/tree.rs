//! TOML as a tree whose every value remembers where it was written, and the key-by-key merge of two trees.
//! Invariant: a merged value keeps the origin of the layer that won. Knows no key and no default.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::place::Origin;

pub(crate) type Table = BTreeMap<String, Node>;

/// A value and its origin.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// A TOML value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    String(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Datetime(String),
    Array(Vec<Node>),
    Table(Table),
}

/// Text that is not TOML: what is wrong and where.
#[derive(Debug)]
pub(crate) struct SyntaxProblem {
    pub(crate) message: String,
    pub(crate) span: Range<usize>,
}

impl Value {
    /// The value as a message names it: ``integer `3` ``.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::String(text) => format!("string {text:?}"),
            Self::Integer(number) => format!("integer `{number}`"),
            Self::Float(number) => format!("number `{number}`"),
            Self::Boolean(flag) => format!("boolean `{flag}`"),
            Self::Datetime(text) => format!("date `{text}`"),
            Self::Array(_) => "a sequence".to_owned(),
            Self::Table(_) => "a table".to_owned(),
        }
    }
}

/// Parses a whole document.
pub(crate) fn parse_document(text: &str, source: usize) -> Result<Table, SyntaxProblem> {
    let root = DeTable::parse(text).map_err(syntax)?;
    convert_table(root.into_inner(), source, 0)
}

/// Parses one value standing at byte `offset` of its source.
pub(crate) fn parse_value(text: &str, source: usize, offset: usize) -> Result<Value, SyntaxProblem> {
    let value = DeValue::parse(text).map_err(syntax)?;
    convert_value(value.into_inner(), source, offset, 0..text.len())
}

fn syntax(err: toml::de::Error) -> SyntaxProblem {
    let message = err.message().lines().collect::<Vec<_>>().join(", ");
    SyntaxProblem { message, span: err.span().unwrap_or(0..0) }
}

fn convert_table(table: DeTable<'_>, source: usize, offset: usize) -> Result<Table, SyntaxProblem> {
    let mut out = Table::new();
    for (key, value) in table {
        let key_span = shift(key.span(), offset);
        out.insert(key.into_inner().into_owned(), convert(value, source, offset, Some(key_span))?);
    }
    Ok(out)
}

fn convert(
    value: Spanned<DeValue<'_>>,
    source: usize,
    offset: usize,
    key: Option<Range<usize>>,
) -> Result<Node, SyntaxProblem> {
    let span = value.span();
    let shifted = shift(span.clone(), offset);
    let value = convert_value(value.into_inner(), source, offset, span)?;
    Ok(Node { value, origin: Origin { source, key: key.unwrap_or_else(|| shifted.clone()), value: shifted } })
}

fn convert_value(
    value: DeValue<'_>,
    source: usize,
    offset: usize,
    span: Range<usize>,
) -> Result<Value, SyntaxProblem> {
    Ok(match value {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(number) => Value::Integer(integer(&number, &span)?),
        DeValue::Float(number) => Value::Float(number.as_str().parse().map_err(|_| SyntaxProblem {
            message: "this number cannot be read".to_owned(),
            span: span.clone(),
        })?),
        DeValue::Boolean(flag) => Value::Boolean(flag),
        DeValue::Datetime(date) => Value::Datetime(date.to_string()),
        DeValue::Array(items) => Value::Array(
            items
                .into_iter()
                .map(|item| convert(item, source, offset, None))
                .collect::<Result<Vec<_>, SyntaxProblem>>()?,
        ),
        DeValue::Table(table) => Value::Table(convert_table(table, source, offset)?),
    })
}

fn integer(number: &DeInteger<'_>, span: &Range<usize>) -> Result<i64, SyntaxProblem> {
    i64::from_str_radix(number.as_str(), number.radix()).map_err(|_| SyntaxProblem {
        message: "this integer does not fit into 64 bits".to_owned(),
        span: span.clone(),
    })
}

fn shift(span: Range<usize>, by: usize) -> Range<usize> {
    span.start + by..span.end + by
}

/// Lays `top` over `base`: tables are merged key by key, everything else is replaced.
pub(crate) fn overlay(base: &mut Table, top: Table) {
    for (key, node) in top {
        match (base.get_mut(&key), node) {
            (
                Some(Node { value: Value::Table(below), .. }),
                Node { value: Value::Table(above), origin: _ },
            ) => overlay(below, above),
            (_, node) => {
                base.insert(key, node);
            }
        }
    }
}

/// The node at a path of keys.
pub(crate) fn get<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Node> {
    let (first, rest) = path.split_first()?;
    let node = table.get(*first)?;
    if rest.is_empty() {
        return Some(node);
    }
    match &node.value {
        Value::Table(inner) => get(inner, rest),
        _ => None,
    }
}

/// Puts a node at a path, making tables on the way. A scalar in the way is replaced by a table.
pub(crate) fn put(table: &mut Table, path: &[String], node: Node) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        overlay(table, Table::from([(first.clone(), node)]));
        return;
    }
    let origin = node.origin.clone();
    let slot = table
        .entry(first.clone())
        .or_insert_with(|| Node { value: Value::Table(Table::new()), origin: origin.clone() });
    if !matches!(slot.value, Value::Table(_)) {
        *slot = Node { value: Value::Table(Table::new()), origin };
    }
    if let Value::Table(inner) = &mut slot.value {
        put(inner, rest, node);
    }
}
