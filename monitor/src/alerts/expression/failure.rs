//! What goes wrong with expressions, in words.

use cel::{ExecutionError, ParseErrors};

/// How CEL calls the type of null.
const NULL: &str = "null_type";

/// Whether an expression failed only because a value in it is null: it was not measured.
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

/// Why an expression came to nothing.
pub(super) fn run(error: &ExecutionError) -> String {
    let hint = match error {
        ExecutionError::NoSuchOverload(error)
            if error.argument_types().iter().any(|kind| kind == "double")
                && error.argument_types().iter().any(|kind| kind == "int") =>
        {
            "; numbers of the topology are fractions, so write `2.0` for `2`"
        }
        ExecutionError::UnsupportedBinaryOperator(_, cel::Value::Float(_), cel::Value::Int(_))
        | ExecutionError::UnsupportedBinaryOperator(_, cel::Value::Int(_), cel::Value::Float(_)) => {
            "; numbers of the topology are fractions, so write `2.0` for `2`"
        }
        _ => "",
    };
    format!("{error}{hint}")
}

/// The first thing that is wrong with a text as an expression, and where.
pub(super) fn syntax(errors: &ParseErrors) -> String {
    let Some(error) = errors.errors.first() else { return "it is no expression".into() };
    let message = error.msg.trim().trim_end_matches('.').replace('\n', " ");
    let (line, column) = error.pos;
    match line {
        ..=1 => format!("{message} (column {column})"),
        _ => format!("{message} (line {line}, column {column})"),
    }
}
