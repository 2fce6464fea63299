//! What a link will not have.

/// Why a message could not be put on a link. One word wide: it is part of what every push returns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct LinkError(Box<Kind>);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Kind {
    #[error("the mailbox of `{to}` is full (capacity {capacity}), and its overflow policy is `fail`")]
    Full { to: String, capacity: usize },
    #[error(
        "a message of {weight} bytes is too large for the mailbox of `{to}`: `max_message_bytes` is {most}"
    )]
    TooLarge { to: String, weight: usize, most: usize },
}

impl LinkError {
    /// The mailbox of `to`, of this capacity in messages, is full, and its overflow policy is `fail`.
    #[cold]
    pub(super) fn full(to: &str, capacity: usize) -> Self {
        Self(Box::new(Kind::Full { to: to.into(), capacity }))
    }

    /// A message of `weight` bytes is more than the `most` that the mailbox of `to` takes.
    #[cold]
    pub(super) fn too_large(to: &str, weight: usize, most: usize) -> Self {
        Self(Box::new(Kind::TooLarge { to: to.into(), weight, most }))
    }
}
