//! Where the rows end that an earlier run has written.

use crate::consumer::encoder::Format;
use crate::handover::BLOCK;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// What there is of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Whole {
    /// Bytes up to the end of the last whole row.
    pub length: u64,
    /// The first row, if it is a header: that of CSV, without its line ending.
    pub header: Option<Vec<u8>>,
}

/// Looks for the end of the last whole row.
pub(super) fn whole(file: &mut File, format: Format) -> io::Result<Whole> {
    match format {
        Format::Csv => whole_csv(file),
        Format::Jsonl | Format::Lines => Ok(Whole { length: last_line_end(file)?, header: None }),
    }
}

/// A row is a line: the file is read from its end.
fn last_line_end(file: &mut File) -> io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut block = vec![0; BLOCK];
    while end > 0 {
        let start = end.saturating_sub(BLOCK as u64);
        let part = &mut block[..(end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(part)?;
        if let Some(at) = memchr::memrchr(b'\n', part) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// A row may have line feeds within quotes, and only the beginning of the file tells what is within.
fn whole_csv(file: &mut File) -> io::Result<Whole> {
    file.seek(SeekFrom::Start(0))?;
    let (mut whole, mut header, mut quoted, mut before) = (Whole::default(), Vec::new(), false, 0);
    let mut block = vec![0; BLOCK];
    loop {
        let length = match file.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        if length == 0 {
            return Ok(whole);
        }
        let mut taken = 0;
        for at in memchr::memchr2_iter(b'"', b'\n', &block[..length]) {
            if block[at] == b'"' {
                quoted = !quoted;
            } else if !quoted {
                if whole.header.is_none() {
                    header.extend_from_slice(&block[taken..at]);
                    whole.header = Some(std::mem::take(&mut header));
                }
                taken = at + 1;
                whole.length = before + taken as u64;
            }
        }
        if whole.header.is_none() {
            header.extend_from_slice(&block[..length]);
        }
        before += length as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn find(text: &str, format: Format) -> (u64, Option<String>) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let whole = whole(&mut file, format).unwrap();
        (whole.length, whole.header.map(|header| String::from_utf8(header).unwrap()))
    }

    #[test]
    fn a_row_is_whole_when_its_line_feed_is_there() {
        for (text, length) in [("", 0), ("torn", 0), ("a\n", 2), ("a\nb", 2), ("a\n\n", 3)] {
            assert_eq!(find(text, Format::Lines), (length, None), "{text:?}");
        }
        let long = format!("a\n{}", "x".repeat(BLOCK * 2));
        assert_eq!(find(&long, Format::Jsonl), (2, None));
    }

    #[test]
    fn a_line_feed_within_quotes_ends_no_row_of_csv() {
        for (text, length, header) in [
            ("", 0, None),
            ("a,b", 0, None),
            ("a,b\n", 4, Some("a,b")),
            ("a,b\n1,\"x\ny", 4, Some("a,b")),
            ("a,b\n1,\"x\ny\"\n", 12, Some("a,b")),
            ("\"a\n\",b\n1", 7, Some("\"a\n\",b")),
        ] {
            assert_eq!(find(text, Format::Csv), (length, header.map(String::from)), "{text:?}");
        }
        let long = format!("{}\n1\n2", "x".repeat(BLOCK + 1));
        let (length, header) = find(&long, Format::Csv);
        assert_eq!((length, header.unwrap().len()), (BLOCK as u64 + 4, BLOCK + 1));
    }
}
