//! How fast a producer may go: a limit it shares with others, a rate that it feels for, or both.

use crate::actor::Aimd;
use crate::signal::SignalKind;
use crate::time::{Duration, Instant};
use crate::{Limit, Rate};

/// The pace of a producer.
pub(super) struct Pace {
    limit: Option<Turns>,
    aimd: Option<Feeling>,
}

/// A limit, and the turn that was asked for while there were no tokens.
struct Turns {
    limit: Limit,
    turn: Option<Instant>,
}

/// Additive increase, multiplicative decrease.
struct Feeling {
    options: Aimd,
    rate: f64,
    turns: Turns,
    /// When the rate changed, or could have changed, last.
    since: Instant,
    /// Whether a link asks to hold.
    held: bool,
}

impl Pace {
    /// `None` if nothing limits it.
    pub(super) fn new(limit: Option<Limit>, aimd: Option<Aimd>) -> Option<Self> {
        if limit.is_none() && aimd.is_none() {
            return None;
        }
        Some(Self { limit: limit.map(Turns::new), aimd: aimd.map(Feeling::new) })
    }

    /// How many of `most` messages may be made now, or when the next may.
    pub(super) fn allow(&mut self, most: usize) -> Result<usize, Instant> {
        let Some(aimd) = &mut self.aimd else {
            return self.limit.as_mut().map_or(Ok(most), |limit| limit.take(most));
        };
        aimd.grow();
        let felt = aimd.turns.take(most)?;
        let Some(limit) = &mut self.limit else { return Ok(felt) };
        let taken = limit.take(felt);
        aimd.turns.limit.give_back((felt - taken.unwrap_or(0)) as f64);
        taken
    }

    /// Of so many messages that were allowed, this many were made.
    pub(super) fn settle(&self, allowed: usize, made: u64) {
        let unused = allowed as f64 - made as f64;
        if unused != 0.0 {
            self.limit.iter().for_each(|turns| turns.limit.give_back(unused));
            self.aimd.iter().for_each(|aimd| aimd.turns.limit.give_back(unused));
        }
    }

    /// A downstream mailbox has spoken; `held` says whether any asks to hold now.
    pub(super) fn hear(&mut self, kind: SignalKind, held: bool) {
        let Some(aimd) = &mut self.aimd else { return };
        aimd.grow();
        aimd.held = held;
        aimd.since = Instant::now();
        if kind == SignalKind::Backpressure {
            aimd.change(aimd.rate * aimd.options.decrease);
        }
    }

    /// The rate it has come to, where it feels for one.
    pub(super) fn rate(&self) -> Option<f64> {
        self.aimd.as_ref().map(|aimd| aimd.rate)
    }
}

impl Turns {
    fn new(limit: Limit) -> Self {
        Self { limit, turn: None }
    }

    fn take(&mut self, most: usize) -> Result<usize, Instant> {
        if most == 0 {
            return Ok(0);
        }
        let turn = match self.turn.take() {
            Some(turn) => turn,
            None => match self.limit.take_up_to(most) {
                0 => self.limit.reserve(1.0),
                taken => return Ok(taken),
            },
        };
        if turn > Instant::now() {
            self.turn = Some(turn);
            return Err(turn);
        }
        Ok(1 + self.limit.take_up_to(most - 1))
    }
}

impl Feeling {
    fn new(options: Aimd) -> Self {
        let turns = Turns::new(Limit::new(Rate::per_second(options.start), 1));
        let mut feeling = Self { rate: options.start, options, turns, since: Instant::now(), held: false };
        feeling.change(options.start);
        feeling
    }

    /// Does what the full seconds since the last change have brought about.
    fn grow(&mut self) {
        const SECOND: Duration = Duration::from_secs(1);
        let seconds = self.since.elapsed().as_secs();
        if seconds == 0 {
            return;
        }
        self.since += SECOND * u32::try_from(seconds).unwrap_or(u32::MAX);
        let Aimd { increase, decrease, .. } = self.options;
        self.change(match self.held {
            true => self.rate * decrease.powf(seconds as f64),
            false => self.rate + increase * seconds as f64,
        });
    }

    fn change(&mut self, rate: f64) {
        self.rate = rate.min(self.options.max.unwrap_or(f64::INFINITY)).max(self.options.min);
        self.turns.limit.set_rate(Rate::per_second(self.rate));
    }
}
