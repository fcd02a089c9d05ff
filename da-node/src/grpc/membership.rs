//! `ListSetChanges` and `ApproveSetChange`: what operators decide.

use crate::membership::{self, PendingChange};
use crate::state::State;
use crate::{Error, Result};
use bytes::Bytes;
use chain::UnverifiedSetChange;
use proto::v1;
use std::sync::Arc;
use types::Epoch;

/// What waits, and what a new change has to name.
pub(super) fn list(state: &State) -> Result<v1::ListSetChangesResponse> {
    let (next, tenure) = state.upcoming()?;
    let params = state.params();
    let next_epoch = Epoch::new(params.epoch(next).get().saturating_add(1));
    Ok(v1::ListSetChangesResponse {
        chain_id: Bytes::copy_from_slice(state.chain_id().as_bytes()),
        set: Bytes::copy_from_slice(tenure.set().hash().as_bytes()),
        next_epoch: next_epoch.get(),
        next_epoch_height: next_epoch.get().saturating_mul(params.epoch_blocks),
        changes: state
            .membership
            .changes()
            .into_iter()
            .map(pending)
            .collect(),
    })
}

/// Approves a change, keeps that, and tells the others.
pub(super) async fn approve(
    state: &Arc<State>,
    request: v1::ApproveSetChangeRequest,
) -> Result<v1::ApproveSetChangeResponse> {
    if request.change.len() > UnverifiedSetChange::MAX_BYTES {
        return Err(Error::Proto(proto::Error::Count {
            field: "bytes of change",
            got: request.change.len() as u64,
            min: 1,
            max: UnverifiedSetChange::MAX_BYTES as u64,
        }));
    }
    let change = UnverifiedSetChange::decode(&request.change)?;
    let digest = change.digest();
    let worker = Arc::clone(state);
    let approved = state.compute(move || {
        let (next, tenure) = worker.upcoming()?;
        let set = tenure.set();
        let key = worker.key.as_ref();
        let key = key.ok_or_else(|| Error::NotAMember { set: set.hash() })?;
        worker.membership.approve(change, key, next, set)
    });
    let (change, approval) = approved.await??;
    tracing::info!(epoch = %change.epoch, %digest, "this validator approves a change of its set");
    membership::tell(state, change, approval).await;
    let waits = state.membership.changes().into_iter();
    Ok(v1::ApproveSetChangeResponse {
        // It is gone already when its epoch has begun meanwhile.
        change: waits
            .map(pending)
            .find(|c| c.digest == digest.as_bytes()[..]),
    })
}

fn pending(change: PendingChange) -> v1::PendingSetChange {
    v1::PendingSetChange {
        change: change.change.encode().into(),
        digest: Bytes::copy_from_slice(change.digest.as_bytes()),
        signers: change
            .approvals
            .iter()
            .map(|approval| Bytes::copy_from_slice(approval.signer.as_bytes()))
            .collect(),
        signed_weight: change.signed.get(),
        total_weight: change.total.get(),
        certified: change.is_certified,
        own: change.is_own,
        next_set: Bytes::copy_from_slice(change.next.hash().as_bytes()),
    }
}
