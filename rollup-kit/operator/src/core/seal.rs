//! Making batches.

use super::{Core, InFlight, Task, call_of};
use crate::plan::{Carriage, Entry};
use crate::records::Record;
use crate::sequencer::{Outcome, Planned, Request, is_clogged, plan};
use crate::settled::QueuedOperation;
use crate::wire::WireBody;
use crate::{Error, Result};
use settlement::{BatchNumber, L1Time};
use std::sync::Arc;

/// How a batch is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Sealing {
    /// Where rows go now.
    pub carriage: Carriage,
    /// See [`Request::salt`].
    pub salt: u16,
    /// Whether to make one that is neither full nor late.
    pub at_once: bool,
    /// The time.
    pub now: L1Time,
}

/// Why no batch is made now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSealed {
    /// L1 was not read yet.
    NoState,
    /// The rollup is frozen.
    Frozen,
    /// Enough are in flight.
    Busy,
    /// Nothing waits, or nothing that can go.
    Nothing,
    /// What waits would not fill it, and has not waited for long; free calls wait longer.
    Early,
}

impl Core {
    /// Makes the next batch of what waits: [`Self::seal`] takes it. Of what no batch takes, it is
    /// noted down that it is to be dropped.
    ///
    /// # Errors
    /// [`Error::Ledger`] where the ledger contradicts itself.
    pub fn draft(&mut self, sealing: &Sealing) -> Result<Result<Box<Drafted>, NotSealed>> {
        let (Some(settled), Some(pending)) = (&self.settled, &self.pending) else {
            return Ok(Err(NotSealed::NoState));
        };
        if settled.is_frozen {
            return Ok(Err(NotSealed::Frozen));
        }
        if self.unlanded().count() >= self.config.most_in_flight {
            return Ok(Err(NotSealed::Busy));
        }
        let last = self.unlanded().last();
        let number = last
            .map_or(settled.newest, |batch| batch.plan().number)
            .next();
        let from_l1 = settled.queues.each_ref().map(|queue| queue.head);
        let consumed = last.map_or(from_l1, |batch| batch.plan().heads);
        let fronts = [0, 1].map(|place| {
            let next = &settled.queues[place].next;
            let first = next.partition_point(|q| q.place < consumed[place]);
            next.get(first..).unwrap_or_default()
        });
        let is_clogged = fronts.into_iter().any(is_clogged);
        let from_l1: Vec<&QueuedOperation> = fronts
            .into_iter()
            .flatten()
            .filter(|q| q.operation.is_some())
            .collect();
        let waits = from_l1.len() + self.pool.len();
        if waits == 0 && !is_clogged {
            return Ok(Err(NotSealed::Nothing));
        }
        let oldest = from_l1.iter().map(|q| L1Time::new(q.enqueued_at));
        let oldest = oldest.chain(self.pool.oldest()).min();
        let is_after = |seconds| oldest.is_some_and(|at| sealing.now.since(at) >= seconds);
        // Calls alone have nobody who pays for the batch.
        let free =
            from_l1.is_empty() && self.pool.iter().all(|p| call_of(&p.signed.draft).is_some());
        let patience = if free {
            self.config.patience.max(self.config.calls.patience)
        } else {
            self.config.patience
        };
        let size = self.config.size.operations();
        if waits < size && !is_after(patience) && !sealing.at_once && !is_clogged {
            return Ok(Err(NotSealed::Early));
        }
        let request = Request {
            number,
            size: self.config.size,
            collector: self.config.collector,
            carriage: sealing.carriage,
            salt: sealing.salt,
            gadget: self.config.gadget,
            now: sealing.now,
        };
        let mut state = pending.clone();
        let queues = [&settled.queues[0], &settled.queues[1]];
        match plan(&mut state, &request, queues, consumed, &self.pool)? {
            Outcome::Batch(planned) => {
                if !sealing.at_once && self.is_too_free(&planned.plan.entries, sealing.now) {
                    return Ok(Err(NotSealed::Early));
                }
                Ok(Ok(Box::new(Drafted {
                    planned: *planned,
                    after: state,
                })))
            }
            Outcome::Nothing(invalid) => {
                self.doomed = invalid;
                Ok(Err(NotSealed::Nothing))
            }
        }
    }

    /// Whether a batch is of calls alone, has room, and none of them has waited for long: what was
    /// to pay for it cannot go yet.
    fn is_too_free(&self, entries: &[Entry], now: L1Time) -> bool {
        for entry in entries {
            match entry {
                Entry::Signed { id, operation } => {
                    let since = self.pool.get(id).map(|pooled| pooled.since);
                    let is_late =
                        since.is_some_and(|at| now.since(at) >= self.config.calls.patience);
                    if is_late || !matches!(operation.body, WireBody::Call { .. }) {
                        return false;
                    }
                }
                Entry::Queue { .. } => return false,
                Entry::Collect { .. } => {}
            }
        }
        entries.len() < self.config.size.operations()
    }

    /// Takes a batch that was drafted upon what is known now, once `write` has it on disk.
    ///
    /// # Errors
    /// What `write` fails with; [`Error::Diverged`] for a draft upon something else.
    pub fn seal(
        &mut self,
        drafted: Box<Drafted>,
        mut write: impl FnMut(&Record) -> Result<()>,
    ) -> Result<BatchNumber> {
        let Drafted { planned, after } = *drafted;
        let number = planned.plan.number;
        let stands = self.pending.as_ref().map(|state| state.roots().into());
        if stands.as_ref() != Some(&planned.plan.prior) || self.flight.contains_key(&number) {
            return Err(Error::Diverged {
                number,
                what: "roots before it",
                got: format!("{stands:?}"),
                expected: format!("{:?}", planned.plan.prior),
            });
        }
        let record = Record::Sequenced(Box::new(planned.plan));
        write(&record)?;
        self.apply(record)?;
        self.on(number, |batch| batch.batch = Some(Arc::new(planned.batch)));
        self.pending = Some(after);
        for (id, why) in planned.invalid {
            let record = Record::Dropped { id, why };
            write(&record)?;
            self.apply(record)?;
        }
        Ok(number)
    }

    fn unlanded(&self) -> impl Iterator<Item = &InFlight> {
        self.flight.values().filter(|batch| !batch.landed)
    }

    /// What can be done now. Submissions are for whoever's turn it is.
    #[must_use]
    pub fn tasks(&self) -> Vec<(BatchNumber, Task)> {
        let newest = self.settled.as_ref().map(|settled| settled.newest);
        let mut tasks = Vec::new();
        for batch in self.unlanded() {
            let number = batch.plan().number;
            let is_first = newest.is_some_and(|newest| newest.next() == number);
            tasks.extend(batch.tasks(is_first).into_iter().map(|task| (number, task)));
        }
        tasks
    }
}

/// A batch that could be the next.
#[derive(Debug)]
pub struct Drafted {
    planned: Planned,
    after: ledger::State,
}

impl Drafted {
    /// The batch.
    #[must_use]
    pub const fn batch(&self) -> &crate::plan::SealedBatch {
        &self.planned.batch
    }

    /// Where its rows go.
    #[must_use]
    pub const fn carriage(&self) -> Carriage {
        self.planned.plan.carriage
    }
}
