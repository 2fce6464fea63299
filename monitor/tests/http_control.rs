//! Controlling a run over HTTP: every verb acts, and what cannot be done is refused with what to do.

mod site;

use serde_json::json;
use site::Site;
use std::sync::Arc;
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate::{ActorState, Outcome, Phase};
use tidegate_monitor::{Description, Listener, Live, MonitorOptions};

#[test]
fn an_actor_is_paused_and_resumed() {
    let site = Site::new();
    let paused = site.post("/api/actors/end/pause", "", "");
    assert_eq!((paused.status, paused.json()), (200, json!({ "done": "pause", "actor": "end" })));
    site.until(|snapshot| snapshot.actors["end"].state == ActorState::Paused);
    assert_eq!(site.set("/api/actors/end/resume", "{}").status, 200);
    site.until(|snapshot| snapshot.actors["end"].state == ActorState::Running);
    site.finish();
}

#[test]
fn the_whole_topology_is_paused_resumed_and_drained() {
    let site = Site::new();
    assert_eq!(site.post("/api/pause", "", "").json(), json!({ "done": "pause" }));
    site.until(|snapshot| {
        ["double", "end"].iter().all(|actor| snapshot.actors[*actor].state == ActorState::Paused)
    });
    assert_eq!(site.post("/api/resume", "", "").status, 200);
    site.until(|snapshot| snapshot.actors.values().all(|actor| actor.state != ActorState::Paused));
    site.numbers.emit_all(1..=5);
    site.end.request(5);
    site.until(|snapshot| snapshot.actors["end"].handled == 5);
    assert_eq!(site.post("/api/drain", "", "").status, 200);
    let report = site.running.join();
    assert_eq!(testkit::balanced(&report).outcome, Outcome::Drained);
}

#[test]
fn the_end_can_be_forced_and_what_is_left_is_counted() {
    let site = Site::new();
    let before = site.press();
    assert!(before.actors["end"].waiting > 0);
    assert_eq!(site.post("/api/stop", "", "").status, 200);
    let report = testkit::balanced(&site.running.join());
    assert_eq!(report.outcome, Outcome::Stopped);
    assert!(report.actors["end"].left > 0);
}

#[test]
fn one_actor_is_drained_or_stopped() {
    let site = Site::new();
    site.numbers.emit_all(1..=3);
    site.end.request(3);
    site.until(|snapshot| snapshot.actors["end"].handled == 3);
    assert_eq!(site.post("/api/actors/n/drain", "", "").status, 200);
    assert_eq!(testkit::balanced(&site.running.join()).actors["end"].handled, 3);
    let site = Site::new();
    assert_eq!(site.post("/api/actors/end/stop", "", "").status, 200);
    testkit::balanced(&site.running.join());
}

#[test]
fn a_capacity_is_changed() {
    let site = Site::new();
    let changed = site.set("/api/actors/end/capacity", r#"{"value": 64}"#);
    assert_eq!(changed.json(), json!({ "done": "capacity", "actor": "end", "value": 64 }));
    assert_eq!(site.running.snapshot().actors["end"].mailbox.as_ref().unwrap().capacity, 64);
    site.finish();
}

#[test]
fn the_number_of_instances_is_changed() {
    let topology = Topology::new("elastic")
        .producer("n", iter(0u64..))
        .stage_each("work", 4, |_| map(|n: u64| n))
        .routing(Routing::Shared)
        .elastic(ElasticOptions::between(1, 4))
        .consumer("end", for_each(|_: u64| {}));
    let description = Description::of(&topology);
    let running = topology.start().unwrap();
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), &MonitorOptions::default()).unwrap();
    let address = listener.address();
    let server = listener.serve(Arc::new(Live::new(description, &running))).unwrap();
    testkit::eventually(&running, |snapshot| snapshot.phase == Phase::Running);
    let set = |value: u64| {
        let body = json!({ "value": value }).to_string();
        let mut client = site::connect(address);
        let head = "POST /api/actors/work/instances HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        let length = body.len();
        let rest = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
        std::io::Write::write_all(&mut client, format!("{head}{rest}").as_bytes()).unwrap();
        site::Response::read(client)
    };
    assert_eq!(set(3).status, 200);
    testkit::eventually(&running, |snapshot| snapshot.actors["work"].instances >= 3);
    let (status, error, _) = set(9).refusal();
    assert_eq!(status, 422);
    assert!(error.contains("9 is not between 1 and 4"), "{error}");
    running.stop();
    testkit::balanced(&running.join());
    drop(server);
}

#[test]
fn what_cannot_be_done_is_refused_with_what_to_do() {
    let site = Site::new();
    let refused = |path: &str, body: &str| site.set(path, body).refusal();
    assert_eq!(
        refused("/api/actors/doubel/pause", ""),
        (404, "there is no actor `doubel`".into(), "did you mean `double`?".into())
    );
    assert_eq!(refused("/api/actors/end/paus", "").2, "did you mean `pause`?");
    assert_eq!(refused("/api/pauze", "").0, 404);
    let (status, error, help) = refused("/api/actors/end/capacity", r#"{"value": 0}"#);
    assert_eq!(status, 422, "{error} {help}");
    assert!(error.contains("capacity"), "{error}");
    assert_eq!(
        refused("/api/actors/end/capacity", r#"{"value": "many"}"#).1,
        "the capacity must be a whole number"
    );
    for body in ["", "{", "[]", r#"{"valeu": 8}"#, r#"{"value": 8, "more": 1}"#] {
        let (status, error, help) = refused("/api/actors/end/capacity", body);
        assert_eq!((status, &*help), (422, "send {\"value\": 8}"), "{body}: {error}");
    }
    let (status, error, _) = refused("/api/actors/n/capacity", r#"{"value": 8}"#);
    assert_eq!((status, error.contains("a producer has none")), (422, true), "{error}");
    let (status, error, _) = refused("/api/actors/end/rate", r#"{"value": 8}"#);
    assert_eq!((status, error.contains("`rate` of actor `end` cannot be changed")), (422, true), "{error}");
    let (status, error, _) = refused("/api/actors/end/instances", r#"{"value": 8}"#);
    assert_eq!((status, error.contains("their number is fixed")), (422, true), "{error}");
    site.finish();
}

#[test]
fn a_name_with_any_characters_is_reached_by_its_escaped_form() {
    let site = Site::new();
    let (status, error, _) = site.post("/api/actors/%3Cscript%3E%0A/pause", "", "").refusal();
    assert_eq!((status, &*error), (404, "there is no actor `<script>\\n`"));
    assert_eq!(site.post("/api/actors/%65nd/pause", "", "").status, 200);
    site.until(|snapshot| snapshot.actors["end"].state == ActorState::Paused);
    site.finish();
}

#[test]
fn what_a_client_sent_is_no_text_or_moves_a_cursor_and_is_refused_in_json_without() {
    let site = Site::new();
    for path in ["/api/actors/%ff/pause", "/api/%ff", "/api/actors/end/%ff"] {
        let refused = site.post(path, "", "");
        assert_eq!(refused.status, 400, "{path}");
        let error = refused.json()["error"].as_str().unwrap().to_string();
        assert!(error.contains("UTF-8"), "{path}: {error}");
    }
    let refused = site.set("/api/actors/end/capacity", r#"{"\u001b[31m":1}"#);
    let error = refused.json()["error"].as_str().unwrap().to_string();
    assert_eq!(refused.status, 422);
    assert!(error.contains("unknown field `\u{fffd}[31m`"), "{error:?}");
    site.finish();
}
