//! Which address leads where.

use super::answer::{Refusal, text};
use super::guard::guard;
use super::history::History;
use super::query::{Query, nearest};
use super::state::State;
use super::{control, events};
use crate::alerts::AlertState;
use crate::metrics::{self, Format};
use crate::recording::{ReplayRequest, ReplayState};
use crate::verdict::Verdict;
use crate::{Description, Layout, dashboard};
use axum::body::Bytes;
use axum::extract::State as Extracted;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tidegate::{Phase, Snapshot};

/// The history goes back so far, in seconds.
const LONGEST: f64 = 600.0;

const PLAIN: &str = "text/plain; charset=utf-8";

/// The addresses that can be looked at, to suggest one.
const ADDRESSES: [&str; 8] = [
    "/",
    "/metrics",
    "/healthz",
    "/readyz",
    "/api/topology",
    "/api/snapshot",
    "/api/signals",
    "/api/history",
];

/// All routes, behind the guard.
pub(super) fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/", get(asset))
        .route("/assets/{*path}", get(asset))
        .route("/metrics", get(exposition))
        .route("/healthz", get(async || text(PLAIN, "ok\n".into())))
        .route("/readyz", get(ready))
        .route("/api/topology", get(topology))
        .route("/api/snapshot", get(snapshot))
        .route("/api/signals", get(events::signals))
        .route("/api/history", get(history))
        .route("/api/replay", get(replay).post(change_replay))
        .route("/api/{verb}", post(control::topology))
        .route("/api/actors/{name}/{verb}", post(control::actor))
        .with_state(state.clone())
        .fallback(nothing)
        .method_not_allowed_fallback(other_method)
        .layer(middleware::from_fn_with_state(state, guard))
}

async fn asset(uri: Uri) -> Result<Response, Refusal> {
    let (content_type, bytes) = dashboard::asset(uri.path()).ok_or_else(|| no_such(uri.path()))?;
    let headers = [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, bytes).into_response())
}

async fn exposition(Extracted(state): Extracted<Arc<State>>, headers: HeaderMap) -> Response {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    let format = Format::accepted(&accept.collect::<Vec<_>>().join(","));
    let exposition = move |state: &State| {
        let (clients, alerts) = (state.clients(), state.source.alerts());
        metrics::exposition(format, &state.snapshot(), &alerts, Some(&clients))
    };
    text(format.content_type(), state.look(exposition).await)
}

async fn ready(Extracted(state): Extracted<Arc<State>>) -> Response {
    let phase = state.look(|state| state.phase()).await;
    let status = if phase == Phase::Running { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, text(PLAIN, format!("{}\n", metrics::phase_name(phase)))).into_response()
}

#[derive(Serialize)]
struct Described<'a> {
    #[serde(flatten)]
    description: &'a Description,
    /// Where everything is drawn.
    layout: &'a Layout,
    /// What is needed to control it; nothing can, in a recording.
    control: Option<super::guard::Control>,
}

async fn topology(Extracted(state): Extracted<Arc<State>>) -> Response {
    let control = state.source.handle().map(|_| state.guard.control());
    Json(Described { description: state.source.description(), layout: &state.layout, control })
        .into_response()
}

#[derive(Serialize)]
struct Seen<'a> {
    snapshot: &'a Snapshot,
    verdict: Option<Verdict>,
    alerts: Vec<AlertState>,
    replayed: bool,
}

async fn snapshot(Extracted(state): Extracted<Arc<State>>) -> Response {
    let seen = |state: &State| {
        let snapshot = state.snapshot();
        let (verdict, alerts) = (state.verdict(), state.source.alerts());
        let replayed = state.source.replay().is_some();
        Json(Seen { snapshot: &snapshot, verdict, alerts, replayed }).into_response()
    };
    state.look(seen).await
}

#[derive(Deserialize)]
struct Past {
    /// How far to look back.
    seconds: Option<f64>,
}

async fn history(Extracted(state): Extracted<Arc<State>>, Query(past): Query<Past>) -> Response {
    // What is no such time, as NaN, is as good as none.
    let seconds = past.seconds.filter(|seconds| (0.0..=LONGEST).contains(seconds)).unwrap_or(LONGEST);
    let history = move |state: &State| {
        let now = state.snapshot();
        let names: Vec<&str> = now.actors.keys().map(String::as_str).collect();
        let answer =
            |history: &History| Json(history.answer(now.elapsed_seconds, seconds, &names)).into_response();
        match state.source.replay() {
            Some(replay) => answer(&History::of(&replay.history(seconds))),
            None => state.history(answer),
        }
    };
    state.look(history).await
}

/// How far a recording has come.
async fn replay(Extracted(state): Extracted<Arc<State>>) -> Result<Json<ReplayState>, Refusal> {
    let replay = state.source.replay().ok_or_else(|| no_such("/api/replay"))?;
    Ok(Json(replay.state()))
}

/// Goes elsewhere in a recording.
async fn change_replay(
    Extracted(state): Extracted<Arc<State>>,
    body: Bytes,
) -> Result<Json<ReplayState>, Refusal> {
    let replay = state.source.replay().ok_or_else(|| no_such("/api/replay"))?;
    let refused = |error: String| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, error);
    let request: ReplayRequest = serde_json::from_slice(&body)
        .map_err(|error| refused(format!("the body is not what a recording can be told: {error}")))?;
    let changed = replay.change(&request).map_err(refused)?;
    // What is shown next is of the new moment.
    let sample = |state: &State| {
        state.forget();
        state.sample();
    };
    state.look(sample).await;
    Ok(Json(changed))
}

async fn nothing(uri: Uri) -> Refusal {
    no_such(uri.path())
}

fn no_such(path: &str) -> Refusal {
    let shown: String = path.chars().take(100).collect();
    let help = nearest(path, ADDRESSES).map(|near| format!("did you mean `{near}`?"));
    Refusal::new(StatusCode::NOT_FOUND, format!("there is nothing at `{}`", shown.escape_debug()))
        .maybe_help(help)
}

async fn other_method(method: Method, uri: Uri) -> Refusal {
    // A word that nobody could post to is an address that is misspelt.
    if let Some(word) = uri.path().strip_prefix("/api/")
        && method != Method::POST
        && !matches!(word, "pause" | "resume" | "drain" | "stop" | "replay")
        && !word.contains('/')
        && !ADDRESSES.contains(&uri.path())
    {
        return no_such(uri.path());
    }
    let help = match uri.path() {
        "/api/replay" => "use GET or POST",
        path if path.starts_with("/api/") && !ADDRESSES.contains(&path) => "use POST",
        _ => "use GET",
    };
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, format!("`{method}` is not for this address")).help(help)
}
