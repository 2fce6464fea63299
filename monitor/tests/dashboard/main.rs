//! The page in a real browser, served by the real server: Chromium without a window, over WebDriver.
//!
//! With `TIDEGATE_SCREENSHOTS=1` the pictures in docs/dashboard/ are made anew.

mod browser;
mod control;
mod live;
mod orders;
mod pictures;
mod polling;
mod recorded;
mod recording;
mod shown;
mod verdict;

use serde_json::json;
use shown::Shown;
use tidegate::{Handle, Topology};

const DESK: (u32, u32) = (1440, 940);
const PHONE: (u32, u32) = (360, 780);

/// What overflows the page to the right.
const OVERFLOW: &str = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";

/// A run without alerts.
fn shown(topology: Topology) -> (Shown, Handle) {
    Shown::start(topology, json!({}))
}

fn end(running: &Handle) {
    running.stop();
    running.join();
}
