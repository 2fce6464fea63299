//! Text from elsewhere, as it may be shown.

/// `text` with `U+FFFD` in place of characters that would move a cursor, change colours or ring; its lines stay. For errors
/// that quote data, names of files or what a server says: they are shown in terminals and logs.
///
/// ```
/// assert_eq!(tidegate::printable("caf\u{e9}\n\u{1b}[31m"), "caf\u{e9}\n\u{fffd}[31m");
/// ```
pub fn printable(text: &str) -> String {
    let printable = |letter: char| if letter.is_control() && letter != '\n' { '\u{fffd}' } else { letter };
    text.chars().map(printable).collect()
}
