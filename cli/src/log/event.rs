//! What a log line looks like: when, how bad, who, what.
//!
//! ```text
//!    1.204s  WARN parse: flights.csv:6: the line has 1 field, and its header 4
//! ```

use super::speaker::{ACTOR, Speaker};
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
        let scope = context.event_scope().into_iter().flat_map(|scope| scope.from_root());
        for span in scope.filter(|span| span.metadata().target() != ACTOR) {
            writer.write_str(span.name())?;
            match span.extensions().get::<FormattedFields<N>>() {
                Some(fields) if !fields.is_empty() => write!(writer, "{{{fields}}}: ")?,
                _ => writer.write_str(": ")?,
            }
        }
        let target = event.metadata().target();
        let speaker = Speaker::of(context.event_scope().into_iter().flatten());
        let source = match (said.actor, speaker.filter(|_| Speaker::is_meant(event))) {
            (Some(actor), _) => actor,
            // What the module of a ready-made actor is called is of no use to readers; one's own may be.
            (None, Some(speaker)) if is_ours(target) => speaker.actor,
            (None, Some(speaker)) => format!("{}: {target}", speaker.actor),
            (None, None) => source(target).into(),
        };
        writeln!(writer, "{}: {}{}", styled(Style::new().dim(), &source), said.message, said.fields)
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

/// Whether `target` is one of this project.
fn is_ours(target: &str) -> bool {
    matches!(target.split("::").next(), Some("tidegate" | "tidegate_actors" | "tidegate_cli"))
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
    use crate::log::speaker::Speakers;
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::layer::SubscriberExt;

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
        let lines = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .event_format(Lines::from_now())
            .with_writer(move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(Speakers).with(lines);
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
    fn what_is_said_inside_an_actor_names_it_and_the_module_only_if_that_is_not_ours() {
        let lines = logged(|| {
            let actor =
                tracing::info_span!(target: "tidegate::actor", "actor", actor = %"parse", instance = 0);
            let _inside = actor.enter();
            tracing::info!(target: "tidegate::inspect", "first 1");
            tracing::info!(target: "own::part", n = 3, "loaded");
            tracing::warn!(actor = %"store", "failed");
            tracing::info_span!("job", id = 7).in_scope(|| tracing::info!(target: "own", "done"));
        });
        assert_eq!(
            lines,
            [
                " INFO parse: first 1",
                " INFO parse: own::part: loaded n=3",
                " WARN store: failed",
                " INFO job{id=7}: parse: own: done",
            ]
        );
    }

    #[test]
    fn what_data_would_do_to_a_terminal_is_written_out() {
        let lines = logged(|| tracing::warn!(target: "tidegate::run", "`a\u{1b}[2Jb` is no number"));
        assert_eq!(lines, [r" WARN run: `a\u{1b}[2Jb` is no number"]);
    }
}
