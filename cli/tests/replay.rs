//! `tidegate replay`: the dashboard of a recording, by the real program.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::Duration;
use support::{Running, Workspace, json};

/// A folder with the recording of a run of more than three seconds, in which a throttle is slower than all else.
fn recorded() -> Workspace {
    let workspace = Workspace::new(
        "[topology]\nname = \"paced\"\n\n[mailbox]\ncapacity = 8\n\n\
         [producers.n]\nactor = \"counter\"\nto = 320\n\n\
         [stages.pace]\nactor = \"throttle\"\ninputs = [\"n\"]\nrate = 100\n\n\
         [consumers.store]\nactor = \"null\"\ninputs = [\"pace\"]\n",
    );
    let ran = workspace.run(&["run", "--quiet", "--record", "run.tide"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    workspace
}

/// A replay, and where it is.
fn replay(workspace: &Workspace) -> (Running, String) {
    let mut command = workspace.tidegate(&["replay", "run.tide", "--listen", "127.0.0.1:0"]);
    let mut running = Running::start(command.stdout(Stdio::null()).stderr(Stdio::piped()));
    let line = running.wait_for("replaying at http://");
    let (_, address) = line.split_once("http://").unwrap();
    let (address, _) = address.split_once(';').unwrap();
    (running, address.to_string())
}

fn send(address: &str, method: &str, path: &str, body: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    write!(
        client,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{kind}\r\n{body}",
        body.len()
    )
    .unwrap();
    client
}

/// The status and the body of an answer.
fn ask(address: &str, method: &str, path: &str, body: &str) -> (String, String) {
    let mut answer = String::new();
    send(address, method, path, body).read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_string(), body.to_string())
}

fn get(address: &str, path: &str) -> Value {
    let (status, body) = ask(address, "GET", path, "");
    assert_eq!(status, "HTTP/1.1 200 OK", "{path}: {body}");
    json(&body)
}

/// Goes elsewhere, and gives how the replay is then.
fn go(address: &str, request: &str) -> Value {
    let (status, body) = ask(address, "POST", "/api/replay", request);
    assert_eq!(status, "HTTP/1.1 200 OK", "{request}: {body}");
    json(&body)
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

#[test]
fn a_recording_is_shown_at_the_moment_that_is_asked_for() {
    let workspace = recorded();
    let (running, address) = replay(&workspace);
    assert!(ask(&address, "GET", "/", "").1.contains("<html"));
    assert_eq!(get(&address, "/api/topology")["control"], Value::Null);

    let state = get(&address, "/api/replay");
    let (from, to) = (number(&state["from"]), number(&state["to"]));
    assert!(from < 1.0 && to > 3.0 && state["speed"] == 1.0, "{state}");
    let moved = go(&address, r#"{"at": 2.5, "paused": true}"#);
    assert_eq!((&moved["at"], &moved["paused"]), (&json("2.5"), &json("true")));
    assert_eq!(get(&address, "/api/replay"), moved);

    let seen = get(&address, "/api/snapshot");
    assert_eq!((&seen["replayed"], &seen["snapshot"]["topology"]), (&json("true"), &json("\"paced\"")));
    // The last that was recorded before that moment.
    let at = number(&seen["snapshot"]["elapsed_seconds"]);
    assert!((1.5..=2.5).contains(&at), "{at}");
    let handled = number(&seen["snapshot"]["actors"]["pace"]["handled"]);
    assert!((100.0..=260.0).contains(&handled), "{handled}");

    let points = get(&address, "/api/history")["points"].as_array().unwrap().clone();
    let last = points.last().expect("there is a past");
    assert!((number(&last["at_seconds"]) - at).abs() < 0.001, "{last} at {at}");
    assert!((50.0..150.0).contains(&number(&last["actors"]["pace"]["handled_rate"])), "{last}");

    let (_, metrics) = ask(&address, "GET", "/metrics", "");
    let line =
        format!("tidegate_actor_messages_handled_total{{topology=\"paced\",actor=\"pace\"}} {handled}\n");
    assert!(metrics.contains(&line), "{line}{metrics}");

    // Back: the past of that moment, not what was shown before.
    go(&address, &format!("{{\"at\": {from}}}"));
    let seen = get(&address, "/api/snapshot");
    assert!(number(&seen["snapshot"]["elapsed_seconds"]) < 1.0, "{seen}");
    assert_eq!(get(&address, "/api/history")["points"], json("[]"));

    running.signal("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.stderr, format!("replaying at http://{address}; Ctrl-C ends it\n"));
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn explain_and_top_work_on_a_recording_too() {
    let workspace = recorded();
    let (running, address) = replay(&workspace);
    go(&address, r#"{"at": 99, "paused": true}"#);
    let ran = workspace.run(&["explain", &address]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    // It has ended, and the verdict is that of all of it.
    assert!(ran.stdout.starts_with("`pace` waited ") && ran.stdout.contains(" and held `n`;"), "{ran:?}");
    go(&address, r#"{"at": 2.5}"#);
    let ran = workspace.run(&["explain", &address]);
    assert!(ran.stdout.starts_with("`pace` waits ") && ran.stdout.contains(" and holds `n`;"), "{ran:?}");
    let ran = workspace.run(&["top", &address, "--interval", "100ms"]);
    assert!(ran.code == Some(0) && ran.stdout.contains(" `pace` waits "), "{ran:?}");
    running.signal("TERM");
    assert_eq!(running.end().code, Some(0));
}

/// The numbers of signals, as they come from a stream of events, until one is as wanted.
fn signals(stream: &mut impl BufRead, wanted: impl Fn(u64) -> bool) -> Vec<u64> {
    let mut numbers = Vec::new();
    loop {
        let mut line = String::new();
        assert!(stream.read_line(&mut line).unwrap() > 0, "the stream ends after {numbers:?}");
        if let Some(number) = line.trim_end().strip_prefix("id: ") {
            let number = number.parse().unwrap();
            numbers.push(number);
            if wanted(number) {
                return numbers;
            }
        }
    }
}

#[test]
fn signals_come_again_when_a_recording_is_taken_back() {
    let workspace = recorded();
    let (running, address) = replay(&workspace);
    go(&address, r#"{"at": 3, "paused": true}"#);
    let log = get(&address, "/api/signals?poll=1");
    let first = log["records"][0]["number"].as_u64().unwrap();
    let last = log["last"].as_u64().unwrap();
    assert!(last > first + 10, "{log}");
    let mut stream = BufReader::new(send(&address, "GET", "/api/signals", ""));
    assert_eq!(signals(&mut stream, |number| number == last)[0], first);
    go(&address, r#"{"at": 1}"#);
    let earlier = get(&address, "/api/signals?poll=1")["last"].as_u64().unwrap();
    assert!(first < earlier && earlier < last, "{first} {earlier} {last}");
    assert_eq!(signals(&mut stream, |number| number == earlier)[0], first);
    // A client that listens does not keep it from ending.
    running.signal("HUP");
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn what_a_recording_cannot_do_is_refused_and_changes_nothing() {
    let workspace = recorded();
    let (running, address) = replay(&workspace);
    let before = go(&address, r#"{"at": 2, "paused": true}"#);
    for (path, body, status, said) in [
        ("/api/replay", r#"{"speed": 0}"#, "422", "more than 0 and at most 1000"),
        ("/api/replay", r#"{"att": 1}"#, "422", "unknown field `att`"),
        ("/api/replay", "", "422", "the body is not what a recording can be told"),
        ("/api/drain", "", "409", "this is a recording: there is nothing to control any more"),
        ("/api/actors/pace/rate", r#"{"value": 1}"#, "409", "this is a recording"),
    ] {
        let (line, answer) = ask(&address, "POST", path, body);
        assert!(line.contains(status) && answer.contains(said), "{path} {body}: {line} {answer}");
    }
    assert_eq!(get(&address, "/api/replay"), before);
    running.signal("INT");
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn an_address_that_is_taken_and_a_speed_that_is_none_are_errors() {
    let workspace = recorded();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = workspace.run(&["replay", "run.tide", "--listen", &address]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains(&format!("the monitor cannot listen on {address}: ")), "{ran:?}");
    let ran = workspace.run(&["replay", "run.tide", "--speed", "0"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("a speed of 0 is not possible"), "{ran:?}");
}

#[test]
fn in_words_a_recording_begins_with_who_held_everything_up() {
    let ran = recorded().run(&["replay", "run.tide", "--print"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let (before, after) = ran.stdout.split_once("\n`pace` waited ").expect("the verdict");
    assert!(before.contains("The run completed after "), "{}", ran.stdout);
    assert!(after.starts_with(|c: char| c.is_ascii_digit()) && after.contains(" and held `n`;"), "{after}");
    assert!(after.contains("\n\nWhere the time went, "), "{after}");
}
