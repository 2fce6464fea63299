//! The groups of one window.

use super::reducer::{Function, Reducer};
use crate::message::Value;
use indexmap::IndexMap;
use indexmap::map::RawEntryApiV1;
use indexmap::map::raw_entry_v1::RawEntryMut;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

/// Groups by their keys, each with what has come of it so far.
#[derive(Default)]
pub(super) struct Groups(IndexMap<Vec<Value>, Vec<Reducer>, RandomState>);

impl Groups {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The group of `key`, new if `may_grow`. Only a new group costs memory.
    pub(super) fn entry(
        &mut self,
        key: &[&Value],
        functions: &[Function],
        may_grow: bool,
    ) -> Option<&mut Vec<Reducer>> {
        let mut hasher = self.0.hasher().build_hasher();
        // As a vector of values hashes itself.
        key.hash(&mut hasher);
        let entry = self
            .0
            .raw_entry_mut_v1()
            .from_hash(hasher.finish(), |known| known.iter().eq(key.iter().copied()));
        match entry {
            RawEntryMut::Occupied(entry) => Some(entry.into_mut()),
            RawEntryMut::Vacant(_) if !may_grow => None,
            RawEntryMut::Vacant(entry) => {
                let key = key.iter().map(|value| (*value).clone()).collect();
                let reducers = functions.iter().map(|function| function.start()).collect();
                Some(entry.insert_hashed_nocheck(hasher.finish(), key, reducers).1)
            }
        }
    }

    /// All groups, sorted by their keys: the same input gives the same output, whatever its order.
    pub(super) fn into_sorted(self) -> Vec<(Vec<Value>, Vec<Reducer>)> {
        let mut groups: Vec<_> = self.0.into_iter().collect();
        groups.sort_by(|(a, _), (b, _)| {
            let unequal = a.iter().zip(b).map(|(a, b)| a.order(b)).find(|order| order.is_ne());
            unequal.unwrap_or(std::cmp::Ordering::Equal)
        });
        groups
    }
}
