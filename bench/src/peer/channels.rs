//! Channels behind one face: those that block a thread, and those that suspend a task.

use crate::load::Load;
use std::sync::mpsc;

/// A bounded channel whose ends block.
pub trait Blocking: 'static {
    type Sender<T: Load>: Clone + Send;
    type Receiver<T: Load>: Send;

    fn bounded<T: Load>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>);

    /// False if the receiver is gone.
    fn send<T: Load>(sender: &Self::Sender<T>, message: T) -> bool;

    /// `None` once all senders are gone and everything is taken.
    fn recv<T: Load>(receiver: &Self::Receiver<T>) -> Option<T>;
}

/// A bounded channel whose ends suspend the task.
pub trait Suspending: 'static {
    type Sender<T: Load>: Clone + Send + Sync;
    type Receiver<T: Load>: Send;

    fn bounded<T: Load>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>);

    /// False if the receiver is gone.
    fn send<T: Load>(sender: &Self::Sender<T>, message: T) -> impl Future<Output = bool> + Send;

    /// `None` once all senders are gone and everything is taken.
    fn recv<T: Load>(receiver: &mut Self::Receiver<T>) -> impl Future<Output = Option<T>> + Send;
}

/// `crossbeam_channel::bounded`.
pub struct Crossbeam;

/// `std::sync::mpsc::sync_channel`.
pub struct Std;

/// `flume::bounded`.
pub struct Flume;

/// `kanal::bounded`.
pub struct Kanal;

/// `tokio::sync::mpsc::channel`, received from one by one.
pub struct Tokio;

/// `tokio::sync::mpsc::channel`, received from in batches.
pub struct TokioMany;

macro_rules! blocking {
    ($channel:ident, $sender:path, $receiver:path, $bounded:path) => {
        impl Blocking for $channel {
            type Sender<T: Load> = $sender;
            type Receiver<T: Load> = $receiver;

            fn bounded<T: Load>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
                $bounded(capacity)
            }

            #[inline]
            fn send<T: Load>(sender: &Self::Sender<T>, message: T) -> bool {
                sender.send(message).is_ok()
            }

            #[inline]
            fn recv<T: Load>(receiver: &Self::Receiver<T>) -> Option<T> {
                receiver.recv().ok()
            }
        }
    };
}

blocking!(
    Crossbeam,
    crossbeam_channel::Sender<T>,
    crossbeam_channel::Receiver<T>,
    crossbeam_channel::bounded
);
blocking!(Std, mpsc::SyncSender<T>, mpsc::Receiver<T>, mpsc::sync_channel);
blocking!(Flume, flume::Sender<T>, flume::Receiver<T>, flume::bounded);
blocking!(Kanal, kanal::Sender<T>, kanal::Receiver<T>, kanal::bounded);

impl Suspending for Tokio {
    type Sender<T: Load> = tokio::sync::mpsc::Sender<T>;
    type Receiver<T: Load> = tokio::sync::mpsc::Receiver<T>;

    fn bounded<T: Load>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        tokio::sync::mpsc::channel(capacity)
    }

    #[inline]
    async fn send<T: Load>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send(message).await.is_ok()
    }

    #[inline]
    async fn recv<T: Load>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().await
    }
}

/// The most messages taken at once: as many as Tidegate puts into a chunk.
const BATCH: usize = 256;

/// A receiver with what it has taken and not handed out: the next is the last.
pub struct Batched<T> {
    receiver: tokio::sync::mpsc::Receiver<T>,
    taken: Vec<T>,
}

impl Suspending for TokioMany {
    type Sender<T: Load> = tokio::sync::mpsc::Sender<T>;
    type Receiver<T: Load> = Batched<T>;

    fn bounded<T: Load>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        let (sender, receiver) = tokio::sync::mpsc::channel(capacity);
        (sender, Batched { receiver, taken: Vec::with_capacity(BATCH) })
    }

    #[inline]
    async fn send<T: Load>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send(message).await.is_ok()
    }

    #[inline]
    async fn recv<T: Load>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        if receiver.taken.is_empty() {
            receiver.receiver.recv_many(&mut receiver.taken, BATCH).await;
            receiver.taken.reverse();
        }
        receiver.taken.pop()
    }
}

impl Suspending for Flume {
    type Sender<T: Load> = flume::Sender<T>;
    type Receiver<T: Load> = flume::Receiver<T>;

    fn bounded<T: Load>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        flume::bounded(capacity)
    }

    #[inline]
    async fn send<T: Load>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send_async(message).await.is_ok()
    }

    #[inline]
    async fn recv<T: Load>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv_async().await.ok()
    }
}

impl Suspending for Kanal {
    type Sender<T: Load> = kanal::AsyncSender<T>;
    type Receiver<T: Load> = kanal::AsyncReceiver<T>;

    fn bounded<T: Load>(capacity: usize) -> (Self::Sender<T>, Self::Receiver<T>) {
        kanal::bounded_async(capacity)
    }

    #[inline]
    async fn send<T: Load>(sender: &Self::Sender<T>, message: T) -> bool {
        sender.send(message).await.is_ok()
    }

    #[inline]
    async fn recv<T: Load>(receiver: &mut Self::Receiver<T>) -> Option<T> {
        receiver.recv().await.ok()
    }
}
