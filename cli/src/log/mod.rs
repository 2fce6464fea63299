//! Log lines on standard error, and panics among them.

mod event;
mod json;
mod speaker;

use crate::args::LogFormat;
use crate::screen::Screen;
use event::Lines;
use json::Json;
use speaker::Speakers;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::Registry;
use tracing_subscriber::{EnvFilter, Layer};

/// The environment variable that says how log lines are written, where the command line does not.
const FORMAT: &str = "TIDEGATE_LOG_FORMAT";

/// What else hears of spans and events.
pub(crate) type Also = Box<dyn Layer<Registry> + Send + Sync>;

/// How log lines are to be written: as `given`, else as the environment says.
///
/// # Errors
/// When the environment says something that is no format.
pub(crate) fn format(given: Option<LogFormat>) -> Result<LogFormat, String> {
    let said = std::env::var(FORMAT).unwrap_or_default();
    match (given, said.trim()) {
        (Some(format), _) => Ok(format),
        (None, "" | "text") => Ok(LogFormat::Text),
        (None, "json") => Ok(LogFormat::Json),
        (None, other) => {
            Err(format!("{FORMAT}=\"{other}\" is no format of log lines; write `text` or `json`"))
        }
    }
}

/// Sends log lines to `screen`: those `RUST_LOG` asks for; if it is not set, from `info` on, or errors if `quiet`.
/// `also` hears of what it asks for itself.
///
/// # Errors
/// When `RUST_LOG` cannot be understood.
pub(crate) fn start(
    screen: &Screen,
    quiet: bool,
    format: LogFormat,
    also: Option<Also>,
) -> Result<(), String> {
    let wanted = match std::env::var("RUST_LOG") {
        Ok(wanted) if !wanted.trim().is_empty() => wanted,
        _ if quiet => "error".into(),
        _ => "info".into(),
    };
    let filter = EnvFilter::try_new(&wanted).map_err(|error| {
        format!("RUST_LOG=\"{wanted}\" cannot be understood: {error}; write a level like `debug`, or `target=level`")
    })?;
    // Lines are to say which actor they come from, whatever else is wanted.
    let names_actors = quiet || wanted.contains(speaker::ACTOR);
    let actors = (!names_actors).then(|| format!("{}=info", speaker::ACTOR).parse().ok()).flatten();
    let filter = actors.into_iter().fold(filter, EnvFilter::add_directive);
    let writers = Writers(screen.clone());
    let lines: Also = match format {
        LogFormat::Text => {
            let lines = tracing_subscriber::fmt::layer().with_ansi(screen.has_colour()).with_writer(writers);
            Speakers.and_then(lines.event_format(Lines::from_now())).with_filter(filter).boxed()
        }
        LogFormat::Json => {
            let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writers);
            let lines = lines.fmt_fields(JsonFields::new()).event_format(Json);
            Speakers.and_then(lines).with_filter(filter).boxed()
        }
    };
    let layers: Vec<Also> = also.into_iter().chain([lines]).collect();
    // It is set already only where a program runs its own; then that one is listened to.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layers));
    Ok(())
}

/// Makes panics log lines, so that they neither tear the display nor come twice: the runtime reports which actor
/// panicked and at which message, this says where in the code.
pub(crate) fn panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = message(panic).unwrap_or("a panic without a message");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("unnamed");
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            tracing::error!(target: "tidegate::panic", thread, "panic at {place}: {message}\n{backtrace}");
        } else {
            tracing::error!(target: "tidegate::panic", thread, "panic at {place}: {message}");
        }
    }));
}

fn message<'a>(panic: &'a PanicHookInfo<'_>) -> Option<&'a str> {
    let payload = panic.payload();
    payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

/// Makes a writer for each log line.
struct Writers(Screen);

impl<'a> MakeWriter<'a> for Writers {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { screen: &self.0, text: Vec::new() }
    }
}

/// One log line; written as a whole when it is complete.
struct Line<'a> {
    screen: &'a Screen,
    text: Vec<u8>,
}

impl Write for Line<'_> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if !self.text.is_empty() {
            self.screen.write(&String::from_utf8_lossy(&self.text));
        }
    }
}
