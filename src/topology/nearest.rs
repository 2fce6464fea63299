//! Suggestions: the known name that a mistyped one probably stands for.

/// Names longer than this are not mistyped, they are something else; comparing them would only cost time.
const LONGEST: usize = 64;

/// So many known names are compared; a topology with more is made by a program, which makes no slips.
const MOST: usize = 300;

/// The one of `known` that is nearest to `name`, if it is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    if length == 0 || length > LONGEST {
        return None;
    }
    // A third of the letters may be wrong, and at least one pair may be swapped.
    let most = (length / 3).max(2).min(length.saturating_sub(1).max(1));
    known
        .into_iter()
        .take(MOST)
        .filter(|known| known.chars().count().abs_diff(length) <= most && *known != name)
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// "did you mean `parse`?", or else `otherwise` with the known names, if there are not too many of them.
pub(crate) fn suggestion<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
    otherwise: &str,
) -> Option<String> {
    if let Some(nearest) = nearest(name, known.clone()) {
        return Some(format!("did you mean `{nearest}`?"));
    }
    let known: Vec<&str> = known.into_iter().take(25).collect();
    (1..25).contains(&known.len()).then(|| format!("{otherwise} {}", list(&known)))
}

/// Names in a row: "`a`, `b` and `c`".
pub(crate) fn list(names: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A name as it may be shown: whatever it contains, it stays on its line and does not fill the screen.
pub(crate) fn shown(name: &str) -> String {
    let mut shown: String = name.chars().take(LONGEST).flat_map(harmless).collect();
    if name.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// A character that stays where it is put, or its escape sequence.
fn harmless(char: char) -> Box<dyn Iterator<Item = char>> {
    match char {
        '\'' | '"' | '\\' => Box::new(std::iter::once(char)),
        other => Box::new(other.escape_debug()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_near_and_another_word_is_not() {
        let known = ["capacity", "high", "low", "overflow"];
        assert_eq!(nearest("capcity", known), Some("capacity"));
        assert_eq!(nearest("hihg", known), Some("high"));
        assert_eq!(nearest("wol", known), Some("low"));
        assert_eq!(nearest("size", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"capacity".repeat(1_000_000), known), None);
    }

    #[test]
    fn a_shown_name_has_no_line_breaks_and_an_end() {
        assert_eq!(shown("a\nb\u{1b}"), "a\\nb\\u{1b}");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), LONGEST + 1);
    }
}
