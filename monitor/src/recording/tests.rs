//! What is recorded is what is replayed; what is torn is shown as far as it goes; what is foreign is refused.

use super::patch::canonical;
use super::{OpenError, Recorder, Recording, Replay, ReplayRequest, Writer};
use crate::samples::snapshot;
use crate::{Description, Source};
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write;
use tidegate::prelude::*;
use tidegate::{SignalRecord, Snapshot};

/// The sample at a second, with something that changes from one to the next.
fn moment(second: u64) -> Snapshot {
    let mut snapshot = snapshot(second as f64 + 0.25);
    if second.is_multiple_of(3) {
        snapshot.actors["parse"].time.now.clear();
        snapshot.links[1].wait = None;
        snapshot.links[0].held = false;
    }
    snapshot
}

/// The signals of a second: two of three are recorded.
fn signals(second: u64) -> Vec<SignalRecord> {
    let signal = |number: u64, kind: &str, at: f64| {
        serde_json::from_value(json!({
            "number": number, "at_seconds": at, "kind": kind, "from": "parse", "to": "store",
            "causes": ["full"], "depth": 52, "capacity": 64, "epoch": number,
        }))
        .unwrap()
    };
    let at = second as f64;
    vec![signal(3 * second + 1, "backpressure", at + 0.5), signal(3 * second + 2, "resume", at + 0.75)]
}

/// A recording of so many seconds, from 0.25 s on.
fn recorded(seconds: u64) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &Description::default()).unwrap();
    for second in 0..seconds {
        writer.snapshot(&moment(second)).unwrap();
        signals(second).into_iter().for_each(|signal| writer.signal(signal).unwrap());
        writer.flush().unwrap();
    }
    writer.finish().unwrap()
}

fn read(bytes: Vec<u8>) -> Result<Recording, OpenError> {
    Recording::read("run.tide".into(), bytes)
}

#[test]
fn what_is_recorded_is_what_is_replayed_at_every_second() {
    let recording = read(recorded(200)).unwrap();
    assert_eq!((recording.span(), recording.torn()), ((0.25, 199.25), None));
    // Forwards and backwards, in the middle of a second and on its edge.
    for second in (0..200).chain((0..200).rev()) {
        for at in [second as f64 + 0.25, second as f64 + 1.2] {
            assert_eq!(canonical(&recording.snapshot_at(at)), canonical(&moment(second)), "{at}");
        }
    }
    assert_eq!(canonical(&recording.snapshot_at(-1.0)), canonical(&moment(0)));
    assert_eq!(canonical(&recording.snapshot_at(1e9)), canonical(&moment(199)));
    assert_eq!((recording.snapshots(), recording.moments().len()), (200, 200));
    let between: Vec<f64> =
        recording.snapshots_between(58.25, 62.0).iter().map(|one| one.elapsed_seconds).collect();
    assert_eq!(between, [58.25, 59.25, 60.25, 61.25]);
    assert!(recording.snapshots_between(5.0, 1.0).is_empty());
}

#[test]
fn signals_come_back_as_they_were_up_to_the_moment_that_is_shown() {
    let recording = read(recorded(200)).unwrap();
    let all: Vec<_> = (0..200).flat_map(signals).collect();
    let log = recording.signals_after(0, 1e9);
    assert_eq!((log.records, log.last, log.missed), (all.clone(), 599, 199));
    for second in [0, 59, 60, 61, 119, 150, 199] {
        // After what the second before said, and before the second signal of this one.
        let log = recording.signals_after(3 * second, second as f64 + 0.6);
        assert_eq!(
            (log.records, log.last, log.missed),
            (vec![signals(second)[0].clone()], 3 * second + 1, 0)
        );
        let log = recording.signals_after(0, second as f64 + 0.8);
        assert_eq!(log.records, all[..2 * (second as usize + 1)]);
        assert_eq!(log.missed, second);
    }
    assert_eq!(recording.signals_after(0, 0.3), tidegate::SignalLog::default());
    assert!(recording.signals_after(9_999, 1e9).records.is_empty());
    assert_eq!(recording.signals(), (400, 199));
}

#[test]
fn a_replay_gives_its_signals_in_batches_that_go_on_where_the_last_one_ended() {
    let replay = Replay::new(read(recorded(200)).unwrap());
    let end = ReplayRequest { at: Some(1e9), ..ReplayRequest::default() };
    replay.change(&end).unwrap();
    let (mut last, mut missed, mut records) = (0, 0, Vec::new());
    loop {
        let log = Source::signals_after(&replay, last, 7);
        assert!(log.records.len() <= 7);
        if log.last == last {
            break;
        }
        (last, missed) = (log.last, missed + log.missed);
        records.extend(log.records);
    }
    // The last second has none after the moment that is shown.
    let shown = replay.recording().signals_after(0, replay.state().at);
    assert_eq!((records, missed, last), (shown.records, shown.missed, shown.last));
}

