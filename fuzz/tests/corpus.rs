//! Runs every target over its corpus, and over mutations of it, on a stable toolchain.
//!
//! `FUZZ_RUNS` says how many mutations there are of each corpus, `FUZZ_SEED` which. An input that fails is kept: the message
//! of the failure says where; and if the process dies of one, it is the file `TARGET.input` in the same folder.

use peak_alloc::PeakAlloc;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tidegate_fuzz::Mutator;
use tidegate_fuzz::targets::{TARGETS, Target};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Memory is counted for all threads, so targets run one after the other.
static ALONE: Mutex<()> = Mutex::new(());

/// The most bytes of an input.
const LARGEST: usize = 64 * 1024;

/// The most that one input may take, in bytes: as much as the readers allow themselves for a minute of a recording, unpacked
/// and read.
const MOST_MEMORY: usize = 512 << 20;

/// An input that takes longer never ends. It is no measure of speed, but thousands of times what any of them takes.
const ENDLESS: Duration = Duration::from_secs(60);

/// So many failures of one target are told at once.
const MOST_WRONG: usize = 10;

macro_rules! targets {
    ($($target:ident)*) => {
        $(mod $target {
            #[test]
            fn all_of_the_corpus_has_a_result_or_a_clear_error() {
                super::Run::new(stringify!($target)).corpus();
            }

            #[test]
            fn mutations_of_the_corpus_have_a_result_or_a_clear_error() {
                super::Run::new(stringify!($target)).mutations();
            }
        })*

        #[test]
        fn no_target_is_left_out() {
            assert_eq!(TARGETS.map(|target| target.name), [$(stringify!($target)),*]);
        }
    };
}

targets! { topology assignments expression alert csv json lines checkpoint seen recording http answers }

/// The inputs of one target.
struct Run {
    target: Target,
    corpus: Vec<(PathBuf, Vec<u8>)>,
}

impl Run {
    fn new(name: &str) -> Self {
        let target = TARGETS.into_iter().find(|target| target.name == name).expect("a target of this name");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let files = fs::read_dir(&folder).expect("a corpus").map(|entry| entry.expect("a file").path());
        let mut corpus: Vec<_> = files.map(|path| (path.clone(), fs::read(path).expect("a file"))).collect();
        corpus.sort();
        assert!(!corpus.is_empty(), "the corpus of `{name}` is empty");
        Self { target, corpus }
    }

    fn corpus(self) {
        let mut inputs = Inputs::of(self.target);
        for (path, input) in &self.corpus {
            inputs.run(input, &path.display().to_string());
        }
        inputs.end();
    }

    fn mutations(self) {
        let number =
            |name, usual| std::env::var(name).map_or(usual, |text| text.parse().expect("a whole number"));
        let (runs, seed) = (number("FUZZ_RUNS", 200), number("FUZZ_SEED", 1));
        let corpus: Vec<Vec<u8>> = self.corpus.into_iter().map(|(_, input)| input).collect();
        let mut mutator = Mutator::new(seed);
        let mut inputs = Inputs::of(self.target);
        for run in 0..runs {
            inputs.run(&mutator.input(&corpus, LARGEST), &format!("mutation {run} of FUZZ_SEED={seed}"));
        }
        inputs.end();
    }
}

/// The inputs as they are looked at. One is in a file meanwhile, for when the process dies of it.
struct Inputs {
    target: Target,
    peak: usize,
    seen: usize,
    wrong: Vec<String>,
    _alone: std::sync::MutexGuard<'static, ()>,
}

impl Inputs {
    fn of(target: Target) -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Self { target, peak: 0, seen: 0, wrong: Vec::new(), _alone: alone }
    }

    fn file(&self, which: impl std::fmt::Display) -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}{which}.input", self.target.name))
    }

    /// Runs the target over `input`, which people know as `what`.
    fn run(&mut self, input: &[u8], what: &str) {
        self.seen += 1;
        fs::write(self.file(""), input).expect("a disk with room");
        let (ended, watch) = watch(format!("{what} of `{}` does not end", self.target.name));
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.target.run)(input)));
        drop(ended);
        watch.join().expect("a thread that only waits");
        let taken = MEMORY.peak_usage().saturating_sub(before);
        self.peak = self.peak.max(taken);
        let wrong = match outcome {
            Err(_) => format!("{what} fails"),
            Ok(()) if taken > MOST_MEMORY => format!("{what} takes {taken} bytes of memory"),
            Ok(()) => return,
        };
        let kept = self.file(format_args!("-{}", self.wrong.len()));
        fs::write(&kept, input).expect("a disk with room");
        self.wrong.push(format!("{wrong}; the input is {}", kept.display()));
        // They will have much in common.
        assert!(self.wrong.len() < MOST_WRONG, "{}", self.wrong.join("\n"));
    }

    fn end(self) {
        println!(
            "{}: {} inputs, {} kB of memory at most for one",
            self.target.name,
            self.seen,
            self.peak / 1024
        );
        fs::remove_file(self.file("")).expect("the file that was written");
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
    }
}

/// Ends the process if what is returned is not dropped in time: nothing else ends what goes round in circles.
fn watch(message: String) -> (std::sync::mpsc::Sender<()>, JoinHandle<()>) {
    let (ended, ends) = channel();
    let watch = thread::spawn(move || {
        if ends.recv_timeout(ENDLESS) == Err(RecvTimeoutError::Timeout) {
            eprintln!("{message}");
            std::process::abort();
        }
    });
    (ended, watch)
}
