//! The verdict in sentences: in the present tense while the topology runs, in the past when it has ended.

use super::kinds::{CROWDED, busy_seconds, is_paused, is_resumed, is_throttle, is_uneven};
use super::window::{ActorWindow, Window};
use super::words::{duration, list, name, names, number, part, percent, times};
use super::{Root, RootKind};
use tidegate::{ActorState, Hold};

/// All of it in words.
pub(super) fn summary(window: &Window, roots: &[Root]) -> String {
    let words = Words { window };
    if roots.is_empty() {
        return words.nothing().into();
    }
    if words.is_all_paused(roots) {
        return "All actors are paused by an operator; resume them.".into();
    }
    let sets_the_pace = |root: &&Root| {
        let is_source = matches!(root.kind, RootKind::SlowSource | RootKind::RateLimited);
        is_source && root.holds.is_empty() && !drops(root, &window.actors[&root.actor])
    };
    let (sources, others): (Vec<&Root>, Vec<&Root>) = roots.iter().partition(sets_the_pace);
    let mut sentences: Vec<String> = others.iter().map(|root| words.sentence(root)).collect();
    if !sources.is_empty() {
        sentences.push(words.pace(&sources));
    }
    sentences.join(" ")
}

/// Whether it lets messages through at a rate, and its mailbox drops those that come faster.
fn drops(root: &Root, actor: &ActorWindow) -> bool {
    root.kind == RootKind::RateLimited && is_throttle(actor) && actor.overflowed > 0
}

/// Knows which tense to use.
struct Words<'a> {
    window: &'a Window,
}

