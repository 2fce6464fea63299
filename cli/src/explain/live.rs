//! A run that goes on: asked over HTTP.

use super::Explained;
use crate::args::program;
use crate::exit::Exit;
use std::thread::sleep;
use std::time::Duration;
use tidegate::Phase;
use tidegate_monitor::client::{Client, ClientError};
use tidegate_monitor::verdict::{Verdict, Window, verdict};

/// The time between two snapshots, where the server gives no verdict of its own.
const WINDOW: Duration = Duration::from_secs(1);

/// Explains the run that is watched at `address`.
pub(super) fn explain(address: &str) -> Result<Explained, (String, Exit)> {
    asked(address).map_err(|error| {
        let exit = if matches!(error, ClientError::Address { .. }) { Exit::Usage } else { Exit::Failure };
        (told(&error), exit)
    })
}

fn asked(address: &str) -> Result<Explained, ClientError> {
    let client = Client::from_environment(address)?;
    let seen = client.snapshot()?;
    // What a newer server says may be of another shape: then it is worked out here.
    let given = seen.verdict.and_then(|verdict| serde_json::from_value::<Verdict>(verdict).ok());
    if let Some(verdict) = given {
        return Ok(Explained { verdict, window: None });
    }
    let earlier = seen.snapshot;
    let window = if earlier.phase == Phase::Ended {
        Window::since_start(&earlier)
    } else {
        sleep(WINDOW);
        Window::between(&earlier, &client.snapshot()?.snapshot)
    };
    // Advice is less exact without.
    let window = match client.topology() {
        Ok(description) => window.described(&description),
        Err(_) => window,
    };
    Ok(Explained { verdict: verdict(&window), window: Some(window) })
}

/// The error, and where a run that is gone may have left its report.
fn told(error: &ClientError) -> String {
    match error {
        ClientError::NothingListens { .. } => {
            format!("{error}\n  `{} explain --report FILE` explains a run that has ended", program())
        }
        _ => error.to_string(),
    }
}
