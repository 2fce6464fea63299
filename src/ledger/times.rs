//! Where the time of one instance goes.
//!
//! The instance says what it turns to, a few times per turn on its thread and never per message; whoever asks adds the time
//! since then to what it is doing. So the parts add up to the time it has lived at any moment, and an instance that never
//! comes back from its handler is seen to be busy all the while.

use super::{Activity, Hold};
use crate::sync::{AtomicU8, AtomicU64, Ordering, fence, spin_loop};

/// What an instance does, as it says itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Doing {
    /// It does not live.
    #[default]
    Nothing,
    Idle,
    Busy,
    Blocked(Hold),
}

impl Doing {
    fn code(self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Idle => 1,
            Self::Busy => 2,
            Self::Blocked(hold) => 3 + hold as u8,
        }
    }

    fn of_code(code: u8) -> Self {
        match code {
            0 => Self::Nothing,
            1 => Self::Idle,
            2 => Self::Busy,
            hold => Hold::ALL.get(usize::from(hold) - 3).map_or(Self::Nothing, |hold| Self::Blocked(*hold)),
        }
    }

    /// What holds it up, if anything does.
    pub(crate) fn hold(self) -> Option<Hold> {
        if let Self::Blocked(hold) = self { Some(hold) } else { None }
    }

    /// The same for people; `None` if it does not live.
    pub(crate) fn activity(self) -> Option<(Activity, Option<Hold>)> {
        match self {
            Self::Nothing => None,
            Self::Idle => Some((Activity::Idle, None)),
            Self::Busy => Some((Activity::Busy, None)),
            Self::Blocked(hold) => Some((Activity::Blocked, Some(hold))),
        }
    }
}

/// How long one link held up the instance that sends over it. Moments and times are in nanoseconds, the former since the
/// topology began.
#[derive(Default)]
pub(crate) struct Holding {
    full: AtomicU64,
    breaker_open: AtomicU64,
    /// One more than the moment since which it does; 0 if it does not.
    since: AtomicU64,
}

impl Holding {
    fn time(&self, hold: Hold) -> &AtomicU64 {
        if hold == Hold::BreakerOpen { &self.breaker_open } else { &self.full }
    }

    /// For how long it did, without the time since the last turn: because it was full, and because a breaker was open.
    pub(crate) fn times(&self) -> [(Hold, u64); 2] {
        [Hold::Full, Hold::BreakerOpen].map(|hold| (hold, self.time(hold).load(Ordering::Relaxed)))
    }

    /// For how long it did, up to the moment `at`.
    pub(crate) fn total(&self, at: u64) -> u64 {
        let before: u64 = self.times().iter().map(|(_, time)| time).sum();
        match self.since.load(Ordering::Relaxed) {
            0 => before,
            since => before + (at + 1).saturating_sub(since),
        }
    }

    /// Whether it does now.
    pub(crate) fn holds(&self) -> bool {
        self.since.load(Ordering::Relaxed) > 0
    }
}

/// The published times of one instance: written by the instance alone, read by anybody.
#[derive(Default)]
pub(crate) struct Times {
    /// Odd while the instance changes the rest: whoever reads that tries again, so that no time is seen twice or not at all.
    version: AtomicU64,
    doing: AtomicU8,
    since: AtomicU64,
    idle: AtomicU64,
    busy: AtomicU64,
    blocked: [AtomicU64; Hold::ALL.len()],
    /// Up to which moment somebody has read them: no turn is before that, or what was read would shrink.
    seen: AtomicU64,
}

/// The times of one instance at a moment, in nanoseconds, the time since its last turn included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) idle: u64,
    pub(crate) busy: u64,
    pub(crate) blocked: [u64; Hold::ALL.len()],
    pub(crate) doing: Doing,
    /// For how long it has been doing that.
    pub(crate) since: u64,
}

/// What an instance turns from, or to: what it does, and the link that holds it, if one does.
pub(crate) type Stint<'a> = (Doing, Option<&'a Holding>);

impl Times {
    /// Up to which moment somebody has read them. One who reads while the instance turns may be missed, by nanoseconds.
    pub(crate) fn seen(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    /// The instance turned from one thing to the other at the moment `at`; it had turned to the former at `since`.
    pub(crate) fn turn(&self, from: Stint<'_>, to: Stint<'_>, since: u64, at: u64) {
        // Relaxed: the instance is the only writer.
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version + 1, Ordering::Relaxed);
        // Whoever sees one of the stores below and looks at the version after it sees that it is odd, or newer.
        fence(Ordering::Release);
        let spent = at - since;
        let account = match from.0 {
            Doing::Nothing => None,
            Doing::Idle => Some(&self.idle),
            Doing::Busy => Some(&self.busy),
            Doing::Blocked(hold) => {
                if let Some(link) = from.1 {
                    add(link.time(hold), spent);
                    link.since.store(0, Ordering::Relaxed);
                }
                Some(&self.blocked[hold as usize])
            }
        };
        account.into_iter().for_each(|account| add(account, spent));
        if let (Doing::Blocked(_), Some(link)) = to {
            link.since.store(at + 1, Ordering::Relaxed);
        }
        self.doing.store(to.0.code(), Ordering::Relaxed);
        self.since.store(at, Ordering::Relaxed);
        // Release: whoever reads this version (Acquire) sees all of it.
        self.version.store(version + 2, Ordering::Release);
    }