impl Words<'_> {
    fn tense(&self, present: &'static str, past: &'static str) -> &'static str {
        if self.window.finished { past } else { present }
    }

    fn nothing(&self) -> &'static str {
        let window = self.window;
        let moves = window.actors.values().any(|actor| actor.handled > 0 || actor.emitted > 0);
        match (window.finished, moves) {
            _ if !window.has_times() => "It is not known where the time of the actors went.",
            (true, _) => "Nothing was held up.",
            (false, true) => "Nothing is held up.",
            (false, false) => "Nothing moves, and nothing is held up.",
        }
    }

    fn is_all_paused(&self, roots: &[Root]) -> bool {
        let alive = self.window.actors.values().filter(|actor| actor.lived_seconds > 0.0).count();
        let paused = roots.iter().all(|root| {
            root.kind == RootKind::Paused && is_paused(self.window, &self.window.actors[&root.actor])
        });
        paused && roots.len() > 1 && roots.len() == alive && !self.window.finished
    }

    /// Nothing downstream of these is the matter.
    fn pace(&self, sources: &[&Root]) -> String {
        let is = self.tense("is", "was");
        if let [source] = sources {
            let advice = source.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
            let (it, does) = (name(&source.actor), self.source(source));
            let sets = self.tense("sets", "set");
            return format!("Nothing {is} held up: {it} {sets} the pace, as it {does}{advice}.");
        }
        let each: Vec<String> =
            sources.iter().map(|source| format!("{} {}", name(&source.actor), self.source(source))).collect();
        format!("Nothing {is} held up, the sources set the pace: {}.", list(&each))
    }

    /// What keeps a source from making more.
    fn source(&self, root: &Root) -> String {
        let actor = &self.window.actors[&root.actor];
        let share = percent(root.share);
        let waits = self.tense("waits", "waited");
        match root.kind {
            RootKind::RateLimited => format!("{waits} {share} of the time for what its rate allows"),
            _ if actor.busy >= actor.idle => {
                format!("{} busy getting its messages {share} of the time", self.tense("is", "was"))
            }
            _ => format!("{waits} {share} of the time for its next message"),
        }
    }

    /// One root, whom it holds, and what would help.
    fn sentence(&self, root: &Root) -> String {
        let actor = &self.window.actors[&root.actor];
        let (what, whom) = (self.what(root, actor), self.whom(root, actor));
        let advice = root.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
        format!("{what}{whom}{advice}.")
    }

    /// Whom it holds.
    fn whom(&self, root: &Root, actor: &ActorWindow) -> String {
        let over = root.kind == RootKind::Paused && is_resumed(self.window, actor);
        let holds = if over { "held" } else { self.tense("holds", "held") };
        match (root.kind, &root.holds[..]) {
            (RootKind::Deadlock, _) => String::new(),
            (
                RootKind::Busy | RootKind::Overloaded | RootKind::ThreadsSaturated | RootKind::RateLimited,
                [],
            ) => {
                format!(" and {holds} nobody up")
            }
            (_, []) => String::new(),
            (RootKind::SlowSource, [only]) => {
                format!(", and {} {} for it", name(only), self.tense("waits", "waited"))
            }
            (RootKind::SlowSource, [first, held @ ..]) => {
                let waits = self.tense("waits", "waited");
                format!(", and {}, which {waits} for it, {holds} {}", name(first), names(held))
            }
            (RootKind::SmallMailbox, held) => {
                format!(
                    " and yet {holds} {}, which fills its mailbox faster than it can be woken",
                    names(held)
                )
            }
            (RootKind::Busy | RootKind::RateLimited, held) => format!(" and {holds} {}", names(held)),
            (_, held) => format!(", which {holds} {}", names(held)),
        }
    }

    /// What is the matter with it.
    fn what(&self, root: &Root, actor: &ActorWindow) -> String {
        let finished = self.window.finished;
        let (it, share) = (name(&root.actor), percent(root.share));
        let (is, waits) = (self.tense("is", "was"), self.tense("waits", "waited"));
        let of_the_time = if root.share < 0.995 { format!(" {share} of the time") } else { String::new() };
        match root.kind {
            RootKind::Busy if actor.own(Hold::Order) >= CROWDED => {
                let order = percent(actor.own(Hold::Order));
                format!(
                    "{it} {is} busy {share}, as its instances {} {order} of the time for each other,",
                    self.tense("wait", "waited")
                )
            }
            RootKind::Busy if is_uneven(actor) && !root.holds.is_empty() => {
                format!("{it} {is} busy {share}, unevenly over its {} instances,", number(actor.instances()))
            }
            RootKind::Busy if finished => format!("{it} was busy {share} of the time"),
            RootKind::Busy => format!("{it} is busy {share}"),
            RootKind::Stuck if finished || actor.report.state == ActorState::Stuck => {
                format!("{it} {is} stuck: it never came back from its handler")
            }
            RootKind::Stuck => {
                let time = duration(busy_seconds(actor).unwrap_or_default());
                format!("{it} is stuck: it has been in one call of its handler for {time}")
            }
            RootKind::BreakerOpen if actor.own(Hold::BreakerOpen) == 0.0 => {
                let sheds = self.tense("sheds", "shed");
                format!(
                    "The breaker of {it} {is} open and {sheds} {} of what {}",
                    part(actor.shed, actor.received),
                    self.tense("comes", "came")
                )
            }
            RootKind::BreakerOpen => format!("The breaker of {it} {is} open{of_the_time}"),
            RootKind::Paused if finished || is_resumed(self.window, actor) => {
                format!("{it} was paused by an operator{of_the_time}")
            }
            RootKind::Paused => format!("{it} is paused by an operator"),
            RootKind::RateLimited => {
                let (loses, comes) = (self.tense("drops", "dropped"), self.tense("comes", "came"));
                let dropped = match drops(root, actor) {
                    true => format!(", {loses} {} of what {comes}", part(actor.overflowed, actor.received)),
                    false => String::new(),
                };
                format!("{it} {waits} {share} of the time for what its rate allows{dropped}")
            }
            RootKind::Restarting => {
                let fails = self.tense("fails", "failed");
                let so_far = times(actor.report.restarts);
                format!(
                    "{it} {fails} again and again: it {waits} {share} of the time to be made anew ({so_far} so far)"
                )
            }
            RootKind::Retrying => {
                format!("{it} {waits} {share} of the time to handle a failed message again")
            }
            RootKind::BulkheadFull => {
                let bulkhead = actor.about.as_ref().and_then(|about| about.bulkhead.as_ref());
                let bulkhead =
                    bulkhead.map_or("its bulkhead".into(), |bulkhead| format!("the bulkhead `{bulkhead}`"));
                format!("{it} {waits} {share} of the time for its turn in {bulkhead}")
            }
            RootKind::ThreadsSaturated if actor.own(Hold::Arbiter) >= CROWDED => {
                let are = self.tense("are", "were");
                format!("The threads {are} busy: {it} {waits} {share} of the time for its turn")
            }
            RootKind::ThreadsSaturated => {
                let (are, gets) = (self.tense("are", "were"), self.tense("gets", "got"));
                format!("The threads {are} busy: {it} {gets} to work {share} of the time")
            }
            RootKind::Overloaded => {
                let (drops, comes) = (self.tense("drops", "dropped"), self.tense("comes", "came"));
                let dropped = part(actor.overflowed, actor.received);
                format!("{it} {is} busy {share}, {drops} {dropped} of what {comes}")
            }
            RootKind::KeepsMessages => {
                let kept = actor.report.held;
                format!("{it} {} as many messages in hand as it may keep, {kept}", self.tense("has", "had"))
            }
            RootKind::SmallMailbox => format!("{it} {is} busy {share} only"),
            RootKind::Deadlock => {
                let all: Vec<&String> = std::iter::once(&root.actor).chain(&root.holds).collect();
                format!("{} {} for each other", names(&all), self.tense("wait", "waited"))
            }
            RootKind::SlowSource => format!("{it} {}", self.source(root)),
        }
    }
}
