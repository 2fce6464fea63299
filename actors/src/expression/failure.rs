//! What goes wrong with expressions, in words of records.

use crate::message::harmless;
use cel::{ExecutionError, ParseErrors};

/// How CEL calls the type of null.
const NULL: &str = "null_type";

/// Why an expression came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(
        "there is no field `{name}`; the record has {fields}. A field that may be missing is `has(record.{name}) ? record.{name} : ...`"
    )]
    Missing { name: String, fields: String },
    #[error("{0}")]
    Result(String),
    #[error("{0}{hint}", hint = hint(.0))]
    Run(ExecutionError),
}

impl Failure {
    #[cold]
    /// Why an expression over a record of `fields` failed.
    pub(super) fn of<'a>(error: ExecutionError, fields: impl Iterator<Item = &'a str>) -> Self {
        match error {
            ExecutionError::UndeclaredReference(name) => {
                let fields = fields.collect::<Vec<_>>().join(", ");
                Self::Missing { name: name.to_string(), fields }
            }
            error => Self::Run(error),
        }
    }
}

/// Whether an expression failed only because a value in it is null.
#[cold]
pub(super) fn is_about_null(error: &ExecutionError) -> bool {
    match error {
        ExecutionError::NoSuchOverload(error) => error.argument_types().iter().any(|kind| kind == NULL),
        ExecutionError::ValuesNotComparable(a, b)
        | ExecutionError::UnsupportedBinaryOperator(_, a, b)
        | ExecutionError::UnsupportedIndex(a, b) => *a == cel::Value::Null || *b == cel::Value::Null,
        ExecutionError::UnexpectedType { got, .. } => got == NULL,
        ExecutionError::UnsupportedTargetType { target }
        | ExecutionError::NotSupportedAsMethod { target, .. } => *target == cel::Value::Null,
        _ => false,
    }
}

/// CEL mixes neither whole numbers with fractions, which nobody expects, nor text with numbers, which is a sign of
/// words in a column of numbers.
fn hint(error: &ExecutionError) -> &'static str {
    let kinds: Vec<String> = match error {
        ExecutionError::NoSuchOverload(error) => error.argument_types().to_vec(),
        ExecutionError::UnsupportedBinaryOperator(_, a, b) | ExecutionError::ValuesNotComparable(a, b) => {
            [a, b].map(|value| kind(value).to_string()).into()
        }
        _ => Vec::new(),
    };
    let has = |name: &str| kinds.iter().any(|kind| kind == name);
    match (has("string"), has("int"), has("double")) {
        (false, true, true) => "; whole numbers and fractions do not mix: write `double(x)` or `2.0`",
        (true, true, _) | (true, _, true) => {
            "; text and numbers do not mix: if the field should be a number, give `csv` the word for a missing one, like \
             `null = [\"NA\"]`, or its `types`"
        }
        _ => "",
    }
}

/// How CEL calls the types that are often mixed up.
fn kind(value: &cel::Value) -> &'static str {
    match value {
        cel::Value::Int(_) => "int",
        cel::Value::Float(_) => "double",
        cel::Value::String(_) => "string",
        _ => "",
    }
}

/// The first thing that is wrong with `text` as an expression, and where.
#[cold]
pub(super) fn syntax(errors: &ParseErrors, text: &str) -> String {
    let Some(error) = errors.errors.first() else { return "it is no expression".into() };
    let message = harmless(error.msg.trim().trim_end_matches('.'));
    let (line, column) = error.pos;
    let hint = if assigns(text) { "; `==` compares" } else { "" };
    match line {
        ..=1 => format!("{message} (column {column}){hint}"),
        _ => format!("{message} (line {line}, column {column}){hint}"),
    }
}

/// Whether there is a `=` that belongs to no operator, outside of quotes.
fn assigns(text: &str) -> bool {
    let (mut quote, mut before) = (None, ' ');
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match (quote, char) {
            (Some(_), '\\') => drop(chars.next()),
            (Some(open), _) if open == char => quote = None,
            (None, '"' | '\'') => quote = Some(char),
            (None, '=') if chars.next_if_eq(&'=').is_none() && !matches!(before, '!' | '<' | '>') => {
                return true;
            }
            _ => {}
        }
        before = char;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_equals_sign_is_told_from_operators_and_text() {
        for text in ["n = 2", "a == 1 && b=2", "=", "'=' = n"] {
            assert!(assigns(text), "{text}");
        }
        for text in ["n == 2", "n != 2", "n<=2 || n >=3", "n == '='", r#"n == "\"=""#, ""] {
            assert!(!assigns(text), "{text}");
        }
    }
}
