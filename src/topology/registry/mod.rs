//! The actors that topology files may name.

mod simulated;

use super::maker::{self, Maker};
use super::node::Role;
use super::table::{Table, TableRegistration};
use crate::actor::{Consumer, Join, Producer, Stage};
use crate::message::{Keyed, Message, MessageFacts, MessageType, Weigh};
use crate::outlet::{Outputs, PortInfo};
use indexmap::IndexMap;
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;
use simulated::{Change, StandIn};

/// The actors that topology files may name, with their message types and settings.
///
/// One name may stand for several actors that differ in their message types only, like a `stdout` for lines and
/// one for records; a topology takes the one that fits its links.
///
/// ```
/// use tidegate::prelude::*;
///
/// /// Multiplies each number.
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct Multiply {
///     /// The factor.
///     by: u64,
/// }
///
/// impl Stage for Multiply {
///     type In = u64;
///     type Out = Outlet<u64>;
///
///     async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
///         out.emit(n * self.by);
///         Ok(())
///     }
/// }
///
/// let registry = Registry::new().stage::<Multiply>("multiply");
/// assert_eq!(registry.find("multiply")[0].summary(), "Multiplies each number.");
/// ```
#[derive(Clone, Default)]
pub struct Registry {
    entries: IndexMap<String, Vec<Registration>>,
    tables: IndexMap<&'static str, TableRegistration>,
    facts: MessageFacts,
}

/// One actor a topology file may name.
#[derive(Clone)]
pub struct Registration {
    name: String,
    role: Role,
    input: Option<MessageType>,
    second_input: Option<MessageType>,
    ports: Vec<PortInfo>,
    schema: Schema,
    make: Make,
    /// What is done to its settings before.
    change: Option<Change>,
    /// What there is in its place in a simulation.
    simulated: Option<StandIn>,
}

/// Makes an actor from its settings.
type Make = fn(Value) -> Result<Box<dyn Maker>, SettingsError>;

/// Settings that do not fit the actor.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct SettingsError {
    /// The key inside the settings, outermost first.
    pub key: Vec<String>,
    /// What is wrong.
    pub message: String,
}

/// A registered actor that makes messages of another type.
#[derive(Clone, Debug)]
pub(crate) struct Converter {
    pub(crate) actor: String,
    pub(crate) from: MessageType,
    pub(crate) to: MessageType,
}

impl Registry {
    /// A registry without actors.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a producer.
    #[must_use]
    pub fn producer<P: Producer + DeserializeOwned + JsonSchema>(self, name: &str) -> Self {
        self.add(Registration::of::<P>(name, Role::Producer, P::Out::ports(), |settings| {
            Ok(maker::producer(deserialize::<P>(&settings)?, again(settings)))
        }))
    }

    /// Adds a stage.
    #[must_use]
    pub fn stage<S: Stage + DeserializeOwned + JsonSchema>(self, name: &str) -> Self {
        let registration = Registration::of::<S>(name, Role::Stage, S::Out::ports(), |settings| {
            Ok(maker::stage(deserialize::<S>(&settings)?, again(settings)))
        });
        self.add(Registration { input: Some(MessageType::of::<S::In>()), ..registration })
    }

    /// Adds a stage with two inputs; a topology gives them in their order: `inputs = ["LEFT", "RIGHT"]`.
    #[must_use]
    pub fn join<J: Join + DeserializeOwned + JsonSchema>(self, name: &str) -> Self {
        let registration = Registration::of::<J>(name, Role::Stage, J::Out::ports(), |settings| {
            Ok(maker::join(deserialize::<J>(&settings)?, again(settings)))
        });
        self.add(Registration {
            input: Some(MessageType::of::<J::Left>()),
            second_input: Some(MessageType::of::<J::Right>()),
            ..registration
        })
    }

    /// Adds a consumer.
    #[must_use]
    pub fn consumer<C: Consumer + DeserializeOwned + JsonSchema>(self, name: &str) -> Self {
        let registration = Registration::of::<C>(name, Role::Consumer, Vec::new(), |settings| {
            Ok(maker::consumer(deserialize::<C>(&settings)?, again(settings)))
        });
        self.add(Registration { input: Some(MessageType::of::<C::In>()), ..registration })
    }

