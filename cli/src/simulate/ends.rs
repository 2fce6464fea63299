//! Ctrl-C, which ends a simulation after the run that goes on.

use crate::screen::Screen;
use crate::signals::Signals;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Builder;

/// The exit code of a process that SIGINT ended, by the convention of shells.
const INTERRUPTED: i32 = 130;

/// Whether somebody asks for the end.
#[derive(Clone, Default)]
pub(super) struct Ends {
    begun: Arc<AtomicBool>,
    asked: Arc<AtomicBool>,
}

impl Ends {
    /// Listens from now on. Where nothing can be listened to, a signal does what it always does.
    pub(super) fn listen(screen: &Screen) -> Self {
        let ends = Self::default();
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else { return ends };
        let Ok(mut signals) = runtime.block_on(async { Signals::listen() }) else { return ends };
        let (screen, Self { begun, asked }) = (screen.clone(), ends.clone());
        std::thread::spawn(move || {
            runtime.block_on(signals.end());
            asked.store(true, Ordering::Relaxed);
            // Before the first run, files are read, and there is nothing to tell of.
            if begun.load(Ordering::Relaxed) {
                screen.write("Stopping after this run; once more to stop now.\n");
                runtime.block_on(signals.end());
            }
            screen.clear();
            std::process::exit(INTERRUPTED);
        });
        ends
    }

    /// Runs begin.
    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    /// Whether there is to be no further run.
    pub(super) fn are_asked_for(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}
