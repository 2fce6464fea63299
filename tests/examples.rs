//! Every example does what it says.

use std::path::PathBuf;
use std::process::{Command, Output};

/// Runs an example, which `cargo test` has built beside the tests.
fn run(name: &str, arguments: &[&str]) -> Output {
    let mut path: PathBuf = std::env::current_exe().expect("the path of this test");
    path.pop();
    path.pop();
    path.push("examples");
    path.push(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is not built; run `cargo build --examples` first", path.display());
    let output = Command::new(path).args(arguments).output().expect("the example can be run");
    assert!(output.status.success(), "{name} failed: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("text")
}

#[test]
fn first_topology_gives_the_same_sum_in_code_and_in_toml() {
    let output = run("first_topology", &[]);
    let sums = stdout(&output).lines().filter(|line| *line == "the sum is 1501500").count();
    assert_eq!(sums, 2, "{}", stdout(&output));
}

#[test]
fn signals_adapts_its_rate_and_delivers_everything() {
    let output = run("signals", &[]);
    let text = stdout(&output);
    let heard = |what: &str| text.lines().filter(|line| line.starts_with(what)).count();
    assert!(heard("Backpressure slow -> adaptive") >= 2, "{text}");
    assert!(heard("Resume slow -> adaptive") >= 1, "{text}");
    assert!(text.contains("600 of 600 handled"), "{text}");
}

#[test]
fn akka_buffer_prints_the_even_numbers_in_order() {
    let output = run("akka_buffer", &[]);
    let numbers = stdout(&output).lines().map(|line| line.parse::<u64>().expect("a number"));
    assert!(numbers.eq((1..=1000).map(|n| n * 2)));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the mailbox of `double` held at most"));
}

#[test]
fn own_binary_has_every_command_and_its_own_actor() {
    let output = run("own_binary", &["actors", "is_prime"]);
    assert!(stdout(&output).starts_with("is_prime: stage, u64 -> u64"), "{}", stdout(&output));
    let file = "examples/own_binary/primes.toml";
    run("own_binary", &["check", file]);
    assert!(stdout(&run("own_binary", &["graph", file])).contains("is_prime"));
    let output = run("own_binary", &["run", file]);
    let primes: Vec<u64> = stdout(&output).lines().map(|line| line.parse().expect("a number")).collect();
    assert_eq!((primes.len(), primes[..4].to_vec(), primes[24]), (25, vec![2, 3, 5, 7], 97));
}

#[test]
fn bulkhead_tells_the_delays_of_the_healthy_branch_in_each_case() {
    let output = run("bulkhead", &[]);
    let lines: Vec<&str> = stdout(&output).lines().collect();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    let cases = ["the healthy branch", "alone", "a hog on the same thread", "the hog in a bulkhead"];
    assert!(lines.iter().zip(cases).all(|(line, case)| line.starts_with(case)), "{lines:#?}");
}
