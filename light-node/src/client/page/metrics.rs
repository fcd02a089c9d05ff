//! The figures in Prometheus' text format, version 0.0.4.

use crate::client::page::board::Board;
use crate::client::page::report::Vitals;
use std::fmt::{Display, Write};

/// Its media type.
pub(crate) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All figures. Labels are words of our own: nothing in them needs an escape.
pub(crate) fn render(vitals: &Vitals, board: &Board) -> String {
    let mut text = Text::default();
    let counts = board.counts();
    text.family("blocks_total", "counter", "Blocks judged, by verdict.");
    text.labelled("blocks_total", "verdict", "available", counts.available);
    text.labelled("blocks_total", "verdict", "unavailable", counts.unavailable);
    text.labelled("blocks_total", "verdict", "undecided", counts.undecided);
    text.family(
        "samples_total",
        "counter",
        "Samples of judged blocks, by how far they came.",
    );
    text.labelled("samples_total", "state", "asked", counts.asked);
    text.labelled("samples_total", "state", "answered", counts.answered);
    text.labelled("samples_total", "state", "verified", counts.verified);
    text.labelled("samples_total", "state", "failed", counts.failed);
    text.family(
        "today_bytes",
        "gauge",
        "Application bytes of this day in UTC, by direction.",
    );
    text.labelled("today_bytes", "direction", "in", vitals.today.received);
    text.labelled("today_bytes", "direction", "out", vitals.today.sent);
    if let Some(budget) = vitals.today.budget {
        text.gauge("budget_bytes", "Bytes that a day may have.", budget);
    }
    text.family("peers", "gauge", "Connected peers, by role.");
    text.labelled("peers", "role", "full", vitals.full_peers);
    text.labelled("peers", "role", "light", vitals.light_peers);
    if let Some(tip) = vitals.tip {
        text.gauge(
            "tip_height",
            "Height of the newest trusted header.",
            tip.height,
        );
    }
    if let Some(miss) = board.last_miss() {
        text.gauge(
            "last_miss_probability",
            "Chance to be fooled of the block judged last.",
            miss,
        );
    }
    text.gauge(
        "uptime_milliseconds",
        "Time since the start.",
        vitals.uptime_ms,
    );
    let stopped = u8::from(vitals.stopped.is_some());
    text.gauge("stopped", "1 once the node has stopped.", stopped);
    let forked = u8::from(vitals.forked);
    text.gauge("forked", "1 once a fork was seen.", forked);
    text.0
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP assay_light_{name} {help}"));
        self.line(format_args!("# TYPE assay_light_{name} {kind}"));
    }

    fn labelled(&mut self, name: &str, label: &str, value: &str, figure: impl Display) {
        self.line(format_args!(
            "assay_light_{name}{{{label}=\"{value}\"}} {figure}"
        ));
    }

    fn gauge(&mut self, name: &str, help: &str, figure: impl Display) {
        self.family(name, "gauge", help);
        self.line(format_args!("assay_light_{name} {figure}"));
    }

    fn line(&mut self, line: impl Display) {
        // A String takes everything.
        let _ = writeln!(self.0, "{line}");
    }
}

#[cfg(test)]
mod tests;
