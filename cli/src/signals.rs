//! Ctrl-C and SIGTERM, which end a run, and the signals that change one: SIGHUP, SIGUSR1 and SIGUSR2.

use std::io;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The end, by the signal of this name.
    End(&'static str),
    /// To read the file again.
    Reload,
    /// To pause everything.
    Pause,
    /// To go on.
    Resume,
}

/// The signals this process listens to.
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
    #[cfg(unix)]
    user1: tokio::signal::unix::Signal,
    #[cfg(unix)]
    user2: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listens from now on; none that comes later is missed.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            user1: signal(SignalKind::user_defined1())?,
            user2: signal(SignalKind::user_defined2())?,
        })
    }

    /// What the next one asks for.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::End("SIGINT"),
            _ = self.terminate.recv() => Asked::End("SIGTERM"),
            _ = self.hang_up.recv() => Asked::Reload,
            _ = self.user1.recv() => Asked::Pause,
            _ = self.user2.recv() => Asked::Resume,
        }
    }

    /// Ready as soon as one asks for the end.
    pub(crate) async fn end(&mut self) {
        while !matches!(self.next().await, Asked::End(_)) {}
    }

    /// Listens from now on.
    #[cfg(not(unix))]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// What the next one asks for.
    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) -> Asked {
        // An error means that there is nothing to hear: then nothing ever comes.
        match tokio::signal::ctrl_c().await {
            Ok(()) => Asked::End("Ctrl-C"),
            Err(_) => std::future::pending().await,
        }
    }
}