    /// Lets topology files have the table `T`, which the runtime does not read: it is checked, and handed out by
    /// [`Loaded::table`](super::file::Loaded::table).
    ///
    /// # Panics
    /// When the runtime has a table of this name.
    #[must_use]
    pub fn table<T: Table>(mut self) -> Self {
        assert!(!super::file::is_table(T::NAME), "`{}` is a table of the runtime", T::NAME);
        self.tables.insert(T::NAME, TableRegistration::of::<T>());
        self
    }

    /// Messages of type `T` can be weighed, so their mailboxes may have `max_bytes`.
    #[must_use]
    pub fn weighed<T: Message + Weigh>(mut self) -> Self {
        self.facts.weighed::<T>();
        self
    }

    /// Messages of type `T` have keys, so they can be routed by hash.
    #[must_use]
    pub fn keyed<T: Message + Keyed>(mut self) -> Self {
        self.facts.keyed::<T>();
        self
    }

    /// The actors called `name`; empty if there is none, several if they differ in their message types.
    pub fn find(&self, name: &str) -> &[Registration] {
        self.entries.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every name, in the order of registration.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// What is known about message types.
    pub fn facts(&self) -> &MessageFacts {
        &self.facts
    }

    /// The tables beside those of the runtime, in the order of registration.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (&'static str, &TableRegistration)> + Clone {
        self.tables.iter().map(|(name, table)| (*name, table))
    }

    /// The stages with one outlet whose messages come out as another type.
    pub(crate) fn converters(&self) -> Vec<Converter> {
        let all = self.entries.values().flatten();
        all.filter_map(|one| match (one.input, one.ports.as_slice()) {
            (Some(from), [PortInfo { name: "", message: to }])
                if from != *to && one.second_input.is_none() =>
            {
                Some(Converter { actor: one.name.clone(), from, to: *to })
            }
            _ => None,
        })
        .collect()
    }

    fn add(mut self, registration: Registration) -> Self {
        self.entries.entry(registration.name.clone()).or_default().push(registration);
        self
    }
}

impl Registration {
    /// Actors of type `A` that receive nothing.
    fn of<A: JsonSchema>(name: &str, role: Role, ports: Vec<PortInfo>, make: Make) -> Self {
        Self {
            name: name.into(),
            role,
            input: None,
            second_input: None,
            ports,
            schema: schemars::schema_for!(A),
            make,
            change: None,
            simulated: None,
        }
    }

    /// The name in `actor = "..."`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The part it plays.
    pub fn role(&self) -> Role {
        self.role
    }

    /// What it receives; `None` for a producer.
    pub fn input(&self) -> Option<MessageType> {
        self.input
    }

    /// What it receives from its second input, if it has two that are taken apart.
    pub fn second_input(&self) -> Option<MessageType> {
        self.second_input
    }

    /// What it receives from its input of this number, from 0; `None` for a producer.
    pub fn input_of(&self, number: usize) -> Option<MessageType> {
        self.second_input.filter(|_| number == 1).or(self.input)
    }

    /// What it emits.
    pub fn ports(&self) -> &[PortInfo] {
        &self.ports
    }

    /// The settings, as a JSON schema.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// What it does: the doc comment of its type.
    pub fn summary(&self) -> &str {
        self.schema.get("description").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn make(&self, mut settings: Value) -> Result<Box<dyn Maker>, SettingsError> {
        if let (Some(change), Value::Object(settings)) = (self.change, &mut settings) {
            change(settings);
        }
        (self.make)(settings)
    }
}

pub(super) fn deserialize<A: DeserializeOwned>(settings: &Value) -> Result<A, SettingsError> {
    serde_path_to_error::deserialize(settings).map_err(|error| SettingsError {
        key: keys_of(error.path()),
        message: error.into_inner().to_string(),
    })
}

/// The keys a path of serde leads through; parts it cannot name, and names of enum variants, are no keys.
pub(crate) fn keys_of(path: &serde_path_to_error::Path) -> Vec<String> {
    path.iter()
        .filter(|segment| matches!(segment, Segment::Map { .. } | Segment::Seq { .. }))
        .map(|segment| match segment {
            Segment::Seq { index } => index.to_string(),
            other => other.to_string(),
        })
        .collect()
}

/// Makes further instances from the settings of the first.
fn again<A: DeserializeOwned>(settings: Value) -> impl FnMut(usize) -> crate::Result<A> + Send {
    move |_| deserialize(&settings).map_err(Into::into)
}
