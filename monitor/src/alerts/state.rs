//! How far alerts have come, as data for whoever shows it.

use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// How far an alert has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertPhase {
    /// Nothing is wrong.
    #[default]
    Inactive,
    /// Something is, not for long enough yet.
    Pending,
    /// Something is, for so long that people were told.
    Firing,
}

/// One alert at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AlertState {
    /// Its name.
    pub name: String,
    /// How far it has come.
    pub state: AlertPhase,
    /// Since when its condition is true, in seconds of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_seconds: Option<f64>,
    /// The number that is too large or too small, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The actors of which a ready-made condition is true.
    #[serde(default)]
    pub actors: Vec<String>,
    /// What is wrong, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How often it has fired.
    pub fired: u64,
    /// How often it has resolved.
    pub resolved: u64,
}

/// The alerts of a topology as they are now. Cloning gives another look at the same ones.
#[derive(Clone, Debug, Default)]
pub struct AlertStates(Arc<Mutex<Vec<AlertState>>>);

impl AlertStates {
    /// Each alert, in the order of the file.
    pub fn get(&self) -> Vec<AlertState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, states: Vec<AlertState>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = states;
    }
}
