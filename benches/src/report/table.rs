//! The report for a terminal.

use super::{Report, ReportRow};

const HEADINGS: [&str; 7] = [
    "op",
    "engine",
    "min ms",
    "median ms",
    "MiB/s",
    "ratio",
    "unit",
];
/// Columns of words; the others are of numbers, and stand to the right.
const WORDS: [usize; 3] = [0, 1, 6];

impl Report {
    /// The report as a table, with the fastest rival behind the ratio to it.
    #[must_use]
    pub fn table(&self) -> String {
        let mut lines = vec![HEADINGS.map(str::to_owned)];
        lines.extend(self.rows.iter().map(cells));
        let widths: Vec<usize> = (0..HEADINGS.len())
            .map(|c| {
                let widths = lines.iter().map(|line| line[c].chars().count());
                widths.max().unwrap_or_default()
            })
            .collect();

        let mut text = format!("{}, threads: {}\n", self.cpu, self.threads);
        let mut op = HEADINGS[0];
        for line in &lines {
            if line[0] != op {
                text.push('\n');
            }
            for (c, (cell, width)) in line.iter().zip(&widths).enumerate() {
                let width = *width;
                text += &if WORDS.contains(&c) {
                    format!("{cell:<width$}  ")
                } else {
                    format!("{cell:>width$}  ")
                };
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
            op = &line[0];
        }
        for left_out in &self.left_out {
            text += &format!("{} is left out: {}\n", left_out.engine, left_out.reason);
        }
        text
    }
}

fn cells(row: &ReportRow) -> [String; HEADINGS.len()] {
    let ratio = match (row.ratio, row.rival) {
        (Some(ratio), Some(rival)) => format!("{ratio:.2} × {rival}"),
        _ => "-".to_owned(),
    };
    [
        row.op.to_owned(),
        row.engine.to_owned(),
        format!("{:.3}", row.min_ms),
        format!("{:.3}", row.median_ms),
        format!("{:.2}", row.mib_s),
        ratio,
        row.unit.clone(),
    ]
}
