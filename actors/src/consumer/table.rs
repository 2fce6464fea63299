//! A table at the end.

use super::written::{Row, Written};
use crate::handover::{Outflow, SharedStdout};
use crate::message::Value;
use crate::settings::{one_instance, settings};
use comfy_table::presets;
use comfy_table::{Cell, CellAlignment, ContentArrangement};
use indexmap::IndexSet;
use schemars::JsonSchema;
use serde::Deserialize;
use std::io;
use std::sync::Arc;
use tidegate::{Checks, Consumer, Now, Result};

/// Prints a table of what it received on standard output, at the end of input.
///
/// It is made to be looked at: fractions have six significant digits, what is longer than 80 characters is cut, and
/// control characters are written as `\t` or `\u{1b}`. For exact values use `file` or `stdout`.
///
/// ```toml
/// [consumers.summary]
/// actor = "table"
/// inputs = ["per_carrier"]
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "table")]
pub struct TableSettings {
    /// The most rows that are printed; further ones are counted.
    #[serde(default = "default_limit")]
    pub limit: usize,
    /// What stands above the table.
    #[serde(default)]
    pub title: Option<String>,
}

fn default_limit() -> usize {
    50
}

impl Default for TableSettings {
    fn default() -> Self {
        Self { limit: default_limit(), title: None }
    }
}

/// A consumer that prints a table at the end; see [`TableSettings`].
///
/// The messages whose rows it keeps are held until then: a forced stop leaves them.
pub struct Table<T> {
    settings: TableSettings,
    /// The messages that have a row in the table; each but an empty one has, as long as there is room.
    kept: Vec<T>,
    /// Rows in all.
    rows: usize,
    /// Whether there should have been more.
    incomplete: bool,
}

settings! { Table<T: Written>: TableSettings }

impl<T: Written> Table<T> {
    /// A consumer that prints a table of up to 50 rows.
    pub fn new() -> Self {
        TableSettings::default().into()
    }

    /// The same with so many rows at most.
    #[must_use]
    pub fn limit(mut self, rows: usize) -> Self {
        self.settings.limit = rows;
        self
    }

    /// The table of what has come so far, as it is printed.
    pub fn render(&self) -> String {
        let (mut names, mut rows) = (IndexSet::<Arc<str>>::new(), Vec::new());
        for message in &self.kept {
            // A row that is not taken is how this ends; nothing else fails here.
            let _ = message.rows(&mut |row| {
                if rows.len() == self.settings.limit {
                    return Err("enough".into());
                }
                rows.push(cells(row, &mut names));
                Ok(())
            });
        }
        let mut table = comfy_table::Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(names.iter().map(|name| shown(name)));
        for mut row in rows {
            row.resize(names.len(), Value::Null);
            table.add_row(row.iter().map(cell));
        }
        let title = self.settings.title.iter().map(|title| format!("{title}\n"));
        let body = if names.is_empty() { String::new() } else { format!("{table}\n") };
        let cut = match self.rows.saturating_sub(self.settings.limit) {
            0 if self.rows == 0 => Some("(no rows)\n".into()),
            0 => None,
            cut => Some(format!("({cut} more of {} rows; `limit` is {})\n", self.rows, self.settings.limit)),
        };
        let part = self.incomplete.then(|| "(not complete: an actor upstream failed)\n".into());
        title.chain([body]).chain(cut).chain(part).collect()
    }

    /// Counts the rows of `message`, and keeps it if it has one in the table.
    fn keep(&mut self, message: T) -> Result {
        let before = self.rows;
        message.rows(&mut |_| {
            self.rows += 1;
            Ok(())
        })?;
        if before < self.settings.limit && self.rows > before {
            self.kept.push(message);
        }
        Ok(())
    }
}

/// The values of a row by column; names that are new become columns at the end.
fn cells(row: Row<'_>, names: &mut IndexSet<Arc<str>>) -> Vec<Value> {
    let mut values = Vec::new();
    let mut put = |name: &str, value: Value| {
        let column = names.get_index_of(name).unwrap_or_else(|| names.insert_full(name.into()).0);
        if values.len() <= column {
            values.resize(column + 1, Value::Null);
        }
        values[column] = value;
    };
    match row {
        Row::Text(text) => put("line", text.into()),
        Row::Number(number) => put("value", number.into()),
        Row::Record(record) => record.iter().for_each(|(name, value)| put(name, value.clone())),
    }
    values
}

/// The longest text of a cell, in characters.
const LONGEST: usize = 80;

/// Significant digits of a fraction: as many as a reader takes in.
const DIGITS: i32 = 6;

/// Numbers line up on the right.
fn cell(value: &Value) -> Cell {
    match value {
        Value::Int(number) => Cell::new(number).set_alignment(CellAlignment::Right),
        Value::Float(number) => Cell::new(rounded(*number)).set_alignment(CellAlignment::Right),
        value => Cell::new(shown(&value.to_string())),
    }
}

/// `number` to its significant digits; those before the point all stay.
fn rounded(number: f64) -> String {
    let magnitude = number.abs().log10().floor();
    if number == 0.0 || !number.is_finite() {
        return number.to_string();
    }
    if !(-5.0..15.0).contains(&magnitude) {
        let text = format!("{number:.*e}", DIGITS as usize - 1);
        let (digits, exponent) = text.split_once('e').expect("an exponent, because it was asked for");
        return format!("{}e{exponent}", digits.trim_end_matches('0').trim_end_matches('.'));
    }
    let decimals = (DIGITS - 1 - magnitude as i32).max(0) as usize;
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').into(),
        false => text,
    }
}

/// `text` as one line that does nothing to a terminal.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (index, char) in text.chars().enumerate() {
        if index == LONGEST {
            // The last one that is shown makes room for the sign that there is more.
            shown.pop();
            shown.push('…');
            break;
        }
        match char.is_control() {
            true => shown.extend(char.escape_default()),
            false => shown.push(char),
        }
    }
    shown
}

impl<T: Written> Default for Table<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<TableSettings> for Table<T> {
    fn from(settings: TableSettings) -> Self {
        Self { settings, kept: Vec::new(), rows: 0, incomplete: false }
    }
}

impl<T: Written> Consumer for Table<T> {
    type In = T;

    async fn handle(&mut self, message: T) -> Result {
        self.keep(message)
    }

    fn handle_now(&mut self, message: T) -> Now<T> {
        Now::Done(self.keep(message))
    }

    fn on_input_failed(&mut self) {
        self.incomplete = true;
    }

    async fn on_end(&mut self) -> Result {
        let table = self.render().into_bytes();
        self.kept = Vec::new();
        let mut outflow = Outflow::start(|| Ok(SharedStdout))?;
        let written = outflow.write(table, 0).await;
        match written.and(outflow.close().await) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(format!("cannot write to standard output: {error}").into())
            }
            _ => Ok(()),
        }
    }

    fn max_held(&self) -> usize {
        self.settings.limit
    }

    fn held(&self) -> usize {
        self.kept.len()
    }

    fn check(&self, checks: &mut Checks) {
        one_instance(checks, "would print a table of the rows that come to it");
        if self.settings.limit == 0 {
            checks.error("limit", "a table without rows shows nothing; to drop messages, use `null`");
        }
    }
}
