//! Numbers and words in few columns.

use crate::format::rate;
use console::measure_text_width;
use tidegate::topology::Role;
use tidegate::{ActorState, Phase};

/// The word that reports have for it.
pub(super) fn state(state: ActorState) -> &'static str {
    match state {
        ActorState::Starting => "starting",
        ActorState::Ended => "ended",
        ActorState::Running => "running",
        ActorState::Waiting => "waiting",
        ActorState::Paused => "paused",
        ActorState::Restarting => "restarting",
        ActorState::Stuck => "stuck",
        ActorState::Failed => "failed",
    }
}

/// The word that reports have for it.
pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Starting => "starting",
        Phase::Running => "running",
        Phase::Draining => "draining",
        Phase::Stopping => "stopping",
        Phase::Ended => "ended",
    }
}

/// The word that reports have for it.
pub(super) fn kind(role: Role) -> &'static str {
    match role {
        Role::Producer => "producer",
        Role::Stage => "stage",
        Role::Consumer => "consumer",
    }
}

/// A number of messages in at most four or five characters.
pub(super) fn count(number: usize) -> String {
    if number < 10_000 { number.to_string() } else { rate(number as f64) }
}

/// Seconds in at most five characters: `850us`, `30ms`, `1.2s`, `25s`, `12m`.
pub(super) fn wait(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 0.000_999_5 => format!("{:.0}us", seconds * 1e6),
        seconds if seconds < 0.999_5 => format!("{:.0}ms", seconds * 1e3),
        seconds if seconds < 9.95 => format!("{seconds:.1}s"),
        seconds if seconds < 599.5 => format!("{seconds:.0}s"),
        seconds if seconds < 35_970.0 => format!("{:.0}m", seconds / 60.0),
        seconds => format!("{:.0}h", seconds / 3600.0),
    }
}

/// `text` in one line of printable characters: it comes from elsewhere, and is not to move the cursor.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `text` in at most `most` lines of `width` columns, broken between words; what does not fit ends in `…`.
pub(super) fn lines(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in clean(text).split_whitespace() {
        let last = lines.len() == most;
        let line = lines.last_mut().expect("there is one from the start");
        let taken = measure_text_width(line);
        if taken == 0 {
            line.push_str(word);
        } else if taken + 1 + measure_text_width(word) <= width {
            line.push(' ');
            line.push_str(word);
        } else if last {
            line.push_str(" …");
            break;
        } else {
            lines.push(word.into());
        }
    }
    lines.iter().map(|line| console::truncate_str(line, width, "…").into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_and_counts_stay_within_five_characters() {
        let waits = [0.0, 0.000_85, 0.0301, 0.9999, 9.96, 70.0, 700.0, 90_000.0].map(wait);
        assert_eq!(waits, ["0us", "850us", "30ms", "1.0s", "10s", "70s", "12m", "25h"]);
        assert_eq!([52, 9_999, 65_536, 2_000_000].map(count), ["52", "9999", "65.5k", "2.0M"]);
    }

    #[test]
    fn a_sentence_is_broken_between_words_and_cut_where_there_is_no_more_room() {
        assert_eq!(
            lines("`store` is busy and holds `lines`", 20, 2),
            ["`store` is busy and", "holds `lines`"]
        );
        assert_eq!(lines("`store` is busy and holds `lines`", 20, 1), ["`store` is busy and…"]);
        assert_eq!(lines("", 20, 2), [""]);
        assert_eq!(lines(&"x".repeat(30), 5, 2), ["xxxx…"]);
    }

    #[test]
    fn what_would_move_the_cursor_is_taken_out() {
        assert_eq!(clean("a\u{1b}[2Jb\nc\u{9b}d"), "a [2Jb c d");
    }
}
