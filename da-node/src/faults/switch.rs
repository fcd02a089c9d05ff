//! The faults of a running node, which may change while it runs.

use super::Faults;
use std::sync::{Arc, PoisonError, RwLock};

/// The faults that a running node has now, shared by its clones. They may be switched at any
/// time; an answer that is being made keeps those it began with.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultSwitch(Arc<RwLock<Arc<Faults>>>);

impl FaultSwitch {
    pub(crate) fn new(faults: Faults) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(faults))))
    }

    pub(crate) fn get(&self) -> Arc<Faults> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, faults: Faults) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(faults);
    }
}
