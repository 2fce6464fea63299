//! At-least-once delivery outlives the program: it is killed again and again, and no row is lost.
#![cfg(unix)]

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::fmt::Write;
use std::fs::{create_dir_all, read_to_string};
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::{Running, Workspace, json};

const ROWS: usize = 200_000;
const KILLS: usize = 20;

/// Rows from one file to another, at a rate at which the program is killed long before it is done.
fn workspace(stages: &str, last: &str, output: &str) -> Workspace {
    let workspace = Workspace::new(&format!(
        "[topology]\nname = \"copy\"\n\n[producers.lines]\nactor = \"file_lines\"\npath = \"in.csv\"\n\
         checkpoint = \"out/checkpoint\"\n\n\
         [stages.slow]\nactor = \"throttle\"\ninputs = [\"lines\"]\nrate = 40_000\n\n\
         [stages.parse]\nactor = \"csv\"\ninputs = [\"slow\"]\n\n{stages}\n\
         [consumers.store]\nactor = \"file\"\ninputs = [\"{last}\"]\npath = \"{output}\"\nresume = true\n"
    ));
    let mut rows = String::from("id,text\n");
    for id in 1..=ROWS {
        writeln!(rows, "{id},\"row {id}, and more\"").unwrap();
    }
    workspace.write("in.csv", &rows);
    workspace
}

/// Random numbers that are the same in every run: xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Bytes of the output so far, under whichever name.
fn written(workspace: &Workspace, output: &str) -> u64 {
    let length = |name: String| workspace.path().join(name).metadata().map(|file| file.len()).ok();
    length(format!("{output}.partial")).or_else(|| length(output.into())).unwrap_or(0)
}

/// Starts the program, and kills it when it has written so much more.
fn kill_after(workspace: &Workspace, output: &str, more: u64) {
    let before = written(workspace, output);
    let running = start(workspace);
    let deadline = Instant::now() + Duration::from_secs(30);
    while written(workspace, output) < before + more || !workspace.path().join("out/checkpoint").exists() {
        assert!(Instant::now() < deadline, "it wrote {} bytes only", written(workspace, output) - before);
        sleep(Duration::from_micros(200));
    }
    running.signal("KILL");
    assert_eq!(running.end().code, None, "it was killed, and had not ended");
}

fn start(workspace: &Workspace) -> Running {
    let mut command = workspace.tidegate(&["run", "--report", "report.json"]);
    Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
}

/// Kills the program at so many random moments, and then lets it end.
fn run_and_kill(workspace: &Workspace, output: &str, seed: u64) {
    let total = workspace.read("in.csv").len() as u64;
    let mut random = Random(seed);
    for _ in 0..KILLS {
        // On average half of that, so the end is out of reach, and each goes on a good way behind the one before.
        kill_after(workspace, output, random.below(total / KILLS as u64));
    }
    let ran = start(workspace).end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("were done in an earlier run"), "{ran:?}");
    assert_eq!(json(&workspace.read("report.json"))["balanced"], true);
    assert_eq!(json(&workspace.read("out/checkpoint"))["complete"], true);
}

/// How often each row is in the output, by its number.
fn times<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut times = vec![0; ROWS + 1];
    for id in ids {
        times[id.parse::<usize>().unwrap_or_else(|_| panic!("a torn row: {id}"))] += 1;
    }
    times
}

#[test]
fn killed_at_twenty_moments_it_loses_no_row_and_tears_none() {
    let double = "[stages.double]\nactor = \"map\"\ninputs = [\"parse\"]\nset = { double = \"id * 2\" }\n";
    let output = "out/rows.csv";
    let workspace = workspace(double, "double", output);
    run_and_kill(&workspace, output, 0x7469_6465);
    let rows = workspace.read(output);
    let mut lines = rows.strip_suffix('\n').expect("a line feed at the end").split('\n');
    assert_eq!(lines.next(), Some("id,text,double"));
    let times = times(lines.map(|line| {
        let (id, rest) = line.split_once(',').unwrap_or_else(|| panic!("a torn row: {line}"));
        let double = id.parse::<u64>().unwrap_or_else(|_| panic!("a torn row: {line}")) * 2;
        assert_eq!(rest, format!("\"row {id}, and more\",{double}"));
        id
    }));
    let missing = times[1..].iter().filter(|times| **times == 0).count();
    assert_eq!(missing, 0);
    let again = times.iter().sum::<usize>() - ROWS;
    println!("{KILLS} kills, {ROWS} rows, {again} of them written again");
    assert!(again < ROWS, "{again} rows were written again");

    let ran = start(&workspace).end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("there was nothing to read"), "{ran:?}");
    assert!(workspace.read(output) == rows, "a further run leaves it as it is");
}

#[test]
fn with_dedupe_each_row_is_there_exactly_once() {
    let output = "out/rows.jsonl";
    let once = format!(
        "[stages.once]\nactor = \"dedupe\"\ninputs = [\"parse\"]\nfields = [\"id\"]\nseen_in = \"{output}\"\n"
    );
    let workspace = workspace(&once, "once", output);
    run_and_kill(&workspace, output, 0x6761_7465);
    let rows = workspace.read(output);
    let times = times(rows.lines().map(|line| {
        let id = line.strip_prefix("{\"id\":").and_then(|line| line.split_once(','));
        let (id, text) = id.unwrap_or_else(|| panic!("a torn row: {line}"));
        assert_eq!(text, format!("\"text\":\"row {id}, and more\"}}"));
        id
    }));
    assert!(times[1..].iter().all(|times| *times == 1));
}

#[test]
fn the_example_finds_nothing_to_do_when_it_is_run_again() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("examples");
    let workspace = Workspace::new(&read_to_string(examples.join("patterns/at_least_once.toml")).unwrap());
    create_dir_all(workspace.path().join("examples/data")).unwrap();
    let flights = read_to_string(examples.join("data/flights.csv")).unwrap();
    workspace.write("examples/data/flights.csv", &flights);
    for nothing_to_read in [false, true] {
        let ran = start(&workspace).end();
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.stderr.contains("there was nothing to read"), nothing_to_read, "{ran:?}");
        let rows = workspace.read("out/at_least_once.csv");
        assert_eq!(rows.lines().count(), flights.lines().count());
    }
}
