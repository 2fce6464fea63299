//! Mailboxes: capacities, watermarks and limits that can work.

use super::super::wires::Wires;
use crate::mailbox::{MailboxOptions, Overflow};
use crate::topology::{Node, Role};
use crate::{Place, Problem, Topology};

pub(super) fn check(topology: &Topology, wires: &Wires) -> Vec<Problem> {
    let defaults = &topology.mailbox;
    let mut problems = Vec::new();
    options(&Place::default().key("mailbox"), defaults, defaults, &mut problems);
    for node in topology.nodes() {
        let place = Place::actor(&node.name).key("mailbox");
        let own = &node.options.mailbox;
        if node.role == Role::Producer {
            if *own != MailboxOptions::default() {
                let problem =
                    Problem::error(place, format!("`{}` is a producer, which has no mailbox", node.name));
                problems.push(problem.help("set the mailbox of the actor that reads from it"));
            }
            continue;
        }
        let resolved = topology.mailbox_options(node, None);
        options(&place, own, &resolved, &mut problems);
        if node.options.inputs.iter().any(|input| !node.has_own_mailbox(input)) {
            problems.extend(weighed(topology, node, 0, &place, &resolved));
        }
        for (number, input) in node.options.inputs.iter().enumerate() {
            if let Some(own) = &input.mailbox {
                let place = Place::actor(&node.name).key("inputs").key(&number.to_string()).key("mailbox");
                let resolved = topology.mailbox_options(node, Some(input));
                options(&place, own, &resolved, &mut problems);
                problems.extend(weighed(topology, node, number, &place, &resolved));
            }
        }
    }
    problems.extend(too_small(topology, wires));
    problems
}

/// What is wrong with the options of one mailbox, which are given at `place`; `resolved` has those around them filled in.
pub(crate) fn wrong(place: &Place, given: &MailboxOptions, resolved: &MailboxOptions) -> Vec<Problem> {
    let mut problems = Vec::new();
    options(place, given, resolved, &mut problems);
    problems
}

/// What is wrong with the options that are given at `place`; `resolved` has those around them filled in.
fn options(place: &Place, given: &MailboxOptions, resolved: &MailboxOptions, problems: &mut Vec<Problem>) {
    let mut wrong = |key: &str, message: String, help: &str| {
        problems.push(Problem::error(place.clone().key(key), message).help(help));
    };
    if given.capacity == Some(0) {
        wrong("capacity", "a mailbox of capacity 0 takes no message".into(), "the smallest capacity is 1");
    }
    if given.overflow == Some(Overflow::Spill) {
        let help = "use `backpressure`, or one of the policies that drop";
        wrong("overflow", "the overflow policy `spill` is reserved, not yet supported".into(), help);
    }
    if given.max_bytes == Some(0) {
        wrong(
            "max_bytes",
            "a mailbox of 0 bytes takes no message".into(),
            "leave `max_bytes` out for no limit",
        );
    }
    if given.max_message_bytes == Some(0) {
        let help = "leave `max_message_bytes` out for the default";
        wrong("max_message_bytes", "no message has at most 0 bytes".into(), help);
    }
    let most = resolved.max_message_bytes.filter(|_| given.max_message_bytes.or(given.max_bytes).is_some());
    match (most, resolved.max_bytes) {
        (Some(_), None) => {
            let message = "`max_message_bytes` has no effect without `max_bytes`".into();
            wrong("max_message_bytes", message, "set `max_bytes` too, or remove it");
        }
        (Some(message), Some(all)) if message > all && all > 0 => {
            let key = if given.max_message_bytes.is_some() { "max_message_bytes" } else { "max_bytes" };
            let text = format!("a message may have {message} bytes, but all that wait together only {all}");
            wrong(key, text, "make `max_bytes` at least as large as `max_message_bytes`");
        }
        _ => {}
    }
    marks(given, resolved, &mut wrong);
}

fn marks(given: &MailboxOptions, resolved: &MailboxOptions, wrong: &mut impl FnMut(&str, String, &str)) {
    let settings = resolved.resolve();
    let (high, low) = (settings.high, settings.low);
    let help = "watermarks are shares of the capacity: 0 <= low < high <= 1";
    let (high_fits, low_fits) = (high > 0.0 && high <= 1.0, (0.0..1.0).contains(&low));
    if given.high.is_some() && !high_fits {
        wrong("high", format!("the high mark {high} is not above 0 and at most 1"), help);
    }
    if given.low.is_some() && !low_fits {
        wrong("low", format!("the low mark {low} is not at least 0 and below 1"), help);
    }
    if (given.low.is_some() || given.high.is_some()) && high_fits && low_fits && low >= high {
        let key = if given.low.is_some() { "low" } else { "high" };
        wrong(key, format!("the low mark {low} is not below the high mark {high}"), help);
    }
}

/// A limit in bytes needs messages that can be weighed.
fn weighed(
    topology: &Topology,
    node: &Node,
    number: usize,
    place: &Place,
    resolved: &MailboxOptions,
) -> Option<Problem> {
    resolved.max_bytes?;
    let input = node.info().input_of(number).filter(|input| !topology.facts().can_weigh(*input))?;
    let message = format!("`max_bytes` cannot be kept: nobody knows what a `{}` weighs", input.name());
    let help = format!(
        "implement `Weigh` for `{}` and register it with `weighed`, or remove the limit",
        input.name()
    );
    Some(Problem::error(place.clone().key("max_bytes"), message).help(help))
}

/// An actor is called only with room for all it may emit, which a mailbox smaller than that never has.
fn too_small(topology: &Topology, wires: &Wires) -> Vec<Problem> {
    let mut problems = Vec::new();
    for wire in wires.iter() {
        let (reader, input) = (wire.reader(topology), wire.options(topology));
        let mailbox = topology.mailbox_of_input(reader, input);
        let upstream = &topology.nodes()[wire.from];
        let need = upstream.info().max_emit;
        let slots = match (mailbox.max_bytes, mailbox.max_message_bytes) {
            (Some(all), Some(one)) if one > 0 => mailbox.capacity.min((all / one).max(1)),
            _ => mailbox.capacity,
        };
        if !mailbox.overflow.backpressures() || need <= slots || mailbox.capacity == 0 {
            continue;
        }
        let place = Place::actor(&reader.name);
        let place = match input.mailbox {
            Some(_) => place.key("inputs").key(&wire.input.to_string()).key("mailbox").key("capacity"),
            None => place.key("mailbox").key("capacity"),
        };
        let message = format!(
            "`{}` emits up to {need} messages at once, for which this mailbox of {slots} never has room",
            upstream.name
        );
        let help = match slots < mailbox.capacity {
            true => format!(
                "room is reserved by `max_message_bytes`: make `max_bytes` at least {need} times as large"
            ),
            false => format!("make the capacity at least {need}"),
        };
        problems.push(Problem::error(place, message).help(help));
    }
    problems
}
