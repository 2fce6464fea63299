//! Input that was cut off, at every byte: what was whole is emitted, what was not is an error or a dead letter with its place,
//! and the books balance.

mod support;

use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use support::{Directory, keep};
use tidegate::prelude::*;
use tidegate::{Outcome, testkit};
use tidegate_actors::{Csv, File, FileLines, Line, Record};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The lines of the file at `path`, and the report.
fn read(path: &str) -> (Report, Vec<String>) {
    let (kept, consumer) = keep::<Line>();
    let report = testkit::run(
        Topology::new("torn").producer("lines", FileLines::new(path)).consumer("sink", consumer),
    );
    (report, kept.shown())
}

#[test]
fn a_gzip_file_cut_anywhere_gives_its_first_lines_and_an_error_unless_a_member_ends_there() {
    let files = Directory::new();
    let (first, second) = ("one\ntwo\nthree\n", "four\nfive\n");
    let (front, back) = (gzip(first), gzip(second));
    let whole = [front.clone(), back].concat();
    let lines: Vec<&str> = first.lines().chain(second.lines()).collect();
    let (mut failed, mut completed) = (0, 0);
    for cut in 1..=whole.len() {
        let path = files.write("torn.gz", &whole[..cut]);
        let (report, got) = read(&path);
        assert_eq!(got, lines[..got.len()], "cut at {cut}: what came is as it was written");
        assert_eq!(report.actors["lines"].emitted, got.len() as u64);
        if cut == front.len() || cut == whole.len() {
            // Nobody can tell that there was to be more.
            assert_eq!((report.outcome, &report.error), (Outcome::Completed, &None), "cut at {cut}");
            assert_eq!(got.len(), if cut == whole.len() { 5 } else { 3 });
            completed += 1;
        } else {
            assert_eq!(report.outcome, Outcome::Failed, "cut at {cut}: {got:?}");
            let error = report.error.unwrap();
            let place = format!("cannot read `{path}` after line {}: ", got.len());
            assert!(error.contains(&place), "cut at {cut}: {error}");
            failed += 1;
        }
    }
    assert_eq!((failed, completed), (whole.len() - 2, 2));
}

#[test]
fn a_gzip_file_with_something_else_behind_it_is_an_error_after_its_last_line() {
    let files = Directory::new();
    for rest in [&b"garbage"[..], b"\x1f\x8b\x00garbage", b"\x1f"] {
        let path = files.write("more.gz", [gzip("one\ntwo\n"), rest.to_vec()].concat());
        let (report, got) = read(&path);
        assert_eq!((got.len(), report.outcome), (2, Outcome::Failed), "{rest:?}");
        assert!(report.error.unwrap().contains(&format!("cannot read `{path}` after line 2: ")));
    }
}

#[test]
fn a_table_cut_anywhere_gives_its_whole_rows_and_the_torn_one_is_told() {
    let files = Directory::new();
    let whole = "id,name,note\n1,\"a, b\",x\n2,café,\"y\"\n3,dé,z\n";
    let (mut torn, mut letters_told, mut not_utf8) = (0, 0, 0);
    for cut in 1..=whole.len() {
        let path = files.write("torn.csv", &whole.as_bytes()[..cut]);
        let ((rows, consumer), (letters, undertaker)) = (keep::<Record>(), keep::<DeadLetter>());
        let report = testkit::run(
            Topology::new("torn")
                .producer("lines", FileLines::new(&path))
                .stage("parse", Csv::default())
                .consumer("sink", consumer)
                .consumer("letters", undertaker)
                .inputs(["parse.dead_letters"]),
        );
        let shown = &whole.as_bytes()[..cut];
        let complete = shown.iter().filter(|byte| **byte == b'\n').count();
        let Ok(text) = std::str::from_utf8(shown) else {
            // In the middle of a character: that line is no text.
            assert_eq!(report.outcome, Outcome::Failed, "cut at {cut}");
            let error = report.error.unwrap();
            assert!(error.contains(&format!("{path}:{}: the line is not UTF-8", complete + 1)), "{error}");
            assert_eq!(rows.all().len(), complete - 1);
            not_utf8 += 1;
            continue;
        };
        let lines = text.lines().count();
        let parse = &report.actors["parse"];
        if report.outcome == Outcome::Failed {
            // The header itself was torn within quotes, or there is none.
            assert_eq!(lines, 1, "cut at {cut}: {:?}", report.error);
            continue;
        }
        assert_eq!(parse.received, lines as u64, "cut at {cut}");
        // A row is a record or a dead letter with its place; the header is neither.
        assert_eq!(rows.all().len() + letters.all().len(), lines - 1, "cut at {cut}");
        assert!(letters.all().len() <= usize::from(!text.ends_with('\n')), "only the last can be torn");
        for letter in letters.all() {
            letters_told += 1;
            let line = letter.message::<Line>().unwrap();
            assert_eq!(line.origin().unwrap().to_string(), format!("{path}:{lines}"));
        }
        torn += usize::from(!text.ends_with('\n'));
    }
    assert!(torn > 30 && letters_told > 15, "{torn} {letters_told}");
    assert_eq!(not_utf8, 2);
}

#[test]
fn what_was_made_of_torn_input_is_not_passed_off_as_the_whole() {
    let files = Directory::new();
    let text: String = (1..=20_000).map(|n| format!("line {n}\n")).collect();
    let packed = gzip(&text);
    let path = files.write("torn.gz", &packed[..packed.len() / 2]);
    files.write("out.txt", "of an earlier run\n");
    let report = testkit::run(
        Topology::new("torn")
            .producer("lines", FileLines::new(&path))
            .consumer("store", File::<Line>::new(files.path("out.txt"))),
    );
    assert_eq!(report.outcome, Outcome::Failed);
    let written = files.read("out.txt.partial");
    assert_eq!(files.read("out.txt"), "of an earlier run\n");
    assert!(text.starts_with(&written) && written.ends_with('\n'), "whole lines, in order");
    let lines = written.lines().count() as u64;
    assert!(lines > 1_000, "{lines}");
    assert_eq!(lines, report.actors["store"].handled);
    assert!(report.error.unwrap().contains(&format!("after line {lines}: ")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_without_room_takes_no_more_and_everything_is_accounted_for() {
    testkit::virtual_time(async {
        let running = testkit::start(
            Topology::new("full")
                .producer("n", iter(1..=100_000u64))
                .consumer("full", File::<u64>::new("/dev/full"))
                .mailbox(MailboxOptions::capacity(64))
                .producer("m", iter(1..=1_000u64))
                .consumer("other", for_each(|_: u64| {})),
        );
        let report = testkit::balanced(&running.wait().await);
        let full = &report.actors["full"];
        assert_eq!((report.outcome, report.actors["other"].handled), (Outcome::Failed, 1_000));
        // What went into the buffer before the first write failed counts as handled; the error says that it is not there.
        assert_eq!(full.failed + full.left + full.handled + full.dropped.total(), report.actors["n"].emitted);
        assert!(report.error.unwrap().contains("cannot write `/dev/full`: No space left on device"));
    });
}
