//! `WatchBlob`: from the present state to the last one.

use super::outbox::{Gone, Outbox};
use super::{Answers, Service};
use crate::state::State;
use crate::store::{BlobRecord, BlobState};
use crate::{Error, Result};
use bytes::Bytes;
use chain::{UnverifiedAvailability, ValidatorSet};
use proto::{read, v1};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::error::RecvError;
use types::BlobId;
use v1::blob_status::State as Wire;

/// Follows a blob.
pub(super) fn watch(
    service: &Service,
    request: &v1::WatchBlobRequest,
) -> Result<Answers<v1::BlobStatus>> {
    let id = read("blob_id", &request.blob_id[..], BlobId::from_slice)?;
    let permit = service.subscribe()?;

    // Subscribed before the state is read, so that no change falls between.
    let changes = service.state.board.watch();
    let record = known(&service.state, id)?;

    let (outbox, answers) = Outbox::open();
    let watcher = Watcher {
        state: Arc::clone(&service.state),
        id,
        last: None,
        certified: false,
        outbox,
        _permit: permit,
    };
    service.state.tasks.spawn(watcher.run(record, changes));
    Ok(answers)
}

/// The record of a blob that still is one.
pub(super) fn known(state: &State, id: BlobId) -> Result<BlobRecord> {
    let record = state.board.record(&id)?.ok_or(Error::UnknownBlob(id))?;
    if matches!(record.state, BlobState::Pruned { .. }) {
        return Err(Error::PrunedBlob {
            blob: id,
            at: record.at,
        });
    }
    Ok(record)
}

/// The present state alone; none for a blob that is pruned.
pub(super) fn present(state: &State, id: BlobId, record: &BlobRecord) -> Option<v1::BlobStatus> {
    steps(id, record, false, &set_of(state, record)).pop()
}

/// The set whose members sign for a blob: the one that its certificate names, or the present.
fn set_of(state: &State, record: &BlobRecord) -> ValidatorSet {
    let certificate = record.state.certificate();
    let named = certificate.and_then(|certificate| {
        let set = state.set_named(&certificate.terms.set);
        set.inspect_err(|error| tracing::error!(%error, "store"))
            .ok()?
    });
    named.unwrap_or_else(|| state.validators())
}

struct Watcher {
    state: Arc<State>,
    id: BlobId,
    last: Option<BlobRecord>,
    /// Whether the certificate was sent.
    certified: bool,
    outbox: Outbox<v1::BlobStatus>,
    _permit: OwnedSemaphorePermit,
}

/// Whether there is more to come.
enum Next {
    More,
    Last,
}

type Changes = tokio::sync::broadcast::Receiver<(BlobId, BlobRecord)>;

impl Watcher {
    async fn run(mut self, mut record: BlobRecord, mut changes: Changes) {
        loop {
            match self.tell(record).await {
                Ok(Next::More) => {}
                Ok(Next::Last) | Err(Gone) => return,
            }
            record = match self.next(&mut changes).await {
                None => return,
                Some(Ok(record)) => record,
                Some(Err(error)) => return self.outbox.fail(&error).await,
            };
        }
    }

    /// The blob's next record; none when the watcher has left.
    async fn next(&self, changes: &mut Changes) -> Option<Result<BlobRecord>> {
        loop {
            let change = tokio::select! {
                () = self.outbox.closed() => return None,
                () = self.state.stop.cancelled() => return Some(Err(Error::Stopping)),
                change = changes.recv() => change,
            };
            match change {
                Ok((id, _)) if id != self.id => {}
                // A change, or too many to hear of them all: what counts is in the store.
                Ok(_) | Err(RecvError::Lagged(_)) => return Some(known(&self.state, self.id)),
                Err(RecvError::Closed) => return Some(Err(Error::Stopping)),
            }
        }
    }

    async fn tell(&mut self, record: BlobRecord) -> Result<Next, Gone> {
        if self.last.as_ref() == Some(&record) {
            return Ok(Next::More);
        }
        let set = set_of(&self.state, &record);
        for step in steps(self.id, &record, self.certified, &set) {
            self.outbox.send(step).await?;
        }
        self.certified |= record.state.certificate().is_some();
        let last = matches!(
            record.state,
            BlobState::Final { .. } | BlobState::Expired | BlobState::Failed { .. }
        );
        self.last = Some(record);
        Ok(if last { Next::Last } else { Next::More })
    }
}

/// What a watcher hears of a record: a final blob was certified and ordered before. All but the
/// last are superseded.
fn steps(
    id: BlobId,
    record: &BlobRecord,
    certified: bool,
    set: &ValidatorSet,
) -> Vec<v1::BlobStatus> {
    let mut states = Vec::with_capacity(3);
    match &record.state {
        BlobState::Received => states.push(Wire::Received(v1::Received {})),
        // Another node accepted it; this one has heard of it.
        BlobState::Known => states.push(Wire::Dispersed(v1::Dispersed {
            receipts: 0,
            signed_weight: 0,
            total_weight: set.total_weight().get(),
        })),
        BlobState::Dispersed {
            receipts,
            signed,
            total,
        } => states.push(Wire::Dispersed(v1::Dispersed {
            receipts: u32::from(*receipts),
            signed_weight: *signed,
            total_weight: *total,
        })),
        BlobState::Certified { certificate } => states.push(certificate_state(certificate, set)),
        BlobState::Final {
            height,
            header,
            certificate,
            ..
        } => {
            if !certified {
                states.push(certificate_state(certificate, set));
            }
            let height = height.get();
            states.push(Wire::Ordered(v1::Ordered { height }));
            states.push(Wire::Final(v1::Final {
                height,
                header_hash: Bytes::copy_from_slice(header.as_bytes()),
            }));
        }
        BlobState::Expired => states.push(Wire::Expired(v1::Expired {
            reason: "no block took the blob within the ordering window".into(),
            retry: true,
        })),
        BlobState::Failed { reason } => states.push(Wire::Failed(v1::Failed {
            reason: reason.clone(),
            retry: true,
        })),
        BlobState::Pruned { .. } => {}
    }
    let last = states.len().saturating_sub(1);
    states
        .into_iter()
        .enumerate()
        .map(|(place, state)| v1::BlobStatus {
            blob_id: Bytes::copy_from_slice(id.as_bytes()),
            at_ms: record.at.get(),
            superseded: place < last,
            state: Some(state),
        })
        .collect()
}

fn certificate_state(certificate: &UnverifiedAvailability, set: &ValidatorSet) -> Wire {
    // The store keeps verified certificates only: the bitmap is one of this set.
    let signed = chain::Bitmap::decode(set.len(), &certificate.signers)
        .and_then(|signers| set.weight_of(&signers))
        .unwrap_or_default();
    Wire::Certified(v1::Certified {
        certificate: certificate.encode().into(),
        signed_weight: signed.get(),
        total_weight: set.total_weight().get(),
        accepted_at_ms: certificate.terms.accepted_at.get(),
        expires_at_ms: certificate.terms.expires_at.get(),
    })
}
