//! Every topology of `examples/patterns` answers a question, is sound, and runs to a balanced end.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::finish;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").into()
}

fn patterns() -> Vec<PathBuf> {
    let entries = root().join("examples/patterns").read_dir().expect("the folder of patterns");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

fn tidegate(arguments: &[&str], file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.args(arguments).arg(file).current_dir(root()).stdin(Stdio::null());
    command
}

#[test]
fn every_pattern_begins_with_the_question_it_answers() {
    assert!(!patterns().is_empty());
    for file in patterns() {
        let text = std::fs::read_to_string(&file).expect("a text");
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("# ") && first.ends_with('?'), "{}: {first}", file.display());
    }
}

#[test]
fn every_pattern_is_sound() {
    for file in patterns() {
        let ran = finish(tidegate(&["check"], &file));
        assert_eq!(ran.code, Some(0), "{}: {}", file.display(), ran.stderr);
    }
}

#[test]
fn every_pattern_runs_to_a_balanced_end_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    for file in patterns() {
        let report = folder.path().join("report.json");
        let report = report.to_str().expect("a path in UTF-8");
        let ran = finish(tidegate(&["run", "--quiet", "--report", report], &file));
        assert_eq!(ran.code, Some(0), "{}: {}", file.display(), ran.stderr);
        let report = std::fs::read_to_string(report).expect("a report");
        let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
        assert_eq!(report["balanced"], true, "{}: {report}", file.display());
        assert_eq!(report["outcome"], "completed", "{}: {report}", file.display());
    }
}
