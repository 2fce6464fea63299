//! Ctrl-C, which ends a simulation after the run that goes on.

use crate::screen::Screen;
use crate::signals::{Asked, Signals};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Builder;

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
            let mut code = runtime.block_on(end(&mut signals));
            asked.store(true, Ordering::Relaxed);
            // Before the first run, files are read, and there is nothing to tell of.
            if begun.load(Ordering::Relaxed) {
                screen.write("Stopping after this run; once more to stop now.\n");
                code = runtime.block_on(end(&mut signals));
            }
            screen.clear();
            std::process::exit(code);
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

/// Waits for a signal that ends a process; the exit code of one that it ended, by the convention of shells.
async fn end(signals: &mut Signals) -> i32 {
    loop {
        match signals.next().await {
            Asked::End("SIGTERM") => return 128 + 15,
            Asked::End(_) => return 128 + 2,
            Asked::Reload => return 128 + 1,
            // Nothing is paused here.
            Asked::Pause | Asked::Resume => {}
        }
    }
}