#[test]
fn a_torn_recording_is_shown_as_far_as_it_goes() {
    let bytes = recorded(100);
    let whole = read(bytes.clone()).unwrap();
    let mut longest = 0;
    for length in (1..bytes.len()).step_by(211) {
        let torn = match read(bytes[..length].to_vec()) {
            Err(OpenError::Empty { .. } | OpenError::Foreign { .. }) if longest == 0 => continue,
            torn => torn.unwrap(),
        };
        assert!(torn.torn().is_some(), "{length}");
        let moments = torn.moments();
        assert_eq!(torn.snapshots(), moments.len() as u64);
        assert_eq!(moments, whole.moments()[..moments.len()]);
        assert!(moments.len() >= longest);
        longest = moments.len();
        let last = *moments.last().unwrap();
        assert_eq!(torn.span().1, last);
        assert_eq!(canonical(&torn.snapshot_at(1e9)), canonical(&whole.snapshot_at(last)));
    }
    assert!(longest >= 98, "{longest}");
}

#[test]
fn what_is_written_and_flushed_can_be_read_before_the_end() {
    let mut writer = Writer::new(Vec::new(), &Description::default()).unwrap();
    let shared = Shared::default();
    let mut to_shared = Writer::new(shared.clone(), &Description::default()).unwrap();
    for second in 0..3 {
        writer.snapshot(&moment(second)).unwrap();
        to_shared.snapshot(&moment(second)).unwrap();
        to_shared.flush().unwrap();
        let now = read(shared.0.lock().unwrap().clone()).unwrap();
        assert_eq!(now.span().1, second as f64 + 0.25);
        assert_eq!(now.torn(), Some("it is cut off"));
    }
}

#[derive(Clone, Default)]
struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_bit_that_fell_over_hides_what_comes_after_it_and_nothing_else() {
    let bytes = recorded(150);
    let whole = read(bytes.clone()).unwrap();
    for place in (200..bytes.len()).step_by(499) {
        let mut bytes = bytes.clone();
        bytes[place] ^= 0x10;
        // It may be unreadable from its start, or from somewhere on: never wrong before that, and never a panic.
        let Ok(damaged) = read(bytes) else { continue };
        assert!(damaged.torn().is_some(), "{place}");
        let _ = (damaged.snapshot_at(1e9), damaged.signals_after(0, 1e9));
        assert!(damaged.span().1 <= whole.span().1);
    }
}

#[test]
fn what_is_no_recording_is_refused_with_what_to_do() {
    let zipped = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let error = |bytes: Vec<u8>| read(bytes).unwrap_err().to_string();
    let hint = "`tidegate run --record FILE` makes one";
    assert_eq!(
        error(vec![]),
        "the recording `run.tide` is empty: the run ended before a moment of it was written"
    );
    assert_eq!(
        error(b"{}".to_vec()),
        format!("`run.tide` is no recording (it is not compressed with gzip); {hint}")
    );
    for foreign in ["a,b\n1,2\n", "{\"outcome\":\"completed\"}\n", "{\"tidegate_recording\":1}\n"] {
        let expected =
            format!("`run.tide` is no recording (its first line is not that of a recording); {hint}");
        assert_eq!(error(zipped(foreign)), expected);
    }
    assert_eq!(
        error(zipped("{\"tidegate_recording\":2}\n")),
        "the recording `run.tide` has version 2 of the format, and this program knows 1; use a newer one"
    );
    let distant = "{\"tidegate_recording\":1,\"started_unix_seconds\":253402300800,\"description\":{\"name\":\"n\",\"actors\":[],\"links\":[]}}\n";
    assert!(error(zipped(distant)).contains("its first line is not that of a recording"));
    let early = zipped(
        &(distant.replace("253402300800", "0") + &format!("{}\n", json!({ "snapshot": snapshot(-1.0) }))),
    );
    assert!(matches!(read(early), Err(OpenError::Empty { .. })), "no moment of it can be shown");
    let header_only = Writer::new(Vec::new(), &Description::default()).unwrap().finish().unwrap();
    assert!(matches!(read(header_only), Err(OpenError::Empty { .. })));
    assert!(matches!(read(vec![0x1f, 0x8b, 8]), Err(OpenError::Empty { .. })));
}

#[test]
fn a_small_file_that_says_too_much_is_torn_where_that_begins() {
    let mut writer = Writer::new(Vec::new(), &Description::default()).unwrap();
    writer.snapshot(&snapshot(1.0)).unwrap();
    let whole = writer.finish().unwrap();
    let with = |more: &dyn Fn(&mut GzEncoder<Vec<u8>>)| {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::copy(&mut flate2::read::GzDecoder::new(&*whole), &mut encoder).unwrap();
        more(&mut encoder);
        read(encoder.finish().unwrap()).unwrap()
    };
    let nothing_new = with(&|to| (0..100_000).for_each(|_| to.write_all(b"{\"change\":{}}\n").unwrap()));
    assert_eq!(nothing_new.torn(), Some("it has more moments than a recording can have"));
    assert_eq!((nothing_new.snapshots(), nothing_new.moments().len()), (240, 240));
    let long = with(&|to| to.write_all(&vec![b' '; 17 << 20]).unwrap());
    assert_eq!(long.torn(), Some("it unpacks to more than a recording can have"));
    let values = with(&|to| {
        to.write_all(b"{\"change\":{\"x\":[").unwrap();
        to.write_all(&b"0,".repeat(7_000_000)).unwrap();
        to.write_all(b"0]}}\n").unwrap();
    });
    assert_eq!(values.torn(), Some("a line of it has more values than a recording can have"));
    let many = with(&|to| {
        let line = [vec![b' '; 1 << 20], b"{\"change\":{}}\n".to_vec()].concat();
        (0..70).for_each(|_| to.write_all(&line).unwrap());
    });
    assert_eq!(many.torn(), Some("it unpacks to more than a recording can have"));
    assert_eq!(many.snapshots(), 64);
}

