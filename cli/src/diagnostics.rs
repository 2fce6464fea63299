//! What is wrong with a topology file, told to people.

use crate::format::counted;
use crate::screen::Screen;
use console::Style;
use std::path::Path;
use tidegate::topology::file::{Diagnostic, Diagnostics};
use tidegate::{Severity, printable};

/// Shows all of `diagnostics`, and how many there are.
pub(crate) fn show(screen: &Screen, file: &Path, diagnostics: &Diagnostics) {
    let mut text = String::new();
    for diagnostic in &diagnostics.0 {
        text.push_str(&painted(diagnostic, screen.has_colour()));
        text.push_str("\n\n");
    }
    if let Some(count) = count(&diagnostics.0) {
        text.push_str(&format!("{count} in {}\n", printable(&file.display().to_string())));
    }
    screen.write(&text);
}

/// Whether any of them keeps the topology from starting.
pub(crate) fn has_errors(diagnostics: &Diagnostics) -> bool {
    diagnostics.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// `3 errors, 1 warning`; nothing where a single sentence, about no place in particular, is all there is.
fn count(diagnostics: &[Diagnostic]) -> Option<String> {
    if let [only] = diagnostics
        && only.origin.is_none()
    {
        return None;
    }
    let of =
        |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count() as u64;
    let counts = [(of(Severity::Error), "error"), (of(Severity::Warning), "warning")];
    let parts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, noun)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The report of one diagnostic, with what catches the eye in colour: its kind and the mark under the line.
fn painted(diagnostic: &Diagnostic, colour: bool) -> String {
    let style = match diagnostic.severity {
        Severity::Error => Style::new().red().bold(),
        Severity::Warning => Style::new().yellow().bold(),
    };
    let style = style.force_styling(colour);
    // Keys and values can have anything in them.
    let report = printable(&diagnostic.to_string());
    let mut lines = report.lines();
    let first = lines.next().unwrap_or_default();
    let (kind, message) = first.split_once(": ").unwrap_or(("", first));
    let bold = Style::new().bold().force_styling(colour);
    let mut text = format!("{}{}", style.apply_to(kind), bold.apply_to(format!(": {message}")));
    for line in lines {
        text.push('\n');
        match line.split_once('^') {
            Some((before, after)) if is_mark(before, after) => {
                text.push_str(&format!("{before}{}", style.apply_to(format!("^{after}"))));
            }
            _ => text.push_str(line),
        }
    }
    text
}

/// Whether a line of a report holds nothing but the gutter and the mark.
fn is_mark(before: &str, after: &str) -> bool {
    before.trim() == "|" && after.chars().all(|char| char == '^')
}

#[cfg(test)]
mod tests {
    use super::*;
    use console::strip_ansi_codes;
    use tidegate::topology::file::{Origin, Snippet};

    fn diagnostic(severity: Severity) -> Diagnostic {
        Diagnostic {
            severity,
            message: "unknown actor `csvv`".into(),
            help: Some("did you mean `csv`?".into()),
            origin: Some(Origin::File { file: "config.toml".into(), line: 12, column: 9 }),
            snippet: Some(Snippet { text: "actor = \"csvv\"".into(), start: 8, length: 6 }),
        }
    }

    #[test]
    fn colour_changes_nothing_but_the_colour() {
        let error = diagnostic(Severity::Error);
        let (plain, coloured) = (painted(&error, false), painted(&error, true));
        assert_eq!(plain, error.to_string());
        assert_eq!(strip_ansi_codes(&coloured), plain);
        assert!(coloured.starts_with("\u{1b}[31m\u{1b}[1merror"), "{coloured}");
        assert!(coloured.contains("\u{1b}[31m\u{1b}[1m^^^^^^"), "{coloured}");
    }

    #[test]
    fn errors_and_warnings_are_counted_apart() {
        let (error, warning) = (diagnostic(Severity::Error), diagnostic(Severity::Warning));
        assert_eq!(count(&[error.clone(), warning, error]).as_deref(), Some("2 errors, 1 warning"));
        assert_eq!(count(&[]), None);
    }

    #[test]
    fn a_single_sentence_about_no_place_is_not_counted() {
        let alone = Diagnostic { origin: None, snippet: None, ..diagnostic(Severity::Error) };
        assert_eq!(count(std::slice::from_ref(&alone)), None);
        assert_eq!(count(&[alone.clone(), alone]).as_deref(), Some("2 errors"));
    }
}
