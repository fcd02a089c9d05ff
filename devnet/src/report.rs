//! What became of a blob, and whether it is what had to come out.

use light_node::BlockVerdict;
use light_node::core::Verdict;
use serde::Serialize;
use types::{BlobId, Height};

/// What one light node said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LightReport {
    /// The verdict.
    pub verdict: Verdict,
    /// Distinct cells that were to be sampled.
    pub samples: usize,
    /// Full nodes that were asked.
    pub peers: usize,
    /// The chance to be fooled.
    pub miss_probability: f64,
    /// Application bytes received while sampling, at the last attempt.
    pub bytes_received: u64,
    /// Milliseconds from the header to the verdict, at the last attempt.
    pub ms: u64,
    /// How often it sampled the block: more than once where it could not decide at first.
    pub attempts: u32,
}

impl LightReport {
    /// What is told of a verdict that took so many attempts.
    pub(crate) fn new(verdict: &BlockVerdict, attempts: u32) -> Self {
        Self {
            verdict: verdict.verdict,
            samples: verdict.figures.samples,
            peers: verdict.figures.peers,
            miss_probability: verdict.miss_probability,
            bytes_received: verdict.bytes_received,
            ms: verdict.ms,
            attempts,
        }
    }
}

/// What became of the blob.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Its identity.
    pub blob_id: BlobId,
    /// The block that orders it.
    pub height: Height,
    /// Its rows.
    pub rows: u32,
    /// Milliseconds from the first byte to a verified certificate.
    pub submit_to_certificate_ms: u64,
    /// The weight behind the certificate.
    pub signed_weight: u64,
    /// The weight of all.
    pub total_weight: u64,
    /// The node that it was posted to.
    pub post_node: usize,
    /// The node that it was fetched from: another one, if there is one.
    pub get_node: usize,
    /// Whether it came back byte for byte.
    pub round_trip: bool,
    /// What each light node said of the block.
    pub light: Vec<LightReport>,
}

/// What has to come out of a round, given the faults that the network was told to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// Nothing is withheld: everybody finds the block available.
    Available,
    /// So little is withheld that light nodes may find it or not; nobody may be undecided.
    Judged,
    /// So much is withheld that nobody may find the block available.
    Unavailable,
}

impl Expectation {
    /// From this fraction on, a sampler with the default confidence misses the withholding
    /// once in a thousand times at most; an attacker needs about a quarter to stop recovery.
    pub const CLEARLY_WITHHELD: f64 = 0.3;

    /// What a network that withholds this fraction of its cells must be judged as.
    #[must_use]
    pub fn of(withhold: Option<f64>) -> Self {
        match withhold {
            None => Self::Available,
            Some(fraction) if fraction <= 0.0 => Self::Available,
            Some(fraction) if fraction < Self::CLEARLY_WITHHELD => Self::Judged,
            Some(_) => Self::Unavailable,
        }
    }

    /// What in the report is not as it has to be, in words; nothing when all is.
    #[must_use]
    pub fn faults(self, report: &Report) -> Vec<String> {
        let mut faults = Vec::new();
        if self != Self::Unavailable && !report.round_trip {
            faults.push(format!(
                "node {} did not return the bytes posted",
                report.get_node
            ));
        }
        for (light, judged) in report.light.iter().enumerate() {
            let (fits, expected) = match self {
                Self::Available => (judged.verdict == Verdict::Available, "available"),
                Self::Judged => (judged.verdict != Verdict::Undecided, "not undecided"),
                Self::Unavailable => (judged.verdict == Verdict::Unavailable, "unavailable"),
            };
            if !fits {
                let got = judged.verdict;
                faults.push(format!(
                    "light node {light}: got {got}, expected {expected}"
                ));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests;
