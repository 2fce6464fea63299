//! Every pattern in `examples/patterns` answers a question, runs from the root of the repository, and ends by itself.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::path::{Path, PathBuf};
use support::{Workspace, finish, json};

fn patterns() -> (PathBuf, Vec<PathBuf>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf();
    let files = root.join("examples/patterns").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|file| file.extension().is_some_and(|name| name == "toml")).collect();
    files.sort();
    (root, files)
}

#[test]
fn every_pattern_begins_with_the_question_it_answers() {
    let (_, files) = patterns();
    assert!(!files.is_empty());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("# ") && first.ends_with('?'), "{}: {first}", file.display());
    }
}

#[test]
fn every_pattern_runs_to_its_end_with_all_accounted_for() {
    let (root, files) = patterns();
    for file in files {
        let workspace = Workspace::new("");
        let report = workspace.path().join("report.json");
        let file = file.strip_prefix(&root).unwrap().to_str().unwrap();
        let mut command = workspace.tidegate(&["run", file, "--report", report.to_str().unwrap()]);
        command.current_dir(&root);
        let ran = finish(command);
        assert_eq!(ran.code, Some(0), "{file}: {ran:?}");
        let report = json(&workspace.read("report.json"));
        assert_eq!((&report["balanced"], &report["outcome"]), (&true.into(), &"completed".into()), "{file}");
    }
}
