//! Virtual time.

use super::balanced;
use crate::{Handle, Report, Snapshot, Topology};
use std::time::{Duration, Instant};

/// How long [`eventually`] watches before it gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs `test` in an actix system on the current thread, with a clock that stands still while anything can be done
/// and leaps to the next timer when nothing can.
pub fn virtual_time<F: Future>(test: F) -> F::Output {
    let system = actix::System::with_tokio_rt(|| {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().start_paused(true).build().expect("a runtime for a test")
    });
    system.block_on(test)
}

/// Starts `topology` in virtual time, all actors on the current thread, blocking ones too.
///
/// # Panics
/// When the topology does not start, or outside [`virtual_time`].
pub fn start(topology: Topology) -> Handle {
    match topology.start_here(None) {
        Ok(handle) => handle,
        Err(error) => panic!("the topology does not start:\n{error}"),
    }
}

/// Runs `topology` to its end in virtual time, and looks at the books.
///
/// # Panics
/// When the topology does not start, or the ledger does not balance.
pub fn run(topology: Topology) -> Report {
    virtual_time(async { balanced(&start(topology).wait().await) })
}

/// Waits until nothing moves any more: in virtual time, a timer fires only then.
pub async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

/// Watches a topology that runs in real time until it is in the state that `is_so` describes.
///
/// # Panics
/// When that does not come about within 30 seconds; shows the last state.
pub fn eventually(running: &Handle, is_so: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let since = Instant::now();
    loop {
        let snapshot = running.snapshot();
        if is_so(&snapshot) {
            return snapshot;
        }
        assert!(since.elapsed() < PATIENCE, "the topology did not come to the expected state: {snapshot:#?}");
        std::thread::yield_now();
    }
}
