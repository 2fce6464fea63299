//! One connection: how long it may take for what.

use super::state::State;
use super::stream::Patient;
use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep};
use tower::ServiceExt;

/// The largest head of a request, in bytes.
const LARGEST_HEAD: usize = 16 * 1024;

/// The most headers of a request.
const MOST_HEADERS: usize = 64;

/// So long a connection that is to end may take to finish what it is at.
const GRACE: Duration = Duration::from_secs(2);

/// Told by a request that its answer is a stream of events.
#[derive(Clone, Default)]
pub(super) struct Streaming(Arc<AtomicBool>);

impl Streaming {
    pub(super) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Serves the requests of one client.
pub(super) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    routes: Router,
    state: Arc<State>,
) {
    let limits = &state.limits;
    let streaming = Streaming::default();
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(streaming.clone());
        routes.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(Patient::new(stream, limits.stall)), service);
    let mut connection = pin!(connection);
    let mut life = pin!(sleep(limits.life));
    let mut closing = state.closing();
    let mut ending = false;
    let mut prolonged = false;
    loop {
        tokio::select! {
            // An error is the client's: it went away, was too slow, or spoke something else.
            _ = &mut connection => return,
            () = &mut life => {
                if streaming.has_begun() && !prolonged && !ending {
                    prolonged = true;
                    life.as_mut().reset(Instant::now() + limits.life_of_streams);
                    continue;
                }
                if ending {
                    return;
                }
                ending = true;
                connection.as_mut().graceful_shutdown();
                life.as_mut().reset(Instant::now() + GRACE);
            }
            _ = closing.wait_for(|closing| *closing), if !ending => {
                ending = true;
                connection.as_mut().graceful_shutdown();
                life.as_mut().reset(Instant::now() + GRACE);
            }
        }
    }
}
