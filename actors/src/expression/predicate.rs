//! Expressions that are true or false of a record.

use super::Expression;
use crate::message::{Record, Value, located};
use tidegate::{Checks, Result};

/// An expression that is true or false of a record, as settings have it under `expr`.
pub(crate) struct Predicate(
    /// What is wrong with the expression is said by `check`, or else of each record.
    Result<Expression, String>,
);

impl Predicate {
    pub(crate) fn new(expr: &str) -> Self {
        Self(Expression::compile(expr))
    }

    /// Whether it is true of `record`; null, because a field in it is null, is not true, as in SQL.
    pub(crate) fn holds(&mut self, record: &Record) -> Result<bool> {
        let expression = self.0.as_mut().map_err(|problem| problem.clone())?;
        match expression.evaluate(record.fields(), record.values()) {
            Ok(Value::Bool(holds)) => Ok(holds),
            Ok(Value::Null) => Ok(false),
            Ok(other) => {
                let problem = format!("`{expression}` is {}, and not true or false", other.kind());
                Err(located(record.origin(), problem))
            }
            Err(failure) => Err(located(record.origin(), format_args!("`{expression}`: {failure}"))),
        }
    }

    pub(crate) fn check(&self, checks: &mut Checks) {
        if let Err(problem) = &self.0 {
            checks.error("expr", format!("the expression cannot be used: {problem}"));
        }
    }
}
