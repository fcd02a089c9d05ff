//! Whether rules and gadget say the same, and nothing else can be proved.

use super::{Gadget, MAX_CONSTRAINTS};
use crate::circuit::num::Num;
use crate::{Error, Result};
use ark_ff::{AdditiveGroup, Field, PrimeField};
use ark_relations::gr1cs::{
    ConstraintSystemRef, Matrix, R1CS_PREDICATE_LABEL, SynthesisError, Variable,
};
use ledger::{Amount, Call, Fr, Holdings};

/// What [`check`] looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Checked {
    /// Constraints that the gadget takes of every operation.
    pub constraints: usize,
    /// Calls that the rules accept.
    pub accepted: usize,
    /// Calls that they refuse.
    pub refused: usize,
}

/// Holds a gadget against its rules. Of each call that the rules accept, the gadget comes to the
/// same; of each that they refuse, nothing can be proved; and of the numbers that a prover chooses
/// none can be changed alone so that the gadget comes to something else.
///
/// Every call is what an account may sign: the holdings of one that names its signer are alike.
///
/// # Errors
/// [`Error::Disagreement`], [`Error::Unbound`], [`Error::GadgetTooLarge`], [`Error::TooWide`].
pub fn check(gadget: &dyn Gadget, calls: impl IntoIterator<Item = Call>) -> Result<Checked> {
    let mut checked = Checked::default();
    for call in calls {
        let said = ledger::Rules::apply(gadget, &call).ok();
        let said = said.filter(|after| !call.is_own() || after.from == after.to);
        let (cs, after) = super::ruled::synthesised(gadget, Fr::ONE, &call)?;
        checked.constraints = cs.num_constraints();
        if checked.constraints > MAX_CONSTRAINTS {
            return Err(Error::GadgetTooLarge {
                got: checked.constraints,
                max: MAX_CONSTRAINTS,
            });
        }
        let assignment = Assignment::of(&cs, &after)?;
        let proved = assignment.after(None).filter(|_| assignment.holds());
        if proved != said {
            return Err(Error::Disagreement {
                call: format!("{call:?}"),
                rules: show(said),
                gadget: show(proved),
            });
        }
        assignment.is_bound(said).map_err(|got| Error::Unbound {
            call: format!("{call:?}"),
            rules: show(said),
            proved: show(got),
        })?;
        match said {
            Some(_) => checked.accepted += 1,
            None => checked.refused += 1,
        }
    }
    Ok(checked)
}

/// What a call comes to by the gadget's constraints, each number being what the gadget computes;
/// none where they do not hold, so that nothing can be proved.
///
/// # Errors
/// What the gadget fails with.
pub fn outcome(gadget: &dyn Gadget, call: &Call) -> Result<Option<Holdings>> {
    let (cs, after) = super::ruled::synthesised(gadget, Fr::ONE, call)?;
    let assignment = Assignment::of(&cs, &after)?;
    Ok(assignment.after(None).filter(|_| assignment.holds()))
}

fn show(after: Option<Holdings>) -> String {
    after.map_or_else(
        || "refused".to_owned(),
        |after| format!("{} and {}", after.from, after.to),
    )
}

/// Constraints with what is assigned.
struct Assignment {
    matrices: [Matrix<Fr>; 3],
    assigned: Vec<Fr>,
    /// Variables that the prover chooses come from here on.
    inputs: usize,
    /// Per variable, the constraints that it stands in.
    uses: Vec<Vec<usize>>,
    after: [Vec<(Fr, usize)>; 2],
}

/// One variable, and another value for it.
type Change = (usize, Fr);

impl Assignment {
    fn of(cs: &ConstraintSystemRef<Fr>, after: &[Num; 2]) -> Result<Self> {
        let inputs = cs.num_instance_variables();
        let index = |variable: Variable| variable.get_variable_index(inputs).unwrap_or_default();
        let after = after.each_ref().map(|num| {
            let terms = num.terms().iter();
            terms.map(|(factor, v)| (*factor, index(*v))).collect()
        });
        cs.finalize();
        let matrices = cs.to_matrices()?.remove(R1CS_PREDICATE_LABEL);
        let matrices = matrices.ok_or(SynthesisError::PredicateNotFound)?;
        let matrices: [Matrix<Fr>; 3] = matrices
            .try_into()
            .map_err(|_| SynthesisError::PredicateNotFound)?;
        let assigned = [cs.instance_assignment()?, cs.witness_assignment()?].concat();
        let mut uses = vec![Vec::new(); assigned.len()];
        for matrix in &matrices {
            for (place, row) in matrix.iter().enumerate() {
                for (_, variable) in row {
                    uses[*variable].push(place);
                }
            }
        }
        Ok(Self {
            matrices,
            assigned,
            inputs,
            uses,
            after,
        })
    }

    fn sum(&self, terms: &[(Fr, usize)], change: Option<Change>) -> Fr {
        let value = |variable: usize| match change {
            Some((changed, value)) if changed == variable => value,
            _ => self.assigned[variable],
        };
        terms.iter().map(|(factor, v)| *factor * value(*v)).sum()
    }

    fn constraint_holds(&self, place: usize, change: Option<Change>) -> bool {
        let [a, b, c] = self
            .matrices
            .each_ref()
            .map(|matrix| self.sum(&matrix[place], change));
        a * b == c
    }

    fn broken(&self) -> Vec<usize> {
        let places = 0..self.matrices[0].len();
        let broken = places.filter(|place| !self.constraint_holds(*place, None));
        broken.collect()
    }

    fn holds(&self) -> bool {
        self.broken().is_empty()
    }

    /// What it comes to; none for what no account can hold.
    fn after(&self, change: Option<Change>) -> Option<Holdings> {
        let amount = |terms: &[(Fr, usize)]| match self.sum(terms, change).into_bigint().0 {
            [low, high, 0, 0] => Some(Amount::new(u128::from(high) << 64 | u128::from(low))),
            _ => None,
        };
        Some(Holdings {
            from: amount(&self.after[0])?,
            to: amount(&self.after[1])?,
        })
    }

    /// Changes what the prover chooses, a number at a time: either a constraint is broken, or it
    /// comes to the same. What it comes to otherwise is the error.
    fn is_bound(&self, said: Option<Holdings>) -> std::result::Result<(), Option<Holdings>> {
        let broken = self.broken();
        for variable in self.inputs..self.assigned.len() {
            let value = self.assigned[variable];
            for other in [Fr::ONE - value, value + Fr::ONE, value - Fr::ONE, Fr::ZERO] {
                let change = Some((variable, other));
                let uses = &self.uses[variable];
                let holds = broken.iter().all(|place| uses.contains(place))
                    && uses.iter().all(|p| self.constraint_holds(*p, change));
                let after = self.after(change);
                if other != value && holds && after != said {
                    return Err(after);
                }
            }
        }
        Ok(())
    }
}
