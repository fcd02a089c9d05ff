//! What an operator submits: rows opened at their points, and the word of attestors for what has
//! no circuit yet.

use crate::client::L1Client;
use crate::contracts::{abi, kzg_point, scalar};
use crate::deploy::Deployment;
use crate::{Error, Result};
use algebra::Fr;
use alloy::eips::BlockId;
use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::signers::SignerSync as _;
use alloy::signers::local::PrivateKeySigner;
use chain::UnverifiedAvailability;
use commitments::{Setup, eip4844::prove_point};
use sha2::{Digest as _, Sha256};
use types::{BlobMeta, Commitment, Row};

/// Where a batch's L1 part is: `rollup/Types.sol`, `Carrier`. Every batch has one.
pub mod carrier {
    /// What the contracts refuse: nobody said.
    pub const NOWHERE: u8 = 0;
    /// In the transaction's first blobs.
    pub const BLOBS: u8 = 1;
    /// In calldata.
    pub const CALLDATA: u8 = 2;
}

/// A tree: `rollup/Types.sol`, `Tree`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tree {
    /// Its data is on L1.
    OnL1,
    /// Its data is on the DA network.
    OffL1,
}

impl Tree {
    /// As the contracts take it.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::OnL1 => 0,
            Self::OffL1 => 1,
        }
    }
}

/// What a row's points are drawn from: `rollup/Statements.sol`, `Context`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context([u8; 32]);

/// What the context of a batch or checkpoint hashes.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The L1 chain.
    pub l1_chain: u64,
    /// The rollup's address.
    pub rollup: Address,
    /// The batch's number.
    pub number: u64,
    /// The circuit's digest.
    pub digest: U256,
    /// The roots before.
    pub prior: &'a abi::Roots,
    /// The roots after.
    pub next: &'a abi::Roots,
}

impl Context {
    /// A batch's.
    #[must_use]
    pub fn of_batch(place: &Place<'_>) -> Self {
        Self::of(b"assay/rollup-batch/v1", place)
    }

    /// A checkpoint's, whose roots before and after are the same.
    #[must_use]
    pub fn of_checkpoint(place: &Place<'_>) -> Self {
        Self::of(b"assay/rollup-checkpoint/v1", place)
    }

    fn of(name: &[u8], place: &Place<'_>) -> Self {
        let mut tag = [0; 32];
        tag[..name.len()].copy_from_slice(name);
        let mut hasher = Sha256::new();
        hasher.update(tag);
        hasher.update(U256::from(place.l1_chain).to_be_bytes::<32>());
        hasher.update(place.rollup);
        hasher.update(place.number.to_be_bytes());
        for word in [
            place.digest,
            place.prior.onL1,
            place.prior.offL1,
            place.next.onL1,
            place.next.offL1,
        ] {
            hasher.update(word.to_be_bytes::<32>());
        }
        Self(hasher.finalize().into())
    }

    /// Where a row is opened: a canonical scalar.
    #[must_use]
    pub fn row_point(&self, commitment: &Commitment) -> [u8; 32] {
        let hash = Sha256::new()
            .chain_update(self.0)
            .chain_update(commitment.as_bytes())
            .finalize();
        Fr::from_be_bytes_reduced(&hash.into()).to_be_bytes()
    }

    /// Opens rows at their points. Two tenths of a second for ten rows.
    ///
    /// # Errors
    /// [`Error::Commitments`] when this machine cannot compute.
    pub fn open(&self, setup: &Setup, rows: &[(Commitment, &Row)]) -> Result<Vec<abi::RowOpening>> {
        rows.iter()
            .map(|(commitment, row)| {
                let (proof, value) = prove_point(setup, row, &self.row_point(commitment))?;
                Ok(abi::RowOpening {
                    value: scalar(&value),
                    proof: (&proof).into(),
                })
            })
            .collect()
    }
}

