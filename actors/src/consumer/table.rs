//! A table at the end.

use super::written::{Row, Written};
use crate::handover::{Outflow, SharedStdout};
use crate::message::Value;
use crate::settings::settings;
use comfy_table::presets;
use comfy_table::{Cell, CellAlignment, ContentArrangement};
use indexmap::IndexSet;
use schemars::JsonSchema;
use serde::Deserialize;
use std::io;
use std::sync::Arc;
use tidegate::{Checks, Consumer, Result};

/// Prints a table of what it received on standard output, at the end of input.
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
        table.set_header(names.iter().map(|name| &**name));
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

/// Numbers line up on the right; fractions are cut to what a reader takes in.
fn cell(value: &Value) -> Cell {
    match value {
        Value::Int(number) => Cell::new(number).set_alignment(CellAlignment::Right),
        Value::Float(number) => {
            let short = format!("{number:.3}");
            let short = short.trim_end_matches('0').trim_end_matches('.');
            Cell::new(short).set_alignment(CellAlignment::Right)
        }
        value => Cell::new(value),
    }
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

    fn on_input_failed(&mut self) {
        self.incomplete = true;
    }

    async fn on_end(&mut self) -> Result {
        let table = self.render().into_bytes();
        self.kept = Vec::new();
        let mut outflow = Outflow::start(|| Ok(SharedStdout))?;
        let written = outflow.write(table).await;
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
        if self.settings.limit == 0 {
            checks.error("limit", "a table without rows shows nothing; to drop messages, use `null`");
        }
    }
}
