//! From messages to bytes.

use super::written::{Row, Written};
use crate::handover::BLOCK;
use crate::message::{Fields, Record, Value, located};
use schemars::JsonSchema;
use serde::Deserialize;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use tidegate::Result;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON lines: one JSON value per line.
    Jsonl,
    /// CSV with a header; records only.
    Csv,
    /// Text and numbers as they are, one per line; records as JSON.
    Lines,
}

impl Format {
    /// The format of messages of type `T` in a file called `name`, where none is given.
    pub(super) fn of<T: Written>(name: &str) -> Self {
        match T::RECORDS {
            true if name.ends_with(".csv") => Self::Csv,
            true => Self::Jsonl,
            false => Self::Lines,
        }
    }
}

/// Writes messages into a buffer, each wholly or not at all.
pub(super) struct Encoder {
    format: Format,
    /// The columns of CSV, once they are known.
    columns: Option<Columns>,
    header_written: bool,
    out: Vec<u8>,
}

/// The columns of CSV, and where they are in the kind of records that came last.
struct Columns {
    fields: Arc<Fields>,
    positions: Option<(Arc<Fields>, Vec<Option<usize>>)>,
    /// For values that are written with `Display`.
    scratch: String,
}

impl Encoder {
    pub(super) fn new(format: Format, columns: Option<&[String]>) -> Self {
        let columns = columns.map(|names| Columns::new(Fields::new(names.iter().map(String::as_str))));
        Self { format, columns, header_written: false, out: Vec::new() }
    }

    /// How rows are written.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Bytes to be written; whoever writes them clears them.
    pub(super) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.out
    }

    /// Whether there is so much to be written that it should be before more comes.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.out.len() >= BLOCK
    }

    /// Writes `message`.
    pub(super) fn write<T: Written>(&mut self, message: &T) -> Result {
        let mut mark = self.out.len();
        let written = message.rows(&mut |row| {
            if self.format == Format::Csv {
                let Row::Record(record) = row else {
                    return Err("only records can be written as CSV".into());
                };
                let columns = self.columns.get_or_insert_with(|| Columns::new(record.fields().clone()));
                if !self.header_written {
                    columns.write_header(&mut self.out);
                    self.header_written = true;
                    // The header stays, whatever becomes of the message.
                    mark = self.out.len();
                }
                return columns.write(record, &mut self.out);
            }
            match row {
                Row::Number(number) => write!(self.out, "{number}")?,
                Row::Record(record) => serde_json::to_writer(&mut self.out, record)?,
                Row::Text(text) if self.format == Format::Jsonl => {
                    serde_json::to_writer(&mut self.out, text)?
                }
                Row::Text(text) => self.out.extend_from_slice(text.as_bytes()),
            }
            self.out.push(b'\n');
            Ok(())
        });
        written.map_err(|error| {
            self.out.truncate(mark);
            located(message.origin(), error)
        })
    }

    /// The output goes on behind rows of an earlier run, whose `header` is in front if it is CSV.
    ///
    /// # Errors
    /// When the header has other columns than those that were given.
    pub(super) fn resume(&mut self, header: &str) -> Result<(), String> {
        let names = header_names(header);
        match &self.columns {
            Some(columns) if !columns.fields.names().eq(names.iter().map(String::as_str)) => {
                let wanted: Vec<&str> = columns.fields.names().collect();
                return Err(format!("has the columns {}, and not {}", names.join(", "), wanted.join(", ")));
            }
            Some(_) => {}
            None => self.columns = Some(Columns::new(Fields::new(names))),
        }
        self.header_written = true;
        Ok(())
    }

    /// Nothing more will come: a file of known columns has a header even if it has no rows.
    pub(super) fn finish(&mut self) {
        if let (Format::Csv, Some(columns), false) = (self.format, &self.columns, self.header_written) {
            columns.write_header(&mut self.out);
            self.header_written = true;
        }
    }
}

impl Columns {
    fn new(fields: Arc<Fields>) -> Self {
        Self { fields, positions: None, scratch: String::new() }
    }

    fn write_header(&self, out: &mut Vec<u8>) {
        for (index, name) in self.fields.names().enumerate() {
            separate(index, out);
            write_field(name, self.fields.len() == 1, out);
        }
        out.push(b'\n');
    }

    fn write(&mut self, record: &Record, out: &mut Vec<u8>) -> Result {
        if !self.positions.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, record.fields())) {
            self.look_up(record.fields())?;
        }
        let (_, positions) = self.positions.as_ref().expect("positions, because they were just looked up");
        for (index, position) in positions.iter().enumerate() {
            separate(index, out);
            match position.map_or(&Value::Null, |position| &record.values()[position]) {
                Value::Text(text) => write_field(text, positions.len() == 1, out),
                Value::Null => write_field("", positions.len() == 1, out),
                number @ (Value::Int(_) | Value::Float(_) | Value::Bool(_)) => write!(out, "{number}")?,
                nested => {
                    self.scratch.clear();
                    write!(self.scratch, "{nested}")?;
                    write_field(&self.scratch, false, out);
                }
            }
        }
        out.push(b'\n');
        Ok(())
    }

    /// Finds the columns among `fields`, all of which must be columns.
    #[cold]
    fn look_up(&mut self, fields: &Arc<Fields>) -> Result {
        if let Some(unknown) = fields.names().find(|name| self.fields.position(name).is_none()) {
            let known: Vec<&str> = self.fields.names().collect();
            return Err(format!(
                "the record has a field `{unknown}`, and the columns are {}; name all columns with `columns`",
                known.join(", ")
            )
            .into());
        }
        let positions = self.fields.names().map(|name| fields.position(name)).collect();
        self.positions = Some((fields.clone(), positions));
        Ok(())
    }
}

fn separate(index: usize, out: &mut Vec<u8>) {
    if index > 0 {
        out.push(b',');
    }
}

/// The names in a header that [`write_field`] has written.
fn header_names(header: &str) -> Vec<String> {
    let (mut names, mut name, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = header.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => name.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => names.push(std::mem::take(&mut name)),
            char => name.push(char),
        }
    }
    names.push(name);
    names
}

/// Writes a field of CSV, in quotes where it needs them: RFC 4180. An empty field that is `alone` on its line is
/// quoted too, as an empty line would be no row.
fn write_field(text: &str, alone: bool, out: &mut Vec<u8>) {
    let quoted =
        text.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) || (alone && text.is_empty());
    if !quoted {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}
