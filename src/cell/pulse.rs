//! How long a cell works before it lets others have their turn.

use crate::time::{Duration, Instant};

/// A cell yields after about this long, so that no neighbour and no signal waits much longer.
const SLICE: Duration = Duration::from_micros(100);

/// It yields after so many messages in any case, however fast they are.
const MOST: u32 = 2048;

/// Counts messages down to the next look at the clock: reading it for each message would cost more than many a
/// handler.
pub(crate) struct Pulse {
    /// Messages until the next look.
    left: u32,
    /// Messages between the last look and the next.
    stride: u32,
    /// Messages in this slice, up to the last look.
    spent: u32,
    since: Instant,
    /// Whether the cell is to yield after each message.
    single: bool,
}

impl Pulse {
    pub(crate) fn new(single: bool) -> Self {
        Self { left: 1, stride: 1, spent: 0, since: Instant::now(), single }
    }

    /// Takes up to `most` messages of those before the next look.
    pub(crate) fn take(&mut self, most: usize) -> usize {
        let taken = self.left.min(u32::try_from(most).unwrap_or(u32::MAX));
        self.left -= taken;
        taken as usize
    }

    /// Gives back what was taken and did not come.
    pub(crate) fn give_back(&mut self, messages: usize) {
        self.left += messages as u32;
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Looks at the clock; true if it is time to yield. Then a new slice begins.
    pub(crate) fn turn(&mut self) -> bool {
        self.spent += self.stride;
        let elapsed = self.since.elapsed();
        let over = self.single || elapsed >= SLICE || self.spent >= MOST;
        if over {
            self.renew();
            return true;
        }
        // As many as fit into the rest of the slice at this pace, but never trusting a short measurement far.
        let rest = (SLICE - elapsed).as_nanos() * u128::from(self.spent) / elapsed.as_nanos().max(1);
        let rest = u32::try_from(rest).unwrap_or(u32::MAX);
        self.stride = rest.min(self.stride * 8).min(MOST - self.spent).max(1);
        self.left = self.stride;
        false
    }

    /// When this slice began.
    pub(crate) fn since(&self) -> Instant {
        self.since
    }

    /// Begins a new slice: the cell has suspended.
    pub(crate) fn renew(&mut self) {
        self.spent = 0;
        self.since = Instant::now();
        self.stride = if self.single { 1 } else { self.stride.clamp(1, MOST / 8) };
        self.left = self.stride;
    }
}
