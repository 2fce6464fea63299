//! What is wrong with a topology file, shown the way compilers do it: the place, the line, the marked part, advice.

use crate::format::counted;
use crate::screen::Screen;
use annotate_snippets::{AnnotationKind, Group, Level, Origin as Place, Renderer, Snippet as Lines};
use std::ops::Range;
use std::path::Path;
use tidegate::Severity;
use tidegate::topology::file::{Diagnostic, Diagnostics, Origin, Snippet};

/// Shows all of `diagnostics`, and how many there are.
pub(crate) fn show(screen: &Screen, file: &Path, diagnostics: &Diagnostics) {
    let mut text = String::new();
    for diagnostic in &diagnostics.0 {
        text.push_str(&render(diagnostic, screen.has_colour()));
        text.push_str("\n\n");
    }
    if let Some(count) = count(&diagnostics.0) {
        text.push_str(&format!("{count} in {}\n", file.display()));
    }
    screen.write(&text);
}

/// Whether any of them keeps the topology from starting.
pub(crate) fn has_errors(diagnostics: &Diagnostics) -> bool {
    diagnostics.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
}

/// `3 errors, 1 warning`.
fn count(diagnostics: &[Diagnostic]) -> Option<String> {
    let of =
        |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count() as u64;
    let counts = [(of(Severity::Error), "error"), (of(Severity::Warning), "warning")];
    let parts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, noun)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn render(diagnostic: &Diagnostic, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(&diagnostic.message);
    let mut group = Group::with_title(title);
    match (&diagnostic.origin, &diagnostic.snippet) {
        (origin, Some(snippet)) => {
            let lines = Lines::source(&snippet.text)
                .line_start(line(origin.as_ref()))
                .path(origin.as_ref().map(name))
                .annotation(AnnotationKind::Primary.span(marked(snippet)));
            group = group.element(lines);
        }
        (Some(origin), None) => group = group.element(place(origin)),
        (None, None) => {}
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// The marked part in bytes, inside the line whatever the diagnostic says.
fn marked(snippet: &Snippet) -> Range<usize> {
    let at = |index| snippet.text.char_indices().nth(index).map_or(snippet.text.len(), |(byte, _)| byte);
    at(snippet.start)..at(snippet.start + snippet.length)
}

fn line(origin: Option<&Origin>) -> usize {
    match origin {
        Some(Origin::File { line, .. }) => *line,
        _ => 1,
    }
}

/// Where a value came from, as it stands after the arrow.
fn name(origin: &Origin) -> String {
    match origin {
        Origin::File { file, .. } => file.clone(),
        Origin::Set(assignment) => format!("--set {assignment}"),
        other => other.to_string(),
    }
}

fn place(origin: &Origin) -> Place<'static> {
    match origin {
        Origin::File { line, column, .. } => Place::path(name(origin)).line(*line).char_column(*column),
        _ => Place::path(name(origin)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(origin: Option<Origin>, snippet: Option<Snippet>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            message: "no actor is called `csvv`".into(),
            help: Some("did you mean `csv`?".into()),
            origin,
            snippet,
        }
    }

    fn in_file(line: usize, column: usize) -> Option<Origin> {
        Some(Origin::File { file: "config.toml".into(), line, column })
    }

    #[test]
    fn a_diagnostic_shows_the_place_the_line_the_marked_part_and_the_advice() {
        let snippet = Snippet { text: "actor = \"csvv\"".into(), start: 8, length: 6 };
        let text = render(&diagnostic(in_file(12, 9), Some(snippet)), false);
        let expected = [
            "error: no actor is called `csvv`",
            "  --> config.toml:12:9",
            "   |",
            "12 | actor = \"csvv\"",
            "   |         ^^^^^^",
            "   |",
            "   = help: did you mean `csv`?",
        ];
        assert_eq!(text, expected.join("\n"));
    }

    #[test]
    fn the_mark_stands_under_the_right_characters_of_a_line_that_is_not_ascii() {
        let snippet = Snippet { text: "# é\u{2014}ü: actor = 1".into(), start: 7, length: 5 };
        let text = render(&diagnostic(in_file(3, 8), Some(snippet)), false);
        assert!(text.contains("config.toml:3:8") && text.contains("  |        ^^^^^\n"), "{text}");
    }

    #[test]
    fn a_mark_beyond_the_line_is_cut_and_nothing_panics() {
        let snippet = Snippet { text: "ab".into(), start: 1, length: 40 };
        assert!(render(&diagnostic(in_file(1, 2), Some(snippet)), false).contains("1 | ab\n"));
        let beyond = Snippet { text: String::new(), start: 9, length: 1 };
        assert!(render(&diagnostic(in_file(1, 10), Some(beyond)), false).contains("config.toml:1"));
    }

    #[test]
    fn values_from_elsewhere_name_the_variable_or_the_assignment() {
        let variable = Origin::Environment("TIDEGATE__MAILBOX__CAPACITY".into());
        let text = render(&diagnostic(Some(variable), None), false);
        assert!(text.contains("--> environment TIDEGATE__MAILBOX__CAPACITY\n"), "{text}");
        let text = render(&diagnostic(Some(Origin::Set("mailbox.capacity=x".into())), None), false);
        assert!(text.contains("--> --set mailbox.capacity=x\n"), "{text}");
    }

    #[test]
    fn colour_is_used_only_where_it_is_wanted() {
        let plain = diagnostic(None, None);
        assert!(!render(&plain, false).contains('\u{1b}'));
        assert!(render(&plain, true).contains('\u{1b}'));
    }

    #[test]
    fn errors_and_warnings_are_counted_apart() {
        let error = diagnostic(None, None);
        let warning = Diagnostic { severity: Severity::Warning, ..error.clone() };
        assert_eq!(count(&[error.clone(), warning, error]).as_deref(), Some("2 errors, 1 warning"));
        assert_eq!(count(&[]), None);
    }
}
