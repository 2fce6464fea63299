//! elfo: groups of actors with bounded mailboxes, as tasks of a tokio runtime.
//!
//! Each actor is a group of its own. Messages are sent to the address of the actor, which spares elfo the routing by
//! group; the actors learn it from one another when they start.

use super::Chain;
use super::tasks::runtime;
use crate::load::{Block, Count, Load, Tally, rest};
use elfo::config::AnyConfig;
use elfo::messages::UpdateConfig;
use elfo::prelude::*;
use elfo::{Addr, Envelope, Topology};
use serde::Deserialize;
use std::sync::{Arc, Mutex};
use tidegate::Result;
use tokio::sync::{SetOnce, oneshot};

/// A kind of message that has a type of its own in elfo, which cannot carry just any.
pub trait Carried: Load {
    type Message: elfo::Message;

    fn pack(self) -> Self::Message;

    /// `None` for the messages of elfo itself.
    fn unpack(envelope: Envelope) -> Option<Self>;
}

/// A `u64` on its way.
#[message]
pub struct Number(u64);

/// A `Count` on its way.
#[message]
pub struct Counted(Count);

/// A `String` on its way.
#[message]
pub struct Text(String);

/// A `Block` on its way.
#[message]
pub struct Bytes(Block);

macro_rules! carried {
    ($($load:ident in $message:ident),+) => {
        $(impl Carried for $load {
            type Message = $message;

            #[inline]
            fn pack(self) -> $message {
                $message(self)
            }

            #[inline]
            fn unpack(envelope: Envelope) -> Option<Self> {
                msg!(match envelope {
                    $message(load) => Some(load),
                    _ => None,
                })
            }
        })+
    };
}

carried!(u64 in Number, Count in Counted, String in Text, Block in Bytes);

/// The addresses of the stages and the consumer, as they become known.
type Addresses = Arc<Vec<SetOnce<Addr>>>;

/// A chain.
pub fn chain<T: Carried>(chain: Chain, workers: usize) -> Result {
    let config = serde_json::json!({ "system": { "mailbox": { "capacity": chain.capacity } } });
    let config = AnyConfig::deserialize(config)?;
    let (done, result) = oneshot::channel();
    let topology = Topology::empty();
    let addresses: Addresses = Arc::new((0..=chain.stages).map(|_| SetOnce::new()).collect());
    topology.local("sum").mount(sum::<T>(chain, addresses.clone(), done));
    for stage in (0..chain.stages).rev() {
        topology.local(format!("step_{stage}")).mount(step::<T>(stage, addresses.clone()));
    }
    topology.local("numbers").mount(numbers::<T>(chain, addresses));
    let work = async move |context: Context, topology: Topology| -> Result<Tally> {
        // A group starts its actor when it gets its first configuration.
        for group in topology.locals() {
            let configured =
                context.request_to(group.addr, UpdateConfig::new(config.clone())).resolve().await?;
            configured.map_err(|rejected| rejected.reason)?;
        }
        Ok(result.await?)
    };
    let tally = runtime(workers)?.block_on(async {
        elfo::_priv::do_start(topology, false, work).await.map_err(|error| error.to_string())?
    })?;
    tally.check::<T>(chain.messages, chain.stages, 1)
}

fn numbers<T: Carried>(chain: Chain, addresses: Addresses) -> Blueprint {
    ActorGroup::new().exec(move |context| {
        let addresses = addresses.clone();
        async move {
            let next = *addresses[0].wait().await;
            for n in 0..chain.messages {
                rest::<T>().await;
                if context.send_to(next, T::make(n).pack()).await.is_err() {
                    return;
                }
            }
        }
    })
}

fn step<T: Carried>(stage: usize, addresses: Addresses) -> Blueprint {
    ActorGroup::new().exec(move |mut context| {
        let addresses = addresses.clone();
        async move {
            let _ = addresses[stage].set(context.addr());
            let next = *addresses[stage + 1].wait().await;
            while let Some(envelope) = context.recv().await {
                if let Some(message) = T::unpack(envelope)
                    && context.send_to(next, message.step().pack()).await.is_err()
                {
                    return;
                }
            }
        }
    })
}

fn sum<T: Carried>(chain: Chain, addresses: Addresses, done: oneshot::Sender<Tally>) -> Blueprint {
    let done = Arc::new(Mutex::new(Some(done)));
    ActorGroup::new().exec(move |mut context| {
        let (addresses, done) = (addresses.clone(), done.clone());
        async move {
            let _ = addresses[chain.stages].set(context.addr());
            let mut tally = Tally::default();
            while tally.count < chain.messages {
                let Some(envelope) = context.recv().await else { return };
                if let Some(message) = T::unpack(envelope) {
                    tally.add(&message);
                }
            }
            let done = done.lock().ok().and_then(|mut done| done.take());
            if let Some(done) = done {
                let _ = done.send(tally);
            }
        }
    })
}
