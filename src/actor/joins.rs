//! The joins every topology needs: two inputs pair by pair, and one after the other.

use super::{Join, Side};
use crate::error::Result;
use crate::message::Message;
use crate::outlet::Outlet;
use std::marker::PhantomData;

/// A stage that puts messages of two inputs together, pair by pair; see [`zip`].
pub struct Zip<A, B> {
    /// The message that waits for its partner.
    left: Option<A>,
    /// Which inputs have ended.
    ended: (bool, bool),
    right: PhantomData<fn(B)>,
}

/// A stage that emits the first message of its first input with the first of its second, then the second of each, and so
/// on. It holds at most one message, and takes from the input it lacks.
///
/// It ends when either input has ended and its last message has found a partner: what the other has beyond that counts as
/// dropped (cancelled), and its upstream ends in good order.
///
/// ```
/// use tidegate::prelude::*;
///
/// let report = Topology::new("pairs")
///     .producer("numbers", iter(1..=3u64))
///     .producer("names", iter(["one", "two", "three", "four"].map(String::from)))
///     .join("pairs", zip::<u64, String>(), "numbers", "names")
///     .consumer("print", for_each(|(n, name): (u64, String)| println!("{n} is {name}")))
///     .start()?
///     .join();
/// assert_eq!(report.actors["print"].handled, 3);
/// assert_eq!(report.actors["pairs"].dropped.cancelled, 1);
/// # Ok::<(), tidegate::StartError>(())
/// ```
pub fn zip<A: Message, B: Message>() -> Zip<A, B> {
    Zip { left: None, ended: (false, false), right: PhantomData }
}

impl<A: Message, B: Message> Join for Zip<A, B> {
    type Left = A;
    type Right = B;
    type Out = Outlet<(A, B)>;

    fn wants(&self) -> Side {
        if self.left.is_some() { Side::Right } else { Side::Left }
    }

    async fn left(&mut self, message: A, _: &mut Outlet<(A, B)>) -> Result {
        self.left = Some(message);
        Ok(())
    }

    async fn right(&mut self, message: B, out: &mut Outlet<(A, B)>) -> Result {
        let left = self.left.take().ok_or("the second of a pair came before the first")?;
        out.emit((left, message));
        Ok(())
    }

    fn on_side_end(&mut self, side: Side) {
        match side {
            Side::Left => self.ended.0 = true,
            Side::Right => self.ended.1 = true,
        }
    }

    fn is_finished(&self) -> bool {
        self.ended.1 || self.ended.0 && self.left.is_none()
    }

    fn unmatched(&self) -> usize {
        self.held()
    }

    async fn on_end(&mut self, _: &mut Outlet<(A, B)>) -> Result {
        self.left = None;
        Ok(())
    }

    fn max_held(&self) -> usize {
        1
    }

    fn held(&self) -> usize {
        usize::from(self.left.is_some())
    }
}

/// A stage that puts one input after the other; see [`concat()`].
pub struct Concat<T>(PhantomData<fn(T)>);

/// A stage that emits all messages of its first input, and when that has ended, all of its second, which waits until then.
///
/// ```
/// use tidegate::prelude::*;
///
/// let topology = Topology::new("history, then news")
///     .producer("history", iter(0..100u64))
///     .producer("news", iter(100..200u64))
///     .join("all", concat::<u64>(), "history", "news")
///     .consumer("print", for_each(|n: u64| println!("{n}")));
/// assert_eq!(topology.start()?.join().actors["print"].handled, 200);
/// # Ok::<(), tidegate::StartError>(())
/// ```
pub fn concat<T: Message>() -> Concat<T> {
    Concat(PhantomData)
}

impl<T: Message> Join for Concat<T> {
    type Left = T;
    type Right = T;
    type Out = Outlet<T>;

    fn wants(&self) -> Side {
        Side::Left
    }

    fn one_after_the_other(&self) -> bool {
        true
    }

    async fn left(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        out.emit(message);
        Ok(())
    }

    async fn right(&mut self, message: T, out: &mut Outlet<T>) -> Result {
        out.emit(message);
        Ok(())
    }
}
