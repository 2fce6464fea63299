//! Where a file is written until it is complete.

use super::mend::{self, Whole};
use crate::consumer::encoder::Format;
use crate::handover::Outflow;
use crate::paths::{self, is_special};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tokio::task::spawn_blocking;

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error("`{}` is a directory; give the name of a file in it", .0.display())]
    Directory(PathBuf),
    #[error("`{}` is read-only", .0.display())]
    ReadOnly(PathBuf),
    #[error("`{}` is being written by another run; give each a path of its own", .0.display())]
    Taken(PathBuf),
    #[error("cannot create `{}`: {source}", .path.display())]
    Create { path: PathBuf, source: io::Error },
    #[error("cannot write `{}`: {source}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read `{}`: {source}", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("`{}` does not end with a whole row, so nothing can be added; complete the row, or move the file away", .0.display())]
    Torn(PathBuf),
    #[error("`{}` cannot be continued: it {problem}; move it away, or name another", .path.display())]
    Header { path: PathBuf, problem: String },
    #[error("cannot rename `{}` to `{}`: {source}", .partial.display(), .path.display())]
    Rename { partial: PathBuf, path: PathBuf, source: io::Error },
}

/// A file that is being written.
pub(super) enum Target {
    /// A regular file, written under another name until it is complete.
    Regular {
        file: File,
        partial: PathBuf,
        path: PathBuf,
        /// Whether it has its name: an earlier run has completed it, and nothing was added yet.
        named: bool,
    },
    /// A pipe, a terminal, a device: written as it is.
    Special { outflow: Outflow, path: PathBuf },
}

impl Target {
    /// Opens what is to become the file at `path`; makes the directories it lies in.
    pub(super) fn open(path: &Path) -> Result<Self, WriteError> {
        if is_special(path) {
            let name = path.to_path_buf();
            let open = move || OpenOptions::new().append(true).open(name);
            let path = path.to_path_buf();
            return match Outflow::start(open) {
                Ok(outflow) => Ok(Self::Special { outflow, path }),
                Err(source) => Err(WriteError::Create { path, source }),
            };
        }
        let (path, partial) = Self::place(path)?;
        let file = open_partial(&partial, &path)?;
        file.set_len(0).map_err(|source| WriteError::Create { path: partial.clone(), source })?;
        Ok(Self::Regular { file, partial, path, named: false })
    }

    /// Opens what an earlier run has written of the regular file at `path`, and drops a row that is not whole. Gives its
    /// header, too.
    pub(super) fn resume(path: &Path, format: Format) -> Result<(Self, Option<Vec<u8>>), WriteError> {
        let (path, partial) = Self::place(path)?;
        let named = path.exists() && !partial.exists();
        let name = if named { &path } else { &partial };
        let mut file = if named { open_alone(&path, &path)? } else { open_partial(&partial, &path)? };
        let failed = |source| WriteError::Read { path: name.clone(), source };
        let Whole { length, header } = mend::whole(&mut file, format).map_err(failed)?;
        let torn = file.metadata().map_err(failed)?.len() - length;
        if torn > 0 && named {
            return Err(WriteError::Torn(path));
        }
        if torn > 0 {
            file.set_len(length).map_err(|source| WriteError::Write { path: partial.clone(), source })?;
        }
        Ok((Self::Regular { file, partial, path, named }, header))
    }

