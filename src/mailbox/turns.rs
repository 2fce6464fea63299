//! Which of several mailboxes of one actor has the next turn, where its inputs have weights or one is preferred.
//!
//! **Weights** are kept by smooth weighted round robin (as nginx spreads requests over servers): each turn, every input
//! that has something gains its weight in credit; the one with the most has the turn, and pays what all of them gained.
//! Weights of 6, 3 and 1 so give `a b a a b a c a b a`, again and again, and after any number of messages each input is
//! less than one message away from its share. An input that has nothing passes its turn at once, and saves nothing up.
//!
//! **Preferred** inputs come before all others, and share among themselves by weight. So that nobody starves, one of the
//! others has a turn after every [`MOST_PREFERRED`] of them.
//!
//! A turn is as many messages as the same input would be chosen in a row for. What a turn costs, it costs once for all of
//! them, and an actor whose inputs ask for nothing has no turns at all.

/// After so many messages of preferred inputs in a row, one of another is taken, if there is one.
pub(crate) const MOST_PREFERRED: usize = 100;

/// The longest turn: with weights of a million to one, nobody looks further ahead.
const LONGEST: usize = 256;

/// What the inputs of one mailbox ask for beside those of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) weight: u32,
    pub(crate) preferred: bool,
}

/// The turns of the mailboxes of one instance.
pub(super) struct Turns {
    standings: Vec<Standing>,
    /// The number of the mailbox that has the turn.
    at: usize,
    /// Messages left of the turn.
    left: usize,
    /// Whether the turn is over when the run of calls is: others had nothing, and are asked again soon.
    one_run: bool,
    /// Messages of preferred inputs that may come before one of another.
    privilege: usize,
    /// Mailboxes found empty in this choice.
    empty: Vec<bool>,
    /// The mailbox that the actor wants, and how many of its messages, if it chooses itself.
    chosen: Option<(usize, usize)>,
}

struct Standing {
    share: Share,
    credit: i64,
}

impl Turns {
    /// The turns of mailboxes of these shares, in their order.
    pub(super) fn new(shares: &[Share]) -> Self {
        let standings = shares.iter().map(|share| Standing { share: *share, credit: 0 });
        Self {
            standings: standings.collect(),
            at: 0,
            left: 0,
            one_run: false,
            privilege: MOST_PREFERRED,
            empty: vec![false; shares.len()],
            chosen: None,
        }
    }

    /// The turns of so many mailboxes among which the actor itself [chooses](Self::choose).
    pub(super) fn chosen(count: usize) -> Self {
        let equal = Share { weight: 1, preferred: false };
        Self { chosen: Some((0, 1)), ..Self::new(&vec![equal; count]) }
    }

    /// The actor wants `most` messages of the mailbox `at`, for which it may have to wait.
    pub(super) fn choose(&mut self, at: usize, most: usize) {
        self.chosen = Some((at, most));
        self.left = if at == self.at { most } else { 0 };
    }

    /// Whether the actor chooses.
    pub(super) fn is_chosen(&self) -> bool {
        self.chosen.is_some()
    }

    /// Whether the mailbox `at` may have the next turn.
    pub(super) fn wants(&self, at: usize) -> bool {
        self.chosen.is_none_or(|(chosen, _)| chosen == at)
    }

    /// Messages that may be started before the next turn.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// Of the turn, `most` messages may be started now; of those that were allowed before, so many were not.
    pub(super) fn allow(&mut self, most: usize, unused: usize) {
        if self.one_run {
            // It has begun, or is over.
            self.left = 0;
            return;
        }
        self.left = self.left.saturating_add(unused).saturating_sub(most);
    }

    /// The mailbox whose turn it is; `has` looks whether one has a message, and may be asked about any. `None` if none has.
    pub(super) fn next(&mut self, mut has: impl FnMut(usize) -> bool) -> Option<usize> {
        if let Some((chosen, most)) = self.chosen {
            self.left = 0;
            return has(chosen).then(|| {
                (self.at, self.left) = (chosen, most);
                chosen
            });
        }
        if self.left > 0 && has(self.at) {
            return Some(self.at);
        }
        self.empty.fill(false);
        let first = self.privilege > 0;
        self.choose_among(first, &mut has).or_else(|| self.choose_among(!first, &mut has))
    }

