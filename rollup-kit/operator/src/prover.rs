//! Whoever proves batches.

use crate::checkpoint::StateBlob;
use crate::plan::SealedBatch;
use crate::{Error, Result};
use alloy::primitives::U256;
use settlement::batch::{Attestors, Place};
use settlement::client::L1Client;
use settlement::contracts::abi;
use settlement::deploy::Deployment;
use std::future::Future;
use std::sync::Arc;
use tokio::sync::Semaphore;
use validity::{CheckpointSize, CheckpointStatement, Keys, Statement, solidity};

/// Proves that a batch follows the rules, as L1's verifier takes it.
pub trait Prover: Send + Sync + 'static {
    /// Proves a batch. Several may be asked for at once.
    ///
    /// # Errors
    /// When the batch does not follow the rules, or this machine cannot compute.
    fn prove(
        &self,
        batch: Arc<SealedBatch>,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<u8>>> + Send;
}

/// Groth16, on this machine.
#[derive(Debug)]
pub struct Groth16 {
    keys: Arc<Keys>,
    place: u8,
    slots: Semaphore,
}

impl Groth16 {
    /// Proves with these keys, which have this place in the verifier's contract; so many proofs at
    /// once. Each takes all threads for most of its time, and the memory of its size.
    #[must_use]
    pub fn new(keys: Keys, place: u8, at_once: usize) -> Self {
        Self {
            keys: Arc::new(keys),
            place,
            slots: Semaphore::new(at_once.max(1)),
        }
    }
}

impl Prover for Groth16 {
    async fn prove(&self, batch: Arc<SealedBatch>, statement: Statement) -> Result<Vec<u8>> {
        let cut = |error: &dyn std::fmt::Display| Error::Cancelled(error.to_string());
        let _slot = self.slots.acquire().await.map_err(|error| cut(&error))?;
        let (keys, place) = (Arc::clone(&self.keys), self.place);
        let proving = tokio::task::spawn_blocking(move || {
            let number = batch.number();
            let mut tell = |progress: validity::Progress| {
                tracing::debug!(%number, stage = ?progress.stage, "proving");
            };
            let mut rng = rand::rng();
            let proof = validity::prove(&keys, batch.finished(), &statement, &mut rng, &mut tell)?;
            Ok(solidity::proof_bytes(place, &proof))
        });
        proving.await.map_err(|error| cut(&error))?
    }
}

/// Who vouches for checkpoints: what L1's verifier of them takes.
#[derive(Debug, Clone)]
pub enum Vouching {
    /// FOR DEVELOPMENT: attestors, for any state.
    Attested(Attested),
    /// A proof, for states that its circuit holds.
    Proved(CheckpointProver),
}

/// Groth16 over a full state, on this machine.
#[derive(Debug, Clone)]
pub struct CheckpointProver {
    keys: Arc<Keys>,
    size: CheckpointSize,
    place: u8,
}

impl CheckpointProver {
    /// Proves with these keys, which are of this size and have this place in the verifier's
    /// contract.
    #[must_use]
    pub fn new(keys: Keys, size: CheckpointSize, place: u8) -> Self {
        Self {
            keys: Arc::new(keys),
            size,
            place,
        }
    }

    /// How large a state is proved.
    #[must_use]
    pub const fn size(&self) -> CheckpointSize {
        self.size
    }

    /// Proves a checkpoint.
    ///
    /// # Errors
    /// [`Error::Malformed`] for one that is attested; when this machine cannot compute.
    pub async fn prove(
        &self,
        blob: Arc<StateBlob>,
        statement: CheckpointStatement,
    ) -> Result<Vec<u8>> {
        let (keys, place) = (Arc::clone(&self.keys), self.place);
        let proving = tokio::task::spawn_blocking(move || {
            let checkpoint = blob.provable().ok_or(Error::Malformed {
                what: "a checkpoint to prove",
            })?;
            let mut rng = rand::rng();
            let proof =
                validity::prove_checkpoint(&keys, checkpoint, &statement, &mut rng, &mut |_| ())?;
            Ok(solidity::proof_bytes(place, &proof))
        });
        let proved = proving.await;
        proved.map_err(|error| Error::Cancelled(error.to_string()))?
    }
}

/// FOR DEVELOPMENT: the word of attestors in a proof's place, see
/// `contracts/src/attested/AttestedStatements.sol`.
#[derive(Debug, Clone)]
pub struct Attested {
    attestors: Attestors,
    client: L1Client,
    deployment: Arc<Deployment>,
}

impl Attested {
    /// Attests for a rollup.
    #[must_use]
    pub const fn new(attestors: Attestors, client: L1Client, deployment: Arc<Deployment>) -> Self {
        Self {
            attestors,
            client,
            deployment,
        }
    }

    pub(crate) async fn attest_checkpoint(
        &self,
        place: &Place<'_>,
        checkpoint: &mut abi::Checkpoint,
        rows: u16,
    ) -> Result<()> {
        let (client, deployment) = (&self.client, &self.deployment);
        self.attestors
            .prove_checkpoint(client, deployment, place, checkpoint, rows)
            .await?;
        Ok(())
    }
}

impl Prover for Attested {
    async fn prove(&self, _: Arc<SealedBatch>, statement: Statement) -> Result<Vec<u8>> {
        let inputs: Vec<U256> = statement
            .on_l1()
            .iter()
            .map(|input| crate::submission::word(*input))
            .collect();
        let d = &self.deployment;
        let proof = self
            .attestors
            .attest(&self.client, d.rollup, d.verifiers.batches, inputs)
            .await?;
        Ok(proof.to_vec())
    }
}
