//! Expressions over the state of a topology, in the Common Expression Language (CEL).
//!
//! Each actor is a variable with fields (`store.mailbox.fill`), `topology` is the whole, and `actors` are all of them by
//! name, for `actors.exists(name, actors[name].failed > 0.0)` and for an actor whose name is a word of CEL. All numbers
//! are fractions, so that dividing them does what one expects. **What cannot be worked out because a value in it was not
//! measured is not true.**

mod failure;
mod fields;
mod measures;
mod names;

use cel::common::ast::{Expr, operators};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::parser::Expression as Part;
use cel::{Context, ExecutionError, Program};
pub(super) use measures::Measures;
pub(super) use names::{Known, Wrong};
use tidegate_expression::{Limits, environment, is_about_null, parse};

const LIMITS: Limits = Limits { longest: 2_000, advice: "make several alerts of it" };

/// A compiled expression that is true or false of a topology.
#[derive(Debug)]
pub(super) struct Expression {
    text: String,
    program: Program,
}

impl Expression {
    /// Compiles `text`, over a topology of the actors `known`.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn compile(text: &str, known: &[Known]) -> Result<Self, Vec<Wrong>> {
        let unfit = |why: String| format!("the expression cannot be used: {why}");
        let program = match text.trim() {
            "" => Err("it is empty".into()),
            _ => parse(text, &LIMITS),
        };
        let program = program.map_err(|wrong| vec![(unfit(wrong), None)])?;
        let wrong = names::check(&program, known);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let expression = Self { text: text.into(), program };
        let sample = Sample(known);
        // Each part of it for itself: of `a || b`, only `a` is looked at if that is true.
        let mut wrong: Vec<Wrong> = Vec::new();
        for part in parts(expression.program.expression()) {
            if let Err(error) = resolve(part, &sample) {
                let why = (unfit(failure::run(&error)), None);
                if !wrong.contains(&why) {
                    wrong.push(why);
                }
            }
        }
        if wrong.is_empty() {
            match resolve(expression.program.expression(), &sample) {
                Ok(cel::Value::Bool(_)) => return Ok(expression),
                Ok(other) => wrong.push((
                    unfit(format!("it comes to {}, and not to true or false", kind(&other))),
                    Some("compare it with something, like `store.mailbox.fill > 0.9`".into()),
                )),
                Err(error) => wrong.push((unfit(failure::run(&error)), None)),
            }
        }
        Err(wrong)
    }

    /// Whether it is true of these; not if a value in it was not measured.
    ///
    /// # Errors
    /// Why it cannot be worked out.
    pub(super) fn holds(&self, measures: &Measures<'_>) -> Result<bool, String> {
        match resolve(self.program.expression(), measures) {
            Ok(cel::Value::Bool(holds)) => Ok(holds),
            Ok(cel::Value::Null) => Ok(false),
            Ok(other) => Err(format!("it comes to {}, and not to true or false", kind(&other))),
            Err(error) if is_about_null(&error) => Ok(false),
            Err(error) => Err(failure::run(&error)),
        }
    }

    /// The number on the left of a comparison, if it is one: what people want to know of an alert.
    pub(super) fn value(&self, measures: &Measures<'_>) -> Option<f64> {
        let Expr::Call(call) = &self.program.expression().expr else { return None };
        let compares = [
            operators::LESS,
            operators::LESS_EQUALS,
            operators::GREATER,
            operators::GREATER_EQUALS,
            operators::EQUALS,
            operators::NOT_EQUALS,
        ];
        if !compares.contains(&call.func_name.as_str()) {
            return None;
        }
        match resolve(call.args.first()?, measures) {
            Ok(cel::Value::Float(value)) => Some(value).filter(|value| value.is_finite()),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

fn resolve(part: &Part, variables: &dyn VariableResolver) -> Result<cel::Value, ExecutionError> {
    let mut context = Context::with_env(environment());
    context.set_variable_resolver(variables);
    cel::Value::resolve(part, &context)
}

/// The operands of `&&`, `||`, `!` and `? :`, however deep: what may not be looked at when all is worked out.
fn parts(whole: &Part) -> Vec<&Part> {
    let Expr::Call(call) = &whole.expr else { return vec![whole] };
    let logical =
        [operators::LOGICAL_AND, operators::LOGICAL_OR, operators::LOGICAL_NOT, operators::CONDITIONAL];
    match logical.contains(&call.func_name.as_str()) {
        true => call.args.iter().flat_map(parts).collect(),
        false => vec![whole],
    }
}

/// How people call the type of `value`.
fn kind(value: &cel::Value) -> &'static str {
    match value {
        cel::Value::Float(_) | cel::Value::Int(_) | cel::Value::UInt(_) => "a number",
        cel::Value::String(_) => "a text",
        cel::Value::List(_) => "a list",
        cel::Value::Map(_) => "several values",
        cel::Value::Null => "null",
        _ => "something else",
    }
}

/// A value as expressions see it.
fn boxed(value: cel::Value) -> Box<dyn Val> {
    let boxed = <Box<dyn Val>>::try_from(value);
    boxed.expect("a value of CEL, because it is made of null, truth values, numbers, text only")
}

/// Made-up values for all that may be named.
struct Sample<'a>(&'a [Known]);

impl VariableResolver for Sample<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let actor = || fields::sample(&fields::Shape::Table(fields::ACTOR));
        let value = match name {
            fields::THE_TOPOLOGY => fields::sample(&fields::Shape::Table(fields::TOPOLOGY)),
            fields::THE_ACTORS => fields::table(self.0.iter().map(|known| (known.name.as_str(), actor()))),
            _ if self.0.iter().any(|known| known.name == name) => actor(),
            _ => return None,
        };
        Some(CowVal::Owned(boxed(value)))
    }
}
