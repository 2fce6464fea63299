//! What clients can do to a run.

use super::answer::Refusal;
use super::query::{Path, nearest};
use super::state::State;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State as Extracted;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tidegate::{ChangeError, Handle, MailboxOptions};

/// What is asked of the whole topology, or of an actor.
const VERBS: [&str; 4] = ["pause", "resume", "drain", "stop"];

/// What can be set about an actor.
const SETTINGS: [&str; 3] = ["capacity", "rate", "instances"];

/// The body of a request that sets something.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    value: Value,
}

type Answer = Result<Json<Value>, Refusal>;

/// `POST /api/VERB`.
pub(super) async fn topology(Extracted(state): Extracted<Arc<State>>, Path(verb): Path<String>) -> Answer {
    if !VERBS.contains(&&*verb) {
        return Err(unknown(&verb, &VERBS));
    }
    let handle = handle(&state)?;
    if matches!(&*verb, "drain" | "stop") {
        // All else is logged where it is done.
        tracing::info!(target: "tidegate::operator", "asked over HTTP to {verb} the whole topology");
    }
    match &*verb {
        "pause" => handle.pause_all(),
        "resume" => handle.resume_all(),
        "drain" => handle.drain(state.drain_timeout),
        _ => handle.stop(),
    }
    Ok(Json(json!({ "done": verb })))
}

/// `POST /api/actors/NAME/VERB`.
pub(super) async fn actor(
    Extracted(state): Extracted<Arc<State>>,
    Path((actor, verb)): Path<(String, String)>,
    body: Bytes,
) -> Answer {
    let known: Vec<&str> = VERBS.into_iter().chain(SETTINGS).collect();
    if !known.contains(&&*verb) {
        return Err(unknown(&verb, &known));
    }
    let handle = handle(&state)?;
    let names: Vec<&str> = state.source.description().actors.iter().map(|one| one.name.as_str()).collect();
    if !names.contains(&&*actor) {
        let shown: String = actor.chars().take(100).collect();
        let error = format!("there is no actor `{}`", shown.escape_debug());
        let help = nearest(&actor, names).map(|name| format!("did you mean `{name}`?"));
        return Err(Refusal::new(StatusCode::NOT_FOUND, error).maybe_help(help));
    }
    let mut value = None;
    match &*verb {
        "pause" => drop(handle.pause(&actor)),
        "resume" => drop(handle.resume(&actor)),
        "drain" => handle.drain_actor(&actor).map_err(refused)?,
        "stop" => handle.stop_actor(&actor).map_err(refused)?,
        setting => {
            let given = read(&body)?;
            value = Some(given.clone());
            set(handle, &actor, setting, given).await?;
        }
    }
    let mut done = json!({ "done": verb, "actor": actor });
    if let Some(value) = value {
        done["value"] = value;
    }
    Ok(Json(done))
}

async fn set(handle: &Handle, actor: &str, setting: &str, value: Value) -> Result<(), Refusal> {
    let number = || {
        let number = value.as_u64().and_then(|value| usize::try_from(value).ok());
        number.ok_or_else(|| {
            let error = format!("the {setting} must be a whole number");
            Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, error).help("send {\"value\": 8}")
        })
    };
    let changed = match setting {
        "capacity" => handle.set_mailbox(actor, &MailboxOptions::capacity(number()?)),
        "instances" => handle.set_instances(actor, number()?),
        _ => handle.set(actor, "rate", value).await,
    };
    changed.map_err(refused)
}

fn read(body: &Bytes) -> Result<Value, Refusal> {
    let setting: Result<Setting, _> = serde_json::from_slice(body);
    setting.map(|setting| setting.value).map_err(|error| {
        let error = format!("the body is not {{\"value\": ...}}: {error}");
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, error).help("send {\"value\": 8}")
    })
}

fn handle(state: &State) -> Result<&Handle, Refusal> {
    state.source.handle().ok_or_else(|| {
        let error = "this is a recording: there is nothing to control any more";
        Refusal::new(StatusCode::CONFLICT, error)
    })
}

fn unknown(verb: &str, known: &[&str]) -> Refusal {
    let shown: String = verb.chars().take(100).collect();
    let help = match nearest(verb, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    Refusal::new(StatusCode::NOT_FOUND, format!("there is nothing called `{}` to do", shown.escape_debug()))
        .help(help)
}

fn refused(error: ChangeError) -> Refusal {
    let status = match &error {
        ChangeError::NoActor { .. } => StatusCode::NOT_FOUND,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Refusal::new(status, error.to_string())
}
