//! What is wrong with a topology file, shown where it is.

use super::Origin;
use crate::Severity;
use crate::printable;
use std::fmt;

/// One thing that is wrong, where it is, and what to do about it.
///
/// Its `Display` is a complete report:
///
/// ```text
/// error: unknown setting `bye`
///   --> demo.toml:7:1
///    |
///  7 | bye = 3
///    | ^^^
///    |
///    = help: did you mean `by`?
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it keeps the topology from starting.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do, if that is known.
    pub help: Option<String>,
    /// The file and line, environment variable or assignment it is about, if it is about one.
    pub origin: Option<Origin>,
    /// The line of the file, if it is about one.
    pub snippet: Option<Snippet>,
}

/// A line of a file with a part of it marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The line, fit to be shown: tabs are four spaces, other control characters are replaced, and a very long
    /// line is cut around the marked part.
    pub text: String,
    /// Where the marked part starts in it, in characters, from 0.
    pub start: usize,
    /// How many characters are marked; at least 1.
    pub length: usize,
}

/// All that is wrong with a topology file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostic {
    pub(super) fn error(message: impl Into<String>) -> Self {
        let message = printable(&message.into());
        Self { severity: Severity::Error, message, help: None, origin: None, snippet: None }
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(printable(&help.into()));
        self
    }

    #[must_use]
    pub(super) fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// The name of the file it is about; `None` for what is about a variable or an assignment, or about nothing that
    /// has a place.
    pub fn file(&self) -> Option<&str> {
        match &self.origin {
            Some(Origin::File { file, .. }) => Some(file),
            _ => None,
        }
    }

    /// What it is sorted by: the place in the file; what is in no file comes last.
    pub(super) fn position(&self) -> (usize, usize) {
        match &self.origin {
            Some(Origin::File { line, column, .. }) => (*line, *column),
            _ => (usize::MAX, usize::MAX),
        }
    }
}

impl Snippet {
    /// The most characters of a line that are shown.
    const WIDEST: usize = 100;
    /// How much of them stands before the marked part.
    const BEFORE: usize = 40;

    /// `line` with `length` characters marked from character `start` on.
    pub(super) fn new(line: &str, start: usize, length: usize) -> Self {
        let mut snippet = Self { text: String::new(), start: 0, length: 0 };
        let fits = line.chars().nth(Self::WIDEST).is_none();
        let from = if fits { 0 } else { start.saturating_sub(Self::BEFORE) };
        if from > 0 {
            snippet.text.push('…');
        }
        let mut shown = 0;
        for (at, char) in line.trim_end_matches('\r').chars().enumerate().skip(from) {
            if shown >= Self::WIDEST {
                snippet.text.push('…');
                break;
            }
            let width = match char {
                '\t' => 4,
                _ => 1,
            };
            match char {
                '\t' => snippet.text.push_str("    "),
                char if char.is_control() => snippet.text.push('\u{fffd}'),
                char => snippet.text.push(char),
            }
            shown += width;
            if (start..start + length).contains(&at) {
                snippet.length += width;
            }
            if at < start {
                snippet.start += width;
            }
        }
        snippet.start += usize::from(from > 0);
        snippet.length = snippet.length.max(1);
        snippet
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl std::error::Error for Diagnostic {}

impl std::error::Error for Diagnostics {}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.severity, self.message)?;
        let line = match &self.origin {
            Some(Origin::File { line, .. }) => line.to_string(),
            _ => String::new(),
        };
        let gutter = line.len() + 1;
        if let Some(origin) = &self.origin {
            let place = match origin {
                Origin::File { file, line, column } => format!("{file}:{line}:{column}"),
                Origin::Set(assignment) => format!("--set {}", super::super::nearest::shown(assignment)),
                Origin::Environment(variable) => {
                    format!("environment {}", super::super::nearest::shown(variable))
                }
                Origin::Default => origin.to_string(),
            };
            write!(f, "\n{:gutter$}--> {place}", "")?;
        }
        if let Some(Snippet { text, start, length }) = &self.snippet {
            write!(
                f,
                "\n{:gutter$} |\n {line} | {text}\n{:gutter$} | {:start$}{:^<length$}",
                "", "", "", ""
            )?;
        }
        if let Some(help) = &self.help {
            if self.snippet.is_some() {
                write!(f, "\n{:gutter$} |", "")?;
            }
            write!(f, "\n{:gutter$} = help: {help}", "")?;
        }
        Ok(())
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_counts_characters_and_a_tab_is_four_of_them() {
        let snippet = Snippet::new("\tnäme = \"é\"\r", 8, 3);
        assert_eq!(snippet, Snippet { text: "    näme = \"é\"".into(), start: 11, length: 3 });
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_mark() {
        let line = format!("{}bad{}", "x".repeat(5_000), "y".repeat(5_000));
        let snippet = Snippet::new(&line, 5_000, 3);
        assert_eq!(snippet.text, format!("…{}bad{}…", "x".repeat(40), "y".repeat(57)));
        assert_eq!((snippet.start, snippet.length), (41, 3));
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(Snippet::new("a\u{1b}[31mb", 0, 1).text, "a\u{fffd}[31mb");
    }
}
