//! What goes wrong with expressions, in words of records.

use crate::message::Fields;
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
    pub(super) fn of(error: ExecutionError, fields: &Fields) -> Self {
        match error {
            ExecutionError::UndeclaredReference(name) => {
                let fields = fields.names().collect::<Vec<_>>().join(", ");
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

/// CEL does not mix whole numbers and fractions, which nobody expects.
fn hint(error: &ExecutionError) -> &'static str {
    let mixed = match error {
        ExecutionError::NoSuchOverload(error) => {
            let has = |name: &str| error.argument_types().iter().any(|kind| kind == name);
            has("int") && has("double")
        }
        ExecutionError::UnsupportedBinaryOperator(_, a, b) => matches!(
            (a, b),
            (cel::Value::Int(_), cel::Value::Float(_)) | (cel::Value::Float(_), cel::Value::Int(_))
        ),
        _ => false,
    };
    if mixed { "; whole numbers and fractions do not mix: write `double(x)` or `2.0`" } else { "" }
}

/// The first thing that is wrong with the text of an expression, and where.
#[cold]
pub(super) fn syntax(errors: &ParseErrors) -> String {
    let Some(error) = errors.errors.first() else { return "it is no expression".into() };
    let message = error.msg.trim().trim_end_matches('.');
    let (line, column) = error.pos;
    match line {
        ..=1 => format!("{message} (column {column})"),
        _ => format!("{message} (line {line}, column {column})"),
    }
}
