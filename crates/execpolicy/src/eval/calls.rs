//! Calls: of functions in the file, of ours, and of the three that make rules.

use std::path::PathBuf;
use std::rc::Rc;

use starlark_syntax::codemap::Span;
use starlark_syntax::syntax::ast::{ArgumentP, AstArgument, ParameterP};

use super::frame::Frame;
use super::functions::{call_builtin, call_method};
use super::interpreter::{Interpreter, Outcome, Wrong};
use super::value::{Function, Value};
use crate::{Decision, HostName, NetworkProtocol, NetworkRule, PrefixRule};

/// Arguments by place and by name.
#[derive(Default)]
pub(super) struct Arguments {
    placed: Vec<Value>,
    named: Vec<(String, Value)>,
}

impl Arguments {
    /// Binds them to parameter names, in order; what is not given stays `None`.
    fn bind<const N: usize>(self, function: &str, names: [&str; N]) -> Outcome<[Option<Value>; N]> {
        let mut bound = [const { None }; N];
        if self.placed.len() > N {
            return Err(Wrong::new(format!("{function} takes at most {N} arguments")));
        }
        for (slot, value) in bound.iter_mut().zip(self.placed) {
            *slot = Some(value);
        }
        for (name, value) in self.named {
            let Some(at) = names.iter().position(|known| *known == name) else {
                let known = names.join(", ");
                return Err(Wrong::new(format!("{function} has no argument `{name}`; it takes {known}")));
            };
            if bound[at].replace(value).is_some() {
                return Err(Wrong::new(format!("{function} is given `{name}` twice")));
            }
        }
        // `None` says the same as leaving it out.
        Ok(bound.map(|value| value.filter(|value| !matches!(value, Value::None))))
    }
}

