//! What the links and the mailboxes at their ends come to.

use super::report::{LinkReport, MailboxReport};
use super::time_report::WaitReport;
use crate::mailbox::{AllWaits, MailboxFace};
use crate::sync::Arc;
use crate::time::Duration;
use crate::topology::plan::PlannedLink;
use indexmap::IndexMap;

/// The links of one emitting end and one actor: those of all instances.
#[derive(Default)]
struct Group<'a> {
    links: Vec<&'a PlannedLink>,
    /// The mailboxes they lead to, each once.
    mailboxes: Vec<&'a dyn MailboxFace>,
}

/// The reports of `links`, so many nanoseconds after the topology began; those of
/// all instances of two actors taken together.
pub(super) fn links(links: &[PlannedLink], now: u64) -> Vec<LinkReport> {
    let mut groups: IndexMap<(&str, &str), Group<'_>> = IndexMap::new();
    for planned in links {
        let group = groups.entry((planned.link.from(), planned.link.to())).or_default();
        group.links.push(planned);
        let known = |other: &&dyn MailboxFace| std::ptr::addr_eq(*other, Arc::as_ptr(&planned.mailbox));
        if !group.mailboxes.iter().any(known) {
            group.mailboxes.push(planned.mailbox.as_ref());
        }
    }
    groups.into_iter().map(|((from, to), group)| report(from, to, &group, now)).collect()
}

fn report(from: &str, to: &str, group: &Group<'_>, now: u64) -> LinkReport {
    let mut report = LinkReport {
        from: from.into(),
        to: to.into(),
        mailbox: MailboxReport::of(group.mailboxes.iter().copied()),
        ..LinkReport::default()
    };
    let mut blocked = Duration::ZERO;
    for PlannedLink { link, sender, .. } in &group.links {
        let (emitted, refused) = link.counts();
        report.emitted += emitted;
        report.refused += refused;
        let (backpressures, resumes, obeyed) = link.signals();
        report.backpressure_signals += backpressures;
        report.resume_signals += resumes;
        report.obeyed_signals += obeyed;
        report.tap |= link.is_tap();
        report.held |= link.is_held();
        // As the sender's own times, so that it is not counted twice in the middle of a turn.
        let (_, held) = sender.times().read(now, || link.holding().total(now));
        blocked += Duration::from_nanos(held);
    }
    report.received = report.emitted - report.refused;
    report.blocked_seconds = blocked.as_secs_f64();
    report.wait = wait(&group.links);
    report
}

/// How long the messages of `links` wait; `None` before the first sample.
fn wait(links: &[&PlannedLink]) -> Option<WaitReport> {
    let mut all = AllWaits::default();
    links.iter().for_each(|one| one.link.waits().add_to(&mut all));
    let recent = all.recent?;
    let seconds = |nanoseconds| Duration::from_nanos(nanoseconds).as_secs_f64();
    let quantile = |quantile| seconds(recent.value_at_quantile(quantile));
    Some(WaitReport {
        samples: recent.len(),
        p50_seconds: quantile(0.5),
        p90_seconds: quantile(0.9),
        p99_seconds: quantile(0.99),
        max_seconds: seconds(recent.max()),
        total_samples: all.total,
        total_seconds: all.sum.as_secs_f64(),
    })
}

impl MailboxReport {
    /// Those of several `mailboxes`, taken together.
    pub(super) fn of<'a>(mailboxes: impl Iterator<Item = &'a dyn MailboxFace>) -> Self {
        let mut report = Self::default();
        let (mut pressured, mut count) = (Duration::ZERO, 0_u32);
        for gate in mailboxes.map(MailboxFace::gate) {
            let pressure = gate.pressure();
            report.capacity += gate.capacity();
            report.largest_capacity += gate.largest();
            report.peak += gate.peak();
            report.depth += gate.depth();
            report.backpressure_signals += pressure.backpressure_signals;
            report.resume_signals += pressure.resume_signals;
            report.pressured |= pressure.pressured;
            let marks = gate.marks();
            report.high += marks.high;
            report.low += marks.low;
            if let Some((used, most)) = gate.bytes() {
                *report.bytes.get_or_insert(0) += used as u64;
                *report.max_bytes.get_or_insert(0) += most as u64;
            }
            pressured += pressure.pressured_time;
            count += 1;
        }
        report.pressured_seconds = pressured.as_secs_f64() / f64::from(count.max(1));
        report
    }
}
