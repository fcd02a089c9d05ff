//! The ways to the other validators, and how much is on each at a time.

use chain::ValidatorAddress;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Messages under way to one validator at a time. Those of several blobs take turns, so that a
/// large blob does not hold up a small one; two keep the way busy while one is verified.
pub(super) const TURNS: usize = 2;

/// The way to one validator.
#[derive(Debug)]
pub(super) struct Lane {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Lane {
    /// A place for one blob; none once the node stops.
    pub(super) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    /// A turn for one message, first come, first served.
    pub(super) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turns).acquire_owned().await.ok()
    }
}

/// The ways to all validators to which something is being sent.
#[derive(Debug)]
pub(crate) struct Lanes {
    lanes: Mutex<HashMap<ValidatorAddress, Arc<Lane>>>,
    places: usize,
}

impl Lanes {
    /// With so many blobs on each at a time.
    pub(crate) fn new(places: usize) -> Self {
        Self {
            lanes: Mutex::default(),
            places: places.min(Semaphore::MAX_PERMITS),
        }
    }

    /// The way to a validator. Those that nobody uses are forgotten.
    pub(super) fn to(&self, validator: ValidatorAddress) -> Arc<Lane> {
        // The map is consistent after every single call on it.
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.retain(|other, lane| *other == validator || Arc::strong_count(lane) > 1);
        let lane = lanes.entry(validator).or_insert_with(|| {
            Arc::new(Lane {
                places: Arc::new(Semaphore::new(self.places)),
                turns: Arc::new(Semaphore::new(TURNS)),
            })
        });
        Arc::clone(lane)
    }
}

#[cfg(test)]
mod tests;
