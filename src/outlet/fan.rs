//! All the ways out of one port: every message goes to every target.

use super::LinkError;
use super::lane::{Lane, Room};
use super::target::Target;
use crate::mailbox::Link;
use crate::message::Message;
use crate::sync::{Arc, AtomicU64, Ordering};
use std::collections::VecDeque;
use std::mem;
use std::task::Context;

/// The targets of one port.
pub(crate) struct Fan<T: Message> {
    targets: Vec<Target<T>>,
    /// Messages that may surely be pushed before anybody has to ask for room again.
    credits: usize,
    /// With fewer credits than this it is time to [ask for more](AnyFan::top_up), though there may be enough for a call.
    scarce: usize,
    /// More credits than this are not asked for.
    block: usize,
    /// Whether a target limits the size of a message.
    limits: bool,
    /// Whether a push may fail: a target does not backpressure.
    may_fail: bool,
    /// Messages that a panic of their `Clone` or `Keyed` kept from being pushed.
    undone: VecDeque<T>,
    /// Messages pushed, each once.
    pushed: u64,
    /// `pushed` as others see it, brought up to date with each flush; written here only.
    emitted: Arc<AtomicU64>,
}

impl<T: Message> Fan<T> {
    pub(super) fn new(targets: Vec<Target<T>>, emitted: Arc<AtomicU64>) -> Self {
        let limits = targets.iter().flat_map(Target::lanes).any(Lane::limits);
        let may_fail = limits || !targets.iter().flat_map(Target::lanes).all(Lane::backpressures);
        let undone = VecDeque::new();
        let mut fan = Self {
            targets,
            credits: 0,
            scarce: 0,
            block: 0,
            limits,
            may_fail,
            undone, // What had its place before counted, too.
            pushed: emitted.load(Ordering::Relaxed),
            emitted,
        };
        fan.count_credits(0);
        fan.size_up();
        fan
    }

    #[inline]
    pub(super) fn credits(&self) -> usize {
        self.credits
    }

    /// Whether to ask for room before so many calls that emit up to `need` messages each.
    #[inline]
    pub(super) fn is_short(&self, need: usize, calls: usize) -> bool {
        let worthwhile = (self.block / 2).min(need.saturating_mul(calls));
        self.credits < need.max(self.scarce).max(worthwhile)
    }

    fn lanes(&self) -> impl Iterator<Item = &Lane<T>> {
        self.targets.iter().flat_map(Target::lanes)
    }

    /// Those of which the end matters to the actor: all but taps.
    fn reading_lanes(&self) -> impl Iterator<Item = &Lane<T>> {
        self.lanes().filter(|lane| !lane.link().is_tap())
    }

    fn lanes_mut(&mut self) -> impl Iterator<Item = &mut Lane<T>> {
        self.targets.iter_mut().flat_map(Target::lanes_mut)
    }

    #[inline]
    pub(super) fn limits(&self) -> bool {
        self.limits
    }

    /// Whether pushing may fail the call that emitted a message.
    #[inline]
    pub(super) fn may_fail(&self) -> bool {
        self.may_fail
    }

    /// Pushes all of `messages`, and leaves an empty vector; see [`push`](Self::push).
    pub(super) fn push_all(&mut self, messages: &mut Vec<T>) -> Result<(), LinkError> {
        if !self.undone.is_empty() || !self.goes_in_bulk() {
            return self.push_each(messages);
        }
        if self.targets.iter().all(Target::is_single) {
            self.spend(messages.len());
            let Some((last, others)) = self.targets.split_last_mut() else {
                messages.clear();
                return Ok(());
            };
            others.iter_mut().try_for_each(|target| target.only().push_cloned(messages))?;
            return last.only().push_all(messages);
        }
        // Neither conversion moves a message or allocates.
        self.undone = mem::take(messages).into();
        let undone = &*self.undone.make_contiguous();
        self.targets.iter_mut().for_each(|target| target.assign(undone));
        let count = undone.len();
        if let Some((last, others)) = self.targets.split_last_mut() {
            others.iter_mut().try_for_each(|target| target.push_assigned_cloned(undone))?;
            *messages = mem::take(&mut self.undone).into();
            last.push_assigned(messages)?;
        }
        self.spend(count);
        Ok(())
    }

