//! Standard input and output, which may be a terminal that somebody else draws on.

use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

type Aside = Box<dyn Fn(&mut dyn FnMut()) + Send + Sync>;

static ASIDE: OnceLock<Aside> = OnceLock::new();

/// Has every write of the ready-made actors to standard output made through `aside`, which calls what it is given.
///
/// A program with a live display on the same terminal takes it away before the call and puts it back after. The
/// first `aside` stays; a process has one terminal.
///
/// ```
/// tidegate_actors::stdout_through(|write| {
///     // Take the display away,
///     write();
///     // and put it back.
/// });
/// ```
pub fn stdout_through(aside: impl Fn(&mut dyn FnMut()) + Send + Sync + 'static) {
    let _ = ASIDE.set(Box::new(aside));
}

static STDIN_IS_READ: AtomicBool = AtomicBool::new(false);

/// Whether a ready-made actor has begun to read standard input.
///
/// A program with a live display on the terminal that the input is typed on leaves it away then, as each would tear
/// the other.
pub fn stdin_is_read() -> bool {
    // Nothing else is read because of it, so no order is needed.
    STDIN_IS_READ.load(Ordering::Relaxed)
}

/// Standard input, for an actor to read.
pub(crate) fn shared_stdin() -> io::Stdin {
    STDIN_IS_READ.store(true, Ordering::Relaxed);
    io::stdin()
}

/// Standard output, written a whole block at a time.
#[derive(Debug)]
pub(crate) struct SharedStdout;

impl Write for SharedStdout {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        let mut written = Ok(());
        let mut write = || {
            let mut out = io::stdout().lock();
            written = out.write_all(block).and_then(|()| out.flush());
        };
        match ASIDE.get() {
            Some(aside) => aside(&mut write),
            None => write(),
        }
        written.map(|()| block.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // Done with each block.
        Ok(())
    }
}
