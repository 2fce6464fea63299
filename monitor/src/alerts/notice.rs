//! What is told of an alert.

use serde::{Deserialize, Serialize};

/// An alert fires or has resolved; its JSON is the body of what is posted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notice {
    /// The name of the alert.
    pub alert: String,
    /// What has become of it.
    pub state: NoticeState,
    /// The name of the topology.
    pub topology: String,
    /// When its condition became true, in UTC: `2026-01-31T12:00:00Z`.
    pub since: String,
    /// When this was noticed, in UTC.
    pub at: String,
    /// The number that is too large or too small, if there is one.
    pub value: Option<f64>,
    /// What is wrong, for people; with the verdict, if there is one.
    pub text: String,
    /// The root of the pressure at that moment, for people.
    pub verdict: Option<String>,
    /// Names this notice: a receiver that has seen it may ignore what comes again.
    pub id: String,
}

/// What has become of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// Its condition has been true for long enough.
    Firing,
    /// It is no more.
    Resolved,
}
