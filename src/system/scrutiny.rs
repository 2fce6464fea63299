//! A close look at a topology of which nothing moves while it is looked at: what must be so after each turn of a cell.

use super::handle::Handle;
use super::report::Phase;
use super::roster::Roster;
use crate::ledger::{ActorState, Counts};
use crate::mailbox::MailboxFace;
use crate::sync::Ordering;
use crate::topology::plan::PlannedNode;

/// What was seen at the last look.
#[derive(Default)]
pub(crate) struct Scrutiny {
    /// The depth of each mailbox in messages and in bytes, in the order of the topology.
    depths: Vec<(usize, usize)>,
}

/// What is seen at a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Of all counts and states: two runs that are the same have the same of these.
    pub(crate) digest: u64,
    /// Grows whenever a message gets any further.
    pub(crate) progress: u64,
}

/// The hash of Fowler, Noll and Vo, a number at a time.
pub(crate) fn digest(so_far: u64, number: u64) -> u64 {
    (so_far ^ number).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(29)
}

impl Handle {
    /// Looks at every bound and every ledger, which must be right after each turn of a cell where one thread runs all.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn scrutinise(&self, last: &mut Scrutiny) -> Result<Seen, String> {
        self.roster.scrutinise(last)
    }

    /// Looks for what must not be when every cell has done all it can for now.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn scrutinise_rest(&self) -> Result<(), String> {
        self.roster.held_for_nothing()
    }

    /// How far the topology has come.
    pub(crate) fn phase(&self) -> Phase {
        Phase::from_number(self.roster.phase.load(Ordering::Relaxed))
    }

    /// The names of the actors.
    pub(crate) fn actors(&self) -> Vec<String> {
        self.roster.nodes.iter().map(|node| node.name.clone()).collect()
    }
}

impl Roster {
    fn scrutinise(&self, last: &mut Scrutiny) -> Result<Seen, String> {
        let mut seen = Seen { digest: 0, progress: 0 };
        let mut mailboxes = 0;
        for node in &self.nodes {
            for mailbox in &node.mailboxes {
                if last.depths.len() == mailboxes {
                    last.depths.push((0, 0));
                }
                let depths = within_bounds(node, mailbox.as_ref(), last.depths[mailboxes])?;
                last.depths[mailboxes] = depths;
                seen.digest = digest(seen.digest, (depths.0 as u64) << 32 | depths.1 as u64);
                mailboxes += 1;
            }
            accounted(node, &mut seen)?;
        }
        seen.digest = digest(seen.digest, self.feed.since().elapsed().as_nanos() as u64);
        Ok(seen)
    }

    fn held_for_nothing(&self) -> Result<(), String> {
        for planned in &self.links {
            let link = &planned.link;
            if planned.mailbox.gate().holds_for_nothing(link) {
                return Err(format!(
                    "`{}` is asked to hold by the mailbox of `{}`, which is open",
                    link.from(),
                    link.to()
                ));
            }
        }
        Ok(())
    }
}

/// The depths of a mailbox, which must not be above its limits, but for what was in it when these were lowered.
fn within_bounds(
    node: &PlannedNode,
    mailbox: &dyn MailboxFace,
    (messages, bytes): (usize, usize),
) -> Result<(usize, usize), String> {
    let gate = mailbox.gate();
    let (depth, capacity) = (gate.depth(), gate.capacity());
    let name = &node.name;
    if depth > capacity && depth > messages {
        return Err(format!("the mailbox of `{name}` has a depth of {depth}, and a capacity of {capacity}"));
    }
    let (used, limit) = gate.bytes().unwrap_or_default();
    if used > limit && used > bytes {
        return Err(format!("the mailbox of `{name}` has {used} bytes in use, and may have {limit}"));
    }
    if gate.waiting() > depth {
        let waiting = gate.waiting();
        return Err(format!(
            "{waiting} messages wait in the mailbox of `{name}`, and {depth} places are taken"
        ));
    }
    if !gate.is_settled() {
        let (marks, pressured) = (gate.marks(), gate.pressure().pressured);
        return Err(format!(
            "the mailbox of `{name}` has a depth of {depth} with the marks {} and {}, and is {}",
            marks.low,
            marks.high,
            if pressured { "pressured" } else { "open" }
        ));
    }
    Ok((depth, used))
}

/// Everything that was received must be accounted for.
fn accounted(node: &PlannedNode, seen: &mut Seen) -> Result<(), String> {
    let counts: Vec<Counts> = node.tallies.iter().map(|tally| tally.read()).collect();
    let of_instances = |count: fn(&Counts) -> u64| counts.iter().map(count).sum::<u64>();
    let of_mailboxes = |count: fn(&dyn MailboxFace) -> u64| -> u64 {
        node.mailboxes.iter().map(|mailbox| count(mailbox.as_ref())).sum()
    };
    let received = of_mailboxes(|mailbox| mailbox.received());
    let handled = of_instances(|counts| counts.handled);
    let failed = of_instances(|counts| counts.failed);
    let dropped = of_mailboxes(|mailbox| mailbox.overflow() + mailbox.cancelled() + mailbox.shed());
    let left = of_instances(|counts| counts.left) + of_mailboxes(|mailbox| mailbox.left());
    let waiting = of_mailboxes(|mailbox| mailbox.gate().waiting() as u64);
    let in_handler = of_instances(|counts| counts.in_handler);
    let emitted: u64 = node.emitted.iter().map(|count| count.load(Ordering::Relaxed)).sum();
    let signals = of_mailboxes(|mailbox| {
        let pressure = mailbox.gate().pressure();
        pressure.backpressure_signals + pressure.resume_signals
    });
    let restarts = of_instances(|counts| counts.restarts);
    for number in [received, handled, failed, dropped, left, waiting, in_handler, emitted, signals, restarts]
    {
        seen.digest = digest(seen.digest, number);
    }
    seen.progress += received + handled + failed + dropped + left + emitted + restarts;
    let is_stuck = counts.iter().any(|counts| counts.state == ActorState::Stuck);
    let accounted = handled + failed + dropped + left + waiting + in_handler;
    if !node.mailboxes.is_empty() && received != accounted && !is_stuck {
        return Err(format!(
            "`{}` received {received} messages and accounts for {accounted}: {handled} handled, {failed} failed, \
             {dropped} dropped, {left} left, {waiting} waiting, {in_handler} in a handler",
            node.name
        ));
    }
    Ok(())
}
