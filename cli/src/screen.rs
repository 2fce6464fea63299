//! Standard error: what is told to people, and the live display that it must not tear.
//!
//! The live display is a few lines below everything else. The cursor rests in an empty line under it, where the
//! `^C` of a terminal does no harm; whatever is to be written takes the display away, and puts it back below.

use console::{Style, Term};
use std::ffi::OsString;
use std::io::{IsTerminal, Write, stderr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tidegate::printable;

/// Erases what is right of the cursor.
const ERASE_LINE: &str = "\u{1b}[K";
/// Erases what is right of the cursor and below.
const ERASE_BELOW: &str = "\u{1b}[J";

/// Standard error, shared by log lines, the live display and everything else that is told. Cloning gives the same.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    /// What the live display shows now; empty if there is none. Held while anything is written.
    shown: Arc<Mutex<Vec<String>>>,
    terminal: bool,
    colour: bool,
}

impl Screen {
    /// Standard error as it is: a terminal or not, with or without colour.
    pub(crate) fn new() -> Self {
        let terminal = stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let colour = terminal && wants_colour(std::env::var_os("NO_COLOR"));
        Self { shown: Arc::default(), terminal, colour }
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

    /// Writes whole lines, above the live display if there is one.
    pub(crate) fn write(&self, text: &str) {
        let shown = self.lock();
        put(&format!("{}{text}{}", away(&shown), back(&shown)));
    }

    /// Says that something is wrong, in the shape of a diagnostic without a place.
    pub(crate) fn error(&self, message: &str) {
        let style = Style::new().red().bold().force_styling(self.colour);
        // It may quote data, names of files, and what a server says.
        self.write(&format!("{}: {}\n", style.apply_to("error"), printable(message)));
    }

    /// Takes the live display away while `write` writes to the same terminal by other ways.
    pub(crate) fn aside(&self, write: &mut dyn FnMut()) {
        let shown = self.lock();
        put(&away(&shown));
        write();
        put(&back(&shown));
    }

    /// Replaces what the live display shows. No line may be wider than the terminal, nor all of them as high.
    pub(crate) fn draw(&self, frame: Vec<String>) {
        let mut shown = self.lock();
        // Overwritten in place, so that what stays the same does not flicker.
        put(&format!("{}{}{ERASE_BELOW}", up(shown.len()), back(&frame)));
        *shown = frame;
    }

    /// Takes the live display away for good.
    pub(crate) fn clear(&self) {
        let mut shown = self.lock();
        put(&away(&shown));
        shown.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        // At worst a frame is drawn twice.
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes at once. That nobody can read it is no reason to stop.
fn put(text: &str) {
    if !text.is_empty() {
        let mut out = stderr().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

/// To the first line of a display of `height` lines.
fn up(height: usize) -> String {
    if height == 0 { String::new() } else { format!("\r\u{1b}[{height}A") }
}

/// Takes away what is `shown`.
fn away(shown: &[String]) -> String {
    if shown.is_empty() { String::new() } else { format!("{}{ERASE_BELOW}", up(shown.len())) }
}

/// Puts `frame` where the cursor is.
fn back(frame: &[String]) -> String {
    frame.iter().map(|line| format!("{line}{ERASE_LINE}\n")).collect()
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

    #[test]
    fn without_a_display_nothing_but_the_text_is_written() {
        assert_eq!((away(&[]), back(&[]), up(0)), (String::new(), String::new(), String::new()));
    }

    #[test]
    fn a_display_is_taken_away_from_its_first_line_on_and_put_back_line_by_line() {
        let shown = ["head".to_string(), "  line".to_string()];
        assert_eq!(away(&shown), "\r\u{1b}[2A\u{1b}[J");
        assert_eq!(back(&shown), "head\u{1b}[K\n  line\u{1b}[K\n");
    }
}
