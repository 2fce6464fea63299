//! `/metrics`: valid text, of the names that the catalogue has, and no others in the files for Prometheus and Grafana.

mod site;

use site::Site;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tidegate::Snapshot;
use tidegate_monitor::alerts::AlertState;
use tidegate_monitor::metrics::{CATALOGUE, Clients, Format, Kind, exposition, page};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(docs().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// An alert that fires, with a name as bad.
fn alert() -> AlertState {
    let alert = serde_json::json!({ "name": "slow \"store\"", "state": "firing", "fired": 2, "resolved": 1 });
    serde_json::from_value(alert).unwrap()
}

/// A snapshot in which everything is there that can be, and names are as bad as names can be.
fn full() -> Snapshot {
    let mailbox = serde_json::json!({ "capacity": 10, "peak": 9, "backpressure_signals": 3, "resume_signals": 2,
        "pressured_seconds": 1.5, "depth": 8, "pressured": true, "high": 8, "low": 5, "bytes": 80, "max_bytes": 100 });
    let wait = serde_json::json!({ "samples": 4, "p50_seconds": 0.001, "p90_seconds": 0.002, "p99_seconds": 0.25,
        "max_seconds": 0.3, "total_samples": 40, "total_seconds": 0.5 });
    let actor = |role: &str, mailbox: serde_json::Value| {
        serde_json::json!({ "role": role, "actor": "kind", "instances": 2, "scaled_up": 4, "scaled_down": 3,
            "received": 10, "handled": 7, "emitted": 5, "failed": 1, "dead_lettered": 1, "left": 0, "restarts": 2,
            "dropped": { "overflow": 1, "cancelled": 2, "shed": 3, "discarded": 4 }, "waiting": 2, "in_handler": 1,
            "held": 3, "rate": 12.5, "state": "waiting", "mailbox": mailbox,
            "time": { "idle_seconds": 1.0, "busy_seconds": 2.0, "blocked_seconds": 0.5, "now": [],
                "blocked_by": [{ "cause": "full", "actor": "end", "seconds": 0.4 }, { "cause": "operator", "seconds": 0.1 }] },
            "breaker": { "state": "half_open", "opened": 1 } })
    };
    let snapshot = serde_json::json!({ "topology": "a \"b\"\\\n<script>", "phase": "running", "elapsed_seconds": 3.5,
        "arbiters": 2, "actors": { "n": actor("producer", serde_json::Value::Null), "end": actor("consumer", mailbox.clone()) },
        "links": [{ "from": "n.out", "to": "end", "emitted": 10, "received": 10, "refused": 0, "backpressure_signals": 3,
            "resume_signals": 2, "obeyed_signals": 3, "held": true, "blocked_seconds": 0.4, "mailbox": mailbox, "wait": wait }] });
    serde_json::from_value(snapshot).unwrap()
}

fn text(format: Format) -> String {
    exposition(format, &full(), &[alert()], Some(&Clients::default()))
}

/// The names of all families in a text.
fn families(text: &str) -> BTreeSet<&str> {
    text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect()
}

/// Runs `promtool`; `None`, said aloud, where it is not installed, unless CI_PROMTOOL says that it must be.
fn promtool(arguments: &[&str], input: &str) -> Option<String> {
    let spawned = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let wanted = std::env::var_os("CI_PROMTOOL").is_some();
            assert!(!wanted, "`promtool` is not on the PATH, and CI_PROMTOOL is set");
            println!("skipped: `promtool` is not on the PATH; it comes with Prometheus");
            return None;
        }
        Err(error) => panic!("promtool: {error}"),
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "promtool {arguments:?}: {said}");
    Some(said)
}

