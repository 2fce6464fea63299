//! Expressions over the fields of records, in the Common Expression Language (CEL).
//!
//! The fields of a record are variables; `record` is the record as a whole, for fields that may be missing
//! (`has(record.gate)`) or whose names are no identifiers (`record["dep delay"]`). CEL is strict, and tables have
//! holes, so one rule is added: **what cannot be worked out because a value in it is null is null.** `delay > 15` is
//! null where `delay` is null, as in SQL; `delay == null` is true there.
//!
//! It is within limits: it overflows no stack, and walks through a list one at a time, so that its time has a bound.
//!
//! Only the fields that an expression names are looked at, by their position, which is looked up once per kind of
//! record.

mod convert;
mod failure;
mod predicate;

use crate::message::{Fields, Value};
use cel::common::ast::{Expr, IdedExpr};
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, ExecutionError, Program};
use failure::Failure;
pub(crate) use predicate::Predicate;
use std::fmt;
use std::sync::Arc;
use tidegate_expression::{Limits, children, environment, is_about_null, parse};

/// The name of the record as a whole.
const RECORD: &str = "record";

const LIMITS: Limits = Limits { longest: 64 * 1024, advice: "set parts of it as fields with `map` first" };

/// A compiled expression.
pub(crate) struct Expression {
    text: String,
    program: Program,
    /// The variables it names, and where they are in the kind of record that came last.
    variables: Vec<(Box<str>, Option<usize>)>,
    known: Option<Arc<Fields>>,
}

impl Expression {
    /// Compiles `text`.
    ///
    /// # Errors
    /// What is wrong with it, and at which column.
    pub(crate) fn compile(text: &str) -> Result<Self, String> {
        let program = parse(text, &LIMITS)?;
        one_walk_at_a_time(program.expression(), false)?;
        let mut variables: Vec<(Box<str>, Option<usize>)> =
            program.references().variables().into_iter().map(|name| (name.into(), None)).collect();
        variables.sort();
        let expression = Self { text: text.into(), program, variables, known: None };
        expression.dry_run()?;
        Ok(expression)
    }

    /// What it comes to for a record of these fields, of which only the first `values.len()` are there yet.
    pub(crate) fn evaluate(&mut self, fields: &Arc<Fields>, values: &[Value]) -> Result<Value, Failure> {
        if !self.known.as_ref().is_some_and(|known| Arc::ptr_eq(known, fields)) {
            self.look_up(fields);
        }
        let view = View { variables: &self.variables, fields, values };
        let mut context = Context::with_env(environment());
        context.set_variable_resolver(&view);
        match cel::Value::resolve_val(self.program.expression(), &context) {
            Ok(value) => convert::from_cel(&value).map_err(Failure::Result),
            Err(error) if is_about_null(&error) => Ok(Value::Null),
            Err(error) => Err(Failure::of(error, fields.names().take(values.len()))),
        }
    }

    #[cold]
    fn look_up(&mut self, fields: &Arc<Fields>) {
        for (name, position) in &mut self.variables {
            *position = fields.position(name);
        }
        self.known = Some(fields.clone());
    }

    /// Functions are looked up by name when they are called. A run without values finds those that do not exist.
    fn dry_run(&self) -> Result<(), String> {
        let mut context = Context::with_env(environment());
        context.set_variable_resolver(&Nothing);
        match self.program.execute(&context) {
            Err(ExecutionError::UndeclaredReference(name)) => Err(format!("there is no function `{name}`")),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One walk through a list takes as long as the list is long; a walk inside another has no bound that anybody would wait for.
fn one_walk_at_a_time(here: &IdedExpr, inside: bool) -> Result<(), String> {
    let walks = matches!(here.expr, Expr::Comprehension(_));
    if walks && inside {
        return Err("one walk through a list cannot be inside another: its time would have no bound".into());
    }
    // The list itself, which comes first, is worked out once.
    let mut parts = children(here).into_iter().enumerate();
    parts.try_for_each(|(index, part)| one_walk_at_a_time(part, inside || walks && index > 0))
}

/// The values of one record, as variables.
struct View<'a> {
    variables: &'a [(Box<str>, Option<usize>)],
    fields: &'a Fields,
    values: &'a [Value],
}

impl VariableResolver for View<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        if name == RECORD {
            return Some(convert::map_to_cel(self.fields.names().zip(self.values)));
        }
        // Few enough to go through.
        let (_, position) = self.variables.iter().find(|(variable, _)| **variable == *name)?;
        self.values.get((*position)?).map(convert::to_cel)
    }
}

/// Null for every variable.
struct Nothing;

impl VariableResolver for Nothing {
    fn resolve<'b>(&'b self, _: &str) -> Option<CowVal<'b, 'b>> {
        Some(convert::to_cel(&Value::Null))
    }
}
