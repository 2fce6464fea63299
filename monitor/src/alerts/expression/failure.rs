//! What goes wrong with expressions, in words.

use cel::ExecutionError;

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
