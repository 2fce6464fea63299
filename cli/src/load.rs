//! From a file, the environment and the command line to a topology.

use crate::args::{DEFAULT_FILE, program};
use crate::diagnostics;
use crate::exit::Exit;
use crate::screen::Screen;
use std::ffi::OsString;
use std::path::Path;
use tidegate::topology::file::{Diagnostic, Diagnostics, Loaded, Origin, Source};
use tidegate::{Registry, Severity};

/// Environment variables that start with this are values of the topology.
const PREFIX: &str = "TIDEGATE__";

/// Reads the topology in `file`, overridden by the environment and by `assignments`; shows all that is wrong.
pub(crate) fn load(
    screen: &Screen,
    file: &Path,
    assignments: &[String],
    registry: &Registry,
) -> Result<Loaded, Exit> {
    let loaded = overridden(file, Source::new(file), assignments).and_then(|source| source.load(registry));
    loaded.map_err(|diagnostics| shown(screen, file, &diagnostics))
}

/// The same to be loaded over and over, as it is now.
pub(crate) fn kept(screen: &Screen, file: &Path, assignments: &[String]) -> Result<Source, Exit> {
    let source = match std::fs::read_to_string(file) {
        Ok(text) => Source::text(&file.display().to_string(), &text),
        // Then it cannot be loaded either, which tells why.
        Err(_) => Source::new(file),
    };
    overridden(file, source, assignments).map_err(|diagnostics| shown(screen, file, &diagnostics))
}

/// Shows what is wrong.
pub(crate) fn shown(screen: &Screen, file: &Path, diagnostics: &Diagnostics) -> Exit {
    diagnostics::show(screen, file, diagnostics);
    Exit::Usage
}

fn overridden(file: &Path, source: Source, assignments: &[String]) -> Result<Source, Diagnostics> {
    if !file.exists() {
        return Err(Diagnostics(vec![missing(file)]));
    }
    let source = source.environment(environment(std::env::vars_os())?);
    Ok(assignments.iter().fold(source, |source, assignment| source.set(assignment)))
}

/// The variables that are meant for the topology. Others may be what they like.
fn environment(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, Diagnostics> {
    let mut known = Vec::new();
    let mut wrong = Vec::new();
    for (name, value) in variables {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            _ if !name.starts_with(PREFIX) => {}
            Ok(value) => known.push((name, value)),
            Err(_) => wrong.push(error("the value is not UTF-8".into(), None, Origin::Environment(name))),
        }
    }
    if wrong.is_empty() { Ok(known) } else { Err(Diagnostics(wrong)) }
}

fn missing(file: &Path) -> Diagnostic {
    let message = format!("there is no file {}", file.display());
    let program = program();
    let help = match nearest(file) {
        Some(other) => format!("did you mean {other}?"),
        None if file == Path::new(DEFAULT_FILE) => {
            format!("`{program} run FILE` runs another file; `{program} --help` says what else there is")
        }
        None => "name a topology file in TOML".into(),
    };
    Diagnostic { severity: Severity::Error, message, help: Some(help), origin: None, snippet: None }
}

/// The TOML file beside `file` whose name is most like it.
fn nearest(file: &Path) -> Option<String> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = file.file_name()?.to_str()?;
    let names = folder.read_dir().ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let likeness = |name: String| (strsim::jaro_winkler(&name, wanted), name);
    let (likeness, name) = names
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "toml"))
        .map(likeness)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))?;
    (likeness > 0.8).then(|| file.with_file_name(name).display().to_string())
}

fn error(message: String, help: Option<String>, origin: Origin) -> Diagnostic {
    Diagnostic { severity: Severity::Error, message, help, origin: Some(origin), snippet: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_suggests_the_one_that_may_be_meant() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["flights.toml", "other.toml", "flihgts.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let help = missing(&folder.path().join("flihgts.toml")).help.unwrap();
        assert!(help.starts_with("did you mean /") && help.ends_with("/flights.toml?"), "{help}");
        let help = missing(&folder.path().join("zzz.toml")).help.unwrap();
        assert_eq!(help, "name a topology file in TOML");
    }

    #[test]
    fn only_variables_meant_for_the_topology_are_read() {
        let variables = [("TIDEGATE__MAILBOX__CAPACITY", "64"), ("PATH", "/bin"), ("TIDEGATE_HOME", "x")];
        let known = environment(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        assert_eq!(known.unwrap(), [("TIDEGATE__MAILBOX__CAPACITY".to_string(), "64".to_string())]);
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf_8_is_an_error_only_where_it_matters() {
        use std::os::unix::ffi::OsStringExt;
        let broken = || OsString::from_vec(vec![0xff]);
        assert_eq!(environment([("OTHER".into(), broken())].into_iter()).unwrap(), []);
        let wrong = environment([("TIDEGATE__TOPOLOGY__NAME".into(), broken())].into_iter()).unwrap_err();
        assert_eq!(wrong.0[0].origin, Some(Origin::Environment("TIDEGATE__TOPOLOGY__NAME".into())));
    }
}
