//! What a log line looks like: when, how bad, who, what.
//!
//! ```text
//!    1.204s  WARN parse: flights.csv:6: the line has 1 field, and its header 4
//! ```

use console::Style;
use std::fmt::{self, Debug, Write};
use std::time::Instant;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes log lines that name the actor, where one speaks, and no module of ours: those are of no use to readers.
pub(super) struct Lines {
    since: Instant,
}

impl Lines {
    /// Lines with the seconds from now on: what one wants to know of a run.
    pub(super) fn from_now() -> Self {
        Self { since: Instant::now() }
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let colour = writer.has_ansi_escapes();
        let styled = |style: Style, text: &str| style.force_styling(colour).apply_to(text).to_string();
        let (level, mut said) = (*event.metadata().level(), Said::default());
        event.record(&mut said);
        let elapsed = format!("{:8.3}s", self.since.elapsed().as_secs_f64());
        let time = styled(Style::new().dim(), &elapsed);
        write!(writer, "{time} {} ", styled(style(level), &format!("{level:>5}")))?;
        for span in context.event_scope().into_iter().flat_map(|scope| scope.from_root()) {
            writer.write_str(span.name())?;
            match span.extensions().get::<FormattedFields<N>>() {
                Some(fields) if !fields.is_empty() => write!(writer, "{{{fields}}}: ")?,
                _ => writer.write_str(": ")?,
            }
        }
        let source = said.actor.as_deref().unwrap_or_else(|| source(event.metadata().target()));
        writeln!(writer, "{}: {}{}", styled(Style::new().dim(), source), said.message, said.fields)
    }
}

/// `run` for `tidegate::run`; the targets of others stay as they are.
fn source(target: &str) -> &str {
    let (crate_name, path) = target.split_once("::").unwrap_or((target, ""));
    match crate_name {
        "tidegate" | "tidegate_actors" | "tidegate_cli" if !path.is_empty() => {
            path.rsplit("::").next().unwrap_or(path)
        }
        _ => target,
    }
}

fn style(level: Level) -> Style {
    match level {
        Level::ERROR => Style::new().red(),
        Level::WARN => Style::new().yellow(),
        Level::INFO => Style::new().green(),
        Level::DEBUG => Style::new().blue(),
        Level::TRACE => Style::new().magenta(),
    }
}

/// The fields of an event, taken apart.
#[derive(Default)]
struct Said {
    actor: Option<String>,
    message: String,
    /// All others, each after a space.
    fields: String,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "actor" => self.actor = Some(harmless(&format!("{value:?}"))),
            "message" => self.message = harmless(&format!("{value:?}")),
            name => {
                // Writing to a string does not fail.
                let _ = write!(self.fields, " {name}={}", harmless(&format!("{value:?}")));
            }
        }
    }
}

/// `text` without what does something to a terminal: errors quote the data they are about.
fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\t' => harmless.push(char),
            char if char.is_control() => harmless.extend(char.escape_default()),
            char => harmless.push(char),
        }
    }
    harmless
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged in `log`, without the time.
    fn logged(log: impl FnOnce()) -> Vec<String> {
        let to = Log::default();
        let writer = to.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .event_format(Lines::from_now())
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, log);
        let text = String::from_utf8(to.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| line.split_once("s ").unwrap().1.to_string()).collect()
    }

    #[test]
    fn a_line_names_the_actor_or_the_part_and_no_module() {
        let lines = logged(|| {
            tracing::warn!(actor = %"parse", "the line has 1 field");
            tracing::info!(target: "tidegate::run", "running");
            tracing::info!(target: "tidegate::signal", from = %"n", epoch = 3, cause = "full", "Backpressure");
            tracing::error!(target: "other::part", "broken");
            tracing::info_span!("job", id = 7).in_scope(|| tracing::info!(target: "own", "done"));
        });
        assert_eq!(
            lines,
            [
                " WARN parse: the line has 1 field",
                " INFO run: running",
                " INFO signal: Backpressure from=n epoch=3 cause=\"full\"",
                "ERROR other::part: broken",
                " INFO job{id=7}: own: done",
            ]
        );
    }

    #[test]
    fn what_data_would_do_to_a_terminal_is_written_out() {
        let lines = logged(|| tracing::warn!(target: "tidegate::run", "`a\u{1b}[2Jb` is no number"));
        assert_eq!(lines, [r" WARN run: `a\u{1b}[2Jb` is no number"]);
    }
}
