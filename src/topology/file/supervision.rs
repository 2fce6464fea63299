//! Policies for failures, as the file has them: a word, or a table that one of its keys gives its name.

use super::super::nearest::list;
use super::finding::{Findings, KeyPath};
use super::shape;
use crate::actor::{OnError, Restart, Retry, Scope, Stop, StopWord, Then, Word};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

/// The keys that say which table it is.
const TABLES: [&str; 3] = ["retry", "restart", "stop"];

/// Reads what `on_error` or `on_panic` says.
pub(super) fn read(value: &Json, path: &KeyPath, findings: &mut Findings) -> Option<OnError> {
    let Json::Object(table) = value else {
        return shape::read::<Word>(value, path, "key", findings).map(|word| Then::from(word).into());
    };
    match named(table, path, &TABLES, findings)? {
        "retry" => {
            let (retry, then): (Option<Retry>, _) = with_then(table, path, findings, then);
            retry.map(|retry| Retry { then, ..retry }.into())
        }
        "restart" => restart(table, path, findings).map(OnError::Restart),
        _ => shape::read::<Scope>(value, path, "key", findings).map(|scope| Stop::from(scope).into()),
    }
}

/// Reads what follows the last retry.
fn then(value: &Json, path: &KeyPath, findings: &mut Findings) -> Option<Then> {
    let Json::Object(table) = value else {
        return shape::read::<Word>(value, path, "key", findings).map(Then::from);
    };
    match named(table, path, &TABLES[1..], findings)? {
        "restart" => restart(table, path, findings).map(Then::Restart),
        _ => shape::read::<Scope>(value, path, "key", findings).map(|scope| Stop::from(scope).into()),
    }
}

fn restart(table: &Map<String, Json>, path: &KeyPath, findings: &mut Findings) -> Option<Restart> {
    let (restart, then): (Option<Restart>, _) = with_then(table, path, findings, stop);
    restart.map(|restart| Restart { then: then.unwrap_or_default(), ..restart })
}

/// Reads what follows the last restart.
fn stop(value: &Json, path: &KeyPath, findings: &mut Findings) -> Option<Stop> {
    match value {
        Json::Object(_) => shape::read::<Scope>(value, path, "key", findings).map(Stop::from),
        _ => shape::read::<StopWord>(value, path, "key", findings).map(|_| Stop::Topology),
    }
}

/// Reads a table, and apart from it what its key `then` says: that is again a word or a table.
fn with_then<T: DeserializeOwned + JsonSchema, N>(
    table: &Map<String, Json>,
    path: &KeyPath,
    findings: &mut Findings,
    read: impl Fn(&Json, &KeyPath, &mut Findings) -> Option<N>,
) -> (Option<T>, Option<N>) {
    let mut table = table.clone();
    let then = table.shift_remove("then").and_then(|value| read(&value, &path.child("then"), findings));
    (shape::read(&Json::Object(table), path, "key", findings), then)
}

/// Which of `tables` it is.
fn named<'a>(
    table: &Map<String, Json>,
    path: &KeyPath,
    tables: &[&'a str],
    findings: &mut Findings,
) -> Option<&'a str> {
    let name = tables.iter().copied().find(|name| table.contains_key(*name));
    if name.is_none() {
        let key = path.0.last().map_or("it", String::as_str);
        let known = list(tables);
        findings
            .value(path.clone(), format!("`{key}` as a table must have one of the keys {known}"))
            .help("write a word, `{ retry = 3 }`, `{ restart = 5 }` or `{ stop = \"branch\" }`");
    }
    name
}