impl Interpreter<'_> {
    pub(super) fn arguments(&mut self, arguments: &[AstArgument], frame: &Rc<Frame>) -> Outcome<Arguments> {
        let mut out = Arguments::default();
        for argument in arguments {
            match &argument.node {
                ArgumentP::Positional(value) => out.placed.push(self.expression(value, frame)?),
                ArgumentP::Named(name, value) => {
                    out.named.push((name.node.clone(), self.expression(value, frame)?));
                }
                ArgumentP::Args(values) => {
                    let values = self.expression(values, frame)?.elements();
                    out.placed.extend(values.ok_or_else(|| Wrong::new("`*` takes a list"))?);
                }
                ArgumentP::KwArgs(values) => {
                    let Value::Dict(entries) = self.expression(values, frame)? else {
                        return Err(Wrong::new("`**` takes a dictionary"));
                    };
                    let entries = entries.borrow();
                    out.named.extend(entries.iter().map(|(key, value)| (key.to_string(), value.clone())));
                }
            }
        }
        Ok(out)
    }

    pub(super) fn call(&mut self, function: &Value, arguments: Arguments, span: Span) -> Outcome<Value> {
        self.step()?;
        for value in &arguments.placed {
            self.weigh(&[value])?;
        }
        if let Value::Method(value, _) = function {
            self.weigh(&[value])?;
        }
        match function {
            Value::Function(function) => self.call_def(function, arguments),
            Value::Builtin("prefix_rule") => self.prefix_rule(arguments, span),
            Value::Builtin("network_rule") => self.network_rule(arguments),
            Value::Builtin("host_executable") => self.host_executable(arguments),
            Value::Builtin(name) if arguments.named.is_empty() => call_builtin(name, &arguments.placed),
            Value::Method(value, name) if arguments.named.is_empty() => {
                call_method(value, name, &arguments.placed)
            }
            Value::Builtin(name) => Err(Wrong::new(format!("`{name}` takes no named arguments here"))),
            Value::Method(_, name) => Err(Wrong::new(format!("`{name}` takes no named arguments here"))),
            other => Err(Wrong::new(format!("a {} cannot be called", other.kind()))),
        }
    }

    fn call_def(&mut self, function: &Rc<Function>, arguments: Arguments) -> Outcome<Value> {
        let name = &function.def.name.ident;
        let frame = Frame::inside(&function.around);
        let mut placed = arguments.placed.into_iter();
        let mut named = arguments.named;
        for parameter in &function.def.params {
            match &parameter.node {
                ParameterP::Normal(parameter, _, default) => {
                    let by_name = named.iter().position(|(known, _)| *known == parameter.ident);
                    let value = match (placed.next(), by_name, default) {
                        (Some(_), Some(_), _) => {
                            return Err(Wrong::new(format!("{name} is given `{}` twice", parameter.ident)));
                        }
                        (Some(value), None, _) => value,
                        (None, Some(at), _) => named.swap_remove(at).1,
                        (None, None, Some(default)) => self.expression(default, &function.around)?,
                        (None, None, None) => {
                            return Err(Wrong::new(format!("{name} needs `{}`", parameter.ident)));
                        }
                    };
                    frame.set(&parameter.ident, value);
                }
                ParameterP::Args(parameter, _) => {
                    frame.set(&parameter.ident, Value::Tuple(placed.by_ref().collect::<Vec<_>>().into()));
                }
                ParameterP::KwArgs(parameter, _) => {
                    let entries = std::mem::take(&mut named);
                    let entries =
                        entries.into_iter().map(|(key, value)| (Value::text(&key), value)).collect();
                    frame.set(&parameter.ident, Value::Dict(Rc::new(std::cell::RefCell::new(entries))));
                }
                ParameterP::NoArgs | ParameterP::Slash => {}
            }
        }
        if placed.next().is_some() {
            return Err(Wrong::new(format!("{name} is given too many arguments")));
        }
        if let Some((unknown, _)) = named.first() {
            return Err(Wrong::new(format!("{name} has no argument `{unknown}`")));
        }
        self.body(function, &frame)
    }

    /// `prefix_rule(pattern, decision="allow", justification=None, match=None, not_match=None)`
    fn prefix_rule(&mut self, arguments: Arguments, span: Span) -> Outcome<Value> {
        let names = ["pattern", "decision", "justification", "match", "not_match"];
        let [pattern, decision, justification, matching, not_matching] =
            arguments.bind("prefix_rule", names)?;
        let rule = PrefixRule {
            pattern: pattern_of(pattern.as_ref())?,
            decision: decision_of(decision.as_ref(), &["allow", "prompt", "forbidden"])?,
            justification: justification_of(justification)?,
            place: self.place(span),
        };
        for example in examples(matching.as_ref(), "match")? {
            if !rule.matches(&example) {
                return Err(Wrong::new(format!("`match` example {example:?} does not match the pattern")));
            }
        }
        for example in examples(not_matching.as_ref(), "not_match")? {
            if rule.matches(&example) {
                return Err(Wrong::new(format!("`not_match` example {example:?} matches the pattern")));
            }
        }
        self.policy.prefixes.push(rule);
        Ok(Value::None)
    }

    /// `network_rule(host, protocol, decision, justification)`
    fn network_rule(&mut self, arguments: Arguments) -> Outcome<Value> {
        let names = ["host", "protocol", "decision", "justification"];
        let [host, protocol, decision, justification] = arguments.bind("network_rule", names)?;
        let host = text_of(host.as_ref(), "host")?;
        let protocol = text_of(protocol.as_ref(), "protocol")?;
        let known = "protocol must be http, https, socks5_tcp or socks5_udp";
        let rule = NetworkRule {
            host: HostName::parse(&host).map_err(|error| Wrong::new(error.to_string()))?,
            protocol: NetworkProtocol::from_word(&protocol).ok_or_else(|| Wrong::new(known))?,
            decision: decision_of(decision.as_ref(), &["allow", "prompt", "forbidden", "deny"])?,
            justification: justification_of(justification)?,
        };
        self.policy.networks.push(rule);
        Ok(Value::None)
    }

    /// `host_executable(name, paths)`
    fn host_executable(&mut self, arguments: Arguments) -> Outcome<Value> {
        let [name, paths] = arguments.bind("host_executable", ["name", "paths"])?;
        let name = text_of(name.as_ref(), "name")?;
        if name.is_empty() || name.contains('/') {
            return Err(Wrong::new("name must be a program's name without a folder"));
        }
        let mut listed = Vec::new();
        for path in words_of(paths.as_ref(), "paths")? {
            let path = PathBuf::from(path);
            if !path.is_absolute() || path.file_name().is_none_or(|file| file != name.as_str()) {
                return Err(Wrong::new(format!(
                    "`{}` must be an absolute path that ends in {name}",
                    path.display()
                )));
            }
            listed.push(path);
        }
        self.policy.executables.entry(name).or_default().extend(listed);
        Ok(Value::None)
    }
}

