//! Each example of a pattern runs to its end by itself, and says in its first line which question it answers.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::path::{Path, PathBuf};
use support::Workspace;
use tidegate::{Outcome, Report};

fn patterns() -> Vec<PathBuf> {
    let folder = root().join("examples/patterns");
    let files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|end| end == "toml")).collect();
    files.sort();
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[test]
fn each_pattern_answers_a_question_and_ends_with_its_books_in_order() {
    let workspace = Workspace::new("");
    let report = workspace.path().join("report.json");
    assert!(!patterns().is_empty());
    for file in patterns() {
        let text = std::fs::read_to_string(&file).unwrap();
        let question = text.lines().next().unwrap_or_default();
        assert!(question.starts_with("# ") && question.ends_with('?'), "{}: {question}", file.display());
        let mut command =
            workspace.tidegate(&["run", file.to_str().unwrap(), "--report", report.to_str().unwrap()]);
        // Paths in it are from the root of the repository.
        command.current_dir(root());
        let ran = support::finish(command);
        assert_eq!(ran.code, Some(0), "{}: {ran:?}", file.display());
        let report: Report = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
        assert_eq!((report.outcome, report.balanced), (Outcome::Completed, true), "{}", file.display());
    }
}
