//! The full state, posted and proved: what escapes need when data is withheld.
//!
//! A checkpoint is due every seven days; L1 takes no data off L1 without one younger than ten
//! (`Batches.sol`, `CHECKPOINT_AGE`). It has one of two forms, both with the checkpoint's number,
//! which keeps two of one state apart, since L1 takes a blob once:
//!
//! * a row of elements as [`ledger::checkpoint`] has them, which a circuit proves, of a state that
//!   is small enough;
//! * the packed form of [`derivation::checkpoint`]: of any state, and attested, FOR DEVELOPMENT.

use crate::prover::{Attested, Vouching};
use crate::submission::{Site, abi_roots, word};
use crate::{Error, Result};
use alloy::primitives::{B256, U256};
use chain::UnverifiedAvailability;
use commitments::Setup;
use derivation::exits::holdings;
use ledger::{Fr, State, Tree, scalar_bytes};
use settlement::batch::{CertifiedRows, Place, checkpoint};
use settlement::contracts::abi;
use settlement::exits::ExitTree;
use settlement::transaction::Call;
use settlement::{BatchNumber, L1Time};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use types::{BlobId, BlobMeta, BlobMode, Row};
use validity::{Checkpoint, CheckpointSize, CheckpointStatement, CheckpointTerms};

/// Seconds after which the next one is due.
pub const DUE: u64 = 7 * 24 * 60 * 60;

/// Seconds after which L1 takes no row off L1 (`Batches.sol`, `CHECKPOINT_AGE`).
pub const TOO_OLD: u64 = 10 * 24 * 60 * 60;

/// Seconds that a batch has from its sealing to L1: nothing is begun that L1 will refuse.
const ON_THE_WAY: u64 = 60 * 60;

/// Whether rows had better not go off L1, the last one being of this time.
#[must_use]
pub const fn is_too_old(last: L1Time, now: L1Time) -> bool {
    now.since(last) >= TOO_OLD - ON_THE_WAY
}

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
    /// What is proved of it; none where it is attested.
    proved: Option<Checkpoint>,
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
        let payload = derivation::checkpoint::pack(number, &state);
        Self::of(
            setup,
            site,
            (number, state),
            BlobMode::Packed,
            payload,
            None,
        )
    }

    /// The same as a row that a circuit proves.
    ///
    /// # Errors
    /// [`Error::Validity`] for a state that no circuit of this size proves, [`Error::Noun`],
    /// [`Error::Commitments`].
    pub fn proved(
        setup: &Setup,
        site: &Site,
        number: BatchNumber,
        state: Arc<State>,
        size: CheckpointSize,
    ) -> Result<Self> {
        let proved = Checkpoint::new(&state, validity::BatchNumber::new(number.get()), size)?;
        let payload = proved.row().iter().flat_map(|e| scalar_bytes(*e)).collect();
        let proved = Some(proved);
        Self::of(setup, site, (number, state), BlobMode::Raw, payload, proved)
    }

    fn of(
        setup: &Setup,
        site: &Site,
        (number, state): (BatchNumber, Arc<State>),
        mode: BlobMode,
        payload: Vec<u8>,
        proved: Option<Checkpoint>,
    ) -> Result<Self> {
        let (length, rows) = erasure::payload_to_rows(mode, &payload)?;
        let commitments = rows.iter().map(|row| setup.commit(row));
        let commitments = commitments.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            number,
            state,
            proved,
            payload,
            meta: BlobMeta::new(site.namespace, length, commitments)?,
            rows,
        })
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
    /// [`Error::Settlement`] when L1 does not answer, or refuses the openings; [`Error::Validity`]
    /// when nothing is proved.
    pub async fn call(
        self: Arc<Self>,
        setup: &'static Setup,
        site: Site,
        certificate: UnverifiedAvailability,
        vouching: &Vouching,
    ) -> Result<Call> {
        let of = Arc::clone(&self);
        let drafted = tokio::task::spawn_blocking(move || of.draft(setup, &site, certificate));
        let mut drafted = drafted.await??;
        match vouching {
            Vouching::Attested(attested) => self.attest(&site, attested, &mut drafted).await?,
            Vouching::Proved(prover) => {
                let statement = self.statement(&site)?;
                let proof = prover.prove(self, statement).await?;
                drafted.proof = proof.into();
            }
        }
        let call = abi::Rollup::submitCheckpointCall {
            checkpoint: drafted,
        };
        Ok(Call::of(site.rollup, &call))
    }

    async fn attest(
        &self,
        site: &Site,
        attested: &Attested,
        drafted: &mut abi::Checkpoint,
    ) -> Result<()> {
        let roots = abi_roots(self.state.roots());
        let place = self.place(site, drafted.digest, &roots);
        let rows = self.meta.rows();
        attested.attest_checkpoint(&place, drafted, rows).await
    }

    fn place<'a>(&self, site: &Site, digest: U256, roots: &'a abi::Roots) -> Place<'a> {
        Place {
            l1_chain: site.l1_chain,
            rollup: site.rollup,
            number: self.number.get(),
            digest,
            prior: roots,
            next: roots,
        }
    }

    /// What is proved; none of a checkpoint that is attested.
    #[must_use]
    pub const fn provable(&self) -> Option<&Checkpoint> {
        self.proved.as_ref()
    }

    /// What L1 will know of a checkpoint that is proved.
    ///
    /// # Errors
    /// [`Error::Malformed`] for one that is attested, [`Error::Validity`].
    pub fn statement(&self, site: &Site) -> Result<CheckpointStatement> {
        let malformed = Error::Malformed {
            what: "a checkpoint to prove",
        };
        let (Some(proved), [row]) = (&self.proved, self.meta.commitments()) else {
            return Err(malformed);
        };
        let terms = CheckpointTerms {
            chain_id: site.l1_chain,
            contract: ledger::Address::new(site.rollup.into_array()),
            row: *row,
        };
        Ok(CheckpointStatement::new(proved, &terms)?)
    }

    fn draft(
        &self,
        setup: &Setup,
        site: &Site,
        certificate: UnverifiedAvailability,
    ) -> Result<abi::Checkpoint> {
        let roots = abi_roots(self.state.roots());
        // The circuit knows no roots over what accounts hold.
        let (digest, exits) = match &self.proved {
            Some(proved) => (word(proved.digest()), [B256::ZERO; 2]),
            None => (
                digest(&self.payload),
                Tree::BOTH.map(|tree| ExitTree::new(&holdings(&self.state, tree)).root()),
            ),
        };
        let da = CertifiedRows {
            meta: self.meta.clone(),
            certificate,
            rows: self.rows.clone(),
        };
        let place = self.place(site, digest, &roots);
        Ok(checkpoint(setup, &place, (exits[0], exits[1]), &da)?)
    }
}

/// What stands where a circuit's digest of the state will: SHA-256 as a scalar.
fn digest(payload: &[u8]) -> U256 {
    let mut hash: [u8; 32] = Sha256::digest(payload).into();
    // Below the field's order, whatever the rest is.
    hash[0] &= 0x3f;
    word(ledger::scalar_from_bytes(&hash).unwrap_or_else(|_| Fr::from(0u64)))
}

#[cfg(test)]
mod tests;
