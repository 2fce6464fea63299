//! Expressions over the fields of records, in the Common Expression Language (CEL).
//!
//! The fields of a record are variables; `record` is the record as a whole, for fields that may be missing
//! (`has(record.gate)`) or whose names are no identifiers (`record["dep delay"]`). CEL is strict, and tables have
//! holes, so one rule is added: **what cannot be worked out because a value in it is null is null.** `delay > 15` is
//! null where `delay` is null, as in SQL; `delay == null` is true there.
//!
//! Only the fields that an expression names are looked at, by their position, which is looked up once per kind of
//! record.

mod convert;
mod failure;
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

/// The most operators and brackets of an expression. Each may make it one level deeper, and an interpreter that walks
/// deep trees on the small stack of an arbiter would take the whole process down.
const MOST_OPERATORS: usize = 40;

/// The stack of the thread that parses, in bytes; only what is used of it is ever taken.
const PARSER_STACK: usize = 256 << 20;

/// The deepest brackets may be nested: parsing takes far more of the stack for a level than evaluating.
const DEEPEST: usize = 16;

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
        is_shallow(text)?;
        // The parser needs tens of kilobytes of stack for each level, more than the threads of tests and arbiters have.
        let program = std::thread::scope(|scope| {
            let parse = || ENV.compile(text).map_err(|errors| failure::syntax(&errors, text));
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

/// Whether `text` is within [`MOST_OPERATORS`] and [`DEEPEST`], quoted text aside.
fn is_shallow(text: &str) -> Result<(), String> {
    let (mut operators, mut depth, mut quote, mut before) = (0, 0usize, None, ' ');
    for letter in text.chars() {
        match (quote, letter) {
            (Some(_), '\\') if before == '\\' => {
                before = ' ';
                continue;
            }
            (Some(open), _) if letter == open && before != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(' | '[' | '{') => {
                depth += 1;
                operators += 1;
            }
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            // `&&`, `==` and their like are one operator.
            (None, '&' | '|' | '=') if before == letter => {}
            (None, '=') if matches!(before, '<' | '>' | '!') => {}
            (None, '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' | '!' | '&' | '|' | '?' | '.') => {
                operators += 1
            }
            (None, _) => {}
        }
        if depth > DEEPEST {
            return Err(format!(
                "brackets are nested deeper than {DEEPEST}; set parts of it as fields with `map` first"
            ));
        }
        if operators > MOST_OPERATORS {
            return Err(format!(
                "it has more than {MOST_OPERATORS} operators and brackets; set parts of it as fields with `map` first"
            ));
        }
        before = letter;
    }
    Ok(())
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
