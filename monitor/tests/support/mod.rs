//! A server with the routes that the page asks for, and a browser without a window.

pub mod browser;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream;
use serde::Serialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tidegate::{Handle, Snapshot};
use tidegate_monitor::dashboard::{CONTENT_SECURITY_POLICY, asset};
use tidegate_monitor::{Description, Layout, Live, Source};

type Verdict = Box<dyn Fn(&Snapshot) -> Value + Send + Sync>;

/// What the server shows, and how it changes it on the way.
pub struct Shown {
    live: Live,
    /// An actor that is called otherwise on the page: by a name that no file could give it.
    renamed: Option<(String, String)>,
    verdict: Verdict,
    token: Option<String>,
    /// Whether it is shown as a recording, and what was asked of that.
    recorded: Option<Mutex<Vec<Value>>>,
}

impl Shown {
    pub fn new(description: Description, running: &Handle) -> Self {
        let live = Live::new(description, running);
        Self { live, renamed: None, verdict: Box::new(|_| Value::Null), token: None, recorded: None }
    }

    pub fn recorded(mut self) -> Self {
        self.recorded = Some(Mutex::default());
        self
    }

    #[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
    pub fn renamed(mut self, from: &str, to: impl ToString) -> Self {
        self.renamed = Some((from.into(), to.to_string()));
        self
    }

    pub fn verdict(mut self, verdict: impl Fn(&Snapshot) -> Value + Send + Sync + 'static) -> Self {
        self.verdict = Box::new(verdict);
        self
    }

    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Serves it on a thread of its own, until the test ends.
    pub fn serve(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener for tokio");
        let address = listener.local_addr().expect("an address");
        let router = Router::new()
            .route("/api/topology", get(topology))
            .route("/api/snapshot", get(snapshot))
            .route("/api/signals", get(signals))
            .route("/api/history", get(async || Json(json!({"points": []}))))
            .route("/api/actors/{name}/{verb}", post(control_actor))
            .route("/api/replay", get(replay).post(move_replay))
            .route("/api/{verb}", post(control))
            .fallback(page)
            .with_state(Arc::new(self));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime for the server").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                axum::serve(listener, router).await.expect("a server that goes on");
            });
        });
        address
    }

    /// `value` as JSON, with the other name.
    fn json(&self, value: &impl Serialize) -> String {
        let text = serde_json::to_string(value).expect("plain data");
        match &self.renamed {
            Some((from, to)) => text.replace(&json!(from).to_string(), &json!(to).to_string()),
            None => text,
        }
    }

    fn allows(&self, headers: &axum::http::HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        self.token.as_ref().is_none_or(|token| given == Some(&format!("Bearer {token}")))
    }
}

type Server = State<Arc<Shown>>;

fn answer(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

async fn page(uri: Uri) -> Response {
    let Some((content_type, bytes)) = asset(uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, Body::from(bytes)).into_response()
}

async fn topology(State(shown): Server) -> Response {
    let text = shown.json(shown.live.description());
    let description: Description = serde_json::from_str(&text).expect("a description");
    let mut whole = json!(description);
    whole["layout"] = json!(Layout::of(&description));
    answer(whole.to_string())
}

async fn snapshot(State(shown): Server) -> Response {
    let snapshot = shown.live.snapshot();
    let verdict = (shown.verdict)(&snapshot);
    answer(
        shown.json(&json!({"snapshot": snapshot, "verdict": verdict, "replayed": shown.recorded.is_some()})),
    )
}

#[derive(serde::Deserialize)]
struct After {
    after: Option<u64>,
}

async fn signals(State(shown): Server, Query(query): Query<After>) -> impl IntoResponse {
    Sse::new(stream::unfold(
        (shown, query.after.unwrap_or(0), Vec::new()),
        async |(shown, mut last, mut ready)| {
            while ready.is_empty() {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let log = shown.live.signals_after(last);
                last = log.last;
                ready = log.records;
                ready.reverse();
            }
            let record = ready.pop()?;
            let event =
                Event::default().event("signal").id(record.number.to_string()).data(shown.json(&record));
            Some((Ok::<_, Infallible>(event), (shown, last, ready)))
        },
    ))
}

/// Where the recording is: where it was told to go last.
async fn replay(State(shown): Server) -> Response {
    let Some(asked) = &shown.recorded else { return StatusCode::NOT_FOUND.into_response() };
    let asked = asked.lock().expect("no test panics in here");
    let last = |key: &str| asked.iter().rev().find_map(|one| one.get(key)).cloned();
    let (at, paused) = (last("at").unwrap_or(json!(5.0)), last("paused").unwrap_or(json!(true)));
    answer(json!({"at": at, "from": 0.0, "to": 10.0, "speed": 1.0, "paused": paused}).to_string())
}

async fn move_replay(State(shown): Server, Json(request): Json<Value>) -> Response {
    let asked = shown.recorded.as_ref().expect("only a recording can be moved in");
    asked.lock().expect("no test panics in here").push(request);
    answer("{}".into())
}

async fn control_actor(
    State(shown): Server,
    Path((name, verb)): Path<(String, String)>,
    headers: axum::http::HeaderMap,
) -> Response {
    if !shown.allows(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let handle = shown.live.handle().expect("it runs");
    let known = match verb.as_str() {
        "pause" => handle.pause(&name),
        "resume" => handle.resume(&name),
        "drain" => handle.drain_actor(&name).is_ok(),
        _ => false,
    };
    if known {
        return answer("{}".into());
    }
    (StatusCode::NOT_FOUND, Json(json!({"error": format!("there is no actor `{name}`")}))).into_response()
}

async fn control(State(shown): Server, Path(verb): Path<String>, headers: axum::http::HeaderMap) -> Response {
    if !shown.allows(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let handle = shown.live.handle().expect("it runs");
    match verb.as_str() {
        "pause" => handle.pause_all(),
        "resume" => handle.resume_all(),
        "drain" => handle.drain(Duration::from_secs(10)),
        _ => return StatusCode::NOT_FOUND.into_response(),
    }
    answer("{}".into())
}
