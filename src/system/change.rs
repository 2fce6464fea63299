//! What can be changed while a topology runs.

use super::coordinator::Event;
use super::handle::Handle;
use super::operate::TARGET;
use crate::mailbox::{MailboxOptions, MailboxSettings};
use crate::sync::lock;
use crate::topology::ElasticOptions;
use crate::topology::blueprint::Scale;
use crate::topology::check::elastic::limits;
use crate::topology::check::mailboxes::wrong;
use crate::topology::nearest::{shown, suggestion};
use crate::topology::plan::Tunable;
use crate::{Place, Problem, Problems};
use tokio::sync::mpsc::unbounded_channel;

/// Why a change to a running topology was refused; nothing of it was done.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// There is no actor of this name.
    #[error("there is no actor `{actor}`{}", help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default())]
    NoActor {
        /// The name.
        actor: String,
        /// What may be meant.
        help: Option<String>,
    },
    /// This needs a restart.
    #[error("`{key}` of actor `{actor}` cannot be changed while it runs: {why}")]
    NotLive {
        /// The actor.
        actor: String,
        /// What was to be changed.
        key: String,
        /// Why that is not possible.
        why: String,
    },
    /// The new value is wrong.
    #[error("{0}")]
    Wrong(#[from] Problems),
}

impl ChangeError {
    pub(super) fn not_live(actor: &str, key: &str, why: impl Into<String>) -> Self {
        Self::NotLive { actor: actor.into(), key: key.into(), why: why.into() }
    }
}

impl Handle {
    /// Changes the capacity and the watermarks of the mailbox of `actor`, of each of them if its instances have their own;
    /// what is `None` stays as it is.
    ///
    /// A capacity below what waits takes effect as that drains: until then the mailbox stays pressured and takes nothing.
    /// A larger one lets in at once who waited for room. All else of a mailbox needs a restart.
    ///
    /// ```
    /// use tidegate::prelude::*;
    ///
    /// let running = Topology::new("endless")
    ///     .producer("n", iter(0u64..))
    ///     .consumer("sink", for_each(|_: u64| {}))
    ///     .start()?;
    /// running.set_mailbox("sink", &MailboxOptions::capacity(64))?;
    /// assert_eq!(running.snapshot().actors["sink"].mailbox.as_ref().unwrap().capacity, 64);
    /// running.stop();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such actor, it has no such mailbox, or `options` cannot be or are not to be changed.
    pub fn set_mailbox(&self, actor: &str, options: &MailboxOptions) -> Result<(), ChangeError> {
        let (tunable, place) = self.mailbox(actor, None)?;
        Checked::new(actor, tunable, place, options)?.apply();
        Ok(())
    }

    /// The same for the mailbox that one of its inputs, called like in `inputs`, has for itself.
    ///
    /// # Errors
    /// Those of [`set_mailbox`](Self::set_mailbox).
    pub fn set_input_mailbox(
        &self,
        actor: &str,
        input: &str,
        options: &MailboxOptions,
    ) -> Result<(), ChangeError> {
        let (tunable, place) = self.mailbox(actor, Some(input))?;
        Checked::new(actor, tunable, place, options)?.apply();
        Ok(())
    }

    /// Sees to it that so many instances of `actor` run; returns at once. From then on their number follows the load
    /// again.
    ///
    /// # Errors
    /// When there is no such actor, it has a fixed number of instances, or so many are not between its least and its most.
    pub fn set_instances(&self, actor: &str, instances: usize) -> Result<(), ChangeError> {
        let (node, scale) = self.scale(actor)?;
        let limits = lock(&scale.options).clone();
        if instances < limits.min || instances > limits.max {
            let message = format!("{instances} is not between {} and {}", limits.min, limits.max);
            return Err(Problems(vec![Problem::error(Place::actor(actor).key("instances"), message)]).into());
        }
        tracing::info!(target: TARGET, actor = %actor, "asked for {instances} instances");
        self.tell(Event::SetInstances { node, instances });
        Ok(())
    }

    /// Changes between which numbers, and how fast, that of the instances of `actor` follows the load. Returns at once.
    ///
    /// # Errors
    /// When there is no such actor, it has a fixed number of instances, the numbers are wrong, or there are more than the
    /// topology was started with places for.
    pub fn set_elastic(&self, actor: &str, elastic: &ElasticOptions) -> Result<(), ChangeError> {
        self.check_elastic(actor, elastic)?;
        let (node, scale) = self.scale(actor)?;
        *lock(&scale.options) = elastic.resolved();
        tracing::info!(target: TARGET, actor = %actor, "between {} and {} instances", elastic.min, elastic.max);
        self.tell(Event::LimitsChanged { node });
        Ok(())
    }

    pub(super) fn check_elastic(&self, actor: &str, elastic: &ElasticOptions) -> Result<(), ChangeError> {
        let (_, scale) = self.scale(actor)?;
        if let Some(problem) = limits(Place::actor(actor).key("instances"), elastic) {
            return Err(Problems(vec![problem]).into());
        }
        if elastic.max > scale.planned {
            let why = format!("it was started with places for {} instances", scale.planned);
            return Err(ChangeError::not_live(actor, "instances.max", why));
        }
        Ok(())
    }

