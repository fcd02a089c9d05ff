//! Handing a stored blob to its custodians and collecting their receipts.
//!
//! Every other validator is handed the blob by a task of its own, which remembers how far it has
//! come: see [`Handover`]. Receipts are for terms, and validators sign none that were made too
//! long ago; when too few have signed in time, the terms are renewed, and who holds the blob
//! already signs again without being sent anything. A dispersal is to the members of one set, the
//! one in force when its terms were made; when that was replaced before enough of them have
//! signed, it begins anew with the members of its successor.

use super::handover::{Handover, Next};
use super::lanes::Lane;
use crate::crash_point::{self, Step};
use crate::custody::promise_and_sign;
use crate::metrics::{Stage, names};
use crate::sets::Assigned;
use crate::state::{News, State};
use crate::store::BlobState;
use crate::work::Work;
use crate::{Error, Result};
use chain::{
    AvailabilityCertificate, ColumnSet, Receipt, ReceiptCollector, ReceiptTerms, UnverifiedReceipt,
    ValidatorIndex, ValidatorSet,
};
use net::{Announcement, Disperse, Offence, PeerId, Request, Response, RowCell, RowCells};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use types::limits::{CELL_BYTES, POINT_BYTES};
use types::{BlobMeta, RowIndex, Timestamp};

/// How long one message of a dispersal may take to be answered.
const MESSAGE_DEADLINE: Duration = Duration::from_secs(20);
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

/// A receipt that the validator who was asked has signed itself.
fn checked(
    state: &State,
    (set, index): (&Assigned, ValidatorIndex),
    peer: PeerId,
    receipt: UnverifiedReceipt,
    terms: &ReceiptTerms,
) -> Result<Receipt> {
    let checked = receipt.verify(&state.chain_id(), set.set(), terms);
    match checked {
        Ok(receipt) if receipt.signer() == index => Ok(receipt),
        Ok(receipt) => {
            state.network.report(peer, Offence::WrongAnswer);
            Err(Error::ForeignReceipt {
                got: receipt.address(),
                peer,
            })
        }
        Err(error) => {
            state.network.report(peer, Offence::WrongAnswer);
            Err(error.into())
        }
    }
}

/// One validator that is handed a blob.
struct Custodian {
    state: Arc<State>,
    lane: Arc<Lane>,
    set: Arc<Assigned>,
    index: ValidatorIndex,
    meta: Arc<BlobMeta>,
    /// What it is to sign, as it stands.
    terms: watch::Receiver<ReceiptTerms>,
    receipts: mpsc::Sender<Receipt>,
}

/// What a validator said.
enum Answer {
    /// It has what it was sent.
    Stored,
    /// It has everything, and has signed.
    Signed(Box<Receipt>),
    /// It was sent everything, and has not got it.
    Lacking,
    /// It is to be asked later.
    Later(Option<Duration>),
}

impl Custodian {
    /// Gives the validator its columns, until it signs for them, it is too late, or nothing is
    /// to be given to it any more.
    async fn hand_over_until(mut self, deadline: Instant, replaced: CancellationToken) {
        tokio::select! {
            () = replaced.cancelled() => {}
            () = tokio::time::sleep_until(deadline) => {
                let (index, blob) = (self.index, self.meta.id());
                tracing::debug!(%index, %blob, "no receipt in time");
            }
            () = self.hand_over() => {}
        }
    }

    fn columns(&self) -> ColumnSet {
        self.set.columns(self.index)
    }

