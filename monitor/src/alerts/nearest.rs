//! The known name that a mistyped one probably stands for.

/// So many known names are compared, and listed.
const MOST: usize = 300;
const LISTED: usize = 25;

/// "did you mean `store`?", or else `otherwise` with the known names, if there are not too many of them.
pub(super) fn suggestion<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
    otherwise: &str,
) -> Option<String> {
    let length = name.chars().count();
    // A third of the letters may be wrong, and at least one pair may be swapped.
    let most = (length / 3).max(2).min(length.saturating_sub(1).max(1));
    let near = known.clone().take(MOST).filter(|known| known.chars().count().abs_diff(length) <= most);
    let nearest = near
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, _)| length <= 64 && *distance <= most)
        .min_by_key(|(distance, _)| *distance);
    if let Some((_, nearest)) = nearest {
        return Some(format!("did you mean `{nearest}`?"));
    }
    let known: Vec<String> = known.take(LISTED + 1).map(|name| format!("`{name}`")).collect();
    (1..=LISTED).contains(&known.len()).then(|| format!("{otherwise} {}", known.join(", ")))
}
