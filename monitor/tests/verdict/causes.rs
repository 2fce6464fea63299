//! Actors that hold others for another reason than being slow.

use crate::support::{
    Fails, SECOND, Sink, Ticks, Work, endless, judge, judge_after, millis, only_root, topology,
};
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate::time::sleep;
use tidegate::{Aimd, Rate};
use tidegate_monitor::verdict::{RootKind, Window, verdict};

fn breaker() -> Breaker {
    Breaker::after(3).within(10 * SECOND).reset(300 * SECOND)
}

#[test]
fn an_open_breaker_holds_what_is_upstream() {
    let found = judge(
        topology()
            .producer("n", endless())
            .stage("parse", Work(0))
            .consumer("store", Fails)
            .on_error(OnError::Skip)
            .breaker(breaker()),
    );
    let root = only_root(&found, "store", RootKind::BreakerOpen, &["parse", "n"]);
    assert_eq!((root.share, root.since_seconds.map(f64::round)), (1.0, Some(0.0)));
    assert_eq!(
        found.to_string(),
        "The breaker of `store` is open, which holds `parse` and `n`; see in the log why its calls fail; it tries one from \
         time to time."
    );
}

#[test]
fn an_open_breaker_that_sheds_is_told_although_it_holds_nobody() {
    let found = judge(
        topology()
            .producer("n", Ticks(10))
            .consumer("store", Fails)
            .on_error(OnError::Skip)
            .breaker(breaker().shed()),
    );
    let root = only_root(&found, "store", RootKind::BreakerOpen, &[]);
    assert!(
        found.summary.starts_with("The breaker of `store` is open and sheds 100 % of what comes;"),
        "{root:#?}"
    );
}

#[test]
fn who_was_paused_by_hand_is_to_be_resumed() {
    let shape = || topology().producer("n", endless()).stage("parse", Work(0)).consumer("store", Sink(5));
    let found = judge_after(shape(), async |running| {
        running.pause("store");
        sleep(SECOND).await;
    });
    let root = only_root(&found, "store", RootKind::Paused, &["parse", "n"]);
    assert_eq!(root.since_seconds.map(f64::round), Some(10.0));
    assert_eq!(
        found.to_string(),
        "`store` is paused by an operator, which holds `parse` and `n`; resume it."
    );
    let found = judge_after(shape(), async |running| {
        running.pause_all();
        sleep(SECOND).await;
    });
    assert_eq!(found.to_string(), "All actors are paused by an operator; resume them.");
}

#[test]
fn a_producer_that_was_paused_by_hand_holds_nobody() {
    let found =
        judge_after(topology().producer("n", Ticks(10)).consumer("store", Sink(1)), async |running| {
            running.pause("n");
            sleep(SECOND).await;
        });
    only_root(&found, "n", RootKind::Paused, &[]);
    assert_eq!(found.to_string(), "`n` is paused by an operator; resume it.");
}

/// A stage that lets messages through at a rate, as the ready-made actor of this name does.
struct Throttle;

impl Stage for Throttle {
    type In = u64;
    type Out = Outlet<u64>;

    async fn handle(&mut self, n: u64, out: &mut Outlet<u64>) -> Result {
        sleep(millis(10)).await;
        out.emit(n);
        Ok(())
    }
}

#[test]
fn a_throttle_is_not_called_busy() {
    let found = judge(topology().producer("n", endless()).stage("pace", Throttle).consumer("store", Sink(1)));
    only_root(&found, "pace", RootKind::RateLimited, &["n"]);
    assert_eq!(
        found.to_string(),
        "`pace` waits 100 % of the time for what its rate allows and holds `n`; raise its `rate` if more may pass."
    );
}

#[test]
fn a_throttle_whose_mailbox_drops_is_not_called_busy_either() {
    let found = judge(
        topology()
            .producer("n", Ticks(5))
            .stage("pace", Throttle)
            .mailbox(MailboxOptions::capacity(16).overflow(Overflow::DropOldest))
            .consumer("store", Sink(1)),
    );
    only_root(&found, "pace", RootKind::RateLimited, &[]);
    assert_eq!(
        found.to_string(),
        "`pace` waits 100 % of the time for what its rate allows, drops 50 % of what comes and holds nobody up; raise its \
         `rate` if more may pass."
    );
}

#[test]
fn of_a_throttle_of_which_nothing_is_known_no_key_is_named() {
    let report = testkit::run(
        topology().producer("n", iter(1..=1000u64)).stage("pace", Throttle).consumer("store", Sink(1)),
    );
    let found = verdict(&Window::whole(&report));
    only_root(&found, "pace", RootKind::RateLimited, &["n"]);
    assert_eq!(
        found.to_string(),
        "`pace` waited 100 % of the time for what its rate allows and held `n`; raise that if more may pass."
    );
}

