//! `--set` and environment variables.

use super::topology::judge;
use tidegate::topology::file::Source;

/// What is assigned to.
const FILE: &str = r#"
[topology]
name = "fuzz"

[mailbox]
capacity = 64

[producers.n]
actor = "counter"
to = 10

[stages.slow]
actor = "throttle"
inputs = ["n"]
rate = "100/s"
instances = 2

[stages.late]
actor = "map"
inputs = [{ from = "slow", weight = 2 }]
set = { a = "n * 2" }

[consumers.end]
actor = "null"
inputs = ["late"]
on_error = { retry = 3, backoff = "100ms", then = "skip" }
"#;

/// Lines that are assignments (`mailbox.capacity=64`) or, if they begin so, environment variables
/// (`TIDEGATE__MAILBOX__CAPACITY=64`).
///
/// The same holds as for topology files.
pub fn assignments(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut source = Source::text("fuzz.toml", FILE);
    // More are no command line, and one after the other takes its time.
    for line in text.lines().take(100) {
        source = match line.split_once('=').filter(|(name, _)| name.starts_with("TIDEGATE__")) {
            Some((name, value)) => source.environment([(name.to_string(), value.to_string())]),
            None => source.set(line),
        };
    }
    judge(&source);
}
