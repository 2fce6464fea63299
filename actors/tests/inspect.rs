//! What `inspect` logs. A program of its own: the subscriber is everyone's, and who else is there for the first time at a place that
//! logs decides for all whether anybody listens.

mod support;

use std::io::Write;
use std::sync::{Arc, Mutex};
use support::keep;
use tidegate::prelude::*;
use tidegate::testkit;
use tidegate_actors::{Inspect, Line};

#[test]
fn inspect_logs_the_first_and_then_every_nth_message_and_passes_all() {
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .finish();
    let (kept, consumer) = keep::<Line>();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    testkit::run(
        Topology::new("inspect")
            .producer("lines", support::lines(&["a", "b", "c", "d"]))
            .stage("look", Inspect::<Line>::new("seen").every(3))
            .consumer("sink", consumer),
    );
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let seen: Vec<&str> = text.lines().filter(|line| line.contains("seen")).map(str::trim).collect();
    // The span of the actor tells which one it was.
    let inside = "INFO actor{actor=look instance=0}:";
    assert_eq!(seen, [format!("{inside} seen 1: \"a\""), format!("{inside} seen 4: \"d\"")]);
    assert_eq!(kept.shown(), ["a", "b", "c", "d"]);
}
