//! Listening, and how many may come.

use super::guard::{Control, Guard};
use super::limits::Limits;
use super::state::State;
use super::{connection, routes};
use crate::options::{MOST_CONNECTIONS, MonitorOptions, TOKEN_VARIABLE};
use crate::{Listen, Source};
use axum::Router;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// The target of the log lines of the server.
const TARGET: &str = "tidegate::monitor";

/// After an error of the listener, as when the process has no more file handles, it waits so long.
const AFTER_ERROR: Duration = Duration::from_millis(100);

/// So long clients may take to read the last of what is for them.
const GRACE: Duration = Duration::from_secs(3);

/// What a client gets for whom there is no place.
const NO_PLACE: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Type: application/json\r\n\
    Content-Length: 47\r\nRetry-After: 5\r\n\r\n{\"error\":\"as many clients as may be are there\"}";

/// Why nothing can listen.
#[derive(Debug, thiserror::Error)]
#[error("the monitor cannot listen on {address}: {error}{}", help(.error))]
pub struct BindError {
    address: SocketAddr,
    #[source]
    error: io::Error,
}

fn help(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "; choose another port, or 0 for any that is free",
        io::ErrorKind::PermissionDenied => "; choose a port above 1023",
        io::ErrorKind::AddrNotAvailable => "; this machine does not have this address",
        _ => "",
    }
}

/// An address that is taken, with nobody served yet: so that it is known before anything starts.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    options: MonitorOptions,
    limits: Limits,
    drain_timeout: Duration,
}

/// A server that runs, on a thread of its own. Dropping it ends it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    closing: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Takes the address `listen`; `options` say the rest.
    ///
    /// # Errors
    /// When the address cannot be had, as when another program listens there.
    pub fn bind(listen: Listen, options: &MonitorOptions) -> Result<Self, BindError> {
        let address = listen.address();
        let bound = TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        let (address, listener) = bound.map_err(|error| BindError { address, error })?;
        let drain_timeout = Duration::from_secs(30);
        let (options, limits) = (options.clone(), Limits::default());
        Ok(Self { listener, address, options, limits, drain_timeout })
    }

    /// Where clients reach it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How long a drain may take that a client asks for; 30 seconds unless told otherwise.
    #[must_use]
    pub fn drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain_timeout = timeout;
        self
    }

    /// Sets what clients can make it hold.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Serves `source`.
    ///
    /// # Errors
    /// When the system has no thread for it.
    pub fn serve(self, source: Arc<dyn Source>) -> io::Result<Server> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (closing, closes) = watch::channel(false);
        let guard = Guard::new(&self.options, self.address);
        if guard.control() == Control::Refused {
            tracing::warn!(
                target: TARGET,
                "others than this machine reach the monitor: they may look, and without a token ({TOKEN_VARIABLE}) control nothing"
            );
        }
        let most = self.options.max_connections.min(MOST_CONNECTIONS);
        let state = Arc::new(State::new(source, guard, self.limits, most, self.drain_timeout, closes));
        let routes = routes::routes(state.clone());
        let address = self.address;
        let thread = std::thread::Builder::new().name("tidegate-monitor".into()).spawn(move || {
            runtime.block_on(run(self.listener, state, routes));
            // A minute that is still being unpacked is for nobody.
            runtime.shutdown_background();
        })?;
        tracing::info!(target: TARGET, "monitor: http://{address}");
        Ok(Server { address, closing, thread: Some(thread) })
    }
}

impl Server {
    /// Where clients reach it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it: streams get what is left for them and a last event, requests that are being answered are finished, for a
    /// few seconds at most.
    pub fn close(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.closing.send(true);
        if let Some(thread) = self.thread.take() {
            // It panics for no client: each has a task of its own.
            let _ = thread.join();
        }
    }
}

async fn run(listener: TcpListener, state: Arc<State>, routes: Router) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(target: TARGET, "the monitor cannot wait for clients: {error}");
            return;
        }
    };
    let mut closing = state.closing();
    let (mut clients, mut failing) = (JoinSet::new(), false);
    let mut sampling = tokio::spawn(async {});
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => break,
            _ = seconds.tick() => if sampling.is_finished() {
                sampling = tokio::spawn(state.clone().look(|state| state.sample()));
            },
            Some(_) = clients.join_next(), if !clients.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => match state.places.clone().try_acquire_owned() {
                    Ok(place) => {
                        failing = false;
                        // What is written comes in whole answers and events; to wait for more of it would only delay them.
                        let _ = stream.set_nodelay(true);
                        let (routes, state) = (routes.clone(), state.clone());
                        clients.spawn(async move {
                            connection::serve(stream, routes, state).await;
                            drop(place);
                        });
                    }
                    Err(_) => refuse(stream, &state),
                },
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(target: TARGET, "clients cannot be accepted: {error}");
                    }
                    sleep(AFTER_ERROR).await;
                }
            },
        }
    }
    drop(listener);
    let all = async {
        state.look(|state| state.sample()).await;
        while clients.join_next().await.is_some() {}
    };
    let _ = timeout(GRACE, all).await;
}

/// Nobody waits here: what cannot be written at once is not.
fn refuse(stream: TcpStream, state: &State) {
    state.refuse();
    let _ = stream.into_std().and_then(|mut stream| stream.write(NO_PLACE));
}
