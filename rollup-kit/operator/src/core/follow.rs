//! Holding what is in flight against what L1 says.

use super::Core;
use crate::Result;
use crate::plan::SealedBatch;
use crate::records::Record;
use crate::settled::Settled;
use ledger::{Roots, Tree};
use settlement::{BatchNumber, L1Time};
use std::sync::Arc;

/// Final batches that are remembered, for receipts.
pub const MOST_HISTORY: usize = 1024;

impl Core {
    /// Takes in what L1 says. Each record is applied once `write` has it on disk.
    ///
    /// # Errors
    /// What `write` fails with.
    pub fn follow(
        &mut self,
        settled: &Arc<Settled>,
        now: L1Time,
        mut write: impl FnMut(&Record) -> Result<()>,
    ) -> Result<()> {
        let mut put = |core: &mut Self, record: Record| {
            write(&record)?;
            core.apply(record)
        };
        for record in self.held_against(settled, now)? {
            put(self, record)?;
        }
        self.land(settled);
        self.settled = Some(settled.clone());
        self.allowance.forget(now);
        while let Some(record) = self.build_upon(settled, now)? {
            put(self, record)?;
        }
        if let Some(pending) = self.pending.take() {
            let gone = self.pool.sweep(&pending, now);
            self.pending = Some(pending);
            let doomed = std::mem::take(&mut self.doomed).into_iter();
            let doomed = doomed.filter(|(id, _)| self.pool.get(id).is_some());
            for (id, why) in gone.into_iter().chain(doomed.collect::<Vec<_>>()) {
                put(self, Record::Dropped { id, why })?;
            }
        }
        Ok(())
    }

    /// What L1 has changed about batches in flight.
    fn held_against(&self, settled: &Settled, now: L1Time) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        let mut prior: Option<(BatchNumber, Roots)> =
            Self::settled_roots(settled).map(|roots| (settled.newest, roots));
        let mut heads = settled.queues.each_ref().map(|queue| queue.head);
        for (number, batch) in &self.flight {
            let withdrawn = |reason: &str| Record::Withdrawn {
                from: *number,
                reason: reason.to_owned(),
                at: now,
            };
            if *number <= settled.newest {
                let Some(there) = settled.batches.get(number) else {
                    // From before what is remembered: final for long.
                    records.push(Record::Final { number: *number });
                    continue;
                };
                if there.roots != batch.next() || there.heads != batch.plan().heads {
                    records.push(withdrawn("L1 has another batch of this number"));
                    return Ok(records);
                }
                if there.is_void && !batch.is_void() {
                    records.push(Record::Voided {
                        number: *number,
                        at: now,
                    });
                }
                let depth = settled.block.saturating_sub(there.block);
                if *number <= settled.last_final && depth >= self.config.confirmations {
                    records.push(Record::Final { number: *number });
                }
                continue;
            }
            match prior {
                Some((before, roots)) if before.next() == *number && roots == batch.prior() => {}
                _ => {
                    records.push(withdrawn("it does not follow L1's newest batch"));
                    return Ok(records);
                }
            }
            for tree in Tree::BOTH {
                let place = usize::from(tree.number());
                for consumed in batch.plan().consumed(tree) {
                    let consumed = consumed?;
                    let queue = settled.queue(tree);
                    let at = consumed.place.checked_sub(queue.head);
                    let at = at.and_then(|at| usize::try_from(at).ok());
                    let there = at.and_then(|at| queue.next.get(at));
                    if consumed.place != heads[place] || there != Some(&consumed) {
                        records.push(withdrawn("L1's queue has changed"));
                        return Ok(records);
                    }
                    heads[place] += 1;
                }
            }
            prior = Some((*number, batch.next()));
        }
        Ok(records)
    }

    fn land(&mut self, settled: &Settled) {
        for (number, batch) in &mut self.flight {
            batch.landed = *number <= settled.newest;
        }
    }

    /// Makes the state after all that is in flight, and the batches that were not made since the
    /// start. Says which batch cannot be made.
    fn build_upon(&mut self, settled: &Settled, now: L1Time) -> Result<Option<Record>> {
        let last = self
            .flight
            .values()
            .next_back()
            .filter(|batch| !batch.landed);
        let expected = last
            .map(super::InFlight::next)
            .or(Self::settled_roots(settled));
        let is_whole = self
            .flight
            .values()
            .all(|batch| batch.landed || batch.batch.is_some());
        let stands = self.pending.as_ref().map(ledger::State::roots);
        if is_whole && stands.is_some() && stands == expected {
            return Ok(None);
        }
        let mut state = (*settled.state).clone();
        for (number, batch) in self.flight.iter_mut().filter(|(_, batch)| !batch.landed) {
            match SealedBatch::replay(batch.plan(), &mut state) {
                Ok(sealed) => batch.batch = Some(Arc::new(sealed)),
                Err(error) => {
                    tracing::error!(%number, %error, "a batch of ours cannot be made anew");
                    return Ok(Some(Record::Withdrawn {
                        from: *number,
                        reason: error.to_string(),
                        at: now,
                    }));
                }
            }
        }
        self.pending = Some(state);
        Ok(None)
    }
}
