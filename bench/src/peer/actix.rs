//! actix: actors with bounded mailboxes, on arbiters.
//!
//! Nothing wakes a sender when a full mailbox has room again, so there are two ways to keep the bound: to wait for
//! each message to be handled (`send().await`), or to send without waiting until the mailbox is full, and then wait
//! for one message to be handled. That one goes in by way of a cloned address, which may exceed the bound by one.

use super::{Chain, WIDTH};
use crate::load::{Count, Load, Tally, rest};
use actix::prelude::{Actor, ActorContext as _, Addr, AsyncContext, Context, Handler, Message, SendError};
use actix::{Arbiter, ArbiterHandle, System, WrapFuture};
use std::marker::PhantomData;
use std::thread;
use tidegate::Result;
use tokio::sync::oneshot;

/// How a sender keeps the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// `send().await`, each message.
    Await,
    /// `try_send`, and wait when the mailbox is full.
    TryThenWait,
}

/// The message on its way.
struct Carry<T>(T);

impl<T: Load> Message for Carry<T> {
    type Result = ();
}

/// Where an actor's messages go.
enum Next<T: Load, const LANES: usize> {
    Step(Addr<Step<T, LANES>>),
    Sum(Addr<Sum<T, LANES>>),
}

impl<T: Load, const LANES: usize> Clone for Next<T, LANES> {
    fn clone(&self) -> Self {
        match self {
            Self::Step(step) => Self::Step(step.clone()),
            Self::Sum(sum) => Self::Sum(sum.clone()),
        }
    }
}

impl<T: Load, const LANES: usize> Next<T, LANES> {
    /// Gives the message back if the mailbox is full.
    fn try_send(&self, message: T) -> Option<T> {
        let sent = match self {
            Self::Step(step) => step.try_send(Carry(message)),
            Self::Sum(sum) => sum.try_send(Carry(message)),
        };
        match sent {
            Err(SendError::Full(Carry(message))) => Some(message),
            Ok(()) | Err(SendError::Closed(_)) => None,
        }
    }

    /// Sends, and waits until the message is handled. An actor that is gone has its result already, or never will.
    async fn send(self, message: T) {
        let _ = match self {
            Self::Step(step) => step.send(Carry(message)).await,
            Self::Sum(sum) => sum.send(Carry(message)).await,
        };
    }
}

struct Step<T: Load, const LANES: usize> {
    next: Next<T, LANES>,
    sending: Sending,
    capacity: usize,
}

impl<T: Load, const LANES: usize> Actor for Step<T, LANES> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(self.capacity);
    }
}

impl<T: Load, const LANES: usize> Handler<Carry<T>> for Step<T, LANES> {
    type Result = ();

    fn handle(&mut self, Carry(message): Carry<T>, context: &mut Self::Context) {
        let message = message.step();
        let message = match self.sending {
            Sending::Await => Some(message),
            Sending::TryThenWait => self.next.try_send(message),
        };
        if let Some(message) = message {
            context.wait(self.next.clone().send(message).into_actor(self));
        }
    }
}

struct Sum<T: Load, const LANES: usize> {
    tally: Tally<LANES>,
    messages: u64,
    capacity: usize,
    done: Option<oneshot::Sender<Tally<LANES>>>,
    kind: PhantomData<T>,
}

impl<T: Load, const LANES: usize> Actor for Sum<T, LANES> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(self.capacity);
    }
}

impl<T: Load, const LANES: usize> Handler<Carry<T>> for Sum<T, LANES> {
    type Result = ();

    fn handle(&mut self, Carry(message): Carry<T>, context: &mut Self::Context) {
        self.tally.add(&message);
        if self.tally.count == self.messages
            && let Some(done) = self.done.take()
        {
            let _ = done.send(std::mem::take(&mut self.tally));
            context.stop();
        }
    }
}

/// A chain; its actors are spread evenly over the arbiters, neighbours together.
pub fn chain<T: Load>(chain: Chain, sending: Sending, arbiters: usize) -> Result {
    let actors = chain.stages + 2;
    on_arbiters(arbiters, move |places| async move {
        let place = |actor: usize| &places[actor * places.len().min(actors) / actors];
        let (sum, result) = Sum::<T, 1>::start_at(place(actors - 1), chain.messages, chain.capacity);
        let mut next = Next::Sum(sum);
        for stage in (0..chain.stages).rev() {
            let step = Step { next, sending, capacity: chain.capacity };
            next = Next::Step(Step::start_in_arbiter(place(stage + 1), |_| step));
        }
        place(0).spawn(produce(next, sending, 0, 1, chain.messages));
        result.await?.check::<T>(chain.messages, chain.stages, 1)
    })
}

/// Several producers, one consumer; spread evenly over the arbiters.
pub fn fan_in(capacity: usize, messages: u64, sending: Sending, arbiters: usize) -> Result {
    let actors = WIDTH + 1;
    on_arbiters(arbiters, move |places| async move {
        let place = |actor: usize| &places[actor * places.len().min(actors) / actors];
        let (sum, result) = Sum::<Count, WIDTH>::start_at(place(WIDTH), messages, capacity);
        for producer in 0..WIDTH {
            let next = Next::Sum(sum.clone());
            place(producer).spawn(produce(next, sending, producer as u64, WIDTH as u64, messages));
        }
        result.await?.check::<Count>(messages, 0, 1)
    })
}

impl<T: Load, const LANES: usize> Sum<T, LANES> {
    fn start_at(
        arbiter: &ArbiterHandle,
        messages: u64,
        capacity: usize,
    ) -> (Addr<Self>, oneshot::Receiver<Tally<LANES>>) {
        let (done, result) = oneshot::channel();
        let sum = Self { tally: Tally::default(), messages, capacity, done: Some(done), kind: PhantomData };
        (Self::start_in_arbiter(arbiter, |_| sum), result)
    }
}

async fn produce<T: Load, const LANES: usize>(
    next: Next<T, LANES>,
    sending: Sending,
    from: u64,
    every: u64,
    below: u64,
) {
    for n in (from..below).step_by(every as usize) {
        rest::<T>().await;
        let message = match sending {
            Sending::Await => Some(T::make(n)),
            Sending::TryThenWait => next.try_send(T::make(n)),
        };
        if let Some(message) = message {
            next.clone().send(message).await;
        }
    }
}

/// Runs `work` in an actix system of its own, with so many arbiters, and ends them.
pub fn on_arbiters<W: Future<Output = Result>>(
    arbiters: usize,
    work: impl FnOnce(Vec<ArbiterHandle>) -> W + Send,
) -> Result {
    let run = || {
        System::new().block_on(async {
            let arbiters: Vec<Arbiter> = (0..arbiters).map(|_| Arbiter::new()).collect();
            let result = work(arbiters.iter().map(Arbiter::handle).collect()).await;
            for arbiter in arbiters {
                arbiter.stop();
                arbiter.join().map_err(|_| "an arbiter panicked")?;
            }
            result
        })
    };
    thread::scope(|scope| scope.spawn(run).join()).map_err(|_| "an actix system panicked")?
}
