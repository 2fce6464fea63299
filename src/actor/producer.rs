//! Producers: actors that only emit.

use super::{Checks, Reaction};
use crate::error::Result;
use crate::outlet::Outputs;
use crate::signal::Signal;
use crate::time::{Duration, Instant};

/// What a producer wants after one call of [`produce`](Producer::produce).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Call again as soon as there is room.
    More,
    /// Do not call again before this long has passed, by the runtime's clock, unless a setting is changed.
    After(Duration),
    /// Do not call again before this moment, unless a setting is changed.
    At(Instant),
    /// There is nothing more: the outlets end when all is delivered.
    Done,
}

/// An actor that emits messages it makes or reads somewhere.
///
/// ```
/// use tidegate::prelude::*;
///
/// /// Counts down.
/// struct Countdown(u64);
///
/// impl Producer for Countdown {
///     type Out = Outlet<u64>;
///
///     async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
///         if self.0 == 0 {
///             return Ok(Next::Done);
///         }
///         out.emit(self.0);
///         self.0 -= 1;
///         Ok(Next::More)
///     }
/// }
/// ```
pub trait Producer: Send + 'static {
    /// What it emits through: an [`Outlet`](crate::Outlet), or a struct of several from [`ports!`](crate::ports).
    type Out: Outputs;

    /// Emits the next message or messages, and says when to call again.
    ///
    /// Called only while the links are not held and have room for [`max_emit`](Self::max_emit) messages. It may wait for
    /// input; a drain, or the end of its last link, drops a call that waits for anything but `send`. While it waits, the
    /// hooks are not called, unless it is [cancel safe](Self::is_cancel_safe).
    fn produce(&mut self, out: &mut Self::Out) -> impl Future<Output = Result<Next>>;

    /// Does what [`produce`](Self::produce) would do, at once, if the actor can; it is asked first. The default, `None`,
    /// never can. See [`Stage::handle_now`](crate::Stage::handle_now).
    #[inline]
    fn produce_now(&mut self, out: &mut Self::Out) -> Option<Result<Next>> {
        let _ = out;
        None
    }

    /// Whether a call of [`produce`](Self::produce) that waits for input may be dropped and made anew without losing
    /// any. Then a signal reaches its hook at once, however long the input takes.
    fn is_cancel_safe(&self) -> bool {
        false
    }

    /// Whether it can begin again where an earlier run left off, because it remembers what was
    /// [acknowledged](Self::on_acknowledged). Then delivery is at least once, unless the topology says otherwise.
    fn can_resume(&self) -> bool {
        false
    }

    /// Under at-least-once delivery: the first `count` messages of this run are done. Every consumer they reached, and
    /// all that came of them, has handled them; or they failed, and their actor was told to go on.
    ///
    /// Called between two calls of [`produce`](Self::produce), and after `on_end` until all is done. What it has not heard
    /// of by `on_stop` may have been handled or not, and must be produced again.
    fn on_acknowledged(&mut self, count: u64) {
        let _ = count;
    }

    hooks!(out: Self::Out);
}
