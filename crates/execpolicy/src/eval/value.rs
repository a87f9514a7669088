//! Values of the language.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use starlark_syntax::syntax::ast::{AstNoPayload, DefP};

use super::frame::Frame;

/// A value. Lists and dictionaries are shared, as the language has it.
#[derive(Clone)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Text(Rc<str>),
    List(Rc<RefCell<Vec<Value>>>),
    Tuple(Rc<Vec<Value>>),
    Dict(Rc<RefCell<Vec<(Value, Value)>>>),
    Function(Rc<Function>),
    /// A function of ours, by name.
    Builtin(&'static str),
    /// A method of a value.
    Method(Box<Value>, Rc<str>),
}

/// A `def` with the names around it.
pub(super) struct Function {
    pub(super) def: DefP<AstNoPayload>,
    pub(super) around: Rc<Frame>,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(Rc::from(text))
    }

    pub(super) fn list(values: Vec<Self>) -> Self {
        Self::List(Rc::new(RefCell::new(values)))
    }

    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Text(text) => !text.is_empty(),
            Self::List(values) => !values.borrow().is_empty(),
            Self::Tuple(values) => !values.is_empty(),
            Self::Dict(entries) => !entries.borrow().is_empty(),
            Self::Function(_) | Self::Builtin(_) | Self::Method(..) => true,
        }
    }

    /// The type as error messages name it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Text(_) => "string",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Dict(_) => "dict",
            Self::Function(_) | Self::Builtin(_) | Self::Method(..) => "function",
        }
    }

    /// The elements of something a `for` can walk: a copy, so that the body may change the original.
    pub(super) fn elements(&self) -> Option<Vec<Self>> {
        match self {
            Self::List(values) => Some(values.borrow().clone()),
            Self::Tuple(values) => Some(values.to_vec()),
            Self::Dict(entries) => Some(entries.borrow().iter().map(|(key, _)| key.clone()).collect()),
            _ => None,
        }
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        equal(self, other, 0)
    }

    /// What an operation on the whole value costs, in steps.
    pub(super) fn weight(&self) -> u64 {
        let length = match self {
            Self::Text(text) => text.len() / 64,
            Self::List(values) => values.borrow().len(),
            Self::Tuple(values) => values.len(),
            Self::Dict(entries) => entries.borrow().len(),
            _ => 0,
        };
        length as u64
    }
}

/// Containers may hold each other; what is nested too deeply is equal to nothing.
fn equal(left: &Value, right: &Value, depth: usize) -> bool {
    if depth > SHOWN_DEPTH_MAX {
        return false;
    }
    let all = |left: &[Value], right: &[Value]| {
        left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right, depth + 1))
    };
    match (left, right) {
        (Value::None, Value::None) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Int(left), Value::Int(right)) => left == right,
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::List(left), Value::List(right)) => {
            Rc::ptr_eq(left, right) || all(&left.borrow(), &right.borrow())
        }
        (Value::Tuple(left), Value::Tuple(right)) => all(left, right),
        (Value::Dict(left), Value::Dict(right)) => {
            let (left, right) = (left.borrow(), right.borrow());
            let has = |(key, value): &(Value, Value)| {
                right
                    .iter()
                    .any(|(other, known)| equal(other, key, depth + 1) && equal(known, value, depth + 1))
            };
            left.len() == right.len() && left.iter().all(has)
        }
        _ => false,
    }
}

/// As `str` gives it: texts inside of containers are quoted.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            other => write!(f, "{other:?}"),
        }
    }
}

/// As `repr` gives it. Containers inside of containers inside of ... are cut.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self, f, 0)
    }
}

const SHOWN_DEPTH_MAX: usize = 16;

fn show(value: &Value, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
    if depth > SHOWN_DEPTH_MAX {
        return f.write_str("...");
    }
    let series = |f: &mut fmt::Formatter<'_>, values: &[Value]| -> fmt::Result {
        for (at, value) in values.iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            show(value, f, depth + 1)?;
        }
        Ok(())
    };
    match value {
        Value::None => f.write_str("None"),
        Value::Bool(value) => f.write_str(if *value { "True" } else { "False" }),
        Value::Int(value) => write!(f, "{value}"),
        Value::Text(text) => write!(f, "{text:?}"),
        Value::List(values) => {
            f.write_str("[")?;
            series(f, &values.borrow())?;
            f.write_str("]")
        }
        Value::Tuple(values) => {
            f.write_str("(")?;
            series(f, values)?;
            f.write_str(if values.len() == 1 { ",)" } else { ")" })
        }
        Value::Dict(entries) => {
            f.write_str("{")?;
            for (at, (key, value)) in entries.borrow().iter().enumerate() {
                f.write_str(if at > 0 { ", " } else { "" })?;
                show(key, f, depth + 1)?;
                f.write_str(": ")?;
                show(value, f, depth + 1)?;
            }
            f.write_str("}")
        }
        Value::Function(function) => write!(f, "<function {}>", function.def.name.ident),
        Value::Builtin(name) => write!(f, "<built-in function {name}>"),
        Value::Method(_, name) => write!(f, "<method {name}>"),
    }
}
