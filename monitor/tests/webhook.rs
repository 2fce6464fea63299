//! Alerts are posted to a real listener: signed, tried again, in order, and never without end.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};
use tidegate::prelude::*;
use tidegate::settings::Secret;
use tidegate::testkit;
use tidegate_monitor::alerts::{Alerts, AlertsOptions, Delivered, Notice, NoticeState, WebhookOptions};

/// More than anything here needs, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was posted.
struct Post {
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Post {
    fn notice(&self) -> Notice {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A server that gives `answers` one after the other, then `200`, for ever.
struct Receiving {
    address: SocketAddr,
    posts: Receiver<Post>,
    _thread: JoinHandle<()>,
}

impl Receiving {
    fn answering(answers: &'static [&'static str]) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), answers)
    }

    fn on(listener: TcpListener, answers: &'static [&'static str]) -> Self {
        let address = listener.local_addr().unwrap();
        let (sender, posts) = channel();
        Self { address, posts, _thread: spawn(move || serve(&listener, answers, &sender)) }
    }

    fn options(&self) -> WebhookOptions {
        options(self.address)
    }

    fn next(&self) -> Post {
        self.posts.recv_timeout(PATIENCE).expect("a post")
    }
}

fn serve(listener: &TcpListener, answers: &[&str], posts: &Sender<Post>) {
    let mut answers = answers.iter();
    for stream in listener.incoming() {
        let mut stream = BufReader::new(stream.unwrap());
        let mut line = String::new();
        if stream.read_line(&mut line).unwrap_or(0) == 0 {
            continue;
        }
        assert_eq!(line, "POST /hook HTTP/1.1\r\n");
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.insert(name.to_lowercase(), value.to_string());
        }
        let mut body = vec![0; headers["content-length"].parse().unwrap()];
        stream.read_exact(&mut body).unwrap();
        let answer = answers.next().copied().unwrap_or("200 OK");
        let _ = posts.send(Post { headers, body });
        if answer == "silence" {
            // Held open until the other side has had enough.
            let _ = stream.read(&mut [0]);
            continue;
        }
        let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let _ = stream.get_mut().write_all(answer.as_bytes());
    }
}

fn options(address: SocketAddr) -> WebhookOptions {
    let mut options = WebhookOptions::new(format!("http://{address}/hook"));
    options.retry_after = Duration::from_millis(10).into();
    options
}

/// Runs a topology whose only alert fires and resolves once; `meanwhile` is called before its end, and the end may take
/// `within`.
fn fire(webhook: &WebhookOptions, meanwhile: impl FnOnce(&Alerts), within: Duration) -> Delivered {
    fire_often(webhook, 1, |_| {}, meanwhile, within)
}

/// The same with an alert that fires and resolves `times` times; `fired` is called each time.
fn fire_often(
    webhook: &WebhookOptions,
    times: usize,
    mut fired: impl FnMut(usize),
    meanwhile: impl FnOnce(&Alerts),
    within: Duration,
) -> Delivered {
    testkit::virtual_time(async {
        let (source, producer) = testkit::probe_producer::<u64>();
        let (sink, consumer) = testkit::probe_consumer::<u64>();
        let topology = Topology::new("posted").producer("n", producer).consumer("store", consumer);
        let json = serde_json::json!({"busy": {"when": "store.in_handler > 0", "notify": ["webhook"]}});
        let alerts: AlertsOptions = serde_json::from_value(json).unwrap();
        let mut alerts = Alerts::new(&alerts, Some(webhook), &topology).unwrap();
        let running = testkit::start(topology);
        testkit::settle().await;
        tokio::select! {
            () = alerts.watch(&running, |_, _| Some("`store` is stuck".into())) => {}
            () = async {
                tokio::time::sleep(Duration::from_millis(500)).await;
                for n in 0..times {
                    source.emit(n as u64);
                    tokio::time::sleep(Duration::from_secs(2)).await;
                    fired(n);
                    sink.request(1);
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
                source.finish();
            } => {}
        }
        meanwhile(&alerts);
        let report = running.wait().await;
        alerts.finish(&report, within).expect("a webhook")
    })
}

/// Waits until what was delivered is as `is_so` says.
fn until(alerts: &Alerts, is_so: impl Fn(Delivered) -> bool) {
    let since = Instant::now();
    while !is_so(alerts.delivered().unwrap()) {
        assert!(since.elapsed() < PATIENCE, "{:?}", alerts.delivered());
        std::thread::yield_now();
    }
}

#[test]
fn an_alert_is_posted_once_as_it_fires_and_once_as_it_resolves_with_a_signature() {
    let server = Receiving::answering(&[]);
    let mut webhook = server.options();
    webhook.secret = Some(Secret::new("key"));
    let delivered = fire(&webhook, |_| {}, PATIENCE);
    assert_eq!((delivered.accepted, delivered.retries, delivered.waiting), (2, 0, 0));
    let posts = [server.next(), server.next()];
    for post in &posts {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap();
        mac.update(post.headers["x-tidegate-timestamp"].as_bytes());
        mac.update(b".");
        mac.update(&post.body);
        let wanted: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(post.headers["x-tidegate-signature"], format!("sha256={wanted}"));
        assert_eq!(post.headers["content-type"], "application/json");
        assert_eq!(post.headers["x-tidegate-id"], post.notice().id);
    }
    let [firing, resolved] = posts.map(|post| post.notice());
    assert_eq!((firing.state, resolved.state), (NoticeState::Firing, NoticeState::Resolved));
    assert_eq!((firing.alert.as_str(), firing.topology.as_str()), ("busy", "posted"));
    assert_eq!(firing.value, Some(1.0));
    assert_eq!(firing.text, "`store.in_handler > 0` (1); `store` is stuck");
    assert_eq!(firing.verdict.as_deref(), Some("`store` is stuck"));
    assert!(firing.since.ends_with('Z') && firing.at.ends_with('Z'), "{firing:?}");
    assert_ne!(firing.id, resolved.id);
}

#[test]
fn without_a_secret_nothing_is_signed() {
    let server = Receiving::answering(&[]);
    fire(&server.options(), |_| {}, PATIENCE);
    assert!(!server.next().headers.contains_key("x-tidegate-signature"));
}

#[test]
fn what_the_receiver_could_not_take_is_tried_again_with_the_same_id_before_what_comes_after() {
    let server = Receiving::answering(&["500 No", "429 Slow", "503 No", "202 Yes"]);
    let delivered = fire(&server.options(), |_| {}, PATIENCE);
    assert_eq!((delivered.accepted, delivered.retries, delivered.given_up), (2, 3, 0));
    let ids: Vec<String> = (0..5).map(|_| server.next().notice().id).collect();
    assert!(ids[..4].iter().all(|id| *id == ids[0]) && ids[4] != ids[0], "{ids:?}");
}

#[test]
fn a_refused_connection_is_tried_again_until_somebody_listens() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut webhook = options(address);
    webhook.attempts = 100;
    let mut server = None;
    let delivered = fire(
        &webhook,
        |alerts| {
            until(alerts, |delivered| delivered.retries >= 2);
            server = Some(Receiving::on(TcpListener::bind(address).unwrap(), &[]));
        },
        PATIENCE,
    );
    assert_eq!((delivered.accepted, delivered.given_up), (2, 0));
    assert_eq!(server.unwrap().next().notice().state, NoticeState::Firing);
}

