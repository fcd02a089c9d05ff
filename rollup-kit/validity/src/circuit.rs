//! The circuit of a batch.
//!
//! | part | constraints |
//! |---|---|
//! | an account's way to the root, before and after | 12 levels: 2 hashes of 297, 7 to choose |
//! | a balance's way, before and after | 4 levels of the same |
//! | a signature | 250 bits times the key, 252 times the generator |
//! | a row's element | 1 |
//!
//! An operation touches two accounts, so it costs about 28,000, all told. A rollup's own rules come
//! on top, with a few constraints for what is given to them and taken from them.

mod checkpoint;
mod exits;
mod hash;
mod jubjub;
pub(crate) mod num;
mod place;
mod row;
mod touch;

use crate::Statement;
use crate::gadget::Gadget;
use ark_ff::Field;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef, OptimizationGoal, Result,
};
pub(crate) use checkpoint::CheckpointPlace;
pub use checkpoint::{CHECKPOINT_INPUTS, CheckpointCircuit};
pub use exits::{EXIT_INPUTS, ExitsCircuit};
use ledger::poseidon::{Domain, Width};
use ledger::{BatchSize, FinishedBatch, Fr, Settled, Tree};
use num::{Num, Synthesis};
use place::{Carried, Visible};

/// Public inputs: four roots, the digest, the point and the value of the traffic, the point and
/// the value of each row.
pub const INPUTS: usize = 11;

/// A batch, and what L1 knows of it. As a circuit it is satisfied exactly when the batch follows
/// the rules and is what L1 saw.
#[derive(Debug, Clone)]
pub struct BatchCircuit {
    pub(crate) inputs: [Fr; INPUTS],
    pub(crate) size: BatchSize,
    pub(crate) rollup: Fr,
    pub(crate) accounts: [Fr; 2],
    pub(crate) settled: Vec<Settled>,
    pub(crate) gadget: Option<&'static dyn Gadget>,
}

/// How large a circuit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CircuitSize {
    /// Constraints.
    pub constraints: usize,
    /// Variables that the prover chooses.
    pub witnesses: usize,
    /// Points of the domain that a proof works over: the next power of two.
    pub domain: usize,
}

impl BatchCircuit {
    /// The circuit of a batch and its statement. Whether they fit is for the constraints to say.
    #[must_use]
    pub fn new(batch: &FinishedBatch, statement: &Statement) -> Self {
        Self {
            inputs: *statement.inputs(),
            size: batch.size,
            rollup: batch.rollup.into(),
            accounts: batch.prior_accounts,
            settled: batch.settled.clone(),
            gadget: None,
        }
    }

    /// The same of a rollup with rules of its own.
    #[must_use]
    pub const fn with_gadget(mut self, gadget: Option<&'static dyn Gadget>) -> Self {
        self.gadget = gadget;
        self
    }

    /// Counts constraints.
    ///
    /// # Errors
    /// When the circuit cannot be built.
    pub fn measured(self) -> crate::Result<CircuitSize> {
        measured(self)
    }
}

fn measured(circuit: impl ConstraintSynthesizer<Fr>) -> crate::Result<CircuitSize> {
    let cs = ConstraintSystem::new_ref();
    cs.set_optimization_goal(OptimizationGoal::Constraints);
    circuit.generate_constraints(cs.clone())?;
    let constraints = cs.num_constraints();
    Ok(CircuitSize {
        constraints,
        witnesses: cs.num_witness_variables(),
        domain: (constraints + cs.num_instance_variables()).next_power_of_two(),
    })
}

impl ConstraintSynthesizer<Fr> for BatchCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<()> {
        let synthesis = Synthesis::new(cs);
        let inputs: Result<Vec<Num>> = self.inputs.iter().map(|i| synthesis.input(*i)).collect();
        let inputs = inputs?;
        let [prior, next] = [&inputs[..2], &inputs[2..4]];
        let (digest, point, traffic) = (&inputs[4], &inputs[5], &inputs[6]);

        // Whatever is signed and whatever is kept is of one rollup, which the roots name.
        let rollup = synthesis.witness(self.rollup)?;
        let mut carried = Carried::new(&synthesis, rollup.clone(), self.accounts)?;
        synthesis.roots(&carried, prior)?;

