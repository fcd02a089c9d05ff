//! From a sealed batch to what L1 takes: rows, their commitments, the statement to prove, the call.

use crate::plan::{Carriage, OffRow, OnRow, SealedBatch};
use crate::settled::QueuedOperation;
use crate::{Error, Result};
use alloy::primitives::{Address, Bytes, FixedBytes, U256};
use chain::UnverifiedAvailability;
use commitments::Setup;
use ledger::{Fr, Roots, Tree, WithdrawalNote, scalar_bytes};
use settlement::BatchNumber;
use settlement::batch::{CertifiedRows, Place, attach, carrier, draft};
use settlement::blobs::CarriedRows;
use settlement::contracts::abi;
use settlement::transaction::Call;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use types::{BlobId, BlobMeta, BlobMode, Commitment, Namespace, PayloadLength, Row};
use validity::{OnL1Part, Queued, Statement, Terms};

/// Where a rollup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// The L1 chain (EIP-155).
    pub l1_chain: u64,
    /// The rollup's contract.
    pub rollup: Address,
    /// Its namespace on the DA network.
    pub namespace: Namespace,
}

/// A row with its commitment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommittedRow {
    /// The row.
    pub row: Row,
    /// Its commitment.
    pub commitment: Commitment,
}

/// A blob of one row, as the DA network takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffBlob {
    /// The row.
    pub row: Row,
    /// The blob's description.
    pub meta: BlobMeta,
}

impl OffBlob {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> BlobId {
        self.meta.id()
    }

    /// What is posted: the row.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        self.row.as_bytes().to_vec()
    }
}

/// A batch's rows on their way.
#[derive(Debug, Clone)]
pub struct Rows {
    carriage: Carriage,
    on: Option<CommittedRow>,
    off: Option<CommittedRow>,
}

impl Rows {
    /// Commits to what is not in calldata: some milliseconds a row. Not for a reactor's thread.
    ///
    /// # Errors
    /// [`Error::Commitments`] when this machine cannot compute.
    pub fn commit(setup: &Setup, batch: &SealedBatch, carriage: Carriage) -> Result<Self> {
        let committed = |tree| -> Result<CommittedRow> {
            let row = batch.row(tree)?;
            let commitment = setup.commit(&row)?;
            Ok(CommittedRow { row, commitment })
        };
        let on = (carriage.on == OnRow::Blob).then(|| committed(Tree::OnL1));
        let off = (carriage.off != OffRow::Nowhere).then(|| committed(Tree::OffL1));
        Ok(Self {
            carriage,
            on: on.transpose()?,
            off: off.transpose()?,
        })
    }

    /// The blob for the DA network; none for a batch that needs none there.
    ///
    /// # Errors
    /// [`Error::Noun`], which cannot be.
    pub fn off_blob(&self, namespace: Namespace) -> Result<Option<OffBlob>> {
        match &self.off {
            Some(off) if self.carriage.off == OffRow::Network => {
                let length = PayloadLength::new(BlobMode::Raw, Row::BYTES as u64)?;
                let meta = BlobMeta::new(namespace, length, vec![off.commitment])?;
                let row = off.row.clone();
                Ok(Some(OffBlob { row, meta }))
            }
            _ => Ok(None),
        }
    }

    /// What is to be proved.
    ///
    /// # Errors
    /// [`Error::Validity`] when the batch is not what its queues gave.
    pub fn statement(&self, site: &Site, batch: &SealedBatch) -> Result<Statement> {
        let queue = |tree| batch.queue(tree).iter().map(queued).collect();
        let terms = Terms {
            chain_id: site.l1_chain,
            contract: ledger::Address::new(site.rollup.into_array()),
            number: validity::BatchNumber::new(batch.number().get()),
            on_queue: queue(Tree::OnL1),
            off_queue: queue(Tree::OffL1),
            on_row: match &self.on {
                Some(on) => OnL1Part::Blob(on.commitment),
                None => OnL1Part::Calldata,
            },
            off_row: self.off.as_ref().map(|off| off.commitment),
        };
        Ok(Statement::new(batch.finished(), &terms)?)
    }

