//! Requests to the monitor.

use crate::said::clear;
use std::sync::{Arc, LazyLock};
use tidegate::prelude::*;
use tidegate::{Rate, Snapshot, testkit};
use tidegate_monitor::parts::Desk;
use tidegate_monitor::recording::{Recording, Replay, Writer};
use tidegate_monitor::{Description, Listen, Live, MonitorOptions, Source};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::{Duration, timeout};

/// Longer than a connection lives, streams aside. It is the time of a clock that nobody waits for.
const LONG: Duration = Duration::from_secs(300);

/// A run that ended, as it was recorded.
static RECORDED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    testkit::virtual_time(async {
        let about = Description::of(&numbers());
        let running = testkit::start(numbers());
        let mut writer = Writer::new(Vec::new(), &about).expect("memory takes everything");
        for _ in 0..4 {
            let now: Snapshot = running.snapshot();
            writer.snapshot(&now).expect("memory takes everything");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        running.stop();
        running.wait().await;
        writer.finish().expect("memory takes everything")
    })
});

/// What a client sends. A first line `token` or `recorded` is not sent: it says that a token is wanted, or that a recording is
/// shown.
///
/// Every answer that is no stream is a whole one; one that refuses says why, in JSON.
pub fn http(data: &[u8]) {
    let (recorded, rest) = match data.strip_prefix(b"recorded\n") {
        Some(rest) => (true, rest),
        None => (false, data),
    };
    let (token, rest) = match rest.strip_prefix(b"token\n") {
        Some(rest) => (Some("secret-of-the-fuzzer".to_string()), rest),
        None => (None, rest),
    };
    let options = MonitorOptions::default().with_token(token).expect("a token that can be sent");
    let answer = match recorded {
        true => {
            let recording = Recording::read("fuzz".into(), RECORDED.clone()).expect("a recording");
            let source: Arc<dyn Source> = Arc::new(Replay::new(recording));
            testkit::virtual_time(ask(source, &options, rest))
        }
        false => testkit::virtual_time(async {
            let topology = numbers();
            let about = Description::of(&topology);
            let running = testkit::start(topology);
            let live: Arc<dyn Source> = Arc::new(Live::new(about, &running));
            let answer = ask(live, &options, rest).await;
            running.stop();
            running.wait().await;
            answer
        }),
    };
    judge(&answer);
}

fn numbers() -> Topology {
    Topology::new("numbers")
        .producer("n", iter(0_u64..))
        .limit("pace", Rate::per_second(10.0), 1)
        .rate_limit("pace")
        .stage("double", map(|n: u64| n * 2))
        .mailbox(MailboxOptions::capacity(4))
        .consumer("end", for_each(|_: u64| {}))
}

/// The bytes that come back for `request`.
async fn ask(source: Arc<dyn Source>, options: &MonitorOptions, request: &[u8]) -> Vec<u8> {
    let desk = Desk::new(source, options, "127.0.0.1:9090".parse::<Listen>().expect("an address"));
    desk.sample();
    let (mut client, server) = duplex(1 << 20);
    let served = desk.serve(server);
    let asked = async {
        // The server may have closed before it has read all.
        let _ = client.write_all(request).await;
        let mut answer = Vec::new();
        let mut part = vec![0; 64 * 1024];
        // A stream goes on for as long as the client stays.
        while let Ok(Ok(length @ 1..)) = timeout(LONG, client.read(&mut part)).await {
            answer.extend_from_slice(&part[..length]);
            if answer.len() > 1 << 20 || is_stream(&answer) {
                break;
            }
        }
        drop(client);
        answer
    };
    let (answer, ()) = tokio::join!(asked, served);
    answer
}

fn is_stream(answer: &[u8]) -> bool {
    let stream: &[u8] = b"text/event-stream";
    answer.windows(stream.len()).any(|part| part == stream)
}

/// Looks at the first answer of `bytes`.
fn judge(bytes: &[u8]) {
    let bytes = bytes.strip_prefix(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(bytes);
    if bytes.is_empty() {
        return;
    }
    let end = bytes.windows(4).position(|part| part == b"\r\n\r\n").expect("an answer with a head");
    let head = std::str::from_utf8(&bytes[..end]).expect("a head that can be read").to_ascii_lowercase();
    let status: u16 = head.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
    assert!((200..600).contains(&status), "{status} is no answer");
    assert!(status != 500, "{head}");
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let Some(length) = field("content-length:").and_then(|length| length.parse::<usize>().ok()) else {
        return;
    };
    let body = &bytes[end + 4..];
    // To a HEAD there is none.
    if status < 400 || length == 0 || body.is_empty() {
        return;
    }
    let body = &body[..length.min(body.len())];
    // `/readyz` says in a word what there is to wait for.
    if status == 503 && [&b"starting\n"[..], b"draining\n", b"ended\n"].contains(&body) {
        return;
    }
    assert_eq!(field("content-type:"), Some("application/json"), "{}", String::from_utf8_lossy(bytes));
    let refused: serde_json::Value = serde_json::from_slice(body).expect("JSON, as was said");
    clear(refused["error"].as_str().expect("a reason"));
    if let Some(help) = refused.get("help") {
        clear(help.as_str().expect("advice in words"));
    }
}