    /// The times at the moment `at`; `links` reads what belongs to the links.
    pub(crate) fn read<L>(&self, at: u64, mut links: impl FnMut() -> L) -> (Spent, L) {
        self.seen.fetch_max(at, Ordering::Relaxed);
        // Not for ever: the instance may have lost its core in the middle.
        for _ in 0..1000 {
            let version = self.version.load(Ordering::Acquire);
            let read = (self.look(at), links());
            fence(Ordering::Acquire);
            if version.is_multiple_of(2) && self.version.load(Ordering::Relaxed) == version {
                return read;
            }
            spin_loop();
        }
        (self.look(at), links())
    }

    fn look(&self, at: u64) -> Spent {
        let doing = Doing::of_code(self.doing.load(Ordering::Relaxed));
        let since = at.saturating_sub(self.since.load(Ordering::Relaxed));
        let mut spent = Spent {
            idle: self.idle.load(Ordering::Relaxed),
            busy: self.busy.load(Ordering::Relaxed),
            blocked: std::array::from_fn(|hold| self.blocked[hold].load(Ordering::Relaxed)),
            doing,
            since,
        };
        match doing {
            Doing::Nothing => {}
            Doing::Idle => spent.idle += since,
            Doing::Busy => spent.busy += since,
            Doing::Blocked(hold) => spent.blocked[hold as usize] += since,
        }
        spent
    }
}

/// Adds to an account that this thread alone writes.
fn add(account: &AtomicU64, time: u64) {
    account.store(account.load(Ordering::Relaxed) + time, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_add_up_at_any_moment() {
        let (times, link) = (Times::default(), Holding::default());
        let turns = [
            (Doing::Nothing, None, 0),
            (Doing::Busy, None, 5),
            (Doing::Blocked(Hold::Full), Some(&link), 12),
            (Doing::Busy, None, 20),
            (Doing::Idle, None, 21),
            (Doing::Blocked(Hold::Operator), None, 30),
        ];
        for (version, pair) in (2..).step_by(2).zip(turns.windows(2)) {
            let ((from, by, since), (to, holder, at)) = (pair[0], pair[1]);
            times.turn((from, by), (to, holder), since, at);
            assert_eq!(
                times.version.load(Ordering::Relaxed),
                version,
                "who reads meanwhile is to see that it changed"
            );
            let (spent, holds) = times.read(at + 3, || link.holds());
            let blocked: u64 = spent.blocked.iter().sum();
            assert_eq!(spent.idle + spent.busy + blocked, at + 3 - 5, "it was born at 5");
            assert_eq!((spent.doing, spent.since, holds), (to, 3, holder.is_some()));
        }
        let (spent, held) = times.read(40, || link.times());
        assert_eq!((spent.idle, spent.busy), (9, 8));
        assert_eq!(spent.blocked[Hold::Full as usize], 8);
        assert_eq!(spent.blocked[Hold::Operator as usize], 10);
        assert_eq!(held, [(Hold::Full, 8), (Hold::BreakerOpen, 0)]);
    }

    #[test]
    fn what_was_read_does_not_shrink() {
        let times = Times::default();
        times.turn((Doing::Nothing, None), (Doing::Idle, None), 0, 0);
        assert_eq!(times.read(10, || ()).0.idle, 10);
        // It was woken at 8, and says so late.
        let at = 8.max(times.seen());
        times.turn((Doing::Idle, None), (Doing::Busy, None), 0, at);
        let (spent, ()) = times.read(12, || ());
        assert_eq!((spent.idle, spent.busy), (10, 2));
    }

    #[test]
    fn every_code_is_what_it_was_made_of() {
        let all = Hold::ALL.into_iter().map(Doing::Blocked).chain([Doing::Nothing, Doing::Idle, Doing::Busy]);
        for doing in all {
            assert_eq!(Doing::of_code(doing.code()), doing);
        }
        assert!(Hold::ALL.iter().enumerate().all(|(at, hold)| *hold as usize == at));
    }
}
