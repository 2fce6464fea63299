//! Standard output: what a command was asked for.

use crate::exit::Exit;
use crate::screen::Screen;
use std::io::{ErrorKind, Write, stdout};

/// Prints `text`. A reader that has seen enough, like `head`, is no error.
pub(crate) fn print(screen: &Screen, text: &str) -> Exit {
    let mut out = stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Exit::Success,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Exit::Success,
        Err(error) => {
            screen.error(&format!("cannot write to standard output: {error}"));
            Exit::Failure
        }
    }
}
