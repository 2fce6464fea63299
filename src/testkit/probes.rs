//! Actors whose strings a test pulls.

use crate::{Consumer, Message, Next, Outlet, Producer, Reaction, Result, Signal, SignalKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, Semaphore};

/// How long a probe waits for what it expects, by the clock of the test.
const PATIENCE: Duration = Duration::from_secs(3_600);

/// A producer that emits what its probe is told to.
pub fn probe_producer<T: Message>() -> (ProducerProbe<T>, ProbeProducer<T>) {
    let (emit, orders) = unbounded_channel();
    let (tell, signals) = unbounded_channel();
    let producer = ProbeProducer { orders, tell, reaction: Reaction::Pause };
    (ProducerProbe { emit, signals: Mutex::new(signals) }, producer)
}

/// A consumer that takes messages when its probe asks for them.
pub fn probe_consumer<T: Message>() -> (ConsumerProbe<T>, ProbeConsumer<T>) {
    let (tell, taken) = unbounded_channel();
    let demand = Arc::new(Semaphore::new(0));
    let consumer = ProbeConsumer { demand: demand.clone(), tell };
    (ConsumerProbe { demand, taken: Mutex::new(taken) }, consumer)
}

/// The test's end of a [`probe_producer`].
pub struct ProducerProbe<T> {
    emit: UnboundedSender<Option<T>>,
    signals: Mutex<UnboundedReceiver<Signal>>,
}

/// The actor of a [`probe_producer`].
pub struct ProbeProducer<T> {
    orders: UnboundedReceiver<Option<T>>,
    tell: UnboundedSender<Signal>,
    reaction: Reaction,
}

impl<T: Message> ProducerProbe<T> {
    /// Has the producer emit `message` as soon as it may.
    pub fn emit(&self, message: T) {
        let _ = self.emit.send(Some(message));
    }

    /// Has the producer emit all of `messages`, in order.
    pub fn emit_all(&self, messages: impl IntoIterator<Item = T>) {
        messages.into_iter().for_each(|message| self.emit(message));
    }

    /// The producer is done once it has emitted everything.
    pub fn finish(&self) {
        let _ = self.emit.send(None);
    }

    /// Waits for the next signal, which must be a `Backpressure`.
    ///
    /// # Panics
    /// When it is a `Resume`, or none comes.
    pub async fn expect_backpressure(&self) -> Signal {
        self.expect_signal(SignalKind::Backpressure).await
    }

    /// Waits for the next signal, which must be a `Resume`.
    ///
    /// # Panics
    /// When it is a `Backpressure`, or none comes.
    pub async fn expect_resume(&self) -> Signal {
        self.expect_signal(SignalKind::Resume).await
    }

    /// The next signal, if there is one already.
    pub fn signal(&self) -> Option<Signal> {
        self.signals.try_lock().ok()?.try_recv().ok()
    }

    async fn expect_signal(&self, kind: SignalKind) -> Signal {
        let mut signals = self.signals.lock().await;
        let signal = within_patience(signals.recv(), || format!("a {kind}")).await;
        assert_eq!(signal.kind(), kind, "{signal}");
        signal
    }
}

impl<T> ProbeProducer<T> {
    /// The same with this reaction to `Backpressure`.
    #[must_use]
    pub fn reaction(mut self, reaction: Reaction) -> Self {
        self.reaction = reaction;
        self
    }
}

impl<T: Message> Producer for ProbeProducer<T> {
    type Out = Outlet<T>;

    async fn produce(&mut self, out: &mut Outlet<T>) -> Result<Next> {
        match self.orders.recv().await.flatten() {
            Some(message) => {
                out.emit(message);
                Ok(Next::More)
            }
            None => Ok(Next::Done),
        }
    }

    fn is_cancel_safe(&self) -> bool {
        true
    }

    fn reaction(&self) -> Reaction {
        self.reaction
    }

    fn on_backpressure(&mut self, signal: &Signal) {
        let _ = self.tell.send(signal.clone());
    }

    fn on_resume(&mut self, signal: &Signal) {
        let _ = self.tell.send(signal.clone());
    }
}

/// The test's end of a [`probe_consumer`].
pub struct ConsumerProbe<T> {
    demand: Arc<Semaphore>,
    taken: Mutex<UnboundedReceiver<T>>,
}

/// The actor of a [`probe_consumer`].
pub struct ProbeConsumer<T> {
    demand: Arc<Semaphore>,
    tell: UnboundedSender<T>,
}

impl<T: Message> ConsumerProbe<T> {
    /// Lets the consumer handle `n` more messages. Until then the next one stays in its handler.
    pub fn request(&self, n: usize) {
        self.demand.add_permits(n);
    }

    /// Waits for the next message.
    ///
    /// # Panics
    /// When none comes.
    pub async fn next(&self) -> T {
        let mut taken = self.taken.lock().await;
        within_patience(taken.recv(), || "a message".into()).await
    }

    /// Waits for as many messages as there are in `messages`, which must be these, in this order.
    ///
    /// # Panics
    /// When others come, or none.
    pub async fn expect(&self, messages: impl IntoIterator<Item = T>)
    where
        T: PartialEq,
    {
        for (index, expected) in messages.into_iter().enumerate() {
            let message = self.next().await;
            assert!(message == expected, "message {index} is {message:?}, not {expected:?}");
        }
    }

    /// The messages handled so far and not looked at.
    pub fn taken(&self) -> Vec<T> {
        let mut taken = self.taken.try_lock().expect("one task at a time looks at a probe");
        std::iter::from_fn(|| taken.try_recv().ok()).collect()
    }
}

impl<T: Message> Consumer for ProbeConsumer<T> {
    type In = T;

    async fn handle(&mut self, message: T) -> Result {
        self.demand.acquire().await?.forget();
        let _ = self.tell.send(message);
        Ok(())
    }
}

async fn within_patience<T>(wanted: impl Future<Output = Option<T>>, what: impl Fn() -> String) -> T {
    match tokio::time::timeout(PATIENCE, wanted).await {
        Ok(Some(found)) => found,
        Ok(None) => panic!("expected {}, but the actor has ended", what()),
        Err(_) => panic!("expected {}, and nothing moves any more", what()),
    }
}
