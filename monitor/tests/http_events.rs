//! Signals as server-sent events, and as JSON.

mod site;

use serde_json::json;
use site::{Site, eventually};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use tidegate::{Handle, SignalKind, SignalLog, SignalRecord, Snapshot};
use tidegate_monitor::{Description, Limits, Listener, Live, MonitorOptions, Source};

/// A stream of events, read line by line.
struct Events(BufReader<TcpStream>);

impl Events {
    fn open(site: &Site, query: &str, headers: &str) -> Self {
        Self::open_at(site.address, query, headers)
    }

    fn open_at(address: SocketAddr, query: &str, headers: &str) -> Self {
        let mut client = site::connect(address);
        let request = format!("GET /api/signals{query} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        client.write_all(request.as_bytes()).unwrap();
        let mut events = Self(BufReader::new(client));
        assert!(events.line().starts_with("HTTP/1.1 200"));
        while events.line() != "" {}
        events
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_string()
    }

    /// Its kind, its number and its data.
    fn next(&mut self) -> (String, Option<u64>, String) {
        let (mut kind, mut id) = (String::new(), None);
        loop {
            let line = self.line();
            if let Some(value) = line.strip_prefix("id: ") {
                id = value.parse().ok();
            } else if let Some(value) = line.strip_prefix("event: ") {
                kind = value.to_string();
            } else if let Some(value) = line.strip_prefix("data: ") {
                return (kind, id, value.to_string());
            }
        }
    }

    fn signal(&mut self) -> SignalRecord {
        let (kind, id, data) = self.next();
        let record: SignalRecord = serde_json::from_str(&data).unwrap();
        assert_eq!((&*kind, id), ("signal", Some(record.number)));
        record
    }
}

/// Makes a Backpressure and a Resume.
fn wave(site: &Site) {
    site.press();
    site.end.request(100);
    site.until(|snapshot| snapshot.actors["end"].handled % 100 == 0 && snapshot.actors["end"].waiting == 0);
}

#[test]
fn every_signal_is_an_event_and_a_stream_goes_on_where_another_ended() {
    let site = Site::new();
    let mut events = Events::open(&site, "", "");
    wave(&site);
    let first = events.signal();
    assert_eq!((first.number, first.kind), (1, SignalKind::Backpressure));
    let second = events.signal();
    drop(events);
    let mut events = Events::open(&site, "", &format!("Last-Event-ID: {}\r\n", first.number));
    assert_eq!(events.signal(), second);
    let mut events = Events::open(&site, "?after=1", "");
    assert_eq!(events.signal(), second);
    let mut events = Events::open(&site, "?after=0", "Last-Event-ID: 1\r\n");
    assert_eq!(events.signal(), second, "a browser that reconnects repeats its first address");
    site.finish();
}

#[test]
fn the_same_is_there_as_json_for_those_who_ask_now_and_then() {
    let site = Site::new();
    wave(&site);
    let log: SignalLog = serde_json::from_value(site.get("/api/signals?poll=1&after=0").json()).unwrap();
    assert!(log.records.len() >= 2 && log.last == log.records.len() as u64, "{log:?}");
    let rest: SignalLog =
        serde_json::from_value(site.get(&format!("/api/signals?poll=1&after={}", log.last - 1)).json())
            .unwrap();
    assert_eq!(rest.records[..], log.records[log.records.len() - 1..]);
    assert_eq!(site.get("/api/signals?poll=1&after=x").status, 422);
    site.finish();
}

#[test]
fn at_the_end_of_the_run_a_stream_gets_all_that_is_left_and_is_told() {
    let mut site = Site::new();
    let mut events = Events::open(&site, "", "");
    wave(&site);
    site.numbers.finish();
    site.end.request(100);
    site.running.join();
    let last = site.get("/api/signals?poll=1").json()["last"].as_u64().unwrap();
    site.server.take().unwrap().close();
    for number in 1..=last {
        assert_eq!(events.signal().number, number);
    }
    let (kind, id, data) = events.next();
    assert_eq!((&*kind, id, &*data), ("end", None, r#"{"phase":"ended"}"#));
    let mut rest = String::new();
    events.0.read_to_string(&mut rest).unwrap();
    assert_eq!(rest.trim(), "0", "the last chunk: the answer is complete");
}

#[test]
fn only_so_many_listen_at_once_and_a_place_is_free_again_when_one_leaves() {
    let mut limits = Limits::default();
    limits.streams = 2;
    let site = Site::with(&MonitorOptions::default(), limits);
    let (one, _other) = (Events::open(&site, "", ""), Events::open(&site, "", ""));
    let (status, _, help) = site.get("/api/signals").refusal();
    assert_eq!((status, &*help), (503, "ask now and then instead: `/api/signals?poll=1&after=NUMBER`"));
    assert_eq!(site.get("/api/signals?poll=1").status, 200);
    drop(one);
    let request = "GET /api/signals HTTP/1.1\r\nHost: localhost\r\n\r\n";
    eventually(|| {
        let mut client = site.connect();
        client.write_all(request.as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(client).read_line(&mut line).unwrap();
        line.starts_with("HTTP/1.1 200").then_some(())
    });
    site.finish();
}

/// Keeps no signal but the hundredth.
struct Forgetful(Live);

impl Source for Forgetful {
    fn description(&self) -> &Description {
        self.0.description()
    }

    fn snapshot(&self) -> Snapshot {
        self.0.snapshot()
    }

    fn signals_after(&self, number: u64, _: usize) -> SignalLog {
        let record = json!({ "number": 100, "at_seconds": 1.0, "kind": "resume", "from": "n", "to": "end",
            "causes": [], "depth": 1, "capacity": 2, "epoch": 2 });
        let (records, missed) = if number < 100 { (vec![record], 99 - number) } else { (vec![], 0) };
        serde_json::from_value(json!({ "records": records, "last": 100, "missed": missed })).unwrap()
    }

    fn handle(&self) -> Option<&Handle> {
        self.0.handle()
    }
}

#[test]
fn a_client_that_comes_too_late_is_told_how_many_signals_it_missed() {
    let site = Site::new();
    let source = Forgetful(Live::new(Description::default(), &site.running));
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), &MonitorOptions::default()).unwrap();
    let address = listener.address();
    let server = listener.serve(Arc::new(source)).unwrap();
    let mut events = Events::open_at(address, "?after=10", "");
    assert_eq!(events.next(), ("missed".into(), None, r#"{"missed":89}"#.into()));
    assert_eq!(events.signal().number, 100);
    drop(server);
    assert_eq!(events.next().0, "end");
    site.finish();
}
