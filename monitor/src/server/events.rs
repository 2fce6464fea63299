//! `/api/signals`: every Backpressure and Resume, as server-sent events.
//!
//! A stream pulls: the next records are fetched when its client has taken those before. One that is slow holds
//! nothing back, and is told how many records it missed.

use super::answer::Refusal;
use super::connection::Streaming;
use super::query::Query;
use super::state::State;
use axum::body::{Body, Bytes};
use axum::extract::State as Extracted;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tidegate::SignalLog;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, timeout};

/// How often a stream looks for new records.
const EVERY: Duration = Duration::from_millis(100);

/// After so long without an event a comment is sent: by that it shows whether the client is still there.
const SILENCE: Duration = Duration::from_secs(10);

/// Records that are sent in one go.
const BATCH: usize = 256;

#[derive(Deserialize)]
pub(super) struct Parameters {
    /// The number of the last record that is known.
    after: Option<u64>,
    /// `1`: what there is now, as JSON, instead of a stream.
    poll: Option<u8>,
}

pub(super) async fn signals(
    Extracted(state): Extracted<Arc<State>>,
    Extension(streaming): Extension<Streaming>,
    method: Method,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
) -> Result<Response, Refusal> {
    let after = parameters.after.unwrap_or_default();
    if parameters.poll.is_some_and(|poll| poll != 0) {
        let signals =
            move |state: &State| Json(state.source.signals_after(after, usize::MAX)).into_response();
        return Ok(state.look(signals).await);
    }
    let after = match headers.get("last-event-id") {
        None => after,
        Some(id) => id.to_str().ok().and_then(|id| id.parse().ok()).ok_or_else(|| {
            let error = "`Last-Event-ID` is not the number of a signal";
            Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, error)
        })?,
    };
    let Ok(place) = state.streams.clone().try_acquire_owned() else {
        let error = "as many clients listen to signals as may at once";
        let help = "ask now and then instead: `/api/signals?poll=1&after=NUMBER`";
        return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error).help(help));
    };
    if method == Method::GET {
        streaming.begin();
    }
    let closing = state.closing();
    let begun = Instant::now();
    let stream = Stream { state, after, closing, begun, _place: place, ended: false, first: true };
    let body = Body::from_stream(futures_util::stream::unfold(stream, |mut stream| async {
        let events = stream.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(events)), stream))
    }));
    Ok(([(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")], body).into_response())
}

struct Stream {
    state: Arc<State>,
    /// The number of the last record that was sent.
    after: u64,
    closing: watch::Receiver<bool>,
    begun: Instant,
    _place: OwnedSemaphorePermit,
    ended: bool,
    first: bool,
}

impl Stream {
    /// The next events; none at the end.
    async fn next(&mut self) -> Option<String> {
        if self.ended {
            return None;
        }
        if std::mem::take(&mut self.first) {
            // At once, so that the client sees that it is heard; and so soon it shall come back.
            return Some("retry: 2000\n\n".into());
        }
        let silent = Instant::now();
        loop {
            // Looked at before the records are: those of the last moment are among them.
            let closing = *self.closing.borrow();
            let after = self.after;
            let (after, log) = self
                .state
                .clone()
                .look(move |state| match state.source.signals_after(after, BATCH) {
                    // A recording was taken back: its signals come again.
                    log if log.last < after => (0, state.source.signals_after(0, BATCH)),
                    log => (after, log),
                })
                .await;
            self.after = after;
            if !log.records.is_empty() || log.missed > 0 {
                return Some(self.told(log));
            }
            if closing {
                self.ended = true;
                // One that is a moment old may not have ended.
                let ended = |state: &State| {
                    state.forget();
                    state.phase()
                };
                let phase = self.state.clone().look(ended).await;
                return Some(event("end", None, &json!({ "phase": phase })));
            }
            if self.begun.elapsed() > self.state.limits.life_of_streams {
                return None;
            }
            if silent.elapsed() > SILENCE {
                return Some(": nothing new\n\n".into());
            }
            // An error would mean that the server is gone without closing, and this with it.
            let _ = timeout(EVERY, self.closing.wait_for(|closing| *closing)).await;
        }
    }

    fn told(&mut self, log: SignalLog) -> String {
        let mut events = String::new();
        if log.missed > 0 {
            events.push_str(&event("missed", None, &json!({ "missed": log.missed })));
        }
        for record in &log.records {
            events.push_str(&event("signal", Some(record.number), record));
            self.after = record.number;
        }
        events
    }
}

/// One event. JSON has no line breaks, so its data is one line.
fn event(kind: &str, id: Option<u64>, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).unwrap_or_default();
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: {kind}\ndata: {data}\n\n")
}
