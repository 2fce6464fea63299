//! One line of CSV to its fields.

use super::error::RowError;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

/// Splits lines into fields, into buffers that are used again and again.
pub(in crate::stage) struct Parser {
    reader: Reader,
    /// The fields of the last line, one after the other and without quotes.
    text: Vec<u8>,
    /// Where each field ends.
    ends: Vec<usize>,
}

/// The fields of one line.
pub(in crate::stage) struct Row<'a> {
    text: &'a str,
    ends: &'a [usize],
}

impl Parser {
    pub(in crate::stage) fn new(delimiter: u8, quote: u8) -> Self {
        // A carriage return that is left in the middle of a line is part of a field.
        let reader =
            ReaderBuilder::new().delimiter(delimiter).quote(quote).terminator(Terminator::Any(b'\n')).build();
        Self { reader, text: Vec::new(), ends: vec![0; 32] }
    }

    /// The fields of `line`, which is not empty.
    pub(in crate::stage) fn parse(&mut self, line: &str) -> Result<Row<'_>, RowError> {
        // Without its quotes, a line is no longer than with them.
        if self.text.len() < line.len() + 1 {
            self.text.resize((line.len() + 1).next_power_of_two(), 0);
        }
        self.reader.reset();
        let (mut length, mut fields) = (0, 0);
        // The line feed shows whether the line ends outside of quotes.
        for mut input in [line.as_bytes(), b"\n"] {
            loop {
                let (result, read, written, ended) =
                    self.reader.read_record(input, &mut self.text[length..], &mut self.ends[fields..]);
                input = &input[read..];
                length += written;
                fields += ended;
                match result {
                    ReadRecordResult::Record => {
                        let text = std::str::from_utf8(&self.text[..length]);
                        let text =
                            text.expect("UTF-8, because only whole ASCII characters were taken out of it");
                        return Ok(Row { text, ends: &self.ends[..fields] });
                    }
                    ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                    ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                    ReadRecordResult::InputEmpty | ReadRecordResult::End => break,
                }
            }
        }
        Err(RowError::OpenQuote)
    }
}

impl<'a> Row<'a> {
    pub(in crate::stage) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(in crate::stage) fn fields(&self) -> impl Iterator<Item = &'a str> {
        let (text, mut start) = (self.text, 0);
        self.ends.iter().map(move |end| {
            let field = &text[start..*end];
            start = *end;
            field
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<String> {
        Parser::new(b',', b'"').parse(line).unwrap().fields().map(String::from).collect()
    }

    #[test]
    fn fields_lose_their_quotes() {
        assert_eq!(fields(r#"a,"b,c","say ""hi""",,"""#), ["a", "b,c", r#"say "hi""#, "", ""]);
        assert_eq!(fields("größe,\u{1f30a}\rx"), ["größe", "\u{1f30a}\rx"]);
    }

    #[test]
    fn a_line_may_have_any_number_of_fields() {
        let line = (0..1000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(fields(&line).len(), 1000);
    }

    #[test]
    fn a_quote_that_is_left_open_spoils_its_line_only() {
        let mut parser = Parser::new(b';', b'\'');
        assert!(matches!(parser.parse("a;'b"), Err(RowError::OpenQuote)));
        assert_eq!(parser.parse("a;'b'").unwrap().fields().collect::<Vec<_>>(), ["a", "b"]);
    }
}
