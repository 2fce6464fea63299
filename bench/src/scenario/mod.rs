//! What is measured.

mod actors_100k;
mod chain;
mod chain10;
mod chain1000;
mod chain3;
mod control;
mod fan_in_4;
mod fan_out_4;
mod flights;
mod hop;
mod monitored;
mod overload;
mod payload_256b;
mod payload_string;
mod ping;
mod pressured;
mod timers;

use crate::args::Args;
use crate::harness::Scenario;
use tidegate::Result;

/// One entry of the list of scenarios.
struct Entry {
    name: &'static str,
    /// Makes it; not all of what it needs is there before somebody asks for it.
    make: fn(&Args) -> Scenario,
}

/// All scenarios, in the order in which `all` runs them.
const ALL: &[Entry] = &[
    Entry { name: "hop", make: hop::scenario },
    Entry { name: "chain3", make: chain3::scenario },
    Entry { name: "chain10", make: chain10::scenario },
    Entry { name: "chain1000", make: chain1000::shallow },
    Entry { name: "chain1000_deep", make: chain1000::deep },
    Entry { name: "fan_in_4", make: fan_in_4::scenario },
    Entry { name: "fan_out_4_broadcast", make: fan_out_4::broadcast },
    Entry { name: "fan_out_4_round_robin", make: fan_out_4::round_robin },
    Entry { name: "fan_out_4_hash", make: fan_out_4::hash },
    Entry { name: "fan_out_4_shared", make: fan_out_4::shared },
    Entry { name: "payload_256B", make: payload_256b::scenario },
    Entry { name: "payload_string", make: payload_string::scenario },
    Entry { name: "ping", make: ping::scenario },
    Entry { name: "pressured", make: pressured::scenario },
    Entry { name: "control", make: control::scenario },
    Entry { name: "timers", make: timers::scenario },
    Entry { name: "actors_100k", make: actors_100k::scenario },
    Entry { name: "monitored", make: monitored::scenario },
    Entry { name: "overload", make: overload::scenario },
    Entry { name: "flights", make: flights::scenario },
];

/// The scenarios that were asked for.
///
/// # Errors
/// When none was named, there is none of that name, or `--only` leaves nobody in any of them.
pub fn chosen(args: &Args) -> Result<Vec<Scenario>> {
    let names = || ALL.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ");
    if args.scenarios.is_empty() {
        return Err(format!("name a scenario, or `all`; there are: {}", names()).into());
    }
    let mut chosen = Vec::new();
    for name in &args.scenarios {
        let before = chosen.len();
        let named = ALL.iter().filter(|entry| name == "all" || name == entry.name);
        chosen.extend(named.map(|entry| (entry.make)(args)));
        if chosen.len() == before {
            return Err(format!("there is no scenario `{name}`; there are: {}", names()).into());
        }
    }
    let wanted = |scenario: &Scenario| scenario.contenders.iter().any(|one| args.wants(&one.title()));
    let names = chosen.iter().map(|scenario| format!("`{}`", scenario.name)).collect::<Vec<_>>().join(", ");
    chosen.retain(wanted);
    if chosen.is_empty() {
        let only = args.only.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(" or ");
        return Err(format!("no contender of {names} has {only} in its name").into());
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    /// Every contender of every scenario does a small workload and comes to the right result.
    fn sound(name: &str, messages: u64) {
        // As a child: the program of this test is not the one that could be started for that.
        let messages_given = messages.to_string();
        let args = Args::parse_from(["bench", name, "--child", "of a test", "--messages", &messages_given]);
        for scenario in chosen(&args).expect("it is in the list") {
            assert_eq!(scenario.name, name);
            for contender in &scenario.contenders {
                let sample =
                    contender.run(messages).unwrap_or_else(|error| panic!("{}: {error}", contender.title()));
                assert_eq!(sample.len(), scenario.metrics.len(), "{}", contender.title());
                assert!(sample.iter().any(Option::is_some), "{}", contender.title());
            }
        }
    }

    macro_rules! every_contender_is_right {
        ($($test:ident: $scenario:literal with $messages:literal),+ $(,)?) => {
            $(#[test]
            fn $test() {
                sound($scenario, $messages);
            })+

            #[test]
            fn every_scenario_has_such_a_test() {
                assert_eq!(ALL.iter().map(|entry| entry.name).collect::<Vec<_>>(), [$($scenario),+]);
            }
        };
    }

    every_contender_is_right! {
        all_in_hop_are_right: "hop" with 5000,
        all_in_chain3_are_right: "chain3" with 5000,
        all_in_chain10_are_right: "chain10" with 5000,
        all_in_chain1000_are_right: "chain1000" with 50,
        all_in_chain1000_deep_are_right: "chain1000_deep" with 50,
        all_in_fan_in_4_are_right: "fan_in_4" with 5000,
        all_in_fan_out_4_broadcast_are_right: "fan_out_4_broadcast" with 5000,
        all_in_fan_out_4_round_robin_are_right: "fan_out_4_round_robin" with 5000,
        all_in_fan_out_4_hash_are_right: "fan_out_4_hash" with 5000,
        all_in_fan_out_4_shared_are_right: "fan_out_4_shared" with 5000,
        all_in_payload_256b_are_right: "payload_256B" with 5000,
        all_in_payload_string_are_right: "payload_string" with 5000,
        all_in_ping_are_right: "ping" with 5,
        all_in_pressured_are_right: "pressured" with 5000,
        all_in_control_are_right: "control" with 5,
        all_in_timers_are_right: "timers" with 2,
        all_in_actors_100k_are_right: "actors_100k" with 100,
        all_in_monitored_are_right: "monitored" with 5000,
        all_in_overload_are_right: "overload" with 1,
        all_in_flights_are_right: "flights" with 1,
    }

    #[test]
    fn an_unknown_scenario_is_an_error_that_names_the_known_ones() {
        let wrong = chosen(&Args::parse_from(["bench", "chain4"])).err().expect("there is none");
        assert!(wrong.to_string().contains("chain3"), "{wrong}");
    }
}
