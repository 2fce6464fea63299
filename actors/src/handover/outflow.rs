//! Writing on a thread.

use super::ON_THE_WAY;
use std::io::{self, Write};
use std::mem;
use std::thread;
use tokio::sync::mpsc::{Sender, channel, error::TrySendError};
use tokio::sync::oneshot;

/// A thread that writes blocks of bytes.
///
/// It ends at the first error, or when all is written after this end is closed or dropped.
#[derive(Debug)]
pub(crate) struct Outflow {
    blocks: Option<Sender<Vec<u8>>>,
    /// What became of the thread; `None` once that has been told.
    end: Option<oneshot::Receiver<io::Result<()>>>,
}

impl Outflow {
    /// Starts a thread that opens a file, which may block too, and writes what it is given.
    pub(crate) fn start<W: Write>(open: impl FnOnce() -> io::Result<W> + Send + 'static) -> io::Result<Self> {
        let (sender, mut blocks) = channel::<Vec<u8>>(ON_THE_WAY);
        let (end, ended) = oneshot::channel();
        thread::Builder::new().name("tidegate-write".into()).spawn(move || {
            let write_all = || {
                let mut output = open()?;
                while let Some(block) = blocks.blocking_recv() {
                    output.write_all(&block)?;
                    output.flush()?;
                }
                Ok(())
            };
            let written = write_all();
            // Blocks that come too late are refused from here on, and then the reason is asked for.
            drop(blocks);
            let _ = end.send(written);
        })?;
        Ok(Self { blocks: Some(sender), end: Some(ended) })
    }

    /// Hands `block` over; waits while the thread is behind.
    ///
    /// # Errors
    /// What kept the thread from writing, this block or one before it.
    pub(crate) async fn write(&mut self, block: Vec<u8>) -> io::Result<()> {
        let sent = match &self.blocks {
            Some(blocks) => blocks.send(block).await.is_ok(),
            None => false,
        };
        if sent { Ok(()) } else { self.failure().await }
    }

    /// Hands `block` over, and leaves an empty one, if the thread takes it at once.
    pub(crate) fn write_now(&mut self, block: &mut Vec<u8>) {
        if let Some(blocks) = &self.blocks
            && let Err(TrySendError::Full(back) | TrySendError::Closed(back)) =
                blocks.try_send(mem::take(block))
        {
            *block = back;
        }
    }

    /// Hands `block` over if that takes no waiting, for one last time before this is dropped.
    pub(crate) fn write_last(&mut self, block: Vec<u8>) -> bool {
        let sent = self.blocks.as_ref().map(|blocks| blocks.try_send(block));
        matches!(sent, Some(Ok(())) | Some(Err(TrySendError::Closed(_))))
    }

    /// Whether the thread has ended: it failed.
    pub(crate) fn has_ended(&self) -> bool {
        self.blocks.as_ref().is_none_or(Sender::is_closed)
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    /// What kept the thread from writing.
    pub(crate) async fn close(&mut self) -> io::Result<()> {
        self.blocks = None;
        match self.end.take() {
            Some(end) => end.await.unwrap_or_else(|_| Err(io::Error::other("the thread that writes died"))),
            None => Ok(()),
        }
    }

    #[cold]
    async fn failure(&mut self) -> io::Result<()> {
        self.close().await?;
        Err(io::ErrorKind::BrokenPipe.into())
    }
}
