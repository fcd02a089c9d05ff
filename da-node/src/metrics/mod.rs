//! What an operator can look at: counters, gauges and timings in Prometheus's format.
//!
//! Every node has a registry of its own, so that several in one process do not mix. What
//! happens is counted where it happens; what stands is read when somebody asks.

pub mod names;
mod sample;
mod server;

pub(crate) use sample::folder_bytes;
pub(crate) use server::serve;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use names::{Kind, Metric};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const METADATA: Metadata<'_> = Metadata::new("assay", Level::INFO, None);
/// The queues whose depth is told.
const QUEUES: &[&str] = &["submissions", "peer_requests", "parity"];
/// The folders of a node's data whose size is told.
const FOLDERS: &[&str] = &["store", "consensus"];

/// A stage of a blob's or a block's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// From a whole payload to its acknowledgement.
    Accept,
    /// Bytes to rows with commitments.
    Encode,
    /// Rows to cells with proofs, stored.
    Prove,
    /// One validator's columns, until it has signed for them.
    Disperse,
    /// Another's columns verified, stored and signed for.
    Receipt,
    /// From the acknowledgement to a certificate.
    Certificate,
    /// From the acceptance of a blob to the block that orders it, stored.
    Order,
    /// Storing a final block.
    Finality,
    /// Answering a peer or a light node.
    Serve,
    /// One attempt to complete the custody of a blob.
    Pull,
    /// One look for blobs whose retention is over.
    Prune,
}

impl Stage {
    /// Their names, in the order of the variants.
    pub(crate) const NAMES: &[&str] = &[
        "accept",
        "encode",
        "prove",
        "disperse",
        "receipt",
        "certificate",
        "order",
        "finality",
        "serve",
        "pull",
        "prune",
    ];

    const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// The numbers of one node.
pub(crate) struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    data_dir: PathBuf,
}

impl Metrics {
    /// Every metric at 0, for a node whose data lies there.
    pub(crate) fn new(data_dir: &Path) -> Self {
        let builder = PrometheusBuilder::new();
        let recorder = match builder.set_buckets(&names::SECONDS) {
            Ok(builder) => builder.build_recorder(),
            // Only an empty list of bounds is refused.
            Err(_) => PrometheusBuilder::new().build_recorder(),
        };
        let metrics = Self {
            handle: recorder.handle(),
            recorder,
            data_dir: data_dir.into(),
        };
        for metric in names::ALL {
            metrics.describe(metric);
        }
        metrics
    }

    /// Names a metric, and shows it from the start where its labels are known.
    fn describe(&self, metric: &Metric) {
        let name = KeyName::from_const_str(metric.name);
        let (unit, help) = (Some(metric.unit), metric.help.into());
        let each: Vec<Vec<&str>> = metric.labels.iter().fold(vec![Vec::new()], |all, label| {
            let with = |values: &Vec<&'static str>| {
                let values = values.clone();
                label.values.iter().map(move |value| {
                    let mut values = values.clone();
                    values.push(value);
                    values
                })
            };
            all.iter().flat_map(with).collect()
        });
        match metric.kind {
            Kind::Counter => self.recorder.describe_counter(name, unit, help),
            Kind::Gauge => self.recorder.describe_gauge(name, unit, help),
            Kind::Histogram => self.recorder.describe_histogram(name, unit, help),
        }
        for values in each {
            match metric.kind {
                Kind::Counter => self.counter(metric, &values).increment(0),
                Kind::Gauge => self.gauge(metric, &values).set(0.0),
                // It is shown from its first value on.
                Kind::Histogram => drop(self.histogram(metric, &values)),
            }
        }
    }

    fn counter(&self, metric: &Metric, values: &[&str]) -> Counter {
        self.recorder
            .register_counter(&key(metric, values), &METADATA)
    }

    fn gauge(&self, metric: &Metric, values: &[&str]) -> Gauge {
        self.recorder
            .register_gauge(&key(metric, values), &METADATA)
    }

    fn histogram(&self, metric: &Metric, values: &[&str]) -> Histogram {
        self.recorder
            .register_histogram(&key(metric, values), &METADATA)
    }

    /// A counter to be kept where it is counted often.
    pub(crate) fn counting(&self, metric: &Metric, values: &[&str]) -> Counter {
        self.counter(metric, values)
    }

    /// Adds to a counter. `values` are those of its labels, in their order.
    pub(crate) fn count(&self, metric: &Metric, values: &[&str], by: u64) {
        self.counter(metric, values).increment(by);
    }

    /// Sets a gauge.
    pub(crate) fn set(&self, metric: &Metric, values: &[&str], to: f64) {
        self.gauge(metric, values).set(to);
    }

    /// Adds a duration to a histogram.
    pub(crate) fn record(&self, metric: &Metric, values: &[&str], took: Duration) {
        self.histogram(metric, values).record(took);
    }

    /// Adds a duration to a stage.
    pub(crate) fn took(&self, stage: Stage, took: Duration) {
        self.record(&names::STAGE_SECONDS, &[stage.name()], took);
    }

    /// Times a stage until the timer is dropped.
    pub(crate) fn time(&self, stage: Stage) -> Timer {
        Timer {
            histogram: self.histogram(&names::STAGE_SECONDS, &[stage.name()]),
            started: Instant::now(),
        }
    }

    /// Takes in the values of histograms, which would pile up while nobody asks for them.
    pub(crate) fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// Everything as it stands, in Prometheus's text format.
    pub(crate) fn render(&self) -> String {
        self.handle.render()
    }
}

fn key(metric: &Metric, values: &[&str]) -> Key {
    debug_assert_eq!(metric.labels.len(), values.len(), "{}", metric.name);
    let labels = metric.labels.iter().zip(values);
    let labels: Vec<Label> = labels
        .map(|(label, value)| Label::new(label.key, (*value).to_owned()))
        .collect();
    Key::from_parts(metric.name, labels)
}

/// A stage that is under way.
pub(crate) struct Timer {
    histogram: Histogram,
    started: Instant,
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.histogram.record(self.started.elapsed());
    }
}

#[cfg(test)]
mod tests;
