//! Statements and expressions. Invariant: every step is counted and every depth limited, so that any file ends.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use starlark_syntax::codemap::Span;
use starlark_syntax::lexer::TokenInt;
use starlark_syntax::syntax::ast::{
    AssignOp, AssignTargetP, AstAssignTarget, AstExpr, AstLiteral, AstNoPayload, AstStmt, BinOp, ClauseP,
    ExprP, ForClauseP, StmtP,
};
use starlark_syntax::syntax::{AstModule, Dialect};

use super::frame::Frame;
use super::functions::{BUILTINS, call_method, operate};
use super::value::{Function, Value};
use crate::{ExecPolicy, LoadError};

/// Statements and expressions that one file may take.
const STEPS_MAX: u64 = 1_000_000;
/// Expressions and calls inside of one another.
const DEPTH_MAX: usize = 200;

/// A message; its place is added where the span is known.
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) span: Option<Span>,
}

impl Wrong {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), span: None }
    }

    fn at(mut self, span: Span) -> Self {
        self.span.get_or_insert(span);
        self
    }
}

pub(super) type Outcome<T> = Result<T, Wrong>;

/// Where a block went on to.
enum Flow {
    Next,
    Break,
    Continue,
    Return(Value),
}

pub(super) struct Interpreter<'a> {
    module: &'a AstModule,
    file: &'a Path,
    steps: u64,
    depth: usize,
    pub(super) policy: ExecPolicy,
}

/// Evaluates a file to its rules.
pub(crate) fn evaluate(file: &Path, text: &str) -> Result<ExecPolicy, LoadError> {
    let dialect = Dialect {
        enable_load: false,
        enable_lambda: false,
        enable_top_level_stmt: true,
        ..Dialect::Standard
    };
    let wrong = |line: usize, column: usize, message: String| LoadError::Wrong {
        file: file.to_owned(),
        line: line + 1,
        column: column + 1,
        message,
    };
    let module =
        AstModule::parse(&file.display().to_string(), text.to_owned(), &dialect).map_err(|error| {
            let begin = error.span().map(|span| span.resolve_span().begin);
            let (line, column) = begin.map_or((0, 0), |begin| (begin.line, begin.column));
            wrong(line, column, error.without_diagnostic().to_string())
        })?;
    let globals = Rc::new(Frame::default());
    let mut interpreter =
        Interpreter { module: &module, file, steps: 0, depth: 0, policy: ExecPolicy::default() };
    let run = interpreter.statement(module.statement(), &globals);
    globals.clear();
    match run {
        Ok(_) => Ok(interpreter.policy),
        Err(failed) => {
            let begin = failed.span.map(|span| module.file_span(span).resolve_span().begin);
            let (line, column) = begin.map_or((0, 0), |begin| (begin.line, begin.column));
            Err(wrong(line, column, failed.message))
        }
    }
}

