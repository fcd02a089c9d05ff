//! What was counted.

use super::ProcessReport;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SoakReport {
    /// How long it ran under load and faults.
    pub seconds: u64,
    /// What it was drawn from.
    pub seed: u64,
    /// Submissions begun.
    pub posted: u64,
    /// Blobs that at least one node acknowledged.
    pub acknowledged: usize,
    /// Those that have a certificate in the end.
    pub certified: usize,
    /// Those that are in a final block in the end.
    pub r#final: usize,
    /// Those that are not what was acknowledged.
    pub lost: usize,
    /// Blobs that more than one place in the chain orders.
    pub ordered_twice: usize,
    /// Heights with more than one header.
    pub forks: usize,
    /// The chain's last height.
    pub heights: u64,
    /// Blobs read back meanwhile.
    pub reads: u64,
    /// Attempts that a node did not answer; some nodes were away.
    pub reads_failed: u64,
    /// Blobs read back meanwhile as other bytes.
    pub reads_mismatched: usize,
    /// Connections that strangers opened and used for nothing.
    pub connections: u64,
    /// How often a validator had which fault.
    pub faults: BTreeMap<&'static str, u32>,
    /// What light nodes found, by verdict. At most one validator withholds at a time, so that
    /// nothing was ever unavailable.
    pub verdicts: BTreeMap<String, u64>,
    /// Every process, and whether it kept its shape.
    pub processes: Vec<ProcessReport>,
    /// Whether all of them did.
    pub flat: bool,
    /// Milliseconds in all.
    pub ms: u64,
}

impl SoakReport {
    /// Whether blobs came through, none was lost, the chain is one, no light node was misled, and
    /// every process kept its shape.
    #[must_use]
    pub fn held(&self) -> bool {
        self.acknowledged > 0
            && self.lost == 0
            && self.reads_mismatched == 0
            && self.ordered_twice == 0
            && self.forks == 0
            && self
                .verdicts
                .get("unavailable")
                .is_none_or(|count| *count == 0)
            && self.flat
    }
}
