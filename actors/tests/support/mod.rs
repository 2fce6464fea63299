//! What the tests of this crate have in common.

#![allow(dead_code, reason = "each test file uses its part")]

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tidegate::prelude::*;
use tidegate_actors::Line;

/// A consumer that keeps all it gets, and the place where it keeps it.
pub fn keep<T: Message>() -> (Kept<T>, impl Consumer<In = T>) {
    let kept = Kept(Arc::default());
    let keeper = kept.clone();
    (kept, for_each(move |message: T| keeper.0.lock().unwrap().push(message)))
}

/// What [`keep`] has kept.
pub struct Kept<T>(Arc<Mutex<Vec<T>>>);

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Kept<T> {
    pub fn push(&self, message: T) {
        self.0.lock().unwrap().push(message);
    }
}

impl<T: Clone + Debug> Kept<T> {
    pub fn all(&self) -> Vec<T> {
        self.0.lock().unwrap().clone()
    }

    /// Each as people see it.
    pub fn shown(&self) -> Vec<String>
    where
        T: ToString,
    {
        self.all().iter().map(T::to_string).collect()
    }
}

/// A directory for one test.
pub struct Directory(tempfile::TempDir);

impl Directory {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The path of `name`, as settings take it.
    pub fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().into()
    }

    /// Writes a file, and gives its path.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        self.name(name)
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names of the files in it, sorted.
    pub fn files(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// A producer of lines that come from nowhere.
pub fn lines(texts: &[&str]) -> impl Producer<Out = Outlet<Line>> + use<> {
    iter(texts.iter().map(|text| Line::from(*text)).collect::<Vec<_>>())
}

/// Settings read as a topology file has them.
pub fn settings<A: serde::de::DeserializeOwned>(json: serde_json::Value) -> A {
    serde_json::from_value(json).unwrap()
}

/// What the check of an actor finds, with or without a look at the world.
pub fn problems(environment: bool, check: impl FnOnce(&mut Checks)) -> Vec<String> {
    let mut checks = Checks::new("actor", environment);
    check(&mut checks);
    checks.into_problems().iter().map(ToString::to_string).collect()
}
