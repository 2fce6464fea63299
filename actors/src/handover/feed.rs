//! Reading on a thread.

use super::{BLOCK, ON_THE_WAY};
use std::io::{self, Read};
use std::thread;
use tokio::sync::mpsc::{Receiver, channel};

/// Blocks of bytes that a thread reads.
///
/// The thread ends with its input, or at the first block nobody wants any more. While it waits in a read it cannot
/// be ended; the end of the process takes care of it.
#[derive(Debug)]
pub(crate) struct Feed(Receiver<io::Result<Vec<u8>>>);

impl Feed {
    /// Starts a thread that opens a file, which may block too, and reads it to the end.
    pub(crate) fn start<R: Read>(open: impl FnOnce() -> io::Result<R> + Send + 'static) -> io::Result<Self> {
        let (sender, receiver) = channel(ON_THE_WAY);
        thread::Builder::new().name("tidegate-read".into()).spawn(move || {
            let mut input = match open() {
                Ok(input) => input,
                Err(error) => return drop(sender.blocking_send(Err(error))),
            };
            loop {
                let mut block = vec![0; BLOCK];
                let read = match input.read(&mut block) {
                    Ok(0) => return,
                    Ok(length) => {
                        block.truncate(length);
                        Ok(block)
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let over = read.is_err();
                if sender.blocking_send(read).is_err() || over {
                    return;
                }
            }
        })?;
        Ok(Self(receiver))
    }

    /// The next block; `None` at the end. Nothing is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.0.recv().await.transpose()
    }
}