#[test]
fn promtool_finds_nothing_wrong_with_the_text() {
    if let Some(said) = promtool(&["check", "metrics"], &text(Format::Prometheus)) {
        assert_eq!(said, "");
    }
    let site = Site::new();
    site.press();
    let live = site.get("/metrics");
    assert_eq!(live.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    if let Some(said) = promtool(&["check", "metrics"], &live.body) {
        assert_eq!(said, "");
    }
    site.finish();
}

#[test]
fn promtool_finds_nothing_wrong_with_the_files_of_the_documentation() {
    let path = |name: &str| docs().join("monitoring").join(name).display().to_string();
    promtool(&["check", "config", &path("prometheus.yml")], "");
    promtool(&["check", "rules", &path("alerts.yml")], "");
}

#[test]
fn every_metric_of_the_catalogue_is_written_and_no_other() {
    let text = text(Format::Prometheus);
    let expected: BTreeSet<&str> = CATALOGUE.iter().map(|family| family.name).collect();
    assert_eq!(expected.len(), CATALOGUE.len(), "a name is there twice");
    let process = |name: &&str| !cfg!(target_os = "linux") && name.starts_with("process_");
    assert_eq!(families(&text), expected.into_iter().filter(|name| !process(name)).collect());
}

#[test]
fn every_value_has_the_labels_of_its_family() {
    let text = text(Format::Prometheus);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let family = CATALOGUE.iter().filter(|family| name.starts_with(family.name));
        let family = family.max_by_key(|family| family.name.len()).unwrap_or_else(|| panic!("{line}"));
        let labels: Vec<&str> =
            line.match_indices("=\"").map(|(at, _)| line[..at].rsplit(['{', ',']).next().unwrap()).collect();
        let all = labels == family.labels;
        let part = family.kind == Kind::Summary && labels == family.labels[..family.labels.len() - 1];
        assert!(all || part, "{line}: {:?}", family.labels);
    }
}

#[test]
fn names_follow_the_conventions() {
    for family in CATALOGUE {
        assert_eq!(family.name.ends_with("_total"), family.kind == Kind::Counter, "{}", family.name);
        assert_eq!(family.name.ends_with("_info"), family.kind == Kind::Info, "{}", family.name);
        assert!(family.help.ends_with('.') && !family.help.contains(['\n', '|']), "{}", family.name);
        assert!(
            family.name.starts_with("tidegate_") || family.name.starts_with("process_"),
            "{}",
            family.name
        );
    }
}

