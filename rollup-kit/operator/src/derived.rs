//! The state as crate `derivation` derives it, in the form that the core goes by.

use crate::Result;
use crate::settled::{Derived, QueueView, QueuedOperation, Settled, SettledBatch};
use derivation::{BatchStatus, Derivation, Deriver, Rows};
use ledger::{Roots, State, Tree};
use settlement::{BatchNumber, L1Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Operations of a queue that are looked ahead to: several of the largest batches.
const QUEUE: usize = 1024;
/// Batches before the last final one that are told, so that none in flight is missed.
const BEFORE: u64 = 64;

/// A [`Deriver`] that says what an operator builds upon.
#[derive(Debug)]
pub struct Follow<R> {
    deriver: Deriver<R>,
    /// The state that was handed out last: it is large, and changes with a batch alone.
    last: Option<(Roots, Arc<State>)>,
}

impl<R: Rows> Follow<R> {
    /// Derives by this.
    #[must_use]
    pub const fn new(deriver: Deriver<R>) -> Self {
        Self {
            deriver,
            last: None,
        }
    }

    /// Writes what is derived to disk, if there is a store.
    ///
    /// # Errors
    /// [`crate::Error::Derivation`].
    pub fn save(&mut self) -> Result<()> {
        Ok(self.deriver.save()?)
    }

    fn state(&mut self) -> Arc<State> {
        let state = self.deriver.derivation().state();
        let roots = state.roots();
        match &self.last {
            Some((of, last)) if *of == roots => last.clone(),
            _ => {
                let state = Arc::new(state.clone());
                self.last = Some((roots, state.clone()));
                state
            }
        }
    }
}

impl<R: Rows> Derived for Follow<R> {
    async fn refresh(&mut self) -> Result<Option<Arc<Settled>>> {
        self.deriver.catch_up().await?;
        let derivation = self.deriver.derivation();
        let is_current = |tree| derivation.standing(tree).is_current;
        if !derivation.history().has_begun() || !Tree::BOTH.into_iter().all(is_current) {
            return Ok(None);
        }
        let state = self.state();
        settled(self.deriver.derivation(), state).map(|settled| Some(Arc::new(settled)))
    }
}

fn settled(derivation: &Derivation, state: Arc<State>) -> Result<Settled> {
    let history = derivation.history();
    let queue = |tree| -> Result<QueueView> {
        let next = history.next(tree, QUEUE)?;
        let next = next.into_iter().map(|queued| QueuedOperation {
            place: queued.place,
            operation: queued.operation,
            enqueued_at: queued.on_l1.enqueuedAt,
            deadline: queued.on_l1.deadline,
        });
        Ok(QueueView {
            head: history.head(tree),
            next: next.collect(),
        })
    };
    let first = history.last_final().get().saturating_sub(BEFORE);
    let mut batches = BTreeMap::new();
    for entry in history.batches(BatchNumber::new(first)) {
        let on_l1 = &entry.on_l1;
        let batch = SettledBatch {
            roots: derivation::convert::roots(&on_l1.roots)?,
            heads: [on_l1.onHead, on_l1.offHead],
            operator: on_l1.operator,
            submitted_at: L1Time::new(on_l1.submittedAt),
            block: entry.block.number,
            transaction: entry.transaction,
            is_void: history.status(entry.number) == Some(BatchStatus::Void),
        };
        batches.insert(entry.number, batch);
    }
    Ok(Settled {
        block: derivation.tip().number,
        newest: history.newest(),
        last_final: history.last_final(),
        last_checkpoint_at: history
            .last_checkpoint()
            .map_or(L1Time::new(0), |(_, at)| at),
        state,
        queues: [queue(Tree::OnL1)?, queue(Tree::OffL1)?],
        batches,
        is_frozen: history.frozen().is_some(),
    })
}
