//! Rows of the file, and what is found out about them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use tidegate::Result;

/// For each carrier, how many flights arrived, and the sum of their delays in minutes.
pub type Carriers = BTreeMap<String, (u64, i64)>;

/// The column of the arrival delay; that of the carrier follows.
const ARR_DELAY: usize = 8;

/// A row, parsed in full.
#[derive(Clone, Debug)]
pub struct Flight {
    /// Year to arr_delay, then air_time to minute.
    numbers: [Option<i64>; 13],
    /// Carrier, flight, tailnum, origin, dest, and at the end time_hour.
    texts: [String; 6],
}

impl Flight {
    /// Reads a line.
    ///
    /// # Errors
    /// When it has too few columns, or one of them is not a number that should be.
    pub fn parse(line: &str) -> Result<Self> {
        let mut columns = line.split(',');
        let mut next = || columns.next().ok_or_else(|| format!("`{line}` has too few columns"));
        let mut flight = Self { numbers: [None; 13], texts: Default::default() };
        for place in &mut flight.numbers[..9] {
            *place = number(next()?)?;
        }
        for text in &mut flight.texts[..5] {
            next()?.clone_into(text);
        }
        for place in &mut flight.numbers[9..] {
            *place = number(next()?)?;
        }
        next()?.clone_into(&mut flight.texts[5]);
        Ok(flight)
    }

    /// The arrival delay in minutes; `None` if it did not arrive.
    pub fn delay(&self) -> Option<i64> {
        self.numbers[ARR_DELAY]
    }

    pub fn carrier(&self) -> &str {
        &self.texts[0]
    }
}

fn number(text: &str) -> Result<Option<i64>> {
    if text.is_empty() || text == "NA" { Ok(None) } else { Ok(Some(text.parse()?)) }
}

/// Adds a flight that arrived.
pub fn add(carriers: &mut Carriers, carrier: &str, delay: i64) {
    if !carriers.contains_key(carrier) {
        carriers.insert(carrier.into(), (0, 0));
    }
    if let Some((flights, delays)) = carriers.get_mut(carrier) {
        *flights += 1;
        *delays += delay;
    }
}

/// The plainest program that finds it out, and the number of rows.
///
/// # Errors
/// When the file cannot be read, or is not what it should be.
pub fn read_plainly(path: &Path) -> Result<(Carriers, u64)> {
    let mut carriers = Carriers::new();
    let (mut lines, mut line) = (open(path)?, String::new());
    let mut rows = 0;
    lines.read_line(&mut line)?;
    loop {
        line.clear();
        if lines.read_line(&mut line)? == 0 {
            return Ok((carriers, rows));
        }
        rows += 1;
        let mut columns = line.split(',').skip(ARR_DELAY);
        let delay = number(columns.next().ok_or("a row has too few columns")?)?;
        let carrier = columns.next().ok_or("a row has too few columns")?;
        if let Some(delay) = delay {
            add(&mut carriers, carrier, delay);
        }
    }
}

/// Opens the file.
///
/// # Errors
/// When that is not possible; names the file.
pub fn open(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).map_err(|error| format!("cannot open `{}`: {error}", path.display()))?;
    Ok(BufReader::with_capacity(64 << 10, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "2013,1,1,517,515,2,830,819,11,UA,1545,N14228,EWR,IAH,NA,1400,5,15,2013-01-01T10:00:00Z";

    #[test]
    fn a_row_is_read_in_full() {
        let flight = Flight::parse(LINE).expect("a good row");
        assert_eq!((flight.delay(), flight.carrier()), (Some(11), "UA"));
        assert_eq!(flight.numbers[9..], [None, Some(1400), Some(5), Some(15)]);
        assert_eq!(flight.texts[5], "2013-01-01T10:00:00Z");
        assert!(Flight::parse("2013,1").is_err());
        assert!(Flight::parse(&LINE.replace("517", "dawn")).is_err());
    }
}
