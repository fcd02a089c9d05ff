//! Rows as blobs of a transaction, with the proofs that EIP-7594 wants beside them.

use crate::contracts::versioned_hash;
use crate::{Error, Result};
use alloy::eips::eip4844::Blob;
use alloy::eips::eip7594::BlobTransactionSidecarEip7594;
use alloy::primitives::{B256, FixedBytes};
use commitments::Setup;
use types::{Commitment, Row};

/// Most blobs of one transaction (EIP-7594).
pub const MAX_BLOBS: usize = 6;

/// Rows that a transaction carries, proved by this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedRows {
    commitments: Vec<Commitment>,
    sidecar: BlobTransactionSidecarEip7594,
}

impl CarriedRows {
    /// Commits to rows and proves their cells: 1 to [`MAX_BLOBS`]. Some 20 ms a row on a core
    /// with AVX-512 IFMA; not for a reactor's thread.
    ///
    /// # Errors
    /// [`Error::Config`] for none or too many rows.
    pub fn prove(setup: &Setup, rows: &[Row]) -> Result<Self> {
        if rows.is_empty() || rows.len() > MAX_BLOBS {
            return Err(Error::Config {
                what: "blobs of a transaction",
                got: rows.len().to_string(),
                expected: format!("1 to {MAX_BLOBS}"),
            });
        }
        let extended = rows
            .iter()
            .map(|row| setup.extend_with_proofs(row))
            .collect::<Result<Vec<_>, _>>()?;
        let commitments: Vec<Commitment> = extended.iter().map(|row| *row.commitment()).collect();
        let sidecar = BlobTransactionSidecarEip7594::new(
            rows.iter().map(blob).collect(),
            commitments
                .iter()
                .map(|c| FixedBytes(c.to_bytes()))
                .collect(),
            extended
                .iter()
                .flat_map(|row| row.proofs())
                .map(|proof| FixedBytes(proof.to_bytes()))
                .collect(),
        );
        Ok(Self {
            commitments,
            sidecar,
        })
    }

    /// The rows' commitments, in order.
    #[must_use]
    pub fn commitments(&self) -> &[Commitment] {
        &self.commitments
    }

    /// What `blobhash` says of each.
    #[must_use]
    pub fn versioned_hashes(&self) -> Vec<B256> {
        self.commitments.iter().map(versioned_hash).collect()
    }

    /// The sidecar.
    #[must_use]
    pub const fn sidecar(&self) -> &BlobTransactionSidecarEip7594 {
        &self.sidecar
    }
}

fn blob(row: &Row) -> Blob {
    Blob::from(*row.as_bytes())
}
