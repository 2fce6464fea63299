//! Taking over what a topology file says now: all of it, or nothing.

use super::change::{ChangeError, Checked, place};
use super::handle::Handle;
use super::operate::TARGET;
use crate::mailbox::MailboxOptions;
use crate::sync::lock;
use crate::topology::ElasticOptions;
use crate::topology::file::Change;
use indexmap::IndexMap;
use serde_json::{Map, Value as Json};
use std::fmt;

/// Why changes were not taken over; none of them was.
#[derive(Clone, Debug)]
pub struct NotApplied(pub Vec<(Change, String)>);

impl fmt::Display for NotApplied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (change, why)) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{change} ({}): {why}", change.origin)?;
        }
        Ok(())
    }
}

impl std::error::Error for NotApplied {}

/// What is to be done, sorted by how it is done.
#[derive(Default)]
struct Plan<'a> {
    /// By the number of the actor and the input whose mailbox it is.
    mailboxes: IndexMap<(usize, Option<usize>), Options<'a>>,
    /// By the number of the actor.
    instances: IndexMap<usize, Options<'a>>,
    settings: Vec<(usize, &'a str, &'a Change)>,
    refused: Vec<(Change, String)>,
}

/// The options of one mailbox that are new.
#[derive(Default)]
struct Options<'a> {
    values: Map<String, Json>,
    changes: Vec<&'a Change>,
}

const RESTART: &str = "this needs a restart";

impl Handle {
    /// Takes over the differences between the topology as it was read and [as it reads now](crate::topology::file::Configuration::changes):
    /// all of them, or none. The capacities and watermarks of mailboxes can change while a topology runs, and the
    /// settings that an actor says are [live](crate::Stage::live); all else needs a restart.
    ///
    /// Waits until every actor concerned has taken its settings over, between two of its messages.
    ///
    /// # Errors
    /// When one of them cannot be changed while the topology runs; names all of those.
    pub async fn apply(&self, changes: &[Change]) -> Result<(), NotApplied> {
        let mut plan = Plan::default();
        for change in changes {
            self.sort(change, &mut plan);
        }
        let mailboxes = self.checked(&mut plan);
        let instances = self.checked_instances(&mut plan);
        if !plan.refused.is_empty() {
            return Err(NotApplied(plan.refused));
        }
        self.apply_settings(&plan.settings).await?;
        for checked in mailboxes {
            checked.apply();
        }
        for (node, elastic) in instances {
            if let Err(error) = self.set_elastic(&self.roster.nodes[node].name, &elastic) {
                tracing::error!(target: TARGET, "{error}");
            }
        }
        Ok(())
    }

    /// What kind of change it is.
    fn sort<'a>(&self, change: &'a Change, plan: &mut Plan<'a>) {
        let keys: Vec<&str> = change.keys.iter().map(String::as_str).collect();
        let refuse = |why: &str| (change.clone(), why.to_string());
        // Defaults show at every actor that they are in force for.
        let ["producers" | "stages" | "consumers", actor, rest @ ..] = &keys[..] else {
            if !matches!(keys[..], ["mailbox", _]) {
                plan.refused.push(refuse(RESTART));
            }
            return;
        };
        let Some(node) = self.roster.find(actor) else {
            // Its other keys say no more.
            if rest == ["actor"] {
                plan.refused.push(refuse("an actor that is added needs a restart"));
            }
            return;
        };
        let (input, key) = match rest {
            ["actor"] if change.to.is_none() => {
                plan.refused.push(refuse("an actor that is taken out needs a restart"));
                return;
            }
            ["mailbox", key] => (None, *key),
            ["inputs", number, "mailbox", key] => (number.parse().ok(), *key),
            ["instances", key] if self.roster.nodes[node].scale.is_some() => {
                if let Some(value) = &change.to {
                    let options = plan.instances.entry(node).or_default();
                    options.values.insert((*key).into(), value.clone());
                    options.changes.push(change);
                } else {
                    plan.refused.push(refuse(RESTART));
                }
                return;
            }
            [key] if self.roster.nodes[node].live.contains(key) && change.to.is_some() => {
                plan.settings.push((node, key, change));
                return;
            }
            _ => {
                plan.refused.push(refuse(RESTART));
                return;
            }
        };
        let known = self.roster.nodes[node].tunable.iter();
        if !known.clone().any(|one| one.number == input) {
            if input.is_some() {
                plan.refused.push(refuse(RESTART));
            }
            // No input shares the mailbox: its options are only defaults.
            return;
        }
        match &change.to {
            Some(value) => {
                let options = plan.mailboxes.entry((node, input)).or_default();
                options.values.insert(key.into(), value.clone());
                options.changes.push(change);
            }
            None => plan.refused.push(refuse(RESTART)),
        }
    }

    /// The changes of mailboxes, each found to be possible.
    fn checked(&self, plan: &mut Plan) -> Vec<Checked<'_>> {
        let mut all = Vec::new();
        for ((node, input), Options { values, changes }) in &plan.mailboxes {
            let node = &self.roster.nodes[*node];
            let options = serde_json::from_value::<MailboxOptions>(Json::Object(values.clone()));
            let options = options.expect("options of a mailbox, because they were read as such");
            let tunable = node.tunable.iter().find(|one| one.number == *input);
            let tunable = tunable.expect("a mailbox: it was looked for when the change was sorted");
            match Checked::new(&node.name, tunable, place(&node.name, tunable), &options) {
                Ok(checked) => all.push(checked),
                Err(error) => {
                    plan.refused.extend(changes.iter().map(|change| ((*change).clone(), error.to_string())));
                }
            }
        }
        all
    }

    /// The changes of numbers of instances, each found to be possible.
    fn checked_instances(&self, plan: &mut Plan) -> Vec<(usize, ElasticOptions)> {
        let mut all = Vec::new();
        for (number, Options { values, changes }) in &plan.instances {
            let node = &self.roster.nodes[*number];
            let known = node.scale.as_ref().map(|scale| serde_json::to_value(&*lock(&scale.options)));
            let Some(Ok(Json::Object(mut merged))) = known else { continue };
            merged.extend(values.clone());
            let elastic = serde_json::from_value::<ElasticOptions>(Json::Object(merged));
            let elastic = elastic.expect("numbers of instances, because they were read as such");
            match self.check_elastic(&node.name, &elastic) {
                Ok(()) => all.push((*number, elastic)),
                Err(error) => {
                    plan.refused.extend(changes.iter().map(|change| ((*change).clone(), error.to_string())));
                }
            }
        }
        all
    }

    /// Hands new settings to their actors. Should one refuse what was found to be right, those before it get their old
    /// ones back.
    async fn apply_settings(&self, settings: &[(usize, &str, &Change)]) -> Result<(), NotApplied> {
        for (at, (node, key, change)) in settings.iter().enumerate() {
            let value = change.to.clone().unwrap_or_default();
            let name = &self.roster.nodes[*node].name;
            let Err(error) = self.set(name, key, value).await else { continue };
            for (node, key, change) in &settings[..at] {
                let name = &self.roster.nodes[*node].name;
                if let Some(old) = change.from.clone()
                    && let Err(error) = self.set(name, key, old).await
                {
                    tracing::error!(target: TARGET, actor = %name, "`{key}` keeps its new value: {error}");
                }
            }
            return Err(NotApplied(vec![((*change).clone(), why(error))]));
        }
        Ok(())
    }
}

fn why(error: ChangeError) -> String {
    match error {
        ChangeError::NotLive { why, .. } => why,
        other => other.to_string(),
    }
}
