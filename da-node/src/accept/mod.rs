//! Taking a blob in: bytes become rows, rows become cells with proofs, and the blob is stored
//! durably before the poster hears of it. Then it is dispersed.

mod custodian;
mod disperse;
mod encode;
mod handover;
mod lanes;

pub(crate) use lanes::Lanes;

use crate::crash_point::{self, Step};
use crate::disk::Need;
use crate::metrics::{Stage, names};
use crate::pool::MANY_ROWS;
use crate::state::State;
use crate::store::{BlobRecord, BlobState};
use crate::work::{Pool, Work};
use crate::{Error, Result};
use proto::RowProofs;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use types::{BlobId, BlobMeta, Namespace, PayloadLength};

/// What a poster submits.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Whose blob it is.
    pub namespace: Namespace,
    /// How the payload lies in its rows, and how long it is.
    pub length: PayloadLength,
    /// The id that the poster expects, if it computed one.
    pub expected: Option<BlobId>,
    /// The payload.
    pub payload: Vec<u8>,
    /// The proofs of every row, where the poster has made them.
    pub proofs: Option<Vec<RowProofs>>,
}

/// A blob that is durably stored: posting it again is the same blob.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Its identity.
    pub id: BlobId,
    /// How many rows it takes.
    pub rows: u16,
    /// How far it has come.
    pub record: BlobRecord,
}

/// Room for one submission, held from its first byte to its certificate.
#[derive(Debug)]
pub struct Admission {
    _permit: OwnedSemaphorePermit,
    /// The poster's own place, when it is a client with a quota.
    _place: Option<OwnedSemaphorePermit>,
}

impl Admission {
    /// The same room, which holds a place of the poster's as long as it is taken.
    pub(crate) fn holding(self, place: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            _place: place,
            ..self
        }
    }
}

/// When a poster that found the queue full should come back.
const RETRY_AFTER_MS: u64 = 1_000;

/// Makes room for a submission before any of its bytes are read.
pub(crate) fn admit(state: &State) -> Result<Admission> {
    state.check_fit()?;
    state.disk.check(Need::Submission)?;
    let waiting = state.pool.rows();
    if waiting >= MANY_ROWS {
        return Err(Error::Busy {
            what: "rows that wait for a block",
            got: waiting,
            max: MANY_ROWS,
            retry_after_ms: RETRY_AFTER_MS,
        });
    }
    let permit = Arc::clone(&state.submissions).try_acquire_owned();
    permit
        .map(|_permit| Admission {
            _permit,
            _place: None,
        })
        .map_err(|_| Error::Busy {
            what: "submissions",
            got: state.limits.submissions,
            max: state.limits.submissions,
            retry_after_ms: RETRY_AFTER_MS,
        })
}

/// Takes a whole payload in. Returns once it is durable, or was so before; dispersal goes on
/// by itself.
pub(crate) async fn submit(
    state: &Arc<State>,
    admission: Admission,
    submission: Submission,
) -> Result<Accepted> {
    let Submission {
        namespace,
        length,
        expected,
        payload,
        proofs,
    } = submission;
    if payload.len() as u64 != u64::from(length.bytes()) {
        return Err(Error::PayloadLength {
            got: payload.len() as u64,
            expected: u64::from(length.bytes()),
        });
    }
    if let Some(proofs) = &proofs {
        check_rows(proofs.len(), length)?;
    }
    let _timer = state.metrics.time(Stage::Accept);
    let turn = state.workers.turn(Pool::Posters).await?;
    let worker = Arc::clone(state);
    let described = state
        .compute_as(Work::Describe, move || {
            encode::describe(&worker, namespace, length, payload, proofs)
        })
        .await??;
    // Whoever waits for another call below must not keep its turn from it.
    drop(turn);
    let id = described.meta.id();
    if let Some(expected) = expected.filter(|expected| *expected != id) {
        return Err(Error::BlobId { got: id, expected });
    }
    let rows = described.meta.rows();
    let claim = loop {
        if let Some(record) = state.board.record(&id)?.filter(|r| !r.state.may_restart()) {
            return Ok(Accepted { id, rows, record });
        }
        if let Some(claim) = state.accepting.claim(id) {
            break claim;
        }
        // The same bytes are being taken in by another call: its record is about to come.
        let mut changes = state.board.watch();
        tokio::select! {
            () = state.stop.cancelled() => return Err(Error::Stopping),
            _ = changes.recv() => {}
            () = tokio::time::sleep(std::time::Duration::from_millis(100)) => {}
        }
    };
    let turn = state.workers.turn(Pool::Posters).await?;
    let (worker, meta) = (Arc::clone(state), described.meta.clone());
    let record = state
        .compute_as(Work::Store, move || encode::store(&worker, described))
        .await??;
    drop(turn);
    // Before the acknowledgement is sent.
    crash_point::reach(Step::Send);
    state.metrics.count(&names::ACCEPTED_BLOBS, &[], 1);
    let bytes = u64::from(length.bytes());
    state.metrics.count(&names::ACCEPTED_BYTES, &[], bytes);
    spawn_dispersal(state, meta, record.clone(), (Some(admission), claim));
    Ok(Accepted { id, rows, record })
}

/// Refuses proofs of more or fewer rows than the payload fills.
pub(crate) fn check_rows(got: usize, length: PayloadLength) -> Result<()> {
    let expected = length.rows() as u64;
    if got as u64 == expected {
        return Ok(());
    }
    Err(Error::Proto(proto::Error::Count {
        field: "rows with proofs",
        got: got as u64,
        min: expected,
        max: expected,
    }))
}

/// Goes on with every blob that was accepted and not certified when the node stopped.
pub(crate) fn resume(state: &Arc<State>) -> Result<()> {
    let open = |s: &BlobState| matches!(s, BlobState::Received | BlobState::Dispersed { .. });
    for (blob, _) in state.store.records(open)? {
        let (Some(meta), Some(claim)) = (state.store.meta(&blob)?, state.accepting.claim(blob))
        else {
            continue;
        };
        // Accepted anew: no validator signs for a time that long since passed.
        let record = state.board.set(blob, BlobState::Received, state.now())?;
        spawn_dispersal(state, meta, record, (None::<Admission>, claim));
    }
    Ok(())
}

fn spawn_dispersal<T: Send + 'static>(
    state: &Arc<State>,
    meta: BlobMeta,
    record: BlobRecord,
    held_until_done: T,
) {
    let worker = Arc::clone(state);
    state.tasks.spawn(async move {
        let blob = meta.id();
        let accepted_at = record.accepted_at;
        tokio::select! {
            () = worker.stop.cancelled() => {}
            done = disperse::disperse(&worker, meta, accepted_at) => {
                if let Err(error) = done {
                    tracing::warn!(%blob, %error, "blob not certified");
                    worker.metrics.count(&names::UNCERTIFIED_BLOBS, &[], 1);
                    let state = BlobState::Failed { reason: error.to_string() };
                    if let Err(error) = worker.board.set(blob, state, accepted_at) {
                        tracing::error!(%blob, %error, "cannot record the failure");
                    }
                }
            }
        }
        drop(held_until_done);
    });
}
