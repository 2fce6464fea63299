//! Whoever interferes while a topology runs, and judges what came of it.

use crate::dice::Dice;
use crate::world::World;
use std::time::Duration;
use tidegate::Outcome;
use tidegate::prelude::*;
use tidegate::testkit::balanced;

/// Interferes once.
pub(crate) fn interfere(running: &Handle, actors: &[String], is_path: bool, dice: &Dice) -> String {
    let actor = dice.pick(actors);
    let what = match dice.roll(9) {
        0 => {
            running.pause(actor);
            "pause"
        }
        1 | 2 => {
            running.resume(actor);
            "resume"
        }
        3 => {
            running.pause_all();
            "pause all"
        }
        4 => {
            running.resume_all();
            "resume all"
        }
        5 => {
            let _ = running.set_mailbox(actor, &MailboxOptions::capacity(dice.size(64)));
            "set mailbox"
        }
        6 => {
            let _ = running.set_instances(actor, dice.size(4));
            "set instances"
        }
        // What is cancelled counts as done.
        7 if !is_path && dice.one_in(3) => {
            let _ = running.drain_actor(actor);
            "drain"
        }
        8 if dice.one_in(3) => {
            let _ = running.stop_actor(actor);
            "stop"
        }
        _ => "nothing",
    };
    format!(" {what} {actor}")
}

/// Runs a topology, with an operator who interferes now and then; what they did, and the report.
pub(crate) async fn operate(
    running: Handle,
    actors: &[String],
    is_path: bool,
    dice: &Dice,
    longest: Duration,
) -> (String, Report) {
    let mut told = String::from("\n  operator:");
    if dice.one_in(2) {
        for _ in 0..dice.roll(12) {
            tidegate::time::sleep(dice.millis(20)).await;
            told += &interfere(&running, actors, is_path, dice);
        }
        running.resume_all();
    }
    if dice.one_in(4) {
        tidegate::time::sleep(dice.millis(100)).await;
        match dice.roll(3) {
            0 => running.stop(),
            1 => running.drain(dice.millis(50)),
            _ => running.drain(Duration::from_secs(3600)),
        }
        told += " and an end";
    }
    match tidegate::time::timeout(longest, running.wait()).await {
        Ok(report) => (told, report),
        Err(_) => {
            let actors = running.snapshot().actors;
            let actors: String =
                actors.iter().map(|(name, actor)| format!("\n  {name}: {actor:?}")).collect();
            panic!("it does not end;{told}{actors}")
        }
    }
}

/// Looks at what came of a round.
pub(crate) fn judge(report: &Report, world: &World, is_path: bool, was_stopped: bool) {
    balanced(report);
    let seen = world.seen();
    assert_eq!(seen.wrong, Vec::<String>::new());
    if !is_path {
        return;
    }
    let lost: Vec<u64> = (1..=seen.acknowledged).filter(|n| !seen.done.contains(n)).collect();
    assert_eq!(lost, Vec::<u64>::new(), "of {} that are said to be done", seen.acknowledged);
    // A producer that is stopped does not wait until all is done.
    if !was_stopped
        && matches!(report.outcome, Outcome::Completed)
        && report.actors.values().all(|actor| actor.left == 0)
    {
        let made = seen.made.values().sum::<u64>();
        let refused: u64 = report.links.iter().map(|link| link.refused).sum();
        if refused == 0 {
            assert_eq!(seen.acknowledged, made, "all that was made is done");
        }
    }
}
