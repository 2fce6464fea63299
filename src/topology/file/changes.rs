//! What differs between two readings of a topology.

use super::finding::KeyPath;
use super::{Effective, Origin};
use crate::settings::HIDDEN;
use indexmap::IndexMap;
use serde_json::Value as Json;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

/// Every value in effect, by the path of its key: what one reading of a topology is compared with the next by.
#[derive(Clone, Debug, Default)]
pub struct Configuration(IndexMap<Vec<String>, (Json, Origin)>);

/// One value that is not what it was.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The path of its key, outermost first; an element of a list is its index.
    pub keys: Vec<String>,
    /// The value it had; `None` if it had none.
    pub from: Option<Json>,
    /// The value it has; `None` if it has none any more.
    pub to: Option<Json>,
    /// Where the new value comes from, or where the old one came from if there is none.
    pub origin: Origin,
}

impl Configuration {
    /// `file` has the values as they were read: a secret that is another one is a change, though neither is told.
    pub(super) fn of(all: &[(KeyPath, Effective)], file: &Json) -> Self {
        let entry = |(path, one): &(KeyPath, Effective)| {
            let mut value = one.value.clone();
            if value == HIDDEN {
                let secret = path.0.iter().try_fold(file, |here, key| here.get(key));
                value = format!("{HIDDEN} {:08x}", fingerprint(secret)).into();
            }
            (path.0.clone(), (value, one.origin.clone()))
        };
        Self(all.iter().map(entry).collect())
    }

    /// What is different in `new`, in its order; what is no longer there comes last.
    ///
    /// ```
    /// use tidegate::prelude::*;
    /// use tidegate::topology::file::Source;
    ///
    /// let read = |capacity: u64| {
    ///     let text = format!("[mailbox]\ncapacity = {capacity}\n");
    ///     Source::text("demo.toml", &text).load(&Registry::new()).unwrap().configuration()
    /// };
    /// let changes = read(10).changes(&read(20));
    /// assert_eq!(changes[0].to_string(), "mailbox.capacity: 10 -> 20");
    /// ```
    pub fn changes(&self, new: &Self) -> Vec<Change> {
        let changed = new.0.iter().filter_map(|(keys, (value, origin))| {
            let known = self.0.get(keys).map(|(known, _)| known);
            (known != Some(value)).then(|| Change {
                keys: keys.clone(),
                from: known.cloned(),
                to: Some(value.clone()),
                origin: origin.clone(),
            })
        });
        let gone =
            self.0.iter().filter(|(keys, _)| !new.0.contains_key(*keys)).map(|(keys, (value, origin))| {
                Change { keys: keys.clone(), from: Some(value.clone()), to: None, origin: origin.clone() }
            });
        changed.chain(gone).collect()
    }
}

/// A number by which two secrets differ, and which says nothing about them: its key is this process's own.
fn fingerprint(secret: Option<&Json>) -> u32 {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    KEY.hash_one(secret.map(Json::to_string)) as u32
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = |value: &Option<Json>| value.as_ref().map_or("nothing".into(), Json::to_string);
        write!(f, "{}: {} -> {}", self.keys.join("."), told(&self.from), told(&self.to))
    }
}