    /// The mailbox `at`, and no other, has something.
    pub(super) fn only(&mut self, at: usize) {
        self.left = 0;
        self.next(|other| other == at);
    }

    /// The mailboxes in the order in which to look for something where all were empty.
    pub(super) fn order(&self) -> impl Iterator<Item = usize> + use<> {
        let mut order: Vec<usize> =
            (1..=self.standings.len()).map(|step| (self.at + step) % self.standings.len()).collect();
        order.sort_by_key(|at| (!self.wants(*at), !self.standings[*at].share.preferred));
        order.into_iter()
    }

    /// Chooses among the preferred, or the others.
    fn choose_among(&mut self, preferred: bool, has: &mut impl FnMut(usize) -> bool) -> Option<usize> {
        let at = loop {
            let at = self.first(preferred)?;
            if has(at) {
                break at;
            }
            self.empty[at] = true;
            self.standings[at].credit = 0;
        };
        let privileged = self.standings.iter().any(|standing| standing.share.preferred);
        let alone = !(0..self.standings.len()).any(|other| other != at && self.takes_part(other, preferred));
        let most = match (privileged, preferred) {
            (true, true) => self.privilege.clamp(1, LONGEST),
            // A preferred input that has something now had nothing a moment ago.
            (true, false) if !alone => 1,
            _ => LONGEST,
        };
        self.pay(at, preferred);
        self.at = at;
        self.left = 1;
        while !alone && self.left < most && self.first(preferred) == Some(at) {
            self.pay(at, preferred);
            self.left += 1;
        }
        self.one_run = alone && !preferred;
        if alone {
            self.left = most;
        }
        self.privilege = match preferred {
            true if self.privilege == 0 => MOST_PREFERRED,
            true => self.privilege - self.left.min(self.privilege),
            false => MOST_PREFERRED,
        };
        Some(at)
    }

    fn takes_part(&self, at: usize, preferred: bool) -> bool {
        !self.empty[at] && self.standings[at].share.preferred == preferred
    }

    /// The one that has the most credit, with what it gains this turn.
    fn first(&self, preferred: bool) -> Option<usize> {
        let able = (0..self.standings.len()).filter(|at| self.takes_part(*at, preferred));
        let with_gain = |at: usize| self.standings[at].credit + i64::from(self.standings[at].share.weight);
        // Of equals, the first.
        able.max_by_key(|at| (with_gain(*at), std::cmp::Reverse(*at)))
    }

