//! What the rules of each chapter say about any run.

use super::{Played, Run};
use crate::recorded::*;
use std::collections::HashMap;
use tidegate::{ActorState, Outcome, SignalKind};

type Checked = Result<(), String>;

fn check(holds: bool, rule: &str, told: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(format!("rule {rule}: {}", told())) }
}

impl Played {
    fn emitted(&self) -> Vec<u64> {
        self.log.iter().filter_map(|what| if let Emits(n) = what { Some(*n) } else { None }).collect()
    }

    fn taken(&self) -> Vec<u64> {
        self.log.iter().filter_map(|what| if let Takes(n) = what { Some(*n) } else { None }).collect()
    }

    fn did(&self, what: &What) -> bool {
        self.log.contains(what)
    }

    fn done(&self) -> u64 {
        self.log.iter().filter(|what| matches!(what, IsDone(_))).count() as u64
    }

    fn has_left(&self) -> bool {
        self.done() == self.wants
    }
}

impl Run {
    fn has_failed(&self, actor: &Played) -> bool {
        self.report.actors[&actor.name].state == ActorState::Failed
    }

    /// Whether its readers are to hear that there should have been more.
    fn ends_failed(&self, actor: &Played) -> bool {
        self.has_failed(actor) || actor.did(&HearsFailure)
    }

    fn readers(&self) -> impl Iterator<Item = &Played> {
        self.actors.iter().filter(|actor| !actor.from.is_empty())
    }
}

/// Chapter 1, for all that emit and those that read them.
pub(super) fn of_publishers(run: &Run) -> Checked {
    for reader in run.readers() {
        at_most_what_was_asked_for(run, reader)?;
        one_after_the_other(reader)?;
        let heard = reader.did(&HearsFailure);
        let failed = reader.from.iter().any(|from| run.ends_failed(&run.actors[*from]));
        // Who left or failed is told nothing, and who failed with its last message, neither.
        if reader.did(&Ends) && !reader.has_left() {
            check(heard == failed, "1.04", || format!("{} heard={heard} failed={failed}", reader.name))?;
        }
        check(reader.done() <= reader.wants, "1.08", || format!("{} takes too much", reader.name))?;
        // Who reads one actor takes what that emits, from the first on, in order, and nothing else.
        if let [from] = reader.from[..] {
            let (emitted, taken) = (run.actors[from].emitted(), reader.taken());
            check(emitted.starts_with(&taken), "1.11", || format!("{} takes {taken:?}", reader.name))?;
            let all = reader.did(&Ends) && !reader.has_left();
            check(!all || emitted.len() == taken.len(), "1.05", || format!("{} ends early", reader.name))?;
        }
    }
    Ok(())
}

fn at_most_what_was_asked_for(run: &Run, reader: &Played) -> Checked {
    // A call that waits keeps no room meanwhile: what it then emits is in the hand of its actor until there is some.
    let in_hand = reader.from.len();
    let mut waiting = 0;
    for (who, what) in &run.log {
        match what {
            Emits(_) if reader.from.contains(who) => waiting += 1,
            Takes(_) if run.actors[*who].name == reader.name => waiting -= 1,
            // From here on it asks for nothing, and gets nothing.
            Ends | Stops | IsGone if run.actors[*who].name == reader.name => return Ok(()),
            _ => {}
        }
        check(waiting <= (reader.capacity + in_hand) as i64, "1.01", || {
            format!("{waiting} wait for {}", reader.name)
        })?;
        check(waiting >= 0, "1.01", || format!("{} takes what nobody emitted", reader.name))?;
    }
    Ok(())
}

/// `onSubscribe onNext* (onError | onComplete)?`, in our words.
fn one_after_the_other(actor: &Played) -> Checked {
    let wrong = |what: &What| Err(format!("rule 1.03: {} {what:?} in {:?}", actor.name, actor.log));
    let mut in_hand = None;
    let mut place = 0;
    for what in &actor.log {
        let next = match what {
            Starts => 1,
            Takes(_) | IsDone(_) | Emits(_) | Hears(..) => 2,
            HearsFailure => 3,
            Ends => 4,
            Stops => 5,
            IsGone => 6,
        };
        if next < place || (next == place && next != 2) || (place == 0 && next != 1) {
            return wrong(what);
        }
        place = next;
        match what {
            Takes(_) if in_hand.is_some() && !actor.skips => return wrong(what),
            Takes(n) => in_hand = Some(*n),
            Emits(n) if !actor.from.is_empty() && in_hand != Some(*n) => return wrong(what),
            IsDone(n) if in_hand.take() != Some(*n) => return wrong(what),
            _ => {}
        }
    }
    check(place == 6, "1.07", || format!("{} is still there", actor.name))
}

