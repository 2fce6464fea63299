//! Recordings of runs.

use super::shown;
use crate::said::clear;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use tidegate_monitor::Source;
use tidegate_monitor::recording::{Recording, Replay, ReplayRequest};

/// The bytes of a recording; or its lines, where each empty line ends a member of gzip.
///
/// It is refused; or there is a state at any moment, and all can be looked at as if it happened now.
pub fn recording(data: &[u8]) {
    let bytes = if data.starts_with(&[0x1f, 0x8b]) { data.to_vec() } else { packed(data) };
    match Recording::read("fuzz.tidegate".into(), bytes) {
        Ok(recording) => look(recording),
        Err(error) => drop(clear(error)),
    }
}

fn look(recording: Recording) {
    let (from, to) = recording.span();
    assert!(from <= to, "it ends before it begins");
    recording.torn().into_iter().for_each(|torn| drop(clear(torn)));
    let moments = recording.moments();
    assert!(moments.is_sorted(), "moments are not in order");
    assert!(moments.len() as u64 <= recording.snapshots());
    let middle = from + (to - from) / 2.0;
    let [first, half, last] = [from, middle, to].map(|moment| recording.snapshot_at(moment));
    for moment in [-1.0, f64::NAN, f64::INFINITY] {
        recording.snapshot_at(moment);
        recording.signals_after(0, moment);
    }
    let about = recording.description();
    shown::drawn(about);
    shown::moments(&first, &half, Some(about));
    shown::moments(&half, &last, Some(about));
    assert!(recording.snapshots_between(from, to).len() as u64 <= recording.snapshots());
    recording.report().into_iter().for_each(shown::report);
    recording.signals();
    for number in [0, 1, u64::MAX] {
        let log = recording.signals_after(number, to);
        assert!(log.records.len() <= 4096);
    }
    let replay = Replay::new(recording);
    let request = ReplayRequest { at: Some(middle), paused: Some(true), ..ReplayRequest::default() };
    replay.change(&request).expect("a moment to go to");
    replay.history(600.0);
    replay.snapshot();
    let mut after = 0;
    // As a stream of events does.
    for _ in 0..3 {
        let log = replay.signals_after(after, 2);
        assert!(log.records.len() <= 2);
        after = log.last;
    }
}

/// The bytes of a recording of these lines: members of gzip, one for each part between empty lines.
pub fn packed(text: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut member = GzEncoder::new(Vec::new(), Compression::fast());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if line == b"\n" {
            let next = GzEncoder::new(Vec::new(), Compression::fast());
            packed.extend(std::mem::replace(&mut member, next).finish().expect("memory takes everything"));
        } else {
            member.write_all(line).expect("memory takes everything");
        }
    }
    packed.extend(member.finish().expect("memory takes everything"));
    packed
}
