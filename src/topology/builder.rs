//! A topology, and how to build one in code.

use super::bulkhead::BulkheadOptions;
use super::elastic::ElasticOptions;
use super::maker::{self, Maker};
use super::node::{Delivery, InputOptions, Node, NodeOptions, Role, Routing};
use super::registry::Converter;
use crate::actor::{Aimd, Breaker, Consumer, Join, OnError, Producer, ProducerReaction, Stage};
use crate::mailbox::MailboxOptions;
use crate::message::{Keyed, Message, MessageFacts, Weigh};
use crate::{LimitOptions, Place, Problem, Rate};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Options of the runtime as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RuntimeOptions {
    /// How many arbiters (threads) run the actors; at least 1. Default: one per core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arbiters: Option<usize>,
    /// What all that happens at random follows from. Default: another one for each run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

impl RuntimeOptions {
    /// How many arbiters there are.
    pub fn arbiters(&self) -> usize {
        self.arbiters.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, Into::into))
    }
}

/// A graph of actors and links, not yet running.
///
/// In code, each stage and consumer is linked to the actor added before it, unless [`inputs`](Self::inputs) says
/// otherwise. Methods like [`mailbox`](Self::mailbox) speak of the actor added last. Called
/// before there is one, they are an error that [`check`](Self::check) reports.
///
/// ```
/// use tidegate::prelude::*;
///
/// let report = Topology::new("doubled")
///     .producer("n", iter(1..=1000u64))
///     .stage("double", map(|n: u64| n * 2))
///     .mailbox(MailboxOptions::capacity(10))
///     .consumer("sum", for_each(|n: u64| assert!(n % 2 == 0)))
///     .start()?
///     .join();
/// assert_eq!(report.actors["sum"].handled, 1000);
/// # Ok::<(), tidegate::StartError>(())
/// ```
#[derive(Debug)]
pub struct Topology {
    pub(crate) name: String,
    pub(crate) runtime: RuntimeOptions,
    pub(crate) mailbox: MailboxOptions,
    /// The limits that its actors may share, by name.
    pub(crate) limits: IndexMap<String, LimitOptions>,
    /// Groups of threads beside the default one, by name.
    pub(crate) bulkheads: IndexMap<String, BulkheadOptions>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) facts: MessageFacts,
    /// Actors that turn messages of one type into another, to be suggested where the ends of a link differ.
    pub(crate) converters: Vec<Converter>,
    /// What was said of the actor added last while there was none; the check reports it.
    pub(crate) misplaced: Vec<Problem>,
}

