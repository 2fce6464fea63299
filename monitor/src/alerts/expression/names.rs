//! Whether all that an expression names exists.

use super::fields::{self, Fields, Shape, THE_ACTORS, THE_TOPOLOGY};
use crate::alerts::check::shown;
use crate::alerts::nearest::suggestion;
use cel::Program;
use cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};

/// An actor that expressions may name.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    /// Whether it has no mailbox, because it produces.
    pub(crate) produces: bool,
    /// Whether it has a breaker.
    pub(crate) has_breaker: bool,
}

/// What is wrong, and what was perhaps meant.
pub(crate) type Wrong = (String, Option<String>);

/// All names in `program` that lead nowhere.
pub(super) fn check(program: &Program, known: &[Known]) -> Vec<Wrong> {
    let mut walk = Walk { program, known, scope: Vec::new(), inside: false, wrong: Vec::new() };
    walk.shape(program.expression());
    walk.wrong
}

/// What an expression stands for, as far as that is known.
#[derive(Clone, Copy)]
enum Of<'a> {
    Actors,
    /// One of them, or any.
    Actor(Option<&'a Known>),
    Shape(&'static Shape),
    Topology,
    Unknown,
}

struct Walk<'a> {
    program: &'a Program,
    known: &'a [Known],
    /// The names that the expression gives itself.
    scope: Vec<&'a str>,
    /// Whether it is inside a comprehension.
    inside: bool,
    wrong: Vec<Wrong>,
}

impl<'a> Walk<'a> {
    fn shape(&mut self, here: &'a IdedExpr) -> Of<'a> {
        match &here.expr {
            Expr::Ident(name) => self.named(here, name),
            Expr::Select(select) => {
                let of = self.shape(&select.operand);
                self.field(here, of, &select.field)
            }
            Expr::Call(call) if call.func_name == operators::INDEX && call.args.len() == 2 => {
                let of = self.shape(&call.args[0]);
                match (of, literal(&call.args[1])) {
                    (Of::Unknown, _) | (_, None) => {
                        self.shape(&call.args[1]);
                        if matches!(of, Of::Actors) { Of::Actor(None) } else { Of::Unknown }
                    }
                    (of, Some(key)) => self.field(&call.args[1], of, key),
                }
            }
            Expr::Call(call) => {
                self.call(call);
                Of::Unknown
            }
            Expr::Comprehension(comprehension) => {
                self.comprehension(here, comprehension);
                Of::Unknown
            }
            Expr::List(list) => {
                for one in &list.elements {
                    self.shape(one);
                }
                Of::Unknown
            }
            Expr::Map(map) => {
                map.entries.iter().for_each(|entry| self.entry(&entry.expr));
                Of::Unknown
            }
            Expr::Struct(made) => {
                made.entries.iter().for_each(|entry| self.entry(&entry.expr));
                Of::Unknown
            }
            Expr::Literal(_) | Expr::Unspecified => Of::Unknown,
        }
    }

    fn entry(&mut self, entry: &'a EntryExpr) {
        match entry {
            EntryExpr::StructField(field) => {
                self.shape(&field.value);
            }
            EntryExpr::MapEntry(entry) => {
                self.shape(&entry.key);
                self.shape(&entry.value);
            }
        }
    }

    /// Goes through the parts of a call. Words are compared with words that exist.
    fn call(&mut self, call: &'a CallExpr) {
        if let Some(target) = &call.target {
            self.shape(target);
        }
        let of: Vec<Of<'a>> = call.args.iter().map(|one| self.shape(one)).collect();
        if !matches!(call.func_name.as_str(), operators::EQUALS | operators::NOT_EQUALS) {
            return;
        }
        for (one, other) in [(0, 1), (1, 0)] {
            let (Some(Of::Shape(Shape::Word(words))), Some(compared)) = (of.get(one), call.args.get(other))
            else {
                continue;
            };
            if let Some(word) = literal(compared)
                && !words.contains(&word)
            {
                let help = suggestion(word, words.iter().copied(), "it can be");
                self.wrong(compared, format!("it is never `{}`", shown(word)), help);
            }
        }
    }

    fn comprehension(&mut self, here: &'a IdedExpr, all: &'a ComprehensionExpr) {
        if self.inside {
            // One walk through all actors costs what the actors are; walks inside walks would have no bound.
            let help = "make several alerts of it".to_string();
            self.wrong(here, "one walk through a list cannot be inside another".into(), Some(help));
            return;
        }
        self.shape(&all.iter_range);
        self.inside = true;
        let names = [Some(&all.iter_var), all.iter_var2.as_ref(), Some(&all.accu_var)];
        self.scope.extend(names.into_iter().flatten().map(String::as_str));
        for part in [&all.accu_init, &all.loop_cond, &all.loop_step, &all.result] {
            self.shape(part);
        }
        self.scope.clear();
        self.inside = false;
    }

    fn named(&mut self, here: &IdedExpr, name: &str) -> Of<'a> {
        match name {
            _ if self.scope.contains(&name) => Of::Unknown,
            THE_TOPOLOGY => Of::Topology,
            THE_ACTORS => Of::Actors,
            _ => self.actor(here, name),
        }
    }