/// A blob on the DA network with what an operator has of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertifiedRows {
    /// Its description.
    pub meta: BlobMeta,
    /// Its certificate.
    pub certificate: UnverifiedAvailability,
    /// Its rows.
    pub rows: Vec<Row>,
}

impl CertifiedRows {
    fn opened(&self) -> Vec<(Commitment, &Row)> {
        let commitments = self.meta.commitments().iter().copied();
        commitments.zip(&self.rows).collect()
    }
}

/// A batch that does nothing yet but move the roots; everything else is filled in by whoever
/// makes it. The row of the tree on L1 is one of zeros in calldata, until elements are set or
/// [`attach`] is given blobs.
#[must_use]
pub fn draft(roots: abi::Roots, digest: U256) -> abi::Submission {
    abi::Submission {
        roots,
        digest,
        carrier: carrier::CALLDATA,
        blobs: Vec::new(),
        elements: Vec::new(),
        meta: Bytes::new(),
        certificate: no_certificate(),
        openings: Vec::new(),
        onOperations: Vec::new(),
        offOperations: Vec::new(),
        withdrawals: Vec::new(),
        proof: Bytes::new(),
    }
}

/// Gives a batch its data: L1's blobs, opened first, and the DA blob. Without blobs the L1 part
/// stays in calldata.
///
/// # Errors
/// As [`Context::open`]; [`Error::Chain`] for a certificate whose signature is no point.
pub fn attach(
    setup: &Setup,
    place: &Place<'_>,
    submission: &mut abi::Submission,
    blobs: &[(Commitment, &Row)],
    da: Option<&CertifiedRows>,
) -> Result<()> {
    let context = Context::of_batch(place);
    if !blobs.is_empty() {
        submission.carrier = carrier::BLOBS;
        submission.blobs = blobs.iter().map(|(c, _)| kzg_point(c.as_bytes())).collect();
    }
    submission.openings = context.open(setup, blobs)?;
    if let Some(da) = da {
        submission.meta = da.meta.encode().into();
        submission.certificate = (&da.certificate).try_into()?;
        submission
            .openings
            .extend(context.open(setup, &da.opened())?);
    }
    Ok(())
}

/// A checkpoint without its proof. `exits` are the roots over what accounts hold, of the tree on L1
/// and of the other; zero where the circuit proves none.
///
/// # Errors
/// As [`attach`].
pub fn checkpoint(
    setup: &Setup,
    place: &Place<'_>,
    exits: (B256, B256),
    da: &CertifiedRows,
) -> Result<abi::Checkpoint> {
    Ok(abi::Checkpoint {
        digest: place.digest,
        onExits: exits.0,
        offExits: exits.1,
        meta: da.meta.encode().into(),
        certificate: (&da.certificate).try_into()?,
        openings: Context::of_checkpoint(place).open(setup, &da.opened())?,
        proof: Bytes::new(),
    })
}

fn no_certificate() -> abi::Certificate {
    let zero = || abi::Fp {
        hi: U256::ZERO,
        lo: U256::ZERO,
    };
    let pair = || abi::Fp2 {
        c0: zero(),
        c1: zero(),
    };
    abi::Certificate {
        blob: B256::ZERO,
        set: B256::ZERO,
        acceptedAt: 0,
        expiresAt: 0,
        signers: Bytes::new(),
        signature: abi::G2Point {
            x: pair(),
            y: pair(),
        },
    }
}

/// Those whose word stands for a proof: FOR DEVELOPMENT, see `attested/AttestedStatements.sol`.
#[derive(Debug, Clone)]
pub struct Attestors {
    signers: Vec<PrivateKeySigner>,
}

impl Attestors {
    /// As many as the verifier's threshold.
    #[must_use]
    pub fn new(mut signers: Vec<PrivateKeySigner>) -> Self {
        signers.sort_unstable_by_key(PrivateKeySigner::address);
        Self { signers }
    }

