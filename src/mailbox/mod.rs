//! Bounded mailboxes.

mod options;

pub use options::{MailboxOptions, MailboxSettings, Marks, Overflow};
