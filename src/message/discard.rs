//! The end of messages that nobody takes.

use std::mem::{forget, needs_drop};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Drops messages that nobody takes, one by one.
///
/// One whose `Drop` panics is nobody's failure: its reader has left, and who emitted it has done its part. The panic has been
/// told where panics are told, and goes no further: what is dropped here is dropped while an actor ends, and that end must
/// come to all it concerns.
pub(crate) fn discard<T>(messages: impl IntoIterator<Item = T>) {
    if !needs_drop::<T>() {
        return messages.into_iter().for_each(drop);
    }
    for message in messages {
        // Unwind safety: nothing of the message is left to be looked at.
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(message)));
        // Dropping what a panic carries may panic in its turn.
        dropped.unwrap_or_else(forget);
    }
}