    /// The call that settles the batch. Tens of milliseconds for each row that is not in calldata;
    /// not for a reactor's thread.
    ///
    /// # Errors
    /// [`Error::NotFound`] without the certificate that the carriage needs, [`Error::Settlement`]
    /// for one whose signature is no point.
    pub fn call(
        &self,
        setup: &Setup,
        site: &Site,
        batch: &SealedBatch,
        certificate: Option<&UnverifiedAvailability>,
        proof: &[u8],
    ) -> Result<Call> {
        let finished = batch.finished();
        let mut submission = draft(abi_roots(finished.next), word(finished.digest()));
        let queue = |tree| batch.queue(tree).iter().map(abi_queued).collect();
        submission.onOperations = queue(Tree::OnL1);
        submission.offOperations = queue(Tree::OffL1);
        let withdrawals = finished.traffic().withdrawals;
        submission.withdrawals = withdrawals.iter().map(abi_withdrawal).collect();

        let prior = abi_roots(finished.prior);
        let place = Place {
            l1_chain: site.l1_chain,
            rollup: site.rollup,
            number: batch.number().get(),
            digest: submission.digest,
            prior: &prior,
            next: &submission.roots.clone(),
        };
        let certified = match (self.off_blob(site.namespace)?, certificate) {
            (Some(blob), Some(certificate)) => Some(CertifiedRows {
                meta: blob.meta,
                certificate: certificate.clone(),
                rows: vec![blob.row],
            }),
            (Some(_), None) => {
                return Err(Error::NotFound {
                    what: "the row's certificate",
                });
            }
            (None, _) => None,
        };
        let off_in_blob = self
            .off
            .as_ref()
            .filter(|_| self.carriage.off == OffRow::Blob);
        let blobs: Vec<&CommittedRow> = self.on.iter().chain(off_in_blob).collect();
        let opened: Vec<(Commitment, &Row)> =
            blobs.iter().map(|b| (b.commitment, &b.row)).collect();
        attach(setup, &place, &mut submission, &opened, certified.as_ref())?;
        if blobs.is_empty() {
            submission.carrier = carrier::CALLDATA;
            let [elements, _] = finished.rows();
            submission.elements = elements.into_iter().map(word).collect();
        }
        submission.proof = Bytes::copy_from_slice(proof);
        let call = Call::of(site.rollup, &abi::Rollup::submitBatchCall { submission });
        if blobs.is_empty() {
            return Ok(call);
        }
        let rows: Vec<Row> = blobs.iter().map(|b| b.row.clone()).collect();
        Ok(call.carrying(Arc::new(CarriedRows::prove(setup, &rows)?)))
    }
}

/// The name of a batch's payment: what it does, so that another batch of its number has another.
#[must_use]
pub fn payment_name(number: BatchNumber, next: Roots, carriage: Carriage, proof: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(scalar_bytes(next.on_l1));
    hasher.update(scalar_bytes(next.off_l1));
    hasher.update([carriage.on as u8, carriage.off as u8]);
    hasher.update(proof);
    let mut digest = hex::encode(hasher.finalize());
    digest.truncate(16);
    format!("{PAYMENT} {number} {digest}")
}

/// What names of batches' payments begin with.
pub const PAYMENT: &str = "batch";

/// A scalar as a word of the ABI.
#[must_use]
pub fn word(scalar: Fr) -> U256 {
    U256::from_be_bytes(scalar_bytes(scalar))
}

/// Roots as the contracts have them.
#[must_use]
pub fn abi_roots(roots: Roots) -> abi::Roots {
    abi::Roots {
        onL1: word(roots.on_l1),
        offL1: word(roots.off_l1),
    }
}

fn queued(of: &QueuedOperation) -> Queued {
    match of.operation {
        Some(operation) => Queued::Waiting {
            operation,
            enqueued_at: of.enqueued_at,
            deadline: of.deadline,
        },
        None => Queued::Cancelled,
    }
}

/// An operation of a queue as the contracts have it.
#[must_use]
pub fn abi_queued(of: &QueuedOperation) -> abi::Operation {
    let Some(operation) = of.operation else {
        return abi::Operation {
            kind: 0,
            token: 0,
            amount: 0,
            owner: Address::ZERO,
            account: U256::ZERO,
            authority: U256::ZERO,
            enqueuedAt: 0,
            deadline: 0,
        };
    };
    abi::Operation {
        kind: operation.contract_kind(),
        token: operation.token.get(),
        amount: operation.amount.get(),
        owner: Address::new(*operation.owner.as_bytes()),
        account: word(operation.account.into()),
        authority: operation.authority.map_or(U256::ZERO, |a| word(a.into())),
        enqueuedAt: of.enqueued_at,
        deadline: of.deadline,
    }
}

/// A withdrawal as the contracts have it.
#[must_use]
pub fn abi_withdrawal(note: &WithdrawalNote) -> abi::Withdrawal {
    abi::Withdrawal {
        tree: note.tree.number(),
        token: note.token.get(),
        amount: note.amount.get(),
        recipient: Address::new(*note.recipient.as_bytes()),
        account: word(note.account.into()),
    }
}

/// A blob's id as the contracts have it.
#[must_use]
pub const fn abi_blob(id: BlobId) -> FixedBytes<32> {
    FixedBytes(id.to_bytes())
}
