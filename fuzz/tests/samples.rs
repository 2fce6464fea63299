//! The corpus reaches what it is for: an input that is refused at the door tries nothing.

use std::fs;
use std::path::Path;
use tidegate::{Report, SignalLog};
use tidegate_fuzz::targets::packed;
use tidegate_monitor::Description;
use tidegate_monitor::client::Seen;
use tidegate_monitor::recording::Recording;
use tidegate_monitor::verdict::Verdict;

fn sample(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name)).expect("a file of the corpus")
}

fn read<T: serde::de::DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&sample(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn answers_are_what_they_are_called() {
    for report in [
        "report",
        "report_of_nothing",
        "report_of_ages",
        "report_of_less_than_nothing",
        "names",
        "odd_times",
        "cycle",
    ] {
        read::<Report>(&format!("answers/{report}"));
    }
    read::<Seen>("answers/seen");
    read::<Description>("answers/description");
    read::<Verdict>("answers/verdict");
    read::<SignalLog>("answers/signals");
}

#[test]
fn recordings_are_opened_and_are_as_long_as_they_say() {
    for (name, moments) in [
        ("plain", 5),
        ("whole", 2),
        ("far_future", 2),
        ("huge_counts", 2),
        ("names", 1),
        ("many_moments", 240),
    ] {
        let bytes = packed(&sample(&format!("recording/{name}")));
        let recording = Recording::read(name.into(), bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(recording.snapshots(), moments, "{name}");
    }
}