fn text_of(value: Option<&Value>, name: &str) -> Outcome<String> {
    match value {
        Some(Value::Text(text)) => Ok(text.to_string()),
        Some(other) => Err(Wrong::new(format!("`{name}` must be a string, not a {}", other.kind()))),
        None => Err(Wrong::new(format!("`{name}` is missing"))),
    }
}

fn words_of(value: Option<&Value>, name: &str) -> Outcome<Vec<String>> {
    let wrong = || Wrong::new(format!("`{name}` must be a list of strings"));
    match value {
        Some(list @ (Value::List(_) | Value::Tuple(_))) => {
            let words = list.elements().unwrap_or_default();
            words.iter().map(|word| text_of(Some(word), name)).collect()
        }
        Some(_) => Err(wrong()),
        None => Err(Wrong::new(format!("`{name}` is missing"))),
    }
}

fn pattern_of(value: Option<&Value>) -> Outcome<Vec<Vec<String>>> {
    let Some(list @ (Value::List(_) | Value::Tuple(_))) = value else {
        return Err(Wrong::new("`pattern` must be a list of words or lists of words"));
    };
    let mut pattern = Vec::new();
    for element in list.elements().unwrap_or_default() {
        let alternatives = match &element {
            Value::Text(word) => vec![word.to_string()],
            _ => words_of(Some(&element), "pattern")?,
        };
        if alternatives.is_empty() {
            return Err(Wrong::new("`pattern` holds an empty list of alternatives"));
        }
        pattern.push(alternatives);
    }
    if pattern.is_empty() {
        return Err(Wrong::new("`pattern` must not be empty"));
    }
    Ok(pattern)
}

fn decision_of(value: Option<&Value>, words: &[&str]) -> Outcome<Decision> {
    let Some(value) = value else { return Ok(Decision::Allow) };
    let word = text_of(Some(value), "decision")?;
    let known = words.contains(&word.as_str()).then(|| Decision::from_word(&word)).flatten();
    known.ok_or_else(|| Wrong::new(format!("`decision` must be one of {}, not {word:?}", words.join(", "))))
}

fn justification_of(value: Option<Value>) -> Outcome<Option<String>> {
    let Some(value) = value else { return Ok(None) };
    let text = text_of(Some(&value), "justification")?;
    if text.trim().is_empty() {
        return Err(Wrong::new("`justification` must not be empty"));
    }
    Ok(Some(text))
}

/// Commands as texts, split as a shell splits words, or as lists of words.
fn examples(value: Option<&Value>, name: &str) -> Outcome<Vec<Vec<String>>> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let elements =
        value.elements().ok_or_else(|| Wrong::new(format!("`{name}` must be a list of commands")))?;
    let command = |element: &Value| match element {
        Value::Text(text) => shlex::split(text)
            .ok_or_else(|| Wrong::new(format!("`{name}` example {text:?} has an open quote"))),
        _ => words_of(Some(element), name),
    };
    elements.iter().map(command).collect()
}
