//! How long and how deep an expression may be.
//!
//! The same as for expressions over records, for the same reason: an interpreter that walks deep trees on a small stack
//! would take the whole process down.

/// The most operators and brackets of an expression. Each may make it one level deeper.
const MOST_OPERATORS: usize = 40;

/// The deepest brackets may be nested: parsing takes far more of the stack for a level than evaluating.
const DEEPEST: usize = 16;

/// The most bytes of an expression.
const LONGEST: usize = 2_000;

/// Whether `text` is within the limits, quoted text aside.
pub(super) fn keeps_to_them(text: &str) -> Result<(), String> {
    if text.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes; make several alerts of it"));
    }
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
                operators += 1;
            }
            (None, _) => {}
        }
        if depth > DEEPEST {
            return Err(format!("brackets are nested deeper than {DEEPEST}; make several alerts of it"));
        }
        if operators > MOST_OPERATORS {
            return Err(format!(
                "it has more than {MOST_OPERATORS} operators and brackets; make several alerts of it"
            ));
        }
        before = letter;
    }
    Ok(())
}
