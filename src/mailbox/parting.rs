//! How a reader leaves its mailbox.

/// What a reader that leaves says of the messages that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parting {
    /// It wants no more of them.
    Finished,
    /// It was stopped or has failed, and wanted them.
    Cut,
    /// They are for the others: it was taken away.
    Retired,
}
