//! Who is let in, who is not, and what they are told.

mod site;

use site::{Response, Site};
use tidegate::settings::Secret;
use tidegate_monitor::{Limits, MonitorOptions};

fn options(token: Option<&str>, hosts: &[&str]) -> MonitorOptions {
    let mut options = MonitorOptions::default();
    options.token = token.map(Secret::new);
    options.hosts = hosts.iter().map(ToString::to_string).collect();
    options
}

fn with_host(site: &Site, host: &str) -> Response {
    site.send(&format!("GET /api/snapshot HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"))
}

fn pause(site: &Site, headers: &str) -> Response {
    site.post("/api/actors/end/pause", headers, "")
}

#[test]
fn on_the_loopback_address_only_its_own_names_are_hosts() {
    let site = Site::with(&options(None, &["box.example"]), Limits::default());
    for host in [
        "localhost",
        "LOCALHOST:1234",
        "127.0.0.1:80",
        "127.0.0.2:9090",
        "[::1]:9090",
        "[::ffff:127.0.0.1]",
        "box.example",
        "Box.Example:443",
    ] {
        assert_eq!(with_host(&site, host).status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "10.0.0.1:9090",
        "[::2]",
        "a b",
        "",
        "localhost@evil.example",
    ] {
        let refused = with_host(&site, host);
        assert!([400, 403].contains(&refused.status), "{host}: {refused:?}");
        assert!(!refused.body.contains("snapshot\""), "{host}: {refused:?}");
    }
    let (status, error, help) = with_host(&site, "evil.example").refusal();
    assert_eq!((status, &*error), (403, "`evil.example` is not a host of this monitor"));
    assert_eq!(help, "reach it as `localhost`, or list the name in `hosts` of the table `[monitor]`");
    site.finish();
}

#[test]
fn a_request_without_a_host_or_with_two_or_with_another_in_its_address_is_refused() {
    let site = Site::new();
    for (request, status) in [
        ("GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        ("GET /metrics HTTP/1.0\r\n\r\n", 400),
        ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400),
        ("GET http://evil.example/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 403),
        ("GET http://localhost/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 200),
    ] {
        assert_eq!(site.send(request).status, status, "{request}");
    }
    site.finish();
}

#[test]
fn a_page_of_another_site_controls_nothing() {
    let site = Site::new();
    for headers in [
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Origin: http://localhost:3000\r\n",
        "Origin: http://localhost.evil.example\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Origin: http://localhost\r\nSec-Fetch-Site: cross-site\r\n",
    ] {
        let (status, error, _) = pause(&site, headers).refusal();
        assert_eq!(status, 403, "{headers}");
        assert!(error.starts_with("the request comes from a page of another site"), "{error}");
    }
    assert!(site.running.snapshot().actors["end"].state != tidegate::ActorState::Paused);
    assert_eq!(pause(&site, "Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n").status, 200);
    assert_eq!(pause(&site, "Sec-Fetch-Site: none\r\n").status, 200);
    site.finish();
}

#[test]
fn what_a_form_could_send_is_refused() {
    let site = Site::new();
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    {
        let headers = format!("Content-Type: {content_type}\r\n");
        for body in ["{\"value\": 8}", ""] {
            let (status, error, help) = site.post("/api/actors/end/capacity", &headers, body).refusal();
            assert_eq!((status, &*error), (415, "the body must be JSON, or none"), "{content_type}");
            assert_eq!(help, "send `Content-Type: application/json`");
        }
    }
    assert_eq!(site.post("/api/actors/end/capacity", "", "{\"value\": 8}").status, 415);
    let json = "Content-Type: Application/JSON; charset=utf-8\r\n";
    assert_eq!(site.post("/api/actors/end/capacity", json, "{\"value\": 8}").status, 200);
    site.finish();
}

#[test]
fn a_token_that_is_asked_for_is_needed_to_control_and_not_to_look() {
    let site = Site::with(&options(Some("s3cret"), &[]), Limits::default());
    let missing = pause(&site, "");
    assert_eq!(missing.headers["www-authenticate"], "Bearer realm=\"tidegate\"");
    let (status, error, help) = missing.refusal();
    assert_eq!((status, &*error), (401, "controlling this run needs its token"));
    assert_eq!(help, "send `Authorization: Bearer TOKEN`");
    for wrong in ["s3cre", "s3crets", "S3CRET", ""] {
        let refused = pause(&site, &format!("Authorization: Bearer {wrong}\r\n"));
        assert_eq!(refused.status, 401, "{wrong}");
        assert!(!refused.body.contains("s3cret"));
    }
    assert_eq!(pause(&site, "Authorization: Basic s3cret\r\n").status, 401);
    assert_eq!(pause(&site, "Authorization: bearer s3cret\r\n").status, 200);
    assert_eq!(site.get("/api/topology").json()["control"], "token");
    for path in ["/api/topology", "/api/snapshot", "/metrics", "/"] {
        let seen = site.get(path);
        assert_eq!(seen.status, 200, "{path}");
        assert!(!seen.body.contains("s3cret"), "{path}");
    }
    site.running.resume_all();
    site.finish();
}

#[test]
fn without_a_token_nobody_controls_a_run_that_other_machines_reach() {
    let site = Site::at("0.0.0.0:0", &options(None, &["box.example"]), Limits::default());
    let (status, error, help) = pause(&site, "").refusal();
    assert_eq!((status, &*error), (403, "without a token nobody can control a run from another machine"));
    assert!(help.contains("`token` in the table `[monitor]`, or TIDEGATE_MONITOR_TOKEN"), "{help}");
    assert_eq!(site.get("/api/topology").json()["control"], "refused");
    for host in ["box.example:9090", "192.0.2.7:9090", "[2001:db8::1]:9090"] {
        assert_eq!(with_host(&site, host).status, 200, "{host}");
    }
    assert_eq!(with_host(&site, "evil.example").status, 403);
    site.finish();
    let site = Site::at("0.0.0.0:0", &options(Some("s3cret"), &[]), Limits::default());
    assert_eq!(pause(&site, "Authorization: Bearer s3cret\r\n").status, 200);
    site.running.resume_all();
    site.finish();
}

#[test]
fn a_body_that_is_too_large_is_refused_whether_it_says_so_or_not() {
    let site = Site::new();
    let large = "x".repeat(20_000);
    let json = "Content-Type: application/json\r\n";
    let (status, error, _) = site.post("/api/actors/end/capacity", json, &large).refusal();
    assert_eq!((status, &*error), (413, "a body may have 16384 bytes at most"));
    let size = large.len();
    let chunked = format!(
        "POST /api/actors/end/capacity HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{json}\
         Transfer-Encoding: chunked\r\n\r\n{size:x}\r\n{large}\r\n0\r\n\r\n"
    );
    assert_eq!(site.send(&chunked).status, 413);
    site.finish();
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let site = Site::new();
    let long = "x".repeat(100_000);
    let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: {long}\r\n\r\n");
    let mut client = site.connect();
    // The server may have closed before all of it is sent.
    let _ = std::io::Write::write_all(&mut client, request.as_bytes());
    let mut answer = Vec::new();
    let _ = std::io::Read::read_to_end(&mut client, &mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    let many: String = (0..80).map(|number| format!("X-{number}: 1\r\n")).collect();
    let request = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n");
    assert_eq!(site.send(&request).status, 431);
    assert_eq!(site.get("/healthz").status, 200);
    site.finish();
}
