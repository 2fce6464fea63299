//! The table `[monitor]` of a topology file.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use tidegate::settings::Secret;
use tidegate::topology::Table;
use tidegate::{Place, Problem, Topology};

/// The environment variable that holds the token; it goes before the one of the file.
pub const TOKEN_VARIABLE: &str = "TIDEGATE_MONITOR_TOKEN";

/// How many clients may be connected unless told otherwise.
const MAX_CONNECTIONS: usize = 64;

/// The most that may be asked for: each costs a file handle and some memory.
pub(crate) const MOST_CONNECTIONS: usize = 10_000;

/// The table `[monitor]`: who may look at a run, and who may control it, over HTTP.
///
/// ```toml
/// [monitor]
/// listen = "127.0.0.1:9090"
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct MonitorOptions {
    /// The address to listen on, like `127.0.0.1:9090`; nothing listens without one. Port 0 takes any that is free.
    pub listen: Option<Listen>,
    /// What a client must send as `Authorization: Bearer TOKEN` to control the run.
    pub token: Option<Secret>,
    /// Names under which the address is reached, beside `localhost`.
    pub hosts: Vec<String>,
    /// The most clients that may be connected at once: 64 unless told otherwise.
    pub max_connections: usize,
}

impl Default for MonitorOptions {
    fn default() -> Self {
        Self { listen: None, token: None, hosts: Vec::new(), max_connections: MAX_CONNECTIONS }
    }
}

impl MonitorOptions {
    /// The same, listening on `listen`.
    #[must_use]
    pub fn listening_on(mut self, listen: Listen) -> Self {
        self.listen = Some(listen);
        self
    }

    /// The same with the token that the environment has, if it has one: the value of [`TOKEN_VARIABLE`].
    ///
    /// # Errors
    /// When it is none that a client could send.
    pub fn with_token(mut self, token: Option<String>) -> Result<Self, String> {
        if let Some(token) = token {
            if let Some(wrong) = wrong_token(&token) {
                return Err(format!("the environment variable {TOKEN_VARIABLE} {wrong}"));
            }
            self.token = Some(Secret::new(token));
        }
        Ok(self)
    }
}

impl Table for MonitorOptions {
    const NAME: &'static str = "monitor";

    fn check(&self, _: &Topology) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut error = |keys: &[&str], message: String, help: &str| {
            let place = keys.iter().fold(Place::default(), |place, key| place.key(key));
            problems.push(Problem::error(place, message).help(help));
        };
        if let Some(wrong) = self.token.as_ref().and_then(|token| wrong_token(token.expose())) {
            error(&["token"], format!("the token {wrong}"), "make one with `openssl rand -hex 16`");
        }
        if self.max_connections == 0 {
            error(&["max_connections"], "nobody could connect".into(), "make it at least 1");
        }
        if self.max_connections > MOST_CONNECTIONS {
            let message = format!("{} connections are too many", self.max_connections);
            error(&["max_connections"], message, "make it at most 10000");
        }
        for (at, host) in self.hosts.iter().enumerate() {
            let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
            if host.is_empty() || !host.chars().all(named) {
                let message = format!("`{}` is not the name of a host", host.escape_debug());
                error(&["hosts", &at.to_string()], message, "write a name without scheme, port and path");
            }
        }
        problems
    }
}

/// What is wrong with a token, as a predicate. It has to fit into a header, and nobody is to be let in by an empty one.
fn wrong_token(token: &str) -> Option<&'static str> {
    match token {
        "" => Some("is empty"),
        _ if !token.chars().all(|c| c.is_ascii_graphic()) => {
            Some("holds a blank, or another character that no header can carry")
        }
        _ => None,
    }
}

/// An address to listen on.
///
/// ```
/// use tidegate_monitor::Listen;
///
/// let listen: Listen = "localhost:9090".parse().unwrap();
/// assert_eq!(listen.to_string(), "127.0.0.1:9090");
/// assert!("9090".parse::<Listen>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen(SocketAddr);

impl Listen {
    /// The address.
    pub fn address(self) -> SocketAddr {
        self.0
    }
}

/// A text that is no address to listen on.
#[derive(Clone, Debug, thiserror::Error)]
#[error("`{}` is not an address to listen on; write one with a port, like `127.0.0.1:9090`", .0.escape_debug())]
pub struct ListenError(String);

impl FromStr for Listen {
    type Err = ListenError;

    /// # Errors
    /// When `text` is not an IP address, or `localhost`, with a port.
    fn from_str(text: &str) -> Result<Self, ListenError> {
        let local = || {
            let port = text.strip_prefix("localhost:")?.parse().ok()?;
            Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
        };
        let address = text.parse().ok().or_else(local);
        address.map(Self).ok_or_else(|| ListenError(text.into()))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Listen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Listen {
    fn schema_name() -> Cow<'static, str> {
        "address".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}
