//! A run that goes on: asked over HTTP.

use super::Explained;
use crate::args::program;
use serde_json::Value;
use std::thread::sleep;
use std::time::Duration;
use tidegate::{Phase, Snapshot};
use tidegate_monitor::Description;
use tidegate_monitor::verdict::{Verdict, Window, verdict};
use ureq::Agent;
use ureq::http::StatusCode;

/// The time between two snapshots, where the server gives no verdict of its own.
const WINDOW: Duration = Duration::from_secs(1);

/// A server on the way to somewhere takes no longer to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// More than the snapshot of any topology.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Explains the run that is watched at `url`.
pub(super) fn explain(url: &str) -> Result<Explained, String> {
    let server = Server::new(url);
    let (earlier, told) = server.snapshot()?;
    if let Some(verdict) = told {
        return Ok(Explained { verdict, window: None });
    }
    let window = if earlier.phase == Phase::Ended {
        Window::since_start(&earlier)
    } else {
        sleep(WINDOW);
        let (later, _) = server.snapshot()?;
        Window::between(&earlier, &later)
    };
    let window = match server.description() {
        Some(description) => window.described(&description),
        None => window,
    };
    Ok(Explained { verdict: verdict(&window), window: Some(window) })
}

struct Server {
    url: String,
    agent: Agent,
}

impl Server {
    fn new(url: &str) -> Self {
        let url = url.trim_end_matches('/');
        let url = if url.contains("://") { url.into() } else { format!("http://{url}") };
        let config =
            Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
        Self { url, agent: config.into() }
    }

    /// The counts of this moment, and the verdict if the server gives one.
    fn snapshot(&self) -> Result<(Snapshot, Option<Verdict>), String> {
        let mut answer = self.get("/api/snapshot")?;
        let no_snapshot = |error| format!("{} is not watching a topology: {error}", self.url);
        let snapshot = serde_json::from_value(answer["snapshot"].take()).map_err(no_snapshot)?;
        // What a newer server says may be of another shape: then it is worked out here.
        let verdict = serde_json::from_value(answer["verdict"].take()).unwrap_or_default();
        Ok((snapshot, verdict))
    }

    /// What the topology is made of. Advice is less exact without.
    fn description(&self) -> Option<Description> {
        serde_json::from_value(self.get("/api/topology").ok()?).ok()
    }

    fn get(&self, path: &str) -> Result<Value, String> {
        let Self { url, agent } = self;
        let mut request = agent.get(format!("{url}{path}"));
        if let Ok(token) = std::env::var("TIDEGATE_MONITOR_TOKEN") {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut response = request.call().map_err(|error| self.unreachable(&error))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(format!(
                    "{url} wants another token; set TIDEGATE_MONITOR_TOKEN to that of its `[monitor]`"
                ));
            }
            status => {
                return Err(format!("{url} is not watching a topology: it answers {status} for {path}"));
            }
        }
        let text = response.body_mut().with_config().limit(MOST_BYTES).read_to_string();
        let text = text.map_err(|error| format!("the answer of {url} cannot be read: {error}"))?;
        serde_json::from_str(&text)
            .map_err(|_| format!("{url} is not watching a topology: its answer is not JSON"))
    }

    fn unreachable(&self, error: &ureq::Error) -> String {
        let (url, program) = (&self.url, program());
        match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::InvalidProxyUrl => {
                format!("`{url}` is not an address like http://127.0.0.1:9090: {error}")
            }
            _ => format!(
                "nobody answers at {url}: {error}\n  \
                 `{program} run --monitor 127.0.0.1:9090` runs a topology that can be asked; \
                 `{program} explain --report FILE` explains a run that has ended"
            ),
        }
    }
}
