//! Every metric there is: its name, what it says, its labels, and where its values come from.
//!
//! Names, units and labels follow the conventions of Prometheus: base units, counters that end in `_total`.

use super::process::Process;
use super::samples::{Clients, Samples};
use crate::alerts::{AlertPhase, AlertState};
use tidegate::{ActorReport, ActorState, BreakerState, LinkReport, MailboxReport, Phase, Snapshot};

/// The kind of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Quantiles, a sum and a count.
    Summary,
    /// It is always 1; what it says stands in its labels.
    Info,
}

impl Kind {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Summary => "summary",
            Self::Info => "info",
        }
    }
}

/// One metric.
#[derive(Debug)]
pub struct Family {
    /// Its name, `_total` included.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// What it says.
    pub help: &'static str,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    pub(super) read: Read,
}

impl Family {
    /// The unit, if it has one: the last word of the name.
    pub fn unit(&self) -> Option<&'static str> {
        let name = self.name.trim_end_matches("_total");
        ["seconds", "bytes", "ratio"].into_iter().find(|unit| name.ends_with(&format!("_{unit}")))
    }
}

/// Where the values of a metric come from. What it is about gives the first labels.
#[derive(Debug)]
pub(super) enum Read {
    Topology(fn(&Snapshot, &mut Samples<'_>)),
    Actor(fn(&ActorReport, &mut Samples<'_>)),
    Alert(fn(&AlertState, &mut Samples<'_>)),
    Mailbox(fn(&MailboxReport, &mut Samples<'_>)),
    Link(fn(&LinkReport, &mut Samples<'_>)),
    Clients(fn(&Clients, &mut Samples<'_>)),
    Process(fn(&Process) -> f64),
}

const TOPOLOGY: &[&str] = &["topology"];
const ACTOR: &[&str] = &["topology", "actor"];
const LINK: &[&str] = &["topology", "from", "to"];

const PHASES: [Phase; 5] = [Phase::Starting, Phase::Running, Phase::Draining, Phase::Stopping, Phase::Ended];

/// The word for a phase.
pub(crate) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Starting => "starting",
        Phase::Running => "running",
        Phase::Draining => "draining",
        Phase::Stopping => "stopping",
        Phase::Ended => "ended",
    }
}

const STATES: [(ActorState, &str); 8] = [
    (ActorState::Starting, "starting"),
    (ActorState::Running, "running"),
    (ActorState::Waiting, "waiting"),
    (ActorState::Paused, "paused"),
    (ActorState::Restarting, "restarting"),
    (ActorState::Stuck, "stuck"),
    (ActorState::Failed, "failed"),
    (ActorState::Ended, "ended"),
];

const BREAKER_STATES: [(BreakerState, &str); 3] =
    [(BreakerState::Closed, "closed"), (BreakerState::HalfOpen, "half_open"), (BreakerState::Open, "open")];

use Kind::{Counter, Gauge, Info, Summary};

/// Every metric, in the order in which they are written.
pub const CATALOGUE: &[Family] = &[
    Family {
        name: "tidegate_topology_info",
        kind: Info,
        help: "The topology that runs, and the version of the program that runs it.",
        labels: &["topology", "version"],
        read: Read::Topology(|_, samples| samples.add(&[env!("CARGO_PKG_VERSION")], 1.0)),
    },
    Family {
        name: "tidegate_topology_phase",
        kind: Gauge,
        help: "How far the topology has come: 1 for the phase it is in.",
        labels: &["topology", "phase"],
        read: Read::Topology(|snapshot, samples| {
            PHASES.iter().for_each(|phase| samples.flag(&[phase_name(*phase)], *phase == snapshot.phase));
        }),
    },
    Family {
        name: "tidegate_topology_uptime_seconds",
        kind: Gauge,
        help: "How long the topology has been running.",
        labels: TOPOLOGY,
        read: Read::Topology(|snapshot, samples| samples.add(&[], snapshot.elapsed_seconds)),
    },
    Family {
        name: "tidegate_topology_arbiters",
        kind: Gauge,
        help: "Threads that run actors, without those of blocking actors.",
        labels: TOPOLOGY,
        read: Read::Topology(|snapshot, samples| samples.add(&[], snapshot.arbiters as f64)),
    },
    Family {
        name: "tidegate_actor_info",
        kind: Info,
        help: "An actor: the part it plays, and what it is made of.",
        labels: &["topology", "actor", "role", "kind"],
        read: Read::Actor(|actor, samples| samples.add(&[&actor.role.to_string(), &actor.actor], 1.0)),
    },
    Family {
        name: "tidegate_actor_state",
        kind: Gauge,
        help: "What an actor is doing: 1 for the state it is in. Of several instances, the one that says most.",
        labels: &["topology", "actor", "state"],
        read: Read::Actor(|actor, samples| {
            STATES.iter().for_each(|(state, name)| samples.flag(&[name], *state == actor.state));
        }),
    },
    Family {
        name: "tidegate_actor_instances",
        kind: Gauge,
        help: "Copies of an actor.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.instances as f64)),
    },
    Family {
        name: "tidegate_actor_instances_added_total",
        kind: Counter,
        help: "How often an actor got one more instance, where their number follows the load.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.scaled_up as f64)),
    },
    Family {
        name: "tidegate_actor_instances_removed_total",
        kind: Counter,
        help: "How often an actor got one instance fewer, where their number follows the load.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.scaled_down as f64)),
    },
    Family {
        name: "tidegate_actor_messages_received_total",
        kind: Counter,
        help: "Messages offered to the mailbox of an actor, those dropped on arrival included.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.received as f64)),
    },
    Family {
        name: "tidegate_actor_messages_handled_total",
        kind: Counter,
        help: "Messages that an actor handled without an error.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.handled as f64)),
    },
    Family {
        name: "tidegate_actor_messages_emitted_total",
        kind: Counter,
        help: "Messages that an actor emitted, each once, whatever the number of targets.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.emitted as f64)),
    },
    Family {
        name: "tidegate_actor_messages_failed_total",
        kind: Counter,
        help: "Messages whose handling failed, dead letters included.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.failed as f64)),
    },
    Family {
        name: "tidegate_actor_messages_dropped_total",
        kind: Counter,
        help: "Messages dropped, by reason.",
        labels: &["topology", "actor", "reason"],
        read: Read::Actor(|actor, samples| {
            let dropped = &actor.dropped;
            samples.add(&["overflow"], dropped.overflow as f64);
            samples.add(&["cancelled"], dropped.cancelled as f64);
            samples.add(&["shed"], dropped.shed as f64);
            samples.add(&["discarded"], dropped.discarded as f64);
        }),
    },
    Family {
        name: "tidegate_actor_messages_dead_lettered_total",
        kind: Counter,
        help: "Failed messages that went to a dead-letter port.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.dead_lettered as f64)),
    },
    Family {
        name: "tidegate_actor_messages_left_total",
        kind: Counter,
        help: "Messages left behind when an actor ended or was made anew.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.left as f64)),
    },
    Family {
        name: "tidegate_actor_messages_waiting",
        kind: Gauge,
        help: "Messages that wait in the mailbox of an actor.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.waiting as f64)),
    },
    Family {
        name: "tidegate_actor_messages_in_handler",
        kind: Gauge,
        help: "Messages that are being handled.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.in_handler as f64)),
    },
    Family {
        name: "tidegate_actor_messages_held",
        kind: Gauge,
        help: "Messages that an actor holds by design: a batch, a window.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.held as f64)),
    },
    Family {
        name: "tidegate_actor_rate_per_second",
        kind: Gauge,
        help: "Messages per second that a producer has come to which feels for its rate.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| {
            if let Some(rate) = actor.rate {
                samples.add(&[], rate);
            }
        }),
    },
    Family {
        name: "tidegate_actor_restarts_total",
        kind: Counter,
        help: "How often an actor was made anew after a failure.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| samples.add(&[], actor.restarts as f64)),
    },
    Family {
        name: "tidegate_actor_time_seconds_total",
        kind: Counter,
        help: "Where the time of an actor goes, all its instances together: idle, busy or blocked.",
        labels: &["topology", "actor", "activity"],
        read: Read::Actor(|actor, samples| {
            samples.add(&["idle"], actor.time.idle_seconds);
            samples.add(&["busy"], actor.time.busy_seconds);
            samples.add(&["blocked"], actor.time.blocked_seconds);
        }),
    },
    Family {
        name: "tidegate_actor_blocked_seconds_total",
        kind: Counter,
        help: "How long an actor was held up, by cause and by the downstream actor that held it, if one did.",
        labels: &["topology", "actor", "cause", "to"],
        read: Read::Actor(|actor, samples| {
            for blocked in &actor.time.blocked_by {
                let to = blocked.actor.as_deref().unwrap_or_default();
                samples.add(&[blocked.cause.name(), to], blocked.seconds);
            }
        }),
    },
    Family {
        name: "tidegate_mailbox_depth",
        kind: Gauge,
        help: "Messages in the mailboxes of an actor, reserved places included.",
        labels: ACTOR,
        read: Read::Mailbox(|mailbox, samples| samples.add(&[], mailbox.depth as f64)),
    },
    Family {
        name: "tidegate_mailbox_capacity",
        kind: Gauge,
        help: "The most messages the mailboxes of an actor can hold.",
        labels: ACTOR,
        read: Read::Mailbox(|mailbox, samples| samples.add(&[], mailbox.capacity as f64)),
    },
    Family {
        name: "tidegate_mailbox_fill_ratio",
        kind: Gauge,
        help: "How full the mailboxes of an actor are: depth by capacity.",
        labels: ACTOR,
        read: Read::Mailbox(|mailbox, samples| {
            samples.add(&[], mailbox.depth as f64 / mailbox.capacity.max(1) as f64);
        }),
    },
    Family {
        name: "tidegate_mailbox_peak_depth",
        kind: Gauge,
        help: "The most messages the mailboxes of an actor have held.",
        labels: ACTOR,
        read: Read::Mailbox(|mailbox, samples| samples.add(&[], mailbox.peak as f64)),
    },
    Family {
        name: "tidegate_mailbox_high_watermark",
        kind: Gauge,
        help: "The depth at which the mailbox of an actor turns pressured.",
        labels: ACTOR,
        read: Read::Mailbox(|mailbox, samples| samples.add(&[], mailbox.high as f64)),
    },
    Family {
        name: "tidegate_mailbox_low_watermark",
        kind: Gauge,
        help: "The depth at which the mailbox of an actor opens again.",
        labels: ACTOR,
        read: Read::Mailbox(|mailbox, samples| samples.add(&[], mailbox.low as f64)),
    },
    Family {
        name: "tidegate_mailbox_size_bytes",
        kind: Gauge,
        help: "What the messages in the mailboxes of an actor weigh, where that is limited.",
        labels: ACTOR,
        read: Read::Mailbox(|mailbox, samples| {
            if let Some(bytes) = mailbox.bytes {
                samples.add(&[], bytes as f64);
            }
        }),
    },
    Family {
        name: "tidegate_mailbox_limit_bytes",
        kind: Gauge,
        help: "The most the messages in the mailboxes of an actor may weigh, where that is limited.",
        labels: ACTOR,
        read: Read::Mailbox(|mailbox, samples| {
            if let Some(bytes) = mailbox.max_bytes {
                samples.add(&[], bytes as f64);
            }
        }),
    },
    Family {
        name: "tidegate_mailbox_pressured",
        kind: Gauge,
        help: "Whether a mailbox of an actor is pressured: 1, or 0 if it is open.",
        labels: ACTOR,
        read: Read::Mailbox(|mailbox, samples| samples.flag(&[], mailbox.pressured)),
    },
    Family {
        name: "tidegate_mailbox_pressured_seconds_total",
        kind: Counter,
        help: "How long the mailboxes of an actor were pressured.",
        labels: ACTOR,
        read: Read::Mailbox(|mailbox, samples| samples.add(&[], mailbox.pressured_seconds)),
    },
    Family {
        name: "tidegate_mailbox_signals_total",
        kind: Counter,
        help: "How often a mailbox of an actor turned pressured (backpressure) and open again (resume).",
        labels: &["topology", "actor", "signal"],
        read: Read::Mailbox(|mailbox, samples| {
            samples.add(&["backpressure"], mailbox.backpressure_signals as f64);
            samples.add(&["resume"], mailbox.resume_signals as f64);
        }),
    },
    Family {
        name: "tidegate_link_messages_emitted_total",
        kind: Counter,
        help: "Messages put on a link.",
        labels: LINK,
        read: Read::Link(|link, samples| samples.add(&[], link.emitted as f64)),
    },
    Family {
        name: "tidegate_link_messages_received_total",
        kind: Counter,
        help: "Messages of a link that reached the mailbox, dropped on arrival included.",
        labels: LINK,
        read: Read::Link(|link, samples| samples.add(&[], link.received as f64)),
    },
    Family {
        name: "tidegate_link_messages_refused_total",
        kind: Counter,
        help: "Messages of a link that did not reach the mailbox, because the other end was gone.",
        labels: LINK,
        read: Read::Link(|link, samples| samples.add(&[], link.refused as f64)),
    },
    Family {
        name: "tidegate_link_signals_total",
        kind: Counter,
        help: "Signals that the mailbox at the end of a link sent over it: backpressure or resume.",
        labels: &["topology", "from", "to", "signal"],
        read: Read::Link(|link, samples| {
            samples.add(&["backpressure"], link.backpressure_signals as f64);
            samples.add(&["resume"], link.resume_signals as f64);
        }),
    },
    Family {
        name: "tidegate_link_signals_obeyed_total",
        kind: Counter,
        help: "Backpressure signals for which the emitting actor paused.",
        labels: LINK,
        read: Read::Link(|link, samples| samples.add(&[], link.obeyed_signals as f64)),
    },
    Family {
        name: "tidegate_link_held",
        kind: Gauge,
        help: "Whether the emitting actor is asked to hold: 1 or 0.",
        labels: LINK,
        read: Read::Link(|link, samples| samples.flag(&[], link.held)),
    },
    Family {
        name: "tidegate_link_blocked_seconds_total",
        kind: Counter,
        help: "How long a link held up the emitting actor; of several instances, together.",
        labels: LINK,
        read: Read::Link(|link, samples| samples.add(&[], link.blocked_seconds)),
    },
    Family {
        name: "tidegate_link_wait_seconds",
        kind: Summary,
        help: "How long messages of a link wait in the mailbox: sampled, the quantiles over the last 10 to 20 seconds.",
        labels: &["topology", "from", "to", "quantile"],
        read: Read::Link(|link, samples| {
            if let Some(wait) = &link.wait {
                samples.part("", Some("0.5"), wait.p50_seconds);
                samples.part("", Some("0.9"), wait.p90_seconds);
                samples.part("", Some("0.99"), wait.p99_seconds);
                samples.part("_sum", None, wait.total_seconds);
                samples.part("_count", None, wait.total_samples as f64);
            }
        }),
    },
    Family {
        name: "tidegate_breaker_state",
        kind: Gauge,
        help: "The state of the breaker in front of an actor: 1 for the state it is in.",
        labels: &["topology", "actor", "state"],
        read: Read::Actor(|actor, samples| {
            if let Some(breaker) = &actor.breaker {
                BREAKER_STATES
                    .iter()
                    .for_each(|(state, name)| samples.flag(&[name], *state == breaker.state));
            }
        }),
    },
    Family {
        name: "tidegate_breaker_opened_total",
        kind: Counter,
        help: "How often the breaker in front of an actor has opened.",
        labels: ACTOR,
        read: Read::Actor(|actor, samples| {
            if let Some(breaker) = &actor.breaker {
                samples.add(&[], breaker.opened as f64);
            }
        }),
    },
    Family {
        name: "tidegate_alert_firing",
        kind: Gauge,
        help: "Whether an alert fires.",
        labels: &["topology", "alert"],
        read: Read::Alert(|alert, samples| samples.flag(&[], alert.state == AlertPhase::Firing)),
    },
    Family {
        name: "tidegate_alert_firings_total",
        kind: Counter,
        help: "How often an alert has fired.",
        labels: &["topology", "alert"],
        read: Read::Alert(|alert, samples| samples.add(&[], alert.fired as f64)),
    },
    Family {
        name: "tidegate_monitor_connections",
        kind: Gauge,
        help: "Clients that are connected to the monitor.",
        labels: TOPOLOGY,
        read: Read::Clients(|clients, samples| samples.add(&[], clients.connections as f64)),
    },
    Family {
        name: "tidegate_monitor_max_connections",
        kind: Gauge,
        help: "The most clients that may be connected to the monitor.",
        labels: TOPOLOGY,
        read: Read::Clients(|clients, samples| samples.add(&[], clients.max_connections as f64)),
    },
    Family {
        name: "tidegate_monitor_streams",
        kind: Gauge,
        help: "Clients that listen to signals.",
        labels: TOPOLOGY,
        read: Read::Clients(|clients, samples| samples.add(&[], clients.streams as f64)),
    },
    Family {
        name: "tidegate_monitor_refused_connections_total",
        kind: Counter,
        help: "Clients that were sent away because as many as may be were connected.",
        labels: TOPOLOGY,
        read: Read::Clients(|clients, samples| samples.add(&[], clients.refused as f64)),
    },
    Family {
        name: "process_start_time_seconds",
        kind: Gauge,
        help: "When the process began, in seconds since 1970.",
        labels: &[],
        read: Read::Process(|process| process.start),
    },
    Family {
        name: "process_cpu_seconds_total",
        kind: Counter,
        help: "Time that the process spent on processors.",
        labels: &[],
        read: Read::Process(|process| process.cpu),
    },
    Family {
        name: "process_resident_memory_bytes",
        kind: Gauge,
        help: "Memory of the process that is not swapped out.",
        labels: &[],
        read: Read::Process(|process| process.resident),
    },
    Family {
        name: "process_threads",
        kind: Gauge,
        help: "Threads of the process.",
        labels: &[],
        read: Read::Process(|process| process.threads),
    },
];
