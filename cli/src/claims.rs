//! Files that a run may write only if nobody else reads or writes them.

use crate::args;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tidegate::topology::file::{Effective, Loaded};

/// Sees to it that what the command line has written is nothing that the run needs: the topology file, each other, a file
/// that an actor names.
///
/// # Errors
/// When it is: what would be lost, and what to do.
pub(crate) fn check(arguments: &args::Run, loaded: &Loaded) -> Result<(), String> {
    let report = arguments.report.as_deref().filter(|report| *report != Path::new("-"));
    let written = [("report", report), ("recording", arguments.record.as_deref())];
    for (what, path) in written.into_iter().filter_map(|(what, path)| Some((what, path?))) {
        let refused = |by: &str| {
            format!("the {what} `{}` would overwrite {by}; name another file for it", path.display())
        };
        if is_same(path, &arguments.source.file) {
            return Err(refused("the topology file"));
        }
        if what == "recording" && report.is_some_and(|report| is_same(path, report)) {
            return Err(refused("the report"));
        }
        let actors = loaded.settings.iter().filter(|setting| is_of_an_actor(setting));
        if let Some(setting) = actors.clone().find(|setting| names(&setting.value, path)) {
            return Err(refused(&format!("a file of `{}`", setting.path)));
        }
    }
    Ok(())
}

fn is_of_an_actor(setting: &Effective) -> bool {
    ["producers.", "stages.", "consumers."].iter().any(|table| setting.path.starts_with(table))
}

/// Whether `value` is, or has in it, the name of the file `path`, perhaps as one of many that a pattern means.
fn names(value: &Value, path: &Path) -> bool {
    match value {
        Value::String(name) if name.contains(['*', '?', '[']) => glob::glob(name)
            .is_ok_and(|mut found| found.any(|found| found.is_ok_and(|found| is_same(&found, path)))),
        Value::String(name) => is_same(Path::new(name), path),
        Value::Array(values) => values.iter().any(|value| names(value, path)),
        Value::Object(values) => values.values().any(|value| names(value, path)),
        _ => false,
    }
}

/// Whether two names are of one file, whichever way they lead to it; it need not be there yet.
fn is_same(one: &Path, other: &Path) -> bool {
    identity(one).is_some_and(|one| identity(other) == Some(one))
}

fn identity(path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok().or_else(|| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(fs::canonicalize(folder).ok()?.join(path.file_name()?))
    })
}
