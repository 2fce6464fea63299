//! What stands in, in a simulation, for actors that touch the world.
//!
//! A simulation runs a topology thousands of times, in virtual time: files must not be written then, and not be waited for.

use crate::message::Line;
use crate::producer::{FileLines, FileLinesSettings};
use crate::settings::settings;
use serde::de::{Deserialize, Deserializer};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;
use tidegate::prelude::*;

/// The most lines that are read from files for a simulation.
const MOST_LINES: usize = 1000;

/// Takes the messages of `C`, which would do something with them. What is wrong with that one is wrong in a simulation, too.
pub(crate) struct Taken<C>(C);

impl<'de, C: Deserialize<'de>> Deserialize<'de> for Taken<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        C::deserialize(deserializer).map(Self)
    }
}

impl<C: Consumer> Consumer for Taken<C> {
    type In = C::In;

    async fn handle(&mut self, _: C::In) -> tidegate::Result {
        Ok(())
    }

    fn check(&self, checks: &mut Checks) {
        self.0.check(checks);
    }
}

/// Emits the first lines of files, which were read once for all runs.
pub(crate) struct FirstLines {
    /// What it stands in for.
    of: FileLines,
    lines: Result<Arc<Vec<Line>>, String>,
    at: usize,
}

settings! { FirstLines: FileLinesSettings }

impl From<FileLinesSettings> for FirstLines {
    fn from(settings: FileLinesSettings) -> Self {
        let lines = first_lines(settings.clone());
        Self { of: settings.into(), lines, at: 0 }
    }
}

impl Producer for FirstLines {
    type Out = Outlet<Line>;

    async fn produce(&mut self, out: &mut Outlet<Line>) -> tidegate::Result<Next> {
        let lines = self.lines.as_ref().map_err(Clone::clone)?;
        let Some(line) = lines.get(self.at) else { return Ok(Next::Done) };
        self.at += 1;
        out.emit(line.clone());
        Ok(Next::More)
    }

    fn can_resume(&self) -> bool {
        self.of.can_resume()
    }

    fn check(&self, checks: &mut Checks) {
        match &self.lines {
            Ok(_) => self.of.check(checks),
            Err(why) => checks.error("path", why),
        }
    }
}

/// What has been read, by the settings of whoever would read it.
static READ: LazyLock<Mutex<HashMap<String, Arc<Vec<Line>>>>> = LazyLock::new(Mutex::default);

fn first_lines(mut settings: FileLinesSettings) -> Result<Arc<Vec<Line>>, String> {
    if settings.path.iter().any(|path| path == "-") {
        return Err("standard input cannot be read again for each run; name a file".into());
    }
    settings.checkpoint = None;
    let key = format!("{settings:?}");
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(lines) = read.get(&key) {
        return Ok(lines.clone());
    }
    // A thread, for whoever asks may be in virtual time.
    let reader = thread::spawn(move || read_lines(settings));
    let lines = reader.join().map_err(|_| "a panic while it was read".to_string())??;
    Ok(read.entry(key).or_insert(Arc::new(lines)).clone())
}

fn read_lines(settings: FileLinesSettings) -> Result<Vec<Line>, String> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let running = Topology::new("first lines")
        .arbiters(1)
        .producer("lines", FileLines::from(settings))
        .consumer("keep", Keep(lines.clone()))
        .start()
        .map_err(|error| error.to_string())?;
    match running.join().error {
        // It is told as of the producer that it stands in for.
        Some(error) => Err(error.split_once("failed in `produce`: ").map_or(&*error, |(_, why)| why).into()),
        None => Ok(std::mem::take(&mut *lines.lock().unwrap_or_else(PoisonError::into_inner))),
    }
}

/// Keeps lines until there are enough.
struct Keep(Arc<Mutex<Vec<Line>>>);

impl Consumer for Keep {
    type In = Line;

    async fn handle(&mut self, line: Line) -> tidegate::Result {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        Ok(())
    }

    fn is_finished(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len() >= MOST_LINES
    }
}
