//! What a batch's transaction said: where its data is, who certified it, what proves it.

use super::sets::Sets;
use super::{At, strange};
use crate::explorer::ask::Trouble;
use crate::explorer::units::Amount;
use alloy::eips::BlockId;
use alloy::sol_types::SolCall;
use chain::{Bitmap, ValidatorIndex};
use operator::wire::WireTree;
use serde::Serialize;
use settlement::batch::carrier;
use settlement::client::L1Client;
use settlement::contracts::abi;
use settlement::deploy::Deployment;
use settlement::{Address, B256, BatchNumber, Error, Gas};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Transactions in memory; those of the lowest batches go.
const KEPT: usize = 512;
/// Places of a call's bytes that are tried where another contract made it.
const TRIES: usize = 8;
/// Most withdrawals that are shown.
const WITHDRAWALS: usize = 256;

/// Where the row of the tree on L1 is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::explorer) enum OnRow {
    /// In calldata, so many elements of it.
    Calldata { elements: usize },
    /// In a blob of L1.
    Blob,
    /// A checkpoint has none.
    None,
}

/// Where the other tree's row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::explorer) enum OffRow {
    /// On the DA network, with so many rows.
    Network { rows: u16 },
    /// In a blob of L1.
    Blob,
    /// Nothing happened there.
    Nowhere,
}

/// Who verified the proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::explorer) enum Verifier {
    /// A circuit's.
    Circuit,
    /// The word of named attestors stands for a proof: `attested/AttestedStatements.sol`.
    Attested { threshold: u64, attestors: usize },
}

/// A proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct ProofView {
    pub(in crate::explorer) bytes: usize,
    /// The contract.
    pub(in crate::explorer) verifier: Address,
    pub(in crate::explorer) kind: Verifier,
}

/// A member of the set that a certificate names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct MemberView {
    pub(in crate::explorer) validator: B256,
    pub(in crate::explorer) weight: u64,
    pub(in crate::explorer) signed: bool,
}

/// An availability certificate, which L1 has verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct CertificateView {
    pub(in crate::explorer) set: B256,
    /// Unix milliseconds.
    pub(in crate::explorer) accepted_at: u64,
    /// Unix milliseconds.
    pub(in crate::explorer) expires_at: u64,
    pub(in crate::explorer) signed_weight: u64,
    pub(in crate::explorer) total_weight: u64,
    pub(in crate::explorer) members: Vec<MemberView>,
}

/// Value that leaves a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct WithdrawalView {
    pub(in crate::explorer) tree: WireTree,
    pub(in crate::explorer) token: u16,
    pub(in crate::explorer) amount: Amount,
    pub(in crate::explorer) recipient: Address,
    /// The account of the other tree that gets it; none for one that is paid on L1.
    pub(in crate::explorer) account: Option<B256>,
}

/// Operations of a tree's queue that a batch consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct Consumed {
    pub(in crate::explorer) deposits: usize,
    pub(in crate::explorer) forced: usize,
    pub(in crate::explorer) cancelled: usize,
}

/// What the calldata says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct Said {
    pub(in crate::explorer) on: OnRow,
    pub(in crate::explorer) off: OffRow,
    pub(in crate::explorer) proof: ProofView,
    /// None for a batch without rows on the DA network.
    pub(in crate::explorer) certificate: Option<CertificateView>,
    pub(in crate::explorer) from_on_l1: Consumed,
    pub(in crate::explorer) from_off_l1: Consumed,
    pub(in crate::explorer) withdrawals: Vec<WithdrawalView>,
}

/// A batch's transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::explorer) struct Submission {
    pub(in crate::explorer) gas: Gas,
    pub(in crate::explorer) blob_gas: Gas,
    /// Wei.
    pub(in crate::explorer) cost: Amount,
    /// None where the batch's call is not in its transaction's calldata.
    pub(in crate::explorer) said: Option<Said>,
}

