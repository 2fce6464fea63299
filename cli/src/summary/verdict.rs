//! Who held everything up.

use tidegate::{Outcome, Report};
use tidegate_monitor::Description;
use tidegate_monitor::verdict::{Window, verdict};

/// In a run that was shorter, the times are those of starting and ending, in seconds.
const SHORTEST: f64 = 0.1;

/// The verdict on the whole run, as one line; `None` if there is nothing to say. Of a run that failed the error is told.
pub(crate) fn held_up(report: &Report, description: &Description) -> Option<String> {
    if report.outcome == Outcome::Failed || report.elapsed_seconds < SHORTEST {
        return None;
    }
    let verdict = verdict(&Window::whole(report).described(description));
    (!verdict.is_empty()).then(|| format!("{verdict}\n"))
}