    async fn hand_over(&mut self) {
        let lane = Arc::clone(&self.lane);
        let _place = tokio::select! {
            Some(place) = lane.place() => place,
            // Certified without it, and there is no room to wait for it: it pulls what it lacks.
            () = self.receipts.closed() => return,
        };
        let most = self.state.limits.dispersal_cells.min(net::MAX_CELLS);
        let at_a_time = u16::try_from(most / self.columns().len().max(1)).unwrap_or(u16::MAX);
        let mut handover = Handover::new(self.meta.rows(), at_a_time);
        let started = Instant::now();
        loop {
            let terms = *self.terms.borrow_and_update();
            let answer = self.send(handover.next(), &terms).await;
            let answer = answer.unwrap_or_else(|error| {
                tracing::debug!(%error, blob = %terms.blob, "dispersal is tried again");
                Answer::Later(None)
            });
            match answer {
                Answer::Stored => handover.acknowledged(),
                Answer::Lacking => {
                    handover.forgotten();
                    tokio::time::sleep(handover.failed(None, rand::random())).await;
                }
                Answer::Later(asked) => {
                    tokio::time::sleep(handover.failed(asked, rand::random())).await;
                }
                Answer::Signed(receipt) => {
                    handover.acknowledged();
                    let metrics = &self.state.metrics;
                    metrics.took(Stage::Disperse, started.elapsed());
                    metrics.count(&names::RECEIPTS, &["collected"], 1);
                    // The collector may have what it needs and be gone: the validator holds it
                    // all the same. Else its terms may still be renewed.
                    if self.receipts.send(*receipt).await.is_err()
                        || self.terms.changed().await.is_err()
                    {
                        return;
                    }
                }
            }
        }
    }

    async fn send(&self, next: Next, terms: &ReceiptTerms) -> Result<Answer> {
        let Some(peer) = peer_of(&self.state, &self.set, self.index) else {
            return Ok(Answer::Later(None));
        };
        let Some(_turn) = self.lane.turn().await else {
            return Ok(Answer::Later(None));
        };
        let (request, is_last) = match next {
            Next::Receipt => (Request::Receipt { terms: *terms }, true),
            Next::Rows(rows) => {
                let is_last = rows.end == self.meta.rows();
                (self.disperse(rows, terms).await?, is_last)
            }
        };
        let network = &self.state.network;
        let response = network.request(peer, request, MESSAGE_DEADLINE).await?;
        Ok(match response {
            Response::Dispersed {
                receipt: Some(receipt),
            }
            | Response::Receipt(receipt) => {
                let receipt = checked(&self.state, (&self.set, self.index), peer, receipt, terms)?;
                Answer::Signed(Box::new(receipt))
            }
            Response::Dispersed { receipt: None } if !is_last => Answer::Stored,
            Response::Dispersed { receipt: None } | Response::NotFound => Answer::Lacking,
            Response::Busy { retry_after_ms } => {
                Answer::Later(Some(Duration::from_millis(retry_after_ms.into())))
            }
            other => {
                tracing::debug!(%peer, ?other, "dispersal refused");
                Answer::Later(None)
            }
        })
    }

    /// These rows' cells in the validator's columns.
    async fn disperse(&self, rows: Range<u16>, terms: &ReceiptTerms) -> Result<Request> {
        let (worker, shared) = (Arc::clone(&self.state), Arc::clone(&self.meta));
        let columns = self.columns();
        let rows = self
            .state
            .compute_as(Work::Disperse, move || {
                read_rows(&worker, &shared, rows, columns)
            })
            .await??;
        let cells: usize = rows.iter().map(|row| row.cells.len()).sum();
        let bytes = cells * (CELL_BYTES + POINT_BYTES);
        let metrics = &self.state.metrics;
        metrics.count(&names::DISPERSED_BYTES, &[], bytes as u64);
        Ok(Request::Disperse(Disperse {
            terms: *terms,
            meta: self.meta.as_ref().clone(),
            rows,
        }))
    }
}

fn peer_of(state: &State, set: &Assigned, index: ValidatorIndex) -> Option<PeerId> {
    let address = set.set().get(index)?.address();
    let peers = state.network.connected_peers();
    peers
        .into_iter()
        .find(|peer| peer.validator == Some(address))
        .map(|peer| peer.peer)
}

fn read_rows(
    state: &State,
    meta: &BlobMeta,
    rows: Range<u16>,
    columns: ColumnSet,
) -> Result<Vec<RowCells>> {
    let blob = meta.id();
    rows.map(|row| {
        let row = RowIndex::new(row.into())?;
        let mut cells = Vec::with_capacity(columns.len());
        for column in columns.iter() {
            if let Some((cell, proof)) = state.store.cell(&blob, row, column)? {
                cells.push(RowCell {
                    column,
                    cell,
                    proof,
                });
            }
        }
        Ok(RowCells { row, cells })
    })
    .collect()
}