/// Those that were read.
#[derive(Debug, Default)]
pub(super) struct Submissions(Mutex<BTreeMap<(BatchNumber, B256), Arc<Submission>>>);

impl Submissions {
    pub(super) fn get(&self, number: BatchNumber, transaction: B256) -> Option<Arc<Submission>> {
        let kept = self.0.lock();
        let kept = kept.unwrap_or_else(PoisonError::into_inner);
        kept.get(&(number, transaction)).cloned()
    }

    pub(super) fn keep(&self, number: BatchNumber, transaction: B256, read: Arc<Submission>) {
        let kept = self.0.lock();
        let mut kept = kept.unwrap_or_else(PoisonError::into_inner);
        kept.insert((number, transaction), read);
        while kept.len() > KEPT {
            kept.pop_first();
        }
    }
}

/// What a batch's call is.
enum Sent {
    Batch(Box<abi::Submission>),
    Checkpoint(Box<abi::Checkpoint>),
}

/// How transactions are read.
pub(super) struct Reading<'a> {
    pub(super) client: &'a L1Client,
    pub(super) deployment: &'a Deployment,
    pub(super) sets: &'a Sets,
}

impl Reading<'_> {
    pub(super) async fn read(
        &self,
        number: BatchNumber,
        transaction: B256,
    ) -> Result<Submission, Trouble> {
        let mined = self.client.mined(transaction).await?;
        let mined = mined.ok_or_else(|| strange("the transaction", &"L1 has none such"))?;
        let call = abi::Rollup::batchAtCall {
            number: number.get(),
        };
        let batch = self.client.view(self.deployment.rollup, &call).await?;
        let input = self.client.calldata(transaction).await?.unwrap_or_default();
        let said = match sent(&input, &batch) {
            None => None,
            Some(sent) => Some(self.said(&batch, sent).await?),
        };
        Ok(Submission {
            gas: mined.gas,
            blob_gas: mined.blob_gas,
            cost: mined.cost.into(),
            said,
        })
    }

    async fn said(&self, batch: &abi::Batch, sent: Sent) -> Result<Said, Trouble> {
        let d = self.deployment;
        let version = batch.settings;
        let call = abi::SettingsLog::getCall { version };
        let settings = self.client.view(d.settings, &call).await?;
        let network = OffRow::Network { rows: batch.rows };
        match sent {
            Sent::Checkpoint(checkpoint) => Ok(Said {
                on: OnRow::None,
                off: network,
                proof: self.proof(settings.checkpoints, &checkpoint.proof).await?,
                certificate: Some(self.certificate(&checkpoint.certificate).await?),
                from_on_l1: Consumed::of(&[]),
                from_off_l1: Consumed::of(&[]),
                withdrawals: Vec::new(),
            }),
            Sent::Batch(batch) => Ok(Said {
                on: if batch.carrier == carrier::BLOBS {
                    OnRow::Blob
                } else {
                    OnRow::Calldata {
                        elements: batch.elements.len(),
                    }
                },
                off: if !batch.meta.is_empty() {
                    network
                } else if batch.blobs.len() > 1 {
                    OffRow::Blob
                } else {
                    OffRow::Nowhere
                },
                proof: self.proof(settings.batches, &batch.proof).await?,
                certificate: if batch.meta.is_empty() {
                    None
                } else {
                    Some(self.certificate(&batch.certificate).await?)
                },
                from_on_l1: Consumed::of(&batch.onOperations),
                from_off_l1: Consumed::of(&batch.offOperations),
                withdrawals: batch
                    .withdrawals
                    .iter()
                    .take(WITHDRAWALS)
                    .map(WithdrawalView::from)
                    .collect(),
            }),
        }
    }

    async fn certificate(&self, of: &abi::Certificate) -> Result<CertificateView, Trouble> {
        let head = self.client.head().await?;
        let at = At {
            client: self.client,
            head: &head,
        };
        let registry = self.deployment.registry;
        let members = self.sets.get(&at, registry, of.set).await?;
        let signers = Bitmap::decode(members.len(), &of.signers)
            .map_err(|error| strange("the certificate's signers", &error))?;
        let members: Vec<MemberView> = (0..=u16::MAX)
            .map(ValidatorIndex::new)
            .zip(members.iter())
            .map(|(index, member)| MemberView {
                validator: member.validator,
                weight: member.weight,
                signed: signers.contains(index),
            })
            .collect();
        let weigh = |counts: fn(&MemberView) -> bool| {
            let weights = members.iter().filter(|member| counts(member));
            weights.fold(0_u64, |sum, member| sum.saturating_add(member.weight))
        };
        Ok(CertificateView {
            set: of.set,
            accepted_at: of.acceptedAt,
            expires_at: of.expiresAt,
            signed_weight: weigh(|member| member.signed),
            total_weight: weigh(|_| true),
            members,
        })
    }

    async fn proof(&self, verifier: Address, proof: &[u8]) -> Result<ProofView, Trouble> {
        Ok(ProofView {
            bytes: proof.len(),
            verifier,
            kind: self.verifier(verifier).await?,
        })
    }

    async fn verifier(&self, at: Address) -> Result<Verifier, Error> {
        use abi::AttestedStatements::{attestorsCall, thresholdCall};
        let block = BlockId::latest();
        let threshold = self.client.view_at(at, &thresholdCall {}, block).await;
        let threshold = match threshold {
            Ok(threshold) => threshold,
            // A circuit's verifier has no such function.
            Err(Error::Reverted { .. } | Error::View { .. }) => return Ok(Verifier::Circuit),
            Err(error) => return Err(error),
        };
        let attestors = self.client.view_at(at, &attestorsCall {}, block).await?;
        Ok(Verifier::Attested {
            threshold: u64::try_from(threshold).unwrap_or(u64::MAX),
            attestors: attestors.len(),
        })
    }
}

