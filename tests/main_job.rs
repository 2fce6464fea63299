//! The main job, `config.toml`, on the data it ships with; the figures were worked out by awk.

use std::collections::BTreeMap;
use std::path::Path;
use tidegate::Outcome;
use tidegate::testkit::balanced;
use tidegate::topology::file::Source;

/// Carrier, flights that arrived, and of their arrival delays the sum and the worst; and the minutes made up in the
/// air. By
///
/// ```sh
/// awk -F, 'NR > 1 && $9 != "NA" {
///     n[$10]++; s[$10] += $9; m[$10] += $6 - $9
///     if (!($10 in w) || $9 > w[$10]) w[$10] = $9
/// } END { for (c in n) print c, n[c], s[c], w[c], m[c] }' examples/data/flights.csv | sort
/// ```
const CARRIERS: [(&str, i64, i64, i64, i64); 16] = [
    ("9E", 223, 2149, 192, 2186),
    ("AA", 362, 357, 261, 3296),
    ("AS", 9, -192, 38, 185),
    ("B6", 632, 5833, 250, 1737),
    ("DL", 589, 927, 444, 5013),
    ("EV", 607, 6989, 272, 2747),
    ("F9", 7, 1104, 834, -122),
    ("FL", 39, 331, 101, 68),
    ("HA", 4, -37, 7, 13),
    ("MQ", 288, 2714, 234, -80),
    ("OO", 1, -6, -6, 10),
    ("UA", 688, 939, 307, 5820),
    ("US", 226, 624, 233, 801),
    ("VX", 62, -434, 129, 605),
    ("WN", 147, 1487, 329, 1296),
    ("YV", 7, -62, 10, 4),
];

/// Flights that were late, and of them the sums of arrival and departure delays. By
///
/// ```sh
/// awk -F, 'NR > 1 && $9 != "NA" && $9 > 15 { n++; a += $9; d += $6 } END { print n, a, d }' examples/data/flights.csv
/// ```
const LATE: (usize, i64, i64) = (901, 55_584, 49_507);

fn json_lines(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).expect("the job has written it");
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

#[test]
fn the_main_job_agrees_with_awk_and_loses_nothing() {
    let directory = tempfile::tempdir().expect("a directory for the output");
    let (late, carriers) = (directory.path().join("late.jsonl"), directory.path().join("carriers.jsonl"));
    // The file as it is, but for where it writes; and one more reader, because a table is for people.
    let topology = Source::new("config.toml")
        .set(&format!("consumers.store.path={late:?}"))
        .set("consumers.copy.actor=file")
        .set("consumers.copy.inputs=[\"per_carrier\"]")
        .set(&format!("consumers.copy.path={carriers:?}"))
        .load(&tidegate_cli::standard())
        .expect("config.toml is sound")
        .topology;
    let report = balanced(&topology.start().expect("config.toml is sound").join());

    assert_eq!((report.outcome, &report.error), (Outcome::Completed, &None));
    let handled = |name: &str| report.actors[name].handled;
    assert_eq!((handled("parse"), handled("flown"), handled("enrich")), (4_011, 4_010, 3_891));
    assert!(report.actors.values().all(|actor| actor.failed + actor.dropped.total() + actor.left == 0));

    let records = json_lines(&late);
    let sum = |key: &str| records.iter().map(|record| record[key].as_i64().expect("a number")).sum::<i64>();
    assert_eq!((records.len(), sum("arr_delay"), sum("dep_delay")), LATE);

    let got: BTreeMap<String, serde_json::Value> = json_lines(&carriers)
        .into_iter()
        .map(|record| (record["carrier"].as_str().expect("a name").to_string(), record))
        .collect();
    assert_eq!(got.len(), CARRIERS.len());
    for (carrier, flights, sum, worst, made_up) in CARRIERS {
        let record = &got[carrier];
        assert_eq!(record["flights"], flights, "{carrier}");
        assert_eq!(record["worst"], worst, "{carrier}");
        assert_eq!(record["made_up"], made_up, "{carrier}");
        let mean = record["mean_delay"].as_f64().expect("a number");
        assert!((mean - sum as f64 / flights as f64).abs() < 1e-9, "{carrier}: {mean}");
    }
}

#[test]
fn pressure_travels_from_the_slow_store_up_to_the_file() {
    let directory = tempfile::tempdir().expect("a directory for the output");
    let topology = Source::new("config.toml")
        .set(&format!("consumers.store.path={:?}", directory.path().join("late.jsonl")))
        .load(&tidegate_cli::standard())
        .expect("config.toml is sound")
        .topology;
    let report = balanced(&topology.start().expect("config.toml is sound").join());
    for name in ["parse", "flown", "enrich", "late", "pace"] {
        let mailbox = report.actors[name].mailbox.as_ref().expect("a stage has one");
        assert!(mailbox.backpressure_signals > 0, "`{name}` was never pressured: {mailbox:?}");
        assert_eq!(mailbox.backpressure_signals, mailbox.resume_signals, "`{name}`");
    }
    let store = report.actors["store"].mailbox.as_ref().expect("a consumer has one");
    assert_eq!(store.backpressure_signals, 0, "behind the slow stage nothing is pressured");
}
