//! Every variable is bound, and every constraint binds: one variable is changed at a time.

use super::cases::{circuit, every, holds, in_both_places, synthesised};
use ark_ff::{Field, Zero};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, R1CS_PREDICATE_LABEL};
use ledger::{Fr, Tree};

/// The constraints and what is assigned.
pub(super) struct Matrices {
    /// Per constraint, its three combinations: coefficients and variables.
    rows: Vec<[Vec<(Fr, usize)>; 3]>,
    assigned: Vec<Fr>,
    inputs: usize,
}

impl Matrices {
    pub(super) fn of(cs: &ConstraintSystemRef<Fr>) -> Self {
        let matrices = cs.to_matrices().unwrap();
        let [a, b, c] = &matrices[R1CS_PREDICATE_LABEL][..] else {
            panic!("not R1CS")
        };
        let rows = a.iter().zip(b).zip(c);
        Self {
            rows: rows
                .map(|((a, b), c)| [a.clone(), b.clone(), c.clone()])
                .collect(),
            assigned: [
                cs.instance_assignment().unwrap(),
                cs.witness_assignment().unwrap(),
            ]
            .concat(),
            inputs: cs.num_instance_variables(),
        }
    }

    /// The first constraint that does not hold.
    pub(super) fn broken(&self) -> Option<usize> {
        self.rows.iter().position(|row| !self.holds(row, None))
    }

    fn holds(&self, row: &[Vec<(Fr, usize)>; 3], changed: Option<(usize, Fr)>) -> bool {
        let [a, b, c] = row.each_ref().map(|terms| -> Fr {
            let value = |variable: usize| match changed {
                Some((place, value)) if place == variable => value,
                _ => self.assigned[variable],
            };
            terms.iter().map(|(c, v)| *c * value(*v)).sum()
        });
        a * b == c
    }

    /// Which variables are noticed when they change, and which constraints notice one.
    fn notice(&self, variables: &mut Vec<bool>, constraints: &mut Vec<bool>) {
        variables.resize(self.assigned.len(), false);
        constraints.resize(self.rows.len(), false);
        let mut used: Vec<Vec<usize>> = vec![Vec::new(); self.assigned.len()];
        for (place, row) in self.rows.iter().enumerate() {
            for (_, variable) in row.iter().flatten() {
                if used[*variable].last() != Some(&place) {
                    used[*variable].push(place);
                }
            }
        }
        for (variable, places) in used.iter().enumerate().skip(1) {
            let value = self.assigned[variable] + Fr::from(0xa55a_u64);
            for place in places {
                // Once a variable and a constraint are known to work there is nothing to learn.
                if variables[variable] && constraints[*place] {
                    continue;
                }
                if !self.holds(&self.rows[*place], Some((variable, value))) {
                    variables[variable] = true;
                    constraints[*place] = true;
                }
            }
        }
    }
}

#[test]
fn every_variable_is_bound_and_every_constraint_binds() {
    all_bind(in_both_places().iter().map(circuit));
}

/// Whether some case notices each variable and each constraint; all cases hold.
pub(super) fn all_bind(cases: impl Iterator<Item = impl ConstraintSynthesizer<Fr>>) {
    let (mut variables, mut constraints) = (Vec::new(), Vec::new());
    let mut inputs = 0;
    for case in cases {
        let matrices = Matrices::of(&synthesised(case));
        assert_eq!(matrices.broken(), None);
        inputs = matrices.inputs;
        matrices.notice(&mut variables, &mut constraints);
    }
    assert_ne!(inputs, 0);
    let free: Vec<usize> = (1..variables.len()).filter(|v| !variables[*v]).collect();
    let idle: Vec<usize> = (0..constraints.len())
        .filter(|c| !constraints[*c])
        .collect();
    assert!(free.is_empty(), "free variables: {free:?}");
    assert!(idle.is_empty(), "idle constraints: {idle:?}");
}

#[test]
fn a_changed_input_breaks_the_circuit() {
    let telling = ["opening deposit", "forced", "withdraw", "transfer"];
    for tree in Tree::BOTH {
        for (name, batch) in every(tree) {
            if !telling.contains(&name) {
                continue;
            }
            // Zeros are zero at every point.
            let no_traffic = batch.traffic().scalars().iter().all(Fr::is_zero);
            let empty_row = 7 + 2 * usize::from(tree == Tree::OnL1);
            for input in 0..crate::INPUTS {
                let mut circuit = circuit(&batch);
                circuit.inputs[input] += Fr::ONE;
                let still_holds = input == empty_row || (input == 5 && no_traffic);
                assert_eq!(holds(circuit), still_holds, "{name} {tree}, input {input}");
            }
        }
    }
}
