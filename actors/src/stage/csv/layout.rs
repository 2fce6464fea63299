//! From a header to columns.

use super::error::RowError;
use super::parser::{Parser, Row};
use super::{ColumnType, CsvSettings};
use crate::message::{Fields, Record, Value, infer};
use std::sync::Arc;

/// The columns of a file: their names, and how to read them.
pub(super) struct Layout {
    fields: Arc<Fields>,
    types: Vec<Option<ColumnType>>,
}

impl Layout {
    /// The columns that the line `header` names.
    pub(super) fn of_header(
        header: &str,
        parser: &mut Parser,
        settings: &CsvSettings,
    ) -> Result<Self, RowError> {
        let row = parser.parse(header)?;
        let names = row.fields().enumerate().map(|(index, name)| match name.trim() {
            // Tables written with row names leave the name of that column empty.
            "" => format!("column_{}", index + 1),
            name => name.into(),
        });
        Self::of_names(names.collect(), settings).map_err(RowError::Columns)
    }

    pub(super) fn of_names(names: Vec<String>, settings: &CsvSettings) -> Result<Self, String> {
        if let Some((_, twice)) =
            names.iter().enumerate().find(|(index, name)| names[..*index].contains(name))
        {
            return Err(format!(
                "it names `{twice}` twice; give names of your own with `columns`, and set `header = true` to skip it"
            ));
        }
        if let Some(unknown) = settings.types.keys().find(|name| !names.contains(name)) {
            return Err(format!("`types` names `{unknown}`, but the columns are {}", names.join(", ")));
        }
        let default = (!settings.infer).then_some(ColumnType::Text);
        let types = names.iter().map(|name| settings.types.get(name).copied().or(default)).collect();
        Ok(Self { fields: Fields::new(names), types })
    }

    /// The record that a line stands for.
    pub(super) fn record(&self, row: &Row<'_>, null: &[String]) -> Result<Record, RowError> {
        if row.len() != self.types.len() {
            return Err(RowError::Fields { found: row.len(), expected: self.types.len() });
        }
        let mut values = Vec::with_capacity(self.types.len());
        for (text, expected) in row.fields().zip(&self.types) {
            values.push(match expected {
                _ if null.iter().any(|null| null == text) => Value::Null,
                None => infer(text),
                Some(expected) => match expected.read(text) {
                    Some(value) => value,
                    None => return Err(self.mistyped(text, values.len(), *expected)),
                },
            });
        }
        Ok(Record::with_fields(self.fields.clone(), values))
    }

    #[cold]
    fn mistyped(&self, text: &str, index: usize, expected: ColumnType) -> RowError {
        let column = self.fields.names().nth(index).unwrap_or_default().into();
        RowError::Type { text: text.into(), column, expected }
    }
}

impl ColumnType {
    fn read(self, text: &str) -> Option<Value> {
        match self {
            Self::Text => Some(text.into()),
            Self::Int => text.trim().parse().ok().map(Value::Int),
            Self::Float => text.trim().parse().ok().map(Value::Float),
            Self::Bool => match text.trim() {
                "true" | "True" | "TRUE" | "1" => Some(Value::Bool(true)),
                "false" | "False" | "FALSE" | "0" => Some(Value::Bool(false)),
                _ => None,
            },
        }
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Bool => "true or false",
        }
    }
}
