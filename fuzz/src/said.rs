//! What a clear error is.

use std::fmt::Display;

/// An error that people see: it says something, in lines, and moves no cursor.
pub(crate) fn clear(error: impl Display) -> String {
    let text = error.to_string();
    assert!(!text.trim().is_empty(), "an error says nothing");
    let moves = |letter: char| letter.is_control() && letter != '\n';
    assert!(!text.contains(moves), "an error has control characters: {text:?}");
    text
}
