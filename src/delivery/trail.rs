//! The marks of messages in a row.

use super::Mark;
use std::collections::VecDeque;

/// Goes along with a queue of messages and says where they came from, those that have a mark.
#[derive(Default)]
pub(crate) struct Trail(VecDeque<Span>);

struct Span {
    count: u64,
    /// As many messages as `count`.
    mark: Option<Mark>,
}

impl Trail {
    /// `count` messages join at the end.
    pub(crate) fn push(&mut self, count: usize, mark: Option<Mark>) {
        debug_assert!(
            mark.as_ref().is_none_or(|mark| mark.len() == count as u64),
            "a mark is of all the messages"
        );
        if count > 0 {
            self.0.push_back(Span { count: count as u64, mark });
        }
    }

    /// The first `count` messages leave; their marks.
    pub(crate) fn take(&mut self, count: u64) -> Vec<Mark> {
        let (mut marks, mut left) = (Vec::new(), count);
        while left > 0
            && let Some(span) = self.0.front_mut()
        {
            let taken = left.min(span.count);
            left -= taken;
            span.count -= taken;
            if span.count > 0 {
                marks.extend(span.mark.as_mut().map(|mark| mark.take_front(taken)));
            } else {
                marks.extend(self.0.pop_front().and_then(|span| span.mark));
            }
        }
        marks
    }

    /// The last message leaves; its mark.
    pub(crate) fn take_last(&mut self) -> Option<Mark> {
        let span = self.0.back_mut()?;
        span.count -= 1;
        if span.count > 0 { span.mark.as_mut().map(Mark::take_last) } else { self.0.pop_back()?.mark }
    }

    /// How many messages there are.
    pub(crate) fn len(&self) -> u64 {
        self.0.iter().map(|span| span.count).sum()
    }

    /// The first `count` messages go to the end of `to`.
    pub(crate) fn pass(&mut self, count: u64, to: &mut Self) {
        let mut left = count;
        while left > 0
            && let Some(span) = self.0.front_mut()
        {
            let passed = left.min(span.count);
            left -= passed;
            if passed == span.count {
                to.0.extend(self.0.pop_front());
            } else {
                span.count -= passed;
                let mark = span.mark.as_mut().map(|mark| mark.take_front(passed));
                to.0.push_back(Span { count: passed, mark });
            }
        }
    }

    /// Everything of `front` goes before all that is here.
    pub(crate) fn put_back(&mut self, mut front: Self) {
        front.0.append(&mut self.0);
        self.0 = front.0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Origin, Tracker};
    use super::*;

    fn shown(marks: impl IntoIterator<Item = Mark>) -> String {
        marks.into_iter().map(|mark| format!("{mark:?}")).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn marks_leave_with_their_messages_from_both_ends() {
        let origin = Origin::new(Tracker::new(), 0);
        let mut trail = Trail::default();
        trail.push(3, Some(origin.mark(0, 3)));
        trail.push(2, None);
        trail.push(4, Some(origin.mark(3, 4)));
        assert_eq!(shown(trail.take(2)), "Mark(1 to 2)");
        assert_eq!(shown(trail.take_last()), "Mark(7 to 7)");
        assert_eq!(shown(trail.take(5)), "Mark(3 to 3), Mark(4 to 5)");
        let mut front = Trail::default();
        front.push(1, Some(origin.mark(8, 1)));
        trail.put_back(front);
        assert_eq!(shown(trail.take(9)), "Mark(9 to 9), Mark(6 to 6)");
        assert!(trail.take_last().is_none() && trail.take(1).is_empty());
        trail.push(2, Some(origin.mark(0, 2)));
        trail.push(3, Some(origin.mark(2, 3)));
        let mut started = Trail::default();
        trail.pass(3, &mut started);
        assert_eq!((trail.len(), started.len()), (2, 3));
        assert_eq!(shown(started.take(9)), "Mark(1 to 2), Mark(3 to 3)");
        assert_eq!(shown(trail.take(9)), "Mark(4 to 5)");
    }
}
