//! Writing on a thread.

use super::ON_THE_WAY;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
    /// Blocks handed over.
    handed: u64,
    /// The messages in the latest of them, in order: of as many as can be on their way, and so not written.
    messages: VecDeque<usize>,
    /// Blocks that the thread has written.
    written: Arc<AtomicU64>,
}

impl Outflow {
    /// Starts a thread that opens a file, which may block too, and writes what it is given.
    pub(crate) fn start<W: Write>(open: impl FnOnce() -> io::Result<W> + Send + 'static) -> io::Result<Self> {
        let (sender, mut blocks) = channel::<Vec<u8>>(ON_THE_WAY);
        let (end, ended) = oneshot::channel();
        let written = Arc::new(AtomicU64::new(0));
        let count = written.clone();
        thread::Builder::new().name("tidegate-write".into()).spawn(move || {
            let write_all = || {
                let mut output = open()?;
                while let Some(block) = blocks.blocking_recv() {
                    output.write_all(&block)?;
                    output.flush()?;
                    // Nothing else is read because of it, so no order is needed.
                    count.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            };
            let end_of_writing = write_all();
            // Blocks that come too late are refused from here on, and then the reason is asked for.
            drop(blocks);
            let _ = end.send(end_of_writing);
        })?;
        Ok(Self { blocks: Some(sender), end: Some(ended), handed: 0, messages: VecDeque::new(), written })
    }

    /// Hands `block` over, which so many messages are in; waits while the thread is behind.
    ///
    /// # Errors
    /// What kept the thread from writing, this block or one before it.
    pub(crate) async fn write(&mut self, block: Vec<u8>, messages: usize) -> io::Result<()> {
        let sent = match &self.blocks {
            Some(blocks) => blocks.send(block).await.is_ok(),
            None => false,
        };
        if !sent {
            return self.failure().await;
        }
        self.note(messages);
        Ok(())
    }

    /// Hands `block` over, which so many messages are in, and leaves an empty one, if the thread takes it at once.
    pub(crate) fn write_now(&mut self, block: &mut Vec<u8>, messages: usize) {
        if let Some(blocks) = &self.blocks
            && let Err(TrySendError::Full(back) | TrySendError::Closed(back)) =
                blocks.try_send(mem::take(block))
        {
            *block = back;
        } else {
            self.note(messages);
        }
    }

    fn note(&mut self, messages: usize) {
        self.handed += 1;
        self.messages.push_back(messages);
        // The thread has one more in hand.
        if self.messages.len() > ON_THE_WAY + 1 {
            self.messages.pop_front();
        }
    }

    /// Messages that were handed over and are not written yet.
    pub(crate) fn unwritten(&self) -> usize {
        let blocks = self.handed.saturating_sub(self.written.load(Ordering::Relaxed));
        self.messages.iter().rev().take(blocks as usize).sum()
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
