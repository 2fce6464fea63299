//! How long and how deep an expression may be.
//!
//! The text is looked at first: that costs nothing, and says it in words of the text. But there are ways round that, as
//! quotes in a comment; so the tree is measured as well.

use cel::common::ast::{EntryExpr, Expr, IdedExpr};

/// The most operators and brackets of an expression. Each may make it one level deeper.
const MOST_OPERATORS: usize = 40;

/// The deepest brackets may be nested: parsing takes far more of the stack for a level than evaluating.
const DEEPEST: usize = 16;

/// The deepest tree: more than an expression within the limits above has.
const DEEPEST_TREE: usize = 50;

/// What differs from use to use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most bytes of an expression: the parser takes some of the stack for each operator.
    pub longest: usize,
    /// What to do instead where one is beyond a limit.
    pub advice: &'static str,
}

impl Limits {
    fn beyond(&self, limit: impl std::fmt::Display) -> String {
        format!("{limit}; {}", self.advice)
    }

    /// Whether `text` is within them, quoted text aside.
    pub(crate) fn of_text(&self, text: &str) -> Result<(), String> {
        if text.len() > self.longest {
            return Err(self.beyond(format_args!("it is longer than {} bytes", self.longest)));
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
                return Err(self.beyond(format_args!("brackets are nested deeper than {DEEPEST}")));
            }
            if operators > MOST_OPERATORS {
                return Err(
                    self.beyond(format_args!("it has more than {MOST_OPERATORS} operators and brackets"))
                );
            }
            before = letter;
        }
        Ok(())
    }

    /// Whether what was parsed is within them. Takes stack for each level.
    pub(crate) fn of_tree(&self, whole: &IdedExpr) -> Result<(), String> {
        fn fits(here: &IdedExpr, levels: usize) -> bool {
            levels > 0 && children(here).into_iter().all(|child| fits(child, levels - 1))
        }
        match fits(whole, DEEPEST_TREE) {
            true => Ok(()),
            false => Err(self.beyond(format_args!("it is nested deeper than {DEEPEST_TREE} levels"))),
        }
    }
}

/// The parts that `here` is made of; those of a walk through a list begin with the list.
pub fn children(here: &IdedExpr) -> Vec<&IdedExpr> {
    fn entry(entry: &EntryExpr) -> Vec<&IdedExpr> {
        match entry {
            EntryExpr::StructField(field) => vec![&field.value],
            EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
        }
    }
    match &here.expr {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) => Vec::new(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Call(call) => call.target.as_deref().into_iter().chain(&call.args).collect(),
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Map(map) => map.entries.iter().flat_map(|one| entry(&one.expr)).collect(),
        Expr::Struct(made) => made.entries.iter().flat_map(|one| entry(&one.expr)).collect(),
        Expr::Comprehension(walk) => {
            vec![&walk.iter_range, &walk.accu_init, &walk.loop_cond, &walk.loop_step, &walk.result]
        }
    }
}
