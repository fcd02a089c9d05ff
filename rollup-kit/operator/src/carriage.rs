//! Whether rows off L1 go to the DA network, or into L1's blobs. Pure.
//!
//! A batch whose certificate does not come in time goes by L1: the contracts take the second row as
//! the transaction's second blob just as well. It is the same batch, proved anew, since a row is
//! opened at a point that its carriage decides. From then on batches go by L1 from the start, and
//! the row that was not certified is asked for again after a pause, which doubles. Once it is
//! certified, the network is used again.

use crate::plan::{Carriage, OffRow, OnRow};
use serde::{Deserialize, Serialize};
use settlement::{BatchNumber, L1Time};
use types::BlobId;

/// How long to wait for the DA network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Patience {
    /// Seconds from a batch's sealing to its certificate.
    pub certificate: u64,
    /// Seconds from the first failure to asking again.
    pub first_pause: u64,
    /// Seconds that the pause grows to.
    pub longest_pause: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            certificate: 120,
            first_pause: 60,
            longest_pause: 3600,
        }
    }
}

/// What the operator holds of the DA network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// It certifies.
    Works,
    /// It did not certify in time.
    Fails {
        /// The row that it did not certify: asked for again.
        blob: BlobId,
        /// When next.
        again_at: L1Time,
        /// Seconds to the time after that.
        pause: u64,
    },
}

/// Decides.
#[derive(Debug, Clone, Copy)]
pub struct Carrier {
    patience: Patience,
    /// Whether anybody could read again what goes into L1's blobs.
    blobs: bool,
    network: Network,
}

impl Carrier {
    /// Begins with the network.
    #[must_use]
    pub const fn new(patience: Patience) -> Self {
        Self {
            patience,
            blobs: true,
            network: Network::Works,
        }
    }

    /// Uses L1's blobs, or never: then rows go by calldata and the network, and what the network
    /// does not certify waits for it.
    #[must_use]
    pub const fn with_blobs(self, blobs: bool) -> Self {
        Self { blobs, ..self }
    }

    /// Whether rows may go into L1's blobs.
    #[must_use]
    pub const fn has_blobs(&self) -> bool {
        self.blobs
    }

    /// What it holds of the network.
    #[must_use]
    pub const fn network(&self) -> Network {
        self.network
    }

    /// Where the rows of the next batch go; `on` for the row of the tree on L1.
    #[must_use]
    pub const fn carriage(&self, on: OnRow) -> Carriage {
        let on = if self.blobs { on } else { OnRow::Calldata };
        match self.network {
            Network::Works => Carriage {
                on,
                off: OffRow::Network,
            },
            Network::Fails { .. } => Carriage {
                on,
                off: OffRow::Blob,
            },
        }
    }

    /// Whether a batch sealed then, which has no certificate, waits no longer.
    #[must_use]
    pub const fn is_late(&self, sealed_at: L1Time, now: L1Time) -> bool {
        now.since(sealed_at) >= self.patience.certificate
    }

    /// A certificate did not come in time, or L1 does not take it.
    pub fn failed(&mut self, number: BatchNumber, blob: BlobId, now: L1Time) {
        if self.network == Network::Works && self.blobs {
            tracing::warn!(%number, %blob, "no certificate that L1 takes: rows go by L1");
            let pause = self.patience.first_pause.max(1);
            self.network = Network::Fails {
                blob,
                again_at: now.plus(pause),
                pause,
            };
        }
    }

    /// The row to ask for now, if the network failed. Asking moves the next time on.
    pub fn probe(&mut self, now: L1Time) -> Option<BlobId> {
        let Network::Fails {
            blob,
            again_at,
            pause,
        } = self.network
        else {
            return None;
        };
        if now < again_at {
            return None;
        }
        let pause = pause
            .saturating_mul(2)
            .min(self.patience.longest_pause.max(1));
        self.network = Network::Fails {
            blob,
            again_at: now.plus(pause),
            pause,
        };
        Some(blob)
    }

    /// The network has certified a row.
    pub fn certified(&mut self) {
        if self.network != Network::Works {
            tracing::info!("the DA network certifies again");
        }
        self.network = Network::Works;
    }
}

/// Where the row of the tree on L1 is cheaper: per gas and per blob gas, for so many operations.
///
/// Two words of an operation are taken for 40 gas a byte (EIP-7623), half of the bytes being zero.
/// A blob takes 131,072 blob gas and the opening of a point. Calldata has it unless a blob costs a
/// quarter less, so that the choice does not flutter.
#[must_use]
pub fn on_row(
    base_fee: settlement::Wei,
    blob_base_fee: settlement::Wei,
    operations: usize,
) -> OnRow {
    const CALLDATA_GAS: u128 = 64 * 25;
    const OPENING_GAS: u128 = 65_000;
    const BLOB_GAS: u128 = 131_072;
    let calldata = base_fee.times(CALLDATA_GAS * operations as u128);
    let blob = base_fee.times(OPENING_GAS) + blob_base_fee.times(BLOB_GAS);
    if blob < calldata.percent(75) {
        OnRow::Blob
    } else {
        OnRow::Calldata
    }
}

#[cfg(test)]
mod tests;
