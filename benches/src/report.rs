//! What a comparison found, as JSON, as a table, and as a chart.

mod chart;
mod table;

use serde::Serialize;

use crate::Samples;

const MIB: f64 = (1 << 20) as f64;

/// Timings of one operation by one contestant.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// The operation's name.
    pub op: &'static str,
    /// The contestant's name.
    pub engine: &'static str,
    /// Whether it is ours; otherwise it is a rival.
    pub ours: bool,
    /// The timings of one unit.
    pub samples: Samples,
    /// What a unit is.
    pub unit: String,
    /// Bytes of data of a unit, before any extension.
    pub bytes: usize,
    /// Units that one call was given.
    pub units_per_call: usize,
    /// Bytes of the tables made of the ceremony's points; none where there is no such thing.
    pub table_bytes: Option<usize>,
}

/// A contestant that could not take part, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its name.
    pub engine: &'static str,
    /// What it says.
    pub reason: String,
}

/// Everything that a comparison found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The processor.
    pub cpu: String,
    /// Threads that every contestant used.
    pub threads: usize,
    /// Whether the figures are rough.
    pub quick: bool,
    /// A row for each operation and contestant.
    pub rows: Vec<ReportRow>,
    /// Those who could not take part.
    pub left_out: Vec<LeftOut>,
}

/// One operation by one contestant.
#[derive(Clone, Debug, Serialize)]
pub struct ReportRow {
    /// The operation.
    pub op: &'static str,
    /// The contestant.
    pub engine: &'static str,
    /// Whether it is ours; otherwise it is a rival.
    pub ours: bool,
    /// The shortest timing of a unit, in milliseconds.
    pub min_ms: f64,
    /// The one in the middle.
    pub median_ms: f64,
    /// MiB of data per second, by the shortest timing.
    pub mib_s: f64,
    /// The fastest rival at the same operation; none for a rival itself.
    pub rival: Option<&'static str>,
    /// That rival's shortest timing divided by this one's; none for a rival itself.
    pub ratio: Option<f64>,
    /// MiB of tables.
    pub table_mib: Option<f64>,
    /// What the timings are of.
    pub unit: String,
    /// Units that one call was given.
    pub units_per_call: usize,
    /// How many timings there are.
    pub samples: usize,
}

impl Report {
    /// Sets ours against the fastest rival of each operation. A measurement without timings says
    /// nothing and is left away.
    #[must_use]
    pub fn new(
        cpu: String,
        threads: usize,
        quick: bool,
        measurements: &[Measurement],
        left_out: Vec<LeftOut>,
    ) -> Self {
        let best_rival = |op| {
            measurements
                .iter()
                .filter(|other| other.op == op && !other.ours)
                .filter_map(|other| Some((other.samples.min()?, other.engine)))
                .min()
        };
        let rows = measurements
            .iter()
            .filter_map(|measured| {
                let min = measured.samples.min()?;
                let rival = best_rival(measured.op).filter(|_| measured.ours);
                Some(ReportRow {
                    op: measured.op,
                    engine: measured.engine,
                    ours: measured.ours,
                    min_ms: min.as_secs_f64() * 1e3,
                    median_ms: measured.samples.median()?.as_secs_f64() * 1e3,
                    mib_s: float(measured.bytes) / MIB / min.as_secs_f64(),
                    rival: rival.map(|(_, engine)| engine),
                    ratio: rival.map(|(time, _)| time.as_secs_f64() / min.as_secs_f64()),
                    table_mib: measured.table_bytes.map(|bytes| float(bytes) / MIB),
                    unit: measured.unit.clone(),
                    units_per_call: measured.units_per_call,
                    samples: measured.samples.count(),
                })
            })
            .collect();
        Self {
            cpu,
            threads,
            quick,
            rows,
            left_out,
        }
    }

    /// The report as JSON text.
    ///
    /// # Errors
    /// [`serde_json::Error`] when a figure is no number; none is expected.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The names of the operations, in the order of the rows.
    fn operations(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for row in &self.rows {
            if !names.contains(&row.op) {
                names.push(row.op);
            }
        }
        names
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes far below 2^53")]
fn float(size: usize) -> f64 {
    size as f64
}
