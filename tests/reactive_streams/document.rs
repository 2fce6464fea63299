//! `docs/reactive-streams.md` and the tests agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// How many rules each chapter has.
const CHAPTERS: [usize; 4] = [11, 13, 17, 2];

/// Where tests are that the document may name.
const SOURCES: [&str; 3] = ["tests/reactive_streams", "src/schedules", "src/mailbox/interleavings.rs"];

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the tests in these sources.
fn tests_in(path: &Path, found: &mut BTreeSet<String>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder of the repository");
        entries.for_each(|entry| tests_in(&entry.expect("it can be read").path(), found));
        return;
    }
    let source = read(path);
    let mut lines = source.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if line == "#[test]"
            && let Some(name) = lines.next().and_then(|line| line.strip_prefix("fn "))
        {
            found.insert(name.split('(').next().unwrap_or_default().to_string());
        }
    }
}

/// What stands between backticks and is the name of a test.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|name| name.starts_with("rule_") || name.starts_with("chapter_"))
}

/// The rows of the tables: the number of a rule, and the rest of its row.
fn rows(document: &str) -> BTreeMap<&str, &str> {
    let rows = document.lines().filter_map(|line| line.strip_prefix("| [")?.split_once(']'));
    let mut found = BTreeMap::new();
    for (rule, row) in rows {
        assert!(found.insert(rule, row).is_none(), "rule {rule} has two rows");
    }
    found
}

#[test]
fn the_document_has_every_rule_and_names_every_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = read(&root.join("docs/reactive-streams.md"));
    let rows = rows(&document);
    let numbers = CHAPTERS.iter().enumerate();
    let all = numbers.flat_map(|(chapter, rules)| (1..=*rules).map(move |rule| (chapter + 1, rule)));
    let all: BTreeSet<String> = all.map(|(chapter, rule)| format!("{chapter}.{rule:02}")).collect();
    assert!(rows.keys().copied().eq(all.iter().map(String::as_str)), "{:?}", rows.keys());

    let (mut of_target, mut known) = (BTreeSet::new(), BTreeSet::new());
    tests_in(&root.join(SOURCES[0]), &mut of_target);
    SOURCES.iter().for_each(|path| tests_in(&root.join(path), &mut known));
    let named: BTreeSet<&str> = names_in(&document).collect();
    let missing: Vec<_> = named.iter().filter(|name| !known.contains(**name)).collect();
    assert!(missing.is_empty(), "the document names tests that do not exist: {missing:?}");
    let this = "the_document_has_every_rule_and_names_every_test";
    let silent: Vec<_> =
        of_target.iter().filter(|name| *name != this && !named.contains(name.as_str())).collect();
    assert!(silent.is_empty(), "the document does not name {silent:?}");

    for (rule, row) in rows {
        assert!(row.contains(&format!("#{})", anchor(rule))), "{rule} links to its text");
        let prefix = format!("rule_{}_", rule.replace('.', "_"));
        assert!(names_in(row).any(|name| name.starts_with(&prefix)), "{rule} has a test of its own");
    }
}

/// Where the specification has a rule.
fn anchor(rule: &str) -> String {
    let (chapter, rule) = rule.split_once('.').expect("a number of two parts");
    format!("{chapter}.{}", rule.trim_start_matches('0'))
}