#[test]
fn a_handler_that_does_not_come_back_is_stuck() {
    let (probe, consumer) = testkit::probe_consumer::<u64>();
    probe.request(500);
    let found = judge_after(
        topology().producer("n", Ticks(10)).stage("parse", Work(0)).consumer("store", consumer),
        async |_| sleep(10 * SECOND).await,
    );
    let root = only_root(&found, "store", RootKind::Stuck, &["parse", "n"]);
    assert_eq!(root.since_seconds.map(f64::round), Some(5.0));
    assert_eq!(
        found.to_string(),
        "`store` is stuck: it has been in one call of its handler for 25 s, which holds `parse` and `n`; look at what its \
         handler waits for."
    );
}

#[test]
fn a_slow_handler_is_not_stuck_even_if_the_window_is_short() {
    testkit::virtual_time(async {
        let running = testkit::start(topology().producer("n", endless()).consumer("store", Sink(3000)));
        sleep(SECOND * 7).await;
        let earlier = running.snapshot();
        sleep(SECOND).await;
        let found = verdict(&Window::between(&earlier, &running.snapshot()));
        only_root(&found, "store", RootKind::Busy, &["n"]);
        running.stop();
        running.wait().await;
    });
}

#[test]
fn an_actor_that_is_made_anew_again_and_again_waits_for_that() {
    let restart = Restart::times(1000).within(SECOND).backoff(2 * SECOND).max_backoff(2 * SECOND).jitter(0.0);
    let found =
        judge(topology().producer("n", endless()).consumer_each("store", 1, |_| Fails).on_error(restart));
    only_root(&found, "store", RootKind::Restarting, &["n"]);
    assert_eq!(
        found.to_string(),
        "`store` fails again and again: it waits 100 % of the time to be made anew (9 times so far), which holds `n`; see in \
         the log why it fails; `restart.backoff` says how long it waits."
    );
}

#[test]
fn a_message_that_is_tried_again_and_again_holds_those_behind_it() {
    let retry = Retry::times(u32::MAX).backoff(SECOND).max_backoff(4 * SECOND).jitter(0.0);
    let found = judge(topology().producer("n", endless()).consumer("store", Fails).on_error(retry));
    only_root(&found, "store", RootKind::Retrying, &["n"]);
}

#[test]
fn actors_that_wait_for_their_turn_in_a_bulkhead_need_more_calls_in_flight() {
    let found = judge(
        topology()
            .bulkhead("io", BulkheadOptions::threads(2).max_in_flight(2))
            .producer("n", endless())
            .stage("parse", Work(0))
            .consumer_each("ask", 8, |_| Sink(10))
            .in_bulkhead("io"),
    );
    let root = only_root(&found, "ask", RootKind::BulkheadFull, &["parse", "n"]);
    assert_eq!(root.share, 0.75);
    assert_eq!(
        found.to_string(),
        "`ask` waits 75 % of the time for its turn in the bulkhead `io`, which holds `parse` and `n`; raise \
         `bulkheads.io.max_in_flight`."
    );
}

#[test]
fn a_slow_tap_is_not_to_blame() {
    let found = judge(
        topology()
            .producer("n", endless())
            .consumer("store", Sink(5))
            .inputs(["n"])
            .consumer("aside", Sink(1000))
            .inputs([InputOptions::new("n").tap()]),
    );
    only_root(&found, "store", RootKind::Busy, &["n"]);
    let found = judge(
        topology()
            .producer("n", Ticks(10))
            .consumer("store", Sink(1))
            .inputs(["n"])
            .consumer("aside", Sink(1000))
            .inputs([InputOptions::new("n").tap()]),
    );
    only_root(&found, "n", RootKind::SlowSource, &[]);
}

#[test]
fn an_actor_whose_mailbox_drops_is_overloaded_and_holds_nobody() {
    let found = judge(
        topology()
            .producer("n", Ticks(5))
            .consumer("store", Sink(20))
            .mailbox(MailboxOptions::capacity(16).overflow(Overflow::DropOldest)),
    );
    only_root(&found, "store", RootKind::Overloaded, &[]);
    assert_eq!(
        found.to_string(),
        "`store` is busy 100 %, drops 75 % of what comes and holds nobody up; give it more instances or a faster handler, if \
         it should lose nothing."
    );
}

#[test]
fn a_producer_that_feels_for_its_rate_is_slowed_by_what_is_slow_downstream() {
    let aimd = Aimd { start: 100.0, min: 1.0, max: Some(100_000.0), increase: 10.0, decrease: 0.5 };
    let found = judge(topology().producer("n", endless()).aimd(aimd).consumer("store", Sink(10)));
    only_root(&found, "store", RootKind::Busy, &["n"]);
}

#[test]
fn a_producer_at_its_limit_sets_the_pace() {
    let found = judge(
        topology()
            .limit("api", Rate::per_second(20.0), 1)
            .producer("n", endless())
            .rate_limit("api")
            .consumer("store", Sink(1)),
    );
    only_root(&found, "n", RootKind::RateLimited, &[]);
    assert_eq!(
        found.to_string(),
        "Nothing is held up: `n` sets the pace, as it waits 100 % of the time for what its rate allows; raise \
         `rate_limits.api.rate` if more may pass."
    );
}
