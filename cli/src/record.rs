//! `tidegate run --record`: the file that a run is recorded into.

use crate::args;
use crate::exit::Exit;
use crate::screen::Screen;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tidegate::topology::file::Loaded;
use tidegate::{Handle, Report};
use tidegate_monitor::Description;
use tidegate_monitor::recording::Recorder;

/// The recording of a run.
pub(crate) struct Record {
    path: PathBuf,
    file: File,
    /// Whether the file was made for it.
    made: bool,
    started: bool,
    description: Description,
    recorder: Option<Recorder>,
    error: Option<String>,
}

impl Record {
    /// What `--record` asks for, after making sure that it can be written. A file that is there stays as it is until the run
    /// starts.
    ///
    /// # Errors
    /// When it cannot be written; better to know before the topology runs than after.
    pub(crate) fn prepare(arguments: &args::Run, loaded: &Loaded) -> Result<Option<Self>, String> {
        let Some(path) = &arguments.record else { return Ok(None) };
        let (file, made) = open(path)?;
        let description = Description::of(&loaded.topology).with_settings(&loaded.settings);
        let path = path.clone();
        Ok(Some(Self { path, file, made, started: false, description, recorder: None, error: None }))
    }

    /// Begins to record.
    pub(crate) fn start(&mut self, running: &Handle) {
        self.started = true;
        let file = self.file.set_len(0).and_then(|()| self.file.try_clone());
        match file.and_then(|file| Recorder::start(file, &self.description, running)) {
            Ok(recorder) => self.recorder = Some(recorder),
            Err(error) => self.failed(&error),
        }
    }

    /// Ends the recording.
    pub(crate) fn finish(&mut self, report: &Report) {
        if let Some(Err(error)) = self.recorder.take().map(|recorder| recorder.finish(report)) {
            self.failed(&error);
        }
    }

    /// What the process says in the end: a recording that somebody asked for and does not get is a failure.
    pub(crate) fn exit(&self, screen: &Screen, exit: Exit) -> Exit {
        match &self.error {
            Some(error) => {
                screen.error(error);
                if exit == Exit::Success { Exit::Failure } else { exit }
            }
            None => exit,
        }
    }

    fn failed(&mut self, error: &std::io::Error) {
        self.error = Some(format!("the recording `{}` is not complete: {error}", self.path.display()));
    }
}

impl Drop for Record {
    /// Nothing ran, so nothing is left.
    fn drop(&mut self) {
        if self.made && !self.started {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The file, open for writing with what is in it, and whether it is new.
fn open(path: &Path) -> Result<(File, bool), String> {
    let unwritable = |error| format!("the recording `{}` cannot be written: {error}", path.display());
    let known = fs::metadata(path).ok();
    match &known {
        Some(known) if known.is_dir() => {
            return Err(format!("the recording `{}` is a directory; name a file", path.display()));
        }
        // Standard output is the actors', and a pipe keeps nothing.
        Some(known) if !known.is_file() => {
            return Err(format!("the recording `{}` is no regular file; name one", path.display()));
        }
        _ => {}
    }
    let file = File::options().write(true).create(true).truncate(false).open(path).map_err(unwritable)?;
    Ok((file, known.is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_keeps_its_content_until_the_run_starts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.tide");
        fs::write(&path, "old").unwrap();
        assert!(!open(&path).unwrap().1);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert!(open(&folder.path().join("new.tide")).unwrap().1);
    }

    #[test]
    fn what_is_no_file_and_what_cannot_be_written_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(open(folder.path()).unwrap_err().ends_with("is a directory; name a file"));
        let error = open(&folder.path().join("no/run.tide")).unwrap_err();
        assert!(error.contains("run.tide` cannot be written: "), "{error}");
        #[cfg(unix)]
        assert!(open(Path::new("/dev/null")).unwrap_err().ends_with("is no regular file; name one"));
    }
}