    /// Signs a statement for a rollup: what stands in its proof's place.
    ///
    /// # Errors
    /// [`Error::Transport`], [`Error::Key`].
    pub async fn attest(
        &self,
        client: &L1Client,
        rollup: Address,
        verifier: Address,
        statement: Vec<U256>,
    ) -> Result<Bytes> {
        let call = abi::AttestedStatements::digestOfCall {
            rollup,
            publicInputs: statement,
        };
        let digest = client.view(verifier, &call).await?;
        let mut proof = Vec::new();
        for signer in &self.signers {
            let signature = signer.sign_hash_sync(&digest).map_err(|error| Error::Key {
                what: "attestor",
                reason: error.to_string(),
            })?;
            proof.extend(signature.as_bytes());
        }
        Ok(proof.into())
    }

    /// Proves a batch by their word. Its L1 part must not be in blobs: what a call's blobs are, a
    /// node cannot be asked.
    ///
    /// # Errors
    /// As [`Self::attest`]; [`Error::Reverted`] for openings that do not hold.
    pub async fn prove_batch(
        &self,
        client: &L1Client,
        deployment: &Deployment,
        place: &Place<'_>,
        submission: &mut abi::Submission,
        rows: u16,
    ) -> Result<()> {
        let call = abi::Inputs::ofBatchCall {
            number: place.number,
            prior: place.prior.clone(),
            rows: U256::from(rows),
            submission: submission.clone(),
        };
        let inputs = self.ask(client, deployment, &call).await?;
        let verifier = deployment.verifiers.batches;
        submission.proof = self
            .attest(client, deployment.rollup, verifier, inputs)
            .await?;
        Ok(())
    }

    /// Proves a checkpoint by their word.
    ///
    /// # Errors
    /// As [`Self::prove_batch`].
    pub async fn prove_checkpoint(
        &self,
        client: &L1Client,
        deployment: &Deployment,
        place: &Place<'_>,
        checkpoint: &mut abi::Checkpoint,
        rows: u16,
    ) -> Result<()> {
        let call = abi::Inputs::ofCheckpointCall {
            number: place.number,
            roots: place.prior.clone(),
            rows: U256::from(rows),
            checkpoint: checkpoint.clone(),
        };
        let inputs = self.ask(client, deployment, &call).await?;
        let verifier = deployment.verifiers.checkpoints;
        checkpoint.proof = self
            .attest(client, deployment.rollup, verifier, inputs)
            .await?;
        Ok(())
    }

    /// Says what a frozen tree's accounts hold.
    ///
    /// # Errors
    /// As [`Self::attest`].
    pub async fn prove_exits(
        &self,
        client: &L1Client,
        deployment: &Deployment,
        tree: Tree,
        root: U256,
        exits: B256,
    ) -> Result<Bytes> {
        let call = abi::Inputs::ofExitsCall {
            tree: tree.code(),
            root,
            exits,
        };
        let inputs = self.ask(client, deployment, &call).await?;
        let verifier = deployment.verifiers.exits;
        self.attest(client, deployment.rollup, verifier, inputs)
            .await
    }

    /// Says what some of a frozen tree's accounts hold.
    ///
    /// # Errors
    /// As [`Self::attest`].
    pub async fn prove_holdings(
        &self,
        client: &L1Client,
        deployment: &Deployment,
        holdings: abi::Inputs::ofHoldingsCall,
    ) -> Result<Bytes> {
        let inputs = self.ask(client, deployment, &holdings).await?;
        let verifier = deployment.verifiers.exits;
        self.attest(client, deployment.rollup, verifier, inputs)
            .await
    }

    /// Statements are the rollup's: the contract of inputs goes by who asks.
    async fn ask<C: alloy::sol_types::SolCall>(
        &self,
        client: &L1Client,
        deployment: &Deployment,
        call: &C,
    ) -> Result<C::Return> {
        let at = BlockId::latest();
        client
            .view_from(deployment.rollup, deployment.inputs, call, at)
            .await
    }
}
