//! Logs and calldata as facts.

use crate::error::contradiction;
use crate::{Fact, Result, RowPlace, Submission, convert};
use alloy::primitives::Bytes;
use alloy::rpc::types::Log;
use alloy::sol_types::{SolCall, SolEvent};
use settlement::batch::carrier;
use settlement::contracts::{abi, compressed};
use settlement::exits::ExitTree;
use settlement::{Address, B256, BatchNumber};
use std::sync::Arc;
use types::{BlobMeta, Commitment};

use abi::Rollup as rollup;
use abi::RowChallenges as rows;

/// A transaction: to whom, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    /// None for one that creates a contract.
    pub(crate) to: Option<Address>,
    pub(crate) input: Bytes,
}

/// What a log says, before what its transaction says is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    Fact(Fact),
    /// A batch, checkpoint or fallback, or the beginning.
    Submitted(BatchNumber, Box<abi::Batch>),
    /// What was submitted just before is a fallback.
    FellBack(BatchNumber, BatchNumber),
}

/// Reads a log of the rollup or of its row challenges; none for what changes nothing derived.
pub(crate) fn said(log: &Log) -> Result<Option<Said>> {
    let Some(topic) = log.topic0() else {
        return Ok(None);
    };
    let number = BatchNumber::new;
    Ok(Some(match *topic {
        rollup::Enqueued::SIGNATURE_HASH => {
            let event = event::<rollup::Enqueued>(log)?;
            Said::Fact(Fact::Enqueued {
                tree: convert::tree(event.tree)?,
                place: event.place,
                operation: event.operation,
            })
        }
        rollup::Cancelled::SIGNATURE_HASH => {
            let event = event::<rollup::Cancelled>(log)?;
            Said::Fact(Fact::Cancelled {
                tree: convert::tree(event.tree)?,
                place: event.place,
            })
        }
        rollup::BatchSubmitted::SIGNATURE_HASH => {
            let event = event::<rollup::BatchSubmitted>(log)?;
            Said::Submitted(number(event.number), Box::new(event.batch))
        }
        rollup::BatchFinal::SIGNATURE_HASH => {
            let event = event::<rollup::BatchFinal>(log)?;
            Said::Fact(Fact::Final(number(event.number)))
        }
        rollup::FellBack::SIGNATURE_HASH => {
            let event = event::<rollup::FellBack>(log)?;
            Said::FellBack(number(event.to), number(event.newest))
        }
        rollup::Frozen::SIGNATURE_HASH => {
            let event = event::<rollup::Frozen>(log)?;
            Said::Fact(Fact::Frozen {
                tree: convert::tree(event.tree)?,
                place: event.place,
            })
        }
        rollup::ExitsProved::SIGNATURE_HASH => {
            let event = event::<rollup::ExitsProved>(log)?;
            Said::Fact(Fact::ExitsProved {
                tree: convert::tree(event.tree)?,
                root: event.root,
                exits: event.exits,
            })
        }
        rollup::Withdrawn::SIGNATURE_HASH => {
            let event = event::<rollup::Withdrawn>(log)?;
            claimed(event.batch, event.index)
        }
        rollup::Moved::SIGNATURE_HASH => {
            let event = event::<rollup::Moved>(log)?;
            claimed(event.batch, event.index)
        }
        rollup::Escaped::SIGNATURE_HASH => {
            let event = event::<rollup::Escaped>(log)?;
            Said::Fact(Fact::Escaped {
                tree: convert::tree(event.tree)?,
                slot: event.slot,
            })
        }
        rows::Challenged::SIGNATURE_HASH => {
            let event = event::<rows::Challenged>(log)?;
            challenged(event.batch, event.row, event.deadline)
        }
        rows::Extended::SIGNATURE_HASH => {
            let event = event::<rows::Extended>(log)?;
            challenged(event.batch, event.row, event.deadline)
        }
        rows::Published::SIGNATURE_HASH => {
            let event = event::<rows::Published>(log)?;
            let (number, row) = (number(event.batch), event.row);
            Said::Fact(Fact::Published { number, row })
        }
        rows::Expired::SIGNATURE_HASH => {
            let event = event::<rows::Expired>(log)?;
            let (number, row) = (number(event.batch), event.row);
            Said::Fact(Fact::Expired { number, row })
        }
        _ => return Ok(None),
    }))
}

fn event<E: SolEvent>(log: &Log) -> Result<E> {
    let decoded = E::decode_log(&log.inner);
    decoded
        .map(|log| log.data)
        .map_err(|error| contradiction(E::SIGNATURE, error.to_string(), "the event"))
}

const fn claimed(batch: u64, index: u64) -> Said {
    Said::Fact(Fact::Claimed {
        number: BatchNumber::new(batch),
        index,
    })
}

const fn challenged(batch: u64, row: u16, deadline: u64) -> Said {
    Said::Fact(Fact::Challenged {
        number: BatchNumber::new(batch),
        row,
        deadline,
    })
}

/// What a transaction says of the batch that it submitted: the transaction is that call, since the
/// rollup takes batches of no contract. Bytes within another call are not looked at: whoever made
/// it could have put other elements there than those that it submitted.
pub(crate) fn submission(transaction: &Sent, at: Address, batch: &abi::Batch) -> Submission {
    if transaction.to != Some(at) {
        return Submission::Unreadable;
    }
    let call = &transaction.input;
    let found = match call.first_chunk() {
        Some(&rollup::submitBatchCall::SELECTOR) => of_batch(call, batch),
        Some(&rollup::submitCheckpointCall::SELECTOR) => of_checkpoint(call, batch),
        _ => None,
    };
    found.unwrap_or(Submission::Unreadable)
}

fn of_batch(call: &[u8], batch: &abi::Batch) -> Option<Submission> {
    let submission = rollup::submitBatchCall::abi_decode(call).ok()?.submission;
    let meta = meta_of(&submission.meta, batch)?;
    let withdrawals = ExitTree::new(&submission.withdrawals).root();
    if submission.roots != batch.roots || withdrawals != batch.withdrawals {
        return None;
    }
    let mut places = match submission.carrier {
        carrier::CALLDATA => vec![RowPlace::Calldata(submission.elements.into())],
        carrier::BLOBS => {
            let blobs = submission.blobs.iter();
            let blobs = blobs.map(|point| RowPlace::L1Blob(Commitment::new(compressed(point))));
            blobs.collect()
        }
        _ => Vec::new(),
    };
    if let Some(meta) = meta {
        places.extend((0..meta.rows()).map(|row| RowPlace::Network {
            meta: meta.clone(),
            row,
        }));
    }
    let mut places = places.into_iter();
    Some(Submission::Batch {
        // The order of the statement's inputs: `rollup/Inputs.sol`.
        rows: [(); 2].map(|()| places.next().unwrap_or(RowPlace::Absent)),
        withdrawals: submission.withdrawals,
    })
}

fn of_checkpoint(call: &[u8], batch: &abi::Batch) -> Option<Submission> {
    let call = rollup::submitCheckpointCall::abi_decode(call).ok()?;
    meta_of(&call.checkpoint.meta, batch)?.map(Submission::Checkpoint)
}

/// The description of a batch's blob, held against its id; none for another's.
fn meta_of(bytes: &[u8], batch: &abi::Batch) -> Option<Option<Arc<BlobMeta>>> {
    if batch.rows == 0 {
        return bytes.is_empty().then_some(None);
    }
    let meta = BlobMeta::decode(bytes).ok()?;
    (B256::new(meta.id().to_bytes()) == batch.blob).then(|| Some(Arc::new(meta)))
}

#[cfg(test)]
mod tests;