/// The call that submitted a batch. Where another contract made it, its bytes are looked for
/// within.
fn sent(input: &[u8], batch: &abi::Batch) -> Option<Sent> {
    let selectors = [
        abi::Rollup::submitBatchCall::SELECTOR,
        abi::Rollup::submitCheckpointCall::SELECTOR,
    ];
    let places = input
        .windows(4)
        .enumerate()
        .filter(|(_, window)| selectors.iter().any(|selector| selector == window))
        .map(|(at, _)| &input[at..]);
    places.take(TRIES).find_map(|call| {
        if let Ok(call) = abi::Rollup::submitBatchCall::abi_decode(call) {
            let is_it = call.submission.roots == batch.roots;
            return is_it.then(|| Sent::Batch(Box::new(call.submission)));
        }
        let call = abi::Rollup::submitCheckpointCall::abi_decode(call).ok()?;
        let is_it = call.checkpoint.certificate.blob == batch.blob;
        is_it.then(|| Sent::Checkpoint(Box::new(call.checkpoint)))
    })
}

impl Consumed {
    fn of(operations: &[abi::Operation]) -> Self {
        let count = |kind: u8| {
            let found = operations.iter().filter(|o| o.kind == kind);
            found.count()
        };
        // `rollup/Types.sol`, `Kind`.
        Self {
            cancelled: count(0),
            deposits: count(1),
            forced: count(2),
        }
    }

    pub(in crate::explorer) const fn total(self) -> usize {
        self.deposits + self.forced + self.cancelled
    }
}

impl From<&abi::Withdrawal> for WithdrawalView {
    fn from(withdrawal: &abi::Withdrawal) -> Self {
        Self {
            tree: if withdrawal.tree == 0 {
                WireTree::OnL1
            } else {
                WireTree::OffL1
            },
            token: withdrawal.token,
            amount: withdrawal.amount.into(),
            recipient: withdrawal.recipient,
            account: (!withdrawal.account.is_zero()).then(|| withdrawal.account.into()),
        }
    }
}
