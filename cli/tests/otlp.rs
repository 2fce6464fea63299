//! Spans reach a collector: one for each actor with links to those that send to it, and some for runs of calls.
#![cfg(feature = "otlp")]

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use support::{Workspace, finish};

/// A collector that keeps what it is sent.
fn collector() -> (SocketAddr, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, bodies) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while stream.read_line(&mut head).unwrap() > 2 {}
            assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
            let head = head.to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.get_mut().write_all(answer).unwrap();
            sender.send(body).unwrap();
        }
    });
    (address, bodies)
}

/// A span, as far as it matters here.
#[derive(Debug, Default)]
struct Span {
    id: Vec<u8>,
    parent: Vec<u8>,
    name: String,
    attributes: HashMap<String, String>,
    /// The spans it is linked to.
    links: HashSet<Vec<u8>>,
}

/// The fields of a message in the wire format of protocol buffers: numbers as eight bytes, all else as it is.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return value;
            }
        }
    }
    fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
        let (taken, rest) = bytes.split_at(length);
        *bytes = rest;
        taken
    }
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let value = match key & 7 {
            0 => varint(&mut bytes).to_le_bytes().to_vec(),
            1 => take(&mut bytes, 8).to_vec(),
            5 => take(&mut bytes, 4).to_vec(),
            _ => {
                let length = varint(&mut bytes);
                take(&mut bytes, length.try_into().unwrap()).to_vec()
            }
        };
        all.push((key >> 3, value));
    }
    all
}

/// The fields of number `number`.
fn all(bytes: &[u8], number: u64) -> Vec<Vec<u8>> {
    fields(bytes).into_iter().filter(|(field, _)| *field == number).map(|(_, value)| value).collect()
}

fn one(bytes: &[u8], number: u64) -> Vec<u8> {
    all(bytes, number).pop().unwrap_or_default()
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// The spans of an `ExportTraceServiceRequest`.
fn spans(body: &[u8]) -> Vec<Span> {
    let scopes = all(body, 1).into_iter().flat_map(|resource| all(&resource, 2));
    let spans = scopes.flat_map(|scope| all(&scope, 2)).map(|span| {
        let attributes = all(&span, 9).into_iter().map(|pair| {
            let value = one(&pair, 2);
            let shown = match fields(&value).pop() {
                Some((3, number)) => i64::from_le_bytes(number.try_into().unwrap()).to_string(),
                Some((1, words)) => text(words),
                _ => String::new(),
            };
            (text(one(&pair, 1)), shown)
        });
        Span {
            id: one(&span, 2),
            parent: one(&span, 4),
            name: text(one(&span, 5)),
            attributes: attributes.collect(),
            links: all(&span, 13).iter().map(|link| one(link, 2)).collect(),
        }
    });
    spans.collect()
}

/// A source, a stage with two instances, and two ends.
const TOPOLOGY: &str = "[topology]\nname = \"traced\"\n\n\
    [producers.n]\nactor = \"counter\"\nto = 200000\n\n\
    [stages.pass]\nactor = \"map\"\ninputs = [\"n\"]\ninstances = 2\nset = { m = \"n + 1\" }\n\n\
    [consumers.end]\nactor = \"null\"\ninputs = [\"pass\"]\n\n\
    [consumers.other]\nactor = \"null\"\ninputs = [\"n\"]\n";

fn exported(by_environment: bool) -> Vec<Span> {
    let (address, bodies) = collector();
    let workspace = Workspace::new(TOPOLOGY);
    let url = format!("http://{address}");
    let mut command = workspace.tidegate(&["run", "--quiet"]);
    match by_environment {
        true => command.env("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
        false => command.args(["--otlp", &url]),
    };
    let ran = finish(command);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    bodies.try_iter().flat_map(|body| spans(&body)).collect()
}

#[test]
fn each_instance_is_a_span_that_is_linked_to_those_that_send_to_it() {
    let spans = exported(false);
    let of = |actor: &str| -> Vec<&Span> {
        let mine = |span: &&Span| span.name == "actor" && span.attributes["actor"] == actor;
        spans.iter().filter(mine).collect()
    };
    let ids = |actor: &str| of(actor).iter().map(|span| span.id.clone()).collect::<HashSet<_>>();
    assert_eq!(["n", "pass", "end", "other"].map(|actor| of(actor).len()), [1, 2, 1, 1], "{spans:#?}");
    let instances: HashSet<&str> =
        of("pass").iter().map(|span| span.attributes["instance"].as_str()).collect();
    assert_eq!(instances, HashSet::from(["0", "1"]));
    assert!(of("n")[0].links.is_empty());
    assert!(of("pass").iter().all(|span| span.links == ids("n")), "{spans:#?}");
    assert_eq!(of("end")[0].links, ids("pass"));
    assert_eq!(of("other")[0].links, ids("n"));
}

#[test]
fn some_runs_of_calls_are_spans_inside_that_of_the_actor_with_the_same_links() {
    let spans = exported(true);
    let actors: HashMap<&[u8], &Span> =
        spans.iter().filter(|span| span.name == "actor").map(|span| (span.id.as_slice(), span)).collect();
    let handled: Vec<&Span> = spans.iter().filter(|span| span.name == "handle").collect();
    for (actor, from) in [("pass", "n"), ("end", "pass"), ("other", "n")] {
        let mine: Vec<&&Span> = handled.iter().filter(|span| span.attributes["actor"] == actor).collect();
        // Those behind its end have no links to it; the first ones come while it goes on.
        assert!(mine.iter().any(|span| !span.links.is_empty()), "{actor}: {spans:#?}");
        for span in mine {
            assert_eq!(actors[span.parent.as_slice()].attributes["actor"], actor);
            assert_eq!(span.attributes["from"], from);
            assert!(span.attributes["count"].parse::<u64>().unwrap() > 0, "{span:#?}");
            assert!(span.links.iter().all(|id| actors[id.as_slice()].attributes["actor"] == from));
        }
    }
}

#[test]
fn a_collector_that_is_not_there_does_not_harm_the_run() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let workspace = Workspace::new(TOPOLOGY);
    let ran = workspace.run(&["run", "--otlp", &format!("http://{address}")]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn an_address_that_is_none_is_refused() {
    let ran = Workspace::new(TOPOLOGY).run(&["run", "--otlp", "localhost:4318"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("write one like `http://localhost:4318`"), "{ran:?}");
}