/// Chapter 2, for all that read.
pub(super) fn of_subscribers(run: &Run) -> Checked {
    let failed = run.actors.iter().filter(|actor| run.has_failed(actor));
    let failed: Vec<&str> = failed.map(|actor| actor.name.as_str()).collect();
    check((run.report.outcome == Outcome::Failed) != failed.is_empty(), "2.13", || format!("{failed:?}"))?;
    let error = run.report.error.as_deref().unwrap_or_default();
    let named = failed.is_empty() || failed.iter().any(|name| error.contains(&format!("`{name}`")));
    check(named, "2.13", || format!("{failed:?} and {error}"))?;
    for reader in run.readers() {
        let report = &run.report.actors[&reader.name];
        let peak = report.mailbox.as_ref().map_or(0, |mailbox| mailbox.peak);
        check(peak <= reader.capacity, "2.01", || format!("{} held {peak}", reader.name))?;
        let ended = matches!(report.state, ActorState::Ended | ActorState::Failed);
        check(ended, "2.09", || format!("{} has not ended", reader.name))?;
        let starts = reader.log.iter().filter(|what| **what == Starts).count();
        check(starts == 1, "2.12", || format!("{} starts {starts} times", reader.name))?;
        // Nothing gets lost, but for what waits for somebody who fails, or of whom somebody downstream has failed.
        let lost = report.left > 0 && (reader.did(&Ends) || failed.is_empty());
        check(!lost, "2.08", || format!("{} left {}", reader.name, report.left))?;
        let cancelled = report.dropped.total();
        let may_cancel = reader.has_left() || !reader.did(&Ends);
        check(cancelled == 0 || may_cancel, "2.04", || format!("{} cancelled {cancelled}", reader.name))?;
    }
    for (number, actor) in run.actors.iter().enumerate().filter(|(_, actor)| !actor.to.is_empty()) {
        let gone = |reader: &usize| run.log.iter().position(|(who, what)| who == reader && *what == IsGone);
        let Some(last) = actor.to.iter().filter_map(gone).max() else { continue };
        let late = run.log[last..].iter().filter(|(who, what)| *who == number && matches!(what, Emits(_)));
        // The call that it is in, and no other.
        check(late.count() <= 1, "2.06", || format!("{} goes on without readers", actor.name))?;
    }
    Ok(())
}

/// Chapter 3, for all links.
pub(super) fn of_subscriptions(run: &Run) -> Checked {
    let mut last: HashMap<(&str, &str), (u64, SignalKind)> = HashMap::new();
    for signal in &run.signals {
        let link = (signal.from.as_str(), signal.to.as_str());
        let known = last.insert(link, (signal.epoch, signal.kind));
        let fits = known.is_none_or(|(epoch, kind)| signal.epoch == epoch + 1 && signal.kind != kind);
        check(fits, "3.08", || format!("{signal:?} after {known:?}"))?;
    }
    for link in &run.report.links {
        let told = || format!("{link:?}");
        let reader = run.actors.iter().find(|actor| actor.name == link.to).ok_or_else(told)?;
        check(!link.held && link.mailbox.depth == 0, "3.06", told)?;
        check(link.emitted == link.received + link.refused, "3.12", told)?;
        check(link.refused == 0 || reader.has_left() || !reader.did(&Ends), "3.12", told)?;
        let (said, taken_back) = (link.backpressure_signals, link.resume_signals);
        check(taken_back <= said && said <= taken_back + 1, "3.08", told)?;
    }
    for actor in &run.actors {
        let gone = actor.log.iter().filter(|what| **what == IsGone).count();
        check(gone == 1 && actor.log.last() == Some(&IsGone), "3.13", || actor.name.clone())?;
    }
    Ok(())
}

/// Chapter 4, for all stages.
pub(super) fn of_processors(run: &Run) -> Checked {
    for stage in run.readers().filter(|actor| !actor.to.is_empty()) {
        one_after_the_other(stage)?;
        at_most_what_was_asked_for(run, stage)?;
        // It passes on what it takes, but for the message that it fails with and the one that is taken from its hand.
        let (taken, emitted) = (stage.taken(), stage.emitted());
        let mut rest = taken.iter();
        let passed = emitted.iter().all(|n| rest.any(|taken| taken == n));
        check(passed, "4.01", || format!("{} takes {taken:?} and emits {emitted:?}", stage.name))?;
        for reader in stage.to.iter().map(|to| &run.actors[*to]) {
            let heard = reader.did(&HearsFailure);
            let must = run.ends_failed(stage) && reader.did(&Ends) && !reader.has_left();
            check(heard || !must, "4.02", || format!("{} is not told", reader.name))?;
            let after = reader.log.iter().skip_while(|what| **what != HearsFailure);
            let late = after.filter(|what| matches!(what, Takes(_))).count();
            check(late == 0, "4.02", || format!("{} takes {late} after the failure", reader.name))?;
        }
    }
    Ok(())
}