#[test]
fn a_header_in_a_member_of_its_own_hides_nothing() {
    let header = Writer::new(Vec::new(), &Description::default()).unwrap().finish().unwrap();
    let mut encoder = GzEncoder::new(header, flate2::Compression::fast());
    let line = json!({ "snapshot": snapshot(7.0) });
    encoder.write_all(format!("{line}\n").as_bytes()).unwrap();
    let recording = read(encoder.finish().unwrap()).unwrap();
    assert_eq!(recording.snapshot_at(9.0).elapsed_seconds, 7.0);
}

#[test]
fn the_largest_numbers_come_back() {
    let mut huge = snapshot(1.0);
    huge.elapsed_seconds = 3e15;
    let store = &mut huge.actors["store"];
    (store.received, store.handled, store.instances) = (u64::MAX, u64::MAX, usize::MAX);
    store.rate = Some(1e300);
    store.mailbox.as_mut().unwrap().max_bytes = Some(u64::MAX);
    let mut writer = Writer::new(Vec::new(), &Description::default()).unwrap();
    writer.snapshot(&snapshot(0.0)).unwrap();
    writer.snapshot(&huge).unwrap();
    let recording = read(writer.finish().unwrap()).unwrap();
    assert_eq!(canonical(&recording.snapshot_at(f64::INFINITY)), canonical(&huge));
    assert_eq!(canonical(&recording.snapshot_at(1.0)), canonical(&snapshot(0.0)));
}

#[test]
fn a_run_is_recorded_with_its_signals_and_its_final_account() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.tide");
    let topology = Topology::new("numbers")
        .producer("n", iter(1..=5_000u64))
        .consumer("sum", for_each(|_: u64| {}))
        .mailbox(MailboxOptions::capacity(8));
    let description = Description::of(&topology);
    let running = topology.start().unwrap();
    let watch = running.watch();
    let recorder = Recorder::start(std::fs::File::create(&file).unwrap(), &description, &running).unwrap();
    let report = running.join();
    recorder.finish(&report).unwrap();
    let recording = Recording::open(&file).unwrap();
    assert_eq!(recording.description(), &description);
    assert_eq!(recording.torn(), None);
    let kept = recording.report().unwrap();
    assert_eq!((kept.actors["sum"].handled, kept.balanced), (5_000, true));
    let last = recording.snapshot_at(f64::INFINITY);
    assert_eq!((last.actors["sum"].handled, last.phase), (5_000, tidegate::Phase::Ended));
    // Those that came too fast to be written are counted; what was written is what was sent.
    let (sent, log) = (watch.signals_after(0), recording.signals_after(0, f64::INFINITY));
    assert_eq!(log.last, sent.last);
    for record in &log.records {
        if let Some(original) = sent.records.iter().find(|other| other.number == record.number) {
            assert_eq!(
                (record.kind, record.epoch, record.depth),
                (original.kind, original.epoch, original.depth)
            );
        }
    }
    assert_eq!(log.records.len() as u64 + log.missed, sent.last);
}

#[test]
fn a_recording_that_cannot_be_written_says_so_at_once() {
    // A file that is open for reading only.
    let file = tempfile::NamedTempFile::new().unwrap();
    let read_only = std::fs::File::open(file.path()).unwrap();
    let topology = Topology::new("n").producer("n", iter(0..1u64)).consumer("end", for_each(|_: u64| {}));
    let running = topology.start().unwrap();
    assert!(Recorder::start(read_only, &Description::default(), &running).is_err());
    running.join();
}

#[test]
fn a_recording_whose_time_goes_back_is_shown_up_to_there() {
    // The first goes back from one minute to the next, the other within a minute.
    for (moments, to) in [([100.0, 101.0, 40.0], 101.0), ([100.0, 140.0, 120.0], 140.0)] {
        let mut writer = Writer::new(Vec::new(), &Description::default()).unwrap();
        moments.iter().for_each(|at| writer.snapshot(&snapshot(*at)).unwrap());
        let recording = read(writer.finish().unwrap()).unwrap();
        assert_eq!((recording.span(), recording.torn()), ((100.0, to), Some("its time goes back")));
        assert_eq!(recording.moments(), [100.0, to]);
        let replay = Replay::new(recording);
        let request = ReplayRequest { at: Some(60.0), ..ReplayRequest::default() };
        assert_eq!(replay.change(&request).unwrap().at, 100.0);
    }
}
