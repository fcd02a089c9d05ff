//! What the operator knows and decides. Pure: clock, L1 and the DA network are arguments.
//!
//! Everything that changes goes through a [`Record`]: a driver writes it to the journal, and only
//! then [`Core::apply`] takes it in. So a process that begins anew with its journal is where it
//! was, and whatever it does next it has not done yet, or does again without harm: rows are the
//! same blob, and payments have names.
//!
//! Batches of this operator that are not final are *in flight*, by number. [`Core::follow`] holds
//! them against what L1 says: a batch that is there with its roots has landed; where another one
//! stands, ours and all after it are withdrawn, and their operations wait again.

mod ask;
mod flight;
mod follow;
mod seal;

pub use ask::{AccountAnswer, Stage, Standing};
pub use flight::{InFlight, Task};
pub use follow::MOST_HISTORY;
pub use seal::{Drafted, NotSealed, Sealing};

use crate::agreement;
use crate::allowance::{self, Allowance};
use crate::fees::Schedule;
use crate::mempool::{
    Admitted, Examined, Gone, Holder, Limits, Mempool, OperationId, Refusal, Rules,
    VerifiedOperation,
};
use crate::plan::BatchPlan;
use crate::records::Record;
use crate::sequencer::Collector;
use crate::settled::Settled;
use crate::tokens::Tokens;
use crate::wire::{WireBody, WireOperation};
use crate::{Error, Result};
use ledger::{BatchSize, Body, Draft, Roots, Signed, State};
use settlement::{BatchNumber, L1Time};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use validity::gadget::Ruled;

/// How the operator works.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Operations of a batch.
    pub size: BatchSize,
    /// Seconds after which a batch that is not full is made all the same.
    pub patience: u64,
    /// Batches in flight that are not on L1 yet, at most: so many proofs are made at once.
    pub most_in_flight: usize,
    /// Blocks on top of a batch's after which it is forgotten when it is final.
    pub confirmations: u64,
    /// Who gets the fees.
    pub collector: Option<Collector>,
    /// What the pool holds.
    pub limits: Limits,
    /// What calls are free of.
    pub calls: allowance::Policy,
    /// What calls are proved by.
    pub gadget: Option<Ruled>,
}

/// A batch that is final, as far as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What it was.
    pub plan: BatchPlan,
    /// Whether its part off L1 was reverted.
    pub is_void: bool,
}

/// Operations whose end is remembered.
const MOST_DROPPED: usize = 4096;

/// What the operator knows.
#[derive(Debug)]
pub struct Core {
    config: Config,
    tokens: Tokens,
    fees: Schedule,
    pool: Mempool,
    flight: BTreeMap<BatchNumber, InFlight>,
    done: BTreeMap<BatchNumber, Done>,
    /// Where an operation is, in flight or done.
    placed: HashMap<OperationId, (BatchNumber, usize)>,
    dropped: HashMap<OperationId, Gone>,
    drop_order: VecDeque<OperationId>,
    /// What waits and goes with the next look, since no batch takes it.
    doomed: Vec<(OperationId, Gone)>,
    allowance: Allowance,
    settled: Option<Arc<Settled>>,
    /// The state after all that is in flight.
    pending: Option<State>,
}

impl Core {
    /// An operator with this past.
    ///
    /// # Errors
    /// [`Error::Malformed`] for records that are none.
    pub fn new(config: Config, tokens: Tokens, records: Vec<Record>) -> Result<Self> {
        let mut core = Self {
            config,
            tokens,
            fees: Schedule::free(),
            pool: Mempool::new(config.limits),
            flight: BTreeMap::new(),
            done: BTreeMap::new(),
            placed: HashMap::new(),
            dropped: HashMap::new(),
            drop_order: VecDeque::new(),
            doomed: Vec::new(),
            allowance: Allowance::default(),
            settled: None,
            pending: None,
        };
        for record in records {
            core.apply(record)?;
        }
        Ok(core)
    }

    /// How it works.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The rollup's tokens.
    #[must_use]
    pub const fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// What waits.
    #[must_use]
    pub const fn pool(&self) -> &Mempool {
        &self.pool
    }

    /// The least fees.
    #[must_use]
    pub const fn fees(&self) -> &Schedule {
        &self.fees
    }

    /// From now on these are the least fees.
    pub const fn set_fees(&mut self, fees: Schedule) {
        self.fees = fees;
    }

    /// Batches in flight, by number.
    #[must_use]
    pub const fn flight(&self) -> &BTreeMap<BatchNumber, InFlight> {
        &self.flight
    }

    /// What L1 said last.
    #[must_use]
    pub const fn settled(&self) -> Option<&Arc<Settled>> {
        self.settled.as_ref()
    }

    /// The state after all that is in flight; none before L1 was read.
    #[must_use]
    pub const fn pending(&self) -> Option<&State> {
        self.pending.as_ref()
    }

