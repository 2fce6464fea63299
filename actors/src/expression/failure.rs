//! What goes wrong with expressions, in words of records.

use cel::ExecutionError;

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