#[test]
fn it_gives_up_after_as_many_attempts_as_it_may_make() {
    let server = Receiving::answering(&["500 No"; 100]);
    let mut webhook = server.options();
    webhook.attempts = 3;
    let delivered = fire(&webhook, |_| {}, PATIENCE);
    assert_eq!((delivered.accepted, delivered.given_up, delivered.retries), (0, 2, 4));
    assert_eq!(server.posts.try_iter().count(), 6);
}

#[test]
fn what_the_receiver_will_never_take_is_not_tried_again_and_a_redirect_is_not_followed() {
    let elsewhere = Receiving::answering(&[]);
    let location = format!("307 Go\r\nLocation: http://{}/hook", elsewhere.address);
    let location: &'static str = location.leak();
    let server = Receiving::answering(vec!["400 No", location].leak());
    let delivered = fire(&server.options(), |_| {}, PATIENCE);
    assert_eq!((delivered.accepted, delivered.given_up, delivered.retries), (0, 2, 0));
    assert_eq!((server.posts.try_iter().count(), elsewhere.posts.try_iter().count()), (2, 0));
}

#[test]
fn a_receiver_that_says_nothing_is_waited_for_as_long_as_an_attempt_may_take() {
    let server = Receiving::answering(&["silence"]);
    let mut webhook = server.options();
    webhook.timeout = Duration::from_millis(50).into();
    let delivered = fire(&webhook, |_| {}, PATIENCE);
    assert_eq!((delivered.accepted, delivered.retries), (2, 1));
}

#[test]
fn the_queue_is_bounded_and_the_oldest_goes() {
    let server = Receiving::answering(&["silence"]);
    let mut webhook = server.options();
    webhook.queue = 3;
    webhook.attempts = 1;
    webhook.timeout = Duration::from_secs(3600).into();
    // The first is in hand before the others come; then there are nine, and room for three.
    let held = |alerts: &Alerts| {
        until(alerts, |delivered| delivered.waiting == 4);
        assert_eq!(alerts.delivered().unwrap().dropped, 6);
    };
    let taken = |n| {
        if n == 0 {
            server.next();
        }
    };
    let delivered = fire_often(&webhook, 5, taken, held, Duration::from_millis(20));
    assert_eq!((delivered.accepted, delivered.dropped, delivered.given_up), (0, 6, 4));
}

#[test]
fn the_end_of_the_run_waits_for_the_receiver_no_longer_than_it_may() {
    let server = Receiving::answering(&["silence"; 10]);
    let mut webhook = server.options();
    webhook.timeout = Duration::from_secs(3600).into();
    let since = Instant::now();
    let delivered = fire(&webhook, |_| drop(server.next()), Duration::from_millis(50));
    assert!(since.elapsed() < PATIENCE, "{:?}", since.elapsed());
    assert_eq!((delivered.accepted, delivered.given_up, delivered.waiting), (0, 2, 0));
}
