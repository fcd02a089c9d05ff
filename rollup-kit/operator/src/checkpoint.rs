//! The full state, posted and proved: what escapes need when data is withheld.
//!
//! A checkpoint is due every seven days; L1 takes no data off L1 without one younger than ten
//! (`Batches.sol`, `CHECKPOINT_AGE`). Its blob is `number u64 ‖ state`, big-endian, the state as
//! [`ledger::State::to_bytes`] has it, packed; the number keeps two checkpoints of one state apart,
//! since L1 takes a blob once.
//!
//! No circuit proves checkpoints yet: they are attested, FOR DEVELOPMENT.

use crate::prover::Attested;
use crate::submission::{Site, abi_roots};
use crate::{Error, Result};
use alloy::primitives::U256;
use chain::UnverifiedAvailability;
use commitments::Setup;
use derivation::exits::holdings;
use ledger::{Fr, State, Tree};
use settlement::batch::{CertifiedRows, Place, checkpoint};
use settlement::contracts::abi;
use settlement::exits::ExitTree;
use settlement::transaction::Call;
use settlement::{BatchNumber, L1Time};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use types::{BlobId, BlobMeta, BlobMode, Row};

/// Seconds after which the next one is due.
pub const DUE: u64 = 7 * 24 * 60 * 60;

/// Whether one is due, the last one being of this time.
#[must_use]
pub const fn is_due(last: L1Time, now: L1Time) -> bool {
    now.since(last) >= DUE
}

/// A state as a blob.
#[derive(Debug, Clone)]
pub struct StateBlob {
    number: BatchNumber,
    state: Arc<State>,
    payload: Vec<u8>,
    meta: BlobMeta,
    rows: Vec<Row>,
}

impl StateBlob {
    /// The checkpoint of this number: the state after the batch before it. Seconds for a million
    /// accounts; not for a reactor's thread.
    ///
    /// # Errors
    /// [`Error::Noun`] for a state that no blob holds, [`Error::Commitments`].
    pub fn new(setup: &Setup, site: &Site, number: BatchNumber, state: Arc<State>) -> Result<Self> {
        let mut payload = number.get().to_be_bytes().to_vec();
        payload.extend(state.to_bytes());
        let (length, rows) = erasure::payload_to_rows(BlobMode::Packed, &payload)?;
        let commitments = rows.iter().map(|row| setup.commit(row));
        let commitments = commitments.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            number,
            state,
            payload,
            meta: BlobMeta::new(site.namespace, length, commitments)?,
            rows,
        })
    }

    /// The number and the state of a checkpoint's payload. Whoever knows the roots compares them.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::Ledger`] for what is none.
    pub fn read(domain: ledger::RollupDomain, payload: &[u8]) -> Result<(BatchNumber, State)> {
        let (number, state) = payload.split_first_chunk().ok_or(Error::Malformed {
            what: "a checkpoint",
        })?;
        let number = BatchNumber::new(u64::from_be_bytes(*number));
        Ok((number, State::from_bytes(domain, state)?))
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> BlobId {
        self.meta.id()
    }

    /// Its description.
    #[must_use]
    pub const fn meta(&self) -> &BlobMeta {
        &self.meta
    }

    /// Its bytes.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The call that settles it.
    ///
    /// # Errors
    /// [`Error::Settlement`] when L1 does not answer, or refuses the openings.
    pub async fn call(
        self: Arc<Self>,
        setup: &'static Setup,
        site: Site,
        certificate: UnverifiedAvailability,
        attested: &Attested,
    ) -> Result<Call> {
        let of = Arc::clone(&self);
        let drafted = tokio::task::spawn_blocking(move || of.draft(setup, &site, certificate));
        let mut drafted = drafted.await??;
        let roots = abi_roots(self.state.roots());
        let place = Place {
            l1_chain: site.l1_chain,
            rollup: site.rollup,
            number: self.number.get(),
            digest: drafted.digest,
            prior: &roots,
            next: &roots,
        };
        let rows = self.meta.rows();
        attested
            .attest_checkpoint(&place, &mut drafted, rows)
            .await?;
        let call = abi::Rollup::submitCheckpointCall {
            checkpoint: drafted,
        };
        Ok(Call::of(site.rollup, &call))
    }

    fn draft(
        &self,
        setup: &Setup,
        site: &Site,
        certificate: UnverifiedAvailability,
    ) -> Result<abi::Checkpoint> {
        let roots = abi_roots(self.state.roots());
        let place = Place {
            l1_chain: site.l1_chain,
            rollup: site.rollup,
            number: self.number.get(),
            digest: digest(&self.payload),
            prior: &roots,
            next: &roots,
        };
        let [on, off] = Tree::BOTH.map(|tree| ExitTree::new(&holdings(&self.state, tree)).root());
        let da = CertifiedRows {
            meta: self.meta.clone(),
            certificate,
            rows: self.rows.clone(),
        };
        Ok(checkpoint(setup, &place, (on, off), &da)?)
    }
}

/// What stands where a circuit's digest of the state will: SHA-256 as a scalar.
fn digest(payload: &[u8]) -> U256 {
    let mut hash: [u8; 32] = Sha256::digest(payload).into();
    // Below the field's order, whatever the rest is.
    hash[0] &= 0x3f;
    crate::submission::word(ledger::scalar_from_bytes(&hash).unwrap_or_else(|_| Fr::from(0u64)))
}

#[cfg(test)]
mod tests;
