//! Operators, and the functions and methods of the language that rules files use.

use starlark_syntax::syntax::ast::BinOp;

use super::interpreter::{Outcome, Wrong};
use super::value::Value;

/// Longest text or list that an operation may make.
const LENGTH_MAX: usize = 100_000;

/// Every function of ours.
pub(super) const BUILTINS: [&str; 14] = [
    "prefix_rule",
    "network_rule",
    "host_executable",
    "len",
    "range",
    "str",
    "repr",
    "list",
    "tuple",
    "dict",
    "bool",
    "sorted",
    "fail",
    "print",
];

/// An operator on two values.
pub(super) fn operate(op: BinOp, left: &Value, right: &Value) -> Outcome<Value> {
    let wrong =
        || Err(Wrong::new(format!("a {} and a {} do not go together here", left.kind(), right.kind())));
    Ok(match (op, left, right) {
        (BinOp::Equal, ..) => Value::Bool(left.equals(right)),
        (BinOp::NotEqual, ..) => Value::Bool(!left.equals(right)),
        (BinOp::In, ..) => Value::Bool(contains(right, left)?),
        (BinOp::NotIn, ..) => Value::Bool(!contains(right, left)?),
        (BinOp::Add, Value::Text(left), Value::Text(right)) => limited_text(format!("{left}{right}"))?,
        (BinOp::Add, Value::List(left), Value::List(right)) => {
            let joined: Vec<Value> = left.borrow().iter().chain(right.borrow().iter()).cloned().collect();
            limited_list(joined)?
        }
        (BinOp::Add, Value::Tuple(left), Value::Tuple(right)) => {
            Value::Tuple(left.iter().chain(right.iter()).cloned().collect::<Vec<_>>().into())
        }
        (BinOp::Percent, Value::Text(format), _) => percent(format, right)?,
        (BinOp::Multiply, Value::Text(text), Value::Int(times)) => {
            let times = usize::try_from(*times).unwrap_or(0);
            if text.len().saturating_mul(times) > LENGTH_MAX {
                return Err(Wrong::new("the text is too long"));
            }
            limited_text(text.repeat(times))?
        }
        (_, Value::Int(left), Value::Int(right)) => {
            return integers(op, *left, *right).map_or_else(wrong, Ok);
        }
        (BinOp::Less, Value::Text(left), Value::Text(right)) => Value::Bool(left < right),
        (BinOp::Greater, Value::Text(left), Value::Text(right)) => Value::Bool(left > right),
        (BinOp::LessOrEqual, Value::Text(left), Value::Text(right)) => Value::Bool(left <= right),
        (BinOp::GreaterOrEqual, Value::Text(left), Value::Text(right)) => Value::Bool(left >= right),
        _ => return wrong(),
    })
}

fn integers(op: BinOp, left: i64, right: i64) -> Option<Value> {
    Some(match op {
        BinOp::Add => Value::Int(left.checked_add(right)?),
        BinOp::Subtract => Value::Int(left.checked_sub(right)?),
        BinOp::Multiply => Value::Int(left.checked_mul(right)?),
        BinOp::FloorDivide => Value::Int(left.checked_div_euclid(right)?),
        BinOp::Percent => Value::Int(left.checked_rem_euclid(right)?),
        BinOp::Less => Value::Bool(left < right),
        BinOp::Greater => Value::Bool(left > right),
        BinOp::LessOrEqual => Value::Bool(left <= right),
        BinOp::GreaterOrEqual => Value::Bool(left >= right),
        _ => return None,
    })
}

fn contains(container: &Value, value: &Value) -> Outcome<bool> {
    if let (Value::Text(text), Value::Text(part)) = (container, value) {
        return Ok(text.contains(part.as_ref()));
    }
    let elements = container.elements();
    let elements = elements.ok_or_else(|| Wrong::new(format!("a {} holds nothing", container.kind())))?;
    Ok(elements.iter().any(|element| element.equals(value)))
}

fn limited_text(text: String) -> Outcome<Value> {
    if text.len() > LENGTH_MAX { Err(Wrong::new("the text is too long")) } else { Ok(Value::text(&text)) }
}

fn limited_list(values: Vec<Value>) -> Outcome<Value> {
    if values.len() > LENGTH_MAX { Err(Wrong::new("the list is too long")) } else { Ok(Value::list(values)) }
}

/// `"%s and %s" % (a, b)`
fn percent(format: &str, right: &Value) -> Outcome<Value> {
    let mut values = match right {
        Value::Tuple(values) => values.to_vec(),
        other => vec![other.clone()],
    }
    .into_iter();
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut next = || values.next().ok_or_else(|| Wrong::new("more places in the text than values"));
        match chars.next() {
            Some('%') => out.push('%'),
            Some('s' | 'd') => out.push_str(&next()?.to_string()),
            Some('r') => out.push_str(&format!("{:?}", next()?)),
            _ => return Err(Wrong::new("only %s, %d, %r and %% are available")),
        }
    }
    if values.next().is_some() {
        return Err(Wrong::new("more values than places in the text"));
    }
    limited_text(out)
}

