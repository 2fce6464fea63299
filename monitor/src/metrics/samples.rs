//! The values of a family, written line by line.

use super::catalogue::{Family, Kind};
use super::format::Format;
use std::fmt::Write;

/// The clients of the server at one moment.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Clients {
    /// How many are connected.
    pub connections: usize,
    /// How many may be.
    pub max_connections: usize,
    /// How many of them listen to signals.
    pub streams: usize,
    /// How many were sent away as too many were there.
    pub refused: u64,
}

/// Takes the values of one family.
pub(super) struct Samples<'a> {
    text: &'a mut String,
    family: &'a Family,
    format: Format,
    /// The values of the first labels of what is added.
    about: Vec<&'a str>,
    begun: bool,
}

impl<'a> Samples<'a> {
    pub(super) fn new(text: &'a mut String, family: &'a Family, format: Format) -> Self {
        Self { text, family, format, about: Vec::new(), begun: false }
    }

    /// What is added next is about this.
    pub(super) fn about(&mut self, values: &[&'a str]) -> &mut Self {
        self.about = values.to_vec();
        self
    }

    /// A value; `labels` are those of the last labels of the family.
    pub(super) fn add(&mut self, labels: &[&str], value: f64) {
        self.line(self.family.name, labels, None, value);
    }

    /// One or none, by whether it is so.
    pub(super) fn flag(&mut self, labels: &[&str], so: bool) {
        self.add(labels, f64::from(u8::from(so)));
    }

    /// One of the parts of a summary: its name's end, and the quantile if it is one.
    pub(super) fn part(&mut self, suffix: &str, quantile: Option<&str>, value: f64) {
        let name = format!("{}{suffix}", self.family.name);
        self.line(&name, &[], quantile, value);
    }

    fn line(&mut self, name: &str, labels: &[&str], quantile: Option<&str>, value: f64) {
        self.head();
        self.text.push_str(name);
        let values = self.about.iter().copied().chain(labels.iter().copied()).chain(quantile);
        let mut separator = '{';
        for (label, value) in self.family.labels.iter().zip(values) {
            self.text.push(separator);
            separator = ',';
            let _ = write!(self.text, "{label}=\"");
            escape(self.text, value);
            self.text.push('"');
        }
        if separator == ',' {
            self.text.push('}');
        }
        let _ = writeln!(self.text, " {}", Number(value));
    }

    /// What the family is, before its first value.
    fn head(&mut self) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        let Family { name, kind, help, .. } = self.family;
        let (family, kind) = match (self.format, kind) {
            (Format::OpenMetrics, Kind::Counter) => (name.trim_end_matches("_total"), "counter"),
            (Format::OpenMetrics, Kind::Info) => (name.trim_end_matches("_info"), "info"),
            (Format::Prometheus, Kind::Info) => (*name, "gauge"),
            (_, kind) => (*name, kind.name()),
        };
        let _ = writeln!(self.text, "# HELP {family} {help}");
        let _ = writeln!(self.text, "# TYPE {family} {kind}");
        if let (Format::OpenMetrics, Some(unit)) = (self.format, self.family.unit()) {
            let _ = writeln!(self.text, "# UNIT {family} {unit}");
        }
    }
}

/// The value of a label: both formats escape the same.
fn escape(text: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            // They would end the line for some readers, or hide the rest of it from people.
            c if c.is_control() => text.push('\u{fffd}'),
            c => text.push(c),
        }
    }
}

/// A number as both formats write it.
struct Number(f64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            number if number == f64::INFINITY => f.write_str("+Inf"),
            number if number == f64::NEG_INFINITY => f.write_str("-Inf"),
            number => write!(f, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_label_cannot_end_its_line_or_its_quotes() {
        let mut text = String::new();
        escape(&mut text, "a\"b\\c\nd\re");
        assert_eq!(text, "a\\\"b\\\\c\\nd\u{fffd}e");
    }

    #[test]
    fn numbers_are_written_as_readers_expect_them() {
        let written =
            [0.0, 1.0, 0.25, 1e21, f64::INFINITY, f64::NAN].map(|number| Number(number).to_string());
        assert_eq!(written, ["0", "1", "0.25", "1000000000000000000000", "+Inf", "NaN"]);
    }
}
