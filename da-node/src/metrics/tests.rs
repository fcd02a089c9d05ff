#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::names::{ALL, Kind, Metric, STAGE_SECONDS};
use super::server::{Refusal, check};
use super::{Metrics, Stage, names};
use hyper::{Method, Request};
use metrics::Unit;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

const DASHBOARD: &str = include_str!("../../../deploy/grafana-dashboard.json");

fn metrics() -> Metrics {
    Metrics::new(Path::new("nowhere"))
}

/// Every value of every key with this name.
fn all_of<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                match inner {
                    Value::String(text) if name == key => found.push(text),
                    _ => all_of(inner, key, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| all_of(item, key, found)),
        _ => {}
    }
}

fn expressions(dashboard: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    all_of(dashboard, "expr", &mut found);
    assert!(!found.is_empty());
    found
}

/// The metrics that a query names, as the registry has them.
fn named(query: &str) -> BTreeSet<String> {
    let words = query.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let series = words.filter(|word| word.starts_with("assay_"));
    series.map(metric_of).collect()
}

/// A histogram is shown as three series.
fn metric_of(series: &str) -> String {
    let histogram = ["_bucket", "_sum", "_count"]
        .iter()
        .filter_map(|suffix| series.strip_suffix(suffix))
        .find(|name| {
            let known = ALL.iter().find(|metric| metric.name == *name);
            known.is_some_and(|metric| metric.kind == Kind::Histogram)
        });
    histogram.unwrap_or(series).to_owned()
}

#[test]
fn the_dashboard_shows_every_metric_and_no_other() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let shown: BTreeSet<String> = expressions(&dashboard)
        .into_iter()
        .flat_map(named)
        .collect();
    let all: BTreeSet<String> = ALL.iter().map(|metric| metric.name.to_owned()).collect();
    assert_eq!(shown, all);
    let mut variables = Vec::new();
    all_of(&dashboard["templating"], "definition", &mut variables);
    assert!(!variables.is_empty());
    for query in variables {
        assert!(named(query).is_subset(&all), "{query}");
    }
}

#[test]
fn the_dashboard_divides_by_labels_that_its_metrics_have() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let scraped = ["job", "instance", "le"];
    let mut divided = 0;
    for query in expressions(&dashboard) {
        let known: BTreeSet<&str> = named(query)
            .iter()
            .filter_map(|name| ALL.iter().find(|metric| metric.name == name))
            .flat_map(|metric| metric.labels.iter().map(|label| label.key))
            .chain(scraped)
            .collect();
        for part in query.split("by (").skip(1) {
            let labels = part.split(')').next().unwrap();
            for label in labels.split(", ") {
                assert!(known.contains(label), "{label} in {query}");
                divided += 1;
            }
        }
    }
    assert!(divided > 0);
}

#[test]
fn panels_have_a_place_of_their_own() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let (mut ids, mut cells) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()));
        let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(at("x") + at("w") <= 24);
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(cells.insert((x, y)), "{} covers another", panel["title"]);
            }
        }
    }
}

#[test]
fn names_tell_the_kind_and_the_unit() {
    let mut names = BTreeSet::new();
    for metric in ALL {
        let name = metric.name;
        assert!(names.insert(name), "{name} stands twice");
        assert!(name.starts_with("assay_"), "{name}");
        let counts = name.ends_with("_total");
        assert_eq!(metric.kind == Kind::Counter, counts, "{name}");
        assert_eq!(metric.kind == Kind::Histogram, name.ends_with("_seconds"));
        assert_eq!(
            metric.unit == Unit::Bytes,
            name.contains("_bytes"),
            "{name}"
        );
        assert!(!metric.help.is_empty());
    }
}

fn closed(metric: &Metric) -> bool {
    metric.labels.iter().all(|label| !label.values.is_empty())
}

#[test]
fn what_can_be_shown_is_shown_from_the_start() {
    let metrics = metrics();
    let text = metrics.render();
    for metric in ALL.iter().filter(|metric| metric.kind != Kind::Histogram) {
        let shown = text.contains(&format!("# TYPE {} ", metric.name));
        assert_eq!(shown, closed(metric), "{}", metric.name);
    }
    assert!(text.contains("assay_receipts_total{side=\"given\"} 0"));
    assert!(text.contains("assay_receipts_total{side=\"collected\"} 0"));

    // The others from their first value on.
    for metric in ALL {
        let labels: Vec<&str> = metric
            .labels
            .iter()
            .map(|label| label.values.first().copied().unwrap_or("x"))
            .collect();
        match metric.kind {
            Kind::Counter => metrics.count(metric, &labels, 1),
            Kind::Gauge => metrics.set(metric, &labels, 1.0),
            Kind::Histogram => metrics.record(metric, &labels, Duration::from_millis(1)),
        }
    }
    let text = metrics.render();
    for metric in ALL {
        let help = format!("# HELP {} {}", metric.name, metric.help);
        assert!(text.contains(&help), "{help}");
    }
}

#[test]
fn a_stage_is_timed_to_its_end() {
    let metrics = metrics();
    let timer = metrics.time(Stage::Prove);
    let count = "assay_stage_seconds_count{stage=\"prove\"} 1";
    assert!(!metrics.render().contains(count));
    drop(timer);
    assert!(metrics.render().contains(count), "{}", metrics.render());
    assert_eq!(Stage::NAMES.len(), Stage::Prune as usize + 1);
    assert_eq!(STAGE_SECONDS.labels[0].values, Stage::NAMES);
}

#[test]
fn nodes_in_one_process_count_apart() {
    let (one, other) = (metrics(), metrics());
    one.count(&names::BLOCKS, &[], 3);
    assert!(one.render().contains("assay_blocks_total 3"));
    assert!(other.render().contains("assay_blocks_total 0"));
}

#[test]
fn bad_input_requests_that_are_not_answered() {
    let ask = |from: &str, method: Method, path: &str, host: Option<&str>| {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(host) = host {
            request = request.header("host", host);
        }
        check(from.parse().unwrap(), &request.body(()).unwrap())
    };
    let local = "127.0.0.1:5";
    let get = |from, host| ask(from, Method::GET, "/metrics", host);
    for host in ["127.0.0.1:9", "localhost", "localhost:9", "[::1]:9"] {
        assert_eq!(get(local, Some(host)), Ok(()), "{host}");
    }
    assert_eq!(get("[::1]:5", None), Ok(()));
    assert_eq!(get("192.0.2.1:5", None), Err(Refusal::Elsewhere));
    assert_eq!(get("[2001:db8::1]:5", None), Err(Refusal::Elsewhere));
    for host in ["example.org", "localhost.example.org:9", "192.0.2.1", ""] {
        assert_eq!(get(local, Some(host)), Err(Refusal::Elsewhere), "{host}");
    }
    let other = ask(local, Method::GET, "/", None);
    assert_eq!(other, Err(Refusal::Path));
    for method in [Method::POST, Method::HEAD, Method::DELETE] {
        let refused = ask(local, method, "/metrics", None);
        assert_eq!(refused, Err(Refusal::Method));
    }
}
