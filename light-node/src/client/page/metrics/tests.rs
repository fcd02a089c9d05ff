//! The figures for Prometheus.
#![allow(clippy::unwrap_used)]

use crate::client::page::board::Board;
use crate::client::page::fixture::{judged, status};
use crate::client::page::metrics::render;
use crate::client::page::report::Vitals;
use std::collections::BTreeMap;

fn figures(text: &str) -> BTreeMap<&str, f64> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, figure) = line.rsplit_once(' ').unwrap();
            (name, figure.parse().unwrap())
        })
        .collect()
}

#[test]
fn every_figure_is_there_under_its_name() {
    let mut board = Board::default();
    board.apply(&judged(1, 2, 20, 20));
    board.apply(&judged(2, 2, 20, 13));
    let text = render(&Vitals::of(status()), &board);
    let expected = [
        ("assay_light_blocks_total{verdict=\"available\"}", 1.0),
        ("assay_light_blocks_total{verdict=\"unavailable\"}", 1.0),
        ("assay_light_blocks_total{verdict=\"undecided\"}", 0.0),
        ("assay_light_samples_total{state=\"asked\"}", 40.0),
        ("assay_light_samples_total{state=\"answered\"}", 33.0),
        ("assay_light_samples_total{state=\"verified\"}", 33.0),
        ("assay_light_samples_total{state=\"failed\"}", 7.0),
        ("assay_light_today_bytes{direction=\"in\"}", 70_000.0),
        ("assay_light_today_bytes{direction=\"out\"}", 900.0),
        ("assay_light_budget_bytes", 5_242_880.0),
        ("assay_light_peers{role=\"full\"}", 4.0),
        ("assay_light_peers{role=\"light\"}", 2.0),
        ("assay_light_tip_height", 9.0),
        ("assay_light_last_miss_probability", 1.0),
        ("assay_light_uptime_milliseconds", 3_725_000.0),
        ("assay_light_stopped", 0.0),
        ("assay_light_forked", 0.0),
    ];
    assert_eq!(figures(&text), BTreeMap::from(expected));
}

#[test]
fn every_figure_follows_its_type() {
    let text = render(&Vitals::of(status()), &Board::default());
    let mut family = "";
    for line in text.lines() {
        if let Some(named) = line.strip_prefix("# TYPE ") {
            family = named.split(' ').next().unwrap();
        } else if !line.starts_with("# HELP ") {
            let name = line.split(['{', ' ']).next().unwrap();
            assert_eq!(name, family, "{line}");
        }
    }
    assert!(text.ends_with('\n'));
}

#[test]
fn what_is_unknown_is_left_out() {
    let mut status = status();
    status.tip = None;
    status.today.budget = None;
    let text = render(&Vitals::of(status), &Board::default());
    for absent in ["tip_height", "budget_bytes", "last_miss_probability"] {
        assert!(!text.contains(absent), "{text}");
    }
}
