//! What a link will not have.

/// Why a message could not be put on a link.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The mailbox is full and its overflow policy is `fail`.
    #[error("the mailbox of `{to}` is full (capacity {capacity}), and its overflow policy is `fail`")]
    Full {
        /// The receiving actor.
        to: String,
        /// The capacity of its mailbox, in messages.
        capacity: usize,
    },
    /// The message is larger than the mailbox takes.
    #[error(
        "a message of {weight} bytes is too large for the mailbox of `{to}`: `max_message_bytes` is {most}"
    )]
    TooLarge {
        /// The receiving actor.
        to: String,
        /// The weight of the message, in bytes.
        weight: usize,
        /// The most that is allowed, in bytes.
        most: usize,
    },
}
