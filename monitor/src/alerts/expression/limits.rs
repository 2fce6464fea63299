//! How long and how deep an expression may be.
//!
//! The same as for expressions over records, for the same reason: an interpreter that walks deep trees on a small stack
//! would take the whole process down. That there is no walk inside another is seen to with the names.

use cel::common::ast::{EntryExpr, Expr, IdedExpr};

/// The most operators and brackets of an expression. Each may make it one level deeper.
const MOST_OPERATORS: usize = 40;

/// The deepest brackets may be nested: parsing takes far more of the stack for a level than evaluating.
const DEEPEST: usize = 16;

/// The most bytes of an expression.
const LONGEST: usize = 2_000;

/// The deepest tree: more than an expression within the limits above has, which can be got round in many ways, as by
/// quotes in a comment.
const DEEPEST_TREE: usize = 50;

/// Whether `text` is within the limits, quoted text aside.
pub(super) fn of_text(text: &str) -> Result<(), String> {
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

/// Whether what was parsed is within the limits. Takes stack for each level.
pub(super) fn of_tree(whole: &IdedExpr) -> Result<(), String> {
    through(whole, 1)
}

fn through(here: &IdedExpr, depth: usize) -> Result<(), String> {
    if depth > DEEPEST_TREE {
        return Err(format!("it is nested deeper than {DEEPEST_TREE} levels; make several alerts of it"));
    }
    let deeper = |part: &IdedExpr| through(part, depth + 1);
    let entry = |entry: &EntryExpr| match entry {
        EntryExpr::StructField(field) => deeper(&field.value),
        EntryExpr::MapEntry(entry) => deeper(&entry.key).and_then(|()| deeper(&entry.value)),
    };
    match &here.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Ok(()),
        Expr::Select(select) => deeper(&select.operand),
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).try_for_each(deeper),
        Expr::List(list) => list.elements.iter().try_for_each(deeper),
        Expr::Map(map) => map.entries.iter().try_for_each(|one| entry(&one.expr)),
        Expr::Struct(made) => made.entries.iter().try_for_each(|one| entry(&one.expr)),
        Expr::Comprehension(walk) => {
            [&walk.iter_range, &walk.accu_init, &walk.loop_cond, &walk.loop_step, &walk.result]
                .into_iter()
                .try_for_each(deeper)
        }
    }
}
