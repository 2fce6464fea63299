//! The client of the HTTP API: what it asks, what it understands, and what it says when something is wrong.

#[path = "support/stub.rs"]
mod stub;

use serde_json::json;
use std::net::TcpListener;
use std::time::Duration;
use stub::Stub;
use tidegate::prelude::*;
use tidegate_monitor::Description;
use tidegate_monitor::client::{Client, ClientError, Control};

/// A topology that has ended, as a monitor shows it.
fn monitor() -> Stub {
    let topology = Topology::new("numbers")
        .producer("n", iter(1..=100u64))
        .consumer("sum", for_each(|_: u64| {}))
        .mailbox(MailboxOptions::capacity(8));
    let description = Description::of(&topology);
    let running = topology.start().unwrap();
    let watch = running.watch();
    running.join();
    let verdict = json!({"roots": [], "summary": "nothing holds anything up"});
    Stub::new(move |asked| match asked.line.as_str() {
        "GET /api/topology" => (200, serde_json::to_string(&description).unwrap()),
        "GET /api/snapshot" => {
            (200, json!({"snapshot": watch.snapshot(), "verdict": verdict, "replayed": false}).to_string())
        }
        "GET /api/signals?poll=1&after=7" => (200, serde_json::to_string(&watch.signals_after(7)).unwrap()),
        other => panic!("unexpected: {other}"),
    })
}

fn client(stub: &Stub) -> Client {
    Client::new(&stub.address, None).unwrap()
}

#[test]
fn a_run_is_read_over_http() {
    let stub = monitor();
    let client = Client::new(&format!("http://{}/", stub.address), Some("secret".into())).unwrap();
    assert_eq!(client.topology().unwrap().actors[1].name, "sum");
    let seen = client.snapshot().unwrap();
    assert_eq!(seen.snapshot.actors["sum"].handled, 100);
    assert_eq!((seen.summary(), seen.replayed), (Some("nothing holds anything up"), false));
    assert!(client.signals_after(7).unwrap().records.iter().all(|record| record.number > 7));
    assert!(stub.asked().iter().all(|asked| asked.authorization.as_deref() == Some("Bearer secret")));
}

#[test]
fn a_snapshot_without_a_verdict_has_no_summary() {
    let seen = json!({"snapshot": {"topology": "t", "elapsed_seconds": 1.0, "actors": {}, "links": []}, "verdict": null});
    let stub = Stub::new(move |_| (200, seen.to_string()));
    assert_eq!(client(&stub).snapshot().unwrap().summary(), None);
}

#[test]
fn control_goes_where_it_belongs_whatever_an_actor_is_called() {
    let stub = Stub::new(|_| (200, json!({"message": "pausing"}).to_string()));
    let client = client(&stub);
    for control in [
        Control::Pause(Some("a/../b ü".into())),
        Control::Resume(None),
        Control::Drain(None),
        Control::Capacity("store".into(), 64),
        Control::Rate("store".into(), 2.5),
        Control::Instances("store".into(), 3),
    ] {
        assert_eq!(client.control(&control).unwrap(), "pausing");
    }
    let asked: Vec<_> = stub.asked().into_iter().map(|asked| (asked.line, asked.body)).collect();
    let expected = [
        ("POST /api/actors/a%2F%2E%2E%2Fb%20%C3%BC/pause", ""),
        ("POST /api/resume", ""),
        ("POST /api/drain", ""),
        ("POST /api/actors/store/capacity", "{\"value\":64}"),
        ("POST /api/actors/store/rate", "{\"value\":2.5}"),
        ("POST /api/actors/store/instances", "{\"value\":3}"),
    ];
    assert_eq!(asked, expected.map(|(line, body)| (line.to_string(), body.to_string())));
}

#[test]
fn where_nothing_listens_the_error_says_how_to_start_the_run() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let error = Client::new(&free, None).unwrap().snapshot().unwrap_err();
    assert!(error.is_away());
    let expected = format!("nothing listens at http://{free}; start the run with `--monitor {free}`");
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[test]
fn a_token_that_is_wanted_or_wrong_is_asked_for_by_its_name() {
    let stub = Stub::new(|_| (401, String::new()));
    let wanted = client(&stub).control(&Control::Pause(None)).unwrap_err();
    assert!(wanted.to_string().contains("asks for a token; set TIDEGATE_MONITOR_TOKEN"), "{wanted}");
    let wrong = Client::new(&stub.address, Some("guess".into())).unwrap();
    let wrong = wrong.control(&Control::Pause(None)).unwrap_err();
    assert!(wrong.to_string().contains("does not know this token; TIDEGATE_MONITOR_TOKEN"), "{wrong}");
    assert!(!format!("{:?}", Client::new("a", Some("secret".into())).unwrap()).contains("secret"));
}

#[test]
fn what_a_monitor_refuses_is_told_in_its_words_in_one_line() {
    let stub = Stub::new(|_| (409, json!({"error": "`store` has a fixed\n\u{1b}[31mcapacity"}).to_string()));
    let error = client(&stub).control(&Control::Capacity("store".into(), 1)).unwrap_err().to_string();
    assert_eq!(error, format!("http://{} refuses this: `store` has a fixed  [31mcapacity", stub.address));
    let stub = Stub::new(|_| {
        (404, json!({"error": "there is no actor `stor`", "help": "did you mean `store`?"}).to_string())
    });
    let error = client(&stub).control(&Control::Pause(Some("stor".into()))).unwrap_err().to_string();
    assert!(error.ends_with("refuses this: there is no actor `stor`; did you mean `store`?"), "{error}");
}

#[test]
fn something_else_that_answers_is_not_taken_for_a_monitor() {
    for (status, body) in [(200, "<html>"), (404, "<html>"), (302, ""), (200, "{\"snapshot\": 1}")] {
        let stub = Stub::new(move |_| (status, body.into()));
        let error = client(&stub).snapshot().unwrap_err();
        assert!(matches!(error, ClientError::Foreign { .. }) && !error.is_away(), "{status}: {error}");
    }
}

#[test]
fn a_monitor_that_does_not_answer_is_not_waited_for_for_ever() {
    // It is connected to and never accepted.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let client = Client::new(&address, None).unwrap().patience(Duration::from_millis(50));
    let error = client.snapshot().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("http://{address} does not answer within 0.05 s; is it busy, or stopped?")
    );
}
