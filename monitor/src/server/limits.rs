//! What a client can make the server hold, and for how long.

use std::time::Duration;

/// The limits of a server. The number of connections is said by [`MonitorOptions`](crate::MonitorOptions).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// So long a client may take to send the head of a request, from the moment on at which it could begin. A connection
    /// that is kept alive and not used is closed after this, too.
    pub head: Duration,
    /// So long a request may take, from its head to the beginning of its answer.
    pub request: Duration,
    /// So long a client may take nothing of what waits for it.
    pub stall: Duration,
    /// So long a connection lives, however busy it is: a client that reads a byte now and then shall not keep its place.
    pub life: Duration,
    /// So long a stream of signals lives. Its client comes again, and goes on where it was.
    pub life_of_streams: Duration,
    /// The most streams of signals at once.
    pub streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(5),
            request: Duration::from_secs(10),
            stall: Duration::from_secs(10),
            life: Duration::from_secs(120),
            life_of_streams: Duration::from_secs(15 * 60),
            streams: 16,
        }
    }
}
