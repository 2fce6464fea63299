//! What travels over links.

mod discard;
mod facts;

pub(crate) use discard::discard;
pub(crate) use facts::Facts;
pub use facts::MessageFacts;

use crate::sync::Arc;
use std::any::TypeId;
use std::fmt::Debug;

/// Anything that can be sent from actor to actor. Implemented for every fitting type.
///
/// A message of a type that has nothing to drop may be cloned where another would be moved.
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
    ///
    /// It must stay the same while the message waits: what was added to the bytes of a mailbox when it came is taken
    /// away again when it goes. A message that others can change, as one with a lock inside, weighs what does not
    /// change of it.
    fn weight(&self) -> usize;
}

/// The key of a message, for `routing = "hash"`.
pub trait Keyed {
    /// A hash of the value called `field`; messages of equal keys go to the same instance.
    fn key(&self, field: &str) -> u64;
}

impl Weigh for u64 {
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
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
}