    fn push_each(&mut self, messages: &mut Vec<T>) -> Result<(), LinkError> {
        match self.undone.is_empty() {
            true => self.undone = mem::take(messages).into(),
            // An actor that goes on after such a panic.
            false => self.undone.extend(messages.drain(..)),
        }
        while let Some(message) = self.undone.pop_front() {
            if let Err(error) = self.push(message) {
                self.undone.clear();
                return Err(error);
            }
        }
        *messages = mem::take(&mut self.undone).into();
        Ok(())
    }

    /// Messages pushed, each once.
    pub(super) fn pushed(&self) -> u64 {
        self.pushed
    }

    fn spend(&mut self, messages: usize) {
        self.credits = self.credits.saturating_sub(messages);
        self.pushed += messages as u64;
    }

    /// Whether messages need not go one by one: none may fail, and to clone one is to copy it.
    fn goes_in_bulk(&self) -> bool {
        !self.may_fail && (self.targets.len() <= 1 || !mem::needs_drop::<T>())
    }

    /// Pushes `message`, which every target [admits](Self::admit), to each. An error means that one of them fails on
    /// overflow; the others may have it.
    #[inline]
    pub(super) fn push(&mut self, message: T) -> Result<(), LinkError> {
        self.spend(1);
        match &mut self.targets[..] {
            [only] => only.push(message),
            _ => self.broadcast(message),
        }
    }

    /// # Errors
    /// When a target finds `message` too large.
    #[inline(never)]
    pub(super) fn admit(&self, message: &T) -> Result<(), LinkError> {
        self.lanes().try_for_each(|lane| lane.admits(message))
    }

    #[inline(never)]
    fn broadcast(&mut self, message: T) -> Result<(), LinkError> {
        let Some((last, others)) = self.targets.split_last_mut() else { return Ok(()) };
        for target in others {
            target.push(message.clone())?;
        }
        last.push(message)
    }

    /// Counts a message that was sent and will not be pushed any more: the actor was stopped.
    pub(super) fn refuse(&mut self) {
        self.pushed += 1;
        self.targets.iter_mut().for_each(Target::refuse);
    }

    fn count_credits(&mut self, need: usize) {
        self.credits = self.targets.iter().map(|target| target.room(need)).min().unwrap_or(usize::MAX);
    }

    /// Looks how much to ask for at once: the mailboxes may have been made larger or smaller.
    fn size_up(&mut self) {
        self.block = self.lanes().map(Lane::block).min().unwrap_or(0);
        // Where each message chooses its way, room is used up in one lane before the others.
        self.scarce = if self.targets.iter().all(Target::is_single) { 0 } else { self.block / 4 };
    }

    #[inline]
    pub(super) fn flush(&mut self) {
        // One writer: no read-modify-write.
        self.emitted.store(self.pushed, Ordering::Relaxed);
        self.lanes_mut().for_each(Lane::flush);
    }
}

