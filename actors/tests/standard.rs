//! The ready-made actors as topology files use them.

mod support;

use serde_json::Value;
use support::Directory;
use tidegate::testkit;
use tidegate::topology::file::Source;
use tidegate_actors::standard;

#[test]
fn every_actor_and_every_setting_is_described() {
    let registry = standard();
    let names: Vec<&str> = registry.names().collect();
    assert_eq!(
        names,
        [
            "file_lines",
            "counter",
            "interval",
            "csv",
            "json",
            "filter",
            "map",
            "divert",
            "aggregate",
            "batch",
            "zip",
            "concat",
            "inspect",
            "conflate",
            "dedupe",
            "keep_alive",
            "debounce",
            "delay",
            "sample",
            "throttle",
            "timeout",
            "file",
            "stdout",
            "table",
            "null"
        ]
    );
    for name in names {
        for registration in registry.find(name) {
            assert!(
                registration.summary().ends_with('.') || registration.summary().ends_with("```"),
                "{name}"
            );
            let schema = registration.schema();
            assert_eq!(schema.get("title").and_then(Value::as_str), Some(name));
            let settings = schema.get("properties").and_then(Value::as_object);
            for (setting, schema) in settings.into_iter().flatten() {
                assert!(
                    schema.get("description").is_some(),
                    "`{setting}` of `{name}` is not described: {schema}"
                );
            }
            assert_eq!(schema.get("additionalProperties"), Some(&Value::Bool(false)), "{name}");
        }
    }
}

#[test]
fn a_topology_file_wires_them_from_end_to_end() {
    let files = Directory::new();
    files.write("flights.csv", "carrier,dep_delay,distance,time_hour\nUA,20,1400,2013-01-01T10:00:00Z\nDL,NA,762,2013-01-01T10:00:00Z\nUA,30,1416,2013-01-01T11:00:00Z\nDL,5,100,2013-01-01T11:00:00Z\nbroken\nAA,16,300,2013-01-01T11:00:00Z\n");
    let text = format!(
        r#"
        [producers.lines]
        actor = "file_lines"
        path = "{directory}/*.csv"

        [stages.parse]
        actor = "csv"
        inputs = ["lines"]
        null = ["NA"]
        types = {{ dep_delay = "float" }}

        [stages.late]
        actor = "filter"
        inputs = ["parse"]
        expr = "dep_delay > 15"

        [stages.enrich]
        actor = "map"
        inputs = ["late"]
        set = {{ hours = "dep_delay / 60.0" }}

        [stages.slow]
        actor = "throttle"
        inputs = ["enrich"]
        rate = "10/s"

        [stages.per_carrier]
        actor = "aggregate"
        inputs = ["slow"]
        group_by = ["carrier"]
        with = {{ flights = "count", hours = "sum(hours)", far = "max(distance)" }}

        [consumers.store]
        actor = "file"
        inputs = ["per_carrier"]
        path = "{directory}/out.csv"

        [consumers.dead]
        actor = "file"
        inputs = ["parse.dead_letters"]
        path = "{directory}/dead.jsonl"
        "#,
        directory = files.name("")
    );
    let loaded = Source::text("main.toml", &text).load(&standard()).unwrap_or_else(|found| panic!("{found}"));
    let report = testkit::run(loaded.topology);
    assert_eq!(
        files.read("out.csv"),
        "carrier,flights,hours,far\nAA,1,0.26666666666666666,300\nUA,2,0.8333333333333333,1416\n"
    );
    assert_eq!(report.actors["parse"].failed, 1);
    assert!(files.read("dead.jsonl").contains("flights.csv:6: the line has 1 field, and its header 4"));
    assert!((0.2..0.3).contains(&report.elapsed_seconds), "{}", report.elapsed_seconds);
}
