//! Clients that are slow, stuck or gone: each costs a bounded place for a bounded time, and nobody else anything.

mod site;

use site::{Response, Site, eventually};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tidegate_monitor::{Limits, MonitorOptions};

/// Limits that a test can wait for.
fn short() -> Limits {
    let mut limits = Limits::default();
    limits.head = Duration::from_millis(300);
    limits.request = Duration::from_millis(300);
    limits.stall = Duration::from_millis(300);
    limits.life = Duration::from_millis(900);
    limits
}

fn options(max_connections: usize) -> MonitorOptions {
    let mut options = MonitorOptions::default();
    options.max_connections = max_connections;
    options
}

/// What comes before the other end closes; also if it does so hard.
fn rest(client: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    while let Ok(count @ 1..) = client.read(&mut part) {
        bytes.extend_from_slice(&part[..count]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn metric(site: &Site, name: &str) -> f64 {
    let all = site.get("/metrics").body;
    let line = all.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("no {name}: {all}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn fifty_clients_that_are_stuck_keep_no_other_from_being_served_and_the_topology_from_nothing() {
    let site = Site::new();
    let mut stuck = Vec::new();
    for number in 0..50 {
        let mut client = site.connect();
        let sent: &[u8] = match number % 5 {
            0 => b"",
            1 => b"GET /metrics HTTP/1.1\r\nHost: loc",
            2 => b"POST /api/actors/end/capacity HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                   Content-Length: 100\r\n\r\n{",
            // Answers that nobody reads.
            3 => b"GET /api/snapshot HTTP/1.1\r\nHost: localhost\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
            _ => b"GET /api/signals HTTP/1.1\r\nHost: localhost\r\n\r\n",
        };
        client.write_all(sent).unwrap();
        stuck.push(client);
    }
    site.numbers.emit_all(1..=1000);
    site.end.request(1000);
    for _ in 0..20 {
        assert_eq!(site.get("/healthz").status, 200);
        assert_eq!(site.get("/metrics").status, 200);
    }
    assert!(metric(&site, "tidegate_monitor_connections") <= 64.0);
    site.until(|snapshot| snapshot.actors["end"].handled == 1000);
    drop(stuck);
    site.finish();
}

#[test]
fn a_client_that_says_nothing_or_half_of_it_is_closed() {
    let site = Site::with(&options(8), short());
    for sent in ["", "GET /metr", "GET /metrics HTTP/1.1\r\nHost: localhost\r\n"] {
        let mut client = site.connect();
        client.write_all(sent.as_bytes()).unwrap();
        let said = rest(&mut client);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
    }
    site.finish();
}

#[test]
fn a_connection_that_is_kept_alive_and_not_used_is_closed() {
    let site = Site::with(&options(8), short());
    let mut client = site.connect();
    client.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert!(rest(&mut client).ends_with("ok\n"));
    site.finish();
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let site = Site::with(&options(8), short());
    let mut client = site.connect();
    client
        .write_all(
            b"POST /api/actors/end/capacity HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
              Content-Length: 100\r\n\r\n{",
        )
        .unwrap();
    let (status, error, _) = Response::parse(&rest(&mut client)).refusal();
    assert_eq!((status, &*error), (503, "this took too long; what was asked for may yet happen"));
    site.finish();
}

#[test]
fn a_client_that_reads_nothing_is_cut_off() {
    let mut limits = short();
    // Nothing but the stall is to end it.
    (limits.head, limits.life) = (Duration::from_secs(600), Duration::from_secs(600));
    let site = Site::with(&options(8), limits);
    let mut client = site.connect();
    client.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
    // As many requests as fit, and then their answers do not.
    let request = b"GET /api/snapshot HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50);
    eventually(|| client.write_all(&request).is_err().then_some(()));
    eventually(|| (metric(&site, "tidegate_monitor_connections") == 1.0).then_some(()));
    site.finish();
}

#[test]
fn a_client_that_always_has_another_request_loses_its_place_in_the_end() {
    let site = Site::with(&options(8), short());
    let mut client = site.connect();
    let mut part = [0; 4096];
    eventually(|| {
        let sent = client.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        (sent.is_err() || !matches!(client.read(&mut part), Ok(1..))).then_some(())
    });
    site.finish();
}

#[test]
fn more_clients_than_may_be_are_sent_away_until_others_leave() {
    let site = Site::with(&options(4), Limits::default());
    let places: Vec<TcpStream> = (0..4).map(|_| site.connect()).collect();
    let refused = eventually(|| {
        let mut client = site.connect();
        let _ = client.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        Some(rest(&mut client)).filter(|said| said.starts_with("HTTP/1.1 503"))
    });
    let (status, error, _) = Response::parse(&refused).refusal();
    assert_eq!((status, &*error), (503, "as many clients as may be are there"));
    drop(places);
    eventually(|| {
        let mut client = site.connect();
        client.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
        rest(&mut client).starts_with("HTTP/1.1 200").then_some(())
    });
    assert!(metric(&site, "tidegate_monitor_refused_connections_total") >= 1.0);
    site.finish();
}

#[test]
fn clients_that_come_and_go_by_the_thousand_leave_no_memory_behind() {
    let site = Site::new();
    let resident = || metric(&site, "process_resident_memory_bytes");
    let rush = || {
        for number in 0..1000 {
            let mut client = site.connect();
            // Some leave without a word, some in the middle of one, some before the answer.
            let sent: &[u8] = match number % 3 {
                0 => b"",
                1 => b"GET /api/snap",
                _ => b"GET /api/snapshot HTTP/1.1\r\nHost: localhost\r\n\r\n",
            };
            let _ = client.write_all(sent);
        }
        eventually(|| {
            let mut client = site.connect();
            client
                .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                .ok()?;
            rest(&mut client).starts_with("HTTP/1.1 200").then_some(())
        });
    };
    rush();
    eventually(|| (metric(&site, "tidegate_monitor_connections") == 1.0).then_some(()));
    let before = resident();
    (0..3).for_each(|_| rush());
    eventually(|| (metric(&site, "tidegate_monitor_connections") == 1.0).then_some(()));
    let grown = resident() - before;
    assert!(grown < 4_000_000.0, "grew by {grown} bytes over 3000 clients");
    site.finish();
}