    /// All that take part gain their weight, which `at` pays.
    fn pay(&mut self, at: usize, preferred: bool) {
        let mut all = 0;
        for other in 0..self.standings.len() {
            if self.takes_part(other, preferred) {
                let weight = i64::from(self.standings[other].share.weight);
                self.standings[other].credit += weight;
                all += weight;
            }
        }
        self.standings[at].credit -= all;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weighted(weights: &[u32]) -> Turns {
        let shares: Vec<Share> =
            weights.iter().map(|weight| Share { weight: *weight, preferred: false }).collect();
        Turns::new(&shares)
    }

    /// The inputs of the next `count` messages, of which `has` says whether they have one.
    fn taken(turns: &mut Turns, count: usize, has: impl Fn(usize, usize) -> bool) -> Vec<usize> {
        let mut taken = Vec::new();
        while taken.len() < count {
            let at = turns.next(|at| has(at, taken.len())).expect("somebody has something");
            turns.allow(1, 0);
            taken.push(at);
        }
        taken
    }

    #[test]
    fn after_any_number_of_messages_each_input_is_less_than_one_away_from_its_share() {
        let weights = [6, 3, 1];
        let taken = taken(&mut weighted(&weights), 20_000, |_, _| true);
        assert_eq!(taken[..10], [0, 1, 0, 0, 1, 0, 2, 0, 1, 0]);
        let mut counts = [0i64; 3];
        for (number, at) in taken.iter().enumerate() {
            counts[*at] += 1;
            for (count, weight) in counts.iter().zip(weights) {
                let off = count * 10 - (number as i64 + 1) * i64::from(weight);
                assert!(off.abs() < 10, "{counts:?}");
            }
        }
        assert_eq!(counts, [12_000, 6_000, 2_000]);
    }

    #[test]
    fn an_input_that_has_nothing_passes_its_turn_and_saves_nothing_up() {
        let mut turns = weighted(&[6, 3, 1]);
        let without = taken(&mut turns, 4_000, |at, _| at != 0);
        assert_eq!(without.iter().filter(|at| **at == 1).count(), 3_000);
        let again = taken(&mut turns, 1_000, |_, _| true);
        let first = again.iter().filter(|at| **at == 0).count();
        assert!((599..=601).contains(&first), "{first}");
        let alone = taken(&mut turns, 1_000, |at, _| at == 2);
        assert!(alone.iter().all(|at| *at == 2));
    }

    #[test]
    fn a_turn_is_as_long_as_the_same_input_would_be_chosen() {
        let mut turns = weighted(&[1_000_000, 1]);
        assert_eq!((turns.next(|_| true), turns.left()), (Some(0), LONGEST));
        let mut turns = weighted(&[1, 1]);
        assert_eq!((turns.next(|_| true), turns.left()), (Some(0), 1));
        turns.allow(1, 0);
        assert_eq!(turns.left(), 0);
        turns.allow(0, 1);
        assert_eq!((turns.left(), turns.next(|_| true)), (1, Some(0)), "it was not used");
    }

    #[test]
    fn a_preferred_input_comes_first_and_lets_one_other_through_after_a_hundred() {
        let other = Share { weight: 1, preferred: false };
        let mut turns = Turns::new(&[other, Share { weight: 1, preferred: true }, other]);
        let taken = taken(&mut turns, 20_000, |_, _| true);
        let count = |of: usize| taken.iter().filter(|at| **at == of).count();
        assert!(taken[..MOST_PREFERRED].iter().all(|at| *at == 1));
        assert_eq!(taken[MOST_PREFERRED..MOST_PREFERRED + 2], [0, 1]);
        assert_eq!((count(0), count(1), count(2)), (99, 19_802, 99));
    }

    #[test]
    fn whoever_waits_alone_is_asked_again_after_each_run() {
        let other = Share { weight: 1, preferred: false };
        let mut turns = Turns::new(&[other, Share { weight: 1, preferred: true }]);
        assert_eq!((turns.next(|at| at == 0), turns.left()), (Some(0), LONGEST));
        turns.allow(3, 0);
        assert_eq!(turns.left(), 0, "the run has begun");
        turns.allow(0, 1);
        assert_eq!((turns.left(), turns.next(|_| true)), (0, Some(1)));
    }

    #[test]
    fn the_one_that_has_something_while_all_others_are_empty_has_the_turn() {
        let mut turns = weighted(&[6, 3, 1]);
        turns.only(2);
        assert_eq!((turns.at, turns.left()), (2, LONGEST));
        turns.only(1);
        assert_eq!((turns.at, turns.left()), (1, 2), "nobody asked the third");
    }

    #[test]
    fn who_is_wanted_or_preferred_is_looked_at_first() {
        let share = |preferred| Share { weight: 1, preferred };
        let turns = Turns::new(&[share(false), share(false), share(true)]);
        assert!(turns.order().eq([2, 1, 0]) && !turns.is_chosen());
        let mut turns = Turns::chosen(2);
        assert!(turns.is_chosen() && turns.order().eq([0, 1]));
        turns.choose(1, 5);
        assert!(turns.order().eq([1, 0]));
    }

    #[test]
    fn where_a_preferred_input_is_empty_the_others_take_one_at_a_time_and_it_is_asked_again() {
        let mut turns = Turns::new(
            &[(3, false), (1, false), (1, true)].map(|(weight, preferred)| Share { weight, preferred }),
        );
        assert_eq!(
            (turns.next(|at| at != 2), turns.left()),
            (Some(0), 1),
            "without it, these would be two in a row"
        );
    }

    #[test]
    fn a_preferred_input_that_is_alone_uses_up_no_privilege() {
        let mut turns = Turns::new(&[false, true].map(|preferred| Share { weight: 1, preferred }));
        assert!(taken(&mut turns, MOST_PREFERRED + 1, |at, _| at == 1).iter().all(|at| *at == 1));
        assert_eq!(taken(&mut turns, 1, |_, _| true), [1]);
    }
}
