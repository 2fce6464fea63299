//! Lines of JSON to records.

use crate::message::{Fields, Line, Record, RecordSeed, located};
use crate::settings::settings;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeSeed;
use std::sync::Arc;
use tidegate::{Now, OnError, Outlet, Result, Stage};

/// Turns lines of JSON into records: one object per line.
///
/// Empty lines are passed over. A line that is not a JSON object is a failed message, and its error names path and
/// line; the run goes on, unless `on_error = "stop"`. Whole numbers beyond 64 bits become floats.
///
/// ```toml
/// [stages.parse]
/// actor = "json"
/// inputs = ["lines"]
/// ```
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "json")]
pub struct JsonSettings {}

/// A stage that turns lines of JSON into records; see [`JsonSettings`].
///
/// ```
/// use tidegate::{Outlet, Stage};
/// use tidegate_actors::Json;
///
/// # tidegate::testkit::virtual_time(async {
/// let (mut json, mut out) = (Json::default(), Outlet::collecting());
/// json.handle(r#"{"port": "Dover", "metres": 6.8}"#.into(), &mut out).await?;
/// assert_eq!(out.take()[0].get("port").unwrap().as_str(), Some("Dover"));
/// # Ok::<(), tidegate::BoxError>(()) }).unwrap();
/// ```
pub struct Json {
    /// The fields of the record before, which the next one most likely has too.
    fields: Arc<Fields>,
}

settings! { Json: JsonSettings }

impl From<JsonSettings> for Json {
    fn from(JsonSettings {}: JsonSettings) -> Self {
        Self { fields: Fields::none() }
    }
}

impl Default for Json {
    fn default() -> Self {
        JsonSettings {}.into()
    }
}

impl Json {
    /// Emits the record that `line` stands for; none for an empty line.
    fn parse(&mut self, line: &Line, out: &mut Outlet<Record>) -> Result {
        if line.text().trim_ascii().is_empty() {
            return Ok(());
        }
        let mut json = serde_json::Deserializer::from_str(line.text());
        let read = RecordSeed(&self.fields).deserialize(&mut json);
        match read.and_then(|record| json.end().map(|()| record)) {
            Ok(record) => {
                if !Arc::ptr_eq(record.fields(), &self.fields) {
                    self.fields = record.fields().clone();
                }
                out.emit(record.read_at(line.origin().cloned()));
                Ok(())
            }
            Err(error) => Err(located(line.origin(), problem(&error))),
        }
    }
}

impl Stage for Json {
    type In = Line;
    type Out = Outlet<Record>;

    async fn handle(&mut self, line: Line, out: &mut Outlet<Record>) -> Result {
        self.parse(&line, out)
    }

    #[inline]
    fn handle_now(&mut self, line: Line, out: &mut Outlet<Record>) -> Now<Line> {
        Now::Done(self.parse(&line, out))
    }

    fn on_error(&self) -> OnError {
        OnError::DeadLetter
    }
}

/// The error without the line, which is always the first to a parser that gets one line.
#[cold]
fn problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("the line is not a JSON object: {what} at column {}", error.column())
}
