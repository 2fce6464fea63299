//! Numbers, times and columns as people read them.

use console::{measure_text_width, pad_str, truncate_str};
use std::time::Duration;

/// Lines of running text are at most this wide, without what they are indented by.
const LINE: usize = 90;

/// `1204331` as `1,204,331`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 message`, `2 messages`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// A rate in at most six characters: `0`, `950`, `98.2k`, `1.20M`.
pub(crate) fn rate(per_second: f64) -> String {
    match per_second {
        rate if rate < 9.95 && rate > 0.0 => format!("{rate:.1}"),
        rate if rate < 999.5 => format!("{rate:.0}"),
        rate if rate < 99_950.0 => format!("{:.1}k", rate / 1e3),
        rate if rate < 999_500.0 => format!("{:.0}k", rate / 1e3),
        rate if rate < 99_950_000.0 => format!("{:.1}M", rate / 1e6),
        rate => format!("{:.0}M", rate / 1e6),
    }
}

/// Seconds as `0.042 s`, `12.3 s`, `2m 5s`. What a report or a server says may be no time at all: less than none is none, and
/// more than can be told is the most that can.
pub(crate) fn elapsed(seconds: f64) -> String {
    // So written, what is not a number is none as well.
    match if seconds > 0.0 { seconds } else { 0.0 } {
        seconds if seconds < 1.0 => format!("{seconds:.3} s"),
        seconds if seconds < 10.0 => format!("{seconds:.2} s"),
        seconds if seconds < 60.0 => format!("{seconds:.1} s"),
        seconds => {
            let whole = Duration::try_from_secs_f64(seconds).map_or(u64::MAX, |time| time.as_secs());
            humantime::format_duration(Duration::from_secs(whole)).to_string()
        }
    }
}

/// `text` in exactly `width` columns, its end cut off if need be.
pub(crate) fn fit(text: &str, width: usize) -> String {
    pad_str(&truncate_str(text, width, "…"), width, console::Alignment::Left, None).into_owned()
}

/// Rows of cells with the columns aligned to the left, two spaces apart, each line after `indent`.
pub(crate) fn columns(indent: &str, rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| measure_text_width(cell)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| fit(cell, *width)).collect();
        text.push_str(indent);
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// `text` in lines that can be read, each after `indent`.
pub(crate) fn wrapped(indent: &str, text: &str) -> String {
    let mut lines = String::new();
    let mut width = 0;
    for word in text.split_whitespace() {
        let word_width = measure_text_width(word);
        match width {
            0 => lines.push_str(indent),
            _ if width + 1 + word_width > LINE => {
                lines.push('\n');
                lines.push_str(indent);
                width = 0;
            }
            _ => {
                lines.push(' ');
                width += 1;
            }
        }
        lines.push_str(word);
        width += word_width;
    }
    if width > 0 {
        lines.push('\n');
    }
    lines
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let numbers = [0, 999, 1_000, 336_776, 1_204_331].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "336,776", "1,204,331"]);
    }

    #[test]
    fn rates_stay_within_six_characters() {
        let rates = [0.0, 0.25, 9.96, 950.0, 999.7, 98_200.0, 123_456.0, 1_200_000.0, 290e6].map(rate);
        assert_eq!(rates, ["0", "0.2", "10", "950", "1.0k", "98.2k", "123k", "1.2M", "290M"]);
    }

    #[test]
    fn times_have_the_precision_they_deserve() {
        let times = [0.0421, 1.239, 12.34, 125.9].map(elapsed);
        assert_eq!(times, ["0.042 s", "1.24 s", "12.3 s", "2m 5s"]);
    }

    #[test]
    fn what_is_no_time_is_told_all_the_same() {
        assert_eq!([-0.0, -1e308, f64::NAN, f64::NEG_INFINITY].map(elapsed), ["0.000 s"; 4]);
        assert_eq!(elapsed(f64::INFINITY), elapsed(1e308));
        assert!(elapsed(1e308).starts_with("584542046090years "), "{}", elapsed(1e308));
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_and_a_short_one_padded() {
        assert_eq!(fit("departures", 6), "depar…");
        assert_eq!(fit("a", 3), "a  ");
    }

    #[test]
    fn columns_are_aligned_without_trailing_spaces() {
        let rows = [vec!["a".into(), "xyz".into()], vec!["long".into(), String::new()]];
        assert_eq!(columns("  ", &rows), "  a     xyz\n  long\n");
    }

    #[test]
    fn running_text_is_wrapped_between_words() {
        let text = wrapped("  ", &format!("one two\n {} three", "x".repeat(LINE - 8)));
        assert_eq!(text, format!("  one two {}\n  three\n", "x".repeat(LINE - 8)));
        assert_eq!(wrapped("  ", &"y".repeat(LINE + 9)), format!("  {}\n", "y".repeat(LINE + 9)));
        assert_eq!(wrapped("  ", " "), "");
    }

    #[test]
    fn a_list_reads_like_a_sentence() {
        let parts: Vec<String> = ["a", "b", "c"].map(String::from).into();
        assert_eq!([list(&parts[..1]), list(&parts[..2]), list(&parts)], ["a", "a and b", "a, b and c"]);
    }
}
