//! Standard error: what is told to people, and the live display that it must not tear.

use console::{Style, Term};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::ffi::OsString;
use std::io::{IsTerminal, Write, stderr};

/// How often the live display is drawn at most, per second.
const FRAMES: u8 = 10;

/// Standard error, shared by log lines, the live display and everything else that is told. Cloning gives the same.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    /// Knows what is drawn, and takes it away while something is written above it.
    display: ProgressBar,
    terminal: bool,
    colour: bool,
}

impl Screen {
    /// Standard error as it is: a terminal or not, with or without colour.
    pub(crate) fn new() -> Self {
        let terminal = stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let colour = terminal && wants_colour(std::env::var_os("NO_COLOR"));
        Self { display: ProgressBar::hidden(), terminal, colour }
    }

    /// Whether a live display makes sense.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether colours may be used.
    pub(crate) fn has_colour(&self) -> bool {
        self.colour
    }

    /// Columns and rows.
    pub(crate) fn size(&self) -> (usize, usize) {
        let (rows, columns) = Term::stderr().size();
        (columns.into(), rows.into())
    }

    /// Writes `text`, above the live display if there is one. That nobody can read it is no reason to stop.
    pub(crate) fn write(&self, text: &str) {
        self.display.suspend(|| {
            let mut out = stderr().lock();
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        });
    }

    /// Says that something is wrong, in the shape of a diagnostic without a place.
    pub(crate) fn error(&self, message: &str) {
        let style = Style::new().red().bold().force_styling(self.colour);
        self.write(&format!("{}: {message}\n", style.apply_to("error")));
    }

    /// Replaces what the live display shows.
    pub(crate) fn draw(&self, frame: String) {
        if self.display.is_hidden() {
            let style =
                ProgressStyle::with_template("{msg}").expect("a template, because it has one known key");
            self.display.set_style(style);
            self.display.set_draw_target(ProgressDrawTarget::stderr_with_hz(FRAMES));
        }
        self.display.set_message(frame);
    }

    /// Takes the live display away.
    pub(crate) fn clear(&self) {
        self.display.finish_and_clear();
        self.display.set_draw_target(ProgressDrawTarget::hidden());
    }
}

/// What `NO_COLOR` asks for; being set to nothing is as good as not being set (<https://no-color.org>).
fn wants_colour(no_color: Option<OsString>) -> bool {
    no_color.is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_value_of_no_color_turns_colour_off() {
        assert!(wants_colour(None) && wants_colour(Some("".into())));
        assert!(!wants_colour(Some("1".into())) && !wants_colour(Some("0".into())));
    }
}
