//! The report as a picture.

use std::fmt::Write;

use super::{Report, ReportRow};

const WIDTH: f64 = 860.0;
/// Where bars begin, right of the contestants' names.
const LEFT: f64 = 190.0;
/// Where the longest bar may end, left of the figures.
const RIGHT: f64 = 660.0;
/// Where the first operation begins, below title and explanation.
const TOP: f64 = 88.0;
const BAR: f64 = 16.0;
const STEP: f64 = 22.0;
/// Above each operation, for its name.
const HEADING: f64 = 30.0;
/// Below the last bar, for the axis.
const BOTTOM: f64 = 40.0;

/// Colours for light and dark readers, who are told apart by what their system prefers.
const STYLE: &str = "\
    svg { --page: #ffffff; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0;\
     --ours: #0a7d5c; --ours-too: #66b99f; --rival: #a3abb5 }\n\
    @media (prefers-color-scheme: dark) { svg { --page: #0d1117; --ink: #e6edf3;\
     --faint: #9198a1; --line: #30363d; --ours: #2ec08f; --ours-too: #1c7a5c;\
     --rival: #6e7681 } }\n\
    .page { fill: var(--page) } .line { stroke: var(--line) }\n\
    text { fill: var(--ink); font: 13px system-ui, sans-serif } .faint { fill: var(--faint) }\n\
    .title { font-size: 17px; font-weight: 600 } .op { font-weight: 600 }\n\
    .end { text-anchor: end } .middle { text-anchor: middle }\n\
    .ours { fill: var(--ours) } .ours-too { fill: var(--ours-too) } .rival { fill: var(--rival) }";

impl Report {
    /// The report as an SVG that needs nothing outside itself: for each operation a bar per
    /// contestant, of MiB of data per second on a logarithmic scale, with the ratio to the
    /// fastest rival.
    #[must_use]
    pub fn chart(&self) -> String {
        let operations = self.operations();
        let height = TOP
            + super::float(operations.len()) * HEADING
            + super::float(self.rows.len()) * STEP
            + BOTTOM;
        let scale = Scale::new(&self.rows);

        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
             <title>MiB of data per second</title>\n<style>{STYLE}</style>\n\
             <rect class=\"page\" width=\"{WIDTH}\" height=\"{height}\"/>\n"
        );
        text(&mut svg, "title", 20.0, 32.0, "MiB of data per second");
        let threads = match self.threads {
            1 => "one thread each".to_owned(),
            threads => format!("{threads} threads each"),
        };
        let rough = if self.quick { ", rough figures" } else { "" };
        let machine = format!("{}, {threads}{rough}", self.cpu);
        text(&mut svg, "faint", 20.0, 54.0, &machine);
        let explanation = "Logarithmic scale; × is the ratio to the fastest rival.";
        text(&mut svg, "faint", 20.0, 74.0, explanation);
        scale.draw(&mut svg, TOP, height - BOTTOM);

        let mut y = TOP;
        for op in operations {
            text(&mut svg, "op", 20.0, y + HEADING - 9.0, op);
            y += HEADING;
            for row in self.rows.iter().filter(|row| row.op == op) {
                let class = match (row.ours, row.engine) {
                    (false, _) => "rival",
                    (true, "scalar") => "ours-too",
                    (true, _) => "ours",
                };
                bar(&mut svg, class, y, row, &scale);
                y += STEP;
            }
        }
        svg += "</svg>\n";
        svg
    }
}

/// Powers of ten, from one below the slowest contestant to one above the fastest.
struct Scale {
    low: i32,
    high: i32,
}

impl Scale {
    fn new(rows: &[ReportRow]) -> Self {
        let logs = || rows.iter().map(|row| row.mib_s.log10());
        let low = whole(logs().fold(f64::INFINITY, f64::min).floor());
        let high = whole(logs().fold(f64::NEG_INFINITY, f64::max).ceil());
        // A bar at the very bottom of the scale would have no length.
        Self {
            low: low.saturating_sub(1),
            high: high.max(low.saturating_add(1)),
        }
    }

    fn x(&self, mib_s: f64) -> f64 {
        let share = (mib_s.log10() - f64::from(self.low)) / f64::from(self.high - self.low);
        LEFT + share.clamp(0.0, 1.0) * (RIGHT - LEFT)
    }

    fn draw(&self, svg: &mut String, top: f64, bottom: f64) {
        for power in self.low..=self.high {
            let value = 10_f64.powi(power);
            let x = self.x(value);
            let _ = writeln!(
                svg,
                "<line class=\"line\" x1=\"{x:.1}\" y1=\"{top}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>"
            );
            text(svg, "faint middle", x, bottom + 20.0, &value.to_string());
        }
    }
}

/// The integer that a rounded logarithm is; 0 when there were no rows to take one of.
#[expect(
    clippy::cast_possible_truncation,
    reason = "logarithms of figures that a double holds"
)]
fn whole(log: f64) -> i32 {
    if log.is_finite() { log as i32 } else { 0 }
}

fn bar(svg: &mut String, class: &str, y: f64, row: &ReportRow, scale: &Scale) {
    let end = scale.x(row.mib_s);
    let width = end - LEFT;
    text(svg, "end", LEFT - 8.0, y + BAR - 3.0, row.engine);
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\" \
         rx=\"2\"/>"
    );
    let mut figures = figure(row.mib_s);
    if let Some(ratio) = row.ratio {
        figures += &format!("  ({}×)", figure(ratio));
    }
    text(svg, "", end + 8.0, y + BAR - 3.0, &figures);
}

/// Three digits that count.
fn figure(value: f64) -> String {
    match value {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn text(svg: &mut String, class: &str, x: f64, y: f64, content: &str) {
    let content = escape(content);
    let _ = writeln!(
        svg,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{content}</text>"
    );
}

/// The text with XML's own characters replaced, and without those that XML cannot hold.
fn escape(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .fold(String::new(), |escaped, c| match c {
            '&' => escaped + "&amp;",
            '<' => escaped + "&lt;",
            '>' => escaped + "&gt;",
            '"' => escaped + "&quot;",
            c => {
                let mut escaped = escaped;
                escaped.push(c);
                escaped
            }
        })
}
