//! Lines of CSV.

use super::head;
use super::json::is_read_back;
use super::run::block_on;
use crate::said::clear;
use tidegate::{Now, Outlet, Stage};
use tidegate_actors::{Csv, CsvSettings, Line, Record, Source};

/// Delimiter and quote; if there is an `i` behind them, types are told by the looks; the lines follow.
///
/// A line is a record, nothing, or an error. A record comes back from JSON, and its texts from a line of CSV.
pub fn csv(data: &[u8]) {
    let (head, lines) = head(data);
    let usable = |byte: u8| byte.is_ascii() && !matches!(byte, b'\n' | b'\r');
    let (delimiter, quote) = match head {
        [delimiter, quote, ..] if delimiter != quote && usable(*delimiter) && usable(*quote) => {
            (char::from(*delimiter), char::from(*quote))
        }
        _ => (',', '"'),
    };
    let infer = head.contains(&b'i');
    let settings = || CsvSettings { delimiter, quote, infer, null: Vec::new(), ..CsvSettings::default() };
    let mut csv = Csv::from(settings());
    let source = Source::new("fuzz.csv");
    let (mut header, mut again) = (None::<usize>, None);
    for (at, line) in lines.split(|byte| *byte == b'\n').enumerate() {
        // As they come from `file_lines`.
        let Ok(text) = std::str::from_utf8(line) else { continue };
        let text = text.strip_suffix('\r').unwrap_or(text);
        match read(&mut csv, Line::read(&source, at as u64 + 1, text)) {
            Ok(Some(record)) => {
                is_read_back(&record);
                let columns = *header.get_or_insert(record.len());
                assert_eq!(record.len(), columns, "the records of a file have the same fields");
                if !infer {
                    let again = again.get_or_insert_with(|| columns_of(&record, settings()));
                    come_back(again, &record, delimiter, quote);
                }
            }
            Ok(None) => {}
            Err(error) => drop(clear(error)),
        }
        if csv.is_finished() {
            break;
        }
    }
}

/// Reads lines of the columns of `record`, without a header.
fn columns_of(record: &Record, settings: CsvSettings) -> Csv {
    let columns = record.iter().map(|(name, _)| name.to_string()).collect();
    Csv::from(CsvSettings { columns: Some(columns), header: Some(false), ..settings })
}

/// The texts of `record`, each in quotes, are those that are read.
fn come_back(csv: &mut Csv, record: &Record, delimiter: char, quote: char) {
    let quoted = record.iter().map(|(_, value)| {
        let text = value.as_str().expect("text, because nothing is told by its looks");
        format!("{quote}{}{quote}", text.replace(quote, &format!("{quote}{quote}")))
    });
    let line = quoted.collect::<Vec<_>>().join(&delimiter.to_string());
    let read = read(csv, line.as_str().into()).unwrap_or_else(|error| panic!("{line:?}: {error}"));
    assert_eq!(read.as_ref(), Some(record), "{line:?}");
}

fn read(csv: &mut Csv, line: Line) -> Result<Option<Record>, tidegate::BoxError> {
    let mut out = Outlet::collecting();
    match csv.handle_now(line, &mut out) {
        Now::Done(done) => done?,
        Now::Later(line) => block_on(csv.handle(line, &mut out))?,
    }
    Ok(out.take().pop())
}