    /// Where the file at `path` really is, and where it is written; makes the directories it lies in.
    fn place(path: &Path) -> Result<(PathBuf, PathBuf), WriteError> {
        refuse(path)?;
        // A link stays a link: what it leads to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)
                .map_err(|source| WriteError::Create { path: directory.into(), source })?;
        }
        let partial = paths::partial(&path);
        Ok((path, partial))
    }

    /// The file loses its name until it is complete again.
    #[cold]
    fn unname(partial: &Path, path: &Path) -> Result<(), WriteError> {
        if partial.exists() {
            return Err(WriteError::Taken(path.into()));
        }
        let rename = |source| WriteError::Rename { partial: path.into(), path: partial.into(), source };
        fs::rename(path, partial).map_err(rename)
    }

    /// Writes all of `bytes`, which so many messages are in, and clears them.
    pub(super) async fn write(&mut self, bytes: &mut Vec<u8>, messages: usize) -> Result<(), WriteError> {
        match self {
            Self::Regular { .. } => self.write_now(bytes, messages),
            Self::Special { outflow, path } => {
                let written = outflow.write(std::mem::take(bytes), messages).await;
                written.map_err(|source| WriteError::Write { path: path.clone(), source })
            }
        }
    }

    /// The same if that takes no waiting; otherwise `bytes` stay as they are.
    pub(super) fn write_now(&mut self, bytes: &mut Vec<u8>, messages: usize) -> Result<(), WriteError> {
        match self {
            Self::Regular { file, partial, path, named } => {
                if *named && !bytes.is_empty() {
                    Self::unname(partial, path)?;
                    *named = false;
                }
                let written = file.write_all(bytes);
                bytes.clear();
                written.map_err(|source| WriteError::Write { path: partial.clone(), source })
            }
            Self::Special { outflow, .. } => {
                outflow.write_now(bytes, messages);
                Ok(())
            }
        }
    }

    /// Messages that it was given to write, and that the system does not have yet.
    pub(super) fn unwritten(&self) -> usize {
        match self {
            Self::Regular { .. } => 0,
            Self::Special { outflow, .. } => outflow.unwritten(),
        }
    }

    /// Waits until everything written is on the disk, which may take long; the arbiter runs others meanwhile.
    pub(super) async fn sync(&self) -> Result<(), WriteError> {
        let Self::Regular { file, partial, .. } = self else { return Ok(()) };
        let synced = match file.try_clone() {
            Ok(file) => {
                spawn_blocking(move || file.sync_all()).await.unwrap_or_else(|error| Err(error.into()))
            }
            Err(error) => Err(error),
        };
        synced.map_err(|source| WriteError::Write { path: partial.clone(), source })
    }

    /// Everything is written: the file gets its name. To be [synced](Self::sync) before, as the name must not survive a
    /// power failure that the contents do not.
    pub(super) async fn complete(mut self) -> Result<(), WriteError> {
        match &mut self {
            Self::Regular { named: true, .. } => Ok(()),
            Self::Regular { file, partial, path, .. } => {
                if let Ok(old) = fs::metadata(&*path) {
                    // A file that is replaced passes its permissions on, where the owner allows it.
                    let _ = file.set_permissions(old.permissions());
                }
                fs::rename(&*partial, &*path).map_err(|source| WriteError::Rename {
                    partial: partial.clone(),
                    path: path.clone(),
                    source,
                })
            }
            Self::Special { outflow, path } => {
                let written = outflow.close().await;
                written.map_err(|source| WriteError::Write { path: path.clone(), source })
            }
        }
    }

    /// The file will not be completed; `rest` is what was still to be written. Says where the rest is.
    pub(super) fn abandon(mut self, mut rest: Vec<u8>) {
        if let Self::Regular { .. } = self {
            let _ = self.write_now(&mut rest, 0);
        }
        match &mut self {
            Self::Regular { named: true, .. } => {}
            Self::Regular { partial, path, .. } => {
                tracing::warn!(
                    target: "tidegate::file",
                    "`{}` was not completed; what was written so far is in `{}`",
                    path.display(),
                    partial.display()
                );
            }
            Self::Special { outflow, .. } => {
                outflow.write_last(rest);
            }
        }
    }
}

/// What is wrong with `path`, as far as can be seen without writing.
pub(super) fn check(path: &Path) -> Result<(), WriteError> {
    if is_special(path) {
        return Ok(());
    }
    refuse(path)?;
    let there = path.ancestors().skip(1).find(|directory| directory.exists());
    let directory = there.filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A file without a name tells for certain, and leaves no trace.
    match tempfile::tempfile_in(directory) {
        Ok(_) => Ok(()),
        Err(source) => Err(WriteError::Create { path: path.into(), source }),
    }
}

fn refuse(path: &Path) -> Result<(), WriteError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(WriteError::Directory(path.into())),
        Ok(metadata) if metadata.permissions().readonly() => Err(WriteError::ReadOnly(path.into())),
        _ => Ok(()),
    }
}

/// Opens the partial file, alone: a lock keeps others off it until it has its final name.
fn open_partial(partial: &Path, path: &Path) -> Result<File, WriteError> {
    loop {
        let file = open_alone(partial, path)?;
        if is_at(&file, partial).map_err(|source| WriteError::Create { path: partial.into(), source })? {
            return Ok(file);
        }
        // Another run renamed it between opening and locking: what is open now is a finished file.
    }
}

/// Opens `name` at its end, and locks it.
fn open_alone(name: &Path, path: &Path) -> Result<File, WriteError> {
    let file = OpenOptions::new().create(true).read(true).append(true).open(name);
    let file = file.map_err(|source| WriteError::Create { path: name.into(), source })?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(WriteError::Taken(path.into())),
        // A file system without locks is one without this protection.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let open = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((open.dev(), open.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    // Open files cannot be renamed there.
    Ok(true)
}
