//! Actors that stand in for others in a simulation.

use super::{Make, Registration, Registry, again, deserialize};
use crate::actor::{Consumer, Producer};
use crate::message::MessageType;
use crate::outlet::{Outputs, PortInfo};
use crate::topology::maker;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What stands in for an actor in a simulation.
#[derive(Clone, Copy)]
pub(super) enum StandIn {
    /// Another one.
    Other(Make),
    /// The same with other settings.
    Changed(Change),
}

/// Changes settings.
pub(super) type Change = fn(&mut Map<String, Value>);

impl Registry {
    /// In a [simulation](Self::for_simulation), `P` stands in for the producer called `name` that emits the same messages. It is
    /// made from the same settings, and should leave the world alone: a simulation runs thousands of times, in virtual time.
    ///
    /// # Panics
    /// When there is no such producer.
    ///
    /// ```
    /// use tidegate::prelude::*;
    ///
    /// /// Numbers from the network.
    /// #[derive(serde::Deserialize, schemars::JsonSchema)]
    /// struct Received {
    ///     address: String,
    /// }
    /// # impl Producer for Received {
    /// #     type Out = Outlet<u64>;
    /// #     async fn produce(&mut self, _: &mut Outlet<u64>) -> Result<Next> { Ok(Next::Done) }
    /// # }
    ///
    /// /// Numbers that might have come from there.
    /// #[derive(serde::Deserialize)]
    /// struct MadeUp {}
    ///
    /// impl Producer for MadeUp {
    ///     type Out = Outlet<u64>;
    ///
    ///     async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
    ///         out.emit(7);
    ///         Ok(Next::More)
    ///     }
    /// }
    ///
    /// let registry = Registry::new().producer::<Received>("received").simulated_producer::<MadeUp>("received");
    /// assert!(registry.find("received")[0].is_simulated());
    /// ```
    #[must_use]
    pub fn simulated_producer<P: Producer + DeserializeOwned>(self, name: &str) -> Self {
        self.stand_in(name, None, &P::Out::ports(), |settings| {
            Ok(maker::producer(deserialize::<P>(&settings)?, again(settings)))
        })
    }

    /// The same for the consumer called `name` that takes the same messages.
    ///
    /// # Panics
    /// When there is no such consumer.
    #[must_use]
    pub fn simulated_consumer<C: Consumer + DeserializeOwned>(self, name: &str) -> Self {
        self.stand_in(name, Some(MessageType::of::<C::In>()), &[], |settings| {
            Ok(maker::consumer(deserialize::<C>(&settings)?, again(settings)))
        })
    }

    /// In a simulation, the actors called `name` are made of settings that `change` has changed: without what has them go to
    /// the world outside. This takes the place of others that stood in for them.
    ///
    /// # Panics
    /// When there is no actor of this name.
    #[must_use]
    pub fn simulated_settings(mut self, name: &str, change: fn(&mut Map<String, Value>)) -> Self {
        let known = self.entries.get_mut(name).unwrap_or_else(|| panic!("there is no `{name}`"));
        known.iter_mut().for_each(|one| one.simulated = Some(StandIn::Changed(change)));
        self
    }

    /// The same actors, but those in whose place there is another one in a simulation, or the same with other settings.
    #[must_use]
    pub fn for_simulation(&self) -> Self {
        let mut registry = self.clone();
        for one in registry.entries.values_mut().flatten() {
            match one.simulated {
                Some(StandIn::Other(make)) => one.make = make,
                Some(StandIn::Changed(change)) => one.change = Some(change),
                None => {}
            }
        }
        registry
    }

    fn stand_in(mut self, name: &str, input: Option<MessageType>, ports: &[PortInfo], make: Make) -> Self {
        let known = self.entries.get_mut(name).into_iter().flatten();
        match known.into_iter().find(|one| one.input == input && one.ports == ports) {
            Some(known) => known.simulated = Some(StandIn::Other(make)),
            None => panic!("there is no `{name}` of these messages for which another could stand in"),
        }
        self
    }
}

impl Registration {
    /// Whether another actor stands in for it in a simulation.
    pub fn is_simulated(&self) -> bool {
        matches!(self.simulated, Some(StandIn::Other(_)))
    }
}
