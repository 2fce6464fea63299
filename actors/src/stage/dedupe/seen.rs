//! The keys of the rows that an earlier run has written.

use super::Key;
use crate::message::{Record, Value};
use crate::paths::partial;
use crate::stage::csv::parser::Parser;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use tidegate::printable;

/// How the rows of a file are to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    Jsonl,
    Csv,
    Lines,
}

impl Rows {
    /// Those that `file` writes at `path` by default.
    pub(super) fn of(path: &Path, records: bool) -> Self {
        match records {
            true if path.extension().is_some_and(|end| end == "csv") => Self::Csv,
            true => Self::Jsonl,
            false => Self::Lines,
        }
    }

    /// The key as it can be told from a row: only JSON tells text from numbers.
    pub(super) fn told(self, key: Key) -> Key {
        match self {
            Self::Jsonl => key,
            Self::Csv | Self::Lines => key.iter().map(text).collect(),
        }
    }
}

fn text(value: &Value) -> Value {
    match value {
        Value::Text(_) => value.clone(),
        Value::Null => "".into(),
        other => other.to_string().as_str().into(),
    }
}

/// Why the keys are not known.
#[derive(Debug, thiserror::Error)]
pub(super) enum SeenError {
    #[error("cannot read `{}`: {source}", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("`{}`, row {row}: {problem}; `seen_in` is for what `file` writes of these messages", .path.display())]
    Row { path: PathBuf, row: u64, problem: String },
}

/// The keys of the file at `path`, at most the last so many, the oldest in front; none if there is no file.
///
/// As long as `file` has not completed it, it is looked for where that writes it.
pub(super) fn keys(
    path: &Path,
    rows: Rows,
    fields: &[String],
    most: usize,
) -> Result<VecDeque<Key>, SeenError> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    let path = Some(partial(&path)).filter(|partial| partial.exists()).unwrap_or(path);
    let failed = |source| SeenError::Read { path: path.clone(), source };
    let mut file = match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(VecDeque::new()),
        opened => BufReader::new(opened.map_err(failed)?),
    };
    let mut reader = RowReader::new(rows, fields);
    let (mut keys, mut row, mut number) = (VecDeque::new(), Vec::new(), 0);
    while next_row(&mut file, rows, &mut row).map_err(failed)? {
        number += 1;
        let key =
            std::str::from_utf8(&row).map_err(|_| "it is not UTF-8".into()).and_then(|row| reader.key(row));
        let key = key.map_err(|problem| SeenError::Row {
            path: path.clone(),
            row: number,
            problem: printable(&problem),
        })?;
        if keys.len() == most {
            keys.pop_front();
        }
        keys.extend(key);
    }
    Ok(keys)
}

/// Reads a row without its line feed; false if there is no further whole one.
fn next_row(file: &mut impl BufRead, rows: Rows, row: &mut Vec<u8>) -> io::Result<bool> {
    row.clear();
    let mut quotes = 0;
    loop {
        let from = row.len();
        if file.read_until(b'\n', row)? == 0 || row.last() != Some(&b'\n') {
            return Ok(false);
        }
        quotes += memchr::memchr_iter(b'"', &row[from..]).count();
        if rows != Rows::Csv || quotes.is_multiple_of(2) {
            row.pop();
            return Ok(true);
        }
    }
}

/// From rows to keys.
struct RowReader<'a> {
    rows: Rows,
    fields: &'a [String],
    parser: Parser,
    /// Where the fields of the key are in a row of CSV, once its header is known.
    columns: Option<Vec<usize>>,
}

impl<'a> RowReader<'a> {
    fn new(rows: Rows, fields: &'a [String]) -> Self {
        Self { rows, fields, parser: Parser::new(b',', b'"'), columns: None }
    }

    /// The key of a row; `None` for a header.
    fn key(&mut self, row: &str) -> Result<Option<Key>, String> {
        match self.rows {
            Rows::Lines => Ok(Some(vec![row.into()])),
            Rows::Jsonl => {
                let record: Record = serde_json::from_str(row).map_err(|error| error.to_string())?;
                if self.fields.is_empty() {
                    return Ok(Some(record.values().to_vec()));
                }
                let value = |field: &String| record.get(field).cloned().ok_or_else(|| missing(field));
                self.fields.iter().map(value).collect::<Result<_, _>>().map(Some)
            }
            Rows::Csv => {
                let row = self.parser.parse(row).map_err(|error| error.to_string())?;
                let cells: Vec<&str> = row.fields().collect();
                let Some(columns) = &self.columns else {
                    let column = |field: &String| {
                        cells.iter().position(|name| name == field).ok_or_else(|| missing(field))
                    };
                    self.columns = Some(match self.fields.is_empty() {
                        true => (0..cells.len()).collect(),
                        false => self.fields.iter().map(column).collect::<Result<_, _>>()?,
                    });
                    return Ok(None);
                };
                let value = |column: &usize| {
                    cells.get(*column).map(|text| Value::from(*text)).ok_or("it is too short")
                };
                Ok(Some(columns.iter().map(value).collect::<Result<_, _>>()?))
            }
        }
    }
}

fn missing(field: &str) -> String {
    format!("there is no field `{field}`")
}