#[test]
fn open_metrics_is_written_for_those_who_ask_for_it() {
    let site = Site::new();
    let accept = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: application/openmetrics-text\r\n\r\n";
    let live = site.send(accept);
    assert_eq!(live.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(live.body.ends_with("\n# EOF\n") && live.body.matches("# EOF").count() == 1);
    site.finish();
    let text = text(Format::OpenMetrics);
    for line in [
        "# TYPE tidegate_actor_messages_received counter",
        "# TYPE tidegate_actor_time_seconds counter",
        "# UNIT tidegate_actor_time_seconds seconds",
        "# TYPE tidegate_topology info",
        "# UNIT tidegate_mailbox_fill_ratio ratio",
        "# TYPE tidegate_link_wait_seconds summary",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    // A sample of a counter ends in `_total` although its family does not; a unit is the end of the name of its family.
    for line in text.lines().filter_map(|line| line.strip_prefix("# UNIT ")) {
        let (family, unit) = line.split_once(' ').unwrap();
        assert!(family.ends_with(&format!("_{unit}")), "{line}");
    }
    assert!(!text.lines().any(|line| line.starts_with("# TYPE") && line.contains("_total ")));
}

#[test]
fn values_are_those_of_the_snapshot() {
    let text = text(Format::Prometheus);
    let topology = r#"topology="a \"b\"\\\n<script>""#;
    for line in [
        format!("tidegate_actor_messages_dropped_total{{{topology},actor=\"end\",reason=\"shed\"}} 3"),
        format!("tidegate_actor_time_seconds_total{{{topology},actor=\"n\",activity=\"blocked\"}} 0.5"),
        format!(
            "tidegate_actor_blocked_seconds_total{{{topology},actor=\"n\",cause=\"full\",to=\"end\"}} 0.4"
        ),
        format!(
            "tidegate_actor_blocked_seconds_total{{{topology},actor=\"n\",cause=\"operator\",to=\"\"}} 0.1"
        ),
        format!("tidegate_mailbox_fill_ratio{{{topology},actor=\"end\"}} 0.8"),
        format!("tidegate_mailbox_pressured{{{topology},actor=\"end\"}} 1"),
        format!(
            "tidegate_link_signals_total{{{topology},from=\"n.out\",to=\"end\",signal=\"backpressure\"}} 3"
        ),
        format!("tidegate_link_wait_seconds{{{topology},from=\"n.out\",to=\"end\",quantile=\"0.99\"}} 0.25"),
        format!("tidegate_link_wait_seconds_count{{{topology},from=\"n.out\",to=\"end\"}} 40"),
        format!("tidegate_breaker_state{{{topology},actor=\"end\",state=\"half_open\"}} 1"),
        format!("tidegate_breaker_state{{{topology},actor=\"end\",state=\"open\"}} 0"),
        format!("tidegate_topology_phase{{{topology},phase=\"running\"}} 1"),
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    // A producer has no mailbox.
    assert!(!text.contains("tidegate_mailbox_depth{topology=\"a \\\"b\\\"\\\\\\n<script>\",actor=\"n\""));
}

/// Every name of a metric in a text, as it is used there.
fn names(text: &str) -> BTreeSet<&str> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c| !word(c))
        .filter(|name| name.starts_with("tidegate_") || name.starts_with("process_"))
        .collect()
}

#[test]
fn the_files_for_prometheus_and_grafana_name_metrics_that_there_are() {
    let mut known: BTreeMap<String, &str> = BTreeMap::new();
    for family in CATALOGUE {
        known.insert(family.name.into(), family.name);
        if family.kind == Kind::Summary {
            for part in ["_sum", "_count"] {
                known.insert(format!("{}{part}", family.name), family.name);
            }
        }
    }
    let mut used = BTreeSet::new();
    for file in
        ["monitoring/grafana.json", "monitoring/alerts.yml", "monitoring/prometheus.yml", "monitoring.md"]
    {
        let text = read(file);
        for name in names(&text) {
            let family = known.get(name).unwrap_or_else(|| panic!("{file}: there is no `{name}`"));
            used.insert(*family);
        }
    }
    for family in
        ["tidegate_actor_time_seconds_total", "tidegate_mailbox_fill_ratio", "tidegate_link_wait_seconds"]
    {
        assert!(used.contains(family), "{family} is looked at nowhere");
    }
}

#[test]
fn the_dashboard_for_grafana_is_one() {
    let dashboard: serde_json::Value = serde_json::from_str(&read("monitoring/grafana.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "an id is there twice");
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{title}");
        for target in targets {
            let expression = target["expr"].as_str().unwrap();
            assert!(expression.contains("topology=~\"$topology\""), "{title}: {expression}");
            // Promtool reads an expression where a rule has one.
            let plain = expression.replace("$__rate_interval", "1m");
            let rule = serde_json::json!({ "groups": [{ "name": "panel", "rules": [{ "record": "x", "expr": plain }] }] });
            let file = tempfile::Builder::new().suffix(".yml").tempfile().unwrap();
            std::fs::write(file.path(), rule.to_string()).unwrap();
            promtool(&["check", "rules", &file.path().display().to_string()], "");
        }
    }
}

#[test]
fn the_page_of_the_documentation_lists_what_there_is() {
    if std::env::var_os("TIDEGATE_WRITE_DOCS").is_some() {
        std::fs::write(docs().join("metrics.md"), page()).unwrap();
    }
    assert!(
        read("metrics.md") == page(),
        "docs/metrics.md is not what the catalogue says; write it anew: \
         TIDEGATE_WRITE_DOCS=1 cargo test -p tidegate-monitor --test metrics"
    );
}
