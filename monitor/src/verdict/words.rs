//! Names, shares and numbers as people read them.

/// Names after so many are counted only.
const MOST_NAMES: usize = 4;

/// The name of an actor, or of something else in the file.
pub(super) fn name(name: &str) -> String {
    format!("`{name}`")
}

/// `a`; `a` and `b`; `a`, `b`, `c`, `d` and 5 more.
pub(super) fn names(all: &[impl AsRef<str>]) -> String {
    let mut parts: Vec<String> = all.iter().map(|one| name(one.as_ref())).collect();
    if parts.len() > MOST_NAMES + 1 {
        let more = parts.len() - MOST_NAMES;
        parts.truncate(MOST_NAMES);
        parts.push(format!("{more} more"));
    }
    list(&parts)
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `99 %`, without decimals.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// The share of `some` in `all`: `40 %`, `less than 1 %`.
pub(super) fn part(some: u64, all: u64) -> String {
    match some as f64 / all.max(1) as f64 {
        share if share < 0.01 => "less than 1 %".into(),
        share => percent(share.min(1.0)),
    }
}

/// Numbers up to twelve as words.
pub(super) fn number(number: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    WORDS.get(number).map_or_else(|| number.to_string(), ToString::to_string)
}

/// `once`, `twice`, `7 times`.
pub(super) fn times(count: u64) -> String {
    match count {
        1 => "once".into(),
        2 => "twice".into(),
        _ => format!("{count} times"),
    }
}

/// `4 s`, `2 min`, `3 h`.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 1.95 => format!("{seconds:.1} s"),
        seconds if seconds < 119.5 => format!("{seconds:.0} s"),
        seconds if seconds < 119.5 * 60.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.0} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_counted() {
        let all = ["a", "b", "c", "d", "e", "f"];
        assert_eq!(names(&all[..1]), "`a`");
        assert_eq!(names(&all[..2]), "`a` and `b`");
        assert_eq!(names(&all[..5]), "`a`, `b`, `c`, `d` and `e`");
        assert_eq!(names(&all), "`a`, `b`, `c`, `d` and 2 more");
    }

    #[test]
    fn numbers_and_times_are_told_as_one_would_say_them() {
        assert_eq!([1, 2, 12, 13].map(number), ["one", "two", "twelve", "13"]);
        assert_eq!([1, 2, 3].map(times), ["once", "twice", "3 times"]);
        assert_eq!(
            [1.04, 12.3, 119.0, 125.0, 7300.0].map(duration),
            ["1.0 s", "12 s", "119 s", "2 min", "2 h"]
        );
        assert_eq!([0.994, 0.004, 1.0].map(percent), ["99 %", "0 %", "100 %"]);
        assert_eq!(
            [(1, 1000), (2, 5), (7, 5)].map(|(some, all)| part(some, all)),
            ["less than 1 %", "40 %", "100 %"]
        );
    }
}