    /// The number of an actor, and of its instances, if that may change.
    fn scale(&self, actor: &str) -> Result<(usize, &Scale), ChangeError> {
        let node = self.node(actor)?;
        let scale = self.roster.nodes[node].scale.as_ref();
        let fixed =
            || ChangeError::not_live(actor, "instances", "their number is fixed; give it a least and a most");
        Ok((node, scale.ok_or_else(fixed)?))
    }

    /// The number of an actor.
    pub(super) fn node(&self, actor: &str) -> Result<usize, ChangeError> {
        self.roster.find(actor).ok_or_else(|| {
            let known: Vec<&str> = self.roster.nodes.iter().map(|node| node.name.as_str()).collect();
            ChangeError::NoActor { actor: shown(actor), help: suggestion(actor, known, "the actors are") }
        })
    }

    /// The mailbox that `input` of `actor` has for itself, or that of all other inputs; and where its options are.
    fn mailbox(&self, actor: &str, input: Option<&str>) -> Result<(&Tunable, Place), ChangeError> {
        let node = &self.roster.nodes[self.node(actor)?];
        let is_meant = |one: &&Tunable| one.input.as_ref().map(ToString::to_string).as_deref() == input;
        let Some(tunable) = node.tunable.iter().find(is_meant) else {
            let why = match input {
                _ if node.tunable.is_empty() => "a producer has none".into(),
                Some(input) => format!("its input `{}` has none of its own", shown(input)),
                None => "each of its inputs has one of its own".into(),
            };
            return Err(ChangeError::not_live(actor, "mailbox", why));
        };
        Ok((tunable, place(actor, tunable)))
    }

    /// Changes a setting of an actor, in all its instances, each between two of its messages; waits for that. An instance
    /// that waits in a call hears of it when that returns.
    ///
    /// # Errors
    /// When there is no such actor, the setting is not one of those that it can [change live](crate::Stage::live), or the
    /// actor refuses the value.
    pub async fn set(
        &self,
        actor: &str,
        key: &str,
        value: impl Into<serde_json::Value>,
    ) -> Result<(), ChangeError> {
        let node = self.node(actor)?;
        let live = self.roster.nodes[node].live;
        if !live.contains(&key) {
            let why = match live {
                [] => "none of its settings can".into(),
                live => suggestion(key, live.iter().copied(), "those that can are").unwrap_or_default(),
            };
            return Err(ChangeError::not_live(actor, &shown(key), why));
        }
        let value = value.into();
        let (reply, mut replies) = unbounded_channel();
        self.tell(Event::Set { node, key: key.into(), value: value.clone(), reply });
        // An instance that has ended says nothing.
        while let Some(taken) = replies.recv().await {
            if let Err(message) = taken {
                return Err(Problems(vec![Problem::error(Place::actor(actor).key(key), message)]).into());
            }
        }
        tracing::info!(target: TARGET, actor = %actor, "`{key}` is {value} now");
        Ok(())
    }
}

/// Where the options of a mailbox are.
pub(super) fn place(actor: &str, tunable: &Tunable) -> Place {
    let place = match tunable.number {
        None => Place::actor(actor),
        Some(number) => Place::actor(actor).key("inputs").key(&number.to_string()),
    };
    place.key("mailbox")
}

/// A change of all mailboxes of one kind that was found to be possible.
pub(super) struct Checked<'a> {
    actor: &'a str,
    tunable: &'a Tunable,
    changed: MailboxSettings,
}

impl<'a> Checked<'a> {
    /// What is `None` in `options`, which are at `place`, stays as it is.
    pub(super) fn new(
        actor: &'a str,
        tunable: &'a Tunable,
        place: Place,
        options: &MailboxOptions,
    ) -> Result<Self, ChangeError> {
        let known = lock(&tunable.settings).clone();
        let all = options.or(&known.options());
        let problems = wrong(&place, options, &all);
        if !problems.is_empty() {
            return Err(Problems(problems).into());
        }
        let changed = all.resolve();
        let fixed = [
            ("overflow", known.overflow == changed.overflow),
            ("max_bytes", known.max_bytes == changed.max_bytes),
            ("max_message_bytes", known.max_message_bytes == changed.max_message_bytes),
        ];
        if let Some((key, _)) = fixed.iter().find(|(_, same)| !same) {
            let why = "only the capacity and the watermarks of a mailbox can";
            return Err(ChangeError::not_live(actor, &format!("mailbox.{key}"), why));
        }
        if changed.overflow.backpressures() && changed.capacity < tunable.need {
            let message = format!(
                "an actor that sends to it emits up to {} messages at once, for which a mailbox of {} never has room",
                tunable.need, changed.capacity
            );
            let problem = Problem::error(place.key("capacity"), message);
            let help = format!("make the capacity at least {}", tunable.need);
            return Err(Problems(vec![problem.help(help)]).into());
        }
        Ok(Self { actor, tunable, changed })
    }

    pub(super) fn apply(self) {
        let mut known = lock(&self.tunable.settings);
        if *known != self.changed {
            self.tunable.mailboxes.iter().for_each(|mailbox| mailbox.gate().change(&self.changed));
            let (before, now) = (told(&known), told(&self.changed));
            tracing::info!(target: TARGET, actor = %self.actor, "mailbox changed: {before} -> {now}");
            *known = self.changed;
        }
    }
}

fn told(settings: &MailboxSettings) -> String {
    let marks = settings.marks();
    format!("capacity {} (high {}, low {})", settings.capacity, marks.high, marks.low)
}
