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
mod limits;
mod predicate;

use crate::message::{Fields, Value};
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, Env, ExecutionError, Program};
use failure::{Failure, is_about_null};
pub(crate) use predicate::Predicate;
use std::fmt;
use std::sync::{Arc, LazyLock};

/// The name of the record as a whole.
const RECORD: &str = "record";

/// The functions and operators of expressions; making them takes longer than most evaluations.
static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// The stack of the thread that parses, in bytes; only what is used of it is ever taken.
const PARSER_STACK: usize = 256 << 20;

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
        limits::of_text(text)?;
        // The parser needs tens of kilobytes of stack for each level, more than the threads of tests and arbiters have.
        let program = std::thread::scope(|scope| {
            let parse = || {
                let program = ENV.compile(text).map_err(|errors| failure::syntax(&errors, text))?;
                // Here, for to give up a tree that is too deep takes a large stack as well.
                limits::of_tree(program.expression()).map(|()| program)
            };
            let parser = std::thread::Builder::new().stack_size(PARSER_STACK).spawn_scoped(scope, parse);
            let parser = parser.map_err(|error| format!("there is no thread to read it on: {error}"))?;
            parser.join().unwrap_or_else(|_| Err("it cannot be read: the parser panicked".into()))
        })?;
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
        let mut context = Context::with_env(ENV.clone());
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
        let mut context = Context::with_env(ENV.clone());
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
