//! The program under everything at once, in real time, for as long as `SOAK_SECONDS` says: restarts, pauses, capacities, rates
//! and instances that change, files, a recording, and clients that come, stay and hang up. What it holds must stay the same:
//! memory, open files, threads.
//!
//! Five seconds unless told otherwise, which show that the test works; minutes or hours show the rest:
//!
//! ```sh
//! SOAK_SECONDS=3600 cargo test --release -p tidegate-cli --test soak -- --nocapture
//! ```
#![cfg(target_os = "linux")]

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::{Workspace, json};

/// After the first third, so much more may be resident: buffers that are not at their largest yet.
const MEMORY: u64 = 12 << 20;

/// So many more files and threads than at the busiest of that time: a client more, a file that is being replaced.
const FILES: u64 = 8;
const THREADS: u64 = 4;

const TOPOLOGY: &str = r#"
[topology]
name = "soak"

[producers.n]
actor = "counter"

[stages.pace]
actor = "throttle"
inputs = ["n"]
rate = "20000/s"

[stages.trips]
actor = "trips"
inputs = ["pace"]
every = 4000
on_panic = { restart = 100000, within = "1s", backoff = "1ms", max_backoff = "2ms" }
mailbox = { capacity = 64 }

[consumers.store]
actor = "file"
inputs = ["trips"]
path = "out.txt"

[consumers.sink]
actor = "null"
inputs = ["trips"]
instances = { min = 1, max = 4 }
routing = "shared"
mailbox = { capacity = 16 }

[consumers.letters]
actor = "file"
inputs = ["trips.dead_letters"]
path = "letters.jsonl"

[monitor]
listen = "127.0.0.1:0"

[alerts.trips]
kind = "restarts"
"#;

/// What a process holds.
#[derive(Clone, Copy, Debug, Default)]
struct Holds {
    memory: u64,
    files: u64,
    threads: u64,
}

impl Holds {
    fn of(process: u32) -> Option<Self> {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
        let number = |name: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        let files = std::fs::read_dir(format!("/proc/{process}/fd")).ok()?.count() as u64;
        Some(Self { memory: number("VmRSS:")? * 1024, files, threads: number("Threads:")? })
    }

    fn most(self, other: Self) -> Self {
        Self {
            memory: self.memory.max(other.memory),
            files: self.files.max(other.files),
            threads: self.threads.max(other.threads),
        }
    }
}

/// Ends the program even if the test fails.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends a request, and reads what comes of it, or as much as comes within a moment.
fn ask(address: &str, request: &str, moment: Duration) -> String {
    let Ok(mut client) = TcpStream::connect(address) else { return String::new() };
    let _ = client.set_read_timeout(Some(moment));
    let _ = write!(client, "{request}");
    let (mut answer, mut block) = (Vec::new(), [0; 4096]);
    while let Ok(length) = client.read(&mut block)
        && length > 0
    {
        answer.extend_from_slice(&block[..length]);
        if answer.len() > 1 << 20 {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn get(address: &str, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    ask(address, &request, Duration::from_secs(5))
}

fn post(address: &str, path: &str, body: &str) -> bool {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    ask(address, &request, Duration::from_secs(5)).starts_with("HTTP/1.1 200")
}

/// One round of everything that clients and operators do; how many changes were made.
fn round(address: &str, turn: u64) -> u64 {
    let mut changes = 0;
    let mut change = |path: &str, body: &str| changes += u64::from(post(address, path, body));
    change("/api/actors/trips/capacity", &format!("{{\"value\": {}}}", 8 + turn % 100));
    change(
        "/api/actors/pace/rate",
        if turn.is_multiple_of(2) { "{\"value\": \"40000/s\"}" } else { "{\"value\": \"20000/s\"}" },
    );
    change("/api/actors/sink/instances", &format!("{{\"value\": {}}}", 1 + turn % 4));
    change("/api/actors/store/pause", "");
    assert!(get(address, "/metrics").contains("tidegate_"), "the metrics are there");
    assert!(get(address, "/api/snapshot").contains("\"trips\""), "the snapshot is there");
    get(address, "/api/history?seconds=60");
    change("/api/actors/store/resume", "");
    // One listens for a moment and hangs up, one says half of what it wanted to.
    ask(address, "GET /api/signals HTTP/1.1\r\nHost: localhost\r\n\r\n", Duration::from_millis(50));
    ask(address, "GET /api/snap", Duration::from_millis(1));
    changes
}

#[test]
fn a_program_under_load_holds_no_more_after_hours_than_after_its_first_minutes() {
    let seconds = std::env::var("SOAK_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(5);
    let length = Duration::from_secs(seconds);
    let workspace = Workspace::new(TOPOLOGY);
    let mut command: Command =
        workspace.unruly(&["run", "--report", "report.json", "--record", "run.rec", "--quiet"]);
    // Its log goes into a file: what trips says so thousands of times.
    let log = std::fs::File::create(workspace.path().join("log.txt")).unwrap();
    command.env("RUST_LOG", "tidegate::monitor=info,off");
    let mut program = Program(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
    let process = program.0.id();
    let begun = Instant::now();
    let address = loop {
        let told = workspace.read("log.txt");
        if let Some((_, rest)) = told.split_once("monitor: http://") {
            break rest.split_whitespace().next().unwrap().to_string();
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not listen: {told}");
        sleep(Duration::from_millis(20));
    };
    let (mut warm, mut after, mut turn, mut changes) = (Holds::default(), Holds::default(), 0, 0);
    while begun.elapsed() < length {
        changes += round(&address, turn);
        turn += 1;
        assert!(program.0.try_wait().unwrap().is_none(), "it ended: {}", workspace.read("log.txt"));
        let holds = Holds::of(process).expect("it runs");
        if begun.elapsed() < length / 3 {
            warm = warm.most(holds);
        } else {
            after = after.most(holds);
        }
        sleep(Duration::from_millis(100));
    }
    Command::new("kill").args(["-INT", &process.to_string()]).status().unwrap();
    let ended = Instant::now();
    let status = loop {
        if let Some(status) = program.0.try_wait().unwrap() {
            break status;
        }
        assert!(ended.elapsed() < Duration::from_secs(60), "it does not end");
        sleep(Duration::from_millis(20));
    };
    let report = json(&workspace.read("report.json"));
    let trips = &report["actors"]["trips"];
    println!(
        "{seconds} s, {turn} rounds, {changes} changes, {} messages, {} restarts; at most {warm:?} in the first third, {after:?} after",
        trips["received"], trips["restarts"]
    );
    assert_eq!(status.code(), Some(0), "{}", workspace.read("log.txt"));
    assert_eq!((&report["outcome"], &report["balanced"]), (&"drained".into(), &true.into()));
    assert!(turn > 3 && changes >= 4 * turn, "{changes} changes in {turn} rounds");
    let count = |value: &serde_json::Value| value.as_u64().expect("a count");
    assert!(count(&trips["restarts"]) > seconds / 2, "{trips}");
    assert_eq!(count(&trips["failed"]), count(&trips["restarts"]), "one message for each");
    let rows = workspace.read("out.txt").lines().count() as u64;
    assert_eq!(rows, count(&report["actors"]["store"]["handled"]));
    assert!(after.memory <= warm.memory + MEMORY, "memory: {warm:?}, then {after:?}");
    assert!(after.files <= warm.files + FILES, "open files: {warm:?}, then {after:?}");
    assert!(after.threads <= warm.threads + THREADS, "threads: {warm:?}, then {after:?}");
}
