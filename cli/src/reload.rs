//! SIGHUP: the file is read again, and what changed is taken over, all of it or nothing.

use crate::alerts;
use crate::args;
use crate::diagnostics;
use crate::format::counted;
use crate::load::load;
use crate::screen::Screen;
use tidegate::topology::file::Configuration;
use tidegate::{Handle, Registry};
use tokio::sync::mpsc::UnboundedReceiver;

/// The target of the log lines about this.
const TARGET: &str = "tidegate::reload";

/// Reads the topology anew, from the same layers as at the start.
pub(crate) struct Reloader<'a> {
    screen: &'a Screen,
    arguments: &'a args::Run,
    registry: &'a Registry,
    /// What is in effect.
    running: Configuration,
}

impl<'a> Reloader<'a> {
    /// For a topology that runs with `running`.
    pub(crate) fn new(
        screen: &'a Screen,
        arguments: &'a args::Run,
        registry: &'a Registry,
        running: Configuration,
    ) -> Self {
        Self { screen, arguments, registry, running }
    }

    /// Reloads each time that is wanted, one after the other; never ends.
    pub(crate) async fn serve(mut self, running: &Handle, wanted: &mut UnboundedReceiver<()>) {
        while wanted.recv().await.is_some() {
            self.reload(running).await;
        }
        std::future::pending().await
    }

    async fn reload(&mut self, running: &Handle) {
        let source = &self.arguments.source;
        let file = source.file.display();
        tracing::info!(target: TARGET, "SIGHUP: reading {file} again");
        let unchanged = || tracing::error!(target: TARGET, "{file} has errors: nothing was changed");
        // What is wrong has been shown.
        let Ok(loaded) = load(self.screen, &source.file, &source.assignments, self.registry) else {
            return unchanged();
        };
        // Not the world: what an actor opened when it started may be gone by now.
        let mut problems = loaded.topology.check(false);
        problems.extend(alerts::check(&loaded));
        let problems = loaded.diagnose(problems);
        if !problems.0.is_empty() {
            diagnostics::show(self.screen, &source.file, &problems);
        }
        if diagnostics::has_errors(&problems) {
            return unchanged();
        }
        let new = loaded.configuration();
        let changes = self.running.changes(&new);
        match running.apply(&changes).await {
            Ok(()) => {
                changes.iter().for_each(|change| tracing::info!(target: TARGET, "{change}"));
                tracing::info!(target: TARGET, "took over {}", counted(changes.len() as u64, "change"));
                self.running = new;
            }
            Err(refused) => {
                refused.0.iter().for_each(|(change, why)| tracing::error!(target: TARGET, "{change}: {why}"));
                let all = counted(changes.len() as u64, "change");
                tracing::error!(target: TARGET, "nothing was changed, of {all}");
            }
        }
    }
}
