//! A server without a listener.

use super::guard::Guard;
use super::limits::Limits;
use super::state::State;
use super::{connection, routes};
use crate::options::MonitorOptions;
use crate::{Listen, Source};
use axum::Router;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

/// Serves whatever a client is connected by.
pub struct Desk {
    routes: Router,
    state: Arc<State>,
    /// Without it, every client would be told that the server closes.
    _closing: watch::Sender<bool>,
}

impl Desk {
    /// Serves `source` as if it listened on `listen`.
    pub fn new(source: Arc<dyn Source>, options: &MonitorOptions, listen: Listen) -> Self {
        let (closing, closes) = watch::channel(false);
        let guard = Guard::new(options, listen.address());
        let most = options.max_connections;
        let drain_timeout = Duration::from_secs(30);
        let state = Arc::new(State::new(source, guard, Limits::default(), most, drain_timeout, closes));
        Self { routes: routes::routes(state.clone()), state, _closing: closing }
    }

    /// What is done once a second.
    pub fn sample(&self) {
        self.state.sample();
    }

    /// Serves one client until it is gone, or its time is up.
    pub async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        connection::serve(stream, self.routes.clone(), self.state.clone()).await;
    }
}
