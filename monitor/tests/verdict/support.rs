//! Actors that are slow in different ways, and a look at a topology of them while it runs.

use std::time::Duration;
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate::time::sleep;
use tidegate_monitor::Description;
use tidegate_monitor::verdict::{Root, RootKind, Verdict, Window, verdict};

pub const SECOND: Duration = Duration::from_secs(1);

pub fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Takes so many milliseconds for each message.
#[derive(Clone)]
pub struct Sink(pub u64);

impl Consumer for Sink {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        if self.0 > 0 {
            sleep(millis(self.0)).await;
        }
        Ok(())
    }
}

/// The same for a stage, which passes the message on.
#[derive(Clone)]
pub struct Work(pub u64);

impl Stage for Work {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        if self.0 > 0 {
            sleep(millis(self.0)).await;
        }
        out.emit(n);
        Ok(())
    }
}

/// Needs so many milliseconds to get the next message.
pub struct Reads(pub u64);

impl Producer for Reads {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        sleep(millis(self.0)).await;
        out.emit(1);
        Ok(Next::More)
    }
}

/// Has a message every so many milliseconds.
pub struct Ticks(pub u64);

impl Producer for Ticks {
    type Out = Outlet<u64>;

    async fn produce(&mut self, out: &mut Outlet<u64>) -> Result<Next> {
        out.emit(1);
        Ok(Next::After(millis(self.0)))
    }
}

/// Fails with every message.
pub struct Fails;

impl Consumer for Fails {
    type In = u64;

    async fn handle(&mut self, _: u64) -> Result {
        Err("down".into())
    }
}

/// As many messages as anybody wants.
pub fn endless() -> impl Producer<Out = Outlet<u64>> {
    iter(0u64..)
}

/// A topology with small mailboxes, and more threads than are named in any advice.
pub fn topology() -> Topology {
    Topology::new("shape").arbiters(64).default_mailbox(MailboxOptions::capacity(16))
}

/// The verdict on ten seconds of it, after it has run for ten.
pub fn judge(topology: Topology) -> Verdict {
    judge_after(topology, async |_| {})
}

/// The same with something done to it in between.
pub fn judge_after(topology: Topology, act: impl AsyncFnOnce(&Handle)) -> Verdict {
    let description = Description::of(&topology);
    testkit::virtual_time(async {
        let running = testkit::start(topology);
        sleep(10 * SECOND).await;
        act(&running).await;
        let earlier = running.snapshot();
        sleep(10 * SECOND).await;
        let later = running.snapshot();
        running.stop();
        let window = Window::between(&earlier, &later).described(&description);
        adds_up(&window);
        running.wait().await;
        verdict(&window)
    })
}

/// Nobody's time is lost, or counted twice.
#[track_caller]
fn adds_up(window: &Window) {
    for (name, actor) in &window.actors {
        let by: f64 = actor.blocked_by.iter().map(|by| by.share).sum();
        assert!((actor.idle + actor.busy + actor.blocked - 1.0).abs() < 1e-6, "{name}: {actor:#?}");
        assert!((by - actor.blocked).abs() < 1e-6, "{name}: {actor:#?}");
        let instances = actor.report.instances as f64;
        assert!((actor.lived_seconds - 10.0 * instances).abs() < 1e-3, "{name}: {actor:#?}");
    }
}

/// The only root, which must be this actor for this reason, and hold these.
#[track_caller]
pub fn only_root<'a>(found: &'a Verdict, actor: &str, kind: RootKind, holds: &[&str]) -> &'a Root {
    let [root] = &found.roots[..] else { panic!("not one root: {found:#?}") };
    assert_eq!((root.actor.as_str(), root.kind), (actor, kind), "{found:#?}");
    assert_eq!(root.holds, holds, "{found:#?}");
    root
}
