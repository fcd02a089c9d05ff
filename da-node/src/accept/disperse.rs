//! Handing a stored blob to its custodians and collecting their receipts.

use crate::crash_point::{self, Step};
use crate::custody::promise_and_sign;
use crate::faults::spoil_rows;
use crate::metrics::{Stage, names};
use crate::state::{News, State};
use crate::store::BlobState;
use crate::{Error, Result};
use chain::{
    ColumnSet, Receipt, ReceiptCollector, ReceiptTerms, UnverifiedReceipt, ValidatorIndex,
};
use net::{Announcement, Disperse, Offence, PeerId, Request, Response, RowCell, RowCells};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use types::limits::{CELL_BYTES, POINT_BYTES};
use types::{BlobMeta, RowIndex, Timestamp};

/// How long one message of a dispersal may take to be answered.
const MESSAGE_DEADLINE: Duration = Duration::from_secs(10);
/// How long to wait before a validator that is away or busy is tried again.
const PAUSE: Duration = Duration::from_millis(250);

/// Disperses a blob until more than two thirds of the weight hold it, then announces its
/// certificate. Validators that are slower still get their columns.
pub(super) async fn disperse(
    state: &Arc<State>,
    meta: BlobMeta,
    accepted_at: Timestamp,
) -> Result<()> {
    let started = Instant::now();
    let terms = terms(state, &meta, accepted_at);
    let deadline = Instant::now() + Duration::from_millis(state.limits.dispersal_deadline_ms);
    let meta = Arc::new(meta);
    let (receipts, mut received) = mpsc::channel::<Receipt>(state.validators().len());

    let mut collector = ReceiptCollector::new(terms, state.validators().clone());
    collector.add(own_receipt(state, &meta, terms).await?)?;
    for (index, validator) in state.validators().iter() {
        if index == state.index {
            continue;
        }
        let (worker, meta, receipts) = (Arc::clone(state), Arc::clone(&meta), receipts.clone());
        let address = validator.address();
        state.tasks.spawn(async move {
            let hand_over = hand_over(&worker, index, &meta, &terms, &receipts);
            tokio::select! {
                () = worker.stop.cancelled() => {}
                () = tokio::time::sleep_until(deadline) => {
                    tracing::debug!(%address, blob = %terms.blob, "no receipt in time");
                }
                () = hand_over => {}
            }
        });
    }
    drop(receipts);

    let certificate = loop {
        if let Some(certificate) = collector.finish() {
            break certificate;
        }
        let Ok(Some(receipt)) = tokio::time::timeout_at(deadline, received.recv()).await else {
            return Err(Error::Chain(chain::Error::Quorum {
                what: "receipts",
                got: collector.signed_weight(),
                total: state.validators().total_weight(),
            }));
        };
        if let Err(error) = collector.add(receipt) {
            tracing::debug!(%error, "receipt not counted");
            continue;
        }
        let dispersed = BlobState::Dispersed {
            receipts: u16::try_from(collector.signers().iter().count()).unwrap_or(u16::MAX),
            signed: collector.signed_weight().get(),
            total: state.validators().total_weight().get(),
        };
        state.board.set(terms.blob, dispersed, accepted_at)?;
    };
    let certificate = certificate.to_unverified();
    state.metrics.took(Stage::Certificate, started.elapsed());
    if state.take_certificate(&meta, certificate.clone())? == News::New {
        crash_point::reach(Step::Send);
        let announcement = Announcement::Certified {
            meta: meta.as_ref().clone(),
            certificate,
        };
        // Whoever misses the announcement asks for it when it connects.
        if let Err(error) = state.network.announce(announcement).await {
            tracing::debug!(%error, "certificate not announced");
        }
    }
    Ok(())
}

fn terms(state: &State, meta: &BlobMeta, accepted_at: Timestamp) -> ReceiptTerms {
    ReceiptTerms {
        chain_id: state.chain_id(),
        set: state.validators().hash(),
        blob: meta.id(),
        accepted_at,
        expires_at: accepted_at.plus_millis(state.params().retention_ms),
    }
}

