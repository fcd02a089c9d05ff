//! Handing a stored blob to its custodians and collecting their receipts.
//!
//! Every other validator is handed the blob by a task of its own, which remembers how far it has
//! come: see [`Custodian`]. Receipts are for terms, and validators sign none that were made too
//! long ago; when too few have signed in time, the terms are renewed, and who holds the blob
//! already signs again without being sent anything. A dispersal is to the members of one set, the
//! one in force when its terms were made; when that was replaced before enough of them have
//! signed, it begins anew with the members of its successor.

use super::custodian::Custodian;
use crate::crash_point::{self, Step};
use crate::custody::promise_and_sign;
use crate::metrics::Stage;
use crate::sets::Assigned;
use crate::state::{News, State};
use crate::store::BlobState;
use crate::work::Work;
use crate::{Error, Result};
use chain::{
    AvailabilityCertificate, ColumnSet, Receipt, ReceiptCollector, ReceiptTerms, ValidatorSet,
};
use net::Announcement;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use types::{BlobMeta, Timestamp};

/// How much longer a dispersal may take for each row of the blob.
const TIME_OF_A_ROW: Duration = Duration::from_millis(500);

/// Disperses a blob until more than two thirds of the weight hold it, then announces its
/// certificate. Validators that are slower still get their columns.
pub(super) async fn disperse(
    state: &Arc<State>,
    meta: BlobMeta,
    mut accepted_at: Timestamp,
) -> Result<()> {
    let started = Instant::now();
    let patience = Duration::from_millis(state.limits.dispersal_deadline_ms)
        + TIME_OF_A_ROW * u32::from(meta.rows());
    let deadline = started + patience;
    let meta = Arc::new(meta);
    let certificate = loop {
        let set = state.sets.next().current;
        let certified = disperse_to(state, &set, &meta, accepted_at, deadline).await?;
        if let Some(certificate) = certified {
            break certificate;
        }
        tracing::debug!(blob = %meta.id(), "the set was replaced: dispersed to its successor");
        accepted_at = state.now();
    };
    state.metrics.took(Stage::Certificate, started.elapsed());
    let (worker, described) = (Arc::clone(state), Arc::clone(&meta));
    let unverified = certificate.to_unverified();
    let taken = unverified.clone();
    let news = state
        .compute_as(Work::Sign, move || {
            worker.take_certificate(&described, taken)
        })
        .await??;
    if news == News::New {
        crash_point::reach(Step::Send);
        let announcement = Announcement::Certified {
            meta: meta.as_ref().clone(),
            certificate: unverified,
        };
        // Whoever misses the announcement asks for it when it connects.
        if let Err(error) = state.network.announce(announcement).await {
            tracing::debug!(%error, "certificate not announced");
        }
    }
    Ok(())
}

/// Disperses a blob to the members of one set. None when the set is no longer in force and too few
/// of them have signed: as its members they may not sign newer terms.
async fn disperse_to(
    state: &Arc<State>,
    set: &Arc<Assigned>,
    meta: &Arc<BlobMeta>,
    accepted_at: Timestamp,
    deadline: Instant,
) -> Result<Option<AvailabilityCertificate>> {
    let (renew, current) = watch::channel(terms(state, set.set(), meta, accepted_at));
    let (receipts, received) = mpsc::channel::<Receipt>(set.set().len());
    // Also cancelled when the node stops.
    let replaced = state.stop.child_token();
    let own = state.index_in(set);
    for (index, validator) in set.set().iter() {
        if own == Some(index) {
            continue;
        }
        let address = validator.address();
        let custodian = Custodian {
            state: Arc::clone(state),
            lane: state.lanes.to(address),
            set: Arc::clone(set),
            index,
            meta: Arc::clone(meta),
            terms: current.clone(),
            receipts: receipts.clone(),
        };
        let hand_over = custodian.hand_over_until(deadline, replaced.clone());
        state.tasks.spawn(hand_over);
    }
    drop((receipts, current));

    let certificate = collect(state, set, meta, &renew, received, deadline).await?;
    if certificate.is_none() {
        replaced.cancel();
    }
    Ok(certificate)
}

/// Collects receipts of more than two thirds of the set's weight under one and the same terms;
/// none when these have to be renewed and another set is in force.
async fn collect(
    state: &Arc<State>,
    set: &Assigned,
    meta: &Arc<BlobMeta>,
    renew: &watch::Sender<ReceiptTerms>,
    mut received: mpsc::Receiver<Receipt>,
    deadline: Instant,
) -> Result<Option<AvailabilityCertificate>> {
    // Validators take no terms that are older than the drift of their clocks.
    let fresh = Duration::from_millis(state.params().clock_drift_ms) * 2 / 3;
    loop {
        let agreed = *renew.borrow();
        let until = deadline.min(Instant::now() + fresh);
        let mut collector = ReceiptCollector::new(agreed, set.set().clone());
        if let Some(own) = state.index_in(set) {
            let columns = set.columns(own);
            collector.add(own_receipt(state, set.set(), meta, agreed, columns).await?)?;
        }
        loop {
            if let Some(certificate) = collector.finish() {
                return Ok(Some(certificate));
            }
            let receipt = match tokio::time::timeout_at(until, received.recv()).await {
                Ok(Some(receipt)) => receipt,
                Err(_) if until < deadline => break,
                Ok(None) | Err(_) => {
                    return Err(Error::Chain(chain::Error::Quorum {
                        what: "receipts",
                        got: collector.signed_weight(),
                        total: set.set().total_weight(),
                    }));
                }
            };
            if let Err(error) = collector.add(receipt) {
                tracing::debug!(%error, "receipt not counted");
                continue;
            }
            let dispersed = BlobState::Dispersed {
                receipts: u16::try_from(collector.signers().iter().count()).unwrap_or(u16::MAX),
                signed: collector.signed_weight().get(),
                total: set.set().total_weight().get(),
            };
            state
                .board
                .set(agreed.blob, dispersed, agreed.accepted_at)?;
        }
        if state.sets.next().current.set() != set.set() {
            return Ok(None);
        }
        tracing::debug!(blob = %agreed.blob, "too few receipts so far: new terms");
        renew.send_replace(terms(state, set.set(), meta, state.now()));
    }
}

fn terms(
    state: &State,
    set: &ValidatorSet,
    meta: &BlobMeta,
    accepted_at: Timestamp,
) -> ReceiptTerms {
    ReceiptTerms {
        chain_id: state.chain_id(),
        set: set.hash(),
        blob: meta.id(),
        accepted_at,
        expires_at: accepted_at.plus_millis(state.params().retention_ms),
    }
}

async fn own_receipt(
    state: &Arc<State>,
    set: &ValidatorSet,
    meta: &Arc<BlobMeta>,
    terms: ReceiptTerms,
    columns: ColumnSet,
) -> Result<Receipt> {
    let (worker, meta) = (Arc::clone(state), Arc::clone(meta));
    let signed = state
        .compute_as(Work::Sign, move || {
            promise_and_sign(&worker, &meta, &terms, columns)
        })
        .await??;
    let receipt = signed.ok_or(Error::IncompleteBlob {
        blob: terms.blob,
        got: 0,
        expected: 1,
    })?;
    Ok(receipt.verify(&state.chain_id(), set, &terms)?)
}
