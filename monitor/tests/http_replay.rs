//! A recording behind the server: to look into it takes long, and holds up nobody else.

mod site;

use site::{Response, eventually};
use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tidegate::prelude::*;
use tidegate::{Handle, SignalLog, Snapshot, testkit};
use tidegate_monitor::recording::{Recording, Replay, Writer};
use tidegate_monitor::{Description, Listener, MonitorOptions, Server, Source};

/// Three seconds of a run.
fn replay() -> Replay {
    let written = testkit::virtual_time(async {
        let topology = Topology::new("n").producer("n", iter(0..3u64)).consumer("end", for_each(|_: u64| {}));
        let mut writer = Writer::new(Vec::new(), &Description::of(&topology)).unwrap();
        let running = testkit::start(topology);
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            writer.snapshot(&running.snapshot()).unwrap();
        }
        running.stop();
        writer.finish().unwrap()
    });
    Replay::new(Recording::read("three seconds".into(), written).unwrap())
}

/// A recording in which nothing is found as long as somebody writes to `gate`.
struct Slow {
    replay: Replay,
    gate: Arc<RwLock<()>>,
}

impl Source for Slow {
    fn description(&self) -> &Description {
        self.replay.description()
    }

    fn snapshot(&self) -> Snapshot {
        let _open = self.gate.read();
        self.replay.snapshot()
    }

    fn signals_after(&self, number: u64, most: usize) -> SignalLog {
        let _open = self.gate.read();
        self.replay.signals_after(number, most)
    }

    fn handle(&self) -> Option<&Handle> {
        None
    }

    fn replay(&self) -> Option<&Replay> {
        Some(&self.replay)
    }
}

fn serve(source: impl Source + 'static) -> Server {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), &MonitorOptions::default()).unwrap();
    listener.serve(Arc::new(source)).unwrap()
}

fn ask(address: SocketAddr, path: &str) -> std::net::TcpStream {
    let mut client = site::connect(address);
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).unwrap();
    client
}

fn get(address: SocketAddr, path: &str) -> Response {
    Response::read(ask(address, path))
}

#[test]
fn who_looks_into_a_recording_holds_up_no_other_client() {
    let gate = Arc::new(RwLock::new(()));
    let closed = gate.write().unwrap();
    let server = serve(Slow { replay: replay(), gate: gate.clone() });
    let address = server.address();
    let paths = ["/api/history", "/api/snapshot", "/api/signals?poll=1", "/metrics", "/readyz"];
    let waiting = paths.map(|path| ask(address, path));
    assert_eq!(get(address, "/healthz").status, 200);
    assert_eq!(get(address, "/api/replay").status, 200);
    drop(closed);
    for (path, client) in paths.into_iter().zip(waiting) {
        // What a client has to wait for too long is refused.
        assert!([200, 503].contains(&Response::read(client).status), "{path}");
    }
    assert_eq!(get(address, "/api/snapshot").json()["replayed"], true);
}

#[test]
fn a_time_that_is_none_is_that_of_the_longest_history() {
    let server = serve(replay());
    let address = server.address();
    let points = |query: &str| {
        let history = get(address, &format!("/api/history{query}")).json();
        history["points"].as_array().unwrap().len()
    };
    // Played to its end.
    eventually(|| (points("") == 2).then_some(()));
    for (query, expected) in
        [("NaN", 2), ("-1", 2), ("1e300", 2), ("inf", 2), ("600", 2), ("1.5", 1), ("0", 0)]
    {
        assert_eq!(points(&format!("?seconds={query}")), expected, "{query}");
    }
}
