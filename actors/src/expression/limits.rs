//! How long and how deep an expression may be, and how long it may take.
//!
//! An interpreter that walks deep trees on the small stack of an arbiter would take the whole process down. So the tree is
//! measured. The text is looked at first: that costs nothing, and says it in words of the text.

use cel::common::ast::{EntryExpr, Expr, IdedExpr};

/// The most bytes of an expression: the parser takes some of the stack for each operator.
const LONGEST: usize = 64 * 1024;

/// The most operators and brackets of an expression. Each may make it one level deeper.
const MOST_OPERATORS: usize = 40;

/// The deepest brackets may be nested: parsing takes far more of the stack for a level than evaluating.
const DEEPEST: usize = 16;

/// The deepest tree: more than an expression within the limits above has, which can be got round in many ways, as by
/// quotes in a comment.
const DEEPEST_TREE: usize = 50;

/// Whether `text` is within the limits, quoted text aside.
pub(super) fn of_text(text: &str) -> Result<(), String> {
    if text.len() > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes; set parts of it as fields with `map` first"));
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
                operators += 1
            }
            (None, _) => {}
        }
        if depth > DEEPEST {
            return Err(format!(
                "brackets are nested deeper than {DEEPEST}; set parts of it as fields with `map` first"
            ));
        }
        if operators > MOST_OPERATORS {
            return Err(format!(
                "it has more than {MOST_OPERATORS} operators and brackets; set parts of it as fields with `map` first"
            ));
        }
        before = letter;
    }
    Ok(())
}

/// Whether what was parsed is within the limits. Takes stack for each level.
///
/// One walk through a list takes as long as the list is long; a walk inside another has no bound that anybody would wait for.
pub(super) fn of_tree(whole: &IdedExpr) -> Result<(), String> {
    let walk = Walk { depth: 0, inside: false };
    walk.through(whole)
}

#[derive(Clone, Copy)]
struct Walk {
    depth: usize,
    /// Whether it is inside a walk through a list.
    inside: bool,
}

impl Walk {
    fn through(mut self, here: &IdedExpr) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEEPEST_TREE {
            return Err(format!(
                "it is nested deeper than {DEEPEST_TREE} levels; set parts of it as fields with `map` first"
            ));
        }
        match &here.expr {
            Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Ok(()),
            Expr::Select(select) => self.through(&select.operand),
            Expr::Call(call) => {
                let mut parts = call.target.as_deref().into_iter().chain(&call.args);
                parts.try_for_each(|part| self.through(part))
            }
            Expr::List(list) => list.elements.iter().try_for_each(|one| self.through(one)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| self.entry(&entry.expr)),
            Expr::Struct(made) => made.entries.iter().try_for_each(|entry| self.entry(&entry.expr)),
            Expr::Comprehension(_) if self.inside => {
                Err("one walk through a list cannot be inside another: its time would have no bound".into())
            }
            Expr::Comprehension(walk) => {
                self.through(&walk.iter_range)?;
                self.inside = true;
                [&walk.accu_init, &walk.loop_cond, &walk.loop_step, &walk.result]
                    .into_iter()
                    .try_for_each(|part| self.through(part))
            }
        }
    }

    fn entry(self, entry: &EntryExpr) -> Result<(), String> {
        match entry {
            EntryExpr::StructField(field) => self.through(&field.value),
            EntryExpr::MapEntry(entry) => {
                self.through(&entry.key)?;
                self.through(&entry.value)
            }
        }
    }
}