    fn actor(&mut self, here: &IdedExpr, name: &str) -> Of<'a> {
        if let Some(known) = self.known.iter().find(|known| known.name == name) {
            return Of::Actor(Some(known));
        }
        let names = self.known.iter().map(|known| known.name.as_str());
        let help = suggestion(name, names, "the actors are");
        self.wrong(here, format!("there is no actor `{}`", shown(name)), help);
        Of::Unknown
    }

    fn field(&mut self, here: &IdedExpr, of: Of<'a>, field: &str) -> Of<'a> {
        let (fields, owner): (Fields, _) = match of {
            Of::Unknown => return Of::Unknown,
            Of::Actors => return self.actor(here, field),
            Of::Topology => (fields::TOPOLOGY, "the topology"),
            Of::Actor(Some(known)) if known.produces && matches!(field, "mailbox" | "wait") => {
                let message = format!("`{}` is a producer, and has no mailbox", known.name);
                self.wrong(here, message, Some("`blocked` says which part of the time it is held up".into()));
                return Of::Unknown;
            }
            Of::Actor(Some(known)) if !known.has_breaker && field == "breaker" => {
                let help = format!("give `{}` a `breaker`, or leave it out here", known.name);
                self.wrong(here, format!("`{}` has no breaker", known.name), Some(help));
                return Of::Unknown;
            }
            Of::Actor(_) => (fields::ACTOR, "an actor"),
            Of::Shape(Shape::Table(fields)) if *fields == fields::MAILBOX => (*fields, "a mailbox"),
            Of::Shape(Shape::Table(fields)) => (*fields, "how long messages wait"),
            Of::Shape(_) => {
                self.wrong(here, format!("a value has no field `{}`", shown(field)), None);
                return Of::Unknown;
            }
        };
        match fields.iter().find(|(name, _)| *name == field) {
            Some((_, shape)) => Of::Shape(shape),
            None => {
                let names = fields.iter().map(|(name, _)| *name);
                let help = suggestion(field, names, "the fields are");
                self.wrong(here, format!("{owner} has no field `{}`", shown(field)), help);
                Of::Unknown
            }
        }
    }

    fn wrong(&mut self, here: &IdedExpr, message: String, help: Option<String>) {
        let column = self.program.source_info().offset_for(here.id);
        // What is known of a field is where its dot is.
        let dot = u32::from(matches!(here.expr, Expr::Select(_)));
        let place = column.map(|(start, _)| format!(" (column {})", start + dot + 1)).unwrap_or_default();
        self.wrong.push((format!("{message}{place}"), help));
    }
}

/// The text that `here` is, if it is one.
fn literal(here: &IdedExpr) -> Option<&str> {
    match &here.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}