/// A function of ours that makes no rule.
pub(super) fn call_builtin(name: &str, arguments: &[Value]) -> Outcome<Value> {
    let walked = |value: &Value| {
        value.elements().ok_or_else(|| Wrong::new(format!("a {} cannot be walked through", value.kind())))
    };
    Ok(match (name, arguments) {
        ("len", [Value::Text(text)]) => length(text.chars().count()),
        ("len", [value]) => length(walked(value)?.len()),
        ("range", [Value::Int(end)]) => range(0, *end, 1)?,
        ("range", [Value::Int(start), Value::Int(end)]) => range(*start, *end, 1)?,
        ("range", [Value::Int(start), Value::Int(end), Value::Int(step)]) => range(*start, *end, *step)?,
        ("str", [value]) => limited_text(value.to_string())?,
        ("repr", [value]) => limited_text(format!("{value:?}"))?,
        ("list", []) => Value::list(Vec::new()),
        ("list", [value]) => limited_list(walked(value)?)?,
        ("tuple", []) => Value::Tuple(Vec::new().into()),
        ("tuple", [value]) => Value::Tuple(walked(value)?.into()),
        ("dict", []) => Value::Dict(std::rc::Rc::default()),
        ("bool", [value]) => Value::Bool(value.is_true()),
        ("sorted", [value]) => {
            let mut texts = Vec::new();
            for value in walked(value)? {
                match value {
                    Value::Text(text) => texts.push(text),
                    other => return Err(Wrong::new(format!("sorted takes texts, not a {}", other.kind()))),
                }
            }
            texts.sort();
            Value::list(texts.into_iter().map(Value::Text).collect())
        }
        ("fail", values) => {
            let words: Vec<String> = values.iter().map(Value::to_string).collect();
            return Err(Wrong::new(format!("fail: {}", words.join(" "))));
        }
        ("print", _) => Value::None,
        _ => return Err(Wrong::new(format!("`{name}` does not take these arguments"))),
    })
}

fn length(count: usize) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn range(start: i64, end: i64, step: i64) -> Outcome<Value> {
    if step == 0 {
        return Err(Wrong::new("a range cannot stand still"));
    }
    let mut values = Vec::new();
    let mut at = start;
    while (step > 0 && at < end) || (step < 0 && at > end) {
        values.push(Value::Int(at));
        if values.len() > LENGTH_MAX {
            return Err(Wrong::new("the range is too long"));
        }
        at = at.checked_add(step).ok_or_else(|| Wrong::new("the range is too long"))?;
    }
    Ok(Value::list(values))
}

/// A method of a text, a list or a dictionary.
pub(super) fn call_method(value: &Value, name: &str, arguments: &[Value]) -> Outcome<Value> {
    match value {
        Value::Text(text) => text_method(text, name, arguments),
        Value::List(shared) => {
            // A list may be extended by itself: what is added is copied before the list is taken.
            let added = match (name, arguments) {
                ("extend", [more]) => more.elements(),
                _ => None,
            };
            let mut values = shared.borrow_mut();
            match (name, arguments) {
                ("append", [value]) => values.push(value.clone()),
                ("extend", [_]) => {
                    let more = added.ok_or_else(|| Wrong::new("a list is extended by a list"))?;
                    if values.len() + more.len() > LENGTH_MAX {
                        return Err(Wrong::new("the list is too long"));
                    }
                    values.extend(more);
                }
                _ => return Err(unknown(name, "list")),
            }
            if values.len() > LENGTH_MAX {
                return Err(Wrong::new("the list is too long"));
            }
            Ok(Value::None)
        }
        Value::Dict(entries) => {
            let entries = entries.borrow();
            Ok(match (name, arguments) {
                ("keys", []) => Value::list(entries.iter().map(|(key, _)| key.clone()).collect()),
                ("values", []) => Value::list(entries.iter().map(|(_, value)| value.clone()).collect()),
                ("items", []) => {
                    let pair =
                        |(key, value): &(Value, Value)| Value::Tuple(vec![key.clone(), value.clone()].into());
                    Value::list(entries.iter().map(pair).collect())
                }
                ("get", [key]) => find(&entries, key).unwrap_or(Value::None),
                ("get", [key, otherwise]) => find(&entries, key).unwrap_or_else(|| otherwise.clone()),
                _ => return Err(unknown(name, "dict")),
            })
        }
        other => Err(unknown(name, other.kind())),
    }
}

fn find(entries: &[(Value, Value)], key: &Value) -> Option<Value> {
    entries.iter().find(|(known, _)| known.equals(key)).map(|(_, value)| value.clone())
}

fn unknown(name: &str, kind: &str) -> Wrong {
    Wrong::new(format!("a {kind} has no method `{name}` here"))
}

fn text_method(text: &str, name: &str, arguments: &[Value]) -> Outcome<Value> {
    Ok(match (name, arguments) {
        ("split", []) => Value::list(text.split_whitespace().map(Value::text).collect()),
        ("split", [Value::Text(at)]) if !at.is_empty() => {
            Value::list(text.split(&**at).map(Value::text).collect())
        }
        ("join", [values]) => {
            let values = values.elements().unwrap_or_default();
            let parts: Vec<String> = values.iter().map(Value::to_string).collect();
            limited_text(parts.join(text))?
        }
        ("startswith", [Value::Text(part)]) => Value::Bool(text.starts_with(&**part)),
        ("endswith", [Value::Text(part)]) => Value::Bool(text.ends_with(&**part)),
        ("strip", []) => Value::text(text.trim()),
        ("lower", []) => Value::text(&text.to_lowercase()),
        ("upper", []) => Value::text(&text.to_uppercase()),
        ("replace", [Value::Text(from), Value::Text(to)]) if !from.is_empty() => {
            limited_text(text.replace(&**from, to))?
        }
        ("format", values) => {
            let mut values = values.iter();
            let mut out = String::new();
            let mut rest = text;
            while let Some((before, after)) = rest.split_once("{}") {
                let value = values.next().ok_or_else(|| Wrong::new("more places in the text than values"))?;
                out.push_str(before);
                out.push_str(&value.to_string());
                rest = after;
            }
            out.push_str(rest);
            limited_text(out)?
        }
        _ => return Err(unknown(name, "string")),
    })
}