impl Topology {
    /// A topology without actors.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            runtime: RuntimeOptions::default(),
            mailbox: MailboxOptions::default(),
            limits: IndexMap::new(),
            bulkheads: IndexMap::new(),
            nodes: Vec::new(),
            facts: MessageFacts::default(),
            converters: Vec::new(),
            misplaced: Vec::new(),
        }
    }

    /// Its name, as reports give it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The actors, in the order they were added.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Options of the runtime.
    pub fn runtime(&self) -> &RuntimeOptions {
        &self.runtime
    }

    /// The bulkheads, by name.
    pub fn bulkheads(&self) -> &IndexMap<String, BulkheadOptions> {
        &self.bulkheads
    }

    /// What is known about message types.
    pub fn facts(&self) -> &MessageFacts {
        &self.facts
    }

    /// Adds a producer.
    #[must_use]
    pub fn producer<P: Producer>(self, name: &str, producer: P) -> Self {
        self.add(name, Role::Producer, type_name::<P>(), maker::producer(producer, only_one(name))).single()
    }

    /// Adds a stage, linked to the actor before it.
    #[must_use]
    pub fn stage<S: Stage>(self, name: &str, stage: S) -> Self {
        self.add(name, Role::Stage, type_name::<S>(), maker::stage(stage, only_one(name))).single()
    }

    /// Adds a stage with two inputs that are taken apart.
    #[must_use]
    pub fn join<J: Join>(
        self,
        name: &str,
        join: J,
        left: impl Into<InputOptions>,
        right: impl Into<InputOptions>,
    ) -> Self {
        self.add(name, Role::Stage, type_name::<J>(), maker::join(join, only_one(name)))
            .inputs([left.into(), right.into()])
    }

    /// Adds a consumer, linked to the actor before it.
    #[must_use]
    pub fn consumer<C: Consumer>(self, name: &str, consumer: C) -> Self {
        self.add(name, Role::Consumer, type_name::<C>(), maker::consumer(consumer, only_one(name))).single()
    }

    /// Adds `instances` copies of a producer; `make` is called with the number of each, from 0.
    #[must_use]
    pub fn producer_each<P: Producer>(
        self,
        name: &str,
        instances: usize,
        mut make: impl FnMut(usize) -> P + Send + 'static,
    ) -> Self {
        let first = make(0);
        self.add(name, Role::Producer, type_name::<P>(), maker::producer(first, move |n| Ok(make(n))))
            .instances(instances)
    }

    /// Adds `instances` copies of a stage; `make` is called with the number of each, from 0.
    #[must_use]
    pub fn stage_each<S: Stage>(
        self,
        name: &str,
        instances: usize,
        mut make: impl FnMut(usize) -> S + Send + 'static,
    ) -> Self {
        let first = make(0);
        self.add(name, Role::Stage, type_name::<S>(), maker::stage(first, move |n| Ok(make(n))))
            .instances(instances)
    }

    /// Adds `instances` copies of a consumer; `make` is called with the number of each, from 0.
    #[must_use]
    pub fn consumer_each<C: Consumer>(
        self,
        name: &str,
        instances: usize,
        mut make: impl FnMut(usize) -> C + Send + 'static,
    ) -> Self {
        let first = make(0);
        self.add(name, Role::Consumer, type_name::<C>(), maker::consumer(first, move |n| Ok(make(n))))
            .instances(instances)
    }

    /// The last actor's messages come from these: `"actor"`, `"actor.port"`, or [`InputOptions`].
    #[must_use]
    pub fn inputs<I: Into<InputOptions>>(self, inputs: impl IntoIterator<Item = I>) -> Self {
        let inputs = inputs.into_iter().map(Into::into).collect();
        self.last("inputs", |options| options.inputs = inputs)
    }

    /// Options of the last actor's mailbox.
    #[must_use]
    pub fn mailbox(self, mailbox: MailboxOptions) -> Self {
        self.last("mailbox", |options| options.mailbox = mailbox)
    }

    /// How messages are spread over the last actor's instances.
    #[must_use]
    pub fn routing(self, routing: Routing) -> Self {
        self.last("routing", |options| options.routing = routing)
    }

    /// Messages go to the last actor's instances by the hash of this field.
    #[must_use]
    pub fn hash_by(self, key: &str) -> Self {
        self.last("hash_by", |options| (options.routing, options.key) = (Routing::Hash, Some(key.into())))
    }

    /// What the instances of the last actor emit goes on in the order of their input, though they work in parallel.
    ///
    /// The outputs of a call stay together. An instance that has finished before those with earlier messages waits for
    /// them, so as many messages are in work as there are instances, and nothing is held beside them. The instances must
    /// share their mailbox ([`Routing::Shared`]). What hooks emit goes on at once.
    ///
    /// ```
    /// use tidegate::prelude::*;
    ///
    /// let (sorted, end) = to_stream::<u64>();
    /// Topology::new("ordered")
    ///     .producer("n", iter(0..100u64))
    ///     .stage_each("square", 4, |_| map(|n: u64| n * n))
    ///     .ordered()
    ///     .consumer("end", end)
    ///     .start()?;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # use futures_util::StreamExt;
    /// # runtime.block_on(async {
    /// assert!(sorted.collect::<Vec<_>>().await.is_sorted());
    /// # });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn ordered(self) -> Self {
        self.last("ordered", |options| options.ordered = true)
    }

    /// The number of the last actor's instances follows the load; it must be of one of the `_each` methods, whose number
    /// this replaces.
    #[must_use]
    pub fn elastic(self, elastic: ElasticOptions) -> Self {
        self.last("elastic", |options| {
            (options.instances, options.elastic) = (elastic.max.max(1), Some(elastic));
        })
    }

    /// The last actor runs on a thread of its own, so that it may block.
    #[must_use]
    pub fn blocking(self) -> Self {
        self.last("blocking", |options| options.blocking = true)
    }

    /// The last actor runs on this arbiter, counted from 0.
    #[must_use]
    pub fn arbiter(self, arbiter: usize) -> Self {
        self.last("arbiter", |options| options.arbiter = Some(arbiter))
    }

    /// The last actor runs on the threads of this [`bulkhead`](Self::bulkhead).
    #[must_use]
    pub fn in_bulkhead(self, name: &str) -> Self {
        self.last("in_bulkhead", |options| options.bulkhead = Some(name.into()))
    }

    /// What an error of the last actor does: an [`OnError`], [`Retry`](crate::Retry) or [`Restart`](crate::Restart).
    #[must_use]
    pub fn on_error(self, on_error: impl Into<OnError>) -> Self {
        self.last("on_error", |options| options.on_error = Some(on_error.into()))
    }

    /// What a panic of the last actor does; it stops the topology if this is not called.
    ///
    /// Unless it is [made anew](OnError::Restart), the actor goes on as the panic left it.
    #[must_use]
    pub fn on_panic(self, on_panic: impl Into<OnError>) -> Self {
        self.last("on_panic", |options| options.on_panic = Some(on_panic.into()))
    }

    /// Puts a breaker in front of the last actor, one for each instance.
    #[must_use]
    pub fn breaker(self, breaker: Breaker) -> Self {
        self.last("breaker", |options| options.breaker = Some(breaker))
    }

    /// All that happens at random, like the jitter of retries, follows from `seed`.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.runtime.seed = Some(seed);
        self
    }

    /// How often messages of the last actor, a producer, are delivered.
    #[must_use]
    pub fn delivery(self, delivery: Delivery) -> Self {
        self.last("delivery", |options| options.delivery = Some(delivery))
    }

    /// The mailboxes of the last actor may drop messages of at-least-once producers.
    #[must_use]
    pub fn allow_loss(self) -> Self {
        self.last("allow_loss", |options| options.allow_loss = true)
    }

    /// What the last actor, a producer, does about `Backpressure`, whatever it would do by itself.
    #[must_use]
    pub fn reaction(self, reaction: ProducerReaction) -> Self {
        self.last("reaction", |options| options.reaction = Some(reaction))
    }

    /// The last actor, a producer, feels for the rate that its readers can take.
    #[must_use]
    pub fn aimd(self, aimd: Aimd) -> Self {
        self.reaction(ProducerReaction::Aimd(aimd))
    }

    /// The last actor, a producer or `throttle`, shares the limit of this name; see [`limit`](Self::limit).
    #[must_use]
    pub fn rate_limit(self, name: &str) -> Self {
        self.last("rate_limit", |options| options.rate_limit = Some(name.into()))
    }

    /// A limit that actors share which name it with [`rate_limit`](Self::rate_limit): what they let pass counts together.
    ///
    /// ```
    /// use tidegate::prelude::*;
    /// use tidegate::Rate;
    ///
    /// let topology = Topology::new("polite")
    ///     .limit("api", Rate::per_second(100.0), 1)
    ///     .producer("a", iter(1..=10u64))
    ///     .rate_limit("api")
    ///     .producer("b", iter(1..=10u64))
    ///     .rate_limit("api")
    ///     .consumer("end", for_each(|n: u64| println!("{n}")))
    ///     .inputs(["a", "b"]);
    /// ```
    #[must_use]
    pub fn limit(mut self, name: &str, rate: Rate, burst: u32) -> Self {
        self.limits.insert(name.into(), LimitOptions { rate, burst });
        self
    }

    /// The limits that its actors may share, by name.
    pub fn limits(&self) -> &IndexMap<String, LimitOptions> {
        &self.limits
    }

    /// Defaults for every mailbox; what an actor's own options say goes before them.
    #[must_use]
    pub fn default_mailbox(mut self, mailbox: MailboxOptions) -> Self {
        self.mailbox = mailbox;
        self
    }

    /// How many arbiters (threads) run the actors.
    #[must_use]
    pub fn arbiters(mut self, arbiters: usize) -> Self {
        self.runtime.arbiters = Some(arbiters);
        self
    }

    /// Adds a named group of threads, for the actors that are put [into it](Self::in_bulkhead) and no others.
    #[must_use]
    pub fn bulkhead(mut self, name: &str, options: BulkheadOptions) -> Self {
        self.bulkheads.insert(name.into(), options);
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

    /// Marks the last actor as one that was given by value.
    fn single(mut self) -> Self {
        self.nodes.iter_mut().last().into_iter().for_each(|node| node.single = true);
        self
    }

    fn instances(self, instances: usize) -> Self {
        self.last("instances", |options| options.instances = instances)
    }

    fn add(mut self, name: &str, role: Role, actor: String, maker: Box<dyn Maker>) -> Self {
        let mut options = NodeOptions::default();
        if let (Some(previous), true) = (self.nodes.last(), role != Role::Producer) {
            options.inputs.push(InputOptions::new(&previous.name));
        }
        self.nodes.push(Node {
            name: name.into(),
            actor,
            role,
            options,
            unknown: false,
            alike: false,
            single: false,
            maker,
        });
        self
    }

    fn last(mut self, method: &str, change: impl FnOnce(&mut NodeOptions)) -> Self {
        match self.nodes.last_mut() {
            Some(node) => change(&mut node.options),
            None => {
                let message = format!("`{method}` was called before there was an actor for it to speak of");
                let problem = Problem::error(Place::default(), message);
                let help = match method {
                    "mailbox" => "call it after the actor it is meant for, or call `default_mailbox`",
                    _ => "call it after the actor it is meant for",
                };
                self.misplaced.push(problem.help(help));
            }
        }
        self
    }
}

fn type_name<A>() -> String {
    let path = std::any::type_name::<A>();
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path).into()
}

/// An actor given by value exists once: only the `_each` methods set a number of instances, so this is never asked.
fn only_one<A>(name: &str) -> impl FnMut(usize) -> crate::Result<A> + Send + use<A> {
    let name = name.to_string();
    move |_| {
        Err(format!(
            "actor `{name}` was given by value and has one instance; use the `_each` method of its kind"
        )
        .into())
    }
}
