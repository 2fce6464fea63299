//! The text of a file, or what to do about a file that has none.

use super::{Diagnostic, Diagnostics, Origin};
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The largest file that is read. A topology of 100,000 actors has half of it.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads the file at `path`.
///
/// Only a regular file is opened: opening a pipe or a device may wait for ever, and has no end that is known before.
pub(super) fn read(path: &Path) -> Result<String, Diagnostics> {
    let unreadable = |error: std::io::Error| cannot_read(path, &error);
    suitable(path, &std::fs::metadata(path).map_err(unreadable)?)?;
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    // The file may have grown, or been replaced, since it was looked at.
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(path, bytes.len() as u64));
    }
    String::from_utf8(bytes).map_err(|error| not_utf8(path, &error))
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Diagnostics {
    let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
    let before = valid.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let column = 1 + String::from_utf8_lossy(before).chars().count();
    let name = path.display().to_string();
    Diagnostic::error(format!("{name} is not UTF-8: there is a byte that starts no character"))
        .help("save the file as UTF-8; a topology is a text in TOML")
        .at(Origin::File { file: name, line, column })
        .into()
}

fn suitable(path: &Path, metadata: &Metadata) -> Result<(), Diagnostics> {
    let name = path.display();
    if metadata.is_dir() {
        return Err(Diagnostic::error(format!("{name} is a directory"))
            .help("name the topology file in it, like config.toml")
            .into());
    }
    if !metadata.is_file() {
        return Err(Diagnostic::error(format!("{name} is not a regular file"))
            .help("a topology is not read from pipes or devices; save it to a file first")
            .into());
    }
    if metadata.len() > LARGEST {
        return Err(too_large(path, metadata.len()));
    }
    Ok(())
}

fn too_large(path: &Path, bytes: u64) -> Diagnostics {
    Diagnostic::error(format!(
        "{} is too large: {bytes} bytes, and at most {LARGEST} are read",
        path.display()
    ))
    .help("a topology holds settings, not data; is this the right file?")
    .into()
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Diagnostics {
    let name = path.display();
    let diagnostic = match error.kind() {
        ErrorKind::NotFound => Diagnostic::error(format!("there is no file {name}"))
            .help("name an existing topology file, or run the command where it is"),
        ErrorKind::PermissionDenied => Diagnostic::error(format!("{name} may not be read: {error}"))
            .help("give yourself permission to read the file"),
        _ => Diagnostic::error(format!("{name} cannot be read: {error}")),
    };
    diagnostic.into()
}
