//! Expressions over records.

use super::run::block_on;
use crate::said::clear;
use tidegate::{Now, Outlet, Stage};
use tidegate_actors::{Filter, Map, Record};

/// What is looked at where the input brings no record of its own.
const RECORD: &str =
    r#"{"n":3,"delay":12.5,"carrier":"UA","gate":null,"late":true,"tags":["a","b"],"at":{"x":1,"y":-2}}"#;

/// An expression; if the last line is a JSON object, that is the record it is worked out for.
///
/// It is refused, or comes to a value or an error, the same each time; and a value is one that JSON can hold.
pub fn expression(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (text, record) = match text.trim_end_matches('\n').rsplit_once('\n') {
        Some((above, last)) => match serde_json::from_str(last) {
            Ok(record) => (above, record),
            Err(_) => (&*text, usual()),
        },
        None => (&*text, usual()),
    };
    let mut filter = Filter::new(text);
    let passed = answer(&mut filter, &record);
    assert_eq!(passed, answer(&mut filter, &record), "it comes to something else the second time");
    let mut map = Map::new().set("result", text).set("again", "result");
    match (answer(&mut map, &record), passed) {
        (Ok(set), Ok(_)) => {
            let value = set[0].get("result").expect("a field, because it was set");
            let json = serde_json::to_string(value).expect("a value of JSON");
            assert!(!json.is_empty());
        }
        // A filter wants true or false; a value that is neither fails it alone.
        (Ok(_), Err(_)) => {}
        (Err(_), passed) => assert!(passed.is_err(), "a value that cannot be set is true or false"),
    }
}

fn usual() -> Record {
    serde_json::from_str(RECORD).expect("a record")
}

/// What `stage` makes of `record`.
fn answer<S>(stage: &mut S, record: &Record) -> Result<Vec<Record>, String>
where
    S: Stage<In = Record, Out = Outlet<Record>>,
{
    let mut out = Outlet::collecting();
    let done = match stage.handle_now(record.clone(), &mut out) {
        Now::Done(done) => done,
        Now::Later(record) => block_on(stage.handle(record, &mut out)),
    };
    done.map(|()| out.take()).map_err(clear)
}
