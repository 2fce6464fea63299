//! The times of an instance under loom, which tries all interleavings, those of weak memory included.

use super::{Doing, Times};
use crate::sync::Arc;
use loom::thread;

#[test]
fn the_parts_add_up_while_the_instance_turns() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(|| {
        let times = Arc::new(Times::default());
        times.turn((Doing::Nothing, None), (Doing::Idle, None), 0, 0);
        let instance = times.clone();
        let instance = thread::spawn(move || {
            instance.turn((Doing::Idle, None), (Doing::Busy, None), 0, 4);
            instance.turn((Doing::Busy, None), (Doing::Idle, None), 4, 7);
        });
        let (spent, ()) = times.read(10, || ());
        assert_eq!(spent.idle + spent.busy, 10, "{spent:?}");
        instance.join().expect("the instance does not panic");
        let (spent, ()) = times.read(10, || ());
        assert_eq!((spent.idle, spent.busy), (7, 3));
    });
}
