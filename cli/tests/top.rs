//! `tidegate top`: the real program, as text and under a pseudo terminal.

#[path = "../../monitor/tests/support/stub.rs"]
mod stub;
#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use serde_json::json;
use std::net::TcpListener;
use stub::Stub;
use support::{Workspace, numbers};

/// A monitor of one consumer that is busy all the time.
fn monitor() -> Stub {
    Stub::new(|asked| {
        let body = match asked.line.as_str() {
            "GET /api/topology" => json!({"name": "numbers", "actors": [], "links": []}),
            "GET /api/snapshot" => json!({
                "snapshot": {
                    "topology": "numbers", "phase": "running", "elapsed_seconds": 4.0, "links": [],
                    "actors": {"store": {
                        "role": "consumer", "actor": "file", "instances": 1, "received": 400, "handled": 400,
                        "emitted": 0, "failed": 0, "dropped": {"overflow": 0, "cancelled": 0}, "dead_lettered": 0,
                        "left": 0, "restarts": 0, "waiting": 0, "in_handler": 0, "held": 0, "state": "running",
                        "time": {
                            "idle_seconds": 0.0, "busy_seconds": 4.0, "blocked_seconds": 0.0, "blocked_by": [],
                            "now": [],
                        },
                        "mailbox": null,
                    }},
                },
                "verdict": {"summary": "`store` is busy 100 %"}, "replayed": false,
            }),
            line if line.starts_with("GET /api/signals?poll=1&after=") => {
                json!({"records": [], "last": 0, "missed": 0})
            }
            "POST /api/actors/store/pause" => json!({"message": "pausing `store`"}),
            other => panic!("unexpected: {other}"),
        };
        (200, body.to_string())
    })
}

#[test]
fn where_there_is_no_terminal_it_prints_once_and_ends() {
    let stub = monitor();
    let ran = Workspace::new(&numbers(1)).run(&["top", &stub.address, "--interval", "100ms"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let expected = format!(
        " tidegate top  numbers  running  4.00 s  1 actor  http://{}\n `store` is busy 100 %\n \
         actor kind     state      rate/s time       fill            depth   p99 held by\n \
         store consumer running       100 bbbbbbbbbb\n -- signals ---",
        stub.address
    );
    assert!(ran.stdout.starts_with(&expected), "{}\n{expected}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'));
}

#[test]
fn where_nothing_listens_it_says_how_to_start_the_run() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let workspace = Workspace::new(&numbers(1));
    let ran = workspace.run(&["top", &free]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains(&format!("start the run with `--monitor {free}`")), "{ran:?}");
    let ran = workspace.run(&["top", "ftp://a"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("write it like 127.0.0.1:9090"), "{ran:?}");
}

#[cfg(target_os = "linux")]
mod terminal {
    use super::*;
    use std::io::{Read, Write};
    use std::process::{Child, Command, Stdio};
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    /// `tidegate top` in a terminal of 80 by 24, made by `script`, which every Linux system has.
    struct Screen {
        child: Child,
        shown: Arc<Mutex<String>>,
    }

    impl Screen {
        fn open(stub: &Stub) -> Self {
            let program = env!("CARGO_BIN_EXE_tidegate");
            let commands = format!(
                "stty rows 24 cols 80; before=$(stty -g); '{program}' top {} --interval 100ms; code=$?; \
                 test \"$before\" = \"$(stty -g)\" && echo as it was; exit $code",
                stub.address
            );
            let mut child = Command::new("script")
                .args(["-qec", &commands, "/dev/null"])
                .env("TERM", "xterm")
                .env("SHELL", "/bin/sh")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let shown: Arc<Mutex<String>> = Arc::default();
            let (mut output, written) = (child.stdout.take().unwrap(), shown.clone());
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(read @ 1..) = output.read(&mut bytes) {
                    written.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..read]));
                }
            });
            Self { child, shown }
        }

        fn shows(&self, part: &str) {
            wait(|| self.shown.lock().unwrap().contains(part), || self.shown.lock().unwrap().clone());
        }

        fn press(&mut self, keys: &str) {
            let stdin = self.child.stdin.as_mut().unwrap();
            stdin.write_all(keys.as_bytes()).and_then(|()| stdin.flush()).unwrap();
        }

        fn end(&mut self) -> Option<i32> {
            let mut code = None;
            let child = &mut self.child;
            wait(
                || {
                    code = child.try_wait().unwrap();
                    code.is_some()
                },
                || "it does not end".into(),
            );
            code.unwrap().code()
        }
    }

    impl Drop for Screen {
        /// A test that failed leaves no program behind.
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn wait(mut until: impl FnMut() -> bool, otherwise: impl Fn() -> String) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !until() {
            assert!(Instant::now() < deadline, "{}", otherwise());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn keys_control_the_run_and_q_leaves_the_terminal_as_it_was() {
        let stub = monitor();
        let mut screen = Screen::open(&stub);
        screen.shows("\u{1b}[?1049h");
        screen.shows(">store");
        screen.press("p");
        screen.shows("pausing `store`");
        screen.press("q");
        screen.shows("\u{1b}[?1049l");
        screen.shows("as it was");
        assert_eq!(screen.end(), Some(0));
        assert!(stub.asked().iter().any(|asked| asked.line == "POST /api/actors/store/pause"));
    }

    #[test]
    fn ctrl_c_leaves_it_as_it_was_too() {
        let stub = monitor();
        let mut screen = Screen::open(&stub);
        screen.shows(">store");
        screen.press("\u{3}");
        screen.shows("\u{1b}[?1049l");
        screen.shows("as it was");
        assert_eq!(screen.end(), Some(0));
    }

    #[test]
    fn it_ends_when_its_terminal_is_gone() {
        let stub = monitor();
        let mut screen = Screen::open(&stub);
        screen.shows(">store");
        let before = stub.asked().len();
        wait(|| stub.asked().len() > before, || "it does not ask any more".into());
        // The terminal goes with the program that made it.
        screen.child.kill().unwrap();
        screen.child.wait().unwrap();
        let last = || stub.asked().len();
        let mut seen = (last(), Instant::now());
        wait(
            || {
                let now = last();
                if now != seen.0 {
                    seen = (now, Instant::now());
                }
                // It asks ten times a second as long as it lives.
                seen.1.elapsed() > Duration::from_secs(3)
            },
            || "it goes on asking".into(),
        );
    }
}
