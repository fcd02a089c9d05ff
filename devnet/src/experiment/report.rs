//! What an experiment found, and whether it is as predicted.

use super::Shape;
use super::binomial::acceptance;
use light_node::core::hypergeometric_miss;
use serde::Serialize;

/// How often a sound network may be found outside the bounds.
const ALPHA: f64 = 0.001;

/// How often light nodes raised the alarm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Alarms {
    /// Samples of each.
    pub samples: u32,
    /// The probability that one of them raises it.
    pub predicted: f64,
    /// The part of them that did.
    pub observed: f64,
    /// The least part that is no surprise: 99.9 %, both sides together.
    pub low: f64,
    /// The most.
    pub high: f64,
}

impl Alarms {
    /// What `alarms` of `light` nodes mean when `withheld` of `cells` are refused.
    #[must_use]
    pub fn new(cells: u32, withheld: u32, samples: u32, light: u32, alarms: u32) -> Self {
        let samples = samples.min(cells);
        let predicted = 1.0 - hypergeometric_miss(cells, withheld, samples);
        let (low, high) = acceptance(light, predicted, ALPHA);
        let rate = |count| f64::from(count) / f64::from(light);
        Self {
            samples,
            predicted,
            observed: rate(alarms),
            low: rate(low),
            high: rate(high),
        }
    }

    /// Whether the rate is within its bounds.
    #[must_use]
    pub fn holds(&self) -> bool {
        (self.low..=self.high).contains(&self.observed)
    }
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExperimentReport {
    /// What was withheld.
    pub shape: Shape,
    /// Rows of data.
    pub rows: u32,
    /// Cells withheld.
    pub withheld: u32,
    /// Whether what was served recovers the block: by peeling, and its bytes were recovered.
    pub recoverable: bool,
    /// Light nodes for each number of samples.
    pub light: u32,
    /// What decided cells and plans.
    pub seed: u64,
    /// For each number of samples.
    pub results: Vec<Alarms>,
}

impl ExperimentReport {
    /// What is not as theory has it, in words; nothing when all is.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let expected = self.shape.is_recoverable();
        if self.recoverable != expected {
            let got = self.recoverable;
            faults.push(format!("recoverable: got {got}, expected {expected}"));
        }
        faults.extend(self.results.iter().filter(|r| !r.holds()).map(|r| {
            format!(
                "alarms at {} samples: got {}, expected {} to {}",
                r.samples, r.observed, r.low, r.high
            )
        }));
        faults
    }
}
