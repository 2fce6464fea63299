//! A run with a server, and a client that sends every byte as it is told to.

#![allow(dead_code, reason = "each test file uses its part")]

use serde_json::Value;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tidegate::prelude::*;
use tidegate::testkit::{self, ConsumerProbe, ProducerProbe};
use tidegate::{Handle, Snapshot};
use tidegate_monitor::{Description, Limits, Listener, Live, MonitorOptions, Server};

/// More than anything takes, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A run that does what its probes are told, and its server.
pub struct Site {
    pub address: SocketAddr,
    pub running: Handle,
    pub numbers: ProducerProbe<u64>,
    pub end: ConsumerProbe<u64>,
    pub server: Option<Server>,
}

impl Site {
    /// On any free port of the loopback address.
    pub fn new() -> Self {
        Self::with(&MonitorOptions::default(), Limits::default())
    }

    pub fn with(options: &MonitorOptions, limits: Limits) -> Self {
        Self::at("127.0.0.1:0", options, limits)
    }

    pub fn at(listen: &str, options: &MonitorOptions, limits: Limits) -> Self {
        let (numbers, producer) = testkit::probe_producer();
        let (end, consumer) = testkit::probe_consumer();
        let topology = Topology::new("numbers")
            .producer("n", producer)
            .stage("double", map(|n: u64| n * 2))
            .mailbox(MailboxOptions::capacity(10))
            .consumer("end", consumer)
            .mailbox(MailboxOptions::capacity(10));
        let description = Description::of(&topology);
        let running = topology.start().unwrap();
        let listener = Listener::bind(listen.parse().unwrap(), options).unwrap().limits(limits);
        let source = Live::new(description, &running);
        let server = listener.serve(Arc::new(source)).unwrap();
        let port = server.address().port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let site = Self { address, running, numbers, end, server: Some(server) };
        testkit::eventually(&site.running, |snapshot| snapshot.phase == tidegate::Phase::Running);
        site
    }

    /// Emits so many numbers, and waits until the mailbox of `end` is pressured.
    pub fn press(&self) -> Snapshot {
        self.numbers.emit_all(1..=100);
        self.until(|snapshot| snapshot.actors["end"].mailbox.as_ref().unwrap().pressured)
    }

    pub fn until(&self, is_so: impl Fn(&Snapshot) -> bool) -> Snapshot {
        testkit::eventually(&self.running, is_so)
    }

    pub fn get(&self, path: &str) -> Response {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    pub fn post(&self, path: &str, headers: &str, body: &str) -> Response {
        let length = body.len();
        self.send(&format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        ))
    }

    /// Sets something by JSON.
    pub fn set(&self, path: &str, body: &str) -> Response {
        self.post(path, "Content-Type: application/json\r\n", body)
    }

    pub fn send(&self, request: &str) -> Response {
        let mut client = self.connect();
        client.write_all(request.as_bytes()).unwrap();
        Response::read(client)
    }

    pub fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    /// Handles all there is, ends the run, and checks its books.
    pub fn finish(mut self) {
        self.end.request(1_000_000);
        self.running.resume_all();
        self.numbers.finish();
        let report = self.running.join();
        drop(self.server.take());
        testkit::balanced(&report);
    }
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client.set_write_timeout(Some(PATIENCE)).unwrap();
    client
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Response {
    pub fn read(mut client: TcpStream) -> Self {
        let mut bytes = Vec::new();
        client.read_to_end(&mut bytes).unwrap();
        Self::parse(&String::from_utf8(bytes).unwrap())
    }

    pub fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: HashMap<String, String> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_string()))
            .collect();
        let chunked = headers.get("transfer-encoding").is_some_and(|encoding| encoding == "chunked");
        let body = if chunked { unchunked(body) } else { body.to_string() };
        Self { status, headers, body }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }

    /// What a refusal says: status, error and help.
    pub fn refusal(&self) -> (u16, String, String) {
        let json = self.json();
        let text = |key: &str| json[key].as_str().unwrap_or_default().to_string();
        (self.status, text("error"), text("help"))
    }
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        whole.push_str(&rest[..size]);
        body = rest[size..].trim_start_matches("\r\n");
        if size == 0 {
            break;
        }
    }
    whole
}

/// Tries until `found` finds something.
pub fn eventually<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(since.elapsed() < PATIENCE, "did not come about");
        std::thread::sleep(Duration::from_millis(5));
    }
}
