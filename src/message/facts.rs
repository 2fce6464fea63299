//! What the runtime may do with messages beyond moving them, by their type.

use super::{Keyed, Message, MessageType, Weigh};
use crate::sync::Arc;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt::Debug;

/// What the runtime may do with messages of type `T` beyond moving them.
pub(crate) struct Facts<T> {
    pub(crate) weigh: Option<fn(&T) -> usize>,
    pub(crate) key: Option<fn(&T, &str) -> u64>,
}

impl<T> Clone for Facts<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Facts<T> {}

/// Which message types can be weighed and which have keys; byte limits and hash routing ask here.
#[derive(Clone)]
pub struct MessageFacts {
    by_type: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    weighed: Vec<TypeId>,
    keyed: Vec<TypeId>,
}

impl Default for MessageFacts {
    fn default() -> Self {
        let mut facts = Self { by_type: HashMap::new(), weighed: Vec::new(), keyed: Vec::new() };
        facts.weighed::<String>();
        facts.weighed::<Arc<str>>();
        facts.weighed::<Vec<u8>>();
        facts.weighed::<Arc<[u8]>>();
        facts.weighed::<bytes::Bytes>();
        facts
    }
}

impl MessageFacts {
    /// Messages of type `T` can be weighed, so their mailboxes may have `max_bytes`.
    pub fn weighed<T: Message + Weigh>(&mut self) {
        let known = self.of::<T>();
        self.weighed.push(TypeId::of::<T>());
        self.set(Facts { weigh: Some(T::weight as fn(&T) -> usize), ..known });
    }

    /// Messages of type `T` have keys, so they can be routed by hash.
    pub fn keyed<T: Message + Keyed>(&mut self) {
        let known = self.of::<T>();
        self.keyed.push(TypeId::of::<T>());
        self.set(Facts { key: Some(T::key as fn(&T, &str) -> u64), ..known });
    }

    /// Whether messages of this type can be weighed.
    pub fn can_weigh(&self, message: MessageType) -> bool {
        self.weighed.contains(&message.id())
    }

    /// Whether messages of this type have keys.
    pub fn has_keys(&self, message: MessageType) -> bool {
        self.keyed.contains(&message.id())
    }

    pub(crate) fn of<T: Message>(&self) -> Facts<T> {
        self.by_type
            .get(&TypeId::of::<T>())
            .and_then(|facts| facts.downcast_ref::<Facts<T>>())
            .copied()
            .unwrap_or(Facts { weigh: None, key: None })
    }

    fn set<T: Message>(&mut self, facts: Facts<T>) {
        self.by_type.insert(TypeId::of::<T>(), Arc::new(facts));
    }
}

impl Debug for MessageFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageFacts").field("types", &self.by_type.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_remembered_by_type() {
        let facts = MessageFacts::default();
        assert_eq!(facts.of::<String>().weigh.map(|weigh| weigh(&"abc".into())), Some(3));
        assert!(facts.of::<u64>().weigh.is_none());
        assert!(facts.can_weigh(MessageType::of::<Vec<u8>>()) && !facts.can_weigh(MessageType::of::<u64>()));
    }
}