impl Interpreter<'_> {
    /// `FILE:LINE` of a span.
    pub(super) fn place(&self, span: Span) -> String {
        let line = self.module.file_span(span).resolve_span().begin.line + 1;
        format!("{}:{line}", self.file.display())
    }

    pub(super) fn step(&mut self) -> Outcome<()> {
        self.spend(1)
    }

    /// Counts an operation on these values; large ones cost more.
    pub(super) fn weigh(&mut self, values: &[&Value]) -> Outcome<()> {
        self.spend(values.iter().map(|value| value.weight()).sum())
    }

    fn spend(&mut self, steps: u64) -> Outcome<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > STEPS_MAX { Err(Wrong::new("the file takes too long to evaluate")) } else { Ok(()) }
    }

    fn statement(&mut self, statement: &AstStmt, frame: &Rc<Frame>) -> Outcome<Flow> {
        self.statement_in(statement, frame).map_err(|wrong| wrong.at(statement.span))
    }

    fn statement_in(&mut self, statement: &AstStmt, frame: &Rc<Frame>) -> Outcome<Flow> {
        self.step()?;
        match &statement.node {
            StmtP::Break => return Ok(Flow::Break),
            StmtP::Continue => return Ok(Flow::Continue),
            StmtP::Pass => {}
            StmtP::Return(value) => {
                let value = value.as_ref().map_or(Ok(Value::None), |value| self.expression(value, frame))?;
                return Ok(Flow::Return(value));
            }
            StmtP::Expression(expression) => {
                self.expression(expression, frame)?;
            }
            StmtP::Assign(assign) => {
                let value = self.expression(&assign.rhs, frame)?;
                self.assign(&assign.lhs, value, frame)?;
            }
            StmtP::AssignModify(target, op, right) => self.modify(target, *op, right, frame)?,
            StmtP::Statements(statements) => {
                for statement in statements {
                    let flow = self.statement(statement, frame)?;
                    if !matches!(flow, Flow::Next) {
                        return Ok(flow);
                    }
                }
            }
            StmtP::If(condition, body) => {
                if self.expression(condition, frame)?.is_true() {
                    return self.statement(body, frame);
                }
            }
            StmtP::IfElse(condition, bodies) => {
                let body = if self.expression(condition, frame)?.is_true() { &bodies.0 } else { &bodies.1 };
                return self.statement(body, frame);
            }
            StmtP::For(each) => {
                for value in self.elements(&each.over, frame)? {
                    self.assign(&each.var, value, frame)?;
                    match self.statement(&each.body, frame)? {
                        Flow::Next | Flow::Continue => {}
                        Flow::Break => break,
                        flow @ Flow::Return(_) => return Ok(flow),
                    }
                }
            }
            StmtP::Def(def) => {
                let function = Function { def: def.clone(), around: Rc::clone(frame) };
                frame.set(&def.name.ident, Value::Function(Rc::new(function)));
            }
            StmtP::Load(_) => return Err(Wrong::new("`load` is not available in rules files")),
        }
        Ok(Flow::Next)
    }

    fn elements(&mut self, expression: &AstExpr, frame: &Rc<Frame>) -> Outcome<Vec<Value>> {
        let value = self.expression(expression, frame)?;
        self.weigh(&[&value])?;
        let not = || Wrong::new(format!("a {} cannot be walked through", value.kind())).at(expression.span);
        value.elements().ok_or_else(not)
    }

    fn assign(&mut self, target: &AstAssignTarget, value: Value, frame: &Rc<Frame>) -> Outcome<()> {
        match &target.node {
            AssignTargetP::Identifier(name) => frame.set(&name.ident, value),
            AssignTargetP::Tuple(targets) => {
                let values = value.elements().unwrap_or_default();
                if values.len() != targets.len() {
                    let message = format!("{} values for {} names", values.len(), targets.len());
                    return Err(Wrong::new(message).at(target.span));
                }
                for (target, value) in targets.iter().zip(values) {
                    self.assign(target, value, frame)?;
                }
            }
            AssignTargetP::Index(parts) => {
                let (container, index) =
                    (self.expression(&parts.0, frame)?, self.expression(&parts.1, frame)?);
                match (&container, &index) {
                    (Value::Dict(entries), key) => {
                        let mut entries = entries.borrow_mut();
                        match entries.iter_mut().find(|(known, _)| known.equals(key)) {
                            Some((_, known)) => *known = value,
                            None => entries.push((key.clone(), value)),
                        }
                    }
                    (Value::List(values), Value::Int(at)) => {
                        let mut values = values.borrow_mut();
                        let length = values.len();
                        let slot = position(*at, length).and_then(|at| values.get_mut(at));
                        *slot.ok_or_else(|| Wrong::new(format!("index {at} in a list of {length}")))? = value;
                    }
                    _ => return Err(Wrong::new(format!("a {} has no places to set", container.kind()))),
                }
            }
            AssignTargetP::Dot(..) => return Err(Wrong::new("values have no fields to set").at(target.span)),
        }
        Ok(())
    }

    fn modify(
        &mut self,
        target: &AstAssignTarget,
        op: AssignOp,
        right: &AstExpr,
        frame: &Rc<Frame>,
    ) -> Outcome<()> {
        let current = match &target.node {
            AssignTargetP::Identifier(name) => frame.get(&name.ident),
            _ => None,
        };
        let left =
            current.ok_or_else(|| Wrong::new("only a name that has a value can be changed like this"))?;
        let right = self.expression(right, frame)?;
        let op = match op {
            AssignOp::Add => BinOp::Add,
            AssignOp::Subtract => BinOp::Subtract,
            AssignOp::Multiply => BinOp::Multiply,
            AssignOp::FloorDivide => BinOp::FloorDivide,
            AssignOp::Percent => BinOp::Percent,
            _ => return Err(Wrong::new("this operator is not available in rules files")),
        };
        // `list += other` changes the list itself.
        self.weigh(&[&left, &right])?;
        if let (Value::List(_), BinOp::Add) = (&left, op) {
            call_method(&left, "extend", &[right])?;
            return Ok(());
        }
        let value = operate(op, &left, &right)?;
        self.assign(target, value, frame)
    }

    pub(super) fn expression(&mut self, expression: &AstExpr, frame: &Rc<Frame>) -> Outcome<Value> {
        self.step()?;
        self.depth += 1;
        let result = if self.depth > DEPTH_MAX {
            Err(Wrong::new("the file is nested too deeply"))
        } else {
            self.expression_in(expression, frame)
        };
        self.depth -= 1;
        result.map_err(|wrong| wrong.at(expression.span))
    }

    fn expression_in(&mut self, expression: &AstExpr, frame: &Rc<Frame>) -> Outcome<Value> {
        Ok(match &expression.node {
            ExprP::Tuple(parts) => Value::Tuple(Rc::new(self.all(parts, frame)?)),
            ExprP::List(parts) => Value::list(self.all(parts, frame)?),
            ExprP::Dict(parts) => {
                let mut entries = Vec::new();
                for (key, value) in parts {
                    entries.push((self.expression(key, frame)?, self.expression(value, frame)?));
                }
                Value::Dict(Rc::new(RefCell::new(entries)))
            }
            ExprP::Dot(value, name) => {
                let value = self.expression(value, frame)?;
                Value::Method(Box::new(value), Rc::from(name.node.as_str()))
            }
            ExprP::Call(function, arguments) => {
                let function = self.expression(function, frame)?;
                let arguments = self.arguments(&arguments.args, frame)?;
                self.call(&function, arguments, expression.span)?
            }
            ExprP::Index(parts) => {
                let (value, index) = (self.expression(&parts.0, frame)?, self.expression(&parts.1, frame)?);
                self.weigh(&[&value])?;
                index_of(&value, &index)?
            }
            ExprP::Identifier(name) => match frame.get(&name.ident) {
                Some(value) => value,
                None => builtin(&name.ident)?,
            },
            ExprP::Literal(literal) => literal_value(literal)?,
            ExprP::Not(value) => Value::Bool(!self.expression(value, frame)?.is_true()),
            ExprP::Minus(value) => match self.expression(value, frame)? {
                Value::Int(value) => Value::Int(value.wrapping_neg()),
                other => return Err(Wrong::new(format!("a {} cannot be negative", other.kind()))),
            },
            ExprP::Op(left, BinOp::And, right) => {
                let left = self.expression(left, frame)?;
                if left.is_true() { self.expression(right, frame)? } else { left }
            }
            ExprP::Op(left, BinOp::Or, right) => {
                let left = self.expression(left, frame)?;
                if left.is_true() { left } else { self.expression(right, frame)? }
            }
            ExprP::Op(left, op, right) => {
                let (left, right) = (self.expression(left, frame)?, self.expression(right, frame)?);
                self.weigh(&[&left, &right])?;
                operate(*op, &left, &right)?
            }
            ExprP::If(parts) => {
                let is_true = self.expression(&parts.0, frame)?.is_true();
                self.expression(if is_true { &parts.1 } else { &parts.2 }, frame)?
            }
            ExprP::ListComprehension(value, first, more) => {
                let mut out = Vec::new();
                let inner = Frame::inside(frame);
                self.comprehend(first, more, &inner, &mut |this, frame| {
                    let value = this.expression(value, frame)?;
                    out.push(value);
                    Ok(())
                })?;
                Value::list(out)
            }
            ExprP::DictComprehension(parts, first, more) => {
                let mut entries = Vec::new();
                let inner = Frame::inside(frame);
                self.comprehend(first, more, &inner, &mut |this, frame| {
                    entries.push((this.expression(&parts.0, frame)?, this.expression(&parts.1, frame)?));
                    Ok(())
                })?;
                Value::Dict(Rc::new(RefCell::new(entries)))
            }
            ExprP::Plus(_)
            | ExprP::BitNot(_)
            | ExprP::Index2(_)
            | ExprP::Slice(..)
            | ExprP::Lambda(_)
            | ExprP::FString(_) => return Err(Wrong::new("this expression is not available in rules files")),
        })
    }

    fn all(&mut self, parts: &[AstExpr], frame: &Rc<Frame>) -> Outcome<Vec<Value>> {
        parts.iter().map(|part| self.expression(part, frame)).collect()
    }

    fn comprehend(
        &mut self,
        each: &ForClauseP<AstNoPayload>,
        clauses: &[ClauseP<AstNoPayload>],
        frame: &Rc<Frame>,
        yielded: &mut dyn FnMut(&mut Self, &Rc<Frame>) -> Outcome<()>,
    ) -> Outcome<()> {
        for value in self.elements(&each.over, frame)? {
            self.assign(&each.var, value, frame)?;
            self.clauses(clauses, frame, yielded)?;
        }
        Ok(())
    }

    fn clauses(
        &mut self,
        clauses: &[ClauseP<AstNoPayload>],
        frame: &Rc<Frame>,
        yielded: &mut dyn FnMut(&mut Self, &Rc<Frame>) -> Outcome<()>,
    ) -> Outcome<()> {
        match clauses.split_first() {
            None => {
                self.step()?;
                yielded(self, frame)
            }
            Some((ClauseP::For(each), rest)) => self.comprehend(each, rest, frame, yielded),
            Some((ClauseP::If(condition), rest)) => match self.expression(condition, frame)?.is_true() {
                true => self.clauses(rest, frame, yielded),
                false => Ok(()),
            },
        }
    }

    /// Runs a `def` whose arguments are bound.
    pub(super) fn body(&mut self, function: &Function, frame: &Rc<Frame>) -> Outcome<Value> {
        self.depth += 1;
        let run = match self.depth > DEPTH_MAX {
            true => Err(Wrong::new("functions call each other too deeply")),
            false => self.statement(&function.def.body, frame),
        };
        self.depth -= 1;
        Ok(match run? {
            Flow::Return(value) => value,
            Flow::Next | Flow::Break | Flow::Continue => Value::None,
        })
    }
}

