//! A TOML text whose every key and value knows its place.

use super::finding::{KeyPath, Mark};
use super::secrets::may_be_in_line;
use super::{Diagnostic, Diagnostics, Origin, Snippet};
use crate::topology::Registry;
use std::ops::Range;
use toml_edit::{Item, Key, TableLike, Value};

/// The text of a topology file, parsed.
#[derive(Debug)]
pub(super) struct Document {
    name: String,
    toml: toml_edit::Document<String>,
    lines: Lines,
}

/// Where the lines of a text start, in bytes; found once, for any number of diagnostics.
#[derive(Debug)]
struct Lines(Vec<usize>);

impl Document {
    /// Parses `text`, which is called `name`. A line that may hold a secret of something in `registry` is not shown.
    pub(super) fn parse(name: &str, text: &str, registry: &Registry) -> Result<Self, Diagnostics> {
        // Some editors put a byte order mark in front; it is no part of the first line.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = Lines::of(text);
        match toml_edit::Document::parse(text.to_string()) {
            Ok(toml) => Ok(Self { name: name.into(), toml, lines }),
            Err(error) => {
                let (origin, snippet) = lines.place(name, text, error.span().unwrap_or_default());
                let hidden =
                    matches!(&origin, Origin::File { line, .. } if may_be_in_line(text, *line, registry));
                let message = error.message().replace('\n', " ");
                let mut diagnostic = Diagnostic::error(format!("this is not TOML: {message}")).at(origin);
                diagnostic.snippet = (!hidden).then_some(snippet);
                Err(match message.as_str() {
                    "duplicate key" => diagnostic.help("give every key and every table once").into(),
                    _ => {
                        diagnostic.help("correct the marked part; https://toml.io explains the format").into()
                    }
                })
            }
        }
    }

    /// The name of the file.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The outermost table.
    pub(super) fn table(&self) -> &toml_edit::Table {
        self.toml.as_table()
    }

    /// Where the entry at `path` is, if the text has one.
    pub(super) fn find(&self, path: &KeyPath, mark: Mark) -> Option<Range<usize>> {
        let (last, parents) = path.0.split_last()?;
        let mut here = Entry::Table(self.toml.as_table());
        for key in parents {
            here = here.child(key)?.1;
        }
        let (key, value) = here.child(last)?;
        let (key, value) = (key.and_then(Key::span), value.span());
        match mark {
            Mark::Key | Mark::Secret => key.or(value),
            Mark::Value => value.or(key),
        }
    }

    /// Whether the entry at `path` is a table with a `[header]`.
    pub(super) fn is_header(&self, path: &KeyPath) -> bool {
        let header = self.find(path, Mark::Value).and_then(|span| self.toml.raw().get(span));
        header.is_some_and(|header| header.starts_with('[') && header.ends_with(']'))
    }

    /// The place of a part of the text.
    pub(super) fn place(&self, span: Range<usize>) -> (Origin, Snippet) {
        self.lines.place(&self.name, self.toml.raw(), span)
    }
}

/// Anything that has a path.
enum Entry<'a> {
    Table(&'a dyn TableLike),
    Item(&'a Item),
    Value(&'a Value),
}

impl<'a> Entry<'a> {
    fn child(&self, key: &str) -> Option<(Option<&'a Key>, Entry<'a>)> {
        let value = match self {
            Self::Table(table) => return in_table(*table, key),
            Self::Item(Item::Table(table)) => return in_table(table, key),
            Self::Item(Item::ArrayOfTables(tables)) => {
                return Some((None, Entry::Table(tables.get(key.parse().ok()?)?)));
            }
            Self::Item(Item::None) => return None,
            Self::Item(Item::Value(value)) => value,
            Self::Value(value) => value,
        };
        match value {
            Value::InlineTable(table) => in_table(table, key),
            Value::Array(array) => Some((None, Entry::Value(array.get(key.parse().ok()?)?))),
            _ => None,
        }
    }

    fn span(&self) -> Option<Range<usize>> {
        match self {
            Self::Table(_) => None,
            Self::Item(item) => item.span(),
            Self::Value(value) => value.span(),
        }
    }
}

fn in_table<'a>(table: &'a dyn TableLike, key: &str) -> Option<(Option<&'a Key>, Entry<'a>)> {
    table.get_key_value(key).map(|(key, item)| (Some(key), Entry::Item(item)))
}

impl Lines {
    fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    fn place(&self, file: &str, text: &str, span: Range<usize>) -> (Origin, Snippet) {
        let at = boundary(text, span.start);
        let line = self.0.partition_point(|start| *start <= at).saturating_sub(1);
        let start = self.0[line];
        let end = self.0.get(line + 1).map_or(text.len(), |next| next - 1).max(at);
        let column = text[start..at].chars().count();
        // What goes on over several lines is marked on its first.
        let marked = text[at..boundary(text, span.end.clamp(at, end))].chars().count();
        let origin = Origin::File { file: file.into(), line: line + 1, column: column + 1 };
        (origin, Snippet::new(&text[start..end], column, marked))
    }
}

/// The last place at or before `at` where a character starts.
fn boundary(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}
