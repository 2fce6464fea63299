//! Input and output that block, off the arbiter.
//!
//! A read from a terminal or a write into a full pipe can take forever, and an arbiter that waits there runs nobody
//! else. So such a file gets a thread, and blocks of bytes are handed over through a channel of bounded length:
//!
//! ```text
//! standard input --read--> [thread] --2 blocks--> producer
//! consumer --2 blocks--> [thread] --write--> standard output
//! ```
//!
//! Regular files are read and written in place: the system answers for them at once.

mod feed;
mod outflow;
mod terminal;

pub(crate) use feed::Feed;
pub(crate) use outflow::Outflow;
pub(crate) use terminal::{SharedStdout, shared_stdin};
pub use terminal::{stdin_is_read, stdout_through};

/// Bytes read or written at a time.
pub(crate) const BLOCK: usize = 32 * 1024;

/// Blocks on their way between actor and thread.
const ON_THE_WAY: usize = 2;
