//! What a bare word means.

use super::Value;

/// The value that `text` most likely stands for: a truth value, a number, or else text.
///
/// What would not come back as it was stays text: a number with leading zeros or a plus sign, like a post code or
/// a telephone number.
pub(crate) fn infer(text: &str) -> Value {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    match digits {
        [b'0', b'0'..=b'9', ..] => Value::from(text),
        [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => infer_number(text),
        _ => match text {
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            _ => Value::from(text),
        },
    }
}

fn infer_number(text: &str) -> Value {
    if let Ok(number) = text.parse() {
        return Value::Int(number);
    }
    // A date or a time is the usual reason to end here, and is found out at once.
    let numeric = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
    match text.parse::<f64>() {
        // Digits alone are a whole number too large for one: an identifier, and no measurement.
        Ok(number) if numeric && number.is_finite() && text.contains(['.', 'e', 'E']) => Value::Float(number),
        _ => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_what_they_look_like() {
        for (text, value) in [
            ("42", Value::Int(42)),
            ("-7", Value::Int(-7)),
            ("0", Value::Int(0)),
            ("2.50", Value::Float(2.5)),
            (".5", Value::Float(0.5)),
            ("-0.25", Value::Float(-0.25)),
            ("1e3", Value::Float(1000.0)),
            ("true", Value::Bool(true)),
            ("FALSE", Value::Bool(false)),
        ] {
            assert_eq!(infer(text).kind(), value.kind(), "{text}");
            assert_eq!(infer(text), value, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_stays_text() {
        for text in [
            "007",
            "+49",
            "-",
            ".",
            "1-2",
            "2013-01-01",
            "12:30",
            "1e",
            "inf",
            "NaN",
            "0x1f",
            "1_000",
            "1e999",
            "9223372036854775808",
        ] {
            assert_eq!(infer(text), Value::from(text), "{text}");
        }
    }
}
