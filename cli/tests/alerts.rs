//! Alerts in a file: checked like all else, told to the log and to a webhook.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use support::{Running, Workspace, finish, json, numbers};
use tidegate_monitor::recording::Recording;

/// `numbers` with alerts below.
fn with(alerts: &str) -> Workspace {
    Workspace::new(&format!("{}\n{alerts}", numbers(10)))
}

/// A stage that is slow, and the alert that says so within a second.
fn slow(notify: &str) -> String {
    format!(
        "[topology]\nname = \"slow\"\n\n[mailbox]\ncapacity = 10\n\n\
         [producers.n]\nactor = \"counter\"\nto = 60\n\n\
         [stages.store]\nactor = \"throttle\"\ninputs = [\"n\"]\nrate = 20\n\n\
         [consumers.end]\nactor = \"null\"\ninputs = [\"store\"]\n\n\
         [alerts.slow_store]\nwhen = \"store.mailbox.fill > 0.4\"\nfor = \"1s\"\nnotify = {notify}\n"
    )
}

#[test]
fn every_mistake_in_an_alert_is_shown_in_its_place() {
    let workspace = with(
        "[alerts.slow]\nwhen = \"stroe.mailbox.fill > 0.9\"\nfor = \"10\"\n\n\
         [alerts.full]\nwhen = \"store.mailbox.fil > 0.9 && store.rate\"\n\n\
         [alerts.stalled]\nkind = \"no_progres\"\nactor = [\"store\"]\n\n\
         [alerts.lost]\nkind = \"drops\"\nactors = [\"store\", \"stor\"]\nnotify = [\"log\", \"mail\"]\n\n\
         [webhook]\nurl = \"ftp://example.org\"\n",
    );
    let ran = workspace.run(&["check"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    for place in ["15:7", "21:8", "22:1", "27:18", "30:7"] {
        assert!(ran.stderr.contains(&format!("--> config.toml:{place}")), "{place}: {}", ran.stderr);
    }
    assert!(
        ran.stderr.contains("did you mean `no_progress`?") || ran.stderr.contains("no_progress"),
        "{ran:?}"
    );
}

#[test]
fn an_expression_that_is_wrong_is_shown_with_its_column_and_the_nearest_name() {
    let workspace = with(
        "[alerts.slow]\nwhen = \"stroe.mailbox.fill > 0.9\"\n\n\
         [alerts.full]\nwhen = \"store.mailbox.fil > 0.9\"\n\n\
         [alerts.number]\nwhen = \"store.rate\"\n\n\
         [alerts.lost]\nkind = \"drops\"\nactors = [\"store\", \"stor\"]\n\n\
         [alerts.open]\nkind = \"breaker_open\"\nactors = [\"store\"]\n\n\
         [webhook]\nurl = \"ftp://example.org\"\n",
    );
    let ran = workspace.run(&["check"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
    for (place, said) in [
        ("14:8", "there is no actor `stroe` (column 1)"),
        ("17:8", "a mailbox has no field `fil` (column 15)"),
        ("20:8", "the expression cannot be used: it comes to a number, and not to true or false"),
        ("24:20", "there is no actor `stor`"),
        ("28:11", "`store` has no breaker"),
        ("31:7", "the address begins neither with `https://` nor with `http://`"),
    ] {
        assert!(ran.stderr.contains(&format!("error: {said}\n")), "{said}: {}", ran.stderr);
        assert!(ran.stderr.contains(&format!("--> config.toml:{place}\n")), "{place}: {}", ran.stderr);
    }
    assert!(ran.stderr.contains("did you mean `fill`?"), "{ran:?}");
    assert!(ran.stderr.ends_with("\n6 errors in config.toml\n"), "{ran:?}");
}

#[test]
fn an_alert_that_is_to_be_posted_needs_somewhere_to_be_posted_to() {
    let workspace = with("[alerts.lost]\nkind = \"drops\"\nnotify = [\"webhook\"]\n");
    for command in ["check", "run"] {
        let ran = workspace.run(&[command]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains("--> config.toml:15:10"), "{ran:?}");
        assert!(ran.stderr.contains("add the table `[webhook]` with a `url`"), "{ran:?}");
    }
}

#[test]
fn what_is_in_effect_is_shown_and_secrets_are_not() {
    let workspace = with(
        "[alerts.lost]\nkind = \"drops\"\nfor = \"5s\"\nnotify = [\"webhook\"]\n\n\
         [webhook]\nurl = \"https://example.org/xyzzy\"\n",
    );
    let mut command = workspace.tidegate(&["check", "--show-config", "--set", "alerts.lost.more_than=3"]);
    command.env("TIDEGATE__WEBHOOK__SECRET", "plugh");
    let ran = finish(command);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    let line = |key: &str| {
        let line = ran.stdout.lines().find(|line| line.starts_with(&format!("{key} = ")));
        line.unwrap_or_else(|| panic!("no {key}: {}", ran.stdout))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(line("alerts.lost.for"), "alerts.lost.for = \"5s\" # config.toml:15");
    assert_eq!(line("alerts.lost.more_than"), "alerts.lost.more_than = 3 # --set");
    assert_eq!(line("webhook.attempts"), "webhook.attempts = 8 # default");
    assert!(
        line("webhook.secret").starts_with("webhook.secret = \"(hidden)\""),
        "{}",
        line("webhook.secret")
    );
    assert!(!ran.stdout.contains("xyzzy") && !ran.stdout.contains("plugh"), "{ran:?}");
}

#[test]
fn an_alert_is_a_warning_in_the_log_as_it_fires_and_a_line_as_it_resolves() {
    let workspace = Workspace::new(&slow("[\"log\"]"));
    let ran = workspace.run(&["run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("alert=slow_store")).collect();
    let [firing, resolved] = lines.as_slice() else { panic!("{}", ran.stderr) };
    assert!(firing.contains("WARN alert: firing: `store.mailbox.fill > 0.4` for 1s ("), "{firing}");
    assert!(resolved.contains("INFO alert: resolved: "), "{resolved}");
}

#[test]
fn the_alert_of_the_example_fires_once_and_resolves_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let workspace = Workspace::new("");
    let mut command = workspace.tidegate(&["run", "examples/patterns/alerts.toml"]);
    command.current_dir(root);
    let ran = finish(command);
    let times = |what: &str| ran.stderr.matches(what).count();
    let told = (times("firing: `store.mailbox.fill > 0.7`"), times("resolved: "), times("alert="));
    assert_eq!((ran.code, told), (Some(0), (1, 1, 2)), "{ran:?}");
}

/// What is posted: the head in lower case, and the body.
fn read(stream: &mut BufReader<TcpStream>) -> (String, String) {
    let mut head = String::new();
    while stream.read_line(&mut head).unwrap() > 2 {}
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

fn accept(stream: &mut BufReader<TcpStream>) {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.get_mut().write_all(answer).unwrap();
}

#[test]
fn an_alert_is_posted_with_a_signature_and_the_run_waits_for_that() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let workspace = Workspace::new(&format!(
        "{}\n[webhook]\nurl = \"http://{}/hook\"\n",
        slow("[\"webhook\"]"),
        listener.local_addr().unwrap()
    ));
    let (sender, posts) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let post = read(&mut stream);
            accept(&mut stream);
            sender.send(post).unwrap();
        }
    });
    let mut command = workspace.tidegate(&["run", "--quiet"]);
    command.env("TIDEGATE__WEBHOOK__SECRET", "plugh");
    let ran = finish(command);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{ran:?}");
    for state in ["firing", "resolved"] {
        let (head, body) = posts.recv_timeout(Duration::from_secs(30)).unwrap();
        assert!(
            head.contains("x-tidegate-signature: sha256=") && head.contains("x-tidegate-timestamp: "),
            "{head}"
        );
        let body = json(&body);
        assert_eq!((&body["alert"], &body["state"]), (&"slow_store".into(), &state.into()), "{body}");
        assert_eq!(body["topology"], "slow");
    }
    assert!(posts.try_recv().is_err());
}

#[cfg(unix)]
#[test]
fn a_receiver_that_does_not_answer_delays_neither_the_recording_nor_who_does_not_want_to_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // What it says stays true until the end, and giving up takes longer than anybody waits.
    let workspace = Workspace::new(&format!(
        "{}\n[alerts.begun]\nwhen = \"end.handled > 0\"\nnotify = [\"webhook\"]\n\n\
         [webhook]\nurl = \"http://{}/hook\"\ntimeout = \"10m\"\n",
        slow("[\"log\"]"),
        listener.local_addr().unwrap()
    ));
    let mut command = workspace.tidegate(&["run", "--quiet", "--record", "run.tide"]);
    let running = Running::start(command.stdout(Stdio::null()).stderr(Stdio::piped()));
    let mut stream = BufReader::new(listener.accept().unwrap().0);
    assert_eq!(json(&read(&mut stream).1)["state"], "firing");
    accept(&mut stream);
    let mut stream = BufReader::new(listener.accept().unwrap().0);
    assert_eq!(json(&read(&mut stream).1)["state"], "resolved");
    let file = workspace.path().join("run.tide");
    let recording = Recording::open(&file).unwrap();
    let asked = Instant::now();
    assert_eq!(recording.report().map(|report| report.actors["end"].handled), Some(60));
    running.signal("INT");
    let ran = running.end();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(asked.elapsed() < Duration::from_secs(4), "it waited for the receiver");
}
