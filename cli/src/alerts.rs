//! The alerts of a run: what the file says about them, and who looks.

use crate::exit::Exit;
use crate::screen::Screen;
use std::time::Duration;
use tidegate::topology::file::Loaded;
use tidegate::{Handle, Problem, Registry, Report, Snapshot};
use tidegate_monitor::Description;
use tidegate_monitor::alerts::{Alerts, AlertsOptions, WebhookOptions};
use tidegate_monitor::verdict::{Window, verdict};

/// How long the end of a run waits for what is still to be posted.
const FLUSH: Duration = Duration::from_secs(5);

/// The tables of a file that are about alerts.
pub(crate) fn register(registry: Registry) -> Registry {
    registry.table::<AlertsOptions>().table::<WebhookOptions>()
}

/// What is wrong between the tables of `loaded`.
pub(crate) fn check(loaded: &Loaded) -> Vec<Problem> {
    let alerts = loaded.table::<AlertsOptions>();
    alerts.map(|alerts| alerts.unposted(loaded.table::<WebhookOptions>())).unwrap_or_default()
}

/// The alerts that `loaded` asks for, if it asks for any.
pub(crate) fn of(screen: &Screen, loaded: &Loaded) -> Result<Option<Alerts>, Exit> {
    let Some(options) = loaded.table::<AlertsOptions>() else { return Ok(None) };
    match Alerts::new(options, loaded.table::<WebhookOptions>(), &loaded.topology) {
        Ok(alerts) => Ok(Some(alerts).filter(|alerts| !alerts.is_empty())),
        Err(problems) => {
            screen.error(&problems.to_string());
            Err(Exit::Usage)
        }
    }
}

/// Looks as long as it is polled; never ends.
pub(crate) async fn watch(alerts: &mut Option<Alerts>, description: &Description, running: &Handle) {
    if let Some(alerts) = alerts {
        alerts.watch(running, |earlier, later| judge(description, earlier, later)).await;
    }
    std::future::pending().await
}

/// The run has ended: what fires is resolved, and what waits is posted, on a thread of its own, which is left behind when
/// this is not polled any more.
pub(crate) async fn finish(alerts: Option<Alerts>, report: &Report) {
    let Some(alerts) = alerts else { return };
    let report = report.clone();
    let (done, finished) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("tidegate-alerts".into()).spawn(move || {
        alerts.finish(&report, FLUSH);
        let _ = done.send(());
    });
    match thread {
        // An error means that it has ended, too.
        Ok(_) => drop(finished.await),
        Err(error) => tracing::error!(
            target: "tidegate::alert",
            "what is left to post is not posted, there is no thread for it: {error}"
        ),
    }
}

/// Where the pressure between two snapshots comes from, in words.
fn judge(description: &Description, earlier: &Snapshot, later: &Snapshot) -> Option<String> {
    let verdict = verdict(&Window::between(earlier, later).described(description));
    (!verdict.is_empty()).then_some(verdict.summary)
}
