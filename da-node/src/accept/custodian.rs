//! Handing a blob to one of its custodians.

use super::handover::{Handover, Next};
use super::lanes::Lane;
use crate::faults::spoil_rows;
use crate::metrics::{Stage, names};
use crate::sets::Assigned;
use crate::state::State;
use crate::work::Work;
use crate::{Error, Result};
use chain::{ColumnSet, Receipt, ReceiptTerms, UnverifiedReceipt, ValidatorIndex};
use net::{Disperse, Offence, PeerId, Request, Response, RowCell, RowCells};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use types::limits::{CELL_BYTES, POINT_BYTES};
use types::{BlobMeta, RowIndex};

/// How long one message of a dispersal may take to be answered.
const MESSAGE_DEADLINE: Duration = Duration::from_secs(20);

/// One validator that is handed a blob.
pub(super) struct Custodian {
    pub(super) state: Arc<State>,
    pub(super) lane: Arc<Lane>,
    pub(super) set: Arc<Assigned>,
    pub(super) index: ValidatorIndex,
    pub(super) meta: Arc<BlobMeta>,
    /// What it is to sign, as it stands.
    pub(super) terms: watch::Receiver<ReceiptTerms>,
    pub(super) receipts: mpsc::Sender<Receipt>,
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
    pub(super) async fn hand_over_until(mut self, deadline: Instant, replaced: CancellationToken) {
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
        let mut rows = self
            .state
            .compute_as(Work::Disperse, move || {
                read_rows(&worker, &shared, rows, columns)
            })
            .await??;
        if self.state.faults.get().encodes_wrongly {
            spoil_rows(&mut rows);
        }
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
