//! How far an earlier run has come, in a file.

use super::error::ReadError;
use super::paths::Input;
use super::trail::{Landmark, Position};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tidegate::printable;

/// The version of the format; a file of another one is not read.
const VERSION: u32 = 1;

/// What the file holds, as JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checkpoint {
    version: u32,
    /// The inputs that are done, and as the last one that which is not, or not yet known to be.
    inputs: Vec<String>,
    /// Lines of the last input that are done.
    lines: u64,
    /// A place in it at or before the next line, to seek to.
    landmark: Landmark,
    /// Whether there was nothing more. For people: a file that has grown is read on.
    complete: bool,
}

impl Checkpoint {
    /// The position in these inputs.
    pub(super) fn at(position: &Position, inputs: &[Input], complete: bool) -> Self {
        let inputs = inputs.iter().take(position.input + 1).map(|input| input.name().into()).collect();
        Self { version: VERSION, inputs, lines: position.lines, landmark: position.landmark, complete }
    }

    /// What the file at `path` holds; `None` if there is none.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, ReadError> {
        let unusable =
            |problem: String| ReadError::Unusable { checkpoint: path.into(), problem: printable(&problem) };
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| unusable(error.to_string()))?,
        };
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let Version { version } = serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
        if version != VERSION {
            return Err(unusable(format!("its version is {version}, and this program knows {VERSION}")));
        }
        serde_json::from_str(&text).map(Some).map_err(|error| unusable(error.to_string()))
    }

    /// Puts this in the place of the file at `path`, which is the old one or the new one whatever happens.
    pub(super) fn save(&self, path: &Path) -> Result<(), ReadError> {
        let failed = |source| ReadError::Save { checkpoint: path.into(), source };
        let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
        directory.map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
        let text = serde_json::to_string(self).expect("JSON, because there are only names and numbers");
        let new = beside(path);
        fs::write(&new, text + "\n").and_then(|()| fs::rename(&new, path)).map_err(failed)
    }

    /// Where that is in these inputs.
    ///
    /// # Errors
    /// When they are not those it was made for.
    pub(super) fn position(&self, inputs: &[Input], path: &Path) -> Result<Position, ReadError> {
        let Some(input) = self.inputs.len().checked_sub(1) else {
            return Err(ReadError::Unusable { checkpoint: path.into(), problem: "it names no input".into() });
        };
        if self.landmark.lines > self.lines {
            let problem = "the place it leads to is behind the lines that are done".into();
            return Err(ReadError::Unusable { checkpoint: path.into(), problem });
        }
        let mut names = inputs.iter().map(|input| input.name());
        for known in &self.inputs {
            let found = names.next();
            if found != Some(known) {
                return Err(ReadError::OtherInputs {
                    checkpoint: path.into(),
                    known: printable(known),
                    found: found.map_or("missing".into(), |found| format!("`{found}`")),
                });
            }
        }
        let reached = &inputs[input];
        if !reached.is_packed()
            && fs::metadata(reached.name()).is_ok_and(|now| now.len() < self.landmark.offset)
        {
            return Err(ReadError::changed(reached.name(), path));
        }
        Ok(Position { input, lines: self.lines, landmark: self.landmark })
    }
}

/// Where a new one is written before it takes the place of the old one.
fn beside(path: &Path) -> PathBuf {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    new.into()
}