        let mut places = Vec::with_capacity(self.settled.len());
        for settled in &self.settled {
            places.push(synthesis.place(settled, &mut carried, self.gadget)?);
        }

        synthesis.roots(&carried, next)?;
        // Fees that nobody collected would be lost.
        synthesis.equal(&carried.waiting, &Num::zero())?;
        synthesis.digest(self.size, &places, digest)?;
        synthesis.traffic(&places, point, traffic)?;
        for (tree, opening) in Tree::BOTH.into_iter().zip(inputs[7..].chunks(2)) {
            let elements: Vec<Num> = places
                .iter()
                .flat_map(|place| place.elements_in(tree))
                .collect();
            synthesis.opened(&elements, &opening[0], &opening[1])?;
        }
        Ok(())
    }
}

impl Synthesis {
    /// Each root is that of the tree's accounts, of this rollup, and of this tree.
    fn roots(&self, carried: &Carried, roots: &[Num]) -> Result<()> {
        for (tree, root) in Tree::BOTH.into_iter().zip(roots) {
            let accounts = carried.accounts[usize::from(tree.number())].clone();
            let number = Num::constant(Fr::from(tree.number()));
            let got = self.hash(Domain::Root, &[accounts, carried.rollup.clone(), number])?;
            self.equal(&got, root)?;
        }
        Ok(())
    }

    /// The digest is that of every place.
    fn digest(&self, size: BatchSize, places: &[Visible], digest: &Num) -> Result<()> {
        let operations = u32::try_from(size.operations()).unwrap_or(u32::MAX);
        let width = Width::Six;
        let mut state = vec![Num::zero(); width.elements()];
        state[0] = Num::constant(Domain::Digest(operations).element());
        for place in places {
            for (element, absorbed) in state[1..].iter_mut().zip(place.digested()) {
                *element = element.plus(&absorbed);
            }
            state = self.permute(width, state)?;
        }
        self.equal(&state[1], digest)
    }

    /// What goes in and out, folded at the point, gives L1's value: both queues' operations and
    /// the withdrawals, each list after its length.
    fn traffic(&self, places: &[Visible], x: &Num, expected: &Num) -> Result<()> {
        let xx = self.product(x, x)?;
        let xxx = self.product(&xx, x)?;
        let xxxx = self.product(&xx, &xx)?;
        let mut operations = Vec::with_capacity(places.len());
        let mut withdrawals = Vec::with_capacity(places.len());
        for place in places {
            let owner_x = self.product(&place.owner, x)?;
            let account_x = self.product(&place.account, x)?;
            operations.push(
                self.product(&place.operation_word(), &xxx)?
                    .plus(&self.product(&place.owner, &xx)?)
                    .plus(&account_x)
                    .plus(&place.authority),
            );
            withdrawals.push(
                self.product(&place.withdrawal_word(), &xx)?
                    .plus(&owner_x)
                    .plus(&place.withdrawn_to),
            );
        }
        let mut value = Num::zero();
        for tree in Tree::BOTH {
            let given: Vec<&Num> = places.iter().map(|place| place.given(tree)).collect();
            value = self.fold(&value, x, &xxxx, &given, &operations)?;
        }
        let leaves: Vec<&Num> = places.iter().map(|place| &place.withdraws).collect();
        value = self.fold(&value, x, &xxx, &leaves, &withdrawals)?;
        self.equal(&value, expected)
    }

    /// Appends a list to a folded sequence: its length, then the entries whose flags are set.
    fn fold(
        &self,
        before: &Num,
        x: &Num,
        step: &Num,
        flags: &[&Num],
        entries: &[Num],
    ) -> Result<Num> {
        let mut value = self.product(before, x)?;
        for flag in flags {
            value.add_scaled(flag, Fr::ONE);
        }
        for (flag, entry) in flags.iter().zip(entries) {
            let appended = self.product(&value, step)?.plus(entry);
            // A variable of its own, or the combination would grow with every entry.
            let next = self.witness(if flag.value == Fr::ONE {
                appended.value
            } else {
                value.value
            })?;
            self.enforce(flag, &appended.minus(&value), &next.minus(&value))?;
            value = next;
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests;