async fn own_receipt(
    state: &Arc<State>,
    meta: &Arc<BlobMeta>,
    terms: ReceiptTerms,
) -> Result<Receipt> {
    let (worker, meta) = (Arc::clone(state), Arc::clone(meta));
    let signed = state
        .compute(move || promise_and_sign(&worker, &meta, &terms))
        .await??;
    let receipt = signed.ok_or(Error::IncompleteBlob {
        blob: terms.blob,
        got: 0,
        expected: 1,
    })?;
    Ok(receipt.verify(&state.chain_id(), state.validators(), &terms)?)
}

/// A receipt that the validator who was asked has signed itself.
fn checked(
    state: &State,
    index: ValidatorIndex,
    peer: PeerId,
    receipt: UnverifiedReceipt,
    terms: &ReceiptTerms,
) -> Result<Receipt> {
    let checked = receipt.verify(&state.chain_id(), state.validators(), terms);
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

/// Gives one validator its columns, until it signs for them.
async fn hand_over(
    state: &Arc<State>,
    index: ValidatorIndex,
    meta: &Arc<BlobMeta>,
    terms: &ReceiptTerms,
    receipts: &mpsc::Sender<Receipt>,
) {
    let columns = state.custody.columns(index);
    let started = Instant::now();
    loop {
        match offer(state, index, meta, terms, columns).await {
            Ok(Some(receipt)) => {
                state.metrics.took(Stage::Disperse, started.elapsed());
                state.metrics.count(&names::RECEIPTS, &["collected"], 1);
                // The collector has what it needs and is gone: the validator holds it all the same.
                let _ = receipts.send(receipt).await;
                return;
            }
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, blob = %terms.blob, "dispersal is tried again"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Sends a validator all its columns, as many rows at a time as a message takes.
async fn offer(
    state: &Arc<State>,
    index: ValidatorIndex,
    meta: &Arc<BlobMeta>,
    terms: &ReceiptTerms,
    columns: ColumnSet,
) -> Result<Option<Receipt>> {
    let Some(peer) = peer_of(state, index) else {
        return Ok(None);
    };
    let rows_at_a_time = (net::MAX_CELLS / columns.len().max(1)).max(1);
    let rows: Vec<u64> = (0..u64::from(meta.rows())).collect();
    for chunk in rows.chunks(rows_at_a_time) {
        let (worker, shared, chunk) = (Arc::clone(state), Arc::clone(meta), chunk.to_vec());
        let mut rows = state
            .compute(move || read_rows(&worker, &shared, &chunk, columns))
            .await??;
        if state.faults.get().encodes_wrongly {
            spoil_rows(&mut rows);
        }
        let cells: usize = rows.iter().map(|row| row.cells.len()).sum();
        let bytes = cells * (CELL_BYTES + POINT_BYTES);
        state
            .metrics
            .count(&names::DISPERSED_BYTES, &[], bytes as u64);
        let request = Disperse {
            terms: *terms,
            meta: meta.as_ref().clone(),
            rows,
        };
        match state
            .network
            .request(peer, Request::Disperse(request), MESSAGE_DEADLINE)
            .await?
        {
            Response::Dispersed {
                receipt: Some(receipt),
            } => return checked(state, index, peer, receipt, terms).map(Some),
            Response::Dispersed { receipt: None } => {}
            Response::Busy { retry_after_ms } => {
                tokio::time::sleep(Duration::from_millis(u64::from(retry_after_ms))).await;
                return Ok(None);
            }
            other => {
                tracing::debug!(%peer, ?other, "dispersal refused");
                return Ok(None);
            }
        }
    }
    Ok(None)
}

fn peer_of(state: &State, index: ValidatorIndex) -> Option<PeerId> {
    let address = state.validators().get(index)?.address();
    let peers = state.network.connected_peers();
    peers
        .into_iter()
        .find(|peer| peer.validator == Some(address))
        .map(|peer| peer.peer)
}

fn read_rows(
    state: &State,
    meta: &BlobMeta,
    rows: &[u64],
    columns: ColumnSet,
) -> Result<Vec<RowCells>> {
    let blob = meta.id();
    rows.iter()
        .map(|row| {
            let row = RowIndex::new(*row)?;
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
