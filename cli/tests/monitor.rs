//! The HTTP monitor of a run, by the program: where it listens, what it tells, and every `curl` of its documentation.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use support::{Running, Workspace, endless};

fn start(command: &mut Command) -> Running {
    Running::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
}

/// Where a run says that it listens.
fn address(running: &mut Running) -> String {
    let line = running.wait_for("monitor: http://");
    line.split("http://").nth(1).unwrap().trim().to_string()
}

fn get(address: &str, path: &str) -> String {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(client, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    answer
}

fn with_monitor(table: &str) -> Workspace {
    Workspace::new(&format!("{}\n[monitor]\n{table}\n", endless()))
}

#[test]
fn a_run_listens_where_the_file_says_and_ends_with_its_server() {
    let workspace = with_monitor("listen = \"127.0.0.1:0\"");
    let mut running = start(&mut workspace.tidegate(&["run"]));
    let address = address(&mut running);
    assert!(get(&address, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(&address, "/api/topology").contains("\"counter\""));
    running.signal("INT");
    assert_eq!(running.end().code, Some(0));
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn the_command_line_goes_before_the_file() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let workspace = with_monitor(&format!("listen = \"{}\"", taken.local_addr().unwrap()));
    let mut running = start(&mut workspace.tidegate(&["run", "--monitor", "127.0.0.1:0"]));
    let address = address(&mut running);
    assert!(get(&address, "/metrics").contains("tidegate_topology_info"));
    running.signal("INT");
    assert_eq!(running.end().code, Some(0));
}

#[test]
fn a_port_that_is_taken_is_an_error_and_nothing_is_started() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let workspace = Workspace::new(&endless());
    let ran = workspace.run(&["run", "--monitor", &address]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains(&format!("error: the monitor cannot listen on {address}: ")), "{ran:?}");
    assert!(ran.stderr.contains("choose another port"), "{ran:?}");
    assert_eq!(workspace.files(), ["config.toml"]);
    let ran = workspace.run(&["run", "--monitor", "9090"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("write one with a port, like `127.0.0.1:9090`"), "{ran:?}");
}

#[test]
fn without_an_address_nothing_listens() {
    let workspace = with_monitor("token = \"abc\"");
    let mut running = start(&mut workspace.tidegate(&["run"]));
    running.wait_for("running `config`");
    running.signal("INT");
    let ran = running.end();
    assert!(ran.code == Some(0) && !ran.stderr.contains("monitor:"), "{ran:?}");
}

#[test]
fn what_is_wrong_with_the_table_is_found_by_check_and_shown_where_it_is() {
    let workspace = with_monitor(
        "listne = \"127.0.0.1:0\"\nlisten = \"9090\"\ntoken = \"a b\"\nmax_connections = 0\nhosts = [\"http://x\"]",
    );
    let ran = workspace.run(&["check"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    for said in [
        "unknown key `listne`",
        "did you mean `listen`?",
        "`9090` is not an address to listen on; write one with a port, like `127.0.0.1:9090`",
        "the token holds a blank",
        "nobody could connect",
        "`http://x` is not the name of a host",
        "--> config.toml:10:",
        "5 errors in config.toml",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {ran:?}");
    }
    assert!(!ran.stderr.contains("\"a b\""), "{ran:?}");
}

#[test]
fn the_token_is_nowhere_told() {
    let workspace = with_monitor("listen = \"127.0.0.1:0\"\ntoken = \"s3cret\"");
    let shown = workspace.run(&["check", "--show-config"]);
    assert!(shown.stdout.contains("monitor.token = \"(hidden)\""), "{shown:?}");
    assert!(shown.stdout.contains("monitor.max_connections = 64"), "{shown:?}");
    let mut running = start(workspace.tidegate(&["run"]).env("RUST_LOG", "trace,mio=off"));
    let address = address(&mut running);
    for path in ["/api/topology", "/api/snapshot", "/metrics"] {
        assert!(!get(&address, path).contains("s3cret"), "{path}");
    }
    workspace.write("config.toml", &workspace.read("config.toml").replace("s3cret", "0ther"));
    running.signal("HUP");
    running.wait_for("nothing was changed");
    running.signal("INT");
    let ran = running.end();
    let told = format!("{}{}{}{}", shown.stdout, shown.stderr, ran.stdout, ran.stderr);
    assert!(told.contains("monitor.token") && !told.contains("s3cret") && !told.contains("0ther"), "{told}");
}

#[test]
fn the_token_of_the_environment_goes_before_that_of_the_file() {
    let workspace = with_monitor("listen = \"127.0.0.1:0\"\ntoken = \"file\"");
    let mut running = start(workspace.tidegate(&["run"]).env("TIDEGATE_MONITOR_TOKEN", "environment"));
    let address = address(&mut running);
    let pause = |token: &str| {
        let mut client = TcpStream::connect(&address).unwrap();
        let head =
            "POST /api/pause HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n";
        write!(client, "{head}Authorization: Bearer {token}\r\n\r\n").unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(pause("file").starts_with("HTTP/1.1 401"));
    assert!(pause("environment").starts_with("HTTP/1.1 200"));
    running.signal("INT");
    assert_eq!(running.end().code, Some(0));
    let ran = support::finish({
        let mut command = workspace.tidegate(&["run"]);
        command.env("TIDEGATE_MONITOR_TOKEN", "");
        command
    });
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("TIDEGATE_MONITOR_TOKEN is empty"), "{ran:?}");
}

/// The text between the first fence of this kind and its end.
fn first_block<'a>(page: &'a str, kind: &str) -> &'a str {
    let begin = page.split_once(&format!("```{kind}\n")).unwrap().1;
    begin.split_once("```").unwrap().0
}

#[test]
fn every_curl_of_the_documentation_does_what_it_says() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: `curl` is not on the PATH");
        return;
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/monitoring.md");
    let page = std::fs::read_to_string(page).unwrap();
    let workspace = Workspace::new(first_block(&page, "toml"));
    let lines: Vec<&str> = page.lines().filter(|line| line.starts_with("curl ")).collect();
    assert!(lines.len() >= 20, "{lines:?}");
    for line in lines {
        let mut command = workspace.tidegate(&["run", "--monitor", "127.0.0.1:0"]);
        if line.contains("$TIDEGATE_MONITOR_TOKEN") {
            command.env("TIDEGATE_MONITOR_TOKEN", "s3cret");
        }
        let mut running = start(&mut command);
        let address = address(&mut running);
        while !get(&address, "/readyz").starts_with("HTTP/1.1 200") {
            std::thread::sleep(Duration::from_millis(10));
        }
        let endless = line.contains("--no-buffer");
        let limit = if endless { 1 } else { 30 };
        let script = line.replace("127.0.0.1:9191", &address).replacen(
            "curl ",
            &format!("curl --fail --silent --show-error --max-time {limit} "),
            1,
        );
        let output = Command::new("sh")
            .args(["-c", &script])
            .env("TIDEGATE_MONITOR_TOKEN", "s3cret")
            .output()
            .unwrap();
        // 28: a stream has no end before the time is up.
        let expected = if endless { Some(28) } else { Some(0) };
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(
            output.status.code(),
            expected,
            "{line}: {said} {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!said.is_empty(), "{line}");
        // What ends the run ends it; all else leaves it running.
        if !line.ends_with("/api/drain") && !line.ends_with("/stop") && !line.ends_with("/drain") {
            running.signal("INT");
        }
        let ran = running.end();
        assert!(ran.code == Some(0) || line.ends_with("/stop"), "{line}: {ran:?}");
    }
}