    /// Looks at all of an operation but its signature.
    ///
    /// # Errors
    /// [`Error::Refused`]; [`Error::NotFound`] before L1 was read.
    pub fn examine(&self, signed: Signed, now: L1Time) -> Result<Examined> {
        let rules = self.rules(now)?;
        // In the state after its batch its nonce is used.
        if let Some(id) = OperationId::in_state(&signed, rules.state)
            && self.placed.contains_key(&id)
        {
            return Err(Refusal::Known { id }.into());
        }
        let call = call_of(&signed.draft);
        let examined = self.pool.examine(signed, &rules)?;
        if let Some(holder) = call {
            self.allowance.check(&self.config.calls, holder, now)?;
        }
        Ok(examined)
    }

    /// Holds the next call of an account against what will prove it. Of those after it, it is
    /// known when they are in a batch.
    fn check_agreement(&self, draft: &Draft, rules: &Rules<'_>) -> Result<()> {
        let account = rules.state.tree(draft.tree).account(draft.from);
        if account.is_some_and(|account| account.nonce() == draft.nonce) {
            agreement::check(self.config.gadget, rules.state, draft)?;
        }
        Ok(())
    }

    fn rules(&self, now: L1Time) -> Result<Rules<'_>> {
        let state = self.pending.as_ref().ok_or(Error::NotFound {
            what: "the rollup's state",
        })?;
        Ok(Rules {
            state,
            tokens: &self.tokens,
            fees: &self.fees,
            now,
        })
    }

    /// Takes an operation whose signature holds, once `write` has it on disk.
    ///
    /// # Errors
    /// As [`Self::examine`], and whatever `write` fails with: nothing is taken then.
    pub fn accept(
        &mut self,
        operation: VerifiedOperation,
        now: L1Time,
        mut write: impl FnMut(&Record) -> Result<()>,
    ) -> Result<Admitted> {
        let examined = self.examine(operation.signed().clone(), now)?;
        // Computed with: only for whoever has signed.
        self.check_agreement(&operation.signed().draft, &self.rules(now)?)?;
        let call = call_of(&operation.signed().draft);
        write(&Record::Accepted {
            id: examined.id(),
            operation: WireOperation::from(operation.signed()),
            at: now,
        })?;
        let state = self.pending.take().ok_or(Error::NotFound {
            what: "the rollup's state",
        })?;
        let rules = Rules {
            state: &state,
            tokens: &self.tokens,
            fees: &self.fees,
            now,
        };
        let admitted = self.pool.admit(operation, &rules);
        self.pending = Some(state);
        let admitted = admitted?;
        if let Some(holder) = call {
            self.allowance.note(holder, now);
        }
        for (id, why) in &admitted.gone {
            write(&Record::Dropped { id: *id, why: *why })?;
            self.note_dropped(*id, *why);
        }
        Ok(admitted)
    }

    /// Takes in what the journal has.
    ///
    /// # Errors
    /// [`Error::Malformed`] for an operation that is none: the journal is not ours.
    pub fn apply(&mut self, record: Record) -> Result<()> {
        match record {
            Record::Accepted { id, operation, at } => {
                let operation = VerifiedOperation::remembered(id, operation.decode()?);
                if let Some(holder) = call_of(&operation.signed().draft) {
                    self.allowance.note(holder, at);
                }
                self.pool.replace(operation, &self.tokens, at);
            }
            Record::Dropped { id, why } => {
                self.pool.take(&id);
                self.note_dropped(id, why);
            }
            Record::Sequenced(plan) => {
                for (place, id, _) in plan.signed() {
                    self.pool.take(&id);
                    self.placed.insert(id, (plan.number, place));
                }
                let in_flight = InFlight::new(*plan)?;
                self.flight.insert(in_flight.plan().number, in_flight);
            }
            Record::Posted { number } => self.on(number, |batch| batch.posted = true),
            Record::Certified {
                number,
                certificate,
            } => {
                let certificate = flight::certificate(&certificate)?;
                self.on(number, |batch| batch.certificate = Some(certificate));
            }
            Record::Carried { number, carriage } => {
                self.on(number, |batch| batch.carry(carriage));
            }
            Record::Proved { number, proof } => {
                let proof = hex::decode(proof).map_err(|_| Error::Malformed { what: "a proof" })?;
                self.on(number, |batch| batch.proof = Some(proof));
            }
            Record::Submitted { number, payment } => {
                self.on(number, |batch| batch.payment = Some(payment));
            }
            Record::Withdrawn { from, at, .. } => {
                let gone = self.flight.split_off(&from);
                for batch in gone.into_values() {
                    self.put_back(batch.plan(), at, |_, _| true)?;
                }
                self.pending = None;
            }
            Record::Refuted { number, at, .. } => {
                let mut gone = self.flight.split_off(&number);
                if let Some(refuted) = gone.remove(&number) {
                    let blamed = blamed(refuted.plan());
                    for id in &blamed {
                        self.placed.remove(id);
                        self.note_dropped(*id, Gone::Unprovable);
                    }
                    self.put_back(refuted.plan(), at, |id, _| !blamed.contains(id))?;
                }
                for batch in gone.into_values() {
                    self.put_back(batch.plan(), at, |_, _| true)?;
                }
                self.pending = None;
            }
            Record::Voided { number, at } => {
                let plan = self.flight.get(&number).map(|batch| batch.plan().clone());
                if let Some(plan) = plan {
                    self.put_back(&plan, at, |_, tree| tree == ledger::Tree::OffL1)?;
                    self.on(number, |batch| batch.is_void = true);
                }
                self.pending = None;
            }
            Record::Final { number } => self.forget(number),
        }
        Ok(())
    }

    fn on(&mut self, number: BatchNumber, change: impl FnOnce(&mut InFlight)) {
        if let Some(batch) = self.flight.get_mut(&number) {
            change(batch);
        }
    }

    /// A batch's operations wait again.
    fn put_back(
        &mut self,
        plan: &BatchPlan,
        at: L1Time,
        concerns: impl Fn(&OperationId, ledger::Tree) -> bool,
    ) -> Result<()> {
        for (_, id, operation) in plan.signed() {
            if !concerns(&id, operation.tree.into()) {
                continue;
            }
            self.placed.remove(&id);
            let operation = VerifiedOperation::remembered(id, operation.decode()?);
            if !self.pool.restore(operation, &self.tokens, at) {
                self.note_dropped(id, Gone::Overtaken);
            }
        }
        Ok(())
    }

    fn note_dropped(&mut self, id: OperationId, why: Gone) {
        if self.dropped.insert(id, why).is_none() {
            self.drop_order.push_back(id);
        }
        if self.drop_order.len() > MOST_DROPPED
            && let Some(oldest) = self.drop_order.pop_front()
        {
            self.dropped.remove(&oldest);
        }
    }

    fn forget(&mut self, number: BatchNumber) {
        let Some(batch) = self.flight.remove(&number) else {
            return;
        };
        let (plan, is_void) = (batch.plan().clone(), batch.is_void);
        self.done.insert(number, Done { plan, is_void });
        while self.done.len() > MOST_HISTORY
            && let Some((_, oldest)) = self.done.pop_first()
        {
            for (_, id, _) in oldest.plan.signed() {
                // Unless it is elsewhere by now.
                if self
                    .placed
                    .get(&id)
                    .is_some_and(|(n, _)| *n == oldest.plan.number)
                {
                    self.placed.remove(&id);
                }
            }
        }
    }

    /// The records that say all that this operator still knows: what a journal is rewritten to.
    #[must_use]
    pub fn image(&self) -> Vec<Record> {
        let gone = self.drop_order.iter().filter_map(|id| {
            let why = *self.dropped.get(id)?;
            Some(Record::Dropped { id: *id, why })
        });
        let mut records: Vec<Record> = gone.collect();
        for done in self.done.values() {
            let number = done.plan.number;
            records.push(Record::Sequenced(Box::new(done.plan.clone())));
            let at = done.plan.at;
            records.extend(done.is_void.then_some(Record::Voided { number, at }));
            records.push(Record::Final { number });
        }
        for batch in self.flight.values() {
            records.extend(batch.image());
        }
        let mut waiting: Vec<_> = self.pool.iter().collect();
        waiting.sort_unstable_by_key(|pooled| pooled.arrival);
        records.extend(waiting.into_iter().map(|pooled| Record::Accepted {
            id: pooled.id,
            operation: WireOperation::from(&pooled.signed),
            at: pooled.since,
        }));
        records
    }

    /// L1's roots after its newest batch.
    fn settled_roots(settled: &Settled) -> Option<Roots> {
        settled
            .batches
            .get(&settled.newest)
            .map(|batch| batch.roots)
    }
}

/// Whose call it is, if it is one.
const fn call_of(draft: &Draft) -> Option<Holder> {
    match draft.body {
        Body::Call { .. } => Some((draft.tree, draft.from)),
        _ => None,
    }
}

/// Which operations of a batch that has no proof stay out of the next: its calls, which alone go
/// by what a rollup's builder wrote. Without any it is all that accounts have signed, and none of
/// L1's, which must be consumed.
fn blamed(plan: &BatchPlan) -> Vec<OperationId> {
    let ids = |calls_alone: bool| {
        let signed = plan.signed();
        let found = signed.filter(|(.., operation)| {
            !calls_alone || matches!(operation.body, WireBody::Call { .. })
        });
        found.map(|(_, id, _)| id).collect::<Vec<_>>()
    };
    let calls = ids(true);
    if calls.is_empty() { ids(false) } else { calls }
}

#[cfg(test)]
mod tests;
