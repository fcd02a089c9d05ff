//! Changes of the validator set with their approvals, and their one encoding.

use super::MAX_CHANGES;
use super::wire::{bounded, noun};
use crate::error::MessageError;
use chain::{SetEdit, UnverifiedApproval, UnverifiedSetChange, ValidatorSet};
use proto::p2p;
use std::collections::HashSet;

/// Most bytes that a change with its approvals takes in an answer, framing included.
pub(crate) const CHANGE_BYTES: usize = UnverifiedSetChange::MAX_BYTES
    + ValidatorSet::MAX_MEMBERS * (UnverifiedApproval::BYTES + 8)
    + 64;

type Approved = (UnverifiedSetChange, Vec<UnverifiedApproval>);

pub(crate) fn encode(changes: &[Approved]) -> p2p::Approvals {
    p2p::Approvals {
        items: changes
            .iter()
            .map(|(change, approvals)| encode_one(change, approvals))
            .collect(),
    }
}

pub(crate) fn encode_one(
    change: &UnverifiedSetChange,
    approvals: &[UnverifiedApproval],
) -> p2p::ApprovedChange {
    p2p::ApprovedChange {
        change: change.encode().into(),
        approvals: approvals.iter().map(|a| a.encode().into()).collect(),
    }
}

pub(crate) fn decode(wire: &p2p::Approvals) -> Result<Vec<Approved>, MessageError> {
    bounded("approvals.items", wire.items.len(), 0, MAX_CHANGES)?;
    wire.items
        .iter()
        .map(|item| decode_one(item, ValidatorSet::MAX_MEMBERS))
        .collect()
}

/// One change with exactly one approval.
pub(crate) fn decode_only(
    wire: &p2p::ApprovedChange,
) -> Result<(UnverifiedSetChange, UnverifiedApproval), MessageError> {
    let (change, approvals) = decode_one(wire, 1)?;
    let approval = approvals
        .first()
        .copied()
        .ok_or(proto::Error::Missing { field: "approval" })?;
    Ok((change, approval))
}

/// About how many bytes a change with its approvals takes on the wire.
pub(crate) fn encoded_len((change, approvals): &Approved) -> usize {
    let edits = change.edits.len() * SetEdit::MAX_BYTES;
    64 + edits + approvals.len() * (UnverifiedApproval::BYTES + 8)
}

fn decode_one(wire: &p2p::ApprovedChange, max: usize) -> Result<Approved, MessageError> {
    bounded("approvals", wire.approvals.len(), 1, max)?;
    let change = noun(
        "approvals.change",
        UnverifiedSetChange::decode(&wire.change),
    )?;
    let mut signers = HashSet::with_capacity(wire.approvals.len());
    let mut approvals = Vec::with_capacity(wire.approvals.len());
    for (item, bytes) in wire.approvals.iter().enumerate() {
        let approval = noun("approvals", UnverifiedApproval::decode(bytes))?;
        if !signers.insert(approval.signer) {
            return Err(MessageError::Order {
                field: "approvals",
                item,
                problem: "is by a signer of one before it",
            });
        }
        approvals.push(approval);
    }
    Ok((change, approvals))
}

#[cfg(test)]
pub(super) mod tests;
