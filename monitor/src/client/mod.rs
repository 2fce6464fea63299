//! Asks a run for its state over HTTP, and controls it.

mod address;
mod error;

pub use error::ClientError;

use crate::{Description, TOKEN_VARIABLE};
use address::{Address, segment};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;
use tidegate::{SignalLog, Snapshot};
use ureq::http::Response;
use ureq::{Agent, Body};

/// Longer than a monitor that works takes for anything.
const PATIENCE: Duration = Duration::from_secs(5);

/// More than the largest answer there is: a snapshot of thousands of actors.
const LONGEST_ANSWER: u64 = 64 << 20;

/// A run that is watched from another process. Calls block, for at most five seconds unless told otherwise.
///
/// ```no_run
/// use tidegate_monitor::client::Client;
///
/// let client = Client::from_environment("127.0.0.1:9090")?;
/// let seen = client.snapshot()?;
/// println!("{}: {}", seen.snapshot.topology, seen.summary().unwrap_or("nothing holds anything up"));
/// # Ok::<(), tidegate_monitor::client::ClientError>(())
/// ```
pub struct Client {
    agent: Agent,
    address: Address,
    token: Option<String>,
    patience: Duration,
}

/// The answer of `/api/snapshot`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// The counts and states of the moment.
    pub snapshot: Snapshot,
    /// What holds everything up, if that is known.
    #[serde(default)]
    pub verdict: Option<Value>,
    /// Whether it comes from a recording.
    #[serde(default)]
    pub replayed: bool,
}

impl Seen {
    /// The verdict in words.
    pub fn summary(&self) -> Option<&str> {
        self.verdict.as_ref()?.get("summary")?.as_str()
    }
}

/// What can be asked of a run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Control {
    /// Hold an actor, or all of them.
    Pause(Option<String>),
    /// Release what `Pause` holds.
    Resume(Option<String>),
    /// End it in good order, an actor or the topology.
    Drain(Option<String>),
    /// End it by force.
    Stop(Option<String>),
    /// The most messages in the mailbox of an actor.
    Capacity(String, u64),
    /// The most messages a second of an actor.
    Rate(String, f64),
    /// The number of copies of an actor.
    Instances(String, u64),
}

impl Control {
    /// The path to post to, and the body if there is one.
    fn request(&self) -> (String, Option<Value>) {
        let path = |actor: &Option<String>, verb: &str| match actor {
            Some(actor) => format!("/api/actors/{}/{verb}", segment(actor)),
            None => format!("/api/{verb}"),
        };
        let setting = |actor: &str, key: &str, value: Value| {
            (format!("/api/actors/{}/{key}", segment(actor)), Some(json!({ "value": value })))
        };
        match self {
            Self::Pause(actor) => (path(actor, "pause"), None),
            Self::Resume(actor) => (path(actor, "resume"), None),
            Self::Drain(actor) => (path(actor, "drain"), None),
            Self::Stop(actor) => (path(actor, "stop"), None),
            Self::Capacity(actor, capacity) => setting(actor, "capacity", json!(capacity)),
            Self::Rate(actor, rate) => setting(actor, "rate", json!(rate)),
            Self::Instances(actor, instances) => setting(actor, "instances", json!(instances)),
        }
    }
}

impl Client {
    /// A client of the monitor at `address`, as in `127.0.0.1:9090` or `http://host:9090`. Nothing is sent yet.
    ///
    /// # Errors
    /// When that is no address.
    pub fn new(address: &str, token: Option<String>) -> Result<Self, ClientError> {
        let address = Address::parse(address)?;
        Ok(Self { agent: agent(PATIENCE), address, token, patience: PATIENCE })
    }