/// A fan whose message type is forgotten: for all that happens less often than once per message.
pub trait AnyFan {
    /// Whether a target asks to hold.
    fn is_held(&self) -> bool;
    /// Whether there are links, taps aside, and all of them have ended.
    fn is_ended(&self) -> bool;
    /// Whether no link, taps aside, ended otherwise than because its other end wanted no more.
    fn is_cancelled(&self) -> bool;
    /// Whether there are links that are not taps.
    fn is_read(&self) -> bool;
    /// Whether there are links.
    fn is_linked(&self) -> bool;
    /// Asks every target for room for `need` messages.
    fn ask(&mut self, need: usize) -> Room;
    /// Counts the credits anew: each message was taken from all lanes that it could choose, and has gone to one.
    fn recount(&mut self, need: usize);
    /// Reserves more where little is left and nobody has to wait or is told of pressure for it.
    fn top_up(&mut self, need: usize);
    /// The first target that has no room for `need` messages now.
    fn short(&mut self, need: usize) -> Option<usize>;
    /// Whether a target has room now, looked at only where it stands in line.
    fn still_has_room(&mut self, target: usize, need: usize) -> bool;
    /// Joins the line of one target, and leaves those of the others.
    fn wait_at(&mut self, target: usize, need: usize, cx: &Context<'_>);
    /// Leaves every line.
    fn stop_waiting(&mut self);
    /// Gives unused room back.
    fn give_back(&mut self);
    /// Adds how many messages have gone each way, and gives back how many there were, each counted once.
    fn emitted(&self, by_lane: &mut Vec<u64>) -> u64;
    /// Ends every link, after handing over what is staged; `failed` if there should have been more.
    fn end(&mut self, failed: bool);
    /// The link in whose line it stands, or the first of them.
    fn awaited(&self) -> Option<&Arc<Link>>;
    /// The first link that holds it.
    fn holder(&self) -> Option<&Arc<Link>>;
}

impl<T: Message> AnyFan for Fan<T> {
    fn is_held(&self) -> bool {
        self.targets.iter().any(Target::is_held)
    }

    fn is_ended(&self) -> bool {
        self.is_read() && self.reading_lanes().all(Lane::is_closed)
    }

    fn is_cancelled(&self) -> bool {
        self.reading_lanes().all(|lane| lane.link().is_cancelled() || !lane.is_closed())
    }

    fn is_read(&self) -> bool {
        self.reading_lanes().next().is_some()
    }

    fn is_linked(&self) -> bool {
        !self.targets.is_empty()
    }

    fn ask(&mut self, need: usize) -> Room {
        let short =
            self.targets.iter_mut().enumerate().find_map(|(at, target)| match target.try_fill(need) {
                Room::Ready => None,
                Room::Yield(_) => Some(Room::Yield(at)),
                Room::Full(_) => Some(Room::Full(at)),
            });
        self.count_credits(need);
        self.size_up();
        short.unwrap_or(Room::Ready)
    }

    fn recount(&mut self, need: usize) {
        self.count_credits(need);
    }

    fn top_up(&mut self, need: usize) {
        self.lanes_mut().for_each(Lane::top_up);
        self.count_credits(need);
    }

    fn short(&mut self, need: usize) -> Option<usize> {
        self.targets.iter_mut().position(|target| !target.has_room(need))
    }

    fn still_has_room(&mut self, target: usize, need: usize) -> bool {
        self.targets[target].still_has_room(need)
    }

    fn wait_at(&mut self, target: usize, need: usize, cx: &Context<'_>) {
        for (at, other) in self.targets.iter_mut().enumerate() {
            if at == target { other.wait(need, cx) } else { other.stop_waiting() }
        }
    }

    fn stop_waiting(&mut self) {
        self.lanes_mut().for_each(Lane::stop_waiting);
    }

    fn give_back(&mut self) {
        self.lanes_mut().for_each(Lane::give_back);
        self.count_credits(0);
    }

    fn emitted(&self, by_lane: &mut Vec<u64>) -> u64 {
        by_lane.extend(self.lanes().map(Lane::emitted));
        self.pushed
    }

    fn end(&mut self, failed: bool) {
        for _ in mem::take(&mut self.undone) {
            self.refuse();
        }
        self.emitted.store(self.pushed, Ordering::Relaxed);
        self.lanes_mut().for_each(|lane| lane.end(failed));
    }

    fn awaited(&self) -> Option<&Arc<Link>> {
        self.lanes().find(|lane| lane.is_in_line()).map(Lane::link)
    }

    fn holder(&self) -> Option<&Arc<Link>> {
        let held = self.targets.iter().filter(|target| target.is_held());
        held.flat_map(Target::lanes).find(|lane| lane.is_held()).map(Lane::link)
    }
}
