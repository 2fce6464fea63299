//! Posts notices to an address, on a thread of its own.
//!
//! ```text
//!  post ─▶ queue (bounded, the oldest goes) ─▶ thread: sign, send, wait, send again, give up
//! ```
//!
//! Notices keep their order: one that is tried again holds up those behind it, and the bound of the queue is what keeps that
//! from growing.

mod queue;
mod sender;
mod signature;

use super::notice::Notice;
use super::options::WebhookOptions;
use queue::Queue;
use sender::Sender;
pub(super) use signature::hex;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tidegate::topology::Table;
use tidegate::{Place, Problem, Topology};

/// Where notices are posted to.
#[derive(Debug)]
pub struct Webhook {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

/// What became of notices so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivered {
    /// The receiver said that it has them.
    pub accepted: u64,
    /// The queue was full, and these were the oldest.
    pub dropped: u64,
    /// Given up: refused, tried as often as may be, or still there at the end.
    pub given_up: u64,
    /// Attempts after the first one of a notice.
    pub retries: u64,
    /// Those that wait or are being sent.
    pub waiting: u64,
}

impl Table for WebhookOptions {
    const NAME: &'static str = "webhook";

    fn check(&self, _: &Topology) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |key: &str, message: String, help: &str| {
            problems.push(Problem::error(Place::default().key(key), message).help(help));
        };
        if let Err(problem) = sender::address(self.url.expose()) {
            wrong("url", problem, "write it like `https://example.org/hook`");
        }
        if self.secret.as_ref().is_some_and(|secret| secret.expose().is_empty()) {
            wrong(
                "secret",
                "it is empty".into(),
                "give one, or leave the key out: then posts are not signed",
            );
        }
        if self.timeout.duration().is_zero() {
            wrong("timeout", "nothing is done in no time".into(), "choose a time like `5s`");
        }
        for (key, value, most) in
            [("attempts", u64::from(self.attempts), 100), ("queue", self.queue as u64, 10_000)]
        {
            if !(1..=most).contains(&value) {
                wrong(key, format!("it must be between 1 and {most}"), "choose another number");
            }
        }
        problems
    }
}

impl Webhook {
    /// Starts the thread. Without one, because the machine has none, notices wait until they are given up.
    pub(super) fn start(options: &WebhookOptions) -> Self {
        let queue = Arc::new(Queue::new(options.queue));
        let sender = Sender::new(options, queue.clone());
        let thread = std::thread::Builder::new().name("tidegate-webhook".into()).spawn(move || sender.run());
        if let Err(error) = &thread {
            tracing::error!(target: super::TARGET, "nothing will be posted, there is no thread for it: {error}");
        }
        Self { queue, thread: thread.ok() }
    }

    /// Has `notice` posted. Returns at once.
    pub(super) fn post(&self, notice: Notice) {
        if let Some(dropped) = self.queue.push(notice) {
            tracing::warn!(
                target: super::TARGET, alert = %dropped.alert,
                "too many alerts wait to be posted: the oldest was dropped",
            );
        }
    }

    pub(super) fn delivered(&self) -> Delivered {
        self.queue.delivered()
    }

    /// Posts what waits, without a wait between attempts being longer than what is left of `within`; gives up the rest.
    pub(super) fn finish(mut self, within: Duration) -> Delivered {
        let deadline = Instant::now() + within;
        self.queue.close(deadline);
        if let Some(thread) = self.thread.take() {
            // One that hangs in a request is left behind: the process ends.
            if self.queue.wait_until_empty(deadline) {
                let _ = thread.join();
            }
        }
        let delivered = self.queue.give_up_all();
        if delivered.given_up + delivered.dropped > 0 {
            tracing::warn!(
                target: super::TARGET, given_up = delivered.given_up, dropped = delivered.dropped,
                "not all alerts could be posted",
            );
        }
        delivered
    }
}

impl Drop for Webhook {
    /// The thread ends with what it does at the moment.
    fn drop(&mut self) {
        self.queue.close(Instant::now());
    }
}
