//! What goes wrong with expressions, whatever they are about.

use cel::{ExecutionError, ParseErrors};
use tidegate::printable;

/// How CEL calls the type of null.
const NULL: &str = "null_type";

/// Whether an expression failed only because a value in it is null.
#[cold]
pub fn is_about_null(error: &ExecutionError) -> bool {
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

/// The first thing that is wrong with `text` as an expression, and where.
#[cold]
pub(crate) fn syntax(errors: &ParseErrors, text: &str) -> String {
    let Some(error) = errors.errors.first() else { return "it is no expression".into() };
    let message = printable(error.msg.trim().trim_end_matches('.'));
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
