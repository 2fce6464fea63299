//! Who held everything up.

use tidegate::{Outcome, Report, Snapshot};
use tidegate_monitor::Description;
use tidegate_monitor::verdict::{Window, verdict};

/// In a run that was shorter, the times are those of starting and ending, in seconds.
const SHORTEST: f64 = 0.1;

/// The verdict on the whole run, as one line; `None` if there is nothing to say. Of a run that failed the error is told.
pub(crate) fn held_up(report: &Report, description: &Description) -> Option<String> {
    if report.outcome == Outcome::Failed {
        return None;
    }
    over(Window::whole(report), description)
}

/// The same of a run of which only this is left.
pub(crate) fn held_up_until(last: &Snapshot, description: &Description) -> Option<String> {
    let mut window = Window::since_start(last);
    // Whatever became of it, it does not go on.
    window.finished = true;
    over(window, description)
}

fn over(window: Window, description: &Description) -> Option<String> {
    if window.seconds() < SHORTEST {
        return None;
    }
    let verdict = verdict(&window.described(description));
    (!verdict.is_empty()).then(|| format!("{verdict}\n"))
}
