//! What the patterns of several inputs show, in what they print.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use support::finish;

/// The lines that the pattern `name` prints.
fn printed(name: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.args(["run", "--quiet"]).arg(format!("examples/patterns/{name}.toml"));
    let ran = {
        command.current_dir(root).stdin(Stdio::null());
        finish(command)
    };
    assert_eq!(ran.code, Some(0), "{name}: {}", ran.stderr);
    ran.stdout.lines().map(str::to_string).collect()
}

fn numbers(name: &str) -> Vec<u64> {
    printed(name).iter().map(|line| line.parse().unwrap_or_else(|_| panic!("{name}: {line}"))).collect()
}

#[test]
fn ordered_prints_from_1_to_200() {
    assert!(numbers("ordered").into_iter().eq(1..=200));
}

#[test]
fn concat_prints_the_news_after_the_history() {
    let all = numbers("concat");
    assert_eq!(all.len(), 200);
    assert!(all[..100].iter().all(|n| *n < 1000) && all[100..].iter().copied().eq(1000..1100));
}

#[test]
fn zip_prints_ten_pairs() {
    let pairs = printed("zip");
    assert_eq!(pairs.len(), 10);
    assert_eq!(pairs[0], r#"{"even_n":2,"odd_n":1}"#);
    assert_eq!(pairs[9], r#"{"even_n":20,"odd_n":19}"#);
}

#[test]
fn preferred_ticks_do_not_wait_for_the_others() {
    let all = numbers("preferred");
    assert_eq!(all.len(), 710);
    let last_tick = all.iter().rposition(|n| *n < 1000).expect("ticks are printed");
    assert!(all[last_tick + 1..].len() > 10, "the usual ones go on after the last tick, at {last_tick}");
}
