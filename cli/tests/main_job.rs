//! The main job over hundreds of thousands of rows: memory stays flat, nothing is lost.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Rows, header included, and late flights among them.
struct Flights {
    path: PathBuf,
    rows: u64,
    late: u64,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn slice() -> Flights {
    Flights { path: root().join("examples/data/flights.csv"), rows: 4_011, late: 901 }
}

/// All flights of 2013, where `TIDEGATE_FLIGHTS` says or a folder `shared` beside the project has them; elsewhere the
/// rows of the sample many times over. Late are those for which awk says `$9 != "NA" && $9 > 15`.
fn many(directory: &Path) -> Flights {
    let beside = root().join("../shared/data/nycflights13-flights.csv.gz");
    let real = std::env::var_os("TIDEGATE_FLIGHTS").map_or(beside, PathBuf::from);
    if real.exists() {
        return Flights { path: real, rows: 336_777, late: 77_630 };
    }
    const TIMES: u64 = 50;
    let slice = slice();
    let text = std::fs::read_to_string(&slice.path).expect("the sample is there");
    let (header, rows) = text.split_once('\n').expect("a header");
    let path = directory.join("many.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("a file"));
    writeln!(file, "{header}").expect("room on the disk");
    for _ in 0..TIMES {
        file.write_all(rows.as_bytes()).expect("room on the disk");
    }
    file.flush().expect("room on the disk");
    Flights { path, rows: (slice.rows - 1) * TIMES + 1, late: slice.late * TIMES }
}

/// Runs `config.toml` over `flights`, unthrottled; the most memory it had resident at any time, in kB.
fn run(flights: &Flights, directory: &Path) -> u64 {
    let report = directory.join("report.json");
    let late = directory.join("late.jsonl");
    let mut child = Command::new(env!("CARGO_BIN_EXE_tidegate"))
        .current_dir(root())
        .args(["run", "--quiet", "--report"])
        .arg(&report)
        .args(["--set", "stages.pace.rate=10000000"])
        .args(["--set", &format!("producers.lines.path={:?}", flights.path)])
        .args(["--set", &format!("consumers.store.path={late:?}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program can be run");
    let (status, since) = (format!("/proc/{}/status", child.id()), Instant::now());
    let mut peak = 0;
    let exit = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let resident = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(resident.unwrap_or(0));
        if let Some(exit) = child.try_wait().expect("it is our child") {
            break exit;
        }
        if since.elapsed() > Duration::from_secs(600) {
            child.kill().expect("it is our child");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(exit.success(), "{exit}");
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(report).expect("a report")).expect("JSON");
    assert_eq!((&report["outcome"], &report["balanced"]), (&"completed".into(), &true.into()));
    assert_eq!(report["actors"]["lines"]["emitted"], flights.rows);
    assert_eq!(report["actors"]["store"]["handled"], flights.late);
    let stored = std::fs::read_to_string(late).expect("the output").lines().count();
    assert_eq!(stored as u64, flights.late);
    peak
}

#[test]
fn memory_stays_flat_over_hundreds_of_thousands_of_rows() {
    let directory = tempfile::tempdir().expect("a directory for the output");
    let few = run(&slice(), directory.path());
    let many = run(&many(directory.path()), directory.path());
    println!("resident at most: {few} kB for the sample, {many} kB for all");
    if cfg!(target_os = "linux") {
        assert!(few > 0 && many > 0, "the kernel says how much is resident");
        assert!(many < few + 8_192, "{few} kB for 4,010 rows, {many} kB for many times as much");
    }
}
