//! The blobs of one scenario, and what became of each.

use super::fleet::Fleet;
use super::scenario::VALIDATORS;
use crate::{Error, Result};
use proto::Submission;
use proto::client::{Client, ClientError, State};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use types::{BlobId, BlobMode, PayloadLength};

/// Bytes of a payload: less than a row.
const BYTES: usize = 60_000;
/// How long a validator may take to take a blob in.
const SUBMIT: Duration = Duration::from_secs(60);
/// How long a blob may take to be final while blocks go on.
const ORDER: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(200);

/// What became of the blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Blobs {
    /// Acknowledged by an honest validator.
    pub posted: usize,
    /// Those of them that have a certificate in the end.
    pub certified: usize,
    /// Those that are not what was acknowledged: gone from the validator that acknowledged it
    /// or, once certified, from any honest one.
    pub lost: usize,
    /// Posted through a validator that disperses what fits no commitment.
    pub posted_to_liar: usize,
    /// Those of them that were certified while it did.
    pub certified_by_liar: usize,
}

struct Posted {
    id: BlobId,
    node: usize,
    payload: Vec<u8>,
}

/// The poster.
pub(super) struct Posts {
    rng: StdRng,
    blobs: Vec<Posted>,
}

impl Posts {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            blobs: Vec::new(),
        }
    }

    /// Posts a blob through a validator, which acknowledges it.
    pub(super) async fn post(&mut self, fleet: &Fleet, node: usize) -> Result<BlobId> {
        let mut payload = vec![0; BYTES];
        self.rng.fill_bytes(&mut payload);
        let submission = Submission {
            namespace: "faults".parse()?,
            length: PayloadLength::new(BlobMode::Packed, BYTES as u64)?,
            expected: None,
        };
        let started = Instant::now();
        let id = loop {
            let submitted = fleet
                .client(node)
                .submit(&submission, payload.clone().into());
            match timeout(SUBMIT, submitted).await {
                Ok(Ok(submitted)) => break submitted.id,
                // Its connection may be one that broke while nobody looked.
                Ok(Err(error)) if started.elapsed() > SUBMIT => {
                    return Err(Error::client(node)(error));
                }
                Ok(Err(_)) => sleep(PAUSE).await,
                Err(_) => return Err(late(format!("validator {node} takes no blob"), SUBMIT)),
            }
        };
        self.blobs.push(Posted { id, node, payload });
        Ok(id)
    }

    /// Posts a blob that must become final.
    pub(super) async fn post_final(&mut self, fleet: &Fleet, node: usize) -> Result<()> {
        let id = self.post(fleet, node).await?;
        let started = Instant::now();
        loop {
            match timeout(ORDER, fleet.client(node).await_final(id)).await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(ClientError::Transport(_))) if started.elapsed() < ORDER => {
                    sleep(PAUSE).await;
                }
                Ok(Err(error)) => return Err(Error::client(node)(error)),
                Err(_) => return Err(late(format!("blob {id} is not final"), ORDER)),
            }
        }
    }

    /// How many of the blobs that were posted through a validator are certified by now.
    pub(super) async fn certified_of(&self, fleet: &Fleet, node: usize) -> Result<usize> {
        let mut certified = 0;
        for blob in self.blobs.iter().filter(|blob| blob.node == node) {
            let status = fleet.client(node).status(blob.id).await;
            let state = status.map_err(Error::client(node))?.state;
            let waits = matches!(
                state,
                State::Received | State::Dispersed { .. } | State::Failed { .. }
            );
            certified += usize::from(!waits);
        }
        Ok(certified)
    }

    /// Follows every blob to its end and reads it back, when nothing is wrong any more. What was
    /// posted through a liar is only counted: once honest, it disperses it anew.
    pub(super) async fn audit(
        &self,
        fleet: &Fleet,
        liar: Option<usize>,
        limit: Duration,
    ) -> Result<Blobs> {
        let deadline = Instant::now() + limit;
        let mut counted = Blobs::default();
        for blob in &self.blobs {
            if Some(blob.node) == liar {
                counted.posted_to_liar += 1;
                continue;
            }
            let certified = settle(fleet.client(blob.node), blob, deadline).await?;
            counted.posted += 1;
            counted.certified += usize::from(certified);
            // Whoever acknowledged it has it; once it is certified, so has everybody honest.
            let holders = (0..VALIDATORS)
                .filter(|node| (certified && Some(*node) != liar) || *node == blob.node);
            for node in holders {
                if !returns(fleet.client(node), blob, deadline).await {
                    tracing::error!(node, blob = %blob.id, "LOST");
                    counted.lost += 1;
                    break;
                }
            }
        }
        Ok(counted)
    }
}

fn late(missing: String, after: Duration) -> Error {
    Error::Late { missing, after }
}

/// Waits until a blob is at its end. Says whether it was certified.
async fn settle(client: &Client, blob: &Posted, deadline: Instant) -> Result<bool> {
    loop {
        let status = client.status(blob.id).await;
        match status.map(|status| status.state) {
            Ok(State::Final { .. } | State::Expired { .. }) => return Ok(true),
            Ok(State::Failed { .. }) => return Ok(false),
            Err(error) if Instant::now() > deadline => return Err(Error::client(blob.node)(error)),
            Ok(state) if Instant::now() > deadline => {
                let missing = format!("blob {} stays {}", blob.id, state.name());
                return Err(late(missing, Duration::ZERO));
            }
            Ok(_) | Err(_) => sleep(PAUSE).await,
        }
    }
}

/// Whether a validator returns the blob byte for byte; it may have to pull it first.
async fn returns(client: &Client, blob: &Posted, deadline: Instant) -> bool {
    loop {
        match client.fetch(blob.id).await {
            Ok(fetched) => return fetched.payload == blob.payload,
            Err(_) if Instant::now() > deadline => return false,
            Err(_) => sleep(PAUSE).await,
        }
    }
}