    /// The same, which waits for an answer for so long.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { agent: agent(patience), patience, ..self }
    }

    /// The same with the token in [`TOKEN_VARIABLE`], if that is set.
    ///
    /// # Errors
    /// When `address` is none.
    pub fn from_environment(address: &str) -> Result<Self, ClientError> {
        let token = std::env::var(TOKEN_VARIABLE).ok().filter(|token| !token.trim().is_empty());
        Self::new(address, token.map(|token| token.trim().to_string()))
    }

    /// The address, with its scheme.
    pub fn address(&self) -> &str {
        &self.address.base
    }

    /// What the topology is made of.
    ///
    /// # Errors
    /// When the monitor does not answer as it should.
    pub fn topology(&self) -> Result<Description, ClientError> {
        self.get("/api/topology")
    }

    /// The counts and states of this moment.
    ///
    /// # Errors
    /// When the monitor does not answer as it should.
    pub fn snapshot(&self) -> Result<Seen, ClientError> {
        self.get("/api/snapshot")
    }

    /// The signals after the one of this number; all that are kept, with 0.
    ///
    /// # Errors
    /// When the monitor does not answer as it should.
    pub fn signals_after(&self, number: u64) -> Result<SignalLog, ClientError> {
        self.get(&format!("/api/signals?poll=1&after={number}"))
    }

    /// Asks the run to do something. What the monitor says to it, if it says anything.
    ///
    /// # Errors
    /// When the monitor refuses it, or does not answer as it should.
    pub fn control(&self, control: &Control) -> Result<String, ClientError> {
        let (path, body) = control.request();
        let mut request = self.agent.post(format!("{}{path}", self.address.base));
        if let Some(authorization) = self.authorization() {
            request = request.header("Authorization", authorization);
        }
        let sent = match body {
            Some(body) => request.header("Content-Type", "application/json").send(body.to_string()),
            None => request.send_empty(),
        };
        let text = self.text(sent)?;
        Ok(message(&text))
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let mut request = self.agent.get(format!("{}{path}", self.address.base));
        if let Some(authorization) = self.authorization() {
            request = request.header("Authorization", authorization);
        }
        let text = self.text(request.call())?;
        serde_json::from_str(&text).map_err(|error| self.foreign(format!("`{path}` cannot be read: {error}")))
    }

    fn authorization(&self) -> Option<String> {
        self.token.as_ref().map(|token| format!("Bearer {token}"))
    }

    /// The body of an answer that says that all is well.
    fn text(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<String, ClientError> {
        let mut answer = answer.map_err(|error| self.failed(&error))?;
        let status = answer.status();
        let body = answer.body_mut().with_config().limit(LONGEST_ANSWER).lossy_utf8(true).read_to_string();
        let address = self.address.base.clone();
        if status.is_success() {
            return body.map_err(|error| self.failed(&error));
        }
        Err(match status.as_u16() {
            401 if self.token.is_none() => ClientError::TokenWanted { address },
            401 => ClientError::TokenWrong { address },
            300..=399 => self.foreign(format!("it sends elsewhere ({status})")),
            code => match message(&body.unwrap_or_default()) {
                text if text.is_empty() && code == 404 => self.foreign("there is no such page (404)".into()),
                text if text.is_empty() => ClientError::Refused { address, message: status.to_string() },
                message => ClientError::Refused { address, message },
            },
        })
    }

    fn failed(&self, error: &ureq::Error) -> ClientError {
        let address = self.address.base.clone();
        match error {
            ureq::Error::Timeout(_) => ClientError::Timeout { address, seconds: self.patience.as_secs_f64() },
            ureq::Error::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
                ClientError::NothingListens { address, place: self.address.place.clone() }
            }
            ureq::Error::Io(error) if error.kind() == ErrorKind::TimedOut => {
                ClientError::Timeout { address, seconds: self.patience.as_secs_f64() }
            }
            ureq::Error::Protocol(error) => self.foreign(error.to_string()),
            ureq::Error::HostNotFound => {
                ClientError::Unreachable { address, reason: "there is no such host".into() }
            }
            ureq::Error::BodyExceedsLimit(_) => self.foreign("its answer has no end".into()),
            error => ClientError::Unreachable { address, reason: error.to_string() },
        }
    }

    fn foreign(&self, reason: String) -> ClientError {
        ClientError::Foreign { address: self.address.base.clone(), reason }
    }
}

fn agent(patience: Duration) -> Agent {
    // No redirects and no proxy: the token is for this address alone.
    let config = Agent::config_builder()
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .build();
    config.into()
}

/// The token is not for logs.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("address", &self.address.base).finish_non_exhaustive()
    }
}

/// What a monitor says in words: the `error` or `message` of a JSON object with its `help`, or a short text as it is.
fn message(body: &str) -> String {
    let said = serde_json::from_str::<Value>(body).unwrap_or_default();
    let field = |key: &str| said.get(key).and_then(Value::as_str);
    let text = match (field("error").or_else(|| field("message")), field("help")) {
        (Some(text), Some(help)) => format!("{text}; {help}"),
        (Some(text), None) => text.into(),
        (None, _) if body.starts_with(['{', '<', '[']) => String::new(),
        (None, _) => body.into(),
    };
    // It is shown in one line.
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    line.trim().to_string()
}
