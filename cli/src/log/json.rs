//! Log lines for programs: one JSON object each.
//!
//! ```text
//! {"time":"2026-01-31T12:00:00.123456Z","level":"WARN","target":"tidegate::file","actor":"store","instance":0,
//!  "message":"...","fields":{"attempts":3},"spans":[{"name":"job","id":7}]}
//! ```
//!
//! `actor` is there if the line is about one, `instance` and `spans` if it comes from inside one, `fields` if there are any.

use super::speaker::{ACTOR, Speaker};
use serde_json::{Map, Value};
use std::fmt::{self, Debug};
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes log lines as JSON.
pub(super) struct Json;

impl<S> FormatEvent<S, JsonFields> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        let mut said = Said::default();
        event.record(&mut said);
        let mut line = Map::new();
        line.insert("time".into(), written(SystemTime::now()).into());
        line.insert("level".into(), metadata.level().as_str().into());
        line.insert("target".into(), metadata.target().into());
        let scope = || context.event_scope().into_iter().flatten();
        match (said.0.shift_remove("actor"), Speaker::of(scope())) {
            (Some(actor), _) => {
                line.insert("actor".into(), actor);
            }
            (None, Some(speaker)) if Speaker::is_meant(event) => {
                line.insert("actor".into(), speaker.actor.into());
                line.insert("instance".into(), speaker.instance.into());
            }
            (None, _) => {}
        }
        line.insert("message".into(), said.0.shift_remove("message").unwrap_or_default());
        if !said.0.is_empty() {
            line.insert("fields".into(), said.0.into());
        }
        let scope = context.event_scope().into_iter().flat_map(|scope| scope.from_root());
        let spans = scope.filter(|span| span.metadata().target() != ACTOR).map(|span| {
            let mut fields = Map::from_iter([("name".to_string(), span.name().into())]);
            let extensions = span.extensions();
            let text = extensions.get::<FormattedFields<JsonFields>>().map(|fields| fields.fields.as_str());
            if let Some(Ok(Value::Object(more))) = text.map(serde_json::from_str) {
                fields.extend(more.into_iter().filter(|(name, _)| name != "name"));
            }
            Value::from(fields)
        });
        let spans: Vec<Value> = spans.collect();
        if !spans.is_empty() {
            line.insert("spans".into(), spans.into());
        }
        writeln!(writer, "{}", Value::from(line))
    }
}

/// A time as programs read it. A clock that is wrong by decades must not keep a line from being written.
fn written(time: SystemTime) -> String {
    humantime::format_rfc3339_micros(time.max(UNIX_EPOCH)).to_string()
}

/// The fields of an event, with their types.
#[derive(Default)]
struct Said(Map<String, Value>);

impl Visit for Said {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format!("{value:?}"));
    }
}

impl Said {
    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().into(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_time_before_all_clocks_is_their_beginning() {
        assert_eq!(written(UNIX_EPOCH + Duration::from_micros(1_500)), "1970-01-01T00:00:00.001500Z");
        assert_eq!(written(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00.000000Z");
    }
}
