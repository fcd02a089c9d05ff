//! Taking headers into trust, and halting when trust is broken.

use crate::client::{ForkEvidence, Shared, Trouble, now};
use crate::core::Step;
use crate::{Error, Result};
use chain::{Checkpoint, UnverifiedHeader};

impl Shared {
    /// Leaves in the status why the node stops; the first reason stays.
    pub(crate) fn halt(&self, error: &Error) {
        tracing::error!(%error, "halted");
        let fork = match error {
            Error::Chain(chain::Error::Fork { first, second }) => Some(ForkEvidence {
                height: second.header().height,
                first: hex::encode(first.encode()),
                second: hex::encode(second.encode()),
            }),
            _ => None,
        };
        // On disk before anybody hears of it, lest a restart forget.
        if let Some(fork) = &fork
            && let Err(error) = self.store.record_fork(fork)
        {
            tracing::error!(%error, %fork, "the evidence of the fork was not kept");
        }
        self.state.send_modify(|status| {
            if let Some(fork) = fork {
                status.fork.get_or_insert_with(|| Box::new(fork));
            }
            status.stopped.get_or_insert_with(|| error.to_string());
        });
    }

    pub(crate) fn stop_reason(&self) -> Option<String> {
        self.state.borrow().stopped.clone()
    }

    /// Verifies a header and, when it is the newest, remembers it. None before the anchor.
    pub(crate) fn accept(&self, header: UnverifiedHeader) -> Result<Option<Step>> {
        let mut guard = self.trust();
        let Some(trust) = guard.as_mut() else {
            return Ok(None);
        };
        let before = trust.tip().height;
        let step = match trust.accept(header, now()) {
            Err(Error::ClockBehind { header, now }) => {
                tracing::warn!(%header, %now, "the clock is slow");
                self.set_trouble(Some(Trouble::ClockBehind { header, now }));
                return Err(Error::ClockBehind { header, now });
            }
            step => step?,
        };
        if let Some(latest) = trust.latest().filter(|_| trust.tip().height > before) {
            let kept = self.store.trust(Checkpoint::of(latest));
            self.note_kept("the trusted header", kept);
            let tip = (latest.header().height, latest.hash());
            self.state.send_modify(|state| {
                state.tip = Some(tip);
                state.trouble = None;
            });
        }
        Ok(Some(step))
    }
}

/// Whether the node cannot go on after this: a fork, or trust that ran out.
pub(crate) fn is_fatal(error: &Error) -> bool {
    match error {
        Error::Chain(error) => matches!(
            error,
            chain::Error::Fork { .. } | chain::Error::TrustExpired { .. }
        ),
        Error::Stopped { .. } => true,
        _ => false,
    }
}
