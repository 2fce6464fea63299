//! What travels over links.

use crate::sync::Arc;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt::Debug;

/// Anything that can be sent from actor to actor. Implemented for every fitting type.
pub trait Message: Clone + Debug + Send + 'static {}

impl<T: Clone + Debug + Send + 'static> Message for T {}

/// The size of a message, for mailboxes with a limit in bytes.
///
/// ```
/// use tidegate::Weigh;
///
/// assert_eq!("tide".to_string().weight(), 4);
/// ```
pub trait Weigh {
    /// Bytes this message stands for; an estimate of the heap it owns is enough.
    fn weight(&self) -> usize;
}

/// The key of a message, for `routing = "hash"`.
pub trait Keyed {
    /// A hash of the value called `field`; messages of equal keys go to the same instance.
    fn key(&self, field: &str) -> u64;
}

impl Weigh for String {
    fn weight(&self) -> usize {
        self.len()
    }
}

impl Weigh for Arc<str> {
    fn weight(&self) -> usize {
        self.len()
    }
}

impl Weigh for Vec<u8> {
    fn weight(&self) -> usize {
        self.len()
    }
}

impl Weigh for Arc<[u8]> {
    fn weight(&self) -> usize {
        self.len()
    }
}

impl Weigh for bytes::Bytes {
    fn weight(&self) -> usize {
        self.len()
    }
}

/// The type of the messages of an input or a port, compared when a topology is checked.
#[derive(Clone, Copy)]
pub struct MessageType {
    id: TypeId,
    name: fn() -> &'static str,
}

impl MessageType {
    /// The type `T`.
    pub fn of<T: Message>() -> Self {
        Self { id: TypeId::of::<T>(), name: std::any::type_name::<T> }
    }

    pub(crate) fn id(&self) -> TypeId {
        self.id
    }

    /// The full path of the type, as the compiler writes it.
    pub fn path(&self) -> &'static str {
        (self.name)()
    }

    /// The name of the type without the paths: `Vec<Record>`.
    pub fn name(&self) -> String {
        let mut short = String::new();
        for part in self.path().split_inclusive(['<', '>', ',', ' ', '(', ')', '[', ']', '&', ';']) {
            short.push_str(part.rsplit("::").next().unwrap_or(part));
        }
        short
    }
}

impl PartialEq for MessageType {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for MessageType {}

impl Debug for MessageType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

impl Debug for MessageFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageFacts").field("types", &self.by_type.len()).finish()
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_name_loses_its_paths_but_keeps_its_parameters() {
        assert_eq!(
            MessageType::of::<Vec<std::collections::BTreeMap<String, u64>>>().name(),
            "Vec<BTreeMap<String, u64>>"
        );
        assert_eq!(MessageType::of::<(u8, Option<String>)>().name(), "(u8, Option<String>)");
    }

    #[test]
    fn facts_are_remembered_by_type() {
        let facts = MessageFacts::default();
        assert_eq!(facts.of::<String>().weigh.map(|weigh| weigh(&"abc".into())), Some(3));
        assert!(facts.of::<u64>().weigh.is_none());
        assert!(facts.can_weigh(MessageType::of::<Vec<u8>>()) && !facts.can_weigh(MessageType::of::<u64>()));
    }
}
