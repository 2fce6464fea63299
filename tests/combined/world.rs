//! The messages of a round, and what is seen of them from inside.

use crate::dice::Dice;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tidegate::prelude::*;

/// An instance of an actor.
pub(crate) type Who = (usize, usize);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Parcel {
    /// The producer that made it, and its number there, from 1.
    pub(crate) origin: (Who, u64),
    /// Who sent it last, and its number there.
    pub(crate) sent: (Who, u64),
}

impl Keyed for Parcel {
    fn key(&self, _: &str) -> u64 {
        self.origin.1 % 7
    }
}

/// What is seen of a topology from inside.
#[derive(Default)]
pub(crate) struct Seen {
    /// How much each instance has sent.
    pub(crate) sent: HashMap<Who, u64>,
    /// The last that came from one instance to another.
    pub(crate) came: HashMap<(Who, Who), u64>,
    /// The last of each producer that came to an instance.
    pub(crate) reached: HashMap<(Who, Who), u64>,
    /// What came to its end: was handled by a consumer, filtered out, or failed.
    pub(crate) done: HashSet<u64>,
    pub(crate) made: HashMap<Who, u64>,
    pub(crate) acknowledged: u64,
    pub(crate) wrong: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) seen: Arc<Mutex<Seen>>,
    pub(crate) dice: Dice,
    /// One call in so many goes wrong.
    pub(crate) calm: u64,
    /// Whether all that a producer makes comes in order to each instance.
    pub(crate) in_order: bool,
}

impl World {
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn arrives(&self, parcel: &Parcel, at: Who) {
        let mut seen = self.seen();
        let last = std::mem::replace(seen.came.entry((parcel.sent.0, at)).or_default(), parcel.sent.1);
        if parcel.sent.1 < last {
            seen.wrong.push(format!("{parcel:?} came to {at:?} after {last} of the same sender"));
        }
        let last = std::mem::replace(seen.reached.entry((parcel.origin.0, at)).or_default(), parcel.origin.1);
        if self.in_order && parcel.origin.1 < last {
            seen.wrong.push(format!("{parcel:?} came to {at:?} after {last} of the same producer"));
        }
    }

    pub(crate) fn leaves(&self, parcel: Parcel, from: Who) -> Parcel {
        let mut seen = self.seen();
        let count = seen.sent.entry(from).or_default();
        *count += 1;
        Parcel { sent: (from, *count), ..parcel }
    }

    pub(crate) fn ends(&self, parcel: &Parcel) {
        self.seen().done.insert(parcel.origin.1);
    }

    pub(crate) fn perhaps(&self, parcel: Option<&Parcel>) -> Result {
        match self.dice.roll(self.calm) {
            kind @ 0..2 => {
                parcel.into_iter().for_each(|parcel| self.ends(parcel));
                assert!(kind == 0, "unlucky");
                Err("unlucky".into())
            }
            _ => Ok(()),
        }
    }

    pub(crate) async fn dawdle(&self) {
        match self.dice.roll(8) {
            0 => tidegate::time::sleep(self.dice.millis(3)).await,
            1 => tokio::task::yield_now().await,
            _ => {}
        }
    }
}
