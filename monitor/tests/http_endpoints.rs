//! What the server says at each address.

mod site;

use site::{Site, eventually};
use tidegate::Snapshot;
use tidegate_monitor::{Limits, Listener, MonitorOptions};

#[test]
fn the_page_is_served_with_a_policy_that_lets_it_load_nothing_from_elsewhere() {
    let site = Site::new();
    let page = site.get("/");
    assert_eq!((page.status, &*page.headers["content-type"]), (200, "text/html; charset=utf-8"));
    let policy = &page.headers["content-security-policy"];
    assert!(
        policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    for (header, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")] {
        assert_eq!(page.headers[header], value);
    }
    assert!(!page.headers.keys().any(|name| name.starts_with("access-control")), "no other origin may read");
    assert_eq!(site.get("/assets/none.js").status, 404);
    site.finish();
}

#[test]
fn health_and_readiness_are_told_apart() {
    let site = Site::new();
    assert_eq!(site.get("/healthz").status, 200);
    eventually(|| (site.get("/readyz").status == 200).then_some(()));
    site.press();
    site.running.drain(site::PATIENCE);
    site.until(|snapshot| snapshot.phase == tidegate::Phase::Draining);
    let ready = eventually(|| Some(site.get("/readyz")).filter(|ready| ready.status != 200));
    assert_eq!((ready.status, &*ready.body), (503, "draining\n"));
    assert_eq!(site.get("/healthz").status, 200);
    site.finish();
}

#[test]
fn the_topology_and_its_state_are_what_the_runtime_says() {
    let site = Site::new();
    let topology = site.get("/api/topology").json();
    let names: Vec<_> = topology["actors"].as_array().unwrap().iter().map(|actor| &actor["name"]).collect();
    assert_eq!(names, ["n", "double", "end"]);
    assert_eq!((&topology["links"][1]["to"], &topology["control"]), (&"end".into(), &"open".into()));
    assert_eq!(topology["layout"]["nodes"].as_array().map(Vec::len), Some(3));
    site.press();
    let seen =
        eventually(|| Some(site.get("/api/snapshot").json()).filter(|seen| !seen["verdict"].is_null()));
    assert_eq!((&seen["verdict"]["roots"][0]["actor"], &seen["replayed"]), (&"end".into(), &false.into()));
    assert_eq!(seen["alerts"], serde_json::json!([]));
    let snapshot: Snapshot = serde_json::from_value(seen["snapshot"].clone()).unwrap();
    assert_eq!((snapshot.topology.as_str(), snapshot.phase), ("numbers", tidegate::Phase::Running));
    let seen = eventually(|| {
        let mailbox = site.get("/api/snapshot").json()["snapshot"]["actors"]["end"]["mailbox"].clone();
        Some(mailbox).filter(|mailbox| mailbox["pressured"] == true)
    });
    assert_eq!(seen["capacity"], 10);
    site.finish();
}

#[test]
fn the_history_has_a_point_a_second_with_rates_and_shares() {
    let site = Site::new();
    site.press();
    let point = eventually(|| {
        let history = site.get("/api/history?seconds=600").json();
        history["points"].as_array().unwrap().last().cloned()
    });
    let end = &point["actors"]["end"];
    let share = |key: &str| end[key].as_f64().unwrap();
    assert!((share("idle") + share("busy") + share("blocked") - 1.0).abs() < 1e-3, "{end}");
    assert!(end["received_rate"].is_number() && end["depth"].is_number(), "{end}");
    assert!(point["at_seconds"].as_f64().unwrap() > 0.0);
    assert_eq!(site.get("/api/history?seconds=0").json()["points"].as_array().unwrap().len(), 0);
    assert_eq!(site.get("/api/history?seconds=x").status, 422);
    site.finish();
}

#[test]
fn an_address_that_is_none_suggests_the_one_that_may_be_meant() {
    let site = Site::new();
    let (status, error, help) = site.get("/api/snapshto").refusal();
    assert_eq!((status, &*error), (404, "there is nothing at `/api/snapshto`"));
    assert_eq!(help, "did you mean `/api/snapshot`?");
    assert_eq!(site.get("/metric").refusal().2, "did you mean `/metrics`?");
    assert_eq!(site.get("/zzz").refusal(), (404, "there is nothing at `/zzz`".into(), String::new()));
    for (path, help) in [("/api/pause", "use POST"), ("/api/actors/n/pause", "use POST")] {
        let (status, _, said) = site.get(path).refusal();
        assert_eq!((status, &*said), (405, help), "{path}");
    }
    assert_eq!(site.post("/metrics", "", "").refusal().0, 405);
    for (method, path, help) in [
        ("POST", "/metrics", "use GET"),
        ("DELETE", "/metrics", "use GET"),
        ("PUT", "/api/snapshot", "use GET"),
        ("DELETE", "/api/pause", "use POST"),
        ("DELETE", "/api/actors/n/pause", "use POST"),
        ("DELETE", "/api/replay", "use GET or POST"),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let (status, error, said) = site.send(&request).refusal();
        assert_eq!((status, &*error), (405, &*format!("`{method}` is not for this address")), "{path}");
        assert_eq!(said, help, "{method} {path}");
    }
    site.finish();
}

#[test]
fn a_port_that_is_taken_is_an_error_that_says_what_to_do() {
    let options = MonitorOptions::default();
    let first = Listener::bind("127.0.0.1:0".parse().unwrap(), &options).unwrap();
    let address = first.address();
    let error = Listener::bind(address.to_string().parse().unwrap(), &options).unwrap_err().to_string();
    assert!(error.starts_with(&format!("the monitor cannot listen on {address}: ")), "{error}");
    assert!(error.ends_with("; choose another port, or 0 for any that is free"), "{error}");
}

#[test]
fn the_server_ends_when_it_is_told_to_and_frees_its_port() {
    let mut site = Site::with(&MonitorOptions::default(), Limits::default());
    let idle = site.connect();
    assert_eq!(site.get("/healthz").status, 200);
    site.server.take().unwrap().close();
    assert!(std::net::TcpStream::connect(site.address).is_err());
    drop(idle);
    Listener::bind(site.address.to_string().parse().unwrap(), &MonitorOptions::default()).unwrap();
    site.finish();
}

#[test]
fn two_topologies_in_one_process_have_a_server_each() {
    let (one, other) = (Site::new(), Site::new());
    assert_ne!(one.address, other.address);
    one.press();
    let depth = |site: &Site| {
        site.get("/api/snapshot").json()["snapshot"]["actors"]["end"]["mailbox"]["depth"].clone()
    };
    eventually(|| (depth(&one) != 0).then_some(()));
    assert_eq!(depth(&other), 0);
    one.finish();
    assert_eq!(other.get("/healthz").status, 200);
    other.finish();
}
