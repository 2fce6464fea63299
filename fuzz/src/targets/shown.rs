//! Whatever is made of the states of a run that somebody else wrote down.

use crate::said::clear;
use tidegate::{Report, Snapshot};
use tidegate_monitor::metrics::{Format, exposition};
use tidegate_monitor::verdict::{Verdict, Window, verdict};
use tidegate_monitor::{Description, Layout, Rates};

/// All that is shown of two moments.
pub(super) fn moments(earlier: &Snapshot, later: &Snapshot, about: Option<&Description>) {
    for window in [Window::between(earlier, later), Window::since_start(later)] {
        judged(match about {
            Some(about) => window.described(about),
            None => window,
        });
    }
    if !Rates::is_another_run(earlier, later) {
        Rates::between(earlier, later);
    }
    Rates::since_start(later);
    for format in [Format::Prometheus, Format::OpenMetrics] {
        let text = exposition(format, later, &[], None);
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.starts_with("tidegate_") || line.starts_with("process_"), "no metric: {line:?}");
            let value = line.rsplit(' ').next().expect("a last word");
            assert!(value.parse::<f64>().is_ok(), "no number: {line:?}");
        }
    }
}

/// What is shown of a run that has ended.
pub(super) fn report(report: &Report) {
    judged(Window::whole(report));
}

/// Where the actors are drawn.
pub(super) fn drawn(about: &Description) {
    let layout = Layout::of(about);
    assert_eq!(layout.nodes.len(), about.actors.len());
    let places = layout.nodes.iter().flat_map(|node| [node.x, node.y]);
    assert!(places.into_iter().all(f64::is_finite), "an actor is drawn nowhere");
    clear(about.to_svg());
}

/// A verdict goes to other programs, which read the same as was said.
fn judged(window: Window) {
    let said = verdict(&window);
    assert!(!said.summary.trim().is_empty(), "a verdict says nothing");
    let text = serde_json::to_string(&said).expect("a verdict is JSON");
    let read: Verdict = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(read.roots.len(), said.roots.len());
}
