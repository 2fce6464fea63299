//! The final account as JSON.

use std::fs::{self, File};
use std::io::{self, Write, stdout};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use tidegate::Report;

/// Where `--report` goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// To standard output.
    Stdout,
    /// To a regular file, or one that does not exist yet: it appears complete, or not at all.
    File(PathBuf),
    /// To something else, like a pipe or `/dev/stderr`, which must not be replaced by a file.
    Special(PathBuf),
}

impl Destination {
    /// The destination called `name`, after making sure that it can be written.
    ///
    /// # Errors
    /// When it cannot; better to know before the topology runs than after.
    pub(crate) fn new(name: &Path) -> Result<Self, String> {
        if name == Path::new("-") {
            return Ok(Self::Stdout);
        }
        let unwritable = |error| format!("the report `{}` cannot be written: {error}", name.display());
        match fs::metadata(name) {
            Ok(known) if known.is_dir() => {
                Err(format!("the report `{}` is a directory; name a file", name.display()))
            }
            Ok(known) if known.is_file() => {
                // Through symbolic links: what they point to is replaced, not they.
                let file = fs::canonicalize(name).map_err(unwritable)?;
                probe(&file).map_err(unwritable)?;
                Ok(Self::File(file))
            }
            Ok(_) => Ok(Self::Special(name.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                probe(name).map_err(unwritable)?;
                Ok(Self::File(name.into()))
            }
            Err(error) => Err(unwritable(error)),
        }
    }

    /// Writes `report`.
    ///
    /// # Errors
    /// When it cannot be written; a file that was there before is then as it was.
    pub(crate) fn write(&self, report: &Report) -> Result<(), String> {
        let mut text =
            serde_json::to_string_pretty(report).expect("a report is JSON, because it has string keys");
        text.push('\n');
        let (written, name) = match self {
            Self::Stdout => (write_all(stdout().lock(), &text), "standard output".into()),
            Self::File(file) => (replace(file, &text), file.display().to_string()),
            Self::Special(file) => {
                let opened = File::options().write(true).open(file);
                (opened.and_then(|opened| write_all(opened, &text)), file.display().to_string())
            }
        };
        written.map_err(|error| format!("the report cannot be written to {name}: {error}"))
    }
}

/// Finds out whether a file can be made beside `file`, leaving none.
fn probe(file: &Path) -> io::Result<()> {
    beside(file).map(drop)
}

fn replace(file: &Path, text: &str) -> io::Result<()> {
    let mut new = beside(file)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(file)?;
    Ok(())
}

/// A new file in the folder of `file`, so that renaming it is one step.
fn beside(file: &Path) -> io::Result<NamedTempFile> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tidegate-report-");
    // As readable as any new file; temporary ones are private otherwise.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

fn write_all(mut to: impl Write, text: &str) -> io::Result<()> {
    to.write_all(text.as_bytes())?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_tried_without_leaving_anything() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.json");
        assert_eq!(Destination::new(&file), Ok(Destination::File(file)));
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    }

    #[test]
    fn a_folder_and_a_place_without_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Destination::new(folder.path()).unwrap_err().ends_with("is a directory; name a file"));
        let error = Destination::new(&folder.path().join("no/report.json")).unwrap_err();
        assert!(error.contains("cannot be written: "), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_a_device_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real.json"), folder.path().join("link.json"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let Destination::File(found) = Destination::new(&link).unwrap() else { panic!("not a file") };
        assert_eq!(found, file.canonicalize().unwrap());
        assert_eq!(Destination::new(Path::new("/dev/null")), Ok(Destination::Special("/dev/null".into())));
    }
}
