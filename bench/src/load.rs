//! What moves, and how the result is checked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::time::Duration;
use tidegate::{Keyed, Result};

/// A kind of message. All contenders of a scenario move the same.
///
/// Message `n` has the value `n` when it is made; each stage changes the value to `factor * value + summand`. So the
/// sum of all values at the end is known, and they still come in rising order where order is kept.
pub trait Load: Clone + Debug + Send + Sync + Unpin + 'static {
    /// Each stage multiplies by this.
    const FACTOR: u64;
    /// And adds this.
    const SUMMAND: u64;

    /// How long a producer rests before each message; not at all, unless the scenario is about idle actors.
    const REST: Option<Duration> = None;

    fn make(n: u64) -> Self;

    /// What a stage does.
    fn step(self) -> Self;

    fn value(&self) -> u64;

    /// Called when the message has reached its consumer.
    #[inline]
    fn arrived(&self) {}
}

/// Waits as long as producers of `T` rest before each message.
#[inline]
pub async fn rest<T: Load>() {
    if let Some(rest) = T::REST {
        tokio::time::sleep(rest).await;
    }
}

/// The same for producers that block.
#[inline]
pub fn rest_blocking<T: Load>() {
    if let Some(rest) = T::REST {
        std::thread::sleep(rest);
    }
}

/// A plain number; a stage computes `n * 2 + 1`. For chains of a few stages.
impl Load for u64 {
    const FACTOR: u64 = 2;
    const SUMMAND: u64 = 1;

    #[inline]
    fn make(n: u64) -> Self {
        n
    }

    #[inline]
    fn step(self) -> Self {
        self * 2 + 1
    }

    #[inline]
    fn value(&self) -> u64 {
        *self
    }
}

/// A number that a stage adds 1 to, for chains of many stages; and one with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Count(pub u64);

impl Load for Count {
    const FACTOR: u64 = 1;
    const SUMMAND: u64 = 1;

    #[inline]
    fn make(n: u64) -> Self {
        Self(n)
    }

    #[inline]
    fn step(self) -> Self {
        Self(self.0 + 1)
    }

    #[inline]
    fn value(&self) -> u64 {
        self.0
    }
}

impl Keyed for Count {
    #[inline]
    fn key(&self, _: &str) -> u64 {
        spread(self.0)
    }
}

/// A hash of `n`, the same for all contenders: the golden ratio in 64 bits, which spreads neighbours far apart.
#[inline]
pub fn spread(n: u64) -> u64 {
    let product = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ (product >> 32)
}

/// 256 bytes, moved by value; a stage adds 1 to the number at their head.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Block([u64; 32]);

impl Load for Block {
    const FACTOR: u64 = 1;
    const SUMMAND: u64 = 1;

    #[inline]
    fn make(n: u64) -> Self {
        Self([n; 32])
    }

    #[inline]
    fn step(mut self) -> Self {
        self.0[0] += 1;
        self
    }

    #[inline]
    fn value(&self) -> u64 {
        self.0[0]
    }
}

/// A string of 16 digits, allocated by the producer and freed by the consumer; stages hand it on.
impl Load for String {
    const FACTOR: u64 = 1;
    const SUMMAND: u64 = 0;

    #[inline]
    fn make(mut n: u64) -> Self {
        let mut digits = [b'0'; 16];
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (n % 10) as u8;
            n /= 10;
        }
        digits.iter().map(|digit| char::from(*digit)).collect()
    }

    #[inline]
    fn step(self) -> Self {
        self
    }

    #[inline]
    fn value(&self) -> u64 {
        self.bytes().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'))
    }
}

/// What a consumer remembers: enough to tell whether everything came, and in order.
///
/// With several lanes, message `n` is on lane `n % LANES`, and order is promised within a lane only.
#[derive(Clone, Debug)]
pub struct Tally<const LANES: usize = 1> {
    pub count: u64,
    sum: u64,
    /// One more than the last value on each lane; 0 before the first.
    next: [u64; LANES],
    ordered: bool,
}

impl<const LANES: usize> Default for Tally<LANES> {
    fn default() -> Self {
        Self { count: 0, sum: 0, next: [0; LANES], ordered: true }
    }
}

impl<const LANES: usize> Tally<LANES> {
    /// Notes one message.
    #[inline]
    pub fn add(&mut self, message: &impl Load) {
        message.arrived();
        let value = message.value();
        self.count += 1;
        self.sum = self.sum.wrapping_add(value);
        let next = &mut self.next[value as usize % LANES];
        self.ordered &= value >= *next;
        *next = value.wrapping_add(1);
    }

    /// Adds the counts of another consumer; each has its own order.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.count += other.count;
        self.sum = self.sum.wrapping_add(other.sum);
        self.ordered &= other.ordered;
        self
    }

    /// Whether these are `copies` times the messages `0..messages`, each after so many stages, and in order.
    ///
    /// # Errors
    /// When they are not; says what differs.
    pub fn check<T: Load>(&self, messages: u64, stages: usize, copies: u64) -> Result {
        let expected = (messages * copies, sum::<T>(messages, stages).wrapping_mul(copies));
        if (self.count, self.sum) != expected {
            let found = (self.count, self.sum);
            return Err(format!("expected (count, sum) to be {expected:?}, not {found:?}").into());
        }
        if !self.ordered {
            return Err("messages came out of order".into());
        }
        Ok(())
    }
}

/// The sum of the values of messages `0..messages` after so many stages, modulo 2^64.
fn sum<T: Load>(messages: u64, stages: usize) -> u64 {
    let (mut factor, mut summand) = (1u64, 0u64);
    for _ in 0..stages {
        factor = factor.wrapping_mul(T::FACTOR);
        summand = summand.wrapping_mul(T::FACTOR).wrapping_add(T::SUMMAND);
    }
    let numbers = u128::from(messages) * u128::from(messages.saturating_sub(1)) / 2;
    factor.wrapping_mul(numbers as u64).wrapping_add(summand.wrapping_mul(messages))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after<T: Load>(messages: std::ops::Range<u64>, stages: usize) -> Tally {
        let mut tally = Tally::default();
        for n in messages {
            tally.add(&(0..stages).fold(T::make(n), |message, _| message.step()));
        }
        tally
    }

    #[test]
    fn the_expected_sum_is_that_of_the_messages() {
        after::<u64>(0..100, 3).check::<u64>(100, 3, 1).expect("all there");
        after::<Count>(0..100, 998).check::<Count>(100, 998, 1).expect("all there");
        after::<Block>(0..10, 2).check::<Block>(10, 2, 1).expect("all there");
        after::<String>(0..1000, 2).check::<String>(1000, 2, 1).expect("all there");
    }

    #[test]
    fn a_missing_message_and_a_wrong_order_are_seen() {
        assert!(after::<u64>(1..100, 1).check::<u64>(100, 1, 1).is_err());
        let mut swapped = Tally::<1>::default();
        for n in [1u64, 0, 2] {
            swapped.add(&n);
        }
        assert_eq!(swapped.check::<u64>(3, 0, 1).unwrap_err().to_string(), "messages came out of order");
        let mut lanes = Tally::<2>::default();
        for n in [1u64, 0, 2] {
            lanes.add(&n);
        }
        lanes.check::<u64>(3, 0, 1).expect("0 before 2, and 1");
    }

    #[test]
    fn a_string_keeps_its_number() {
        assert_eq!(String::make(1234), "0000000000001234");
        assert_eq!(String::make(1234).value(), 1234);
    }
}