fn builtin(name: &str) -> Outcome<Value> {
    match name {
        "None" => Ok(Value::None),
        "True" => Ok(Value::Bool(true)),
        "False" => Ok(Value::Bool(false)),
        _ => BUILTINS
            .iter()
            .find(|known| **known == name)
            .map(|known| Value::Builtin(known))
            .ok_or_else(|| Wrong::new(format!("`{name}` is not known here"))),
    }
}

fn literal_value(literal: &AstLiteral) -> Outcome<Value> {
    match literal {
        AstLiteral::String(text) => Ok(Value::text(&text.node)),
        AstLiteral::Int(number) => match &number.node {
            TokenInt::I32(number) => Ok(Value::Int(i64::from(*number))),
            TokenInt::BigInt(_) => Err(Wrong::new("the number is too large")),
        },
        AstLiteral::Float(_) | AstLiteral::Bytes(_) | AstLiteral::Ellipsis => {
            Err(Wrong::new("this literal is not available in rules files"))
        }
    }
}

fn position(at: i64, length: usize) -> Option<usize> {
    let from_end = i64::try_from(length).ok()?.checked_add(at)?;
    usize::try_from(if at < 0 { from_end } else { at }).ok()
}

fn index_of(value: &Value, index: &Value) -> Outcome<Value> {
    if let Value::Dict(entries) = value {
        let found =
            entries.borrow().iter().find(|(key, _)| key.equals(index)).map(|(_, value)| value.clone());
        return found.ok_or_else(|| Wrong::new(format!("the dictionary has no key {index:?}")));
    }
    let (Some(values), Value::Int(at)) = (value.elements(), index) else {
        return Err(Wrong::new(format!("a {} cannot be indexed by a {}", value.kind(), index.kind())));
    };
    let found = position(*at, values.len()).and_then(|at| values.get(at).cloned());
    found.ok_or_else(|| Wrong::new(format!("index {at} in {} elements", values.len())))
}
